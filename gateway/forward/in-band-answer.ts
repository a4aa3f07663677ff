import type { RecordedCall } from '../call.ts';
import { errorAnswers } from '../errors.ts';
import { isObject } from '../receive/is-object.ts';
import type { ReleasedHeaders, UpstreamAnswer } from './upstream.ts';

type Body = Extract<UpstreamAnswer, { kind: 'body' }>;
type TextAnswer = { readonly status: number; readonly headers: ReleasedHeaders; readonly text: string };

const json = { 'content-type': 'application/json' };

/**
 * The answer of a held call must be a JSON-RPC message: its caller may long have been sent 200 and an open stream, where
 * no HTTP status of the server's can be told any more. An ungated call's answer stays as it came.
 */
export function inBandAnswer(call: RecordedCall, { status, headers, bytes }: Body): TextAnswer {
  const text = bytes.toString('utf8');
  if (call.judgement.verdict !== 'hold') return { status, headers, text };
  const message = messageIn(text);
  const isResponse = message !== undefined && ('result' in message || 'error' in message);
  if (isResponse && message['id'] === call.id) return { status, headers, text };
  const answer = { jsonrpc: '2.0', id: call.id, error: errorOf(message, status) };
  return { status, headers: json, text: JSON.stringify(answer) };
}

/** A server that refuses before it reads, answers without an id; what it says still belongs to this call. */
function errorOf(message: Record<string, unknown> | undefined, status: number): unknown {
  if (isObject(message?.['error'])) return message['error'];
  const says =
    status === 404
      ? 'The session with the MCP server has ended; initialize again.'
      : `The MCP server answered HTTP ${status} without a JSON-RPC message.`;
  return { code: errorAnswers.UPSTREAM_UNAVAILABLE.rpcCode, message: says };
}

function messageIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
