import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../../../../gateway/config/load.ts';
import type { Problem } from '../../../../../gateway/config/problems.ts';

const head = `version: 1
publicUrl: http://127.0.0.1:1
issuers:
  - { issuer: "https://a", groupPrefix: "a:" }
  - { issuer: "https://b", groupPrefix: "b:" }
connections:
  - name: ops
    upstream: { url: "http://a" }
    tools: { run_sql: { dialect: postgres, field: sql }, get: { timeout: 5s } }
  - { name: dev, upstream: { url: "http://a" } }
approvers: { sre: { members: [a@b.co, c@b.co, e@b.co] }, dba: { members: [d@b.co] } }
rules:
`;
const ask = 'decision: require_approval, approval: { groups: [sre] }';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'countersign-review-'));
});
afterAll(() => rm(home, { recursive: true }));

async function warningsOf(text: string): Promise<string[]> {
  const file = join(home, 'countersign.yaml');
  await writeFile(file, text);
  const found: Problem[] = [];
  const warn = (warnings: readonly Problem[]): void => void found.push(...warnings);
  loadConfig([file], { env: {}, loopback: true, detectorsDigest: 'd', warn });
  return found.map(({ line, path, message }) => `${line - head.split('\n').length + 1} ${path}: ${message}`);
}

const rules = (...lines: readonly string[]): string => `${head}${lines.map((line) => `  - { ${line} }\n`).join('')}`;

describe('a review', () => {
  test.each([
    [
      ['id: a, match: { tool: "get_*" }, decision: allow', 'id: b, match: { tool: "g*" }, decision: block'],
      ['1 rules.0.id: rule a never allows anything: rule b speaks of all that this one does, and blocks it'],
    ],
    [
      ['id: a, match: { tool: get, args: { x: "1*" } }, decision: allow', `id: b, match: { tool: get }, ${ask}`],
      [
        '1 rules.0.id: rule a never allows anything: rule b speaks of all that this one does, and requires an approval for it',
      ],
    ],
    [
      [`id: a, match: { tool: get, connection: ops }, ${ask}`, 'id: b, match: { tool: get }, decision: block'],
      ['1 rules.0.id: rule a never asks for an approval: rule b speaks of all that this one does, and blocks it'],
    ],
    [
      ['id: a, match: { tool: get }, decision: block', 'id: b, match: { tool: get }, decision: block'],
      ['2 rules.1.id: rule b changes nothing: rule a speaks of all that this one does, and decides the same'],
    ],
    [[`id: a, match: { tool: "get_a*|x" }, ${ask}`, 'id: b, match: { tool: "*_b" }, decision: block'], []],
    [
      ['id: a, match: { tool: "get_*" }, decision: allow', 'id: b, match: { tool: "*_secret" }, decision: block'],
      ['1 rules.0.match.tool: rule a allows tools like get_secret, for which rule b says block: the stricter decides'],
    ],
    [
      ['id: a, match: { connection: "prod-*" }, decision: block'],
      ['1 rules.0.match.connection: rule a never applies: no connection is called so'],
    ],
    [
      [
        'id: a, match: { claims: { groups: { any: ["c:x", y] } } }, decision: block',
        'id: b, match: { claims: { groups: "a:x" } }, decision: block',
      ],
      ['1 rules.0.match.claims.groups: rule a never applies: groups begin with "a:" or "b:", as their issuers have it'],
    ],
    [
      ['id: a, match: { connection: ops, tool: run_sq, claims: { groups: "a:x" } }, decision: allow'],
      ['1 rules.0.match.tool: no connection speaks of a tool "run_sq"; did you mean "run_sql"?'],
    ],
    [
      ['id: a, match: { connection: dev, sql: { effects: [ddl] } }, decision: block'],
      [
        '1 rules.0.match.sql: what rule a says of `sql` never applies: no tool of its connections takes such a command; give the tool a dialect',
      ],
    ],
    [
      ['id: a, match: { connection: ops, tool: get, sql: { effects: [ddl] } }, decision: block'],
      [
        '1 rules.0.match.sql: rule a fits every call to its tools: none of its tools takes such a command; give the tool a dialect',
      ],
    ],
    [['id: a, match: { connection: ops, tool: "run*", sql: { effects: [ddl] } }, decision: block'], []],
    [
      [
        'id: a, match: { tool: get }, decision: require_approval, approval: { groups: [sre], quorum: 3 }',
        'id: b, match: { tool: x }, decision: require_approval, approval: { groups: [dba] }',
      ],
      [
        '1 rules.0.approval.quorum: all 3 people of sre must approve: while one is away, or asks, nobody can',
        '2 rules.1.approval.quorum: the only person of dba must approve: while one is away, or asks, nobody can',
      ],
    ],
    [['id: a, decision: allow'], ['1 rules.0.id: rule a allows everything on every connection to everybody']],
    [['id: a, match: { connection: ops }, decision: allow'], []],
    [
      ['id: countersign.x, match: { tool: a }, decision: block'],
      ['1 rules.0.id: ids that begin with "countersign." are the gateway\'s own, and this one reads like one of them'],
    ],
    [
      ['id: no-drops, match: { tool: a }, decision: block', 'id: No-Drops, match: { tool: b }, decision: block'],
      ['2 rules.1.id: rule "No-Drops" is hard to tell from rule "no-drops"'],
    ],
    [
      ['id: a, match: { tool: "get*" }, decision: allow', 'id: b, match: { tool: "get*" }, decision: block'],
      [
        '1 rules.0.id: rule a never allows anything: rule b speaks of all that this one does, and blocks it, names beyond ASCII apart',
      ],
    ],
  ])('says what is seldom meant (%#)', async (lines, expected) => {
    expect(await warningsOf(rules(...lines))).toEqual(expected.map((line) => expect.stringContaining(line)));
  });

  test('has nothing against a rule that is an exception from a broader one', async () => {
    expect(
      await warningsOf(
        rules(
          'id: read, match: { connection: ops, tool: "get*" }, decision: allow',
          'id: not-that, match: { connection: ops, tool: get_secret }, decision: block',
          'id: nor-drops, match: { tool: "get*", args: { x: "drop*" } }, decision: block, reason: No drops.',
        ),
      ),
    ).toEqual([]);
  });

  test('says that what no rule speaks of is allowed', async () => {
    const text = `${rules('id: a, match: { tool: a }, decision: block')}defaults: { decision: allow }\n`;
    expect(await warningsOf(text)).toEqual(['2 defaults.decision: whatever no rule speaks of is allowed']);
  });

  test('of thousands of rules takes no longer than reading them', async () => {
    const line = (n: number): string =>
      `id: r${n}, match: { connection: ${n % 2 === 0 ? 'ops' : 'dev'}, tool: "tool_${n}_*", claims: { groups: "a:team-${n % 50}" } }, decision: ${['allow', 'block'][n % 7 === 0 ? 1 : 0]}`;
    const file = join(home, 'many.yaml');
    await writeFile(file, rules(...Array.from({ length: 3_000 }, (_unused, n) => line(n))));
    const time = (more: object): number => {
      const began = performance.now();
      loadConfig([file], { env: {}, loopback: true, detectorsDigest: 'd', ...more });
      return performance.now() - began;
    };
    const reading = time({});
    expect(time({ warn: () => undefined })).toBeLessThan(reading * 3 + 1_000);
  });
});
