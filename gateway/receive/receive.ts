import {
  classifyInboundRequest,
  PROTOCOL_VERSION_META_KEY,
  type InboundClassificationOutcome,
} from '@modelcontextprotocol/server';
import type { Json, RequestId } from '../../workflows/contract/call.ts';
import { canonicalText } from '../../workflows/evidence/canonical.ts';
import type { CallerHeaders, Era, MessageKind, ReceivedCall } from '../call.ts';
import type { Connection } from '../config/config.ts';
import { GatewayError } from '../errors.ts';
import type { Reply } from '../release/reply.ts';
import { calledNames } from './called-names.ts';
import { isObject } from './is-object.ts';
import { checkMirroredHeaders } from './mirrored-headers.ts';
import { ProtocolRefusal } from './protocol-refusal.ts';
import { policedRevisionsOf, unsupportedRevisionCode } from './revisions.ts';
import { NotStrictJson, scanStrictJson, type ScannedJson } from './strict-json.ts';

/** What the HTTP layer hands over: one POST, body unparsed. */
export interface InboundPost {
  readonly connection: Connection;
  readonly headers: CallerHeaders;
  readonly body: Buffer;
  readonly reply: Reply;
}

const invalidRequestCode = -32600;
/** Of a request that does not say (MCP 2025-11-25, transports, protocol version header). */
const assumedRevision = '2025-03-26';
/** `jsonrpc`, `id`, `method`, `params`. */
const plainRequestKeys = 4;

interface Message {
  readonly method?: unknown;
  readonly id?: unknown;
  readonly params?: unknown;
}

/**
 * Reads one POST into a call.
 *
 * Refuses - a body that is not strict JSON or not one JSON-RPC message - a batch - an id that is null, fractional or
 * beyond 2^53 - an Accept header without both media types - a modern message whose headers disagree with its body
 * - a revision that this gateway cannot police.
 */
export function receive(post: InboundPost, newCallId: () => string): ReceivedCall {
  requireMediaTypes(post.headers);
  const scanned = scan(post.body);
  const message = requireMessage(scanned.value);
  const id = readId(message);
  const era = eraOf(post.headers, message, id ?? null);
  const kind = kindOf(message);
  const method = kind === 'response' ? 'response' : String(message.method);
  const params = isObject(message.params) ? message.params : undefined;
  const meta = isObject(params?.['_meta']) ? params['_meta'] : {};
  if (kind === 'response') refuseModernResponse(post.headers);
  requireRevision(era, post.headers, meta, id ?? null);
  if (era === 'modern' && id !== undefined) checkMirroredHeaders(post.headers, { method, id, params });
  const progressToken = meta['progressToken'];
  const { tool, uri } = calledNames(method, params);
  return {
    callId: newCallId(),
    connection: post.connection,
    era,
    kind,
    method,
    id,
    raw: post.body,
    params: params as Json | undefined,
    tool,
    uri,
    canonicalArguments: canonicalArguments(scanned, params?.['arguments']),
    progressToken: typeof progressToken === 'string' || typeof progressToken === 'number' ? progressToken : undefined,
    headers: headersOf(era, post.headers),
    reply: post.reply,
  };
}

/** Another charset would have the server read other characters than policy has judged (RFC 8259: JSON is UTF-8). */
const jsonMediaType = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?;?$/i;

function requireMediaTypes(headers: CallerHeaders): void {
  const contentType = String(headers['content-type'] ?? '');
  if (!jsonMediaType.test(contentType)) throw new GatewayError('MEDIA_TYPE');
  const accept = String(headers['accept'] ?? '').toLowerCase();
  const takesAll = accept.includes('*/*');
  if (!takesAll && !(accept.includes('application/json') && accept.includes('text/event-stream'))) {
    throw new GatewayError('NOT_ACCEPTABLE');
  }
}

function scan(body: Buffer): ScannedJson {
  try {
    return scanStrictJson(body);
  } catch (error) {
    if (error instanceof NotStrictJson) throw new GatewayError('NOT_JSON', { detail: error.message });
    throw error;
  }
}

function requireMessage(value: unknown): Message {
  if (Array.isArray(value)) throw new GatewayError('NOT_JSON_RPC', { detail: 'batches are not accepted' });
  if (!isObject(value) || value['jsonrpc'] !== '2.0') throw new GatewayError('NOT_JSON_RPC');
  return value;
}

function readId(message: Message): RequestId | undefined {
  if (!('id' in message)) return undefined;
  const { id } = message;
  if (typeof id === 'string' || (typeof id === 'number' && Number.isSafeInteger(id))) return id;
  throw new GatewayError('NOT_JSON_RPC', { detail: 'the id must be a string or an integer up to 2^53' });
}

function eraOf(headers: CallerHeaders, body: Message, id: RequestId | null): Era {
  return isPlainLegacy(headers, body) ? 'legacy' : requireEra(classify(headers, body), id);
}

/**
 * What nearly every legacy request looks like. The SDK's classifier says the same of it (a test compares the two), after
 * it has tried the schema of every other kind of message, which costs a call more than all else that is read here.
 */
export function isPlainLegacy(headers: CallerHeaders, body: Message): boolean {
  const { id, method, params } = body;
  const version = headers['mcp-protocol-version'] ?? assumedRevision;
  return (
    typeof method === 'string' &&
    (typeof id === 'string' || Number.isSafeInteger(id)) &&
    isObject(params) &&
    !('_meta' in params) &&
    Object.keys(body).length === plainRequestKeys &&
    policedRevisionsOf('legacy').includes(String(version))
  );
}

function classify(headers: CallerHeaders, body: Message): InboundClassificationOutcome {
  const header = (name: string): string | undefined => stringOf(headers[name]);
  const version = header('mcp-protocol-version');
  const method = header('mcp-method');
  const name = header('mcp-name');
  return classifyInboundRequest({
    httpMethod: 'POST',
    body,
    ...(version === undefined ? {} : { protocolVersionHeader: version }),
    ...(method === undefined ? {} : { mcpMethodHeader: method }),
    ...(name === undefined ? {} : { mcpNameHeader: name }),
  });
}

function requireEra(outcome: InboundClassificationOutcome, id: RequestId | null): Era {
  if (outcome.kind !== 'reject') return outcome.kind;
  throw new ProtocolRefusal(outcome.httpStatus, outcome.code, outcome.message, id, outcome.data);
}

/** In revision 2026-07-28 servers ask nothing on the wire, so there is nothing to answer. */
function refuseModernResponse(headers: CallerHeaders): void {
  if (!policedRevisionsOf('modern').includes(String(headers['mcp-protocol-version'] ?? '').trim())) return;
  throw new ProtocolRefusal(400, invalidRequestCode, 'Bad Request: this revision has no responses from clients', null);
}

/** What a message says of its revision, in its envelope or its header; one without a word of it is 2025-03-26. */
function requireRevision(era: Era, headers: CallerHeaders, meta: Record<string, unknown>, id: RequestId | null): void {
  const requested = stringOf(meta[PROTOCOL_VERSION_META_KEY]) ?? stringOf(headers['mcp-protocol-version'])?.trim();
  const supported = policedRevisionsOf(era);
  if (requested === undefined || supported.includes(requested)) return;
  throw new ProtocolRefusal(400, unsupportedRevisionCode, 'Unsupported protocol version', id, { supported, requested });
}

/**
 * The headers that mean something in a message's era. A server of the other era may act on them all the same: on a
 * session that was not checked, or on a mirrored name that was not compared.
 */
function headersOf(era: Era, headers: CallerHeaders): CallerHeaders {
  const foreign = (name: string): boolean =>
    era === 'modern'
      ? name === 'mcp-session-id' || name === 'last-event-id'
      : name === 'mcp-method' || name === 'mcp-name' || name.startsWith('mcp-param-');
  const names = Object.keys(headers);
  if (!names.some(foreign)) return headers;
  return Object.fromEntries(names.filter((name) => !foreign(name)).map((name) => [name, headers[name]]));
}

function kindOf(message: Message): MessageKind {
  if (typeof message.method !== 'string') return 'response';
  return 'id' in message ? 'request' : 'notification';
}

/** Identical calls must agree on this text whatever the order of their keys; different calls must not. */
export function canonicalArguments(scanned: ScannedJson, args: unknown): string {
  if (scanned.lossy && scanned.argumentsText !== undefined) return scanned.argumentsText;
  return canonicalText(args ?? null);
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
