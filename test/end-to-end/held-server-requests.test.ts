import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askable, connectAskableLegacy, type Askable } from '../support/askable-caller.ts';
import { AskingWorld } from '../support/asking-world.ts';
import { outcomeOf, type ToolResult } from '../support/caller.ts';
import { eventually } from '../support/eventually.ts';
import { ModernClient } from '../support/modern-client.ts';
import { Product, unique } from '../support/product.ts';
import { approvalIdOf, isOpen } from '../support/slack.ts';

const product = new Product();
let world: AskingWorld;

beforeAll(async () => {
  world = await AskingWorld.open(product);
});

afterAll(() => world.close());

describe('a held call', () => {
  test('asks its caller what its server asks, once it is approved and runs', async () => {
    const answers = askable({ name: unique('name') }, unique('model'));
    const caller = await world.caller('legacy', 'everything-held', answers);
    for (const [tool, args, said] of [
      ['trigger-elicitation-request', {}, answers.content['name']],
      ['trigger-sampling-request', { prompt: unique('prompt') }, answers.modelSays],
    ] as const) {
      const before = answers.asked.length;
      const answer = caller.call(tool, args, { onProgress: () => undefined });
      const card = await eventually('a card', async () =>
        (await product.slack.cards()).findLast((each) => isOpen(each) && JSON.stringify(each).includes(tool)),
      );
      expect(answers.asked).toHaveLength(before);
      await product.slack.click('sre-1', card, 'approve');
      expect(JSON.stringify(await answer)).toContain(said);
      expect(answers.asked).toHaveLength(before + 1);
      const story = await product.story(approvalIdOf(card));
      expect(story.indexOf('message.relayed to_caller')).toBeGreaterThan(story.indexOf('call.executing executing'));
    }
    await caller.close();
  });

  test('of a modern client goes on with what its server asks, and needs no other approval for it', async () => {
    const name = unique('name');
    const answers = askable({ name });
    const { answer, card, close } = await heldCall('ask_person', { field: 'name' }, answers);
    expect(answers.asked).toEqual([]);
    await product.slack.click('sre-1', card, 'approve');
    expect((await answer).isError).toBeFalsy();
    expect(answers.asked).toHaveLength(1);
    expect(world.received).toContain(name);
    await close();
  });

  test('of a modern client ends as withheld when its server asks for what is blocked', async () => {
    const answers = askable({});
    const { answer, card, close } = await heldCall('ask_model', { prompt: unique('prompt') }, answers);
    await product.slack.click('sre-1', card, 'approve');
    const result = await answer;
    expect(outcomeOf(result)?.code).toBe('withheld');
    expect(JSON.stringify(result)).toContain('serverRequests.sampling is block');
    expect(answers.asked).toEqual([]);
    await close();
  });

  test('does not go on when policy asks for more by then than it was approved by', async () => {
    const connection = 'asking-held';
    const token = await product.token('ci-deployer', connection);
    const client = new ModernClient(product.urlOf(connection), token, { elicitation: {} });
    const [field, name] = [unique('field'), unique('name')];
    const call = (more = {}) => client.callTool('ask_person', { field }, more);
    const asked = call();
    await product.slack.click('sre-1', await product.slack.cardWith(field), 'approve');
    const { requestState, inputRequests } = await asked;
    const inputResponses = Object.fromEntries(
      Object.keys(inputRequests as object).map((key) => [key, { action: 'accept', content: { [field]: name } }]),
    );
    const needsTwo = `
  - id: asking-held-needs-two
    match: { connection: ${connection}, tool: ask_person }
    decision: require_approval
    approval: { groups: [sre], quorum: 2, expires: 10m, grant: 10m }
`;
    const marker = '  - name: asking-needs-two\n    upstream: { url: env:OPS_URL }\n';
    const restore = await product.configure(
      (before) => before.replace('connections:\n', `connections:\n${marker}`) + needsTwo,
      'asking-needs-two',
    );
    try {
      const refused = await call({ requestState, inputResponses });
      expect(outcomeOf(refused as ToolResult)).toMatchObject({ code: 'expired', reason: 'policy asks for more now' });
      expect(world.received).not.toContain(name);
    } finally {
      await restore();
    }
  });

  async function heldCall(tool: string, args: Record<string, unknown>, answers: Askable) {
    const caller = await world.caller('modern', 'asking-held', answers);
    const answer = caller.call(tool, args, { onProgress: () => undefined });
    const card = await eventually('a card', async () =>
      (await product.slack.cards()).findLast((each) => isOpen(each) && JSON.stringify(each).includes(tool)),
    );
    return { answer, card, close: () => caller.close() };
  }

  test('is not approved by anything that its own caller accepts', async () => {
    const url = product.urlOf('ops');
    const token = await product.token('ci-deployer', 'ops');
    const caller = await connectAskableLegacy(url, token, askable({}));
    const value = unique('accepted');
    const setting = { service: 'payments', key: 'checkout.banner', value };
    const answer = caller.call('apply_config', setting, { onProgress: () => undefined });
    const card = await product.slack.cardWith(value);
    const approvalId = approvalIdOf(card);
    const open = await product.story(approvalId);
    // Whatever id a client might take for the approval's: its own calls', the case's, any.
    for (const id of [0, 1, 2, 3, approvalId]) {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          accept: 'application/json, text/event-stream',
          'content-type': 'application/json',
          'mcp-session-id': caller.sessionId ?? '',
          'mcp-protocol-version': '2025-11-25',
        },
        body: JSON.stringify({
          jsonrpc: '2.0',
          id,
          result: { action: 'accept', content: { approve: true, approvalId } },
        }),
      });
      await response.text();
    }
    const { result } = await world.ask(
      'legacy',
      'asking',
      'ask_person',
      { field: 'approve' },
      askable({ approve: approvalId }),
    );
    expect(result.isError).toBeFalsy();
    expect(await product.story(approvalId)).toEqual(open);
    expect(isOpen(await product.slack.card(approvalId))).toBe(true);
    expect(await product.executionsWith(value)).toBe(0);
    await product.slack.deny('sre-1', card, 'end of this test');
    expect(outcomeOf(await answer)?.code).toBe('denied');
    await caller.close();
  });
});
