import { WebClient } from '@slack/web-api';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSlackActivities } from '../../../../slack-app/outbound/activities.ts';
import { webClientOptions } from '../../../../slack-app/outbound/client.ts';
import { wrapLogger } from '../../../../slack-app/slack-logger.ts';
import type { SlackActivities } from '../../../../workflows/contract/activities.ts';
import type { ApprovalView, CardRef } from '../../../../workflows/contract/approval.ts';
import { approvalId, cardChannel, factsWith, homeTeam, viewWith } from '../fixtures.ts';
import { SlackCapture } from '../slack-capture.ts';
import { appTime, botToken, createTestSigner, openProof } from '../slack-world.ts';

const posted = { channel: cardChannel, ts: '1763992200.000100' };

let slack: SlackCapture;
let activities: SlackActivities;
let time: Date;
let publicKey: Awaited<ReturnType<typeof createTestSigner>>['publicKey'];
beforeEach(async () => {
  time = appTime;
  slack = await SlackCapture.start();
  slack.answer('chat.postMessage', { ok: true, ...posted });
  const keys = await createTestSigner();
  publicKey = keys.publicKey;
  activities = createSlackActivities({
    client: new WebClient(botToken, webClientOptions(slack.apiUrl, wrapLogger(pino({ enabled: false })))),
    channelId: cardChannel,
    channel: 'slack',
    bot: { botId: 'B0OWN' },
    homeTeamId: homeTeam,
    signer: keys.signer,
    now: () => time,
  });
});
afterEach(() => slack.stop());

function sync(view: ApprovalView, card?: CardRef, attempt = 1): Promise<CardRef> {
  const quiet = { logger: new DefaultLogger('ERROR') };
  return new MockActivityEnvironment({ attempt }, quiet).run(() => activities.syncCard(view, card));
}

function methods(): string[] {
  return slack.calls.map((call) => call.method);
}

async function failureOf(work: Promise<unknown>): Promise<ApplicationFailure> {
  const error: unknown = await work.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ApplicationFailure);
  return error as ApplicationFailure;
}

describe('syncCard', () => {
  it('posts a card that names its case in metadata, and nothing else there', async () => {
    expect(await sync(viewWith())).toEqual(posted);
    const [message] = slack.callsOf('chat.postMessage');
    expect(message).toMatchObject({
      channel: cardChannel,
      mrkdwn: 'false',
      unfurl_links: 'false',
      link_names: 'false',
    });
    expect(JSON.parse(message?.['metadata'] ?? '')).toEqual({
      event_type: 'mcp_approval',
      event_payload: { approval_id: approvalId, revision: 3 },
    });
    expect(methods()).toEqual(['chat.postMessage']);
  });

  it('updates the card where it stands', async () => {
    expect(await sync(viewWith({ status: 'expired', revision: 4 }), posted)).toEqual(posted);
    expect(slack.callsOf('chat.update')[0]).toMatchObject({ ...posted, parse: 'none' });
    expect(methods()).toEqual(['chat.update']);
  });

  it('looks for the card it may have posted before, and adopts it instead of posting a second one', async () => {
    const metadata = { event_type: 'mcp_approval', event_payload: { approval_id: approvalId, revision: 2 } };
    const strangers = [
      { ts: '1.1', bot_id: 'B0OTHER', metadata },
      { ts: '1.2', bot_id: 'B0OWN', metadata: { ...metadata, event_payload: { approval_id: 'apr_other' } } },
    ];
    slack.answer('conversations.history', ({ cursor }) =>
      cursor === 'next'
        ? { ok: true, messages: [{ ts: posted.ts, bot_id: 'B0OWN', metadata }] }
        : { ok: true, messages: strangers, response_metadata: { next_cursor: 'next' } },
    );
    expect(await sync(viewWith(), undefined, 2)).toEqual(posted);
    expect(methods()).toEqual(['conversations.history', 'conversations.history', 'chat.update']);
    expect(slack.callsOf('conversations.history')[0]).toMatchObject({ include_all_metadata: 'true' });
  });

  it.each([
    { ok: true, messages: [] },
    { ok: false, error: 'missing_scope' },
  ])('posts on a second attempt when no card is to be found: %j', async (history) => {
    slack.answer('conversations.history', history);
    expect(await sync(viewWith(), undefined, 2)).toEqual(posted);
    expect(methods()).toEqual(['conversations.history', 'chat.postMessage']);
  });

  it('posts again when somebody deleted the card', async () => {
    slack.answer('chat.update', { ok: false, error: 'message_not_found' });
    expect(await sync(viewWith(), { channel: cardChannel, ts: '1.0' })).toEqual(posted);
  });

  it('never posts a second card with buttons when Slack refuses to update the first', async () => {
    slack.answer('chat.update', { ok: false, error: 'cant_update_message' });
    const failure = await failureOf(sync(viewWith(), posted));
    expect(failure).toMatchObject({ nonRetryable: true, type: 'Slack.cant_update_message' });
    expect(methods()).toEqual(['chat.update']);
  });

  it.each(['channel_not_found', 'invalid_blocks', 'token_revoked', 'not_in_channel'])(
    'does not try again what cannot succeed: %s',
    async (error) => {
      slack.answer('chat.postMessage', { ok: false, error });
      expect(await failureOf(sync(viewWith()))).toMatchObject({ nonRetryable: true, type: `Slack.${error}` });
    },
  );

  it('comes back when Slack says so', async () => {
    slack.answer('chat.postMessage', { status: 429, headers: { 'retry-after': '7' } });
    const failure = await failureOf(sync(viewWith()));
    expect(failure).toMatchObject({ type: 'SlackRateLimited', nextRetryDelay: 7_000 });
    expect(failure.nonRetryable).not.toBe(true);
    expect(slack.calls).toHaveLength(1);
  });

  it('gives each card that waits a time of its own, and asks Slack nothing before', async () => {
    slack.answer('chat.postMessage', { status: 429, headers: { 'retry-after': '1' } });
    const delays: unknown[] = [];
    for (const id of ['apr_a', 'apr_b', 'apr_c']) {
      const view = viewWith();
      const failure = await failureOf(sync({ ...view, request: { ...view.request, approvalId: id } }));
      expect(failure.type).toBe('SlackRateLimited');
      delays.push(failure.nextRetryDelay);
    }
    expect(delays).toEqual([1_000, 2_000, 3_000]);
    expect(methods()).toEqual(['chat.postMessage']);
  });

  it('posts the card when its time has come, without looking for one that Slack refused', async () => {
    slack.answer('chat.postMessage', { status: 429, headers: { 'retry-after': '1' } });
    await failureOf(sync(viewWith()));
    slack.answer('chat.postMessage', { ok: true, ...posted });
    time = new Date(appTime.getTime() + 1_000);
    expect(await sync(viewWith(), undefined, 2)).toEqual(posted);
    expect(methods()).toEqual(['chat.postMessage', 'chat.postMessage']);
  });

  it('looks for the card again when another attempt came between, whose end is not known here', async () => {
    slack.answer('chat.postMessage', { status: 429, headers: { 'retry-after': '1' } });
    slack.answer('conversations.history', { ok: true, messages: [] });
    await failureOf(sync(viewWith()));
    slack.answer('chat.postMessage', { ok: true, ...posted });
    time = new Date(appTime.getTime() + 1_000);
    expect(await sync(viewWith(), undefined, 3)).toEqual(posted);
    expect(methods()).toEqual(['chat.postMessage', 'conversations.history', 'chat.postMessage']);
  });

  it('leaves everything else to Temporal’s retries, with nothing of the card in the failure', async () => {
    slack.answer('chat.postMessage', { status: 500, headers: {} });
    const failure = await failureOf(sync(viewWith()));
    expect(failure.nonRetryable).not.toBe(true);
    expect(failure.message).toBe('Slack answered chat.postMessage with http_500.');
    expect(failure.cause).toBeUndefined();
  });
});

describe('identifyApprover', () => {
  const member = {
    id: 'U0SRE1',
    team_id: homeTeam,
    deleted: false,
    is_bot: false,
    is_email_confirmed: true,
    profile: { real_name: 'Sasha', email: 'sre-1@example.com' },
  };

  it('asks Slack each time and signs what it says', async () => {
    slack.answer('users.info', { ok: true, user: member });
    await activities.identifyApprover(factsWith());
    const proof = await activities.identifyApprover(factsWith());
    expect(slack.callsOf('users.info')).toHaveLength(2);
    expect(await openProof(proof, publicKey)).toEqual({
      header: { alg: 'EdDSA', typ: 'countersign-approver+jwt', kid: 'decisions-1' },
      facts: {
        decisionId: factsWith().decisionId,
        teamId: homeTeam,
        userId: 'U0SRE1',
        name: 'Sasha',
        email: 'sre-1@example.com',
        checkedAt: appTime.toISOString(),
      },
    });
  });

  it('refuses, signed, whom our workspace does not know', async () => {
    slack.answer('users.info', { ok: false, error: 'user_not_found' });
    const proof = await activities.identifyApprover(factsWith());
    expect((await openProof(proof, publicKey)).facts).toMatchObject({ refusal: 'other_team' });
  });

  it('waits for a repaired token rather than dropping a decision', async () => {
    slack.answer('users.info', { ok: false, error: 'token_revoked' });
    expect((await failureOf(activities.identifyApprover(factsWith()))).nonRetryable).not.toBe(true);
  });
});

it('tellApprover tells one person, with markup taken as text', async () => {
  await activities.tellApprover({ card: posted, userId: 'U0SRE1', text: 'Not counted: <!channel>' });
  const [note] = slack.callsOf('chat.postEphemeral');
  expect(note).toMatchObject({ channel: cardChannel, user: 'U0SRE1', text: 'Not counted: &lt;!channel&gt;' });
});

describe('postToolAlarm', () => {
  const alarm = {
    connection: 'ops',
    tool: 'apply_config',
    digest: 'ab'.repeat(32),
    changed: ['description'],
    callsAre: 'held',
    seenAt: '2026-11-24T12:00:00.000Z',
  } as const;
  const post = (attempt: number): Promise<CardRef> => {
    const quiet = { logger: new DefaultLogger('ERROR') };
    return new MockActivityEnvironment({ attempt }, quiet).run(() => activities.postToolAlarm(alarm));
  };

  it('posts what has changed, named by its digest and nothing else', async () => {
    expect(await post(1)).toEqual(posted);
    const [message] = slack.callsOf('chat.postMessage');
    expect(message?.['text']).toContain('Tool changed: ops.apply_config');
    expect(JSON.parse(message?.['metadata'] ?? '')).toEqual({
      event_type: 'mcp_tool_alarm',
      event_payload: { digest: alarm.digest },
    });
    expect(methods()).toEqual(['chat.postMessage']);
  });

  it('looks for what an earlier try may have posted, and posts no second one', async () => {
    const metadata = { event_type: 'mcp_tool_alarm', event_payload: { digest: alarm.digest } };
    const others = [
      { ts: '1.1', bot_id: 'B0OTHER', metadata },
      { ts: '1.2', bot_id: 'B0OWN', metadata: { ...metadata, event_payload: { digest: 'cd'.repeat(32) } } },
    ];
    slack.answer('conversations.history', { ok: true, messages: others });
    expect(await post(2)).toEqual(posted);
    slack.answer('conversations.history', {
      ok: true,
      messages: [...others, { ts: '1.3', bot_id: 'B0OWN', metadata }],
    });
    expect(await post(2)).toEqual({ channel: cardChannel, ts: '1.3' });
    expect(slack.callsOf('chat.postMessage')).toHaveLength(1);
  });
});
