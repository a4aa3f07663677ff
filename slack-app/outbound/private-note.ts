import type { WebClient } from '@slack/web-api';
import { plainText } from '../render/elements.ts';
import { slackLimits } from '../render/limits.ts';
import { escapeEntities, fitText, revealText } from '../render/safe-text.ts';

export interface PrivateNote {
  readonly channelId: string;
  readonly userId: string;
  readonly text: string;
}

/** Says something to one person in the channel; nobody else sees it. Throws what the Web API client throws. */
export async function tellPrivately(client: WebClient, { channelId, userId, text }: PrivateNote): Promise<void> {
  const shown = fitText(revealText(text), slackLimits.sectionTextCharsMax).text;
  await client.chat.postEphemeral({
    channel: channelId,
    user: userId,
    text: escapeEntities(shown),
    blocks: [{ type: 'section', text: plainText(shown) }],
  });
}
