import { celEnv, celFunc, CelScalar, isCelError, parse, plan } from '@bufbuild/cel';
import { create } from '@bufbuild/protobuf';
import { TimestampSchema } from '@bufbuild/protobuf/wkt';
import { RE2JS } from 're2js';
import { fieldsOf } from '../../gateway/policy/conditions/variables.ts';
import type { Act, TargetKind } from '../../gateway/policy/commands/command.ts';
import { compileGlobs, type Reading } from '../../gateway/policy/glob.ts';
import type { JudgeInput } from '../../gateway/policy/judge-input.ts';

const names = [
  'connection',
  'method',
  'tool',
  'uri',
  'caller',
  'args',
  'at',
  'purpose',
  'annotations',
  'command',
] as const;

/**
 * The same expression by another implementation of the language, @bufbuild/cel. Undefined: it ends with an error. Paths
 * in disguise it takes as they are, and numbers that are not exact.
 */
export function otherCondition(when: string, reading: Reading): (input: JudgeInput) => boolean | undefined {
  const { STRING, BOOL, DYN } = CelScalar;
  const compiled = new Map<string, RE2JS>();
  const patternOf = (text: string): RE2JS => {
    const pattern = compiled.get(text) ?? RE2JS.compile(text);
    compiled.set(text, pattern);
    return pattern;
  };
  const environment = celEnv({
    variables: Object.fromEntries(names.map((name) => [name, DYN])),
    funcs: [
      celFunc('re', [STRING, STRING], BOOL, (text, pattern) => patternOf(pattern).test(text)),
      celFunc('glob', [STRING, STRING], BOOL, (text, pattern) => compileGlobs([pattern], reading)(text)),
    ],
  });
  const evaluate = plan(environment, parse(when));
  return (input) => {
    const { command, purpose, annotations, at, tool, uri, ...rest } = input;
    const seconds = BigInt(Math.floor(at.getTime() / 1_000));
    const timestamp = create(TimestampSchema, { seconds, nanos: (at.getTime() % 1_000) * 1_000_000 });
    const { dialect, acts = [] } = command ?? {};
    const lists = Object.fromEntries(
      (fieldsOf('command') ?? []).map((field) => [field, acts.flatMap((act) => listOf(act, field))]),
    );
    const bindings = {
      connection: rest.connection,
      method: rest.method,
      ...(tool === undefined ? {} : { tool }),
      ...(uri === undefined ? {} : { uri }),
      caller: JSON.parse(JSON.stringify(rest.caller)),
      args: rest.args ?? {},
      at: timestamp,
      purpose: { ...purpose },
      ...(annotations === undefined ? {} : { annotations: { ...annotations.hints } }),
      command: dialect === undefined ? {} : { ...lists, dialect },
    };
    const result = evaluate(bindings);
    return isCelError(result) || typeof result !== 'boolean' ? undefined : result;
  };
}

function listOf({ system, effects, construct, targets }: Act, field: string): readonly string[] {
  if (field === 'systems') return [system];
  if (field === 'effects') return effects;
  return field === 'constructs' ? [construct] : (targets[field as TargetKind] ?? []);
}
