import type { MatchFile } from '../../config/rule-schema.ts';
import type { AnnotationHint, JudgeInput, ToolAnnotations } from '../judge-input.ts';
import { settle, type ForRule, type Matcher } from './matcher.ts';

/** What a server means that leaves a hint out (MCP server/tools, `ToolAnnotations`). */
const defaults: Readonly<Record<AnnotationHint, boolean>> = {
  readOnlyHint: false,
  destructiveHint: true,
  idempotentHint: false,
  openWorldHint: true,
};

type Wanted = readonly (readonly [AnnotationHint, boolean])[];

/**
 * `annotations`: what the server says of its tool. It may lie, so its words restrict a call, and allow one only where
 * they are trusted. Of a tool that no list has shown nothing is known: rules that restrict fit, and rules that allow do
 * not. Only tools have annotations, so the rule speaks of no other call.
 */
export function annotationMatchers({ annotations }: MatchFile, rule: ForRule): Matcher[] {
  if (annotations === undefined) return [];
  const wanted = Object.entries(annotations) as [AnnotationHint, boolean][];
  return [
    {
      name: 'annotations',
      needsCall: false,
      fits: (input) => {
        if (input.method !== 'tools/call') return false;
        if (input.annotations === undefined) return settle(undefined, rule);
        return isTrusted(input.annotations, rule) && unfitOf(input.annotations, wanted, rule) === undefined;
      },
      says: (input) => says(input, wanted, rule),
    },
  ];
}

function isTrusted({ trusted }: ToolAnnotations, { decision }: ForRule): boolean {
  return trusted || decision !== 'allow';
}

/** The first hint that is not as it is wanted. */
function unfitOf(annotations: ToolAnnotations, wanted: Wanted, rule: ForRule): AnnotationHint | undefined {
  return wanted.find(([hint, value]) => hintOf(annotations, hint, rule) !== value)?.[0];
}

/**
 * The value of a hint, or of the specification's default. The specification gives two of them no meaning in a tool that
 * only reads: such a one destroys nothing, and may be called twice. What allows a call is said, or follows from that.
 */
function hintOf({ hints }: ToolAnnotations, hint: AnnotationHint, { decision }: ForRule): boolean | undefined {
  const said = hints[hint];
  if (said !== undefined) return said;
  if (hints.readOnlyHint === true && hint === 'destructiveHint') return false;
  if (hints.readOnlyHint === true && hint === 'idempotentHint') return true;
  return decision === 'allow' ? undefined : defaults[hint];
}

function says({ method, annotations }: JudgeInput, wanted: Wanted, rule: ForRule): string {
  if (method !== 'tools/call') return 'only tools have annotations';
  if (annotations === undefined) return 'what kind of tool this is has not been seen on any list';
  const unfit = unfitOf(annotations, wanted, rule);
  if (unfit !== undefined) return describeHint(annotations, unfit, rule);
  if (!isTrusted(annotations, rule)) return 'what the server says of the tool is not trusted to allow a call';
  return wanted.map(([hint]) => describeHint(annotations, hint, rule)).join(' and ');
}

function describeHint(annotations: ToolAnnotations, hint: AnnotationHint, rule: ForRule): string {
  const said = annotations.hints[hint];
  if (said !== undefined) return `the server says ${hint}: ${said}`;
  const value = hintOf(annotations, hint, rule);
  return value === undefined
    ? `the server does not say ${hint}`
    : `the server does not say ${hint}, which is taken for ${value}`;
}
