import { visit } from 'jsonc-parser';
import type { RequestId } from '../../../workflows/contract/call.ts';
import type { ServerRequest } from './server-requests.ts';
import { isObject } from '../../receive/is-object.ts';

/** What a message of a server is to its caller. */
export type ServerMessage =
  /** Nothing that asks: an answer, or no JSON, which masking will see. */
  | { readonly kind: 'plain' }
  | { readonly kind: 'notification'; readonly method: string; readonly params: unknown }
  | { readonly kind: 'request'; readonly id: RequestId | undefined; readonly request: ServerRequest }
  /** An answer, or word of a task, that asks its caller for more. */
  | { readonly kind: 'asking'; readonly id: RequestId | undefined; readonly requests: readonly ServerRequest[] }
  /** Two readers could read it in two ways, so what is judged may not be what is acted on. */
  | { readonly kind: 'ambiguous'; readonly id: RequestId | undefined; readonly isRequest: boolean };

/** MCP 2025-11-25, client/elicitation: the call cannot go on before somebody has followed these links. */
const URL_ELICITATION_REQUIRED = -32_042;

/** Most answers hold none of these words, in clear or escaped, and need not be parsed to know it. */
const askingWords = /"(?:inputRequests|elicitations|method)"|\\u00[4-7]/;

const protocolKeys = new Set(['jsonrpc', 'id', 'method', 'params', 'result', 'error']);

/** Reads what a server sent. `final`: it came where the answer of a call belongs, so it may be nothing else. */
export function readServerMessage(text: string, final: boolean): ServerMessage {
  if (text === '' || (final && !askingWords.test(text))) return { kind: 'plain' };
  const value = parse(text);
  // Callers' batches are refused, so nothing is ever answered by one, and clients would take it apart.
  if (Array.isArray(value)) return { kind: 'ambiguous', id: undefined, isRequest: false };
  if (!isObject(value)) return { kind: 'plain' };
  const id = idOf(value['id']);
  const read = typeof value['method'] === 'string' ? readMethod(value, value['method'], id) : readAnswer(value, id);
  const misplaced = final && (read.kind === 'request' || read.kind === 'notification');
  if (!misplaced && !hasTwinKeys(text)) return read;
  return { kind: 'ambiguous', id, isRequest: read.kind === 'request' };
}

function readMethod(value: Record<string, unknown>, method: string, id: RequestId | undefined): ServerMessage {
  const { params } = value;
  if ('id' in value) return { kind: 'request', id, request: { method, params } };
  const requests = isObject(params) ? inputRequestsOf(params) : [];
  return requests.length === 0 ? { kind: 'notification', method, params } : { kind: 'asking', id: undefined, requests };
}

/** `inputRequests` of an `input_required` result and of a task (MCP 2026-07-28, basic/patterns/mrtr; SEP-2663). */
function readAnswer({ result, error }: Record<string, unknown>, id: RequestId | undefined): ServerMessage {
  const requests = [...(isObject(result) ? inputRequestsOf(result) : []), ...linksOf(error)];
  return requests.length === 0 ? { kind: 'plain' } : { kind: 'asking', id, requests };
}

function inputRequestsOf({ inputRequests, task }: Record<string, unknown>): ServerRequest[] {
  const inTask = isObject(task) ? inputRequestsOf({ inputRequests: task['inputRequests'] }) : [];
  if (inputRequests === undefined || inputRequests === null) return inTask;
  if (typeof inputRequests !== 'object') return [unknownRequest, ...inTask];
  return [...Object.values(inputRequests).map(requestOf), ...inTask];
}

function linksOf(error: unknown): ServerRequest[] {
  if (!isObject(error) || error['code'] !== URL_ELICITATION_REQUIRED || !isObject(error['data'])) return [];
  const { elicitations } = error['data'];
  if (!Array.isArray(elicitations)) return [];
  return elicitations.map((params: unknown) => ({ method: 'elicitation/create', params }));
}

const unknownRequest: ServerRequest = { method: '', params: undefined };

function requestOf(entry: unknown): ServerRequest {
  if (!isObject(entry) || typeof entry['method'] !== 'string') return unknownRequest;
  return { method: entry['method'], params: entry['params'] };
}

/**
 * Whether some object has a key twice, or the message has one of the protocol's keys in another case. Lone surrogates
 * are no reason to hold back what a server says, as they are with callers.
 */
function hasTwinKeys(text: string): boolean {
  try {
    return countTwinKeys(text) > 0;
  } catch (error) {
    // Nested so deep that the stack does not reach its end: nothing is known of it.
    if (error instanceof RangeError) return true;
    throw error;
  }
}

function countTwinKeys(text: string): number {
  const open: Set<string>[] = [];
  let twins = 0;
  visit(text, {
    onObjectBegin: () => {
      open.push(new Set());
    },
    onObjectEnd: () => {
      open.pop();
    },
    onObjectProperty: (name) => {
      const keys = open.at(-1);
      if (keys?.has(name) === true) twins += 1;
      if (open.length === 1 && !protocolKeys.has(name) && protocolKeys.has(name.toLowerCase())) twins += 1;
      keys?.add(name);
    },
  });
  return twins;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function idOf(id: unknown): RequestId | undefined {
  return typeof id === 'string' || (typeof id === 'number' && Number.isSafeInteger(id)) ? id : undefined;
}
