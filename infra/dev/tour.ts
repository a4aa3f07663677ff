import { Client as McpClient, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as TemporalClient, Connection } from '@temporalio/client';
import { Pool } from 'pg';
import { OUTCOME_META_KEY } from '../../workflows/contract/call.ts';
import { verifyLedger } from '../../workflows/evidence/verify.ts';
import { fetchAccessToken } from './access-token.ts';
import { readStartOptions, startHelp } from './start-options.ts';
import { progressPrinter } from './start-progress.ts';
import { press, untilCard } from './tour-slack.ts';
import type { WorldFile } from './world-file.ts';
import { startWorld } from './world.ts';

const callTimeoutMs = 120_000;
const logOrigin = 'countersign.local/evidence/default';

/** Whoever ends the tour, by hand or by ending the command that runs it, ends what it started. */
const stopping = new AbortController();
for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const) {
  process.on(event, () => stopping.abort());
}

/** One tour at a time writes what it saw; a check that does not hold ends it. */
let step = 0;
function shown(what: string, detail: string): void {
  step += 1;
  process.stdout.write(`${String(step).padStart(2)}. ✓ ${what}\n      ${detail}\n`);
}

function check(holds: boolean, what: string, seen: string): void {
  if (!holds) throw new Error(`The tour stops here: ${what} did not hold. Seen: ${seen}`);
}

interface ToolAnswer {
  readonly text: string;
  readonly outcome: { readonly code: string; readonly callId: string; readonly approvalId?: string } | undefined;
}

async function connectCaller(world: WorldFile): Promise<McpClient> {
  const token = await fetchAccessToken(world, 'ci-deployer', 'ops');
  shown('A CI caller has an access token', `for ${world.connections['ops'] ?? ''}, by client credentials`);
  const client = new McpClient({ name: 'countersign-tour', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  await client.connect(
    new StreamableHTTPClientTransport(new URL(world.connections['ops'] ?? ''), {
      requestInit: { headers: { authorization: `Bearer ${token}` } },
    }),
  );
  return client;
}

async function callTool(client: McpClient, name: string, args: Record<string, unknown>): Promise<ToolAnswer> {
  const result = await client.callTool(
    { name, arguments: args },
    { timeout: callTimeoutMs, onprogress: () => undefined, resetTimeoutOnProgress: true },
  );
  const text = result.content.map((block) => (block.type === 'text' ? block.text : '')).join(' ');
  return { text, outcome: result._meta?.[OUTCOME_META_KEY] as ToolAnswer['outcome'] };
}

async function showUngated(client: McpClient): Promise<void> {
  const { tools } = await client.listTools();
  check(tools.length > 0, 'the list of tools', 'none');
  shown(
    'It lists the tools of a server that it reaches only through the gateway',
    tools.map(({ name }) => name).join(', '),
  );
  const config = await callTool(client, 'get_config', { service: 'payments' });
  check(
    config.outcome === undefined && config.text.includes('[REDACTED:'),
    'masking of an allowed answer',
    config.text,
  );
  const masked = [...new Set(config.text.match(/\[REDACTED:[a-z_]+\]/g) ?? [])];
  shown('It reads a configuration; secrets and personal data are masked', masked.join(' '));
  const blocked = await callTool(client, 'run_sql', { sql: 'DROP TABLE customers' });
  check(blocked.outcome?.code === 'blocked', 'blocking a dangerous command', blocked.text);
  shown('A dangerous command is blocked before anybody is asked', blocked.text);
}

async function showApproval(world: WorldFile, client: McpClient): Promise<string> {
  const value = `tour-${String(process.pid)}`;
  const args = { service: 'payments', key: 'checkout.banner', value };
  const answer = callTool(client, 'apply_config', args);
  answer.catch(() => undefined);
  const card = await untilCard(world, value);
  const approvalId = /apr_[0-9a-f-]{36}/.exec(JSON.stringify(card))?.[0] ?? '';
  check(approvalId !== '', 'the approval id on the card', card.text);
  shown('A high-risk call waits; its card stands in Slack', card.text.split('\n')[0] ?? '');
  const click = await press(world, 'sre-1', card, 'approve');
  check(click.httpStatus === 200, 'the acknowledged click', JSON.stringify(click));
  shown(
    'sre-1 clicks Approve',
    `Slack was answered after ${String(Math.round(click.ackMs))} ms, when Temporal had the decision`,
  );
  const { text, outcome } = await answer;
  check(outcome === undefined && text.includes(value), 'the answer of the approved call', text);
  shown('The call ran once, and its answer arrived', text);
  return approvalId;
}

async function showHistory(world: WorldFile, approvalId: string): Promise<void> {
  const connection = await Connection.connect({ address: world.temporal.address });
  try {
    const temporal = new TemporalClient({ connection, namespace: world.temporal.namespace });
    const found = temporal.workflow.list({ query: `McpApproval = "${approvalId}"` });
    for await (const { workflowId } of found) {
      const handle = temporal.workflow.getHandle(workflowId);
      const outcome = (await handle.result()) as { code: string; receipt?: { callId: string } };
      check(outcome.code === 'answered', 'the outcome of the workflow', outcome.code);
      const recording = temporal.workflow.getHandle(`recording/${outcome.receipt?.callId ?? ''}`);
      const { events } = await recording.fetchHistory();
      const steps = (events ?? []).flatMap(
        (event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? [],
      );
      check(steps.join() === 'forwardAndRecord,release', 'the order of the recording', steps.join());
      shown(
        'Its workflow history shows it recorded, then released',
        `${workflowId.slice(0, 40)}…: ${steps.join(' → ')}`,
      );
      shown(
        'Anybody with access can look it up',
        `${world.temporal.ui}/namespaces/${world.temporal.namespace}/workflows`,
      );
      return;
    }
    check(false, 'the workflow of the approval', 'none');
  } finally {
    await connection.close();
  }
}

async function showRecord(world: WorldFile, approvalId: string): Promise<void> {
  const pool = new Pool({ connectionString: world.postgres.url, max: 1 });
  try {
    const { rows } = await pool.query<{ seq: string; kind: string }>(
      `select seq, kind from ledger.entry
       where approval_id = $1 or call_id in (select call_id from ledger.entry where approval_id = $1)
       order by seq`,
      [approvalId],
    );
    const kinds = rows.map(({ seq, kind }) => `${seq} ${kind}`);
    for (const kind of [
      'request.received',
      'approval.opened',
      'approval.decided',
      'call.executing',
      'response.recorded',
    ]) {
      check(
        kinds.some((line) => line.endsWith(kind)),
        `the entry ${kind}`,
        kinds.join(', '),
      );
    }
    shown('The ledger tells the whole story', kinds.join(' · '));
    const logs = await verifyLedger(pool, logOrigin);
    const faults = logs.flatMap((log) => log.faults.map(({ says }) => says));
    check(logs.length > 0 && faults.length === 0, 'the verification of the ledger', faults.join(' '));
    const log = logs.at(-1);
    shown(
      'Recomputed from its bytes alone, it is dense and unaltered',
      `${String(log?.size)} entries, root ${log?.root ?? ''}`,
    );
  } finally {
    await pool.end();
  }
}

async function tour(args: readonly string[]): Promise<void> {
  const options = readStartOptions(args, process.env);
  if (options.help) {
    process.stdout.write(`npm run tour -- [options]\n${startHelp}`);
    return;
  }
  process.stdout.write('Starting Countersign on this machine for a tour\n');
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const world = await startWorld({
    portBase: options.portBase,
    fresh: options.fresh,
    ...(options.configFile === undefined ? {} : { configFile: options.configFile }),
    onProgress: progressPrinter(print, options.quiet),
    signal: stopping.signal,
  });
  try {
    await Promise.race([visit(world.file()), aborted(stopping.signal)]);
    process.stdout.write('\nAll of it held. `npm start` leaves the same world running for you.\n');
  } finally {
    await world.stop();
  }
}

async function visit(file: WorldFile): Promise<void> {
  const client = await connectCaller(file);
  await showUngated(client);
  const approvalId = await showApproval(file, client);
  await client.close();
  await showHistory(file, approvalId);
  await showRecord(file, approvalId);
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('The tour was ended.')));
  });
}

try {
  await tour(process.argv.slice(2));
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
