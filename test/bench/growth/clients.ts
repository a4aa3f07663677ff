import { Agent, request } from 'undici';
import type { Place } from '../load.ts';

const accept = 'application/json, text/event-stream';
const dispatcher = new Agent();
/** Streams stay open and take a socket each. */
const streamDispatcher = new Agent({ bodyTimeout: 0 });

export async function listTools(url: string, place: Place): Promise<void> {
  await post(url, place, { jsonrpc: '2.0', id: 'list', method: 'tools/list' });
}

/** Opens a legacy session as clients do. Returns where its calls go to, and how. */
export async function openSession(url: string, place: Place): Promise<Place> {
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'bench', version: '1' } };
  const id = await post(url, place, { jsonrpc: '2.0', id: 'open', method: 'initialize', params });
  if (id === undefined) throw new Error('the server opened no session');
  const opened = {
    ...place,
    headers: { ...place.headers, 'mcp-session-id': id, 'mcp-protocol-version': '2025-11-25' },
  };
  await post(url, opened, { jsonrpc: '2.0', method: 'notifications/initialized' });
  return opened;
}

/** Opens the stream of a session and lets it be; `close` ends it. */
export async function openStream(url: string, { path, headers }: Place): Promise<{ close(): void }> {
  const ending = new AbortController();
  const { statusCode, body } = await request(`${url}${path}`, {
    dispatcher: streamDispatcher,
    headers: { ...headers, accept: 'text/event-stream' },
    signal: ending.signal,
  });
  if (statusCode !== 200) throw new Error(`a stream was answered ${statusCode}`);
  body.on('error', () => undefined);
  if (!body.readableFlowing) body.resume();
  return { close: () => ending.abort() };
}

async function post(url: string, { path, headers }: Place, message: object): Promise<string | undefined> {
  const answer = await request(`${url}${path}`, {
    dispatcher,
    method: 'POST',
    headers: { accept, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(message),
  });
  const text = await answer.body.text();
  if (answer.statusCode >= 300) throw new Error(`answered ${answer.statusCode}: ${text.slice(0, 200)}`);
  const id = answer.headers['mcp-session-id'];
  return typeof id === 'string' ? id : undefined;
}
