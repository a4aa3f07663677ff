import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type pg from 'pg';

/** Where a text was found outside of the ledger's bodies, which the witness reads as they come. */
export async function findEverywhere(
  text: string,
  { pool, temporal, logs }: { pool: pg.Pool; temporal: Client; logs: string },
): Promise<string[]> {
  return [...(await inTables(text, pool)), ...(await inHistories(text, temporal)), ...(await inLogs(text, logs))];
}

async function inTables(text: string, pool: pg.Pool): Promise<string[]> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema in ('ledger', 'countersign') and table_type = 'BASE TABLE'`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    // Bytes are written as hexadecimal in a row's text.
    const { rowCount } = await pool.query(
      `select from ${name} t where strpos(t::text, $1) > 0 or strpos(t::text, $2) > 0 limit 1`,
      [text, Buffer.from(text).toString('hex')],
    );
    if ((rowCount ?? 0) > 0) found.push(`table ${name}`);
  }
  return found;
}

async function inHistories(text: string, temporal: Client): Promise<string[]> {
  const found: string[] = [];
  for await (const { workflowId, runId } of temporal.workflow.list()) {
    const history = historyToJSON(await temporal.workflow.getHandle(workflowId, runId).fetchHistory());
    const payloads = [...history.matchAll(/"data":\s*"([A-Za-z0-9+/=]+)"/g)];
    const clear = payloads.map(([, data]) => Buffer.from(data ?? '', 'base64').toString('utf8'));
    if (history.includes(text) || clear.some((payload) => payload.includes(text))) {
      found.push(`the history of ${workflowId}`);
    }
  }
  return found;
}

async function inLogs(text: string, folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => /^(gateway|worker|slackApp)/.test(name));
  const contents = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return names.filter((_name, index) => contents[index]?.includes(text) === true).map((name) => `log ${name}`);
}

/** Workflows that ended in a way that no case may end. A case that is over refuses a second workflow. */
export async function brokenWorkflows(temporal: Client): Promise<string[]> {
  const query = `ExecutionStatus in ('Failed', 'Terminated', 'TimedOut', 'Canceled')`;
  const broken: string[] = [];
  for await (const { workflowId, runId, status } of temporal.workflow.list({ query })) {
    const history = historyToJSON(await temporal.workflow.getHandle(workflowId, runId).fetchHistory());
    if (!history.includes('"CaseIsOver"')) broken.push(`${workflowId} is ${status.name}`);
  }
  return broken;
}

export async function runningWorkflows(temporal: Client): Promise<string[]> {
  const running: string[] = [];
  for await (const { workflowId } of temporal.workflow.list({ query: `ExecutionStatus = 'Running'` })) {
    running.push(workflowId);
  }
  return running;
}
