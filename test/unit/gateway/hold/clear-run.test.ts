import { describe, expect, test } from 'vitest';
import type { Config } from '../../../../gateway/config/config.ts';
import { ruleSchema } from '../../../../gateway/config/rule-schema.ts';
import { clearRun, type ClearRunParts, type HeldCall } from '../../../../gateway/hold/clear-run.ts';
import type { Grant } from '../../../../gateway/hold/judge-grant.ts';
import { compileRule } from '../../../../gateway/policy/rule.ts';

const openedAt = new Date('2026-11-24T10:00:00Z');
const members = ['ann@example.com'];
const need = { groups: [{ name: 'sre', members }], quorum: 1, expiresAfterMs: 60_000, grantTtlMs: 60_000 };

function version(digest: string, decision: 'allow' | 'block' | 'require_approval', server = 'one'): Config {
  const rule = compileRule(
    ruleSchema.parse({ id: `${digest}-${decision}`, decision, match: { connection: 'files' }, reason: 'Because.' }),
    need,
  );
  return {
    connections: [{ name: 'files', upstream: { url: `http://${server}` }, tools: {} }],
    approvers: { sre: { members } },
    policy: { rules: [rule], defaultDecision: 'block', defaultApproval: undefined },
    policyDigest: digest,
  } as unknown as Config;
}

const before = version('A', 'require_approval');
/** No tool is called, so no server is asked how it describes it. */
const held = {
  callId: 'call_1',
  id: 7,
  kind: 'request',
  method: 'resources/read',
  uri: 'file:///a',
  caller: { issuer: 'i', subject: 's', groups: [], actors: [] },
  connection: before.connections[0],
} as unknown as HeldCall;

const grant: Grant = {
  request: {
    openedAt: openedAt.toISOString(),
    expiresAt: new Date(openedAt.getTime() + need.expiresAfterMs).toISOString(),
    policyDigest: 'A',
    rule: need,
  },
  principals: new Set(members),
};

/** The version in force, which `whileReading` may replace while the grant is read. */
function world(config: Config, whileReading: Config[] = [], given = grant) {
  let reads = 0;
  let inForce = config;
  const parts = {
    config: () => inForce,
    now: () => openedAt,
    executions: {
      readGrant: () => {
        reads += 1;
        inForce = whileReading.shift() ?? inForce;
        return Promise.resolve(given);
      },
    },
  } as unknown as ClearRunParts;
  return { clear: (call = held) => clearRun(parts, call, 'apr_1'), reads: () => reads };
}

describe('an approved call that is about to run', () => {
  test('runs by the judgement and over the connection of the version in force, and names both versions', async () => {
    const run = await world(version('B', 'allow', 'two')).clear();
    expect(run).toMatchObject({
      cleared: true,
      call: { callId: 'call_1', id: 7, policyDigest: 'B', connection: { upstream: { url: 'http://two' } } },
      spent: { approvalId: 'apr_1', openedUnder: 'A', policyDigest: 'B' },
    });
  });

  test('is refused before anybody is asked anything when it is blocked', async () => {
    const { clear, reads } = world(version('B', 'block'));
    expect(await clear()).toEqual({
      cleared: false,
      result: { code: 'blocked', policy: { reason: 'Because.', policyDigest: 'B', ruleIds: ['B-block'] } },
    });
    expect(reads()).toBe(0);
  });

  test('is judged by the last version of all that came while it was being looked at', async () => {
    const { clear, reads } = world(before, [version('B', 'allow'), version('C', 'block')]);
    expect(await clear()).toMatchObject({ cleared: false, result: { code: 'blocked', policy: { policyDigest: 'C' } } });
    expect(reads()).toBe(2);
  });

  test('is refused when its connection is gone', async () => {
    const gone = { ...version('B', 'allow'), connections: [] };
    expect(await world(gone).clear()).toMatchObject({
      result: { code: 'blocked', policy: { reason: 'Its connection is not configured any more.', policyDigest: 'B' } },
    });
  });

  test('loses of its answer what was hidden under the version it was held by', async () => {
    const judgement = { verdict: 'hold', ruleIds: [], approval: need, masks: ['salary'] } as const;
    const run = await world(version('B', 'allow')).clear({ ...held, judgement });
    expect(run).toMatchObject({ cleared: true, call: { judgement: { verdict: 'allow', masks: ['salary'] } } });
  });

  test('loses what its approvers were told it loses, also as a task, which keeps no judgement', async () => {
    const told: Grant = { ...grant, request: { ...grant.request, masks: ['salary'] } };
    const run = await world(version('B', 'allow'), [], told).clear();
    expect(run).toMatchObject({ cleared: true, call: { judgement: { verdict: 'allow', masks: ['salary'] } } });
  });
});
