import { ActivityFailure, condition, proxyActivities } from '@temporalio/workflow';
import type { SlackActivities } from '../contract/activities.ts';
import type { DecisionFacts, DecisionVerdict, SignedDecision } from '../contract/approval.ts';
import { SLACK_QUEUE } from '../contract/names.ts';
import { explainRefusal, type ApprovalState } from './approval-state.ts';
import { ledger } from './ledger-work.ts';

/** Signals are cheap to send and each attempt is recorded, so a flood is cut off here. */
const attemptsMax = 200;

const { identifyApprover } = proxyActivities<SlackActivities>({
  taskQueue: SLACK_QUEUE,
  startToCloseTimeout: '15 seconds',
  // A case must be able to expire while Slack is away; whoever could not be looked up may click again.
  scheduleToCloseTimeout: '5 minutes',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '5 seconds' },
  // Somebody waits for it, unlike for most cards.
  priority: { priorityKey: 1 },
  summary: 'look the approver up in Slack',
});

export type TellApprover = (userId: string, text: string) => void;

/** Takes decisions one at a time: proof, identity, judgement, and only then a vote. */
export class DecisionDesk {
  readonly #state: ApprovalState;
  readonly #tell: TellApprover;
  readonly #inbox: SignedDecision[] = [];
  #attempts = 0;
  #busy = false;
  #stopped = false;

  constructor(state: ApprovalState, tell: TellApprover) {
    this.#state = state;
    this.#tell = tell;
  }

  receive(signed: SignedDecision): void {
    this.#attempts += 1;
    if (this.#attempts <= attemptsMax) this.#inbox.push(signed);
  }

  get idle(): boolean {
    return this.#inbox.length === 0 && !this.#busy;
  }

  stop(): void {
    this.#stopped = true;
  }

  async run(): Promise<void> {
    for (;;) {
      await condition(() => this.#inbox.length > 0 || this.#stopped);
      const signed = this.#inbox.shift();
      if (signed === undefined) return;
      this.#busy = true;
      await this.#decide(signed);
      this.#busy = false;
    }
  }

  async #decide(signed: SignedDecision): Promise<void> {
    const checked = await ledger().checkDecisionProof(signed);
    if ('refused' in checked) return;
    const { facts } = checked;
    const known = this.#state.verdicts.get(facts.decisionId);
    const verdict = known ?? (await this.#judge(signed, facts));
    if (known === undefined && !isPassing(verdict)) this.#state.consider(facts.decisionId, verdict);
    if (!verdict.accepted) this.#tell(facts.userId, explainRefusal(verdict.code));
  }

  async #judge(signed: SignedDecision, facts: DecisionFacts): Promise<DecisionVerdict> {
    const identity = await identifyApprover(facts).catch(unidentified);
    const { votes, revision, status } = this.#state;
    return ledger().judgeDecision({ signed, identity, votes, revision, open: status === 'open' });
  }
}

/** No identity is no proof of one: the attempt is recorded as refused, and the same click may be made again. */
function unidentified(error: unknown): string {
  if (error instanceof ActivityFailure) return '';
  throw error;
}

function isPassing(verdict: DecisionVerdict): boolean {
  return !verdict.accepted && verdict.code === 'bad_proof';
}
