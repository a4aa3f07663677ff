import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { describe, expect, test } from 'vitest';
import { askable, connectAskable } from '../support/askable-caller.ts';
import { outcomeOf, type ToolResult } from '../support/caller.ts';
import { Product, unique } from '../support/product.ts';

const product = new Product();

/** Secrets of forms the mask knows, one for each field of a message, so that a leak names its field. */
function canaryKey(index: number): string {
  const tail = unique('').replaceAll('-', '').toUpperCase().slice(0, 14);
  return ['AK', 'IA', `${tail}${String(index).padStart(2, 'Z')}`].join('');
}

describe('a secret in any field of a call', () => {
  test('is found nowhere: not in histories, the database, logs or Slack', async () => {
    const canaries = Array.from({ length: 13 }, (_unused, index) => canaryKey(index));
    const [value, key, reason, meta, denied, blocked, answered, name, ...purposes] = canaries;
    const control = unique('control');
    const caller = await product.caller();

    const held = caller.call(
      'apply_config',
      { service: 'payments', key: `k ${key} ${control}`, value: `token ${value}`, reason: `because ${reason}` },
      { onProgress: () => undefined },
    );
    const card = await product.slack.cardWith('REDACTED', 'apply_config');
    await product.slack.click('sre-1', card, 'approve');
    expect(JSON.stringify(await held)).not.toContain(value);

    const refused = caller.call(
      'apply_config',
      { service: 'search', key: 'a', value: `secret ${denied}`, extra: { deep: [meta] } },
      { onProgress: () => undefined },
    );
    const second = await product.slack.cardWith('search', 'REDACTED');
    await product.slack.deny('sre-1', second, 'a reason that is long enough');
    await refused;

    await caller.call('run_sql', { sql: `drop table x -- ${blocked}` });
    await caller.call(`no_such_tool`, { [`field ${name}`]: `x ${answered}` });
    await caller.close();
    await saysWhy(purposes);

    const places = {
      ...(await histories()),
      ...(await tables()),
      ...(await logs()),
      slack: JSON.stringify(await product.slack.cards()),
    };
    expect(Object.keys(places).length).toBeGreaterThan(10);
    // The search does find what is no secret, so that an empty result means something.
    const found = Object.entries(places).filter(([, text]) => text.includes(control));
    expect(found.map(([place]) => place.split(' ')[0])).toEqual(expect.arrayContaining(['history', 'table']));
    const leaks = Object.entries(places).flatMap(([place, text]) =>
      canaries.flatMap((canary, index) => (text.includes(canary ?? '-') ? [`canary ${index} in ${place}`] : [])),
    );
    expect(leaks).toEqual([]);
  });
});

/** Calls that say why in every way there is, each with a secret of its own. They are held, and their cards are read. */
async function saysWhy([meta, ticket, header, argument, answer]: readonly string[]): Promise<void> {
  const added = (before: string) => before.replace('connections:\n', `connections:\n${whyConnection}`) + whyRule;
  const restore = await product.configure(added, 'why');
  const service = unique('why');
  try {
    const said = { 'dev.countersign/reason': `look ${meta}`, 'dev.countersign/ticket': `T ${ticket}` };
    await holdFor(service, { key: 'meta' }, said);
    await holdFor(service, { key: 'header' }, {}, { 'evidence-reason': encodeURIComponent(`look ${header}`) });
    await holdFor(service, { key: 'argument', _reason: `look ${argument}` });
    const answers = askable({ reason: `look ${answer}` });
    const person = await connectAskable(product.urlOf('why'), await product.token('ci-deployer', 'why'), answers);
    const held = person.call('apply_config', { service, key: 'person', value: 'v' });
    for (const key of ['meta', 'header', 'argument', 'person']) {
      const card = await product.slack.cardWith(service, `\\"${key}\\"`);
      expect(JSON.stringify(card)).toContain('look [REDACTED:');
      await product.slack.click('sre-1', card, 'approve');
    }
    await held;
    await person.close();
  } finally {
    await restore();
  }
}

const whyConnection = `
  - name: why
    upstream: { url: env:OPS_URL, credential: { bearer: env:OPS_MCP_TOKEN } }
    pendingAfter: 1s
    purpose: { argument: true, ask: true }
`;
const whyRule = `
  - id: why-is-asked
    match: { connection: why, tool: apply_config, claims: { groups: deployers } }
    decision: require_approval
    purpose: required
    approval: { groups: [sre], quorum: 1, expires: 10m, grant: 10m }
`;

async function holdFor(
  service: string,
  args: Record<string, unknown>,
  meta: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<void> {
  const token = await product.token('ci-deployer', 'why');
  const client = new Client({ name: 'test', version: '1' });
  const requestInit = { headers: { authorization: `Bearer ${token}`, ...headers } };
  // The SDK's own declaration does not fit exactOptionalPropertyTypes.
  await client.connect(new StreamableHTTPClientTransport(new URL(product.urlOf('why')), { requestInit }));
  const result = await client.callTool({
    name: 'apply_config',
    arguments: { service, value: 'v', ...args },
    _meta: meta,
  });
  expect(outcomeOf(result as ToolResult)).toMatchObject({ code: 'pending' });
  await client.close();
}

async function histories(): Promise<Record<string, string>> {
  return product.withTemporal(async (temporal) => {
    const found: Record<string, string> = {};
    for await (const { workflowId, runId } of temporal.workflow.list()) {
      const handle = temporal.workflow.getHandle(workflowId, runId);
      const history = historyToJSON(await handle.fetchHistory());
      const payloads = [...history.matchAll(/"data":\s*"([A-Za-z0-9+/=]+)"/g)];
      const clear = payloads.map(([, data]) => Buffer.from(data ?? '', 'base64').toString('utf8')).join('\n');
      found[`history of ${workflowId}`] = `${history}\n${clear}\n${JSON.stringify(await handle.describe())}`;
    }
    return found;
  });
}

/** Every row of every table of ours, as text; bytes both as hexadecimal and as what they may spell. */
async function tables(): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const names = await product.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema in ('ledger', 'countersign') and table_type = 'BASE TABLE'`,
  );
  for (const { name } of names) {
    const rows = await product.query<{ text: string; bytes: string | null }>(`select t::text as text from ${name} t`);
    const texts = rows.map(
      ({ text }) =>
        `${text}\n${text.replaceAll(/\\x([0-9a-f]+)/g, (_all, hex: string) => Buffer.from(hex, 'hex').toString('latin1'))}`,
    );
    found[`table ${name}`] = texts.join('\n');
  }
  return found;
}

async function logs(): Promise<Record<string, string>> {
  const folder = product.world.logs;
  const files = (await readdir(folder)).filter((name) => /^(gateway|worker|slackApp)/.test(name));
  const entries = await Promise.all(
    files.map(async (name) => [`log ${name}`, await readFile(join(folder, name), 'utf8')] as const),
  );
  return Object.fromEntries(entries);
}
