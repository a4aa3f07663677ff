import type pg from 'pg';
import type { JSONWebKeySet } from 'jose';
import type { ApprovalRequest } from '../../workflows/contract/approval.ts';
import { verifyApprover, verifyDecision } from '../../workflows/evidence/decision-proof.ts';
import { GuardRefused, type Guard, type Ledger } from '../../workflows/evidence/ledger.ts';
import type { KnownCall } from '../call.ts';
import { about } from '../record/recorder.ts';
import { actionDigest, actionOf } from './action-digest.ts';
import type { Grant } from './judge-grant.ts';

/** An executor that has not renewed its lease for this long is taken for dead. */
const leaseMs = 15_000;

export interface ExecutionParts {
  readonly pool: pg.Pool;
  readonly ledger: Ledger;
  readonly decisionKeys: JSONWebKeySet;
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

/** A grant that is about to be spent. */
export interface SpentGrant {
  readonly approvalId: string;
  /** Digest of the policy that the case was opened under. */
  readonly openedUnder: string;
  /** Digest of the policy that lets the call run now. */
  readonly policyDigest: string;
}

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
   * Reads a grant from signed facts alone, and compares it with the bytes that are about to be sent and what the server
   * says of the tool now. Whether it may be spent is for `judgeGrant` to say.
   *
   * Refuses - a case that is closed - a tool whose definition has changed - bytes that differ from what was approved
   * - any deny. Returns why.
   */
  async readGrant(
    call: KnownCall,
    approvalId: string,
    toolDefinitionDigest: string | null,
  ): Promise<Grant | { readonly refused: string }> {
    const { rows } = await this.#parts.pool.query<ApprovalRow>(
      `select request, nonce, state from countersign.approval where id = $1`,
      [approvalId],
    );
    const [approval] = rows;
    if (approval === undefined || approval.state !== 'open') return { refused: 'the case is not open' };
    const { request, nonce } = approval;
    if ((request.toolDefinitionDigest ?? null) !== toolDefinitionDigest) {
      return { refused: 'the definition of the tool has changed since the call was held' };
    }
    const digest = actionDigest(actionOf(call, request.policyDigest, toolDefinitionDigest), nonce);
    if (digest !== request.actionDigest) return { refused: 'the call differs from what was approved' };
    const principals = await this.#approvers(request);
    return principals === 'denied' ? { refused: 'the case was denied' } : { request, principals };
  }

  async #approvers({ approvalId, actionDigest: approved }: ApprovalRequest): Promise<ReadonlySet<string> | 'denied'> {
    const principals = new Set<string>();
    for (const row of await this.#acceptedDecisions(approvalId)) {
      const facts = await verifyDecision(row.proof, this.#parts.decisionKeys);
      const approver = await verifyApprover(row.identity, this.#parts.decisionKeys);
      if (facts === undefined || approver?.email === undefined || approver.decisionId !== facts.decisionId) continue;
      if (facts.approvalId !== approvalId || !approved.startsWith(facts.shownDigest)) continue;
      if (facts.decision === 'deny') return 'denied';
      principals.add(approver.email.toLowerCase());
    }
    return principals;
  }

  async #acceptedDecisions(approvalId: string): Promise<{ proof: string; identity: string }[]> {
    const { rows } = await this.#parts.pool.query<{ proof: string; identity: string }>(
      `select proof, identity from countersign.decision where approval_id = $1 and accepted`,
      [approvalId],
    );
    return rows;
  }

  /**
   * Takes the fence in the commit that records "about to execute", and under which two versions of the policy. False
   * when it was taken before. `fence` is another one than that of a caller at the line.
   */
  async takeFence(call: KnownCall, spent: SpentGrant, fence: Fence = callerFence): Promise<boolean> {
    const { approvalId, openedUnder, policyDigest } = spent;
    const now = this.#parts.now();
    const facts = { approvalId, openedUnder, policyDigest };
    try {
      await this.#parts.ledger.append(
        [{ ...about(call), approvalId, kind: 'call.executing', outcome: 'executing', facts }],
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
