import { describe, expect, test } from 'vitest';
import { answerFor, refusalFor } from '../../../../gateway/hold/outcome-answer.ts';
import type { ApprovalRequest } from '../../../../workflows/contract/approval.ts';

const idIn = (recorded: string, id: string | number) =>
  answerFor(Buffer.from(recorded), { id, era: 'legacy' }).bytes.toString('utf8');

describe('a recorded answer', () => {
  test.each([
    ['{"jsonrpc":"2.0","id":1,"result":{"id":"inner"}}', '{"jsonrpc":"2.0","id":"b","result":{"id":"inner"}}'],
    [
      '{"result":{"id":1,"a":[{"id":2}]},"id": "x" ,"jsonrpc":"2.0"}',
      '{"result":{"id":1,"a":[{"id":2}]},"id": "b" ,"jsonrpc":"2.0"}',
    ],
    ['{"result":{"t":"\\"id\\":1,{"},"id":-7}', '{"result":{"t":"\\"id\\":1,{"},"id":"b"}'],
    ['{"note":"id","id":3,"ok":true}', '{"note":"id","id":"b","ok":true}'],
  ])('takes the id of the call that joined, and nothing else changes (%#)', (recorded, expected) => {
    expect(idIn(recorded, 'b')).toBe(expected);
  });

  test('stays as it is for the call that ran', () => {
    expect(idIn('{"jsonrpc":"2.0","id":5,"result":{}}', 5)).toBe('{"jsonrpc":"2.0","id":5,"result":{}}');
  });

  test.each([
    [
      '{"jsonrpc":"2.0","id":1,"result":{"content":[]}}',
      '{"jsonrpc":"2.0","id":2,"result":{"resultType": "complete","content":[]}}',
    ],
    ['{"id":1,"result": { } }', '{"id":2,"result": {"resultType": "complete" } }'],
    ['{"id":1,"result":{"resultType":"complete"}}', '{"id":2,"result":{"resultType":"complete"}}'],
    ['{"id":1,"error":{"code":1,"message":"x"}}', '{"id":2,"error":{"code":1,"message":"x"}}'],
  ])('speaks the newest revision to a call of it, whatever the call that ran spoke (%#)', (recorded, expected) => {
    expect(answerFor(Buffer.from(recorded), { id: 2, era: 'modern' }).bytes.toString('utf8')).toBe(expected);
  });

  test.each([
    ['modern', '{"id":1,"result":{}}', 200],
    ['modern', '{"id":1,"error":{"code":-32021,"message":"x"}}', 400],
    ['modern', '{"id":1,"error":{"code":-32601,"message":"x"}}', 404],
    ['modern', '{"id":1,"error":{"code":-32602,"message":"x"}}', 200],
    ['legacy', '{"id":1,"error":{"code":-32601,"message":"x"}}', 200],
  ] as const)('has the HTTP status that its revision gives it (%#)', (era, recorded, status) => {
    expect(answerFor(Buffer.from(recorded), { id: 2, era }).status).toBe(status);
  });
});

describe('a caller that is told to call again', () => {
  const request = { approvalId: 'apr_1', connection: 'ops', tool: 'apply', ruleIds: [], expiresAt: '14:05' };
  const told = (running: boolean) =>
    refusalFor({ code: 'pending', running }, { callId: 'call_1' }, request as unknown as ApprovalRequest, 'http://x');

  test('reads that nothing ran only while nothing does', () => {
    expect(told(false).sentence).toMatch(/Nothing ran\. Call again with the same arguments/);
    expect(told(true).sentence).not.toMatch(/Nothing ran/);
    expect(told(true).sentence).toMatch(/running.*Call again with the same arguments/);
  });
});
