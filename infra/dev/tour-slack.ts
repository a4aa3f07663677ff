import { setTimeout as pause } from 'node:timers/promises';
import type { WorldFile } from './world-file.ts';

const cardMsMax = 30_000;
const lookAgainMs = 200;

export interface TourCard {
  readonly channel: string;
  readonly ts: string;
  readonly text: string;
  readonly blocks: readonly unknown[];
}

/** The newest card of the stand-in's channel that shows this text, if there is one. */
async function findCard(world: WorldFile, shows: string): Promise<TourCard | undefined> {
  const { url, channel } = world.slackSim;
  const response = await fetch(`${url}/_sim/messages?channel=${encodeURIComponent(channel)}`);
  const cards = (await response.json()) as TourCard[];
  return cards.findLast((card) => JSON.stringify(card).includes(shows));
}

export async function untilCard(world: WorldFile, shows: string): Promise<TourCard> {
  for (let waited = 0; waited < cardMsMax; waited += lookAgainMs) {
    const card = await findCard(world, shows);
    if (card !== undefined) return card;
    await pause(lookAgainMs);
  }
  throw new Error(`No card shows "${shows}"; the log of slackApp in ${world.logs} tells why.`);
}

/** Clicks a button as one of the stand-in's people, the way its page does. */
export async function press(
  world: WorldFile,
  person: string,
  card: TourCard,
  action: string,
): Promise<{ httpStatus: number; ackMs: number }> {
  const response = await fetch(`${world.slackSim.url}/_sim/click`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      user: world.slackSim.users[person] ?? person,
      channel: card.channel,
      ts: card.ts,
      action_id: action,
    }),
  });
  return (await response.json()) as { httpStatus: number; ackMs: number };
}
