import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client as TemporalClient, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { fetchAccessToken } from '../../../infra/dev/access-token.ts';
import type { WorldFile } from '../../../infra/dev/world-file.ts';
import { startWorld } from '../../../infra/dev/world.ts';
import { connectLegacy, type Caller } from '../../support/caller.ts';
import { eventually } from '../../support/eventually.ts';
import { TaskClient } from '../../support/task-client.ts';
import { Slack } from '../../support/slack.ts';

/**
 * Saves a history of each way a case can go: `node --import tsx test/integration/histories/save.ts RELEASE`.
 * Run it when a release ships; `replay.test.ts` replays all of them against the workflows as they are now.
 */
const release = process.argv[2];
if (release === undefined) throw new Error('Say for which release: save.ts 0.1.0');
const waits = { onProgress: () => undefined };
const setting = (value: string) => ({ service: 'payments', key: 'checkout.banner', value });

const home = await mkdtemp(join(tmpdir(), 'countersign-histories-'));
const world = await startWorld({ portBase: 18_400, home, configFile: 'test/end-to-end/extra.yaml' });
try {
  await run(world.file());
  await save(world.file());
} finally {
  await world.stop();
  await rm(home, { recursive: true, force: true });
}
process.exit(0);

async function run(file: WorldFile): Promise<void> {
  const slack = new Slack(file);
  const ops = await caller(file, 'ops');
  const approved = ops.call('apply_config', setting('approved'), waits);
  await slack.click('sre-1', await slack.cardWith('approved'), 'approve');
  await approved;
  const denied = ops.call('apply_config', setting('denied'), waits);
  await slack.deny('sre-1', await slack.cardWith('denied'), 'not during the freeze');
  await denied;
  const reason = 'two people';
  const restarted = ops.call('restart_service', { service: 'search', reason }, waits);
  const card = await slack.cardWith(reason);
  await slack.click('owner-1', card, 'approve');
  await slack.note('owner-1', /service account you own/);
  await slack.click('sre-1', card, 'approve');
  await slack.click('sre-2', await slack.cardWith(reason, '1 of 2'), 'approve');
  await restarted;
  const brief = await caller(file, 'brief');
  await brief.call('apply_config', setting('expired'));
  const quick = await caller(file, 'quick');
  await quick.call('apply_config', setting('fetched'));
  await slack.click('sre-1', await slack.cardWith('fetched'), 'approve');
  await quick.call('apply_config', setting('fetched'));
  await Promise.all([ops.close(), brief.close(), quick.close()]);
  await runTasks(file, slack);
  await runUngated(file);
}

/** One that is answered, and one whose gateway is killed while it runs. */
async function runUngated(file: WorldFile): Promise<void> {
  const chronicled = await caller(file, 'chronicled');
  await chronicled.call('apply_config', setting('in a workflow'));
  chronicled.call('apply_config', { ...setting('lost'), rolloutSeconds: 20 }).catch(() => undefined);
  const connection = await Connection.connect({ address: file.temporal.address });
  const temporal = new TemporalClient({ connection, namespace: file.temporal.namespace });
  await eventually('it runs', async () => {
    const query = `WorkflowType = 'recordingWorkflow' and ExecutionStatus = 'Running'`;
    return (await temporal.workflow.count(query)).count > 0 ? true : undefined;
  });
  await connection.close();
  const [pid] = file.pids.gateway;
  if (pid !== undefined) process.kill(pid, 'SIGKILL');
}

async function runTasks(file: WorldFile, slack: Slack): Promise<void> {
  const client = new TaskClient(file.connections['ops'] ?? '', await fetchAccessToken(file, 'ci-deployer', 'ops'));
  const { taskId } = await client.start('apply_config', setting('as a task'));
  await slack.click('sre-1', await slack.cardWith('as a task'), 'approve');
  await client.settled(taskId);
  const denied = await client.start('apply_config', setting('no task'));
  await slack.deny('sre-1', await slack.cardWith('no task'), 'not during the freeze');
  await client.settled(denied.taskId);
}

async function caller(file: WorldFile, connection: string): Promise<Caller> {
  const url = file.connections[connection] ?? '';
  return connectLegacy(url, await fetchAccessToken(file, 'ci-deployer', connection));
}

async function save(file: WorldFile): Promise<void> {
  const connection = await Connection.connect({ address: file.temporal.address });
  const temporal = new TemporalClient({ connection, namespace: file.temporal.namespace });
  let count = 0;
  for await (const { workflowId, runId, type } of temporal.workflow.list()) {
    const handle = temporal.workflow.getHandle(workflowId, runId);
    await handle.result();
    count += 1;
    const history = historyToJSON(await handle.fetchHistory());
    const path = `test/integration/histories/${release}-${type}-${String(count)}.json`;
    await writeFile(path, `${JSON.stringify(JSON.parse(history))}\n`);
    process.stdout.write(`${path}\n`);
  }
  await connection.close();
}
