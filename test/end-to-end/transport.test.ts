import { describe, expect, test } from 'vitest';
import { outcomeOf } from '../support/caller.ts';
import { eventually } from '../support/eventually.ts';
import { Product } from '../support/product.ts';
import { legacyHeaders, messagesOf, modernRequest, openReader, post } from '../support/transport-caller.ts';

const product = new Product();
const url = () => product.urlOf('everything');
const bearer = async () => ({ authorization: `Bearer ${await product.token('ci-deployer', 'everything')}` });

const initialize = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};

async function openSession(): Promise<Record<string, string>> {
  const headers = { ...legacyHeaders, ...(await bearer()) };
  const opened = await post(url(), initialize, headers);
  const session = { ...headers, 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' };
  await post(url(), { jsonrpc: '2.0', method: 'notifications/initialized' }, session);
  return session;
}

const longOperation = (id: number, seconds: number) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: {
    name: 'trigger-long-running-operation',
    arguments: { duration: seconds, steps: seconds },
    _meta: { progressToken: 'p-1' },
  },
});

describe('one address', () => {
  test.each(['2025-03-26', '2025-06-18', '2025-11-25'])('speaks revision %s', async (revision) => {
    const { 'mcp-protocol-version': _version, ...headers } = { ...legacyHeaders, ...(await bearer()) };
    const asked = { ...initialize, params: { ...initialize.params, protocolVersion: revision } };
    const opened = await post(url(), asked, headers);
    expect(messagesOf(opened.text)).toMatchObject([{ id: 0, result: { protocolVersion: revision } }]);
    const session = {
      ...headers,
      'mcp-session-id': opened.headers.get('mcp-session-id') ?? '',
      'mcp-protocol-version': revision,
    };
    const listed = await post(url(), { jsonrpc: '2.0', id: 1, method: 'tools/list' }, session);
    expect(listed.text).toContain('"echo"');
  });

  test('speaks revision 2026-07-28, without a session', async () => {
    const { body, headers } = modernRequest('server/discover');
    const token = await product.token('ci-deployer', 'ops');
    const answered = await post(product.urlOf('ops'), body, { ...headers, authorization: `Bearer ${token}` });
    expect(answered.headers.get('mcp-session-id')).toBeNull();
    expect(answered.text).toContain('2026-07-28');
  });
});

describe('a call that is under way', () => {
  test('ends with notifications/cancelled of its own caller, and not of another', async () => {
    const session = await openSession();
    const stranger = { ...legacyHeaders, authorization: `Bearer ${await product.token('ci-reader', 'everything')}` };
    const answered = post(url(), longOperation(5, 40), session);
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 5 } };
    const stolen = await post(url(), cancel, { ...stranger, 'mcp-session-id': session['mcp-session-id'] ?? '' });
    expect(stolen.status).toBe(404);
    expect((await post(url(), cancel, session)).status).toBe(202);
    const { text } = await answered;
    expect(messagesOf(text).at(-1)).toMatchObject({ id: 5, result: { isError: true } });
  });

  test('is answered, and recorded as unknown, when the gateway is told to stop; streams end at once', async () => {
    const session = await openSession();
    const [{ last: since } = { last: '0' }] = await product.query<{ last: string }>(
      `select max(seq)::text as last from ledger.entry`,
    );
    const stream = openReader(await fetch(url(), { headers: { ...session, accept: 'text/event-stream' } }));
    const answered = post(url(), longOperation(6, 60), session);
    const began = performance.now();
    const streamEnded = (async () => {
      while ((await stream.next()) !== undefined);
      return performance.now() - began;
    })();
    const callId = await eventually('the call is recorded', async () => {
      const rows = await product.query<{ call_id: string }>(
        `select call_id from ledger.entry where kind = 'message.relayed' and tool = 'trigger-long-running-operation'
         and seq > $1 limit 1`,
        [since],
      );
      return rows[0]?.call_id;
    });
    const [pid] = product.world.pids.gateway;
    if (pid === undefined) throw new Error('the gateway does not run');
    process.kill(pid, 'SIGTERM');
    const { text } = await answered;
    const last = messagesOf(text).at(-1);
    expect(last).toMatchObject({ id: 6, result: { isError: true } });
    expect(outcomeOf(last?.['result'] as object)).toMatchObject({ code: 'unknown', callId });
    expect(await streamEnded).toBeLessThan(performance.now() - began);
    await product.untilReplaced('gateway', pid);
    const rows = await product.query<{ kind: string; outcome: string }>(
      `select kind, outcome from ledger.entry where call_id = $1 order by seq desc limit 2`,
      [callId],
    );
    expect(rows).toContainEqual({ kind: 'call.closed', outcome: 'unknown' });
  });
});
