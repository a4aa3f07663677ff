import { readFile } from 'node:fs/promises';
import { setTimeout as pass } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { installInspector, inspector } from '../support/clients/inspector.ts';
import { installPackages, pythonSdk } from '../support/clients/python.ts';
import type { RealClient, Seen } from '../support/clients/real-client.ts';
import { openTap, type Exchange } from '../support/clients/tap.ts';
import { sdkV1, sdkV2 } from '../support/clients/typescript-sdk.ts';
import { Product, unique } from '../support/product.ts';
import { approvalIdOf } from '../support/slack.ts';

const product = new Product();
const installMsMax = 10 * 60_000;
/** How long a person takes here. Longer than the 60 s that most clients wait. */
const holdMs = 75_000;
/** A stream with bytes this long before its end was held open by the gateway. */
const heldOpenMsMin = 20_000;
/** From the approval to the result at the client; far less but for loaded machines. */
const afterApprovalMsMax = 20_000;
const measureMsMax = 4 * 60_000;
const listens = { listens: true };
const extends60s = { listens: true, resetsClock: true };

/** Each client with what its host may set, on a connection as it comes and on one with `clientsWait`. */
const waits: readonly (readonly [RealClient, 'ops' | 'patient'])[] = [
  [sdkV1(), 'ops'],
  [sdkV1(listens), 'ops'],
  [sdkV1(extends60s), 'ops'],
  [sdkV1(), 'patient'],
  [sdkV2('legacy'), 'ops'],
  [sdkV2('legacy', extends60s), 'ops'],
  [sdkV2('auto'), 'ops'],
  [sdkV2('auto', extends60s), 'ops'],
  [sdkV2('auto'), 'patient'],
  [pythonSdk('legacy'), 'ops'],
  [pythonSdk('legacy', listens), 'ops'],
  [pythonSdk('legacy'), 'patient'],
  [pythonSdk('auto'), 'ops'],
  [pythonSdk('auto'), 'patient'],
  [inspector('legacy'), 'ops'],
  [inspector('legacy'), 'patient'],
  [inspector('modern'), 'ops'],
];

let measured: PromiseSettledResult<string>[] = [];

beforeAll(async () => {
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  await installPackages(say);
  await installInspector(say);
  say(`Holding ${String(waits.length)} calls for ${String(holdMs / 1_000)} s at once …`);
  measured = await Promise.allSettled(waits.map(([client, connection]) => measure(client, connection)));
}, installMsMax + measureMsMax);

/** One call, approved after 75 s, and, where the client's user saw no result of it, the same call again. */
async function measure(client: RealClient, connection: string): Promise<string> {
  const tap = await openTap(product.world.gateway.url);
  try {
    const value = unique('held');
    const args = { service: 'payments', key: 'checkout.banner', value };
    const url = tap.urlOf(product.urlOf(connection));
    const calls = () => tap.exchanges.filter(({ method }) => method === 'tools/call');
    const ask = async (): Promise<Look> => {
      const before = calls().length;
      const token = await product.token('ci-deployer', connection);
      const seen = await client.call({ url, token, tool: 'apply_config', arguments: args });
      const atMs = performance.now();
      return { seen, atMs, waitedMs: atMs - (calls()[before]?.beganMs ?? atMs) };
    };
    const askTwice = async (): Promise<Look[]> => {
      const first = await ask();
      return isToBeRepeated(first.seen) ? [first, await ask()] : [first];
    };
    const approve = async () => {
      const card = await product.slack.cardWith(value);
      await pass(holdMs - (performance.now() - (calls()[0]?.beganMs ?? 0)));
      const atMs = performance.now();
      await product.slack.click('sre-1', card, 'approve');
      return { approvalId: approvalIdOf(card), atMs };
    };
    const [{ approvalId, atMs }, looks] = await Promise.all([approve(), askTwice()]);
    const last = looks.at(-1);
    if (last?.seen.kind === 'error') throw new Error(`${client.name} saw no result but: ${last.seen.message}`);
    expect(last?.seen).toMatchObject({ kind: 'result', isError: false, text: expect.stringContaining(value) });
    expect((last?.atMs ?? Infinity) - atMs).toBeLessThan(afterApprovalMsMax);
    expect(await product.executionsWith(value)).toBe(1);
    expect(await product.slack.cardsOf(approvalId)).toHaveLength(1);
    const [first, again] = looks.map(describeLook);
    const clientsWait = connection === 'patient' ? 'yes' : 'no';
    return `| ${[client.name, clientsWait, rungOf(calls()), first, again ?? '–'].join(' | ')} |`;
  } finally {
    await tap.close();
  }
}

/** What was seen, when, and how long after the call was at the gateway. */
interface Look {
  readonly seen: Seen;
  readonly atMs: number;
  readonly waitedMs: number;
}

function isToBeRepeated(seen: Seen): boolean {
  return seen.kind === 'error' || seen.outcome?.code === 'pending';
}

function describeLook({ seen, waitedMs }: Look): string {
  const after = `after ${String(roundSeconds(waitedMs))} s`;
  const progress = seen.progress.length === 0 ? '' : `“${wordsOf(seen.progress[0] ?? '')}” as progress, then `;
  if (seen.kind === 'error') return `${progress}its own time-out ${after}`;
  return `${progress}${seen.isError ? `“approval pending, call again” ${after}` : 'the result once approved'}`;
}

/** To ten seconds, which tells the clocks apart and bears a loaded machine. */
function roundSeconds(ms: number): number {
  return Math.round(ms / 10_000) * 10;
}

function wordsOf(progress: string): string {
  return /^[a-z ]+/.exec(progress)?.[0] ?? progress;
}

/** The rung as it went over the wire, whatever was meant. */
function rungOf(calls: readonly Exchange[]): string {
  const answered = (words: string) => calls.filter(({ answer }) => answer.includes(words)).length;
  if (answered('"resultType":"task"') > 0) return 'task';
  const legs = answered('"resultType":"input_required"');
  if (legs > 0) return `${String(legs + 1)} legs`;
  if (calls.some(stayedOpen)) return 'stream';
  return answered('"dev.countersign/outcome"') > 0 ? 'pending' : 'none';
}

function stayedOpen({ contentType, firstByteMs, endedMs }: Exchange): boolean {
  const openMs = (endedMs ?? performance.now()) - (firstByteMs ?? Infinity);
  return contentType.startsWith('text/event-stream') && openMs > heldOpenMsMin;
}

test.each(waits.map(([client, on], index) => [client.name, on, index] as const))(
  '%s on %s has its answer after 75 s, once',
  (_name, _on, index) => {
    const one = measured[index];
    if (one?.status === 'rejected') throw one.reason;
    expect(one?.value).toBeDefined();
  },
);

test('the documented table is what was measured', async () => {
  const documented = await readFile('gateway/hold/README.md', 'utf8');
  const rows = measured.map((one) => (one.status === 'fulfilled' ? one.value : 'failed'));
  const table = documented.split('\n').filter((line) => /^\| [^|]+ +\| (yes|no) /.test(line));
  expect(table.map((row) => row.replaceAll(/ +\|/g, ' |'))).toEqual(rows);
});
