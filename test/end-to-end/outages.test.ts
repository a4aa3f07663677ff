import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  addFaultyServer,
  callTool,
  faultyTimeoutMs,
  growthDuring,
  ledgerEnd,
  lostIssuer,
  untilAllEnded,
  type FaultyServer,
  type TimedAnswer,
} from '../support/outage.ts';
import { Product, unique } from '../support/product.ts';
import { json } from '../support/scripted-server.ts';
import { outcomeIn } from '../support/transport-caller.ts';

const product = new Product();
const mebibyte = 1024 * 1024;
/** For a test machine whose two cores also run everything else. */
const slackMs = 2_000;
const discoveryMsMax = 5_000;
const temporalMsMax = 5_000;

const opsUrl = () => product.urlOf('ops');
const opsToken = () => product.token('ci-deployer', 'ops');
const gatewayPid = () => product.world.pids.gateway[0] ?? 0;

let faulty: FaultyServer;
beforeAll(async () => {
  faulty = await addFaultyServer(product);
});
afterAll(() => faulty.close());

function read(token: string, service = 'payments'): Promise<TimedAnswer> {
  return callTool(opsUrl(), token, 'get_config', { service });
}

describe('a Temporal that is paused', () => {
  test('means `unavailable` in its time for every call that needs approval; others go on, and so do these afterwards', async () => {
    const since = await ledgerEnd(product);
    const token = await opsToken();
    const values = Array.from({ length: 25 }, () => unique('paused'));
    const setting = (value: string) => ({ service: 'payments', key: 'checkout.banner', value });
    const [pid] = product.world.pids.temporal;
    if (pid === undefined) throw new Error('Temporal does not run');
    process.kill(pid, 'SIGSTOP');
    let held: TimedAnswer[];
    let ungated: TimedAnswer;
    try {
      const calls = values.map((value) => callTool(opsUrl(), token, 'apply_config', setting(value)));
      ungated = await read(token, unique('ungated'));
      held = await Promise.all(calls);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    expect(ungated.status).toBe(200);
    expect(ungated.tookMs).toBeLessThan(temporalMsMax);
    for (const answer of held) {
      expect(outcomeIn(answer.text), answer.text).toBe('unavailable');
      expect(answer.tookMs).toBeLessThan(temporalMsMax + slackMs);
    }
    for (const value of values.slice(0, 3)) expect(await product.executionsWith(value)).toBe(0);
    await untilAllEnded(product, since);
    const caller = await product.caller();
    const [value = ''] = values;
    const again = caller.call('apply_config', setting(value), { onProgress: () => undefined });
    await product.slack.click('sre-1', await product.slack.cardWith(value), 'approve');
    expect(JSON.stringify((await again).content)).toContain(value);
    expect(await product.executionsWith(value)).toBe(1);
    await caller.close();
  });

  test('while a call waits keeps it waiting: its click counts once Temporal is back, and it runs once', async () => {
    const caller = await product.caller();
    const value = unique('waits');
    const change = { service: 'payments', key: 'checkout.banner', value };
    const answer = caller.call('apply_config', change, { onProgress: () => undefined });
    const card = await product.slack.cardWith(value);
    const [pid] = product.world.pids.temporal;
    if (pid === undefined) throw new Error('Temporal does not run');
    process.kill(pid, 'SIGSTOP');
    try {
      expect((await read(await opsToken())).status).toBe(200);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await product.slack.click('sre-1', card, 'approve');
    expect(JSON.stringify((await answer).content)).toContain(value);
    expect(await product.executionsWith(value)).toBe(1);
    await caller.close();
  });
});

describe('an identity provider', () => {
  test('whose name cannot be resolved means 401 with the reason, for each of 100 callers and within its time', async () => {
    const token = await new SignJWT({ iss: lostIssuer, sub: 'ci', aud: opsUrl() })
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
      .setExpirationTime('1h')
      .sign(new Uint8Array(32));
    const answers = await Promise.all(Array.from({ length: 100 }, () => read(token)));
    for (const { status, text, headers, tookMs } of answers) {
      expect(status).toBe(401);
      expect(text).toContain('its issuer cannot be reached');
      expect(headers.get('www-authenticate')).toContain('error="invalid_token"');
      expect(tookMs).toBeLessThan(discoveryMsMax + slackMs);
    }
    expect((await read(await opsToken())).status).toBe(200);
  });

  test('that does not answer leaves its known keys in force, also for tokens never seen and under a new policy', async () => {
    const [first, second] = [await opsToken(), await product.token('ci-reader', 'ops')];
    expect((await read(first)).status).toBe(200);
    const [pid] = product.world.pids.issuer;
    if (pid === undefined) throw new Error('the issuer does not run');
    process.kill(pid, 'SIGSTOP');
    try {
      const restore = await product.configure(
        (text) => text.replace('name: faulty', 'name: renamed').replaceAll('connection: faulty', 'connection: renamed'),
        'renamed',
      );
      const answers = [await read(first), await read(second)];
      await restore();
      for (const answer of answers) {
        expect(answer.status, answer.text).toBe(200);
        expect(answer.tookMs).toBeLessThan(slackMs);
      }
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });
});

describe('a server behind the gateway', () => {
  const call = async (tool: string) => callTool(faulty.url, await faulty.token(), tool);

  async function expectOutcome(answer: TimedAnswer, outcome: string, msMax: number): Promise<void> {
    expect(answer.status, answer.text).toBe(200);
    expect(outcomeIn(answer.text), answer.text).toBe(outcome);
    expect(answer.tookMs).toBeLessThan(msMax);
  }

  test('that hangs, before or in the middle of its answer, means `unknown` at the connection’s timeout, for each of 50 callers', async () => {
    const since = await ledgerEnd(product);
    faulty.server.answer((heard, response) => {
      if (!heard.body.includes('half')) return;
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"jsonrpc":"2.0",');
    });
    const answers = await Promise.all([
      ...Array.from({ length: 25 }, () => call('silent')),
      ...Array.from({ length: 25 }, () => call('half')),
    ]);
    for (const answer of answers) await expectOutcome(answer, 'unknown', faultyTimeoutMs + slackMs);
    await untilAllEnded(product, since);
  });

  test('that drops the connection in the middle of its answer means `unknown`, at once, and is sent nothing twice', async () => {
    const since = await ledgerEnd(product);
    const before = faulty.server.heard.length;
    faulty.server.answer((_heard, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 });
      response.write('{"jsonrpc":"2.0",', () => response.destroy());
    });
    await expectOutcome(await call('drops'), 'unknown', faultyTimeoutMs);
    expect(faulty.server.heard.length - before).toBe(1);
    await untilAllEnded(product, since);
  });

  test.each([
    ['bytes that are no text', [0xff, 0xfe, 0x00, 0x80]],
    ['text that is no JSON', [...Buffer.from('{{{ no JSON')]],
  ])('that answers with %s means that the answer is withheld', async (_what, bytes) => {
    const since = await ledgerEnd(product);
    faulty.server.answer((_heard, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(Buffer.from(bytes));
    });
    const answer = await call('garbage');
    await expectOutcome(answer, 'withheld', slackMs);
    await untilAllEnded(product, since);
  });

  test('that speaks no HTTP means `unknown`, at once', async () => {
    const since = await ledgerEnd(product);
    const noise = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end('\u0000\u0001 this is no HTTP\r\n\r\n'));
    });
    await once(noise.listen(0, '127.0.0.1'), 'listening');
    const { port } = noise.address() as AddressInfo;
    const restore = await product.configure(
      (text) => text.replaceAll('faulty', 'noisy').replace(faulty.server.url, `http://127.0.0.1:${port}/mcp`),
      'noisy',
    );
    const answer = await callTool(product.urlOf('noisy'), await product.token('ci-deployer', 'noisy'), 'noise');
    await restore();
    noise.close();
    await expectOutcome(answer, 'unknown', slackMs);
    await untilAllEnded(product, since);
  });

  test.each(['application/json', 'text/event-stream'])(
    'that answers with 1 GB of %s means `withheld` after 16 MiB, in bounded memory',
    async (type) => {
      const since = await ledgerEnd(product);
      const piece = Buffer.alloc(mebibyte, 'a');
      let sentMebibytes = 0;
      faulty.server.answer((_heard, response) => {
        response.writeHead(200, { 'content-type': type });
        if (type === 'text/event-stream') response.write('data: ');
        response.on('error', () => undefined);
        const send = (): void => {
          if (response.destroyed || sentMebibytes >= 1_024) return void response.end();
          sentMebibytes += 1;
          response.write(piece, send);
        };
        send();
      });
      const { result, grewBytes } = await growthDuring(gatewayPid(), () => call('floods'));
      await expectOutcome(result, 'withheld', 5_000);
      expect(sentMebibytes).toBeLessThan(64);
      expect(grewBytes).toBeLessThan(256 * mebibyte);
      await untilAllEnded(product, since);
    },
  );

  test('that was broken is called again as soon as it is sound, with nobody’s help', async () => {
    faulty.server.answer((heard, response) => {
      json(response, { jsonrpc: '2.0', id: heard.message.id, result: { content: [{ type: 'text', text: 'sound' }] } });
    });
    expect((await call('sound')).text).toContain('sound');
    expect((await read(await opsToken(), unique('after'))).status).toBe(200);
  });
});
