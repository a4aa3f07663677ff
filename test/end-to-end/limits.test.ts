import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordedPerMinuteMax } from '../../gateway/limits/refusal-floods.ts';
import { outcomeOf, type Caller, type ToolResult } from '../support/caller.ts';
import { eventually } from '../support/eventually.ts';
import { Product, unique } from '../support/product.ts';

const product = new Product();
const connection = 'hurried';
const lookUp = { service: 'payments', key: 'checkout.banner' };
/** A flood is counted a minute after it began. */
const countedWithinMs = 90_000;

const added = `connections:
  - name: hurried
    upstream: { url: env:OPS_URL, credential: { bearer: env:OPS_MCP_TOKEN } }
    pendingAfter: 1s
`;
const limits = `
limits:
  - id: hurried-reads
    match: { connection: hurried, tool: get_config }
    rate: { calls: 3, within: 5m }
    reason: Look once, and remember.
  - id: hurried-few-cards
    match: { connection: hurried, tool: apply_config }
    openApprovals: 2
`;
const rules = `
  - id: hurried-reads
    match: { connection: hurried, tool: get_config, claims: { groups: readers } }
    decision: allow
  - id: hurried-changes
    match: { connection: hurried, tool: apply_config, claims: { groups: readers } }
    decision: require_approval
    approval: { groups: [sre], quorum: 1, expires: 10m, grant: 10m }
`;

let restore: () => Promise<void>;
let caller: Caller;
beforeAll(async () => {
  restore = await product.configure((before) => before.replace('connections:\n', added) + rules + limits, connection);
  caller = await product.legacyCaller('ci-reader', connection);
});
afterAll(async () => {
  await caller.close();
  await restore();
});

const codeOf = (result: ToolResult): string => outcomeOf(result)?.code ?? 'answered';

describe('a call beyond its limit', () => {
  test('is refused with the limit, the reason and when to come back, and is recorded', async () => {
    const results: ToolResult[] = [];
    for (let n = 0; n < 4; n += 1) results.push(await caller.call('get_config', lookUp));
    expect(results.map(codeOf)).toEqual(['answered', 'answered', 'answered', 'limited']);
    const refused = results[3] ?? {};
    const outcome = outcomeOf(refused);
    expect(outcome).toMatchObject({
      rule: 'countersign.limited/hurried-reads',
      reason: 'Look once, and remember.',
      retryable: true,
    });
    expect(outcome?.retryAfterMs).toBeGreaterThan(200_000);
    expect(outcome?.retryAfterMs).toBeLessThanOrEqual(300_000);
    expect(JSON.stringify(refused.content)).toMatch(/Limited: a caller has 3 calls in 5 min .*call again in 5 min/);
    const entries = await product.query<{ kind: string; outcome: string }>(
      `select kind, outcome from ledger.entry where call_id = $1 order by seq`,
      [outcome?.callId],
    );
    expect(entries).toEqual([
      { kind: 'request.received', outcome: 'block' },
      { kind: 'call.closed', outcome: 'limited' },
    ]);
  });

  test('again and again is counted: the ledger says that it counts, and how many there were', async () => {
    const refusals = recordedPerMinuteMax + 40;
    for (let n = 0; n < refusals; n += 1) expect(codeOf(await caller.call('get_config', lookUp))).toBe('limited');
    const tally = async () => {
      const rows = await product.query<{ kind: string; outcome: string; count: number }>(
        `select kind, outcome, coalesce((convert_from(entry, 'UTF8')::jsonb -> 'facts' ->> 'count')::integer, 1) as count
         from ledger.entry
         where connection = $1 and (kind = 'refusals.counted' or (kind = 'call.closed' and outcome = 'limited' and tool = 'get_config'))
         order by seq`,
        [connection],
      );
      const counted = rows.filter(({ kind }) => kind === 'refusals.counted');
      return { recorded: rows.length - counted.length, counted };
    };
    const { recorded, counted } = await tally();
    expect(counted.map(({ outcome }) => outcome)).toEqual(['opened']);
    expect(recorded).toBeLessThan(refusals);
    const ended = await eventually(
      'the flood has its count',
      async () => {
        const now = await tally();
        return now.counted.some(({ outcome }) => outcome === 'ended') ? now : undefined;
      },
      countedWithinMs,
    );
    const inFlood = ended.counted.slice(1).reduce((sum, { count }) => sum + count, 0);
    // One more was refused by the test before this one.
    expect(ended.recorded + inFlood).toBe(refusals + 1);
  });
});

describe('a caller with as many open approvals as it may have', () => {
  test('opens no more, joins those it has, and opens another once one is decided', async () => {
    const setting = (value: string) => ({ ...lookUp, value });
    const untilDenied = (value: string) =>
      eventually(`${value} is denied`, async () =>
        codeOf(await caller.call('apply_config', setting(value))) === 'denied' ? true : undefined,
      );
    const [one, two, three] = [unique('card'), unique('card'), unique('card')];
    for (const value of [one, two]) expect(codeOf(await caller.call('apply_config', setting(value)))).toBe('pending');
    const refused = await caller.call('apply_config', setting(three));
    expect(outcomeOf(refused)).toMatchObject({ code: 'limited', rule: 'countersign.limited/hurried-few-cards' });
    expect(JSON.stringify(refused.content)).toContain('2 calls of this caller wait for approval already');
    expect(codeOf(await caller.call('apply_config', setting(one)))).toBe('pending');
    await product.slack.deny('sre-1', await product.slack.cardWith(one), 'not needed');
    await untilDenied(one);
    await eventually('there is room', async () =>
      codeOf(await caller.call('apply_config', setting(three))) === 'pending' ? true : undefined,
    );
    for (const value of [two, three]) {
      await product.slack.deny('sre-1', await product.slack.cardWith(value), 'not needed');
      await untilDenied(value);
    }
  });
});
