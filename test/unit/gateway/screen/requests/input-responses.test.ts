import { describe, expect, test } from 'vitest';
import type { RecordedCall } from '../../../../../gateway/call.ts';
import type { Connection } from '../../../../../gateway/config/config.ts';
import { createMasker } from '../../../../../gateway/masking/masker.ts';
import { kindOfAnswer, withMaskedInputs } from '../../../../../gateway/screen/requests/input-responses.ts';
import { answerToServer } from '../../../../../gateway/screen/requests/server-answers.ts';
import { ServerAsks } from '../../../../../gateway/screen/requests/server-asks.ts';
import { ServerRequestRefused } from '../../../../../gateway/screen/requests/server-requests.ts';

type ServerRequests = Connection['serverRequests'];

const masker = createMasker();
const defaults: ServerRequests = { sampling: 'allow', elicitation: 'record', urlHosts: [], roots: 'allow' };
const email = 'jane.doe@example.com';
const sampling = `{ "role" : "assistant", "content":{"type":"text","text":"ask ${email}"},"model":"m", "n": 12345678901234567890 }`;
const elicitation = `{"action":"accept", "content":{"mail":"${email}"}}`;
const folders = `{"roots":[{"uri":"file:///home/jane", "name":"${email}"}]}`;

function callWith(raw: string, settings: Partial<ServerRequests> = {}): RecordedCall {
  const { params } = JSON.parse(raw) as { params?: unknown };
  return {
    raw: Buffer.from(raw),
    params,
    id: 3,
    sessionId: 'ses_1',
    connection: { name: 'ops', serverRequests: { ...defaults, ...settings } },
  } as unknown as RecordedCall;
}
const retryWith = (responses: string): string =>
  `{"jsonrpc":"2.0", "id":8,"method":"tools/call","params": {"name":"t","arguments":{"to":"${email}"},"inputResponses": ${responses} , "requestState":"s"}}`;

describe('the answers that a retried call brings', () => {
  test('are masked where their kind is masked, and no other byte changes', () => {
    const raw = retryWith(`{ "a":${sampling}, "b" : ${elicitation},"c":${folders}}`);
    const sent = String(withMaskedInputs(masker, callWith(raw)).raw);
    const masked = (text: string): string => text.replaceAll(email, '[REDACTED:email]');
    expect(sent).toBe(retryWith(`{ "a":${masked(sampling)}, "b" : ${elicitation},"c":${masked(folders)}}`));
  });

  test('go to the server as they are where only their record is masked', () => {
    const raw = retryWith(`{"a":${sampling},"c":${folders}}`);
    expect(String(withMaskedInputs(masker, callWith(raw, { sampling: 'record', roots: 'record' })).raw)).toBe(raw);
  });

  test.each([
    ['of no known form', `{"a":{"note":"${email}"}}`],
    ['of two forms', `{"a":{"action":"accept","roots":[],"content":{"mail":"${email}"}}}`],
    ['that are no object', `["${email}"]`],
    ['that are a text', `"${email}"`],
  ])('%s are masked', (_what, responses) => {
    const sent = String(withMaskedInputs(masker, callWith(retryWith(responses))).raw);
    expect(
      JSON.stringify((JSON.parse(sent) as { params: { inputResponses: unknown } }).params.inputResponses),
    ).not.toContain(email);
    expect(sent).toContain(`"arguments":{"to":"${email}"}`);
  });

  test('to what the server may not ask keep the call from being made', () => {
    const raw = retryWith(`{"a":${elicitation}}`);
    expect(() => withMaskedInputs(masker, callWith(raw, { elicitation: 'block' }))).toThrow(ServerRequestRefused);
  });

  test('are nothing to a call that brings none', () => {
    const call = callWith('{"jsonrpc":"2.0","id":8,"method":"tools/call","params":{"name":"t"}}');
    expect(withMaskedInputs(masker, call)).toBe(call);
  });
});

describe('the answer to a request of a server', () => {
  const response = (result: string): string => `{"jsonrpc":"2.0", "id":3,"result":${result}}`;
  const relayed = (raw: string, asks = new ServerAsks(), settings: Partial<ServerRequests> = {}) => {
    const call = callWith(raw, settings);
    return answerToServer(asks, call, masker.maskJson(call.raw));
  };

  test('is recorded masked, and sent as the setting of its kind has it', () => {
    for (const [result, kind, isMasked] of [
      [sampling, 'sampling', true],
      [elicitation, 'elicitation', false],
      [folders, 'roots', true],
    ] as const) {
      const { recorded, sent, facts } = relayed(response(result));
      expect(String(recorded.bytes)).not.toContain(email);
      expect(sent.includes(email)).toBe(!isMasked);
      expect(facts).toEqual({ answers: kind, asked: false });
    }
  });

  test('is of the kind that was asked for, whatever its form', () => {
    const asks = new ServerAsks();
    asks.remember({ sessionId: 'ses_1', id: 3 }, 'sampling');
    const { sent, facts } = relayed(response(elicitation), asks);
    expect(sent.includes(email)).toBe(false);
    expect(facts).toEqual({ answers: 'sampling', asked: true });
  });

  test('that nobody knows what it answers is masked, unless nothing would be', () => {
    const refusal = `{"jsonrpc":"2.0","id":3,"error":{"code":-1,"message":"ask ${email}"}}`;
    expect(relayed(refusal).sent.includes(email)).toBe(false);
    const open = { sampling: 'record', elicitation: 'record', roots: 'record' } as const;
    expect(String(relayed(refusal, new ServerAsks(), open).sent)).toBe(refusal);
  });

  test('of a kind that is blocked by now becomes the refusal that the server would get', () => {
    const { sent, facts } = relayed(response(sampling), new ServerAsks(), { sampling: 'block' });
    expect(JSON.parse(String(sent))).toMatchObject({ id: 3, error: { code: -1 } });
    expect(facts).toMatchObject({ refused: true });
  });
});

test('the form of an answer tells its kind, and a doubtful one tells none', () => {
  expect(kindOfAnswer({ role: 'assistant', content: {}, model: 'm' })).toBe('sampling');
  expect(kindOfAnswer({ action: 'decline' })).toBe('elicitation');
  expect(kindOfAnswer({ roots: [] })).toBe('roots');
  for (const other of [undefined, null, 'accept', {}, { role: 'user' }, { action: 'accept', roots: [] }]) {
    expect(kindOfAnswer(other)).toBeUndefined();
  }
});
