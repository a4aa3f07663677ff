import { beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { installInspector, inspector } from '../support/clients/inspector.ts';
import { installPackages, pythonSdk } from '../support/clients/python.ts';
import type { RealClient, Seen } from '../support/clients/real-client.ts';
import { sdkV1, sdkV2 } from '../support/clients/typescript-sdk.ts';
import { Product, unique } from '../support/product.ts';
import { approvalIdOf, isOpen, type Card } from '../support/slack.ts';

const product = new Product();
const installMsMax = 10 * 60_000;
/** Shorter than any hold, and long enough for everything that comes before the call. */
const impatientMs = 3_000;
const attemptsMax = 10;

const clients: readonly RealClient[] = [sdkV1(), sdkV2('auto'), pythonSdk('auto'), inspector('legacy')];

beforeAll(async () => {
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  await installPackages(say);
  await installInspector(say);
}, installMsMax);

async function ask(
  client: RealClient,
  connection: string,
  tool: string,
  args: Readonly<Record<string, string>>,
  timeoutMs?: number,
): Promise<Seen> {
  const token = await product.token('ci-deployer', connection);
  const clock = timeoutMs === undefined ? {} : { timeoutMs };
  return client.call({ url: product.urlOf(connection), token, tool, arguments: args, ...clock });
}

const setBanner = (client: RealClient, connection: string, value: string, timeoutMs?: number) =>
  ask(client, connection, 'apply_config', { service: 'payments', key: 'checkout.banner', value }, timeoutMs);

/** Calls again as often as a user is told to. A slow machine may say "pending" to a call that is approved. */
async function setBannerUntilDone(client: RealClient, connection: string, value: string): Promise<Seen> {
  for (let attempt = 1; ; attempt += 1) {
    const seen = await setBanner(client, connection, value);
    if (seen.kind === 'error' || seen.outcome?.code !== 'pending' || attempt === attemptsMax) return seen;
  }
}

async function approve(card: Card): Promise<void> {
  expect(await product.slack.click('sre-1', card, 'approve')).toMatchObject({ delivered: true, httpStatus: 200 });
}

/** What a person does with the card of this value as soon as it is there. */
async function decide(value: string, decision: (card: Card) => Promise<unknown>): Promise<Card> {
  const card = await product.slack.cardWith(value);
  await decision(card);
  return card;
}

async function expectDoneOnce(seen: Seen, value: string, approvalId: string): Promise<void> {
  expect(seen).toMatchObject({ kind: 'result', isError: false, outcome: undefined });
  expect('text' in seen ? seen.text : '').toContain(value);
  expect(await product.executionsWith(value)).toBe(1);
  expect(await product.slack.cardsOf(approvalId)).toHaveLength(1);
  // A closed card no longer shows arguments, so one that does would be of a second case.
  const cards = await product.slack.cards();
  expect(cards.filter((card) => JSON.stringify(card).includes(value))).toEqual([]);
}

describe.concurrent.each(clients.map((client) => [client.name, client] as const))('%s, unmodified', (_name, client) => {
  test('reads what policy allows, masked', async () => {
    const seen = await ask(client, 'ops', 'get_config', { service: 'payments' });
    expect(seen).toMatchObject({ kind: 'result', isError: false, outcome: undefined });
    expect('text' in seen ? seen.text : '').toContain('[REDACTED:');
  });

  test('is told that policy blocks a call, and by which rule', async () => {
    const marker = unique('blocked').replaceAll('-', '_');
    const seen = await ask(client, 'ops', 'run_sql', { sql: `DROP TABLE ${marker}` });
    expect(seen).toMatchObject({
      kind: 'result',
      isError: true,
      outcome: { code: 'blocked', rule: 'destructive-sql' },
    });
    expect(await product.executionsWith(marker)).toBe(0);
  });

  test('waits for an approval and has the answer', async () => {
    const value = unique('client-approve');
    const [seen, card] = await Promise.all([setBanner(client, 'ops', value), decide(value, approve)]);
    await expectDoneOnce(seen, value, approvalIdOf(card));
  });

  test('waits, is denied, and reads the reason', async () => {
    const value = unique('client-deny');
    const deny = (card: Card) => product.slack.deny('sre-1', card, 'Not during the freeze');
    const [seen] = await Promise.all([setBanner(client, 'ops', value), decide(value, deny)]);
    expect(seen).toMatchObject({ kind: 'result', isError: true, outcome: { code: 'denied' } });
    expect('text' in seen ? seen.text : '').toContain('Not during the freeze');
    expect(await product.executionsWith(value)).toBe(0);
  });

  test('is told "pending", and the same call again has the answer', async () => {
    const value = unique('client-pending');
    const pending = await setBanner(client, 'hasty', value);
    const card = await product.slack.cardWith(value);
    expect(pending).toMatchObject({
      kind: 'result',
      isError: true,
      outcome: { code: 'pending', retryable: true, approvalId: approvalIdOf(card) },
    });
    await approve(card);
    await product.slack.card(approvalIdOf(card), (each) => !isOpen(each));
    expect(await product.executionsWith(value)).toBe(0);
    await expectDoneOnce(await setBannerUntilDone(client, 'hasty', value), value, approvalIdOf(card));
  });

  test('gives up by its own clock, and the same call again finds its case: one card, one execution', async () => {
    const value = unique('client-timeout');
    const lost = await setBanner(client, 'ops', value, impatientMs);
    expect(lost).toMatchObject({ kind: 'error', message: expect.stringMatching(/timed? ?out|time ran out/i) });
    const card = await product.slack.cardWith(value);
    expect(await product.executionsWith(value)).toBe(0);
    const approveBoth = async () => {
      await eventually('the second call waits for the case of the first', async () => {
        const story = await product.story(approvalIdOf(card));
        return story.filter((line) => line === 'call.held').length === 2 ? true : undefined;
      });
      await approve(card);
    };
    const [seen] = await Promise.all([setBanner(client, 'ops', value), approveBoth()]);
    await expectDoneOnce(seen, value, approvalIdOf(card));
  });
});
