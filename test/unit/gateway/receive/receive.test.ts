import { classifyInboundRequest } from '@modelcontextprotocol/server';
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../../gateway/config/config.ts';
import { GatewayError } from '../../../../gateway/errors.ts';
import { ProtocolRefusal } from '../../../../gateway/receive/protocol-refusal.ts';
import { isPlainLegacy, receive } from '../../../../gateway/receive/receive.ts';
import type { Reply } from '../../../../gateway/release/reply.ts';
import { createChance } from '../../../support/chance.ts';
import { legacyHeaders, modernRequest, toolCall } from '../../../support/transport-caller.ts';

const connection = { name: 'up' } as unknown as Connection;
const reply = {} as unknown as Reply;

function take(body: string | object, headers: Record<string, string> = legacyHeaders) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return receive({ connection, headers, body: Buffer.from(text), reply }, () => 'call_1');
}

/** What a caller is told: the HTTP status and the JSON-RPC error. */
function refusal(body: string | object, headers?: Record<string, string>) {
  try {
    take(body, headers);
  } catch (error) {
    if (error instanceof ProtocolRefusal) return { status: error.status, ...(error.body as object) };
    if (error instanceof GatewayError) return { error: { code: error.code } };
    throw error;
  }
  return undefined;
}

const version = 'io.modelcontextprotocol/protocolVersion';
const call = (params: object = {}) => modernRequest('tools/call', { name: 'run_sql', arguments: {}, ...params });

describe('a message of revision 2026-07-28', () => {
  test('is taken with the headers that mirror it', () => {
    const { body, headers } = call();
    expect(take(body, headers)).toMatchObject({ era: 'modern', method: 'tools/call', tool: 'run_sql' });
  });

  test.each<[string, Record<string, string | undefined>]>([
    ['no MCP-Protocol-Version', { 'mcp-protocol-version': undefined }],
    ['no Mcp-Method', { 'mcp-method': undefined }],
    ['no Mcp-Name', { 'mcp-name': undefined }],
    ['another Mcp-Method', { 'mcp-method': 'tools/list' }],
    ['another Mcp-Name', { 'mcp-name': 'get_config' }],
    ['an Mcp-Name in another case', { 'mcp-name': 'RUN_SQL' }],
    ['two Mcp-Names', { 'mcp-name': 'run_sql, run_sql' }],
    ['an Mcp-Name that decodes to another', { 'mcp-name': '=?base64?Z2V0X2NvbmZpZw==?=' }],
    ['an Mcp-Name in broken Base64', { 'mcp-name': '=?base64?cnVuX3Nxb?=' }],
    ['an Mcp-Name in Base64 of no UTF-8', { 'mcp-name': '=?base64?/////w==?=' }],
    ['an earlier MCP-Protocol-Version', { 'mcp-protocol-version': '2025-11-25' }],
  ])('with %s is refused: 400, −32020', (_name, changes) => {
    const { body, headers } = call();
    const changed = Object.fromEntries(
      Object.entries({ ...headers, ...changes }).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
    expect(refusal(body, changed)).toMatchObject({ status: 400, id: 1, error: { code: -32020 } });
  });

  test.each([
    ['a name in Base64', 'prompts/get', { name: 'größe' }, '=?base64?Z3LDtsOfZQ==?='],
    ['a name that looks like Base64', 'tools/call', { name: '=?base64?eA==?=' }, '=?base64?PT9iYXNlNjQ/ZUE9PT89?='],
    ['the URI of a resource', 'resources/read', { uri: 'file:///a b' }, 'file:///a b'],
    ['the id of a task', 'tasks/get', { taskId: 't-1' }, 't-1'],
  ])('may carry %s as its Mcp-Name', (_what, method, params, name) => {
    const { body, headers } = modernRequest(method, params);
    expect(take(body, { ...headers, 'mcp-name': name }).era).toBe('modern');
  });

  test('without its envelope is refused: 400, −32602', () => {
    const { headers } = call();
    expect(refusal(toolCall(1, 'run_sql'), headers)).toMatchObject({ status: 400, error: { code: -32602 } });
  });

  test.each(['2027-01-01', '2025-11-25', '9999-99-99'])(
    'whose envelope says %s is refused: 400, −32022',
    (revision) => {
      const { body, headers } = call();
      const other = { ...body, params: { ...body.params, _meta: { ...body.params._meta, [version]: revision } } };
      expect(refusal(other, { ...headers, 'mcp-protocol-version': revision })).toMatchObject({
        status: 400,
        id: 1,
        error: { code: -32022, data: { supported: ['2026-07-28'], requested: revision } },
      });
    },
  );

  test('may not be an answer to a request: the wire has none', () => {
    const { headers } = call();
    const answer = { jsonrpc: '2.0', id: 1, result: {} };
    expect(refusal(answer, headers)).toMatchObject({ status: 400, id: null, error: { code: -32600 } });
  });

  test('keeps no session, whatever its headers say', () => {
    const { body, headers } = call();
    const taken = take(body, { ...headers, 'mcp-session-id': 'of somebody else', 'last-event-id': '4' });
    expect(Object.keys(taken.headers)).not.toContain('mcp-session-id');
    expect(Object.keys(taken.headers)).not.toContain('last-event-id');
  });
});

describe('a message of an earlier revision', () => {
  test.each(['2025-03-26', '2025-06-18', '2025-11-25'])('is taken with the header %s', (revision) => {
    const taken = take(toolCall(1), { ...legacyHeaders, 'mcp-protocol-version': revision });
    expect(taken).toMatchObject({ era: 'legacy', id: 1 });
  });

  test('is taken without the header, which 2025-03-26 did not have', () => {
    const { 'mcp-protocol-version': _version, ...headers } = legacyHeaders;
    expect(take(toolCall('a'), headers)).toMatchObject({ era: 'legacy', id: 'a' });
  });

  test.each(['1999-01-01', '2025-11-24', '20'])('with the header %s is refused: 400, −32022', (revision) => {
    expect(refusal(toolCall(1), { ...legacyHeaders, 'mcp-protocol-version': revision })).toMatchObject({
      status: 400,
      error: { code: -32022, data: { requested: revision } },
    });
  });

  test('sends no mirrored headers on, which nobody has compared with its body', () => {
    const taken = take(toolCall(1), {
      ...legacyHeaders,
      'mcp-name': 'other',
      'mcp-method': 'ping',
      'mcp-param-x': '1',
    });
    expect(Object.keys(taken.headers).filter((name) => /^mcp-(name|method|param)/.test(name))).toEqual([]);
  });

  test('may ask for a revision that nobody knows yet: its server answers with one it has', () => {
    const params = { protocolVersion: '2031-01-01', capabilities: {}, clientInfo: { name: 'x', version: '1' } };
    const { 'mcp-protocol-version': _version, ...headers } = legacyHeaders;
    expect(take({ jsonrpc: '2.0', id: 1, method: 'initialize', params }, headers).era).toBe('legacy');
  });
});

describe('a body', () => {
  test.each<[string, string]>([
    ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"ping"}]'],
    ['an empty batch', '[]'],
    ['an id of null', '{"jsonrpc":"2.0","id":null,"method":"ping"}'],
    ['an id of true', '{"jsonrpc":"2.0","id":true,"method":"ping"}'],
    ['a fractional id', '{"jsonrpc":"2.0","id":1.5,"method":"ping"}'],
    ['an id beyond 2^53', '{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}'],
    ['an infinite id', '{"jsonrpc":"2.0","id":1e400,"method":"ping"}'],
    ['another JSON-RPC', '{"jsonrpc":"1.0","id":1,"method":"ping"}'],
    ['no JSON-RPC', '{"id":1,"method":"ping"}'],
    ['no object', '"ping"'],
  ])('with %s is no JSON-RPC message', (_name, body) => {
    expect(refusal(body)).toEqual({ error: { code: 'NOT_JSON_RPC' } });
  });

  test('is UTF-8, and one that says it is not is refused', () => {
    const type = (value: string) => refusal(toolCall(1), { ...legacyHeaders, 'content-type': value });
    for (const good of ['application/json', 'Application/JSON; charset=utf-8', 'application/json;charset="UTF-8"']) {
      expect(type(good)).toBeUndefined();
    }
    for (const bad of [
      'application/json; charset=utf-16',
      'application/jsonx',
      'text/json',
      '',
      'application/json; x=1',
    ]) {
      expect(type(bad)).toEqual({ error: { code: 'MEDIA_TYPE' } });
    }
  });

  test('needs a caller that takes both kinds of answer', () => {
    const accept = (value: string) => refusal(toolCall(1), { ...legacyHeaders, accept: value });
    for (const good of ['*/*', 'text/event-stream, application/json', 'application/json;q=0.9, text/event-stream']) {
      expect(accept(good)).toBeUndefined();
    }
    for (const bad of ['', 'application/json', 'text/event-stream', 'text/html']) {
      expect(accept(bad)).toEqual({ error: { code: 'NOT_ACCEPTABLE' } });
    }
  });
});

test("what is taken for a legacy request at a glance is one by the SDK's own classifier", () => {
  const chance = createChance(11);
  const maybe = <T>(value: T): T | undefined => (chance.below(6) === 0 ? undefined : value);
  let glances = 0;
  for (let i = 0; i < 20_000; i += 1) {
    const meta = chance.pick([{}, { _meta: {} }, { _meta: { [version]: '2026-07-28' } }, { _meta: null }]);
    const body = defined({
      jsonrpc: '2.0',
      id: maybe(chance.pick([1, 'a', 1.5, null, 2 ** 60, {}])),
      method: maybe(chance.pick(['tools/call', 'initialize', 'ping', 7])),
      params: maybe(chance.pick([{ name: 'x', ...meta }, [], 'text', null, {}])),
      result: chance.below(9) === 0 ? {} : undefined,
      error: chance.below(9) === 0 ? { code: 1, message: 'no' } : undefined,
    });
    const headers = defined({ 'mcp-protocol-version': maybe(chance.pick(['2025-06-18', '2026-07-28', 'x', ' '])) });
    if (!isPlainLegacy(headers, body)) continue;
    glances += 1;
    const revision = headers['mcp-protocol-version'];
    const request = {
      httpMethod: 'POST',
      body,
      ...(revision === undefined ? {} : { protocolVersionHeader: revision }),
    };
    expect(classifyInboundRequest(request)).toMatchObject({ kind: 'legacy' });
  }
  expect(glances).toBeGreaterThan(100);
});

function defined<T extends object>(members: T): { [K in keyof T]: NonNullable<T[K]> } {
  const kept = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as { [K in keyof T]: NonNullable<T[K]> };
}
