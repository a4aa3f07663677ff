import type { Json } from '../../../workflows/contract/call.ts';
import type { CallerHeaders, RecordedCall } from '../../call.ts';
import { UpstreamFailure, type UpstreamAnswer, type Upstreams } from '../../forward/upstream.ts';
import { readOffer, type ListItem } from '../offers/lists.ts';
import { ScreeningFailed } from '../screening-failed.ts';
import { isObject } from '../../receive/is-object.ts';

/** One page of the tools of a server, with the exact text they were read from. */
export interface ToolPage {
  readonly text: string;
  readonly items: readonly ListItem[];
  readonly itemText: (item: ListItem) => string;
}

const pagesMax = 50;
const listingMsMax = 10_000;
/** What a modern request must say of its client; the rest of `_meta` was about the call. */
const envelopeKeys = ['protocolVersion', 'clientCapabilities', 'clientInfo'].map(
  (key) => `io.modelcontextprotocol/${key}`,
);
const forwardedHeaders = ['mcp-protocol-version', 'mcp-session-id', 'traceparent', 'tracestate', 'user-agent'];

/**
 * Asks a server for its tools, all pages, in the session and the era of a call and with the same credential. Throws
 * ScreeningFailed when the server does not answer, answers with an error, or never comes to an end.
 */
export async function listTools(upstreams: Upstreams, call: RecordedCall): Promise<readonly ToolPage[]> {
  const signal = AbortSignal.timeout(listingMsMax);
  const pages: ToolPage[] = [];
  let cursor: string | undefined;
  try {
    do {
      const id = `countersign-list-${call.callId}-${pages.length}`;
      const text = await ask(upstreams, call, { id, cursor, signal });
      const { page, nextCursor } = readPage(text);
      pages.push(page);
      cursor = nextCursor;
    } while (cursor !== undefined && pages.length < pagesMax);
  } catch (error) {
    if (error instanceof ScreeningFailed) throw error;
    if (!(error instanceof UpstreamFailure) && !signal.aborted) throw error;
    throw new ScreeningFailed('its server does not list its tools now', { cause: error });
  }
  if (cursor !== undefined) throw new ScreeningFailed(`its server lists more than ${pagesMax} pages of tools`);
  return pages;
}

interface Question {
  readonly id: string;
  readonly cursor: string | undefined;
  readonly signal: AbortSignal;
}

async function ask(upstreams: Upstreams, call: RecordedCall, { id, cursor, signal }: Question): Promise<string> {
  const params = { ...envelopeOf(call), ...(cursor === undefined ? {} : { cursor }) };
  const message = { jsonrpc: '2.0', id, method: 'tools/list', params };
  const answer = await upstreams.send({
    connection: call.connection,
    method: 'POST',
    headers: headersFor(call),
    body: Buffer.from(JSON.stringify(message)),
    signal,
    sender: call,
  });
  const text = await textOf(answer, id);
  if (text === undefined) throw new ScreeningFailed('its server does not list its tools now');
  return text;
}

function envelopeOf({ era, params }: RecordedCall): Record<string, Json> {
  if (era === 'legacy') return {};
  const meta = isObject(params) && isObject(params['_meta']) ? params['_meta'] : {};
  const kept = envelopeKeys.filter((key) => Object.hasOwn(meta, key)).map((key) => [key, meta[key] as Json]);
  return { _meta: Object.fromEntries(kept) as Json };
}

function headersFor({ era, headers }: RecordedCall): CallerHeaders {
  const kept = Object.fromEntries(forwardedHeaders.map((name) => [name, headers[name]]));
  return {
    ...kept,
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
    ...(era === 'modern' ? { 'mcp-method': 'tools/list' } : {}),
  };
}

/** The answer to this id, as a body or among the events of a stream. */
async function textOf(answer: UpstreamAnswer, id: string): Promise<string | undefined> {
  if (answer.kind === 'body') {
    const text = answer.bytes.toString('utf8');
    return answers(text, id) ? text : undefined;
  }
  for await (const { data } of answer.events) if (data !== undefined && answers(data, id)) return data;
  return undefined;
}

function answers(text: string, id: string): boolean {
  try {
    const message: unknown = JSON.parse(text);
    return isObject(message) && message['id'] === id && !('method' in message);
  } catch {
    return false;
  }
}

function readPage(text: string): { page: ToolPage; nextCursor: string | undefined } {
  const tools = readOffer(text)?.lists.find(({ kind }) => kind === 'tools');
  if (tools === undefined) throw new ScreeningFailed('its server does not list its tools now');
  const { result } = JSON.parse(text) as { result: { nextCursor?: unknown } };
  const itemText = ({ start, end }: ListItem): string => text.slice(start, end);
  const page = { text: text.slice(tools.span.start, tools.span.end), items: tools.items, itemText };
  return { page, nextCursor: typeof result.nextCursor === 'string' ? result.nextCursor : undefined };
}
