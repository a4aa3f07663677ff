import canonicalize from 'canonicalize';
import { classifyInboundRequest, type InboundClassificationOutcome } from '@modelcontextprotocol/server';
import type { Json, RequestId } from '../../workflows/contract/call.ts';
import type { CallerHeaders, Era, MessageKind, ReceivedCall } from '../call.ts';
import type { Connection } from '../config/config.ts';
import { GatewayError } from '../errors.ts';
import type { Reply } from '../release/reply.ts';
import { NotStrictJson, scanStrictJson, type ScannedJson } from './strict-json.ts';

/** What the HTTP layer hands over: one POST, body unparsed. */
export interface InboundPost {
  readonly connection: Connection;
  readonly headers: CallerHeaders;
  readonly body: Buffer;
  readonly reply: Reply;
}

/** The message was well-formed JSON, and the protocol itself says how to refuse it. */
export class ProtocolRefusal extends Error {
  readonly status: number;
  readonly body: Json;

  constructor(status: number, code: number, message: string, id: RequestId | null, data?: unknown) {
    super(message);
    this.status = status;
    this.body = { jsonrpc: '2.0', id, error: { code, message, ...(data === undefined ? {} : { data: data as Json }) } };
  }
}

interface Message {
  readonly method?: unknown;
  readonly id?: unknown;
  readonly params?: unknown;
}

/**
 * Reads one POST into a call.
 *
 * Refuses - a body that is not strict JSON or not one JSON-RPC message - a batch - an id that is null, fractional or
 * beyond 2^53 - an Accept header without both media types - a modern message whose headers disagree with its body.
 */
export function receive(post: InboundPost, newCallId: () => string): ReceivedCall {
  requireMediaTypes(post.headers);
  const scanned = scan(post.body);
  const message = requireMessage(scanned.value);
  const id = readId(message);
  const era = requireEra(classify(post.headers, message), id ?? null);
  const kind = kindOf(message);
  const method = kind === 'response' ? 'response' : String(message.method);
  const params = isObject(message.params) ? message.params : undefined;
  const meta = isObject(params?.['_meta']) ? params['_meta'] : {};
  const progressToken = meta['progressToken'];
  return {
    callId: newCallId(),
    connection: post.connection,
    era,
    kind,
    method,
    id,
    raw: post.body,
    params: params as Json | undefined,
    tool: method === 'tools/call' || method === 'prompts/get' ? stringOf(params?.['name']) : undefined,
    uri: stringOf(params?.['uri']),
    canonicalArguments: canonicalArguments(scanned, params?.['arguments']),
    progressToken: typeof progressToken === 'string' || typeof progressToken === 'number' ? progressToken : undefined,
    headers: post.headers,
    reply: post.reply,
  };
}

function requireMediaTypes(headers: CallerHeaders): void {
  const contentType = String(headers['content-type'] ?? '');
  if (!/^application\/json\s*(;|$)/i.test(contentType)) throw new GatewayError('MEDIA_TYPE');
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

function kindOf(message: Message): MessageKind {
  if (typeof message.method !== 'string') return 'response';
  return 'id' in message ? 'request' : 'notification';
}

/** Identical calls must agree on this text whatever the order of their keys; different calls must not. */
function canonicalArguments(scanned: ScannedJson, args: unknown): string {
  if (scanned.lossy && scanned.argumentsText !== undefined) return scanned.argumentsText;
  return canonicalize(args ?? null) ?? 'null';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
