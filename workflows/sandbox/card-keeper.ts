import {
  ActivityFailure,
  CancellationScope,
  condition,
  isCancellation,
  patched,
  proxyActivities,
} from '@temporalio/workflow';
import type { Duration } from '@temporalio/common';
import type { ApproverNotice, SlackActivities } from '../contract/activities.ts';
import type { ApprovalView, CardRef } from '../contract/approval.ts';
import { SLACK_QUEUE } from '../contract/names.ts';

const retry = { initialInterval: '1 second', maximumInterval: '30 seconds' } as const;

const { syncCard } = proxyActivities<SlackActivities>({
  taskQueue: SLACK_QUEUE,
  startToCloseTimeout: '30 seconds',
  retry,
  summary: 'bring the Slack card up to date',
});

const { tellApprover } = proxyActivities<SlackActivities>({
  taskQueue: SLACK_QUEUE,
  startToCloseTimeout: '30 seconds',
  scheduleToCloseTimeout: '5 minutes',
  retry,
  summary: 'tell an approver why a click did not count',
});

/** Since 0.2.0 cards are not redrawn for each caller that comes or goes. */
const CALM_CARDS = 'cards-wait-for-callers-to-settle';
/** A caller that waits in legs is gone for a moment between two of them. */
const callersSettleIn = '3 seconds';

/**
 * Keeps the card equal to the case: while what was posted is older than what is, it syncs. Bursts coalesce,
 * order holds, and a Slack that is down delays the card and nothing else.
 */
export class CardKeeper {
  card: CardRef | undefined;
  #posted: ApprovalView | undefined;
  #stopped = false;
  readonly #scope = new CancellationScope();
  readonly #view: () => ApprovalView;

  constructor(view: () => ApprovalView) {
    this.#view = view;
  }

  get #upToDate(): boolean {
    return this.#posted !== undefined && this.#posted.revision >= this.#view().revision;
  }

  /** Whether the card tells where the case stands, however many wait for it. */
  get #tellsStatus(): boolean {
    const { status, votes } = this.#view();
    return this.#posted?.status === status && this.#posted.votes.length === votes.length;
  }

  async run(): Promise<void> {
    try {
      await this.#scope.run(() => this.#syncUntilStopped());
    } catch (error) {
      // A permanent Slack error ends the card, not the case: the console and the CLI can still decide.
      if (!isCancellation(error) && !(error instanceof ActivityFailure)) throw error;
    }
  }

  async #syncUntilStopped(): Promise<void> {
    for (;;) {
      await condition(() => this.#stopped || !this.#upToDate);
      if (this.#upToDate) return;
      if (this.#tellsStatus && patched(CALM_CARDS)) {
        await condition(() => this.#stopped || !this.#tellsStatus, callersSettleIn);
      }
      const view = this.#view();
      const isShown = this.#tellsStatus && this.#posted?.callersWaiting === view.callersWaiting;
      if (!isShown || !patched(CALM_CARDS)) this.card = await syncCard(view, this.card);
      this.#posted = view;
    }
  }

  /** Waits for the last update, at most `patience`. Returns whether the card shows the end of the case. */
  async finish(patience: Duration): Promise<boolean> {
    this.#stopped = true;
    const done = await condition(() => this.#upToDate, patience);
    if (!done) this.#scope.cancel();
    return done;
  }

  /** Tells one approver, best effort: the record of the refusal is in the ledger already. */
  tell(notice: Omit<ApproverNotice, 'card'>): void {
    tellApprover({ ...notice, card: this.card }).catch(() => undefined);
  }
}

/** Brings a card up to date after its case has ended, for as long as Slack takes to come back. */
export async function cardWorkflow(view: ApprovalView, card: CardRef | undefined): Promise<CardRef> {
  return syncCard(view, card);
}
