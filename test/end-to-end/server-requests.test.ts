import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askable } from '../support/askable-caller.ts';
import { AskingWorld, entryFacts, eras, type EraName } from '../support/asking-world.ts';
import { outcomeOf } from '../support/caller.ts';
import { eventually } from '../support/eventually.ts';
import { Product } from '../support/product.ts';

const product = new Product();
let world: AskingWorld;

beforeAll(async () => {
  world = await AskingWorld.open(product);
});

afterAll(() => world.close());

const mail = 'jane.doe@example.com';

describe.each(Object.keys(eras) as EraName[])('what a server asks a %s client', (era) => {
  test('of a person is masked for the client; the answer reaches the server as it was given', async () => {
    const answers = askable({ mail });
    const { result, received } = await world.ask(era, 'asking', 'ask_person', { field: 'mail' }, answers);
    expect(result.isError).toBeFalsy();
    expect(answers.asked).toHaveLength(1);
    expect(answers.asked[0]).toContain('[REDACTED:email]');
    expect(received).toContain(mail);
  });

  test('of a person can be set so that the answer is masked too', async () => {
    const { received } = await world.ask(era, 'asking-other', 'ask_person', { field: 'mail' }, askable({ mail }));
    expect(received).toContain('[REDACTED:email]');
    expect(received).not.toContain(mail);
  });

  test('of its model is masked both ways, or only in the record', async () => {
    const answers = askable({}, `write to ${mail}`);
    const masked = await world.ask(era, 'asking', 'ask_model', { prompt: `who is ${mail}?` }, answers);
    expect(answers.asked[0]).toContain('who is [REDACTED:email]?');
    expect(masked.received).toContain('write to [REDACTED:email]');
    const recorded = await world.ask(era, 'asking-other', 'ask_model', { prompt: 'who?' }, answers);
    expect(recorded.received).toContain(`write to ${mail}`);
  });

  test('of its folders passes', async () => {
    const { received } = await world.ask(era, 'asking', 'ask_folders', {}, askable({}));
    expect(received).toContain('file:///srv/work');
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['ask_person', { field: 'name' }, 'elicitation'],
    ['ask_model', { prompt: 'hi' }, 'sampling'],
    ['ask_folders', {}, 'roots'],
  ])('does not reach it where the setting is block: %s', async (tool, args, kind) => {
    const answers = askable({ name: 'Jane' });
    const { result, received, entries } = await world.ask(era, 'asking-blocked', tool, args, answers);
    expect(result.isError).toBe(true);
    expect(answers.asked).toEqual([]);
    expect(received).toBe('[]');
    const refused = entries.filter(({ facts }) => facts['refused'] === true);
    expect(refused[0]).toMatchObject({ kind: 'message.relayed', outcome: 'to_caller', facts: { asks: kind } });
    if (era === 'legacy') {
      expect(refused[1]).toMatchObject({ kind: 'message.relayed', outcome: 'to_server' });
    } else {
      expect(outcomeOf(result)).toMatchObject({ code: 'blocked', retryable: false });
      expect(JSON.stringify(result.content)).toContain(`serverRequests.${kind} is block`);
      expect(entries.at(-1)).toMatchObject({ kind: 'call.closed', outcome: 'blocked' });
    }
  });

  test('in a form may be no secret', async () => {
    const answers = askable({ api_key: 'x' });
    const { result, received } = await world.ask(era, 'asking', 'ask_person', { field: 'api_key' }, answers);
    expect(result.isError).toBe(true);
    expect([answers.asked, received]).toEqual([[], '[]']);
  });

  test('may send it to a host that is listed, and to no other', async () => {
    const listed = askable({});
    await world.ask(era, 'asking-other', 'ask_link', { url: 'https://login.example.com/a' }, listed);
    expect(listed.asked[0]).toContain('https://login.example.com/a');
    const foreign = askable({});
    const { result } = await world.ask(
      era,
      'asking-other',
      'ask_link',
      { url: 'https://login.example.org/a' },
      foreign,
    );
    expect(result.isError).toBe(true);
    expect(foreign.asked).toEqual([]);
  });
});

describe('a legacy client', () => {
  test("finds its server's requests and its own answers in the ledger, in order", async () => {
    const { entries } = await world.ask('legacy', 'asking', 'ask_person', { field: 'mail' }, askable({ mail }));
    expect(entries.map(({ kind, outcome, facts }) => [kind, outcome, facts['asks'] ?? facts['answers']])).toEqual([
      ['request.received', 'allow', undefined],
      ['message.relayed', 'to_caller', 'elicitation'],
      ['message.relayed', 'to_server', 'elicitation'],
      ['response.recorded', 'answered', undefined],
    ]);
    expect(entries[2]?.facts).toMatchObject({ asked: true, masked: { email: 1 } });
  });

  test('is asked on the stream of its session too, and is not where that is blocked', async () => {
    const asked = askable({});
    const open = await world.caller('legacy', 'everything', asked);
    await eventually('the server asks for folders', () => (asked.asked.length > 0 ? true : undefined));
    await open.close();
    const unasked = askable({});
    const mark = await world.lastSeq();
    const blocked = await world.caller('legacy', 'everything-held', unasked);
    const refused = await eventually('the server was refused', async () => {
      const rows = await product.query<{ outcome: string }>(
        `select outcome from ledger.entry where seq > $1 and connection = 'everything-held'
         and ${entryFacts}->>'method' = 'session/get' and (${entryFacts}->>'refused')::boolean order by seq`,
        [mark],
      );
      return rows.length === 2 ? rows : undefined;
    });
    expect(refused.map(({ outcome }) => outcome)).toEqual(['to_caller', 'to_server']);
    expect(unasked.asked).toEqual([]);
    await blocked.close();
  });

  test('is not sent to a foreign host by an error either', async () => {
    const call = async (url: string) => world.ask('legacy', 'asking-other', 'link_first', { url }, askable({}));
    await expect(call('https://login.example.com/a')).rejects.toMatchObject({ code: -32_042 });
    const { result, entries } = await call('https://login.example.org/a');
    expect(outcomeOf(result)?.code).toBe('blocked');
    expect(entries.at(-1)).toMatchObject({ kind: 'call.closed', outcome: 'blocked' });
  });

  test('hears of the resources that it may read, and of no others', async () => {
    const answers = askable({});
    const open = await world.ask('legacy', 'asking', 'touch', { uri: 'open://a' }, answers);
    const secret = await world.ask('legacy', 'asking', 'touch', { uri: 'secret://a' }, answers);
    expect(answers.updated).toEqual(['open://a']);
    expect(open.entries.some(({ facts }) => facts['refused'] === true)).toBe(false);
    expect(secret.entries.filter(({ facts }) => facts['refused'] === true)).toHaveLength(1);
  });
});

describe('a modern client', () => {
  test('cannot listen to a resource that it may not read', async () => {
    const listen = async (uri: string) => {
      const abort = new AbortController();
      const response = await fetch(product.urlOf('asking'), {
        method: 'POST',
        signal: abort.signal,
        headers: {
          authorization: `Bearer ${await product.token('ci-deployer', 'asking')}`,
          accept: 'application/json, text/event-stream',
          'content-type': 'application/json',
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': 'subscriptions/listen',
        },
        body: JSON.stringify({
          jsonrpc: '2.0',
          id: 1,
          method: 'subscriptions/listen',
          params: {
            notifications: { toolsListChanged: true, resourceSubscriptions: [uri] },
            _meta: {
              'io.modelcontextprotocol/protocolVersion': '2026-07-28',
              'io.modelcontextprotocol/clientCapabilities': {},
            },
          },
        }),
      });
      const { value } = (await response.body?.getReader().read()) ?? {};
      abort.abort();
      return Buffer.from(value ?? []).toString('utf8');
    };
    expect(await listen('open://a')).toContain('notifications/subscriptions/acknowledged');
    const refused = await listen('secret://a');
    expect(JSON.parse(refused)).toMatchObject({ error: { data: { 'dev.countersign/outcome': { code: 'blocked' } } } });
  });
});
