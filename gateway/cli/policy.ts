import type { Caller, Json } from '../../workflows/contract/call.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { ConfigError } from '../config/problems.ts';
import { createMasker } from '../masking/masker.ts';
import { explain, type Explanation } from '../policy/explain.ts';
import type { JudgeInput } from '../policy/judge-input.ts';
import { isLoopback } from '../settings.ts';
import { runVerb, UsageError, type ValuesOf } from './verbs.ts';

const help = `countersign policy check FILE…
countersign policy explain FILE… --connection NAME --tool NAME [--args JSON] [--group NAME]…

check    checks configuration files and folders the way a gateway does at start, all problems at once.
explain  judges one call by them, and tells of each rule whether it applies or what does not fit.
References (env:NAME, file:/path) are resolved from this shell's environment.

  --connection NAME   where the call goes
  --tool NAME         the tool it calls, or the prompt it gets
  --method NAME       default: tools/call with --tool, resources/read with --uri
  --uri URI           the resource it reads
  --args JSON         its arguments
  --group NAME        a group of the caller, as often as needed
  --subject, --issuer, --owner, --email TEXT   further facts of the caller
  --json              print the result as JSON
`;

const options = {
  json: { type: 'boolean' },
  help: { type: 'boolean' },
  connection: { type: 'string' },
  tool: { type: 'string' },
  method: { type: 'string' },
  uri: { type: 'string' },
  args: { type: 'string' },
  group: { type: 'string', multiple: true },
  subject: { type: 'string' },
  issuer: { type: 'string' },
  owner: { type: 'string' },
  email: { type: 'string' },
} as const;

type Values = ValuesOf<typeof options>;

/** `countersign policy`. Exit code 0: sound, or explained; 1: not sound; 2: called wrongly. */
export async function policyCommand(args: readonly string[]): Promise<number> {
  return runVerb({ name: 'policy', help, options }, args, (verb, values, paths) => {
    if (verb !== 'check' && verb !== 'explain') throw new UsageError(`there is no "${verb}"; write check or explain`);
    if (paths.length === 0) throw new UsageError(`say of which file: countersign policy ${verb} FILE`);
    const input = verb === 'explain' ? callOf(values) : undefined;
    return answer(paths, input, values.json === true);
  });
}

function callOf(values: Values): JudgeInput {
  const { connection, tool, uri } = values;
  if (connection === undefined) throw new UsageError('say where the call goes: --connection NAME');
  const method =
    values.method ?? (tool !== undefined ? 'tools/call' : uri !== undefined ? 'resources/read' : undefined);
  if (method === undefined) throw new UsageError('say what is called: --tool NAME, --uri URI or --method NAME');
  const caller: Caller = {
    issuer: values.issuer ?? '',
    subject: values.subject ?? 'somebody',
    groups: values.group ?? [],
    actors: [],
    ...(values.owner === undefined ? {} : { owner: values.owner }),
    ...(values.email === undefined ? {} : { email: values.email }),
  };
  const named = { ...(tool === undefined ? {} : { tool }), ...(uri === undefined ? {} : { uri }) };
  return { connection, method, caller, args: argumentsOf(values.args), at: new Date(), ...named };
}

function argumentsOf(text: string | undefined): Json | undefined {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new UsageError(`--args is not JSON; write it like --args '{"sql":"select 1"}'`);
  }
}

function answer(paths: readonly string[], input: JudgeInput | undefined, json: boolean): number {
  let config: Config;
  try {
    const loopback = isLoopback(process.env['COUNTERSIGN_HOST'] ?? '127.0.0.1');
    config = loadConfig(paths, { env: process.env, loopback, detectorsDigest: createMasker().digest });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    if (json) process.stdout.write(`${JSON.stringify({ ok: false, problems: error.problems })}\n`);
    else process.stderr.write(`${error.message}\n`);
    return 1;
  }
  const { policyDigest, connections, policy } = config;
  if (input !== undefined) {
    const explanation = explain(policy, input);
    process.stdout.write(
      json ? `${JSON.stringify({ ok: true, policyDigest, ...explanation })}\n` : inWords(explanation),
    );
  } else if (json) {
    process.stdout.write(`${JSON.stringify({ ok: true, policyDigest })}\n`);
  } else {
    process.stdout.write(`sound: ${connections.length} connections, ${policy.rules.length} rules, ${policyDigest}\n`);
  }
  return 0;
}

function inWords({ judgement, rules }: Explanation): string {
  const lines: string[] = [`verdict: ${judgement.verdict}`];
  if ('reason' in judgement && judgement.reason !== undefined) lines.push(`reason:  ${judgement.reason}`);
  if (judgement.verdict === 'hold') {
    const { groups, quorum, expiresAfterMs } = judgement.approval;
    const who = groups.map(({ name }) => name).join(' and ');
    lines.push(`asks:    ${quorum} of ${who}, within ${expiresAfterMs / 60_000} minutes`);
  }
  if (judgement.verdict === 'allow' && judgement.recordIn !== undefined) lines.push(`record:  ${judgement.recordIn}`);
  for (const { id, decision, mismatch } of rules) {
    lines.push(
      mismatch === undefined ? `  applies  ${id} (${decision})` : `  –        ${id} (${decision}): ${mismatch}`,
    );
  }
  return `${lines.join('\n')}\n`;
}
