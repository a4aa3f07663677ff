import { createSecretKey, randomBytes } from 'node:crypto';
import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import type { KnownCall } from '../../../../gateway/call.ts';
import { ownRequestState, RequestStates, type RequestState } from '../../../../gateway/hold/request-state.ts';

const leg: RequestState = { kind: 'leg', approvalId: 'apr_1', leg: 1 };
const start = Date.parse('2026-01-01T00:00:00Z');

/** A table that knows which ids were used; that two gateways share it is the business of the integration tests. */
function pool(): pg.Pool {
  const used = new Map<unknown, Date>();
  const query = async (text: string, values: unknown[]) => {
    if (!text.startsWith('insert')) {
      for (const [id, expiresAt] of used) if (expiresAt < (values[0] as Date)) used.delete(id);
      return { rowCount: 0 };
    }
    const fresh = !used.has(values[0]);
    if (fresh) used.set(values[0], values[2] as Date);
    return { rowCount: fresh ? 1 : 0 };
  };
  return { query } as unknown as pg.Pool;
}

function make(now = { ms: start }) {
  const key = createSecretKey(randomBytes(32));
  return new RequestStates({ pool: pool(), key, now: () => new Date(now.ms), randomBytes });
}

const call = (changes: Record<string, unknown> = {}): KnownCall =>
  ({
    connection: { name: 'ops' },
    principal: 'https://issuer#ci',
    method: 'tools/call',
    tool: 'apply_config',
    canonicalArguments: '{"a":1}',
    ...changes,
  }) as unknown as KnownCall;

describe('a request state', () => {
  test('comes back as it was given, once', async () => {
    const states = make();
    const text = states.issue(call(), leg, start + 1_000);
    expect(await states.redeem(call(), text)).toEqual(leg);
    expect(await states.redeem(call(), text)).toBeUndefined();
  });

  test('is good once, also when the clock jumps ahead and back meanwhile', async () => {
    const now = { ms: start };
    const states = make(now);
    const text = states.issue(call(), leg, start + 60_000);
    expect(await states.redeem(call(), text)).toEqual(leg);
    now.ms += 3_600_000;
    expect(await states.redeem(call(), text)).toBeUndefined();
    const other = states.issue(call(), leg, now.ms + 60_000);
    expect(await states.redeem(call(), other)).toEqual(leg);
    now.ms = start;
    expect(await states.redeem(call(), text)).toBeUndefined();
  });

  test.each([
    ['caller', { principal: 'https://issuer#other' }],
    ['connection', { connection: { name: 'files' } }],
    ['method', { method: 'prompts/get' }],
    ['tool', { tool: 'restart_service' }],
    ['arguments', { canonicalArguments: '{"a":2}' }],
  ])('is nothing to a call with another %s', async (_name, changes) => {
    const states = make();
    const text = states.issue(call(), leg, start + 1_000);
    expect(await states.redeem(call(changes), text)).toBeUndefined();
    expect(await states.redeem(call(), text)).toEqual(leg);
  });

  test('expires', async () => {
    const now = { ms: start };
    const states = make(now);
    const text = states.issue(call(), leg, start + 1_000);
    now.ms = start + 1_001;
    expect(await states.redeem(call(), text)).toBeUndefined();
  });

  test('cannot be read, altered at any place, or made under another key', async () => {
    const states = make();
    const text = states.issue(call(), leg, start + 1_000);
    const body = Buffer.from(text.slice(text.lastIndexOf('.') + 1), 'base64url');
    expect(body.toString('latin1')).not.toContain('apr_1');
    const prefix = text.slice(0, text.lastIndexOf('.') + 1);
    for (let at = 0; at < body.length; at += 1) {
      const altered = Buffer.from(body);
      altered[at] = (altered[at] ?? 0) ^ 1;
      expect(await states.redeem(call(), prefix + altered.toString('base64url'))).toBeUndefined();
    }
    expect(await make().redeem(call(), text)).toBeUndefined();
  });
});

describe('the state a call brings', () => {
  const brought = (params: unknown, era = 'modern') => ownRequestState(call({ params, era }));

  test('is ours only when we made it, and only in the revision that has it', () => {
    const text = make().issue(call(), leg, start);
    expect(brought({ requestState: text })).toBe(text);
    expect(brought({ requestState: text }, 'legacy')).toBeUndefined();
    expect(brought({ requestState: 'a server made this' })).toBeUndefined();
    expect(brought({})).toBeUndefined();
  });
});
