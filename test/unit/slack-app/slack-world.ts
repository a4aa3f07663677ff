import { createHmac } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { compactVerify, decodeProtectedHeader, exportJWK, generateKeyPair, type CryptoKey } from 'jose';
import { pino } from 'pino';
import { createApp } from '../../../slack-app/app.ts';
import { createFactsSigner, type FactsSigner } from '../../../slack-app/identity/signer.ts';
import type { Cases } from '../../../slack-app/listeners/cases.ts';
import { FastifyReceiver } from '../../../slack-app/receiver/fastify-receiver.ts';
import { createServer } from '../../../slack-app/receiver/server.ts';
import { wrapLogger } from '../../../slack-app/slack-logger.ts';
import type { ApprovalView, SignedDecision } from '../../../workflows/contract/approval.ts';
import { cardChannel, homeTeam, viewWith } from './fixtures.ts';
import { SlackCapture } from './slack-capture.ts';

export const signingSecret = 'signing-secret-of-a-test';
export const botToken = ['xoxb', 'test'].join('-');
/** The clock of the app under test. */
export const appTime = new Date('2026-11-24T13:55:00.000Z');

/** Temporal as listeners see it: keeps what it is given, and answers as the test says. */
class FakeCases implements Cases {
  readonly decisions: { readonly workflowId: string; readonly decision: SignedDecision }[] = [];
  onDecide: () => Promise<void> = () => Promise.resolve();
  onRead: () => Promise<ApprovalView> = () => Promise.resolve(viewWith());

  async decide(workflowId: string, decision: SignedDecision): Promise<void> {
    this.decisions.push({ workflowId, decision });
    await this.onDecide();
  }

  read(): Promise<ApprovalView> {
    return this.onRead();
  }
}

export interface SlackWorld {
  readonly server: FastifyInstance;
  readonly slack: SlackCapture;
  readonly cases: FakeCases;
  readonly signer: FactsSigner;
  readonly publicKey: CryptoKey;
  readonly logLines: string[];
  stop(): Promise<void>;
}

/** The real receiver, Bolt and listeners; Slack's Web API is captured over HTTP, Temporal is a fake port. */
export async function startSlackWorld(answerWithinMs = 1_000): Promise<SlackWorld> {
  const slack = await SlackCapture.start();
  slack.answer('views.open', { ok: true, view: { id: 'V0VIEW' } });
  const cases = new FakeCases();
  const { signer, publicKey } = await createTestSigner();
  const logLines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => logLines.push(line) });
  const now = (): Date => appTime;
  const server = createServer(() => undefined);
  server.post('/mcp', (request) => ({ seen: request.body }));
  createApp({
    receiver: new FastifyReceiver(server, { signingSecret, now, log, slackLog: wrapLogger(log) }),
    listeners: { cases, signer, channel: 'slack', channelId: cardChannel, now, answerWithinMs, log },
    botToken,
    apiUrl: slack.apiUrl,
  });
  await server.ready();
  const stop = async (): Promise<void> => {
    await server.close();
    await slack.stop();
  };
  return { server, slack, cases, signer, publicKey, logLines, stop };
}

export async function createTestSigner(): Promise<{ signer: FactsSigner; publicKey: CryptoKey; jwkText: string }> {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { extractable: true });
  const jwkText = JSON.stringify({ ...(await exportJWK(privateKey)), kid: 'decisions-1' });
  return { signer: await createFactsSigner(jwkText), publicKey, jwkText };
}

export async function openProof(proof: string, key: CryptoKey): Promise<{ header: object; facts: unknown }> {
  const { payload } = await compactVerify(proof, key);
  return { header: decodeProtectedHeader(proof), facts: JSON.parse(new TextDecoder().decode(payload)) };
}

export interface Delivery {
  readonly contentType?: string;
  /** Seconds by which Slack's stamp differs from the app's clock. */
  readonly stampedLaterBy?: number;
  readonly secret?: string;
  /** Changes the body after it was signed. */
  readonly tamper?: (body: string) => string;
}

const form = 'application/x-www-form-urlencoded';

/** Delivers bytes as Slack does: signed, with its two headers. */
export async function deliver(
  { server }: SlackWorld,
  body: string,
  { contentType = form, stampedLaterBy = 0, secret = signingSecret, tamper = (same) => same }: Delivery = {},
): Promise<{ status: number; body: string }> {
  const timestamp = String(Math.floor(appTime.getTime() / 1_000) + stampedLaterBy);
  const signature = `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
  const response = await server.inject({
    method: 'POST',
    url: '/slack/events',
    headers: {
      'content-type': contentType,
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': signature,
    },
    payload: tamper(body),
  });
  return { status: response.statusCode, body: response.body };
}

export function interactive(payload: object): string {
  return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
}

const sre = { id: 'U0SRE1', username: 'sre-1', name: 'sre-1', team_id: homeTeam };
const common = { api_app_id: 'A0APP', token: 'unused', team: { id: homeTeam, domain: 'home' }, enterprise: null };

/** What Slack sends for a pressed button. */
export function clickPayload(actionId: string, value: string): object {
  return {
    ...common,
    type: 'block_actions',
    user: sre,
    is_enterprise_install: false,
    trigger_id: '1.2.abc',
    response_url: 'https://hooks.slack.com/actions/none',
    container: { type: 'message', message_ts: '1763992200.000100', channel_id: cardChannel, is_ephemeral: false },
    channel: { id: cardChannel, name: 'approvals' },
    message: { type: 'message', ts: '1763992200.000100', text: 'card' },
    state: { values: {} },
    actions: [
      {
        type: 'button',
        action_id: actionId,
        block_id: 'apr',
        value,
        action_ts: '1763992500.1',
        text: { type: 'plain_text', text: actionId },
      },
    ],
  };
}

/** What Slack sends for a submitted modal. */
export function submissionPayload(callbackId: string, privateMetadata: string, reason: string | null): object {
  const state = { values: { reason: { reason: { type: 'plain_text_input', value: reason } } } };
  return {
    ...common,
    type: 'view_submission',
    user: sre,
    is_enterprise_install: false,
    trigger_id: '1.2.abc',
    response_urls: [],
    view: {
      id: 'V0VIEW',
      type: 'modal',
      callback_id: callbackId,
      private_metadata: privateMetadata,
      state,
      blocks: [],
    },
  };
}
