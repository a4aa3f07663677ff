/** Revision 2026-07-28 by hand, where a test must see what an SDK client would do by itself. */
const protocolVersion = '2026-07-28';

export type JsonObject = Record<string, unknown>;

export interface Exchange {
  readonly status: number;
  readonly message: JsonObject;
}

export class ModernClient {
  readonly #url: string;
  readonly #token: string;
  readonly #capabilities: JsonObject;
  #ids = 0;

  constructor(url: string, token: string, capabilities: JsonObject = {}) {
    this.#url = url;
    this.#token = token;
    this.#capabilities = capabilities;
  }

  /** The result of `tools/call`; `more` is added to its params. Throws on a JSON-RPC error. */
  async callTool(name: string, args: JsonObject, more: JsonObject = {}): Promise<JsonObject> {
    const { message } = await this.request('tools/call', { name, arguments: args, ...more }, name);
    if (message['error'] !== undefined) throw new Error(JSON.stringify(message['error']));
    return message['result'] as JsonObject;
  }

  /** One request and the last message of its answer, be it a body or a stream. */
  async request(method: string, params: JsonObject = {}, name?: string): Promise<Exchange> {
    const response = await this.send(method, params, name);
    const text = await response.text();
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    const data = isStream
      ? text
          .split('\n')
          .findLast((line) => line.startsWith('data:'))
          ?.slice(5)
      : text;
    return { status: response.status, message: JSON.parse(data ?? 'null') as JsonObject };
  }

  send(method: string, params: JsonObject = {}, name?: string, signal?: AbortSignal): Promise<Response> {
    this.#ids += 1;
    const meta = {
      'io.modelcontextprotocol/protocolVersion': protocolVersion,
      'io.modelcontextprotocol/clientCapabilities': this.#capabilities,
      'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
    };
    const { _meta: given, ...rest } = params;
    const body = {
      jsonrpc: '2.0',
      id: this.#ids,
      method,
      params: { ...rest, _meta: { ...meta, ...(given as JsonObject | undefined) } },
    };
    return fetch(this.#url, {
      method: 'POST',
      headers: {
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        authorization: `Bearer ${this.#token}`,
        'mcp-protocol-version': protocolVersion,
        'mcp-method': method,
        ...(name === undefined ? {} : { 'mcp-name': name }),
      },
      body: JSON.stringify(body),
      ...(signal === undefined ? {} : { signal }),
    });
  }
}
