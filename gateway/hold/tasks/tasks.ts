import type { KeyObject } from 'node:crypto';
import type pg from 'pg';
import type { ApprovalOutcome, ApprovalRequest } from '../../../workflows/contract/approval.ts';
import { endOfCall } from '../../../workflows/contract/entry.ts';
import { GuardRefused, type Ledger } from '../../../workflows/evidence/ledger.ts';
import type { RecordedCall } from '../../call.ts';
import type { Masker } from '../../masking/masker.ts';
import type { JoinedCase } from '../cases.ts';
import { sealCall, type SealedTask } from './seal.ts';

/** A case is over this long after its grant, even if nobody was there to end it. */
const endGraceMs = 5 * 60_000;

export interface TaskParts {
  readonly pool: pg.Pool;
  readonly ledger: Ledger;
  readonly masker: Masker;
  readonly key: KeyObject;
  readonly now: () => Date;
  readonly randomBytes: (size: number) => Buffer;
}

export type TaskState = 'waiting' | 'executing' | 'ended' | 'cancelled';

/** One task as PostgreSQL has it, with what its case has come to. */
export interface Task {
  readonly id: string;
  readonly approvalId: string;
  readonly workflowId: string;
  /** The call that made it. */
  readonly callId: string;
  readonly connection: string;
  readonly principal: string;
  readonly state: TaskState;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly request: ApprovalRequest;
  /** Set once the case is closed. */
  readonly ending: ApprovalOutcome | null;
  /** How many principals have approved so far, and when the last of them did. */
  readonly approvals: number;
  readonly decidedAt: Date | null;
}

const columns = `
  task.id, task.approval_id as "approvalId", approval.workflow_id as "workflowId", task.call_id as "callId",
  task.connection, task.principal, task.state, task.created_at as "createdAt", task.updated_at as "updatedAt",
  approval.request, approval.ending, votes.approvals, votes.decided_at as "decidedAt"`;
const sources = `
  countersign.task join countersign.approval on approval.id = task.approval_id
  cross join lateral (
    select count(distinct decision.principal)::int as approvals, max(decision.recorded_at) as decided_at
    from countersign.decision
    where decision.approval_id = task.approval_id and decision.accepted and decision.decision = 'approve') votes`;

/** Held calls whose callers ask for the outcome later. Rows in PostgreSQL, so that any gateway can answer and run them. */
export class Tasks {
  readonly #parts: TaskParts;

  constructor(parts: TaskParts) {
    this.#parts = parts;
  }

  get parts(): TaskParts {
    return this.#parts;
  }

  /** Makes a call the task of its case, or finds the one that an identical call made. Undefined: the case is over. */
  async open(call: RecordedCall, { approvalId, request }: JoinedCase): Promise<Task | undefined> {
    const { pool, key, now, randomBytes } = this.#parts;
    const endsAtMs = Date.parse(request.expiresAt) + request.rule.grantTtlMs + endGraceMs;
    await pool.query(
      `insert into countersign.task
         (id, approval_id, call_id, session_id, connection, principal, state, created_at, updated_at, open_until, sealed)
       select case when earlier.n = 0 then $1 else $1 || '.' || (earlier.n + 1) end,
              $1, $2, $3, $4, $5, 'waiting', $6, $6, $7, $8
       from countersign.approval, (select count(*) as n from countersign.task where approval_id = $1) earlier
       where approval.id = $1 and approval.state = 'open' for share of approval
       on conflict do nothing`,
      [
        approvalId,
        call.callId,
        call.sessionId,
        call.connection.name,
        call.principal,
        now(),
        new Date(endsAtMs),
        sealCall(key, call, randomBytes),
      ],
    );
    const { rows } = await pool.query<Task>(
      `select ${columns} from ${sources}
       where task.approval_id = $1 and task.state in ('waiting', 'executing')`,
      [approvalId],
    );
    return rows[0];
  }

  /** The tasks by these ids that are this principal's, on this connection. */
  async find(ids: readonly string[], of: { connection: string; principal: string }): Promise<Task[]> {
    const { rows } = await this.#parts.pool.query<Task>({
      name: 'find-tasks',
      text: `select ${columns} from ${sources}
             where task.id = any($1) and task.connection = $2 and task.principal = $3`,
      values: [[...ids], of.connection, of.principal],
    });
    return rows;
  }

  /** The tasks by these ids, whoever's they are: for listeners that were let in before. */
  async findAll(ids: readonly string[]): Promise<Task[]> {
    const { rows } = await this.#parts.pool.query<Task>({
      name: 'find-all-tasks',
      text: `select ${columns} from ${sources} where task.id = any($1)`,
      values: [[...ids]],
    });
    return rows;
  }

  /** Takes a task back, unless it runs already. Its call ends in the same commit. Returns whether it was taken back. */
  async cancel(task: Task, outcome: 'cancelled' | 'unavailable'): Promise<boolean> {
    const { ledger, now } = this.#parts;
    const { callId, approvalId, connection, principal, request } = task;
    try {
      await ledger.append(
        [
          {
            callId,
            approvalId,
            connection,
            principal,
            tool: request.tool,
            kind: 'call.closed',
            outcome,
            once: endOfCall(callId),
            facts: { code: outcome, taskId: task.id },
          },
        ],
        {
          text: `update countersign.task set state = 'cancelled', updated_at = $2, sealed = null
                 where id = $1 and state = 'waiting'`,
          values: [task.id, now()],
        },
      );
      return true;
    } catch (error) {
      if (error instanceof GuardRefused) return false;
      throw error;
    }
  }

  /** The sealed call of a task that may still run. */
  async toRun(callId: string): Promise<SealedTask | undefined> {
    const { rows } = await this.#parts.pool.query<SealedTask>(
      `select id, call_id as "callId", connection, principal, session_id as "sessionId", sealed
       from countersign.task where call_id = $1 and state = 'waiting' and sealed is not null`,
      [callId],
    );
    return rows[0];
  }

  async isExecuting(callId: string): Promise<boolean> {
    const { rowCount } = await this.#parts.pool.query(
      `select from countersign.task where call_id = $1 and state = 'executing'`,
      [callId],
    );
    return rowCount === 1;
  }
}
