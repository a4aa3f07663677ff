import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { outcomeOf } from '../support/caller.ts';
import { startChangingServer, type ChangingServer, type ListedTool } from '../support/changing-server.ts';
import { ModernClient, type JsonObject } from '../support/modern-client.ts';
import { Product, unique } from '../support/product.ts';
import { approvalIdOf } from '../support/slack.ts';
import { TaskClient } from '../support/task-client.ts';

const product = new Product();

const tool = (name: string, annotations: ListedTool['annotations']): ListedTool => ({
  name,
  description: `Does ${name}.`,
  inputSchema: { type: 'object', properties: { value: { type: 'string' } } },
  ...(annotations === undefined ? {} : { annotations }),
});

let server: ChangingServer;
let restoreConfig: () => Promise<void>;
beforeAll(async () => {
  server = await startChangingServer([
    tool('look', { readOnlyHint: true }),
    tool('wipe', { destructiveHint: true, readOnlyHint: false, openWorldHint: false }),
    tool('silent', undefined),
  ]);
  const change = (before: string) => before.replace('connections:\n', `connections:\n${connections()}`) + rules;
  restoreConfig = await product.configure(change, 'language-wary');
});
afterAll(async () => {
  await restoreConfig();
  await server.close();
});

const connections = (): string =>
  `  - name: language-trusting\n    upstream: { url: '${server.url}' }\n    trustAnnotations: true\n` +
  `  - name: language-tasks\n    upstream: { url: '${server.url}' }\n` +
  `  - name: language-wary\n    upstream: { url: '${server.url}' }\n`;
const rules = `
  - id: language-looking-is-free
    match: { connection: language-*, annotations: { readOnlyHint: true } }
    decision: allow
  - id: language-destroying-needs-sre
    match: { connection: language-*, annotations: { destructiveHint: true } }
    decision: require_approval
    approval: { groups: [sre], quorum: 1, expires: 10m, grant: 10m }
  - id: language-watched
    match: { connection: language-*, time: { tz: Pacific/Auckland, inside: Mon-Sun } }
    decision: block
    mode: shadow
  - id: language-open-world
    match: { connection: language-tasks, annotations: { openWorldHint: true } }
    decision: block
  - id: language-agents
    match: { connection: language-*, tool: wipe, delegated: true }
    decision: block
`;

async function listed(connection: string): Promise<unknown[]> {
  const modern = new ModernClient(product.urlOf(connection), await product.token('ci-deployer', connection));
  const names: unknown[] = [];
  for (let cursor: unknown = 0; cursor !== undefined;) {
    const { message } = await modern.request('tools/list', cursor === 0 ? {} : { cursor });
    const { tools, nextCursor } = message['result'] as { tools: JsonObject[]; nextCursor?: string };
    names.push(...tools.map(({ name }) => name));
    cursor = nextCursor;
  }
  return names;
}

async function factsOf(kind: string, connection: string, name: string): Promise<JsonObject[]> {
  const rows = await product.query<{ facts: JsonObject }>(
    `select convert_from(entry, 'UTF8')::jsonb -> 'facts' as facts from ledger.entry
     where kind = $1 and connection = $2 and tool = $3 order by seq`,
    [kind, connection, name],
  );
  return rows.map(({ facts }) => facts);
}

describe('what a server says of its tools', () => {
  test('allows a call only where its word is trusted, and what it leaves out restricts one', async () => {
    expect(await listed('language-trusting')).toEqual(['look', 'wipe', 'silent']);
    expect(await listed('language-wary')).toEqual(['wipe', 'silent']);
    const trusting = await product.caller('ci-deployer', 'language-trusting');
    const wary = await product.caller('ci-deployer', 'language-wary');
    expect((await trusting.call('look', { value: 'a' })).isError).toBeFalsy();
    expect(outcomeOf(await wary.call('look', { value: 'a' }))).toMatchObject({ code: 'blocked' });
    await Promise.all([trusting.close(), wary.close()]);
  });
});

describe('a task of a tool whose server says what kind it is', () => {
  test('is judged by that again before it runs, and runs', async () => {
    await listed('language-tasks');
    const token = await product.token('ci-deployer', 'language-tasks');
    const client = new TaskClient(product.urlOf('language-tasks'), token);
    const task = await client.start('wipe', { value: unique('task') });
    await product.slack.click('sre-1', await product.slack.card(task.taskId.slice(0, 40)), 'approve');
    expect(await client.settled(task.taskId)).toMatchObject({
      status: 'completed',
      result: { resultType: 'complete' },
    });
    expect((await client.get(task.taskId)).result?.['isError']).toBeFalsy();
  });
});

describe('a rule that is only watched', () => {
  test('blocks nothing, and stands in the record of the call', async () => {
    const caller = await product.caller('ci-deployer', 'language-trusting');
    expect((await caller.call('look', { value: unique('watched') })).isError).toBeFalsy();
    expect((await factsOf('request.received', 'language-trusting', 'look')).at(-1)).toMatchObject({
      ruleIds: ['language-looking-is-free'],
      shadow: [{ ruleId: 'language-watched', decision: 'block' }],
    });
    await caller.close();
  });
});

describe('a held call', () => {
  test('says on its card and in its record what every rule had to do with it, in the same words', async () => {
    await listed('language-trusting');
    const caller = await product.caller('ci-deployer', 'language-trusting');
    const value = unique('explained');
    const held = caller.call('wipe', { value }, { onProgress: () => undefined });
    const card = await product.slack.cardWith(value);
    const shown = JSON.stringify(card);
    expect(shown).toContain(
      'language-destroying-needs-sre asks for approval: the connection is language-trusting; the server says destructiveHint: true.',
    );
    expect(shown).toContain('language-watched (shadow, decides nothing) would block it: ');
    expect(shown).toContain('language-agents would block it, but nobody acts for the caller.');
    await product.slack.deny('sre-1', card, 'end of this test');
    expect(outcomeOf(await held)?.code).toBe('denied');

    const [stored] = await product.query<{ request: JsonObject }>(
      'select request from countersign.approval where id = $1',
      [approvalIdOf(card)],
    );
    const [opened] = await factsOf('approval.opened', 'language-trusting', 'wipe');
    expect(opened?.['explanation']).toEqual(stored?.request['explanation']);
    expect(opened?.['explanation']).toMatchObject([
      { id: 'language-destroying-needs-sre', decision: 'require_approval' },
      { id: 'language-watched', decision: 'block', mode: 'shadow' },
      { id: 'language-agents', decision: 'block', mismatch: 'nobody acts for the caller' },
      { id: 'language-looking-is-free', decision: 'allow', mismatch: 'the server says readOnlyHint: false' },
    ]);
    await caller.close();
  });
});
