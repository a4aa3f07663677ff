import { createServer as createNetServer, type AddressInfo } from 'node:net';
import { App, HTTPReceiver, LogLevel } from '@slack/bolt';
import { WebAPIPlatformError, WebAPIRateLimitedError, WebClient } from '@slack/web-api';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSlackSim } from '../../infra/dev/slack-sim/server.ts';
import { createApp } from '../../slack-app/app.ts';
import { webClientOptions } from '../../slack-app/outbound/client.ts';
import type { Cases } from '../../slack-app/listeners/cases.ts';
import { FastifyReceiver } from '../../slack-app/receiver/fastify-receiver.ts';
import { createServer } from '../../slack-app/receiver/server.ts';
import { renderCard } from '../../slack-app/render/card.ts';
import { wrapLogger } from '../../slack-app/slack-logger.ts';
import { viewWith } from '../unit/slack-app/fixtures.ts';
import { createTestSigner } from '../unit/slack-app/slack-world.ts';
import { botToken, cardBlocks, channel, reasonModal, signingSecret } from '../unit/infra/slack-sim/sim-world.ts';

const silent = pino({ level: 'silent' });
const teamId = 'TSIMCOUNTERSIGN';
const now = (): number => performance.timeOrigin + performance.now();

interface Standing {
  readonly sim: FastifyInstance;
  readonly url: string;
  readonly client: WebClient;
  readonly stop: () => Promise<void>;
}

/** The stand-in on a real port, delivering to an app on `appPort`. */
async function startSim(appPort: number): Promise<Standing> {
  const requestUrl = `http://127.0.0.1:${String(appPort)}/slack/events`;
  let ids = 0;
  const newId = (): string => `ID${String((ids += 1)).padStart(8, '0')}`;
  const settings = { requestUrl, signingSecret, botToken, channelId: channel, teamId };
  const sim = createSlackSim(
    { ...settings, publicUrl: undefined, postsPerSecond: undefined },
    { now, newId, log: silent },
  );
  const url = await sim.listen({ host: '127.0.0.1', port: 0 });
  const client = new WebClient(botToken, { ...webClientOptions(`${url}/api/`, wrapLogger(silent)), timeout: 400 });
  return { sim, url, client, stop: () => sim.close() };
}

async function act<T = Record<string, unknown>>(standing: Standing, path: string, body: unknown): Promise<T> {
  const response = await fetch(`${standing.url}/_sim/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return (await response.json()) as T;
}

async function read<T>(standing: Standing, path: string): Promise<T> {
  return (await (await fetch(`${standing.url}/_sim/${path}`)).json()) as T;
}

/** Posts as the SDK does and returns the message's ts. */
async function post(
  { client }: Standing,
  message: { readonly text: string; readonly blocks: unknown },
): Promise<string> {
  const posted = await client.apiCall('chat.postMessage', { channel, ...message });
  return 'ts' in posted && typeof posted.ts === 'string' ? posted.ts : '';
}

interface ClickResult {
  readonly httpStatus: number;
  readonly delivered: boolean;
  readonly view?: { readonly id: string; readonly callback_id: string };
}

describe('a Bolt app as Slack’s documentation has it', () => {
  const appPort = freePort();
  let standing: Standing;
  let app: App;
  let heard: string[];

  beforeAll(async () => {
    const port = await appPort;
    standing = await startSim(port);
    const slackApiUrl = `${standing.url}/api/`;
    const receiver = new HTTPReceiver({ signingSecret, port, logLevel: LogLevel.ERROR });
    app = new App({ receiver, token: botToken, logLevel: LogLevel.ERROR, clientOptions: { slackApiUrl } });
    app.action('approve', async ({ ack, body, client }) => {
      heard.push(`approve by ${body.user.id}`);
      await ack();
      await client.chat.postEphemeral({ channel, user: body.user.id, text: 'counted' });
    });
    app.action('deny', async ({ ack, body, client }) => {
      await ack();
      if (body.type !== 'block_actions') return;
      await client.views.open({ trigger_id: body.trigger_id, view: reasonModal as never });
    });
    app.view('deny', async ({ ack, body, view }) => {
      const reason = view.state.values['reason']?.['reason']?.value ?? '';
      if (reason.length < 5) return ack({ response_action: 'errors', errors: { reason: 'At least 5 characters.' } });
      heard.push(`deny by ${body.user.id}: ${reason}`);
      return ack({ response_action: 'clear' });
    });
    app.command('/approvals', ({ ack, command }) => ack(`nothing for ${command.text}`));
    await app.start(port);
  });

  beforeEach(async () => {
    heard = [];
    await act(standing, 'reset', {});
  });

  afterAll(async () => {
    await app.stop();
    await standing.stop();
  });

  const deny = { type: 'button', action_id: 'deny', text: { type: 'plain_text', text: 'Deny…' } };
  const blocks = [...cardBlocks, { type: 'actions', elements: [deny] }];

  async function postCard(): Promise<string> {
    return post(standing, { text: 'a card', blocks });
  }

  it('hears a click and answers it privately', async () => {
    const ts = await postCard();
    const result = await act<ClickResult>(standing, 'click', { user: 'sre-1', channel, ts, action_id: 'approve' });
    expect(result).toMatchObject({ delivered: true, httpStatus: 200 });
    expect(heard).toEqual(['approve by USIMSRE1']);
    await expect.poll(() => read(standing, 'ephemerals?user=USIMSRE1')).toMatchObject([{ text: 'counted' }]);
  });

  it('opens a modal, sends its errors back, and closes it at last', async () => {
    const ts = await postCard();
    const { view } = await act<ClickResult>(standing, 'click', { user: 'sre-2', channel, ts, action_id: 'deny' });
    expect(view).toMatchObject({ callback_id: 'deny' });
    const submit = (reason: string) =>
      act(standing, 'submit', { user: 'sre-2', view_id: view?.id, values: { reason: { reason } } });
    const refused = { response_action: 'errors', errors: { reason: 'At least 5 characters.' } };
    expect(await submit('no')).toMatchObject(refused);
    expect(await read(standing, 'views?user=sre-2')).toHaveLength(1);
    expect(await submit('not on a Friday')).toMatchObject({ httpStatus: 200, response_action: 'clear' });
    expect(await read(standing, 'views?user=sre-2')).toEqual([]);
    expect(heard).toEqual(['deny by USIMSRE2: not on a Friday']);
  });

  it('answers a command', async () => {
    await act(standing, 'command', { user: 'dba-1', command: '/approvals', text: 'list' });
    expect(await read(standing, 'ephemerals?user=dba-1')).toMatchObject([{ text: 'nothing for list' }]);
  });

  it('refuses a request whose body was changed on the way', async () => {
    await act(standing, 'faults', { kind: 'tamper_body', count: 1 });
    const ts = await postCard();
    const result = await act<ClickResult>(standing, 'click', { user: 'sre-1', channel, ts, action_id: 'approve' });
    expect(result.httpStatus).toBe(401);
    expect(heard).toEqual([]);
  });

  it('has its errors from the Web API as from Slack', async () => {
    const missing = standing.client.chat.update({ channel, ts: '1.000000', text: 'x' });
    await expect(missing).rejects.toSatisfy((error) => {
      return error instanceof WebAPIPlatformError && error.data.error === 'message_not_found';
    });
    await act(standing, 'faults', { kind: 'rate_limit', count: 1 });
    await expect(standing.client.auth.test()).rejects.toSatisfy((error) => {
      return error instanceof WebAPIRateLimitedError && error.retryAfter === 1;
    });
  });

  it('does not learn of a message that was posted before the answer got lost', async () => {
    await act(standing, 'faults', { kind: 'timeout_after_success', count: 1 });
    await expect(postCard()).rejects.toThrow();
    expect(await read(standing, 'messages')).toHaveLength(1);
  });
});

describe('our own Slack app', () => {
  let standing: Standing;
  let server: FastifyInstance;
  const decided: string[] = [];
  const cases: Cases = {
    decide: async (workflowId) => {
      decided.push(workflowId);
    },
    read: async () => viewWith(),
  };

  beforeAll(async () => {
    const { signer } = await createTestSigner();
    const port = await freePort();
    standing = await startSim(port);
    server = createServer(() => undefined);
    const clock = (): Date => new Date(now());
    createApp({
      receiver: new FastifyReceiver(server, { signingSecret, now: clock, log: silent, slackLog: wrapLogger(silent) }),
      listeners: {
        cases,
        signer,
        channel: 'slack-sim',
        channelId: channel,
        now: clock,
        answerWithinMs: 2_200,
        log: silent,
      },
      botToken,
      apiUrl: `${standing.url}/api/`,
    });
    await server.listen({ host: '127.0.0.1', port });
  });

  beforeEach(async () => {
    decided.length = 0;
    await act(standing, 'reset', {});
  });

  afterAll(async () => {
    await server.close();
    await standing.stop();
  });

  async function postCard(): Promise<string> {
    const card = renderCard(viewWith(), 'slack-sim');
    return post(standing, { text: card.text, blocks: card.blocks });
  }
  const click = async (action_id: string, user = 'sre-1') =>
    act<ClickResult>(standing, 'click', { user, channel, ts: await postCard(), action_id });

  it('records an approval before it acknowledges the click', async () => {
    expect(await click('approve')).toMatchObject({ httpStatus: 200 });
    expect(decided).toHaveLength(1);
  });

  it('shows a review that has everything of the case', async () => {
    const { view } = await click('review');
    expect(view).toBeDefined();
    const shown = () => read<{ submit: { text: string } | null }[]>(standing, 'views?user=sre-1');
    await expect.poll(async () => (await shown())[0]?.submit?.text).toBe('Approve');
  });

  it('asks for a reason and records the denial with it', async () => {
    const { view } = await click('deny');
    const values = { reason: { reason: 'Not before the release.' } };
    const submitted = await act(standing, 'submit', { user: 'sre-1', view_id: view?.id, values });
    expect(submitted).toMatchObject({ httpStatus: 200 });
    expect(decided).toHaveLength(1);
    expect(await read(standing, 'views?user=sre-1')).toEqual([]);
  });

  it.each(['old_timestamp', 'future_timestamp', 'tamper_body'])('refuses a request with %s', async (kind) => {
    await act(standing, 'faults', { kind, count: 1 });
    expect(await click('approve')).toMatchObject({ delivered: true, httpStatus: 401 });
    expect(decided).toEqual([]);
  });
});

/** A port nobody listens on just now. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createNetServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
