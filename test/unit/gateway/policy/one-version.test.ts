import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KnownCall } from '../../../../gateway/call.ts';
import type { Config } from '../../../../gateway/config/config.ts';
import { LiveConfig } from '../../../../gateway/config/live-config.ts';
import { judgeCall } from '../../../../gateway/policy/judge-call.ts';
import { createChance } from '../../../support/chance.ts';

/**
 * Every version allows, by a rule of its own. In an odd one the connection says that the tool takes a command, which none
 * can be read of the calls here, so they are held; a version that took the connection of another one would be found out.
 */
const version = (n: number): string => `version: 1
publicUrl: http://127.0.0.1:1
approvers: { sre: { members: [a@example.com] } }
defaults: { decision: block, approval: { groups: [sre], quorum: 1, expires: ${n + 1}m } }
connections:
  - name: db
    upstream: { url: 'http://server-${n}', credential: { bearer: canary-of-version-${n} } }
${n % 2 === 0 ? '' : '    tools: { query: { dialect: bash } }'}
rules:
  - { id: version-${n}, decision: allow, match: { connection: db, tool: query } }
`;
const expected = (n: number) =>
  n % 2 === 0
    ? { verdict: 'allow', ruleIds: [`version-${n}`] }
    : { verdict: 'hold', ruleIds: ['countersign.command-unread'], approval: { expiresAfterMs: (n + 1) * 60_000 } };

let home: string;
beforeEach(async () => (home = await mkdtemp(join(tmpdir(), 'countersign-versions-'))));
afterEach(() => rm(home, { recursive: true }));

const call = (config: Config): KnownCall =>
  ({
    kind: 'request',
    method: 'tools/call',
    tool: 'query',
    connection: config.connections[0],
    params: { arguments: {} },
    caller: { issuer: 'i', subject: 's', groups: [], actors: [] },
  }) as unknown as KnownCall;

describe('while versions take over from one another', () => {
  const versions = 60;
  const callsBetween = 50;

  test('every call is judged by one of them whole, and its record says by which', async () => {
    const path = join(home, 'countersign.yaml');
    await writeFile(path, version(0));
    let look = (): void => undefined;
    const schedule = (run: () => void) => ((look = run), () => undefined);
    const live = new LiveConfig({ paths: [path], env: {}, loopback: true, log: pino({ level: 'silent' }), schedule });
    const known = new Map<string, number>([[live.current.policyDigest, 0]]);
    live.watch({ record: () => turn(), tookEffect: () => undefined, rejected: async () => undefined });
    const chance = createChance(3);
    const judgedBy = new Set<number>();
    let received: KnownCall[] = [];
    const judgeAll = async (): Promise<void> => {
      for (const each of received) {
        // Received under one version, judged an uncertain time later, perhaps under another.
        for (let wait = chance.below(4); wait > 0; wait -= 1) await turn();
        const { judgement, policyDigest, connection } = judgeCall(live.current, each, new Date());
        const n = known.get(policyDigest) ?? expect.fail('a digest of no version');
        judgedBy.add(n);
        expect(judgement).toMatchObject(expected(n));
        expect(connection.upstream.url).toBe(`http://server-${n}`);
        expect(live.masker.maskText(`canary-of-version-${n}`).text).not.toContain('canary');
      }
    };
    for (let n = 1; n <= versions; n += 1) {
      received = Array.from({ length: callsBetween }, () => call(live.current));
      const judging = judgeAll();
      await writeFile(path, version(n));
      look();
      look();
      const before = live.current;
      while (live.current === before) await turn();
      known.set(live.current.policyDigest, n);
      await judging;
    }
    expect(known.size).toBe(versions + 1);
    expect(judgedBy.size).toBeGreaterThan(versions / 2);
  }, 60_000);

  test('a call over a connection that is gone by then is blocked', async () => {
    const path = join(home, 'countersign.yaml');
    await writeFile(path, version(0));
    const live = new LiveConfig({ paths: [path], env: {}, loopback: true, log: pino({ level: 'silent' }) });
    const stranger = { ...call(live.current), connection: { name: 'gone' } } as unknown as KnownCall;
    expect(judgeCall(live.current, stranger, new Date())).toMatchObject({
      judgement: { verdict: 'block', reason: 'Its connection is not configured any more.' },
      policyDigest: live.current.policyDigest,
    });
  });
});
