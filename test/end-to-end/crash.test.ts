import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, inject, test } from 'vitest';
import { attachCaller, type WaitingCaller } from '../../workflows/contract/approval.ts';
import { verifyLedger } from '../../workflows/evidence/verify.ts';
import { Pool } from 'pg';
import { outcomeOf } from '../support/caller.ts';
import { eventually } from '../support/eventually.ts';
import { Product, unique } from '../support/product.ts';
import { approvalIdOf, isOpen } from '../support/slack.ts';

const product = new Product();
const setting = (value: string, rolloutSeconds?: number) => ({
  service: 'payments',
  key: 'checkout.banner',
  value,
  ...(rolloutSeconds === undefined ? {} : { rolloutSeconds }),
});
const waits = { onProgress: () => undefined };
/** How long Temporal takes to notice that nobody works for a gateway's queue. */
const pickUpMs = 10_000;

describe('a crash while a call waits', () => {
  test('of the worker loses nothing', async () => {
    const caller = await product.caller();
    const value = unique('worker-killed');
    const answer = caller.call('apply_config', setting(value), waits);
    const card = await product.slack.cardWith(value);
    await product.crash('worker');
    await product.slack.click('sre-1', card, 'approve');
    expect(JSON.stringify((await answer).content)).toContain(value);
    expect(await product.executionsWith(value)).toBe(1);
    await caller.close();
  });

  test('of slack-app loses nothing', async () => {
    const caller = await product.caller();
    const value = unique('slack-app-killed');
    const answer = caller.call('apply_config', setting(value), waits);
    const card = await product.slack.cardWith(value);
    await product.crash('slackApp');
    await product.slack.click('sre-1', card, 'approve');
    expect(JSON.stringify((await answer).content)).toContain(value);
    expect(await product.executionsWith(value)).toBe(1);
    await caller.close();
  });

  test('of the gateway keeps the case: the retry joins it and the call runs once', async () => {
    const value = unique('gateway-killed');
    const lost = await product.caller();
    const answer = lost.call('apply_config', setting(value), waits);
    answer.catch(() => undefined);
    const card = await product.slack.cardWith(value);
    await product.crash('gateway');
    await product.slack.click('sre-1', card, 'approve');
    const retry = await product.caller();
    const again = await retry.call('apply_config', setting(value), waits);
    expect(JSON.stringify(again.content)).toContain(value);
    expect(await product.executionsWith(value)).toBe(1);
    expect(await product.slack.cardsOf(approvalIdOf(card))).toHaveLength(1);
    await retry.close();
  });
});

describe('callers that were lost with their gateway', () => {
  /** What gateways that died leave in Temporal. */
  const leaveBehind = (workflowId: string, lost: Omit<WaitingCaller, 'callId'>, count: number): Promise<void> =>
    product.withTemporal(async (temporal) => {
      const handle = temporal.workflow.getHandle(workflowId);
      for (let each = 0; each < count; each += 1) {
        await handle.signal(attachCaller, { ...lost, callId: unique('call_lost') });
      }
    });

  test('do not keep one that waits elsewhere from its answer, however many they are', async () => {
    const caller = await product.caller();
    const value = unique('many-lost');
    const answer = caller.call('apply_config', setting(value), waits);
    const card = await product.slack.cardWith(value);
    const approvalId = approvalIdOf(card);
    const workflowId = await product.workflowIdOf(approvalId);
    await leaveBehind(workflowId, { approvalId, gatewayQueue: unique('gateway.dead') }, 4);
    const began = performance.now();
    await product.slack.click('sre-1', card, 'approve');
    expect(JSON.stringify((await answer).content)).toContain(value);
    expect(performance.now() - began).toBeLessThan(3 * pickUpMs);
    expect(await product.executionsWith(value)).toBe(1);
    await caller.close();
  });

  test('do not keep a grant in force beyond its end', async () => {
    const caller = await product.caller('ci-deployer', 'fleeting');
    const value = unique('late-grant');
    const answer = caller.call('apply_config', setting(value), waits);
    const card = await product.slack.cardWith(value);
    const approvalId = approvalIdOf(card);
    const workflowId = await product.workflowIdOf(approvalId);
    await leaveBehind(workflowId, { approvalId, gatewayQueue: unique('gateway.dead') }, 1);
    await product.slack.click('sre-1', card, 'approve');
    expect(outcomeOf(await answer)).toMatchObject({ code: 'expired', retryable: true });
    expect(await product.executionsWith(value)).toBe(0);
    await caller.close();
  });

  test('do not keep a case from ending, so that an identical call can open its own', async () => {
    const caller = await product.caller();
    const value = unique('stray-lost');
    const answer = caller.call('apply_config', setting(value), waits);
    const card = await product.slack.cardWith(value);
    const workflowId = await product.workflowIdOf(approvalIdOf(card));
    const stray = { approvalId: unique('apr_of_the_next_case'), gatewayQueue: unique('gateway.dead') };
    await leaveBehind(workflowId, stray, 1);
    await product.slack.click('sre-1', card, 'approve');
    await answer;
    const began = performance.now();
    await product.untilEnded(approvalIdOf(card));
    expect(performance.now() - began).toBeLessThan(pickUpMs - 1_000);
    await caller.close();
  });
});

describe('a crash of the gateway while the call runs', () => {
  test('ends it as unknown: recorded, told to the retry, and never run again by itself', async () => {
    const value = unique('unknown');
    const lost = await product.caller();
    const answer = lost.call('apply_config', setting(value, 20), waits);
    answer.catch(() => undefined);
    const card = await product.slack.cardWith(value);
    await product.slack.click('sre-1', card, 'approve');
    await eventually('the call runs', async () => ((await product.executionsWith(value)) === 1 ? true : undefined));
    await product.crash('gateway');
    const approvalId = approvalIdOf(card);
    await eventually(
      'the call is settled',
      async () => ((await product.story(approvalId)).includes('call.closed unknown') ? true : undefined),
      90_000,
    );
    const retry = await product.caller();
    const again = await retry.call('apply_config', setting(value, 20), waits);
    expect(outcomeOf(again)).toMatchObject({ code: 'unknown', retryable: false });
    expect(await product.executionsWith(value)).toBe(1);
    const closed = await product.slack.card(approvalId, (each) => !isOpen(each));
    expect(JSON.stringify(closed)).toMatch(/[Uu]nknown/);
    await retry.close();
  });
});

describe('a PostgreSQL that is stopped', () => {
  test('means 503, and the upstream sees nothing; when it is back, so are the answers', async () => {
    const marker = unique('no-record');
    const token = await product.token('ci-deployer', 'ops');
    const ask = () => readConfig(token, marker);
    const thaw = await product.freezePostgres();
    let response: Response;
    try {
      response = await ask();
    } finally {
      thaw();
    }
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('2');
    expect(await product.executionsWith(marker)).toBe(0);
    await product.crash('postgres');
    await eventually('calls are answered again', async () => ((await ask()).status === 200 ? true : undefined), 60_000);
    expect(await product.executionsWith(marker)).toBe(1);
  });

  test('leaves a ledger that is dense and unaltered', async () => {
    const pool = new Pool({ connectionString: product.world.postgres.url, max: 1 });
    const logs = await verifyLedger(pool, 'countersign.local/evidence/default');
    await pool.end();
    expect(logs.flatMap(({ faults }) => faults)).toEqual([]);
    expect(logs.at(-1)?.size).toBeGreaterThan(50);
  });
});

describe('a Temporal that does not answer', () => {
  test('stops calls that need approval, and no others', async () => {
    const value = unique('no-temporal');
    const caller = await product.caller();
    const [pid] = product.world.pids.temporal;
    if (pid === undefined) throw new Error('Temporal does not run');
    process.kill(pid, 'SIGSTOP');
    try {
      expect((await caller.call('get_config', { service: 'payments' })).isError).toBeFalsy();
      const result = await caller.call('apply_config', setting(value), waits);
      expect(outcomeOf(result)).toMatchObject({ code: 'unavailable', retryable: true });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    expect(await product.executionsWith(value)).toBe(0);
    const again = caller.call('apply_config', setting(value), waits);
    await product.slack.click('sre-1', await product.slack.cardWith(value), 'approve');
    expect(JSON.stringify((await again).content)).toContain(value);
    expect(await product.executionsWith(value)).toBe(1);
    await caller.close();
  });
});

describe('a policy file that is broken while the gateway runs', () => {
  test('is refused with its line, and the old policy stays in force', async () => {
    const path = inject('worldConfig');
    const sound = await readFile(path, 'utf8');
    const value = unique('policy');
    try {
      await writeFile(path, `${sound}\n  - id: typo\n    decision: alow\n`);
      await eventually('the refusal is recorded', async () => {
        const rows = await product.query(`select 1 from ledger.entry where kind = 'policy.rejected'`);
        return rows.length > 0 ? true : undefined;
      });
      const caller = await product.caller();
      expect((await caller.call('get_config', { service: 'payments' })).isError).toBeFalsy();
      await caller.close();
      await writeFile(
        path,
        `${sound}\n  - id: freeze\n    match: { connection: ops, args: { /service: payments } }\n    decision: block\n    reason: ${value}\n`,
      );
      await eventually('the new policy is in force', async () => {
        const blocked = await product.caller();
        const result = await blocked.call('get_config', { service: 'payments' });
        await blocked.close();
        return outcomeOf(result)?.reason === value ? true : undefined;
      });
    } finally {
      await writeFile(path, sound);
    }
    await eventually('the first policy is in force again', async () => {
      const caller = await product.caller();
      const result = await caller.call('get_config', { service: 'payments' });
      await caller.close();
      return result.isError === true ? undefined : true;
    });
  });
});

/** One request of the newest revision, which needs no session and can be sent by hand. */
function readConfig(token: string, service: string): Promise<Response> {
  return fetch(product.urlOf('ops'), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'get_config',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: {
        name: 'get_config',
        arguments: { service },
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    }),
  });
}
