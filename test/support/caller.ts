import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

export interface ToolResult {
  readonly isError?: boolean | undefined;
  readonly content?: unknown;
  readonly structuredContent?: unknown;
  readonly _meta?: Record<string, unknown> | undefined;
}

/** What the gateway says of a call it answered itself (`_meta["dev.countersign/outcome"]`). */
export interface Outcome {
  readonly code: string;
  readonly callId: string;
  readonly approvalId?: string;
  readonly rule?: string;
  readonly reason?: string;
  readonly retryable: boolean;
  readonly retryAfterMs?: number;
  readonly url?: string;
}

export function outcomeOf(result: ToolResult): Outcome | undefined {
  return result._meta?.['dev.countersign/outcome'] as Outcome | undefined;
}

export interface Caller {
  call(name: string, args?: Record<string, unknown>, options?: CallOptions): Promise<ToolResult>;
  listTools(): Promise<string[]>;
  close(): Promise<void>;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly onProgress?: (message: string | undefined) => void;
}

const callTimeoutMs = 90_000;

/** An unmodified client of the official SDK, version 2, in automatic mode. */
export async function connect(url: string, token: string): Promise<Caller> {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  await client.connect(new StreamableHTTPClientTransport(new URL(url), withToken(token)));
  return {
    call: (name, args = {}, options = {}) => client.callTool({ name, arguments: args }, requestOptions(options)),
    listTools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    close: () => client.close(),
  };
}

/** An unmodified client of the official SDK, version 1: the era with a handshake and sessions. */
export async function connectLegacy(url: string, token: string): Promise<Caller> {
  const client = new LegacyClient({ name: 'test', version: '1' });
  // The SDK's own declaration does not fit exactOptionalPropertyTypes.
  await client.connect(new LegacyTransport(new URL(url), withToken(token)));
  return {
    call: (name, args = {}, options = {}) =>
      client.callTool({ name, arguments: args }, undefined, requestOptions(options)),
    listTools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    close: () => client.close(),
  };
}

function withToken(token: string) {
  return { requestInit: { headers: { authorization: `Bearer ${token}` } } };
}

function requestOptions({ signal, timeoutMs = callTimeoutMs, onProgress }: CallOptions) {
  return {
    timeout: timeoutMs,
    resetTimeoutOnProgress: true,
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onprogress: (p: { message?: string | undefined }) => onProgress(p.message) }),
  };
}
