import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { ToolResult } from '../caller.ts';
import { seenError, seenResult, type RealClient, type Seen, type ToolCall } from './real-client.ts';

const info = { name: 'test', version: '1' };

/**
 * What the host of an SDK sets. An SDK sends a progress token when its host listens to progress, and only with
 * `resetsClock` (its `resetTimeoutOnProgress`) does progress extend its 60 s.
 */
export interface SdkOptions {
  readonly listens?: boolean;
  readonly resetsClock?: boolean;
}

/** `@modelcontextprotocol/sdk`: the era with a handshake and sessions. */
export function sdkV1(options: SdkOptions = {}): RealClient {
  return {
    name: `TypeScript SDK v1${says(options)}`,
    call: async (call) => {
      const client = new ClientV1(info);
      await client.connect(new TransportV1(new URL(call.url), withToken(call.token)));
      return see(options, call, client, (request) =>
        client.callTool({ name: call.tool, arguments: call.arguments }, undefined, request),
      );
    },
  };
}

/** `@modelcontextprotocol/client`; `legacy` is its own default, and with `auto` it speaks 2026-07-28 where it can. */
export function sdkV2(mode: 'auto' | 'legacy', options: SdkOptions = {}): RealClient {
  return {
    name: `TypeScript SDK v2, ${mode}${says(options)}`,
    call: async (call) => {
      const client = new Client(info, { versionNegotiation: { mode } });
      await client.connect(new StreamableHTTPClientTransport(new URL(call.url), withToken(call.token)));
      return see(options, call, client, (request) =>
        client.callTool({ name: call.tool, arguments: call.arguments }, request),
      );
    },
  };
}

interface RequestOptions {
  timeout?: number;
  resetTimeoutOnProgress?: boolean;
  onprogress?: (progress: { message?: string | undefined }) => void;
}

async function see(
  { listens = false, resetsClock = false }: SdkOptions,
  { timeoutMs }: ToolCall,
  client: { close(): Promise<void> },
  send: (request: RequestOptions) => Promise<ToolResult>,
): Promise<Seen> {
  const progress: string[] = [];
  try {
    const result = await send({
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
      ...(resetsClock ? { resetTimeoutOnProgress: true } : {}),
      ...(listens ? { onprogress: ({ message = '' }) => void progress.push(message) } : {}),
    });
    return seenResult(result, progress);
  } catch (error) {
    return seenError(String(error), progress);
  } finally {
    await client.close();
  }
}

function says({ listens = false, resetsClock = false }: SdkOptions): string {
  if (!listens) return '';
  return resetsClock ? ', `onprogress`, `resetTimeoutOnProgress`' : ', `onprogress`';
}

function withToken(token: string) {
  return { requestInit: { headers: { authorization: `Bearer ${token}` } } };
}
