import { approvals } from './requirements/approvals.ts';
import { calls } from './requirements/calls.ts';
import { conditions } from './requirements/conditions.ts';
import { limits } from './requirements/limits.ts';
import { operation } from './requirements/operation.ts';
import { policyTools } from './requirements/policy-tools.ts';
import { policyVersions } from './requirements/policy-versions.ts';
import { privacy } from './requirements/privacy.ts';
import { records } from './requirements/records.ts';
import { sqlCommands } from './requirements/sql-commands.ts';
import type { Requirement } from './requirements/requirement.ts';

/**
 * What the product promises, each with the tests that prove it. The table in `test/README.md` is made of it, and
 * `test/architecture/requirements.test.ts` fails when a test that is named here is gone or a test file is in none.
 */
export const requirements: readonly Requirement[] = [
  ...calls,
  ...conditions,
  ...policyTools,
  ...sqlCommands,
  ...policyVersions,
  ...approvals,
  ...limits,
  ...privacy,
  ...records,
  ...operation,
];

/** A proof in its parts; the title is the text of the test's first argument. */
export function readProof(proof: string): { readonly file: string; readonly title: string } {
  const [file = '', ...title] = proof.split(' > ');
  return { file, title: title.join(' > ') };
}

/** The table as Markdown, one promise a line with the files that prove it. */
export function requirementsTable(): string {
  const rows = requirements.map(({ id, says, provenBy }) => {
    const files = new Set(provenBy.map((proof) => `\`${readProof(proof).file}\``));
    return `| \`${id}\` | ${says} | ${[...files].join(', ')} |`;
  });
  return ['| id | promise | proven by |', '| --- | --- | --- |', ...rows].join('\n');
}
