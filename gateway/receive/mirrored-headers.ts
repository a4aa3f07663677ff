import type { RequestId } from '../../workflows/contract/call.ts';
import type { CallerHeaders } from '../call.ts';
import { isObject } from './is-object.ts';
import { ProtocolRefusal } from './protocol-refusal.ts';

/** MCP 2026-07-28, basic/transports/streamable-http: HeaderMismatch. */
const headerMismatchCode = -32020;
const sentinel = /^=\?base64\?(.*)\?=$/;
const canonicalBase64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Which member of `params` the header `Mcp-Name` repeats. */
const nameSources: ReadonlyMap<string, string> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
  ['tasks/get', 'taskId'],
  ['tasks/update', 'taskId'],
  ['tasks/cancel', 'taskId'],
]);

interface MirroredRequest {
  readonly method: string;
  readonly id: RequestId;
  readonly params: unknown;
}

/**
 * Refuses a modern request whose mirrored headers are missing or name something else than its body: policy is judged
 * on the body, and what routes on headers before the server must not have seen another call (SEP-2243).
 * `MCP-Protocol-Version` and `Mcp-Method` are compared by the SDK's classification; here they must be there.
 */
export function checkMirroredHeaders(headers: CallerHeaders, { method, id, params }: MirroredRequest): void {
  const refuse = (what: string): never => {
    throw new ProtocolRefusal(
      400,
      headerMismatchCode,
      `Bad Request: the request headers and body disagree: ${what}`,
      id,
    );
  };
  if (headerOf(headers, 'mcp-protocol-version') === undefined) refuse('the MCP-Protocol-Version header is absent');
  if (headerOf(headers, 'mcp-method') === undefined) refuse('the Mcp-Method header is absent');
  const source = nameSources.get(method);
  if (source === undefined) return;
  const inBody = isObject(params) ? params[source] : undefined;
  const name = headerOf(headers, 'mcp-name');
  if (name === undefined) {
    if (typeof inBody === 'string') refuse(`the body carries params.${source} but the Mcp-Name header is absent`);
    return;
  }
  const decoded = decodeHeaderValue(name);
  if (decoded === undefined) refuse('the Mcp-Name header is not valid Base64');
  if (typeof inBody === 'string' && decoded !== inBody) refuse(`the Mcp-Name header is not params.${source}`);
}

/** Undefined when the value says it is Base64 and is not, or is not UTF-8. */
export function decodeHeaderValue(value: string): string | undefined {
  const encoded = sentinel.exec(value)?.[1];
  if (encoded === undefined) return value;
  if (!canonicalBase64.test(encoded)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(encoded, 'base64'));
  } catch {
    return undefined;
  }
}

/** A header given twice reads as one value with a comma, which then equals nothing. */
function headerOf(headers: CallerHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value.trim() : undefined;
}
