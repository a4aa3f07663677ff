import type { Caller, Json } from '../../workflows/contract/call.ts';
import type { RuleExplanation } from '../../workflows/contract/explanation.ts';
import type { Config, Connection } from '../config/config.ts';
import type { Act } from '../policy/commands/command.ts';
import { commandOf } from '../policy/commands/read-command.ts';
import { explain, type Explanation } from '../policy/explain.ts';
import { annotationHints, type AnnotationHint, type JudgeInput, type ToolAnnotations } from '../policy/judge-input.ts';
import { describeAct } from '../policy/matchers/command.ts';
import { purposeOf } from '../purpose/read-purpose.ts';
import { UsageError, type ValuesOf } from './verbs.ts';

export const explainHelp = `  --connection NAME   where the call goes
  --tool NAME         the tool it calls
  --prompt NAME       the prompt it gets
  --uri URI           the resource it reads
  --method NAME       default: tools/call with --tool, prompts/get with --prompt, resources/read with --uri
  --args JSON         its arguments
  --group NAME        a group of the caller, as often as needed
  --actor NAME        who acts for the caller, outermost first, as often as needed
  --subject, --issuer, --owner, --email TEXT   further facts of the caller
  --annotation HINT=true|false
                      what the server says of the tool, as often as needed: readOnlyHint, destructiveHint,
                      idempotentHint, openWorldHint; "none" when it is listed and says nothing.
                      Left out: no list has shown the tool yet
  --purpose TEXT      why it is made; a text that is or begins with one of the codes of \`purposes\` names it
  --at TIME           when the call is made (RFC 3339, such as 2026-11-24T21:14:00-03:00); default: now
  --json              print the result as JSON
`;

export const explainOptions = {
  connection: { type: 'string' },
  tool: { type: 'string' },
  prompt: { type: 'string' },
  method: { type: 'string' },
  uri: { type: 'string' },
  args: { type: 'string' },
  group: { type: 'string', multiple: true },
  actor: { type: 'string', multiple: true },
  subject: { type: 'string' },
  issuer: { type: 'string' },
  owner: { type: 'string' },
  email: { type: 'string' },
  annotation: { type: 'string', multiple: true },
  purpose: { type: 'string' },
  at: { type: 'string' },
} as const;

type Values = ValuesOf<typeof explainOptions & { readonly help: { readonly type: 'boolean' } }>;

/** A call as it was asked about, before its connection is looked up. */
export interface AskedCall {
  readonly input: JudgeInput;
  readonly hints: ToolAnnotations['hints'] | undefined;
  /** Its own words on why it is made. */
  readonly reason: string | undefined;
}

/** Throws UsageError for what is no call. */
export function readAskedCall(values: Values, now: Date): AskedCall {
  const { connection, tool, prompt, uri } = values;
  if (connection === undefined) throw new UsageError('say where the call goes: --connection NAME');
  if (tool !== undefined && prompt !== undefined) throw new UsageError('a call names --tool or --prompt, not both');
  const method = values.method ?? usualMethod(values);
  if (method === undefined) throw new UsageError('say what is called: --tool NAME, --uri URI or --method NAME');
  const named = tool ?? prompt;
  return {
    hints: values.annotation === undefined ? undefined : hintsOf(values.annotation),
    reason: values.purpose,
    input: {
      connection,
      method,
      caller: callerOf(values),
      args: argumentsOf(values.args),
      at: values.at === undefined ? now : timeOf(values.at),
      ...(named === undefined ? {} : { tool: named }),
      ...(uri === undefined ? {} : { uri }),
    },
  };
}

function usualMethod({ tool, prompt, uri }: Values): string | undefined {
  if (tool !== undefined) return 'tools/call';
  if (prompt !== undefined) return 'prompts/get';
  return uri === undefined ? undefined : 'resources/read';
}

function callerOf({ issuer = '', subject = 'somebody', group = [], actor = [], owner, email }: Values): Caller {
  return {
    issuer,
    subject,
    groups: group,
    actors: actor,
    ...(owner === undefined ? {} : { owner }),
    ...(email === undefined ? {} : { email }),
  };
}

function argumentsOf(text: string | undefined): Json | undefined {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new UsageError(`--args is not JSON; write it like --args '{"sql":"select 1"}'`);
  }
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/i;

function timeOf(text: string): Date {
  const at = new Date(text);
  if (rfc3339.test(text) && !Number.isNaN(at.getTime())) return at;
  throw new UsageError('--at is no time with a zone; write it like 2026-11-24T21:14:00-03:00');
}

function hintsOf(texts: readonly string[]): ToolAnnotations['hints'] {
  const hints: Partial<Record<AnnotationHint, boolean>> = {};
  for (const text of texts.filter((each) => each !== 'none')) {
    const [name, value] = text.split('=');
    const hint = annotationHints.find((each) => each === name);
    if (hint === undefined || (value !== 'true' && value !== 'false')) {
      throw new UsageError(`--annotation ${text} is no hint; write it like --annotation destructiveHint=true`);
    }
    hints[hint] = value === 'true';
  }
  return hints;
}

/** What policy makes of a call, and what each rule had to do with it. */
export interface ExplainedCall extends Explanation {
  /** What the command of the call would do, for a tool that has one. */
  readonly acts?: readonly Omit<Act, 'targets'>[];
}

/**
 * PURE. Judges the call as a gateway with this configuration does. The definition of its tool counts as accepted. Throws
 * UsageError when there is no such connection.
 */
export function explainCall(config: Config, asked: AskedCall): ExplainedCall {
  const { policy, connections, purposes } = config;
  const connection = connections.find(({ name }) => name === asked.input.connection);
  if (connection === undefined)
    throw new UsageError(`there is no connection "${asked.input.connection}" in these files`);
  const purpose = purposeOf({ reason: asked.reason }, 'meta', purposes);
  const input = { ...asked.input, ...(purpose === undefined ? {} : { purpose }) };
  if (input.method !== 'tools/call') return explain(policy, input);
  const command = commandOf(connection, input.tool, input.args);
  const explanation = explain(policy, {
    ...input,
    ...(command === undefined ? {} : { command }),
    ...(asked.hints === undefined ? {} : { annotations: annotationsIn(connection, asked.hints) }),
  });
  if (command === undefined) return explanation;
  const acts = command.acts.map(({ system, effects, construct }) => ({ system, effects, construct }));
  return { ...explanation, acts };
}

function annotationsIn({ trustAnnotations }: Connection, hints: ToolAnnotations['hints']): ToolAnnotations {
  return { hints, trusted: trustAnnotations };
}

/** PURE. The explanation as lines for people, each ended by a line feed. */
export function explainInWords({ judgement, rules, acts = [] }: ExplainedCall): string {
  const lines: string[] = [`verdict: ${judgement.verdict}`];
  if ('reason' in judgement && judgement.reason !== undefined) lines.push(`reason:  ${judgement.reason}`);
  if (judgement.verdict === 'hold') {
    const { groups, quorum, expiresAfterMs } = judgement.approval;
    const who = groups.map(({ name }) => name).join(' and ');
    lines.push(`asks:    ${quorum} of ${who}, within ${expiresAfterMs / 60_000} minutes`);
  }
  if (judgement.verdict === 'allow' && judgement.recordIn !== undefined) lines.push(`record:  ${judgement.recordIn}`);
  if ('lacks' in judgement && judgement.lacks !== undefined)
    lines.push(`needs:   ${purposeWanted(judgement.lacks.codes)}`);
  if ('masks' in judgement && judgement.masks !== undefined) lines.push(`hides:   ${judgement.masks.join(', ')}`);
  for (const act of acts) lines.push(`command: ${describeAct(act)}`);
  for (const { ruleId, decision } of judgement.shadow ?? []) lines.push(`shadow:  ${ruleId} would decide ${decision}`);
  return [...lines, ...rules.map(explainRuleInWords)].map((line) => `${line}\n`).join('');
}

function purposeWanted(codes: readonly string[] | undefined): string {
  return codes === undefined ? 'a purpose' : `a purpose, one of ${codes.join(', ')}`;
}

function explainRuleInWords({ id, decision, mode, fitting, mismatch }: RuleExplanation): string {
  const rule = `${id} (${mode === undefined ? decision : `${decision}, shadow`})`;
  if (mismatch !== undefined) return `  –        ${rule}: ${mismatch}`;
  return `  applies  ${rule}${fitting.length === 0 ? '' : `: ${fitting.join('; ')}`}`;
}
