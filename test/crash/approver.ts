import { setTimeout as pause } from 'node:timers/promises';
import type { WorldFile } from '../../infra/dev/world-file.ts';
import { isOpen, Slack, type Card } from '../support/slack.ts';

const lookEveryMs = 250;
/** A click that was not taken is made again after this long, as a person would. */
const clickAgainAfterMs = 5_000;
/** Cards are looked back for so many at most: what is older is decided or over. */
const cardsMax = 150;

export interface Approver {
  readonly stop: () => Promise<void>;
}

/** Somebody who decides every card soon after it is posted, and again when Slack says that the click failed. */
export function decideEverything(world: WorldFile, deniedWord: string): Approver {
  const slack = new Slack(world);
  const clickedAt = new Map<string, number>();
  const stopping = new AbortController();
  let since = '';
  const decideOne = async (card: Card): Promise<void> => {
    clickedAt.set(card.ts, performance.now());
    if (JSON.stringify(card).includes(deniedWord)) await slack.deny('sre-1', card, 'refused by the crash test');
    else await slack.click('sre-1', card, 'approve');
  };
  const running = (async () => {
    while (!stopping.signal.aborted) {
      try {
        const cards = await slack.cards(since);
        const due = performance.now() - clickAgainAfterMs;
        const open = cards.filter((card) => isOpen(card) && (clickedAt.get(card.ts) ?? 0) <= due);
        await Promise.allSettled(open.map(decideOne));
        since = cards.length > cardsMax ? (cards.at(-cardsMax)?.ts ?? since) : since;
      } catch {
        // The stand-in was busy; the next look comes soon.
      }
      await pause(lookEveryMs);
    }
  })();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
