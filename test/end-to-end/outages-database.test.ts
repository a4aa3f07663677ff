import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import {
  addFaultyServer,
  callTool,
  growthDuring,
  ledgerEnd,
  untilAllEnded,
  type FaultyServer,
  type TimedAnswer,
} from '../support/outage.ts';
import { Product, unique } from '../support/product.ts';
import { legacyHeaders, post, toolCall } from '../support/transport-caller.ts';

const product = new Product();
/** Architecture, section 10: PostgreSQL away means 503 within two seconds. The rest is for a busy test machine. */
const answeredMsMax = 2_000 + 1_000;
/** What a deadline of two seconds becomes when hundreds of callers share two cores with every other program. */
const crowdAnsweredMsMax = 2_000 + 4_000;
const mebibyte = 1024 * 1024;
const evidenceUnavailable = -31503;

const opsUrl = () => product.urlOf('ops');
const opsToken = () => product.token('ci-deployer', 'ops');
const gatewayPid = () => product.world.pids.gateway[0] ?? 0;

function read(token: string, service: string): Promise<TimedAnswer> {
  return callTool(opsUrl(), token, 'get_config', { service });
}

function expectNoRecordNoCall(answer: TimedAnswer, msMax: number): void {
  expect(answer.status, answer.text).toBe(503);
  expect(answer.headers.get('retry-after')).toBe('2');
  expect(answer.text).toContain(`"code":${evidenceUnavailable}`);
  expect(answer.tookMs).toBeLessThan(msMax);
}

let faulty: FaultyServer;
beforeAll(async () => {
  faulty = await addFaultyServer(product);
});
afterAll(() => faulty.close());

/** The next call of a new caller is served, with nobody's help. */
async function untilServed(marker: string): Promise<void> {
  const token = await opsToken();
  await eventually('a call is served', async () => ((await read(token, marker)).status === 200 ? true : undefined));
}

describe('a PostgreSQL that is paused', () => {
  test('means 503 in two seconds for each of 500 callers in bounded memory, and no call; then it goes on by itself', async () => {
    const token = await opsToken();
    const since = await ledgerEnd(product);
    const marker = unique('paused');
    await untilServed(unique('before'));
    const thaw = await product.freezePostgres();
    let crowd;
    try {
      crowd = await growthDuring(gatewayPid(), () =>
        Promise.all(Array.from({ length: 500 }, () => read(token, marker))),
      );
      expectNoRecordNoCall(await read(token, marker), answeredMsMax);
    } finally {
      thaw();
    }
    for (const answer of crowd.result) expectNoRecordNoCall(answer, crowdAnsweredMsMax);
    expect(crowd.grewBytes).toBeLessThan(200 * mebibyte);
    await untilServed(unique('after'));
    expect(await product.executionsWith(marker)).toBe(0);
    await untilAllEnded(product, since);
  });

  test('means 503 in two seconds for a session that this gateway does not have at hand, and for its health', async () => {
    const headers = { ...legacyHeaders, authorization: `Bearer ${await opsToken()}`, 'mcp-session-id': unique('s') };
    const thaw = await product.freezePostgres();
    try {
      const began = performance.now();
      const [call, health] = await Promise.all([
        post(opsUrl(), toolCall(1, 'get_config', { arguments: { service: 'payments' } }), headers),
        fetch(`${product.world.gateway.url}/readyz`),
      ]);
      const tookMs = performance.now() - began;
      expectNoRecordNoCall({ ...call, tookMs }, answeredMsMax);
      expect(health.status).toBe(503);
    } finally {
      thaw();
    }
    await untilServed(unique('after'));
    expect((await fetch(`${product.world.gateway.url}/readyz`)).status).toBe(200);
  });

  test('while a call runs withholds its answer, and the record of that is written when it is back', async () => {
    const since = await ledgerEnd(product);
    let release: () => void = () => undefined;
    faulty.server.answer((heard, response) => {
      release = () => response.end(JSON.stringify({ jsonrpc: '2.0', id: heard.message.id, result: { content: [] } }));
      response.writeHead(200, { 'content-type': 'application/json' });
    });
    const call = callTool(faulty.url, await faulty.token(), 'slow');
    await eventually('the call runs', () => faulty.server.heard.find(({ body }) => body.includes('slow')));
    const thaw = await product.freezePostgres();
    const began = performance.now();
    let answer: TimedAnswer;
    try {
      release();
      answer = await call;
    } finally {
      thaw();
    }
    expect(answer.status).toBe(503);
    expect(answer.text).toContain('-31505');
    expect(performance.now() - began).toBeLessThan(answeredMsMax);
    await untilAllEnded(product, since);
  });

  test('while a call waits for approval keeps its case: the click is taken when it is back, and it runs once', async () => {
    const since = await ledgerEnd(product);
    const caller = await product.caller();
    const value = unique('held');
    const answer = caller.call(
      'apply_config',
      { service: 'payments', key: 'checkout.banner', value },
      { onProgress: () => undefined },
    );
    const card = await product.slack.cardWith(value);
    const thaw = await product.freezePostgres();
    try {
      const token = await opsToken();
      const late = await callTool(opsUrl(), token, 'apply_config', {
        service: 'payments',
        key: 'checkout.banner',
        value: unique('late'),
      });
      expectNoRecordNoCall(late, answeredMsMax);
    } finally {
      thaw();
    }
    await product.slack.click('sre-1', card, 'approve');
    expect(JSON.stringify((await answer).content)).toContain(value);
    expect(await product.executionsWith(value)).toBe(1);
    await caller.close();
    await untilAllEnded(product, since);
  });
});

describe('a PostgreSQL that is slow', () => {
  test('makes callers wait or means 503, never an answer without a record nor a call twice', async () => {
    const since = await ledgerEnd(product);
    const token = await opsToken();
    const markers = Array.from({ length: 40 }, () => unique('slow'));
    const slow = await slowPostgres({ stoppedMs: 400, runningMs: 40 });
    let answers: TimedAnswer[];
    try {
      answers = await Promise.all(markers.map((marker) => read(token, marker)));
    } finally {
      await slow.stop();
    }
    for (const answer of answers) if (answer.status !== 200) expect(answer.status, answer.text).toBe(503);
    expect(answers.some(({ status }) => status === 200)).toBe(true);
    await expectOnceEach(markers, answers);
    await untilServed(unique('after'));
    await untilAllEnded(product, since);
  });
});

describe('a PostgreSQL that is read-only, as a standby after a failover is', () => {
  test('means 503 in two seconds and no call, and its writers go on when it takes writes again', async () => {
    const token = await opsToken();
    const since = await ledgerEnd(product);
    const marker = unique('read-only');
    await product.query('alter system set default_transaction_read_only = on');
    await product.query('select pg_reload_conf()');
    let answer: TimedAnswer;
    try {
      await eventually('writes are refused', async () => {
        const [row] = await product.query<{ setting: string }>(
          `select current_setting('default_transaction_read_only') as setting`,
        );
        return row?.setting === 'on' ? true : undefined;
      });
      answer = await read(token, marker);
    } finally {
      await product.query('alter system reset default_transaction_read_only');
      await product.query('select pg_reload_conf()');
    }
    expectNoRecordNoCall(answer, answeredMsMax);
    await untilServed(unique('after'));
    expect(await product.executionsWith(marker)).toBe(0);
    await untilAllEnded(product, since);
  });
});

describe('a PostgreSQL that fails over', () => {
  test('under load resets every connection, and each call is answered and recorded or refused, and runs once', async () => {
    const since = await ledgerEnd(product);
    const token = await opsToken();
    const markers = Array.from({ length: 120 }, () => unique('failover'));
    const answers: TimedAnswer[] = [];
    const resets = resetConnections(4);
    const next = markers.values();
    const caller = async () => {
      for (const marker of next) answers[markers.indexOf(marker)] = await read(token, marker);
    };
    await Promise.all([resets, ...Array.from({ length: 12 }, caller)]);
    for (const answer of answers) {
      if (answer.status !== 200) expect(answer.status, answer.text).toBe(503);
      expect(answer.tookMs).toBeLessThan(crowdAnsweredMsMax);
    }
    await expectOnceEach(markers, answers);
    await untilServed(unique('after'));
    await untilAllEnded(product, since);
  });

  test('while calls come to be held answers each of them in time, and none is left without an ending', async () => {
    const since = await ledgerEnd(product);
    const token = await product.token('ci-deployer', 'hasty');
    const values = Array.from({ length: 24 }, () => unique('held'));
    const hold = (value: string) =>
      callTool(product.urlOf('hasty'), token, 'apply_config', { service: 'payments', key: 'checkout.banner', value });
    const resets = resetConnections(4);
    const answers: TimedAnswer[] = [];
    for (const value of values) {
      const call = hold(value).then((answer) => answers.push(answer));
      if (values.indexOf(value) % 6 === 5) await call;
    }
    await resets;
    await eventually('all are answered', () => (answers.length === values.length ? true : undefined));
    for (const answer of answers) {
      if (answer.status === 503) continue;
      expect(answer.status, answer.text).toBe(200);
      // Asked to come back, as a caller is whose call waits, or refused.
      expect(answer.text).toMatch(/"requestState":|"code":"unavailable"/);
      expect(answer.tookMs).toBeLessThan(1_000 + crowdAnsweredMsMax);
    }
    await untilAllEnded(product, since);
  });
});

/** Stops PostgreSQL again and again for a while, so that each of its steps takes long and none fails. */
async function slowPostgres({ stoppedMs, runningMs }: { stoppedMs: number; runningMs: number }) {
  let thaw: (() => void) | undefined;
  let over = false;
  const turn = async (): Promise<void> => {
    if (over) return;
    if (thaw === undefined) thaw = await product.freezePostgres();
    else {
      thaw();
      thaw = undefined;
    }
    timer = setTimeout(() => void turn(), thaw === undefined ? runningMs : stoppedMs);
  };
  let timer: NodeJS.Timeout | undefined;
  await turn();
  return {
    stop: async () => {
      over = true;
      clearTimeout(timer);
      thaw?.();
    },
  };
}

/** Ends every connection of the product's programs, so many times, as a server that goes away does. */
async function resetConnections(times: number): Promise<void> {
  for (let round = 0; round < times; round += 1) {
    await product.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'countersign'`);
    await product.query('select pg_sleep(0.3)');
  }
}

/** Whoever got an answer was served once and has it in the ledger; whoever was refused was not served twice either. */
async function expectOnceEach(markers: readonly string[], answers: readonly TimedAnswer[]): Promise<void> {
  const rows = await product.opsQuery<{ service: string; count: string }>(
    `select arguments->>'service' as service, count(*) from ops.execution
     where arguments->>'service' = any ($1) group by 1`,
    [markers],
  );
  const counts = new Map(rows.map(({ service, count }) => [service, Number(count)]));
  for (const [at, marker] of markers.entries()) {
    const count = counts.get(marker) ?? 0;
    if (answers[at]?.status === 200) expect(count, marker).toBe(1);
    else expect(count, marker).toBeLessThanOrEqual(1);
  }
}
