import { ApplicationFailure } from '@temporalio/common';
import type pg from 'pg';
import type { JSONWebKeySet } from 'jose';
import type { CaseClosing, DecisionAttempt, LedgerActivities } from '../contract/activities.ts';
import type {
  ApprovalOutcome,
  ApprovalRequest,
  DecisionFacts,
  DecisionRefusal,
  DecisionVerdict,
  SignedDecision,
} from '../contract/approval.ts';
import type { Json } from '../contract/call.ts';
import { passFailpoint } from '../contract/failpoint.ts';
import type { CallEnding, ForwardResult, RecordingRequest } from '../contract/recording.ts';
import { verifyApprover, verifyDecision } from '../evidence/decision-proof.ts';
import { GuardRefused, type Ledger } from '../evidence/ledger.ts';
import { findEnding } from '../evidence/receipts.ts';
import { judgeDecision, type StoredApproval } from './judge-decision.ts';
import { closeTaskCalls, policyFacts } from './close-task-calls.ts';
import { settleExecution } from './settle-execution.ts';

export interface LedgerActivityParts {
  readonly pool: pg.Pool;
  readonly ledger: Ledger;
  /** Public keys of the programs that may sign decisions. */
  readonly decisionKeys: JSONWebKeySet;
  readonly now: () => Date;
}

/** Binds the workflows' hands to the database. Each activity may run twice: entries carry a `once` key. */
export function createLedgerActivities(parts: LedgerActivityParts): LedgerActivities {
  return {
    openCase: (request) => openCase(parts, request),
    checkDecisionProof: (signed) => checkDecisionProof(parts, signed),
    judgeDecision: (attempt) => recordJudgement(parts, attempt),
    settleExecution: (recording: RecordingRequest): Promise<ForwardResult> => settleExecution(parts, recording),
    readEnding: (callId) => readEnding(parts, callId),
    closeCase: (closing) => closeCase(parts, closing),
  };
}

/** An entry has room for so many; those that decide first come first. */
const ruleIdsMax = 100;

/** A case exists only when a gateway opened it in PostgreSQL: a workflow somebody else started gets nowhere. */
async function openCase({ pool, ledger }: LedgerActivityParts, request: ApprovalRequest): Promise<void> {
  const stored = await loadApproval(pool, request.approvalId);
  if (stored === undefined) {
    throw ApplicationFailure.nonRetryable(`No gateway opened ${request.approvalId}.`, 'UnknownApproval');
  }
  if (stored.state === 'closed') throw ApplicationFailure.nonRetryable(`${request.approvalId} is over.`, 'CaseIsOver');
  const { approvalId, connection, tool, caller, actionDigest, policyDigest, ruleIds, expiresAt } = stored.request;
  const { explanation } = stored.request;
  await ledger.append([
    {
      kind: 'approval.opened',
      approvalId,
      connection,
      tool,
      principal: `${caller.issuer}#${caller.subject}`,
      outcome: 'open',
      once: `approval.opened/${approvalId}`,
      facts: {
        actionDigest,
        policyDigest,
        ruleIds: ruleIds.slice(0, ruleIdsMax),
        expiresAt,
        quorum: stored.request.rule.quorum,
        ...(explanation === undefined ? {} : { explanation: explanation.map((rule) => ({ ...rule })) }),
      },
    },
  ]);
  passFailpoint('worker.case-recorded');
}

async function checkDecisionProof(
  { ledger, decisionKeys, now }: LedgerActivityParts,
  signed: SignedDecision,
): Promise<{ facts: DecisionFacts } | { refused: 'bad_proof' }> {
  const facts = await verifyDecision(signed.proof, decisionKeys);
  passFailpoint('worker.proof-checked');
  if (facts !== undefined && facts.decisionId === signed.decisionId) return { facts };
  // Whoever forged it chose this text, so only what an id may hold is kept of it.
  const claimed = signed.decisionId.replaceAll(/[^0-9a-z]/gi, '').slice(0, 80);
  await ledger.append([
    {
      kind: 'approval.refused',
      approvalId: signed.approvalId,
      outcome: 'bad_proof',
      once: `approval.refused/${signed.approvalId}/bad_proof/${claimed}`,
      facts: { code: 'bad_proof', claimedDecisionId: claimed, at: now().toISOString() },
    },
  ]);
  return { refused: 'bad_proof' };
}

/** Judges from PostgreSQL's own copy of the case, and stores proof and verdict in one commit. */
async function recordJudgement(parts: LedgerActivityParts, attempt: DecisionAttempt): Promise<DecisionVerdict> {
  const { pool, ledger, decisionKeys } = parts;
  const { signed, identity } = attempt;
  const facts = await verifyDecision(signed.proof, decisionKeys);
  const approver = await verifyApprover(identity, decisionKeys);
  const approval = facts === undefined ? undefined : await loadApproval(pool, facts.approvalId);
  const verdict = judgeDecision({ attempt, facts, approver, approval });
  const at = parts.now().toISOString();
  const principal = approver?.email?.toLowerCase() ?? null;
  const code = verdict.accepted ? null : verdict.code;
  const entry = decisionEntry(signed, facts, verdict, principal);
  if (approver === undefined) {
    await ledger.append([
      { ...entry, once: `approval.refused/${signed.approvalId}/${signed.decisionId}/unidentified` },
    ]);
    return verdict;
  }
  try {
    await ledger.append([entry], {
      text: `insert into countersign.decision
               (approval_id, decision_id, accepted, code, principal, decision, proof, identity, decided_at, recorded_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing`,
      values: [
        signed.approvalId,
        signed.decisionId,
        verdict.accepted,
        code,
        principal,
        facts?.decision ?? null,
        signed.proof,
        identity,
        facts?.decidedAt ?? at,
        at,
      ],
    });
  } catch (error) {
    // The row is there already: an earlier run of this activity recorded its judgement, and that one stands.
    if (!(error instanceof GuardRefused)) throw error;
    const stored = await storedRefusal(pool, signed);
    if (stored !== undefined)
      return facts === undefined ? { accepted: false, code: stored } : { accepted: false, code: stored, facts };
  }
  passFailpoint('worker.decision-judged');
  return verdict;
}

function decisionEntry(
  signed: SignedDecision,
  facts: DecisionFacts | undefined,
  verdict: DecisionVerdict,
  principal: string | null,
) {
  const details: Record<string, Json> = {
    decisionId: signed.decisionId,
    decision: facts?.decision ?? null,
    channel: facts?.channel ?? null,
    assurance: facts?.assurance ?? null,
    teamId: facts?.teamId ?? null,
    userId: facts?.userId ?? null,
    decidedAt: facts?.decidedAt ?? null,
    shownDigest: facts?.shownDigest ?? null,
    code: verdict.accepted ? null : verdict.code,
    groups: verdict.accepted ? verdict.vote.groups : [],
  };
  return {
    kind: verdict.accepted ? ('approval.decided' as const) : ('approval.refused' as const),
    approvalId: signed.approvalId,
    outcome: verdict.accepted ? verdict.vote.decision : verdict.code,
    facts: details,
    ...(principal === null ? {} : { principal: `approver:${principal}` }),
  };
}

async function readEnding({ pool }: LedgerActivityParts, callId: string): Promise<CallEnding> {
  const ending = await findEnding(pool, callId);
  if (ending === undefined) throw new Error(`${callId} has not ended yet.`);
  return ending;
}

/** Ends the case in PostgreSQL and in the ledger, in one commit; its tasks end with it, and then their calls. */
async function closeCase({ pool, ledger, now }: LedgerActivityParts, closing: CaseClosing): Promise<void> {
  const { approvalId, outcome } = closing;
  try {
    await ledger.append(
      [{ kind: 'approval.closed', approvalId, outcome: outcome.code, facts: closingFacts(outcome) }],
      {
        text: `update countersign.approval set state = 'closed', outcome = $2, closed_at = $3, ending = $4
               where id = $1 and state = 'open'`,
        values: [approvalId, outcome.code, now(), JSON.stringify(outcome)],
      },
    );
  } catch (error) {
    // Closed already by an earlier run of this activity.
    if (!(error instanceof GuardRefused)) throw error;
  }
  passFailpoint('worker.case-closed');
  await closeTaskCalls({ pool, ledger }, closing);
}

function closingFacts(outcome: ApprovalOutcome): Record<string, Json> {
  if (outcome.code !== 'answered') return { code: outcome.code, ...policyFacts(outcome) };
  const { callId, commitment, seq } = outcome.receipt;
  return { code: outcome.code, callId, answerCommitment: commitment, answerSeq: seq };
}

async function storedRefusal(pool: pg.Pool, { approvalId, decisionId }: SignedDecision) {
  const { rows } = await pool.query<{ code: DecisionRefusal | null }>(
    `select code from countersign.decision where approval_id = $1 and decision_id = $2`,
    [approvalId, decisionId],
  );
  return rows[0]?.code ?? undefined;
}

async function loadApproval(pool: pg.Pool, approvalId: string): Promise<StoredApproval | undefined> {
  const { rows } = await pool.query<StoredApproval>({
    name: 'load-approval',
    text: `select request, expires_at as "expiresAt", state from countersign.approval where id = $1`,
    values: [approvalId],
  });
  return rows[0];
}
