import { afterEach, beforeEach, expect, test } from 'vitest';
import { limitSchema } from '../../gateway/config/limit-schema.ts';
import { compileLimit } from '../../gateway/limits/limit.ts';
import { Limiter } from '../../gateway/limits/limiter.ts';
import { createChance } from '../support/chance.ts';
import { eventually } from '../support/eventually.ts';
import {
  json,
  sse,
  startScriptedServer,
  stream,
  type Script,
  type ScriptedServer,
} from '../support/scripted-server.ts';
import { outcomeIn, post, toolCall } from '../support/transport-caller.ts';
import { startTransportGateway, type TransportGateway } from '../support/transport-gateway.ts';

const limit = compileLimit(limitSchema.parse({ id: 'three', concurrent: 3 }));

let upstream: ScriptedServer;
let gateway: TransportGateway;
let limiter: Limiter;

beforeEach(async () => {
  upstream = await startScriptedServer();
  const limits = [limit];
  limiter = new Limiter({ limits: () => limits, gateways: () => 1, uptimeMs: () => performance.now() });
  gateway = await startTransportGateway(upstream.url, { timeout: '1s' }, Infinity, (call) => limiter.admit(call));
});
afterEach(async () => {
  await upstream.close();
  await gateway.close();
});

const answer = (id: unknown) => ({ jsonrpc: '2.0', id, result: { content: [] } });

/** What may become of a call at its server. */
const scripts: Readonly<Record<string, Script>> = {
  answered: ({ message }, response) => json(response, answer(message.id)),
  streamed: ({ message }, response) => stream(response, [': hi\n\n', sse(answer(message.id))]),
  'broken off': (_heard, response) => response.destroy(),
  'cut in the middle': (_heard, response) => {
    stream(response, [': hi\n\n'], false);
    setImmediate(() => response.destroy());
  },
  'ended without an answer': (_heard, response) => stream(response, [': hi\n\n']),
  'answered with nonsense': (_heard, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
  refused: (_heard, response) => response.writeHead(500).end(),
  'never answered': (_heard, response) => stream(response, [': hi\n\n'], false),
};

test('what is under way is let go of in whatever way it ends, over real sockets', async () => {
  const chance = createChance(7);
  upstream.answer((heard, response, request) => {
    if (heard.message.method !== 'tools/call') return void response.writeHead(202).end();
    const { arguments: args } = heard.message.params as { arguments: { end: string } };
    scripts[args.end]?.(heard, response, request);
  });
  const ends = Object.keys(scripts);
  let limited = 0;
  let left = 240;
  const caller = async (): Promise<void> => {
    for (; left > 0; left -= 1) {
      const leaves = chance.below(4) === 0 ? AbortSignal.timeout(chance.below(40)) : undefined;
      const params = { arguments: { end: chance.pick(ends.slice(0, chance.below(20) === 0 ? ends.length : -1)) } };
      gateway.breakLedger(chance.below(10) === 0);
      const text = await post(gateway.url, toolCall(left, 'tool', params), undefined, leaves).then(
        (answered) => answered.text,
        () => '',
      );
      if (outcomeIn(text) === 'limited') limited += 1;
    }
  };
  await Promise.all(Array.from({ length: 6 }, () => caller()));
  gateway.breakLedger(false);
  await eventually('nothing is under way', () => (limiter.underWay(limit) === 0 ? true : undefined));
  expect(limited).toBeGreaterThan(0);
  upstream.answer(({ message }, response) => json(response, answer(message.id)));
  const last = await Promise.all([1, 2, 3].map((id) => post(gateway.url, toolCall(id))));
  expect(last.map(({ text }) => outcomeIn(text))).toEqual([undefined, undefined, undefined]);
});
