import { existsSync } from 'node:fs';
import type { KnownPolicy, ShownPolicy } from '../api/policies.ts';
import { loadConfig } from '../config/load.ts';
import { diffPolicies, type FieldChange, type PolicyChange } from '../config/versions/policy-diff.ts';
import { Api, apiHelp, apiOptions, printResult } from './api.ts';
import { loadOptions } from './policy-files.ts';
import { prettyJson, printable } from './printable.ts';
import { runVerb, UsageError, type ValuesOf } from './verbs.ts';

const help = `countersign policy versions [--limit N]
countersign policy show     DIGEST
countersign policy diff     DIGEST|FILE DIGEST|FILE

versions  the versions of the policy that were in force, the youngest first, and which gateways run which.
show      one version: exactly the document whose SHA-256 is its digest.
diff      what differs between two versions, or between files and a version. Write several files with commas.
A digest may be cut to 8 characters. Files need no gateway; references in them are resolved from this shell's
environment. Versions come from a gateway's API, as a member of its operators.

  --limit N     so many versions; default: 20
${apiHelp}`;

const options = { ...apiOptions, limit: { type: 'string' } } as const;

const verbs: ReadonlySet<string | undefined> = new Set(['versions', 'show', 'diff']);
const digestPattern = /^[0-9a-f]{8,64}$/;

type Values = ValuesOf<typeof options>;

/** Whether `countersign policy …` is about versions that were in force. */
export function isAboutVersions([verb]: readonly string[]): boolean {
  return verbs.has(verb);
}

/** Exit code 0: shown; 1: refused or unreachable; 2: called wrongly. */
export async function policyVersionsCommand(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return runVerb({ name: 'policy', help, options }, args, async (verb, values, rest) => {
    const { json, text } = await run(verb, values, rest, env);
    return printResult(values.json, json, text);
  });
}

async function run(verb: string, values: Values, rest: readonly string[], env: NodeJS.ProcessEnv) {
  const [first, second] = rest;
  switch (verb) {
    case 'versions': {
      const limit = values.limit === undefined ? '' : `?limit=${encodeURIComponent(values.limit)}`;
      const answer = (await new Api(values.url, env).get(`policies${limit}`)) as { policies: readonly KnownPolicy[] };
      return { json: answer, text: answer.policies.map(lineOf).join('') || 'No version has been in force yet.\n' };
    }
    case 'show': {
      if (first === undefined) throw new UsageError('say which one: countersign policy show DIGEST');
      const policy = await fetchPolicy(first, values, env);
      return { json: policy, text: `${lineOf(policy)}\n${prettyJson(policy.document)}\n` };
    }
    default: {
      if (first === undefined || second === undefined) {
        throw new UsageError('say of which two: countersign policy diff DIGEST|FILE DIGEST|FILE');
      }
      const [before, after] = [await documentOf(first, values, env), await documentOf(second, values, env)];
      const changes = diffPolicies(before, after);
      return { json: { changes }, text: changes.map(inWords).join('') || 'They are the same.\n' };
    }
  }
}

async function documentOf(named: string, values: Values, env: NodeJS.ProcessEnv): Promise<string> {
  if (digestPattern.test(named) && !existsSync(named)) return (await fetchPolicy(named, values, env)).document;
  return loadConfig(named.split(','), loadOptions(env)).policyVersion.document;
}

async function fetchPolicy(digest: string, values: Values, env: NodeJS.ProcessEnv): Promise<ShownPolicy> {
  if (!digestPattern.test(digest)) throw new UsageError('a digest is 8 to 64 hex characters; versions prints them');
  return (await new Api(values.url, env).get(`policies/${digest}`)) as ShownPolicy;
}

function lineOf({ digest, firstLoadedAt, author, authorIs, gateways }: KnownPolicy): string {
  const by = authorIs === 'author' ? printable(author) : `owner of the file: ${printable(author)}`;
  const where = gateways.length === 0 ? '' : `  in force: ${gateways.map(printable).join(', ')}`;
  return `${digest.slice(0, 12)}  ${firstLoadedAt}  by ${by}${where}\n`;
}

function inWords({ what, change, fields }: PolicyChange): string {
  return `${change.padEnd(8)} ${printable(what)}\n${fields.map(fieldInWords).join('')}`;
}

function fieldInWords({ field, before, after, gone = [], come = [] }: FieldChange): string {
  const at = field === '' ? '' : `${printable(field)}: `;
  const lines = [
    ...(before === undefined ? [] : [`- ${at}${printable(before)}`]),
    ...(after === undefined ? [] : [`+ ${at}${printable(after)}`]),
    ...gone.map((item) => `- ${at}${printable(item)}`),
    ...come.map((item) => `+ ${at}${printable(item)}`),
  ];
  return lines.map((line) => `  ${line}\n`).join('');
}
