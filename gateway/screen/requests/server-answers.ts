import type { Json } from '../../../workflows/contract/call.ts';
import type { KnownCall, MaskedMessage } from '../../call.ts';
import { kindOfAnswer } from './input-responses.ts';
import type { ServerAsks } from './server-asks.ts';
import { handlingOf, refusalSentence, type RequestKind } from './server-requests.ts';

const REJECTED = -1;

/** What is written down of a message, and the bytes that go to the server. */
export interface Relayed {
  readonly recorded: MaskedMessage;
  readonly facts?: Readonly<Record<string, Json>>;
  readonly sent: Buffer;
}

/**
 * A caller's answer to a request of its server, as the server gets it. What it answers is known where the request went
 * through this gateway; elsewhere it is told by its form. An answer in a session of the caller's own that nobody asked
 * for is passed too: behind several gateways another one may have asked, and a server ignores what it did not ask.
 */
export function answerToServer(asks: ServerAsks, call: KnownCall, recorded: MaskedMessage): Relayed {
  const asked = asks.take(call);
  const result = resultOf(call);
  // The answer to a question about a task may be what that task was for.
  const kind = asked === undefined || asked === 'tasks' ? (kindOfAnswer(result) ?? asked) : asked;
  const facts = { answers: kind ?? 'unknown', asked: asked !== undefined };
  switch (handlingOf(call.connection, kind)) {
    case 'allow':
      return { recorded, facts, sent: recorded.bytes };
    case 'record':
      return { recorded, facts, sent: call.raw };
    case 'block':
      return { recorded, facts: { ...facts, refused: true }, sent: refusal(call, kind) };
  }
}

/** The setting changed while the caller thought: the server is told what it would be told now. */
function refusal({ connection, id }: KnownCall, kind: RequestKind | undefined): Buffer {
  const why = `serverRequests.${kind ?? 'sampling'} is block for this connection`;
  const error = { code: REJECTED, message: refusalSentence(connection, kind, why) };
  return Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: id ?? null, error }));
}

function resultOf({ raw }: KnownCall): unknown {
  const message: unknown = JSON.parse(raw.toString('utf8'));
  return typeof message === 'object' && message !== null && 'result' in message ? message.result : undefined;
}
