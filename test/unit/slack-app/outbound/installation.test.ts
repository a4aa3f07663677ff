import { WebClient } from '@slack/web-api';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { webClientOptions } from '../../../../slack-app/outbound/client.ts';
import { checkInstallation, WrongInstallation } from '../../../../slack-app/outbound/installation.ts';
import { wrapLogger } from '../../../../slack-app/slack-logger.ts';
import { cardChannel, homeTeam } from '../fixtures.ts';
import { SlackCapture } from '../slack-capture.ts';
import { botToken } from '../slack-world.ts';

let slack: SlackCapture;
beforeEach(async () => {
  slack = await SlackCapture.start();
  slack.answer('auth.test', { ok: true, team_id: homeTeam, bot_id: 'B0OWN' });
  slack.answer('conversations.info', { ok: true, channel: { id: cardChannel, is_ext_shared: false } });
});
afterEach(() => slack.stop());

function check(): Promise<unknown> {
  const client = new WebClient(botToken, webClientOptions(slack.apiUrl, wrapLogger(pino({ enabled: false }))));
  return checkInstallation(client, { teamId: homeTeam, channelId: cardChannel });
}

it('knows its own bot, so that it can recognise its own cards', async () => {
  expect(await check()).toEqual({ botId: 'B0OWN' });
});

it('does not start with the token of another workspace', async () => {
  slack.answer('auth.test', { ok: true, team_id: 'T0OTHER', bot_id: 'B0OWN' });
  await expect(check()).rejects.toThrow(WrongInstallation);
});

it.each(['is_ext_shared', 'is_pending_ext_shared'])('does not post into a channel with %s', async (shared) => {
  slack.answer('conversations.info', { ok: true, channel: { id: cardChannel, [shared]: true } });
  await expect(check()).rejects.toThrow('shared with another company');
});

it('does not try again with a token that Slack refuses, and does while Slack is away', async () => {
  slack.answer('auth.test', { ok: false, error: 'invalid_auth' });
  await expect(check()).rejects.toMatchObject({ nonRetryable: true });
  slack.answer('auth.test', { status: 503, headers: {} });
  await expect(check()).rejects.not.toMatchObject({ nonRetryable: true });
});
