import { createSecretKey, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { RecordedCall } from '../../../../../gateway/call.ts';
import type { Connection } from '../../../../../gateway/config/config.ts';
import { openCall, replyToNobody, sealCall } from '../../../../../gateway/hold/tasks/seal.ts';
import { receive } from '../../../../../gateway/receive/receive.ts';

const key = createSecretKey(Buffer.alloc(32, 7));
const connection = { name: 'ops' } as unknown as Connection;
const caller = { issuer: 'https://issuer.example', subject: 'ci', groups: ['deployers'], actors: [] };
const meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': { extensions: { 'io.modelcontextprotocol/tasks': {} } },
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
};
const params = { name: 'apply_config', arguments: { value: 'v' }, _meta: { ...meta, progressToken: 5 } };
const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 'a', method: 'tools/call', params }, null, 1));
const headers = {
  accept: 'application/json, text/event-stream',
  'content-type': 'application/json',
  authorization: 'Bearer of-the-caller',
  cookie: 'c=1',
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': 'tools/call',
  'mcp-name': 'apply_config',
  'mcp-param-region': 'eu',
};

function received(): RecordedCall {
  const call = receive({ connection, headers, body, reply: replyToNobody() }, () => 'call_1');
  const known = { caller, principal: 'https://issuer.example#ci', sessionId: 'ses_1' };
  const judgement = { verdict: 'allow' as const, ruleIds: [] };
  return { ...call, ...known, judgement, policyDigest: '00', id: 'a', entry: { seq: 4, id: 'e' } };
}

const task = (sealed: Buffer, callId = 'call_1') => ({
  id: 'apr_1',
  callId,
  connection: 'ops',
  principal: 'https://issuer.example#ci',
  sessionId: 'ses_1',
  sealed,
});

describe('a call that is sealed', () => {
  test('keeps what it is for, which its bytes may no longer say', () => {
    const purpose = { code: 'incident', text: 'it is down', source: 'elicitation', claimedBy: 'human' } as const;
    const sealed = sealCall(key, { ...received(), purpose }, randomBytes);
    expect(openCall(key, task(sealed), connection).purpose).toEqual(purpose);
    expect(sealed.toString('latin1')).not.toContain('it is down');
  });

  test('is the same call when it is opened, without what its caller was let in by', () => {
    const call = received();
    const opened = openCall(key, task(sealCall(key, call, randomBytes)), connection);
    expect(opened.raw.equals(body)).toBe(true);
    expect(opened).toMatchObject({
      callId: 'call_1',
      era: 'modern',
      kind: 'request',
      id: 'a',
      tool: 'apply_config',
      canonicalArguments: '{"value":"v"}',
      progressToken: 5,
      caller,
      principal: 'https://issuer.example#ci',
      entry: { seq: 4, id: 'e' },
    });
    expect(opened.headers).toMatchObject({ 'mcp-name': 'apply_config', 'mcp-param-region': 'eu' });
    expect(Object.keys(opened.headers)).not.toEqual(expect.arrayContaining(['authorization']));
    expect(Object.keys(opened.headers)).not.toEqual(expect.arrayContaining(['cookie']));
  });

  test('opens with its own key and for its own id only, and shows nothing', () => {
    const sealed = sealCall(key, received(), randomBytes);
    expect(sealed.includes('apply_config')).toBe(false);
    expect(() => openCall(key, task(sealed, 'call_2'), connection)).toThrow();
    expect(() => openCall(createSecretKey(Buffer.alloc(32, 8)), task(sealed), connection)).toThrow();
    const altered = Buffer.from(sealed);
    altered[20] = (altered[20] ?? 0) ^ 1;
    expect(() => openCall(key, task(altered), connection)).toThrow();
  });
});

describe('a reply to nobody', () => {
  test('takes everything, keeps nothing, and never hangs up', async () => {
    const reply = replyToNobody();
    reply.openStream();
    for (let count = 0; count < 1_000; count += 1) await reply.writeRaw('x'.repeat(10_000));
    await reply.sendMessage('{}');
    expect(await reply.finish({ status: 200, headers: {}, bytes: Buffer.from('{}') })).toBe(false);
    expect(reply.gone.aborted).toBe(false);
  });
});
