import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import type { Caller, CallOptions } from './caller.ts';

/** What a client's people and model would answer, and what they were asked. */
export interface Askable {
  /** Parameters of every request of the server that reached this client, as JSON. */
  readonly asked: string[];
  /** URIs of resources that the client was told to have changed. */
  readonly updated: string[];
  readonly content: Record<string, string>;
  readonly modelSays: string;
  readonly folder: string;
}

export type AskableCaller = Caller & { readonly sessionId: string | undefined };

const capabilities = { sampling: {}, elicitation: { form: {}, url: {} }, roots: { listChanged: true } };

export function askable(content: Record<string, string>, modelSays = 'fine', folder = 'file:///srv/work'): Askable {
  return { asked: [], updated: [], content, modelSays, folder };
}

/** An unmodified client of the official SDK, version 1, that answers whatever its server asks. */
export async function connectAskableLegacy(url: string, token: string, answers: Askable): Promise<AskableCaller> {
  const client = new LegacyClient({ name: 'test', version: '1' }, { capabilities });
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => elicited(answers, params));
  client.setRequestHandler(CreateMessageRequestSchema, ({ params }) => sampled(answers, params));
  client.setRequestHandler(ListRootsRequestSchema, ({ params }) => folders(answers, params));
  client.setNotificationHandler(
    ResourceUpdatedNotificationSchema,
    ({ params }) => void answers.updated.push(params.uri),
  );
  const transport = new LegacyTransport(new URL(url), withToken(token));
  await client.connect(transport);
  return {
    sessionId: transport.sessionId,
    call: (name, args = {}, options = {}) =>
      client.callTool({ name, arguments: args }, undefined, requestOptions(options)),
    listTools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    close: () => client.close(),
  };
}

/** An unmodified client of the official SDK, version 2, in automatic mode, that answers whatever its server asks. */
export async function connectAskable(url: string, token: string, answers: Askable): Promise<AskableCaller> {
  const client = new Client({ name: 'test', version: '1' }, { capabilities, versionNegotiation: { mode: 'auto' } });
  client.setRequestHandler('elicitation/create', ({ params }) => elicited(answers, params));
  client.setRequestHandler('sampling/createMessage', ({ params }) => sampled(answers, params));
  client.setRequestHandler('roots/list', ({ params }) => folders(answers, params));
  await client.connect(new StreamableHTTPClientTransport(new URL(url), withToken(token)));
  return {
    sessionId: undefined,
    call: (name, args = {}, options = {}) => client.callTool({ name, arguments: args }, requestOptions(options)),
    listTools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    close: () => client.close(),
  };
}

function elicited({ asked, content }: Askable, params: { mode?: string | undefined }) {
  asked.push(JSON.stringify(params));
  return params.mode === 'url' ? { action: 'accept' as const } : { action: 'accept' as const, content };
}

function sampled({ asked, modelSays }: Askable, params: unknown) {
  asked.push(JSON.stringify(params));
  return { role: 'assistant' as const, model: 'test', content: { type: 'text' as const, text: modelSays } };
}

function folders({ asked, folder }: Askable, params: unknown) {
  asked.push(JSON.stringify(params ?? {}));
  return { roots: [{ uri: folder }] };
}

function withToken(token: string) {
  return { requestInit: { headers: { authorization: `Bearer ${token}` } } };
}

function requestOptions({ timeoutMs = 90_000, onProgress }: CallOptions) {
  const onprogress = ({ message }: { message?: string | undefined }): void => onProgress?.(message);
  return { timeout: timeoutMs, resetTimeoutOnProgress: true, ...(onProgress === undefined ? {} : { onprogress }) };
}
