import {
  condition,
  executeChild,
  ParentClosePolicy,
  patched,
  setHandler,
  startChild,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import {
  approvalDecision,
  approvalView,
  attachCaller,
  detachCaller,
  type ApprovalOutcome,
  type ApprovalRequest,
  type WaitingCaller,
} from '../contract/approval.ts';
import { cardWorkflowId, recordingWorkflowId, searchAttributes } from '../contract/names.ts';
import { ApprovalState } from './approval-state.ts';
import { byGateway, gateway, ignoreGone, isTask } from './callers.ts';
import { CardKeeper, cardWorkflow } from './card-keeper.ts';
import { closingDelayMs } from './closing-delay.ts';
import { DecisionDesk } from './decision-desk.ts';
import { leaveToFarewell } from './farewell-workflow.ts';
import { ledger } from './ledger-work.ts';
import { recordingWorkflow } from './recording-workflow.ts';
import { isSignedDecision, isWaitingCaller } from './well-formed.ts';

/** Since 0.2.0 a grant ends in its time also while callers wait who could not run it. */
const GRANT_ENDS = 'a-grant-ends-while-callers-wait';
/** How long the end of a case waits for Slack before it leaves the card to a workflow of its own. */
const lastCardPatience = '10 seconds';

/**
 * One case, from the held call to its outcome: messages, a wait for people, at most one execution, an end.
 * A decision is judged by activities before it counts; an outcome nobody was there for waits for its caller.
 */
export async function approvalWorkflow(request: ApprovalRequest): Promise<ApprovalOutcome> {
  const state = new ApprovalState(request, workflowInfo().workflowId);
  const strays: WaitingCaller[] = [];
  const cards = new CardKeeper(() => state.view());
  const desk = new DecisionDesk(state, (userId, text) => cards.tell({ userId, text }));

  setHandler(approvalDecision, (signed: unknown) => {
    if (isSignedDecision(signed)) desk.receive(signed);
  });
  setHandler(attachCaller, (caller: unknown) => {
    if (!isWaitingCaller(caller)) return;
    if (caller.approvalId === request.approvalId) state.attach(caller);
    else strays.push(caller);
  });
  setHandler(detachCaller, (caller: unknown) => {
    if (isWaitingCaller(caller)) state.detach(caller.callId);
  });
  setHandler(approvalView, () => state.view());

  await ledger().openCase(request);
  const cardDone = cards.run();
  const deskDone = desk.run();

  await decide(state, desk);
  const outcome = state.outcome ?? (await spendGrant(state));
  state.end(outcome);
  showStatus(state);
  await deliver(state, outcome);
  await ledger().closeCase({ approvalId: request.approvalId, outcome });

  if (!(await cards.finish(lastCardPatience))) {
    await startChild(cardWorkflow, {
      args: [state.view(), cards.card],
      workflowId: cardWorkflowId(request.approvalId),
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
  }
  desk.stop();
  await deskDone;
  await cardDone;
  for (let late = takeLate(state, strays); late.length > 0; late = takeLate(state, strays)) {
    if (late.some(isTask)) await ledger().closeCase({ approvalId: request.approvalId, outcome });
    await leaveToFarewell(request.approvalId, late, 'case_ended');
  }
  return outcome;
}

/**
 * Waits for the approvers, and expires. Every click is judged by the moment it was made: one made in time counts even
 * when it is judged a little later, and one made late does not, although the case closes a moment after its time.
 */
async function decide(state: ApprovalState, desk: DecisionDesk): Promise<void> {
  const closesAtMs = Date.parse(state.request.expiresAt) + closingDelayMs(state.request);
  const told = tellCallersOfVotes(state);
  await condition(() => state.status !== 'open', Math.max(closesAtMs - Date.now(), 1));
  await condition(() => desk.idle || state.status !== 'open');
  if (state.status === 'open') state.expire();
  showStatus(state);
  await told;
}

/** Callers see each vote as progress, as long as the case is open. */
async function tellCallersOfVotes(state: ApprovalState): Promise<void> {
  for (let told = 0; state.status === 'open'; told = state.votes.length) {
    await condition(() => state.status !== 'open' || state.votes.length > told);
    if (state.status !== 'open') return;
    const message = state.progressLine();
    await Promise.all(
      byGateway(state.liveCallers).map(([queue, callIds]) =>
        gateway(queue).showProgress({ callIds, message }).catch(ignoreGone),
      ),
    );
  }
}

/** Runs the call once, for a caller that is there or a task; a grant nobody fetches expires. */
async function spendGrant(state: ApprovalState): Promise<ApprovalOutcome> {
  const { approvalId, connection, tool, actionDigest, rule } = state.request;
  const spendUntilMs = Date.now() + rule.grantTtlMs;
  for (;;) {
    await condition(() => state.callers.length > 0, Math.max(spendUntilMs - Date.now(), 1));
    // The newest is the likeliest to be there still: an earlier one may wait in a gateway that died.
    const caller = state.callers.at(-1);
    if (caller === undefined) return { code: 'expired' };
    if (Date.now() >= spendUntilMs && patched(GRANT_ENDS)) return { code: 'expired' };
    state.startExecuting();
    const { callId, gatewayQueue } = caller;
    const result = await executeChild(recordingWorkflow, {
      args: [
        {
          approvalId,
          callId,
          gatewayQueue,
          connection,
          tool,
          actionDigest,
          ...(isTask(caller) ? { takeUpUntilMs: spendUntilMs } : {}),
        },
      ],
      workflowId: recordingWorkflowId(callId),
      staticSummary: `${connection}.${tool}, approved in ${approvalId}`,
    });
    if (result.code !== 'not_executed') {
      if (result.code === 'answered' && result.delivered) state.markDelivered(callId);
      return result;
    }
    // A gateway that fell silent has lost all its callers, and whoever waits elsewhere should not wait for it.
    const isLost = result.lost === true && !isTask(caller);
    const gone = isLost ? state.liveCallers.filter((each) => each.gatewayQueue === gatewayQueue) : [caller];
    await leaveToFarewell(approvalId, gone, 'pending');
    for (const each of gone) state.detach(each.callId);
    state.giveGrantBack();
  }
}

/** Hands the outcome to everybody who waits; when nobody does, the next identical call may fetch it. Tasks fetch. */
async function deliver(state: ApprovalState, outcome: ApprovalOutcome): Promise<void> {
  const fetchUntilMs = Date.now() + state.request.rule.grantTtlMs;
  for (;;) {
    state.markTasksDelivered();
    await Promise.all(
      byGateway(state.callers).map(async ([queue, callIds]) => {
        const { approvalId } = state.request;
        const delivered = await gateway(queue).release({ approvalId, callIds, outcome }).catch(ignoreGone);
        for (const callId of delivered ?? []) state.markDelivered(callId);
        for (const callId of callIds) state.detach(callId);
      }),
    );
    // Somebody has it: who calls the same now wants it to run again, and opens a case of its own.
    if (state.delivered) return;
    if (state.callers.length > 0) continue;
    const someoneCame = await condition(() => state.callers.length > 0, Math.max(fetchUntilMs - Date.now(), 1));
    if (!someoneCame) return;
  }
}

function takeLate(state: ApprovalState, strays: WaitingCaller[]): readonly WaitingCaller[] {
  const late = [...state.callers, ...strays.splice(0)];
  for (const caller of late) state.detach(caller.callId);
  return late;
}

function showStatus(state: ApprovalState): void {
  const approvers = state.votes.map((vote) => vote.principal).join(' ');
  upsertSearchAttributes([
    { key: searchAttributes.status, value: state.status },
    { key: searchAttributes.approver, value: approvers === '' ? null : approvers },
  ]);
}
