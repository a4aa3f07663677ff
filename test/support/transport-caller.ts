/** Speaks to a gateway as a client would, over fetch, and shows every byte of what comes back. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export const legacyHeaders = {
  accept: 'application/json, text/event-stream',
  'content-type': 'application/json',
  'mcp-protocol-version': '2025-11-25',
};

const envelope = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

/** A legacy `tools/call`. */
export function toolCall(id: string | number, name = 'tool', params: Record<string, unknown> = {}) {
  return { jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: {}, ...params } };
}

/** A request of revision 2026-07-28 with the headers that mirror it. */
export function modernRequest(method: string, params: Record<string, unknown> = {}, id: string | number = 1) {
  const body = { jsonrpc: '2.0', id, method, params: { ...params, _meta: envelope } };
  const name = params['name'] ?? params['uri'];
  const headers = {
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    ...(typeof name === 'string' ? { 'mcp-name': name } : {}),
  };
  return { body, headers };
}

export async function post(
  url: string,
  body: string | Uint8Array<ArrayBuffer> | object,
  headers: Record<string, string> = legacyHeaders,
  signal?: AbortSignal,
): Promise<Answered> {
  const bytes = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  const response = await fetch(url, { method: 'POST', headers, body: bytes, signal: signal ?? null });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** The JSON-RPC messages of an event stream, in order. An event without data only says how far the stream has come. */
export function messagesOf(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: ') && line !== 'data: ')
    .map((line) => JSON.parse(line.slice('data: '.length)) as Record<string, unknown>);
}

/** The outcome by which the gateway says that it answered itself. */
export function outcomeIn(text: string): string | undefined {
  return /"code":"([a-z]+)"/.exec(text)?.[1];
}

/** Reads a stream event by event. */
export function openReader(response: Response): { next(): Promise<string | undefined>; cancel(): Promise<void> } {
  const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader();
  const decoder = new TextDecoder();
  let pending = '';
  const next = async (): Promise<string | undefined> => {
    for (;;) {
      const end = pending.indexOf('\n\n');
      if (end !== -1) {
        const event = pending.slice(0, end + 2);
        pending = pending.slice(end + 2);
        return event;
      }
      const { done, value } = await reader.read();
      if (done) return undefined;
      pending += decoder.decode(value, { stream: true });
    }
  };
  return { next, cancel: () => reader.cancel() };
}
