import { performance } from 'node:perf_hooks';
import { Pool } from 'undici';
import { cpuMsOf } from './processes.ts';

/** Where a load goes, and what it shows there. */
export interface Target {
  readonly name: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Calls go to each of these in turn instead of to `url`, with these headers. */
  readonly places?: readonly Place[];
  /** The process whose processor time is told. */
  readonly pid?: number | undefined;
  /** Another process of the same program, which takes every second call in flight. */
  readonly twin?: { readonly url: string; readonly pid: number | undefined };
}

/** One of many addresses of a target, or one of its many clients. */
export interface Place {
  /** On the target's own host. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Measurement {
  readonly calls: number;
  readonly seconds: number;
  readonly callsPerSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Milliseconds of processor time that the target's process spends on a call; NaN where that is not known. */
  readonly cpu: number;
}

const accept = 'application/json, text/event-stream';

/** Sends `tools/call` requests for a while, `inFlight` at a time, and times each from first byte out to last byte in. */
export async function measure(target: Target, inFlight: number, seconds: number): Promise<Measurement> {
  const own = { path: new URL(target.url).pathname, headers: target.headers ?? {} };
  const processes = [target, ...(target.twin === undefined ? [] : [target.twin])];
  const first = poolFor(target.url, inFlight);
  const pools = [first, ...(target.twin === undefined ? [] : [poolFor(target.twin.url, inFlight)])];
  const places = target.places ?? [own];
  const latencies: number[] = [];
  const cpuMs = (): number => processes.reduce((sum, { pid }) => sum + cpuMsOf(pid), 0);
  const cpuBefore = cpuMs();
  const started = performance.now();
  const until = started + seconds * 1_000;
  let nextId = 0;
  const lane = async (pool: Pool): Promise<void> => {
    while (performance.now() < until) {
      nextId += 1;
      const sent = performance.now();
      await callOnce(pool, places[nextId % places.length] ?? own, target.name, nextId);
      latencies.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_, n) => lane(pools[n % pools.length] ?? first)));
  const elapsed = (performance.now() - started) / 1_000;
  const used = cpuMs() - cpuBefore;
  await Promise.all(pools.map((pool) => pool.close()));
  return summarise(latencies, elapsed, used);
}

function poolFor(url: string, connections: number): Pool {
  return new Pool(new URL(url).origin, { connections, pipelining: 1 });
}

async function callOnce(pool: Pool, { path, headers }: Place, name: string, id: number): Promise<void> {
  const params = { name: 'answer', arguments: { service: 'web', revision: id } };
  const { statusCode, body } = await pool.request({
    method: 'POST',
    path,
    headers: { accept, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params }),
  });
  const text = await body.text();
  if (statusCode !== 200 || !text.includes('quick brown fox')) {
    throw new Error(`${name} answered ${statusCode}: ${text.slice(0, 200)}`);
  }
}

function summarise(latencies: number[], seconds: number, cpuMs: number): Measurement {
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? NaN;
  const calls = sorted.length;
  return { calls, seconds, callsPerSecond: calls / seconds, p50: at(0.5), p99: at(0.99), cpu: cpuMs / calls };
}
