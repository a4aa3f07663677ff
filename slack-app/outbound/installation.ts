import type { WebClient } from '@slack/web-api';
import type { OwnBot } from './find-card.ts';
import { slackFailure } from './slack-failure.ts';

/** The app as Slack knows it does not fit the settings; only a person can change that. */
export class WrongInstallation extends Error {
  override readonly name = 'WrongInstallation';
}

/**
 * Checks that the token is of the configured workspace and that the channel is ours alone: arguments of calls must
 * not be posted where another company reads along. Throws a retryable failure while Slack is away.
 */
export async function checkInstallation(
  client: WebClient,
  { teamId, channelId }: { readonly teamId: string; readonly channelId: string },
): Promise<OwnBot> {
  const self = await client.auth.test().catch((error: unknown) => {
    throw slackFailure('auth.test', error);
  });
  if (self.team_id !== teamId) {
    throw new WrongInstallation('SLACK_BOT_TOKEN is of another workspace than SLACK_TEAM. Install the app there.');
  }
  if (self.bot_id === undefined) throw new WrongInstallation('SLACK_BOT_TOKEN is no bot token. Use the xoxb one.');
  const info = await client.conversations.info({ channel: channelId }).catch((error: unknown) => {
    throw slackFailure('conversations.info', error);
  });
  const shared = info.channel?.is_ext_shared === true || info.channel?.is_pending_ext_shared === true;
  if (shared) throw new WrongInstallation('SLACK_CHANNEL is shared with another company. Use a channel of your own.');
  return { botId: self.bot_id };
}
