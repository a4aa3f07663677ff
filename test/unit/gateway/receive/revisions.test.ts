import { describe, expect, test } from 'vitest';
import { capNegotiation } from '../../../../gateway/receive/revisions.ts';

const result = (value: object) => JSON.stringify({ jsonrpc: '2.0', id: 1, result: value });

describe('what a server offers in a negotiation', () => {
  test('passes byte for byte while the gateway knows every revision in it', () => {
    const texts: [string, string][] = [
      ['initialize', '{ "jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25","n":1.0} }'],
      ['initialize', result({ protocolVersion: '2025-03-26' })],
      ['server/discover', result({ supportedVersions: ['2026-07-28', '2025-11-25'] })],
      ['tools/list', '{"jsonrpc":"2.0","id":1,"error":{"code":-32022,"data":{"supported":["2026-07-28"]}}}'],
      ['tools/call', result({ protocolVersion: '2031-01-01', supportedVersions: ['2031-01-01'] })],
      ['initialize', 'no JSON'],
      ['initialize', '{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"no"}}'],
    ];
    for (const [method, text] of texts) expect(capNegotiation(method, text)).toBe(text);
  });

  test.each(['2031-01-01', '2026-07-28', 'x'])('is refused when the server settles on %s in a handshake', (chosen) => {
    expect(
      JSON.parse(capNegotiation('initialize', result({ protocolVersion: chosen, capabilities: {} }))),
    ).toMatchObject({
      id: 1,
      error: { code: -32602, data: { requested: chosen } },
    });
  });

  test('loses the revisions that this gateway cannot police', () => {
    const offer = { supportedVersions: ['2031-01-01', '2026-07-28'], capabilities: { tools: {} }, ttlMs: 0 };
    expect(JSON.parse(capNegotiation('server/discover', result(offer)))).toEqual({
      jsonrpc: '2.0',
      id: 1,
      result: { ...offer, supportedVersions: ['2026-07-28'] },
    });
  });

  test('loses them from a refusal, too', () => {
    const data = { supported: ['2031-01-01', '2026-07-28', 7], requested: '2020-01-01' };
    const error = { code: -32022, message: 'no', data };
    expect(JSON.parse(capNegotiation('tools/call', JSON.stringify({ jsonrpc: '2.0', id: 1, error })))).toEqual({
      jsonrpc: '2.0',
      id: 1,
      error: { ...error, data: { ...data, supported: ['2026-07-28'] } },
    });
  });
});
