import type pg from 'pg';
import type { JSONWebKeySet } from 'jose';
import type { ApprovalRequest } from '../../workflows/contract/approval.ts';
import { verifyApprover, verifyDecision } from '../../workflows/evidence/decision-proof.ts';
import { GuardRefused, type Guard, type Ledger } from '../../workflows/evidence/ledger.ts';
import type { RecordedCall } from '../call.ts';
import type { Config } from '../config/config.ts';
import { about } from '../record/recorder.ts';
import { actionDigest, actionOf } from './action-digest.ts';

/** An executor that has not renewed its lease for this long is taken for dead. */
const leaseMs = 15_000;

export interface ExecutionParts {
  readonly pool: pg.Pool;
  readonly ledger: Ledger;
  readonly decisionKeys: JSONWebKeySet;
  readonly config: () => Config;
  readonly instance: string;
  readonly now: () => Date;
}

/** SQL that takes a fence. Its first values are call, approval, executor, end of the lease, and now. */
export type Fence = Guard;

const callerFence: Fence = {
  text: `insert into countersign.execution (call_id, approval_id, state, executor, lease_until, started_at)
         select $1, id, 'executing', $3, $4, $5 from countersign.approval where id = $2 and state = 'open'
         on conflict do nothing`,
  values: [],
};

export type EndState = 'answered' | 'unknown' | 'withheld' | 'unavailable';

interface ApprovalRow {
  readonly request: ApprovalRequest;
  readonly nonce: Buffer;
  readonly state: 'open' | 'closed';
}

/** The fence around executions: what may run, and that it runs once. */
export class Executions {
  readonly #parts: ExecutionParts;

  constructor(parts: ExecutionParts) {
    this.#parts = parts;
  }

  /**
   * Checks the grant from signed facts alone, against the bytes that are about to be sent and what the server says of
   * the tool now.
   *
   * Refuses - a case that is closed or past its grant - a tool whose definition has changed - bytes that differ from
   * what was approved - too few valid approvals under the approver lists in force now, or any deny. Returns why, or undefined when the grant holds.
   */
  async refuseGrant(
    call: RecordedCall,
    approvalId: string,
    toolDefinitionDigest: string | null,
  ): Promise<string | undefined> {
    const { rows } = await this.#parts.pool.query<ApprovalRow>(
      `select request, nonce, state from countersign.approval where id = $1`,
      [approvalId],
    );
    const [approval] = rows;
    if (approval === undefined || approval.state !== 'open') return 'the case is not open';
    const { request, nonce } = approval;
    if ((request.toolDefinitionDigest ?? null) !== toolDefinitionDigest) {
      return 'the definition of the tool has changed since the call was held';
    }
    const digest = actionDigest(actionOf(call, request.policyDigest, toolDefinitionDigest), nonce);
    if (digest !== request.actionDigest) return 'the call differs from what was approved';
    const grantEndsMs = Date.parse(request.expiresAt) + request.rule.grantTtlMs;
    if (this.#parts.now().getTime() > grantEndsMs) return 'the grant has expired';
    return this.#refuseVotes(request);
  }

  async #refuseVotes(request: ApprovalRequest): Promise<string | undefined> {
    const principals = new Set<string>();
    const covered = new Set<string>();
    for (const row of await this.#acceptedDecisions(request.approvalId)) {
      const facts = await verifyDecision(row.proof, this.#parts.decisionKeys);
      const approver = await verifyApprover(row.identity, this.#parts.decisionKeys);
      if (facts === undefined || approver?.email === undefined || approver.decisionId !== facts.decisionId) continue;
      if (facts.approvalId !== request.approvalId || !request.actionDigest.startsWith(facts.shownDigest)) continue;
      if (facts.decision === 'deny') return 'the case was denied';
      const principal = approver.email.toLowerCase();
      const groups = this.#groupsNow(request, principal);
      if (groups.length === 0) continue;
      principals.add(principal);
      for (const group of groups) covered.add(group);
    }
    const { quorum, groups } = request.rule;
    const enough = principals.size >= quorum && groups.every(({ name }) => covered.has(name));
    return enough ? undefined : 'there are not enough valid approvals';
  }

  async #acceptedDecisions(approvalId: string): Promise<{ proof: string; identity: string }[]> {
    const { rows } = await this.#parts.pool.query<{ proof: string; identity: string }>(
      `select proof, identity from countersign.decision where approval_id = $1 and accepted`,
      [approvalId],
    );
    return rows;
  }

  /** Membership is looked up again: who has left a group since the click does not count. */
  #groupsNow({ rule }: ApprovalRequest, principal: string): string[] {
    const { approvers } = this.#parts.config();
    return rule.groups
      .map(({ name }) => name)
      .filter((name) => approvers[name]?.members.some((member) => member.toLowerCase() === principal) === true);
  }

  /**
   * Takes the fence in the commit that records "about to execute". False when it was taken before.
   * `fence` is another one than that of a caller at the line.
   */
  async takeFence(call: RecordedCall, approvalId: string, fence: Fence = callerFence): Promise<boolean> {
    const now = this.#parts.now();
    try {
      await this.#parts.ledger.append(
        [{ ...about(call), approvalId, kind: 'call.executing', outcome: 'executing', facts: { approvalId } }],
        {
          text: fence.text,
          values: [call.callId, approvalId, this.#parts.instance, leaseEnd(now), now, ...fence.values],
        },
      );
      return true;
    } catch (error) {
      if (error instanceof GuardRefused) return false;
      throw error;
    }
  }

  /** Only the executor whose fence still stands may record an ending; the settlement of a silent one asks the same. */
  endGuard(callId: string, state: EndState): Guard {
    return {
      text: `update countersign.execution set state = $2, ended_at = $4
             where call_id = $1 and state = 'executing' and executor = $3`,
      values: [callId, state, this.#parts.instance, this.#parts.now()],
    };
  }

  async renewLease(callId: string): Promise<void> {
    await this.#parts.pool.query(
      `update countersign.execution set lease_until = $3 where call_id = $1 and executor = $2 and state = 'executing'`,
      [callId, this.#parts.instance, leaseEnd(this.#parts.now())],
    );
  }
}

function leaseEnd(now: Date): Date {
  return new Date(now.getTime() + leaseMs);
}
