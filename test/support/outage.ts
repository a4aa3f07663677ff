import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { parse, stringify } from 'yaml';
import { eventually } from './eventually.ts';
import type { Product } from './product.ts';
import { startScriptedServer, type ScriptedServer } from './scripted-server.ts';
import { modernRequest, post, type Answered } from './transport-caller.ts';

/** An answer and how long its caller waited for it. */
export interface TimedAnswer extends Answered {
  readonly tookMs: number;
}

/** A call of the newest revision, sent by hand: no session before it, no retry behind it. */
export async function callTool(
  url: string,
  token: string,
  name: string,
  args: Record<string, unknown> = {},
): Promise<TimedAnswer> {
  const { body, headers } = modernRequest('tools/call', { name, arguments: args });
  const began = performance.now();
  const answer = await post(url, body, { ...headers, authorization: `Bearer ${token}` });
  return { ...answer, tookMs: performance.now() - began };
}

/** Bytes of memory that a process holds. */
function residentBytes(pid: number): number {
  const [, pages] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
  return Number(pages) * 4_096;
}

/** The largest memory of a process while something is under way, in bytes above what it was before. */
export async function growthDuring<T>(pid: number, work: () => Promise<T>): Promise<{ result: T; grewBytes: number }> {
  const before = residentBytes(pid);
  let most = before;
  const look = setInterval(() => (most = Math.max(most, residentBytes(pid))), 50);
  try {
    return { result: await work(), grewBytes: Math.max(most, residentBytes(pid)) - before };
  } finally {
    clearInterval(look);
  }
}

/** Where the ledger ends now. */
export async function ledgerEnd(product: Product): Promise<Date> {
  const [row] = await product.query<{ now: Date }>('select clock_timestamp() as now');
  return row?.now ?? new Date(0);
}

/** Waits until every call that was recorded since then has an ending: nothing that was owed is missing. */
export async function untilAllEnded(product: Product, since: Date): Promise<void> {
  const open = async () => {
    const rows = await product.query<{ call_id: string }>(
      `select call_id from ledger.entry received
       where kind = 'request.received' and at >= $1
         and not exists (select from ledger.entry ending where ending.call_id = received.call_id
                         and ending.kind in ('response.recorded', 'call.closed'))`,
      [since],
    );
    return rows.map((row) => row.call_id);
  };
  await eventually('every call has an ending', async () => ((await open()).length === 0 ? true : undefined), 20_000);
  expect(await open()).toEqual([]);
}

/** A connection of the product whose server does what a test tells it. */
export interface FaultyServer {
  readonly server: ScriptedServer;
  readonly url: string;
  token(): Promise<string>;
  close(): Promise<void>;
}

/** In milliseconds; the `timeout` of the connection. */
export const faultyTimeoutMs = 1_000;
/** An issuer that is trusted, and whose name no resolver knows (RFC 6761). */
export const lostIssuer = 'https://idp.invalid';

/** Adds the connection `faulty`, open to deployers, and an issuer that cannot be found. */
export async function addFaultyServer(product: Product): Promise<FaultyServer> {
  const server = await startScriptedServer();
  const connection = { name: 'faulty', timeout: `${faultyTimeoutMs / 1_000}s`, upstream: { url: server.url } };
  const rule = { id: 'faulty-is-open', match: { connection: 'faulty', claims: { groups: 'deployers' } } };
  const restore = await product.configure((text) => {
    const before = parse(text) as { connections: object[]; rules: object[] };
    return stringify({
      ...before,
      issuers: [{ issuer: lostIssuer }],
      connections: [...before.connections, connection],
      rules: [...before.rules, { ...rule, decision: 'allow' }],
    });
  }, 'faulty');
  return {
    server,
    url: product.urlOf('faulty'),
    token: () => product.token('ci-deployer', 'faulty'),
    close: async () => {
      await restore();
      await server.close();
    },
  };
}
