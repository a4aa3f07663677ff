import { describe, expect, test } from 'vitest';
import { outcomeOf, type ToolResult } from '../support/caller.ts';
import { ModernClient } from '../support/modern-client.ts';
import { Product, unique } from '../support/product.ts';
import { approvalIdOf } from '../support/slack.ts';

const product = new Product();
const setting = (value: string) => ({ service: 'payments', key: 'checkout.banner', value });

async function rawClient(client = 'ci-deployer', connection = 'quick'): Promise<ModernClient> {
  return new ModernClient(product.urlOf(connection), await product.token(client, connection));
}

describe('a modern caller without tasks', () => {
  test('waits through several legs by itself, and gets its answer', async () => {
    const caller = await product.caller('ci-deployer', 'quick');
    const value = unique('legs');
    const answer = caller.call('apply_config', setting(value));
    const card = await product.slack.cardWith(value);
    await product.untilStory(approvalIdOf(card), (story) => count(story, 'call.held') >= 3);
    await product.slack.click('sre-1', card, 'approve');
    expect(JSON.stringify((await answer).content)).toContain(value);
    expect(await product.executionsWith(value)).toBe(1);
    expect(await product.slack.cardsOf(approvalIdOf(card))).toHaveLength(1);
    await caller.close();
  });

  test('is told to call again after ten legs, since SDK clients come back no oftener', async () => {
    const client = await rawClient('ci-deployer', 'hasty');
    const value = unique('long');
    let result = await client.callTool('apply_config', setting(value));
    let legs = 0;
    for (; result['resultType'] === 'input_required'; legs += 1) {
      expect(result).not.toHaveProperty('inputRequests');
      result = await client.callTool('apply_config', setting(value), { requestState: result['requestState'] });
    }
    expect(legs).toBe(10);
    expect(outcomeOf(result as ToolResult)).toMatchObject({ code: 'pending', retryable: true });
    expect(await product.slack.cardWith(value)).toBeDefined();
  });
});

describe('a requestState of the gateway', () => {
  test('is good for one return, of the same caller, with the same call, and nobody can make one', async () => {
    const [client, stranger] = await Promise.all([rawClient(), rawClient('ci-reader')]);
    const value = unique('state');
    const { requestState } = await client.callTool('apply_config', setting(value));
    const state = String(requestState);
    const refused = async (by: ModernClient, brought: string, args = setting(value), answers = {}) => {
      const params = { name: 'apply_config', arguments: args, requestState: brought, inputResponses: answers };
      const { message } = await by.request('tools/call', params, 'apply_config');
      return (message['error'] as { code: number } | undefined)?.code;
    };
    const altered = `${state.slice(0, -2)}${state.endsWith('AA') ? 'BB' : 'AA'}`;
    expect(await refused(client, altered)).toBe(-32602);
    expect(await refused(client, state, setting(unique('other')))).toBe(-32602);
    expect(await refused(stranger, state)).toBe(-32602);
    const next = await client.callTool('apply_config', setting(value), { requestState: state });
    expect(next['resultType']).toBe('input_required');
    expect(await refused(client, state)).toBe(-32602);
    expect(await refused(client, String(next['requestState']), setting(value), { confirm: 'yes' })).toBe(-32602);
  });

  test('leads back to the same card when a policy was loaded in between', async () => {
    const client = await rawClient();
    const value = unique('reloaded');
    const { requestState } = await client.callTool('apply_config', setting(value));
    const added = `  - name: just-added\n    upstream: { url: 'http://127.0.0.1:9/mcp' }\n`;
    const rule = `  - id: just-added\n    match: { connection: just-added }\n    decision: allow\n`;
    const restore = await product.configure(
      (before) => before.replace('connections:\n', `connections:\n${added}`) + rule,
      'just-added',
    );
    try {
      const answer = client.callTool('apply_config', setting(value), { requestState });
      await product.slack.click('sre-1', await product.slack.cardWith(value), 'approve');
      expect((await answer)['isError']).toBeFalsy();
      expect(await product.executionsWith(value)).toBe(1);
      const cases = await product.query(`select from countersign.approval where request::text like '%' || $1 || '%'`, [
        value,
      ]);
      expect(cases).toHaveLength(1);
    } finally {
      await restore();
    }
  });

  test('is taken out of what the server sees', async () => {
    const client = await rawClient();
    const value = unique('stripped');
    const { requestState } = await client.callTool('apply_config', setting(value));
    const answer = client.callTool('apply_config', setting(value), { requestState });
    await product.slack.click('sre-1', await product.slack.cardWith(value), 'approve');
    expect((await answer)['isError']).toBeFalsy();
    expect(await product.executionsWith(value)).toBe(1);
  });
});

function count(story: readonly string[], line: string): number {
  return story.filter((each) => each === line).length;
}
