import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { CryptoKey } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findTemporalBinary } from '../../infra/dev/temporal-binary.ts';
import type { DecisionAttempt, LedgerActivities } from '../../workflows/contract/activities.ts';
import { APPROVAL_WORKFLOW, LEDGER_QUEUE, searchAttributes } from '../../workflows/contract/names.ts';
import { eventually } from '../support/eventually.ts';
import {
  approvalId,
  cardChannel,
  factsWith,
  homeTeam,
  requestWith,
  voteWith,
  workflowId,
} from '../unit/slack-app/fixtures.ts';
import { SlackCapture } from '../unit/slack-app/slack-capture.ts';
import {
  clickPayload,
  createTestSigner,
  interactive,
  openProof,
  signingSecret,
} from '../unit/slack-app/slack-world.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const card = { channel: cardChannel, ts: '1763992200.000100' };

let folder: string;
let temporal: TestWorkflowEnvironment;
let temporalStopped = false;
let slack: SlackCapture;
let publicKey: CryptoKey;
let app: ChildProcess;
let appUrl: string;
const attempts: DecisionAttempt[] = [];
let worker: Worker;
let working: Promise<void>;

/** A ledger that accepts everything: its own tests ask more of it. */
const ledger: Pick<LedgerActivities, 'openCase' | 'checkDecisionProof' | 'judgeDecision' | 'closeCase'> = {
  openCase: () => Promise.resolve(),
  checkDecisionProof: (signed) => Promise.resolve({ facts: factsWith({ decisionId: signed.decisionId }) }),
  judgeDecision: (attempt) => {
    attempts.push(attempt);
    return Promise.resolve({ accepted: true, vote: voteWith({ decisionId: attempt.signed.decisionId }) });
  },
  closeCase: () => Promise.resolve(),
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-slack-app-'));
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const { path: command } = await findTemporalBinary({
    cacheDir: join(repository, '.countersign', 'cache'),
    say: () => undefined,
  });
  const path = placeOf(command);
  temporal = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'existing-path', path }, searchAttributes: Object.values(searchAttributes) },
  });
  slack = await SlackCapture.start();
  slack.answer('auth.test', { ok: true, team_id: homeTeam, bot_id: 'B0OWN' });
  slack.answer('conversations.info', { ok: true, channel: { id: cardChannel } });
  slack.answer('chat.postMessage', { ok: true, ...card });
  slack.answer('users.info', {
    ok: true,
    user: {
      id: 'U0SRE1',
      team_id: homeTeam,
      deleted: false,
      is_email_confirmed: true,
      profile: { email: 'sre-1@example.com' },
    },
  });
  worker = await Worker.create({
    connection: temporal.nativeConnection,
    taskQueue: LEDGER_QUEUE,
    workflowsPath: join(repository, 'workflows/sandbox/index.ts'),
    activities: ledger,
  });
  working = worker.run();
  await startApp();
});

afterAll(async () => {
  app.kill('SIGKILL');
  await slack.stop();
  if (!temporalStopped) await stopTemporal();
  await rm(folder, { recursive: true, force: true });
});

/** The SDK starts a file, not a command that is looked up. */
function placeOf(command: string): string {
  const folders = command.includes('/') ? [] : (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, command)).find((path) => existsSync(path)) ?? command;
}

async function startApp(): Promise<void> {
  const keys = await createTestSigner();
  publicKey = keys.publicKey;
  const keyFile = join(folder, 'decision-key.json');
  await writeFile(keyFile, keys.jwkText, { mode: 0o600 });
  const port = 20_000 + (process.pid % 20_000);
  appUrl = `http://127.0.0.1:${port}`;
  app = spawn(process.execPath, ['--import', 'tsx', 'slack-app/main.ts'], {
    cwd: repository,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      LOG_LEVEL: 'error',
      TEMPORAL_ADDRESS: temporal.address,
      SLACK_BOT_TOKEN: ['xoxb', 'test'].join('-'),
      SLACK_SIGNING_SECRET: signingSecret,
      SLACK_CHANNEL: cardChannel,
      SLACK_TEAM: homeTeam,
      SLACK_API_URL: slack.apiUrl,
      APPROVALS_ALLOW_SIMULATOR: '1',
      COUNTERSIGN_SLACK_PORT: String(port),
      COUNTERSIGN_DECISION_SIGNING_KEY_FILE: keyFile,
    },
  });
  await eventually('the Slack app is ready', async () => ((await fetch(`${appUrl}/readyz`)).ok ? true : undefined));
}

async function stopTemporal(): Promise<void> {
  temporalStopped = true;
  worker.shutdown();
  await working;
  await temporal.teardown();
}

/** Presses a button of the card as Slack would, now. */
async function press(value: string): Promise<{ status: number; ms: number }> {
  const body = interactive(clickPayload('approve', value));
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const signature = `v0=${createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
  const began = performance.now();
  const response = await fetch(`${appUrl}/slack/events`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': signature,
    },
  });
  return { status: response.status, ms: performance.now() - began };
}

function approveValueOf(blocks: string): string | undefined {
  return /"action_id":"approve".*?"value":"([^"]+)"/.exec(blocks)?.[1];
}

it('posts the card, takes a click to the workflow, tells who clicked, and updates the card', async () => {
  const now = Date.now();
  const request = requestWith({
    openedAt: new Date(now).toISOString(),
    expiresAt: new Date(now + 60_000).toISOString(),
    rule: { ...requestWith().rule, grantTtlMs: 1_000 },
  });
  const handle = await temporal.client.workflow.start(APPROVAL_WORKFLOW, {
    taskQueue: LEDGER_QUEUE,
    workflowId,
    args: [request],
  });
  const posted = await eventually('a card', () => slack.callsOf('chat.postMessage')[0]);
  expect(posted['text']).toContain('LOCAL SLACK SIMULATOR');
  const value = approveValueOf(posted['blocks'] ?? '') ?? '';
  expect(value).toContain(approvalId);

  expect(await press(value)).toMatchObject({ status: 200 });
  const attempt = await eventually('a judged decision', () => attempts[0]);
  expect((await openProof(attempt.signed.proof, publicKey)).facts).toMatchObject({
    approvalId,
    decision: 'approve',
    channel: 'slack-sim',
    userId: 'U0SRE1',
  });
  expect((await openProof(attempt.identity, publicKey)).facts).toMatchObject({ email: 'sre-1@example.com' });

  const approved = await eventually('the approved card', () =>
    slack.callsOf('chat.update').find(({ blocks }) => blocks?.includes('Approved by Sasha')),
  );
  expect(approved).toMatchObject(card);
  expect(approved['blocks']).not.toContain('"actions"');

  await handle.result();
  expect(await press(value)).toMatchObject({ status: 200 });
  await eventually('a private note', () =>
    slack.callsOf('chat.postEphemeral').find(({ text }) => text?.includes('already decided')),
  );
});

it('does not acknowledge a click while Temporal is away, within Slack’s three seconds, and stops when told to', async () => {
  await stopTemporal();
  const { status, ms } = await press(`${approvalId}|1|9f3a11c207be|${workflowId}`);
  expect(status).toBe(503);
  expect(ms).toBeLessThan(3_000);
  await eventually('a private note', () =>
    slack.callsOf('chat.postEphemeral').find(({ text }) => text?.includes('Not recorded')),
  );
  expect((await fetch(`${appUrl}/livez`)).status).toBe(200);
  const ended = new Promise<number | null>((resolve) => app.once('exit', (code) => resolve(code)));
  app.kill('SIGTERM');
  expect(await ended).toBe(0);
});
