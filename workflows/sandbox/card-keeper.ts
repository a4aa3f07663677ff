import { ActivityFailure, CancellationScope, condition, isCancellation, proxyActivities } from '@temporalio/workflow';
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

/**
 * Keeps the card equal to the case: while what was posted is older than what is, it syncs. Bursts coalesce,
 * order holds, and a Slack that is down delays the card and nothing else.
 */
export class CardKeeper {
  card: CardRef | undefined;
  #postedRevision = 0;
  #stopped = false;
  readonly #scope = new CancellationScope();
  readonly #view: () => ApprovalView;

  constructor(view: () => ApprovalView) {
    this.#view = view;
  }

  get #upToDate(): boolean {
    return this.#postedRevision >= this.#view().revision;
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
      const view = this.#view();
      this.card = await syncCard(view, this.card);
      this.#postedRevision = view.revision;
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
