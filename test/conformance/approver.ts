import { setTimeout as pause } from 'node:timers/promises';
import type { WorldFile } from '../../infra/dev/world-file.ts';
import { eventually } from '../support/eventually.ts';
import { isOpen, Slack } from '../support/slack.ts';

const lookEveryMs = 20;

export interface Approver {
  /** Resolves when no card asks for anything. */
  readonly untilDecided: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Somebody who clicks Approve on every card as soon as it stands in the channel. */
export function approveEverything(world: WorldFile): Approver {
  const slack = new Slack(world);
  const clicked = new Set<string>();
  const stopping = new AbortController();
  const running = (async () => {
    while (!stopping.signal.aborted) {
      const cards = await slack.cards();
      const fresh = cards.filter((card) => isOpen(card) && !clicked.has(card.ts));
      for (const card of fresh) clicked.add(card.ts);
      await Promise.all(fresh.map((card) => slack.click('sre-1', card, 'approve')));
      await pause(lookEveryMs);
    }
  })();
  return {
    untilDecided: async () => {
      await eventually('every card is decided', async () => ((await slack.cards()).some(isOpen) ? undefined : true));
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
