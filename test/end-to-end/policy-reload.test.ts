import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fetchAccessToken } from '../../infra/dev/access-token.ts';
import { outcomeOf, type ToolResult } from '../support/caller.ts';
import { eventually } from '../support/eventually.ts';
import { ModernClient, type JsonObject } from '../support/modern-client.ts';
import { Product, unique } from '../support/product.ts';
import { approvalIdOf, isOpen, type Card } from '../support/slack.ts';
import { TaskClient } from '../support/task-client.ts';

const product = new Product();
const run = promisify(execFile);
const waits = { onProgress: () => undefined };
const setting = (value: string) => ({ service: 'payments', key: 'checkout.banner', value });

/** A connection of its own, so that no other test feels what becomes of its rules. */
const connection = 'reloaded';
const upstream = 'upstream: { url: env:OPS_URL, credential: { bearer: env:OPS_MCP_TOKEN } }';
const base = `
  - id: reloaded-needs-sre
    match: { connection: ${connection}, tool: apply_config, claims: { groups: deployers } }
    decision: require_approval
    approval: { groups: [sre], quorum: 1, expires: 10m, grant: 10m }
`;
const blocks = `
  - id: reloaded-frozen
    match: { connection: ${connection}, tool: apply_config }
    decision: block
    reason: Settings are frozen.
`;
const needsTwo = `
  - id: reloaded-needs-two
    match: { connection: ${connection}, tool: apply_config }
    decision: require_approval
    approval: { groups: [sre], quorum: 2, expires: 10m, grant: 10m }
`;
const allows = (text: string) =>
  text.replace(base, base.replace('decision: require_approval', 'decision: allow').replace(/ {4}approval.*\n/, ''));
const elsewhere = `
  - id: unrelated
    match: { connection: ${connection}, tool: nothing-of-that-name }
    decision: block
`;

let versions = 0;
/** Has the product judge by another version until the returned function is called. */
async function reload(change: (text: string) => string): Promise<() => Promise<void>> {
  const marker = `reloaded-${(versions += 1)}`;
  const withMarker = (text: string) =>
    text.replace('connections:\n', `connections:\n  - name: ${marker}\n    ${upstream}\n`);
  return product.configure((before) => withMarker(change(before)), marker);
}
const adding = (rules: string) => reload((text) => text + rules);

let restore: () => Promise<void>;
beforeAll(async () => {
  const own = `  - name: ${connection}\n    ${upstream}\n    pendingAfter: 2s\n`;
  restore = await product.configure(
    (before) => before.replace('connections:\n', `connections:\n${own}`) + base,
    connection,
  );
});
afterAll(() => restore());

async function factsOf(kind: string, approvalId: string): Promise<JsonObject[]> {
  const rows = await product.query<{ facts: JsonObject }>(
    `select convert_from(entry, 'UTF8')::jsonb -> 'facts' as facts from ledger.entry
     where kind = $1 and approval_id = $2 order by seq`,
    [kind, approvalId],
  );
  return rows.map(({ facts }) => facts);
}

const lastDigest = async (): Promise<unknown> => {
  const [row] = await product.query<{ digest: string }>(
    `select policy_digest as digest from countersign.gateway_instance
     where policy_digest is not null order by policy_since desc limit 1`,
  );
  return row?.digest;
};

async function casesWith(value: string): Promise<number> {
  return (await product.query(`select from countersign.approval where request::text like '%' || $1 || '%'`, [value]))
    .length;
}

const openCardWith = (value: string, not: Card): Promise<Card> =>
  eventually('another card', async () =>
    (await product.slack.cards()).findLast(
      (each) => JSON.stringify(each).includes(value) && approvalIdOf(each) !== approvalIdOf(not) && isOpen(each),
    ),
  );

describe('an approval whose policy changes before its call runs', () => {
  test('does not run what is blocked by then: its caller, the card and the record say so', async () => {
    const caller = await product.legacyCaller('ci-deployer', connection);
    const value = unique('frozen');
    const answer = caller.call('apply_config', setting(value), waits);
    const card = await product.slack.cardWith(value);
    const openedUnder = await lastDigest();
    const undo = await adding(blocks);
    try {
      const frozenBy = await lastDigest();
      await product.slack.click('sre-1', card, 'approve');
      const outcome = outcomeOf(await answer);
      expect(outcome).toMatchObject({ code: 'blocked', rule: 'reloaded-frozen', reason: 'Settings are frozen.' });
      expect(JSON.stringify((await answer).content)).toContain('policy has changed since. Nothing ran.');
      const approvalId = approvalIdOf(card);
      await product.untilEnded(approvalId);
      expect(await product.story(approvalId)).toEqual(
        expect.arrayContaining(['call.closed blocked', 'approval.closed blocked']),
      );
      const expected = { policyDigest: frozenBy, ruleIds: ['reloaded-frozen'], why: 'Settings are frozen.' };
      expect(await factsOf('approval.closed', approvalId)).toMatchObject([expected]);
      expect(await factsOf('approval.opened', approvalId)).toMatchObject([{ policyDigest: openedUnder }]);
      expect(openedUnder).not.toBe(frozenBy);
      const closed = await product.slack.card(approvalId, (each) => !isOpen(each));
      expect(JSON.stringify(closed)).toContain('nothing ran, policy has changed since: Settings are frozen.');
      expect(await product.executionsWith(value)).toBe(0);
    } finally {
      await undo();
      await caller.close();
    }
  });

  test('does not run it either when its caller comes back for it', async () => {
    const caller = await product.legacyCaller('ci-deployer', connection);
    const value = unique('comes-back');
    const pending = await caller.call('apply_config', setting(value));
    expect(outcomeOf(pending)).toMatchObject({ code: 'pending' });
    const card = await product.slack.cardWith(value);
    await product.slack.click('sre-1', card, 'approve');
    await product.untilStory(approvalIdOf(card), (story) => story.includes('approval.decided approve'));
    const undo = await adding(blocks);
    try {
      const outcome = outcomeOf(await caller.call('apply_config', setting(value)));
      expect(outcome).toMatchObject({ code: 'blocked', rule: 'reloaded-frozen' });
    } finally {
      await undo();
    }
    expect(await product.executionsWith(value)).toBe(0);
    // The case is open still, under the version it was opened under: once policy lets it, it runs.
    expect(JSON.stringify((await caller.call('apply_config', setting(value), waits)).content)).toContain(value);
    expect(await product.executionsWith(value)).toBe(1);
    expect(await product.slack.cardsOf(approvalIdOf(card))).toHaveLength(1);
    await caller.close();
  });

  test('does not run a task that is blocked by then', async () => {
    const client = new TaskClient(product.urlOf(connection), await product.token('ci-deployer', connection));
    const value = unique('frozen-task');
    const task = await client.start('apply_config', setting(value));
    const undo = await adding(blocks);
    try {
      await product.slack.click('sre-1', await product.slack.card(task.taskId), 'approve');
      const done = await client.settled(task.taskId);
      expect(outcomeOf(done.result as ToolResult)).toMatchObject({ code: 'blocked', reason: 'Settings are frozen.' });
      expect(await product.story(task.taskId)).toContain('call.closed blocked');
      expect(await product.executionsWith(value)).toBe(0);
    } finally {
      await undo();
    }
  });

  test('is not enough when policy asks for more by then, and asks anew for all of it', async () => {
    const caller = await product.legacyCaller('ci-deployer', connection);
    const value = unique('needs-two');
    const answer = caller.call('apply_config', setting(value), waits);
    const card = await product.slack.cardWith(value);
    const undo = await adding(needsTwo);
    try {
      await product.slack.click('sre-1', card, 'approve');
      const refused = outcomeOf(await answer);
      expect(refused).toMatchObject({ code: 'expired', retryable: true });
      expect(refused?.reason).toBe('policy asks for more now: approval by 2 people, and has 1');
      expect(await product.executionsWith(value)).toBe(0);
      const again = caller.call('apply_config', setting(value), waits);
      const next = await openCardWith(value, card);
      await product.slack.click('sre-1', next, 'approve');
      await product.slack.click('sre-2', next, 'approve');
      expect(JSON.stringify((await again).content)).toContain(value);
      expect(await product.executionsWith(value)).toBe(1);
    } finally {
      await undo();
      await caller.close();
    }
  });

  test('runs under its grant when policy allows it by then, and the record names both versions', async () => {
    const caller = await product.legacyCaller('ci-deployer', connection);
    const value = unique('allowed');
    const answer = caller.call('apply_config', setting(value), waits);
    const card = await product.slack.cardWith(value);
    const openedUnder = await lastDigest();
    const undo = await reload(allows);
    try {
      await product.slack.click('sre-1', card, 'approve');
      expect(JSON.stringify((await answer).content)).toContain(value);
      const policyDigest = await lastDigest();
      expect(policyDigest).not.toBe(openedUnder);
      expect(await factsOf('call.executing', approvalIdOf(card))).toMatchObject([{ openedUnder, policyDigest }]);
    } finally {
      await undo();
      await caller.close();
    }
  });

  test('lets a caller that waits in legs through when policy allows it by its next return', async () => {
    const client = new ModernClient(product.urlOf(connection), await product.token('ci-deployer', connection));
    const value = unique('allowed-leg');
    const { requestState } = await client.callTool('apply_config', setting(value));
    expect(requestState).toMatch(/^countersign/);
    const undo = await reload(allows);
    try {
      const answer = await client.callTool('apply_config', setting(value), { requestState });
      expect(JSON.stringify(answer['content'])).toContain(value);
      expect(await product.executionsWith(value)).toBe(1);
    } finally {
      await undo();
    }
  });

  test('opens no second card for a caller that waits in legs while policy asks for the same', async () => {
    const client = new ModernClient(product.urlOf(connection), await product.token('ci-deployer', connection));
    const value = unique('same-leg');
    const { requestState } = await client.callTool('apply_config', setting(value));
    const card = await product.slack.cardWith(value);
    const undo = await adding(elsewhere);
    try {
      await product.slack.click('sre-1', card, 'approve');
      const answer = await client.callTool('apply_config', setting(value), { requestState });
      expect(JSON.stringify(answer['content'])).toContain(value);
      expect(await casesWith(value)).toBe(1);
    } finally {
      await undo();
    }
  });

  test('is found again by an identical call when nothing changed that is asked of it', async () => {
    const caller = await product.legacyCaller('ci-deployer', connection);
    const value = unique('unrelated');
    await caller.call('apply_config', setting(value));
    const card = await product.slack.cardWith(value);
    const undo = await adding(elsewhere);
    try {
      const answer = caller.call('apply_config', setting(value), waits);
      await product.untilStory(
        approvalIdOf(card),
        (story) => story.filter((each) => each === 'call.held').length === 2,
      );
      await product.slack.click('sre-1', card, 'approve');
      expect(JSON.stringify((await answer).content)).toContain(value);
      expect(await casesWith(value)).toBe(1);
    } finally {
      await undo();
      await caller.close();
    }
  });
});

describe('versions of the policy', () => {
  const countersign = async (...args: string[]): Promise<string> => {
    const token = await fetchAccessToken(product.world, 'operator', 'api');
    const env = { ...process.env, COUNTERSIGN_TOKEN: token, COUNTERSIGN_URL: product.world.gateway.url };
    return (await run('node', ['--import', 'tsx', 'gateway/cli/main.ts', 'policy', ...args], { env })).stdout;
  };

  test('are listed, shown and compared by operators, and a digest is that of its document', async () => {
    const before = String(await lastDigest());
    const undo = await adding(blocks);
    const after = String(await lastDigest());
    await undo();
    const { policies } = JSON.parse(await countersign('versions', '--json')) as { policies: JsonObject[] };
    expect(policies.map(({ digest }) => digest)).toEqual(expect.arrayContaining([before, after]));
    const inForce = policies.filter(({ gateways }) => (gateways as unknown[]).length > 0);
    expect(inForce.map(({ digest }) => digest)).toEqual([before]);
    const shown = JSON.parse(await countersign('show', after.slice(0, 12), '--json')) as { document: string };
    expect(hash('sha256', shown.document, 'hex')).toBe(after);
    expect(shown.document).not.toContain('example.com');
    expect(await countersign('diff', before.slice(0, 8), after)).toContain('added    rule reloaded-frozen');
  });

  test('are for operators only', async () => {
    const token = await fetchAccessToken(product.world, 'ci-deployer', 'api');
    for (const path of ['policies', `policies/${String(await lastDigest())}`]) {
      const url = `${product.world.gateway.url}/api/v1/${path}`;
      expect((await fetch(url)).status).toBe(401);
      expect((await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status).toBe(403);
    }
  });

  test('do not take effect while the ledger is away, and do once it is back', async () => {
    const before = await lastDigest();
    const thaw = await product.freezePostgres();
    let undo: Promise<() => Promise<void>>;
    try {
      undo = adding(blocks);
      await eventually('the gateway has tried to record it', async () =>
        (await readFile(join(product.world.logs, 'gateway.log'), 'utf8')).includes('cannot be recorded yet')
          ? true
          : undefined,
      );
      // A connection that only it has is not served.
      const { status } = await fetch(product.urlOf(`reloaded-${versions}`), { method: 'POST' });
      expect(status).toBe(404);
    } finally {
      thaw();
    }
    const restoreRules = await undo;
    expect(await lastDigest()).not.toBe(before);
    await restoreRules();
  });
});
