import type { KeyObject } from 'node:crypto';
import type pg from 'pg';
import type { Client } from '@temporalio/client';
import { WorkflowIdConflictPolicy } from '@temporalio/common';
import {
  attachCaller,
  detachCaller,
  type ApprovalRequest,
  type ApprovalRule,
  type WaitingCaller,
} from '../../workflows/contract/approval.ts';
import {
  APPROVAL_WORKFLOW,
  approvalWorkflowId,
  LEDGER_QUEUE,
  searchAttributes,
  TASK_QUEUE,
} from '../../workflows/contract/names.ts';
import { canonicalDigest, canonicalText } from '../../workflows/evidence/canonical.ts';
import type { RecordedCall } from '../call.ts';
import { GatewayError } from '../errors.ts';
import { requireRoom, type ApprovalsMax } from '../limits/open-approvals.ts';
import type { Masker } from '../masking/masker.ts';
import { maskedPurpose } from '../record/purpose-facts.ts';
import { actionDigest, actionOf, broughtBy, joinKey } from './action-digest.ts';
import { covers, hasMembersOf } from './approvals-needed.ts';

const nonceBytes = 16;
const temporalDeadlineMs = 5_000;

export interface CaseParts {
  readonly pool: pg.Pool;
  readonly temporal: Client;
  readonly masker: Masker;
  readonly joinKey: KeyObject;
  readonly gatewayQueue: string;
  readonly now: () => Date;
  readonly newApprovalId: () => string;
  readonly randomBytes: (size: number) => Buffer;
}

export interface JoinedCase {
  readonly approvalId: string;
  readonly workflowId: string;
  readonly request: ApprovalRequest;
  /** True when this call opened the case. */
  readonly opened: boolean;
}

/** The cases of this deployment: rows in PostgreSQL that say what is asked, workflows in Temporal that wait. */
export class Cases {
  readonly #parts: CaseParts;

  constructor(parts: CaseParts) {
    this.#parts = parts;
  }

  /**
   * Opens the case of a call, or joins the one that an identical call opened. The row comes first: a workflow without
   * one is refused by its own activities, so that nobody can open a case from Temporal alone. Throws TooManyApprovals
   * when its caller has as many open as it may.
   */
  async join(call: RecordedCall, rule: ApprovalRule, { most }: Pick<ApprovalsMax, 'most'>): Promise<JoinedCase> {
    const action = actionOf(call, call.policyDigest);
    // What an identical call joins is asked for what it would be asked for itself, under whichever version of the policy.
    const joined = { ...action, policyDigest: canonicalDigest(rule), ...masksOf(call) };
    const workflowId = approvalWorkflowId(call.connection.name, joinKey(joined, this.#parts.joinKey));
    const nonce = this.#parts.randomBytes(nonceBytes);
    const asked = this.#request(call, rule, actionDigest(action, nonce));
    const opened = await this.#insert(workflowId, asked, nonce, most);
    const request = opened ? asked : await this.#load(workflowId);
    if (request === undefined) {
      await requireRoom(this.#parts, call.caller, most);
      return this.join(call, rule, { most });
    }
    return { approvalId: request.approvalId, workflowId, request, opened };
  }

  /**
   * The case that this caller waited for before, while it is open and asks for no less than policy asks for now: a policy
   * that was loaded in the meantime opens no second card.
   */
  async rejoin(call: RecordedCall, approvalId: string, rule: ApprovalRule): Promise<JoinedCase | undefined> {
    const { rows } = await this.#parts.pool.query<{ workflowId: string; request: ApprovalRequest }>(
      `select workflow_id as "workflowId", request from countersign.approval where id = $1 and state = 'open'`,
      [approvalId],
    );
    const [row] = rows;
    if (row === undefined || !covers(row.request.rule, rule) || !hasMembersOf(row.request.rule, rule)) return undefined;
    if (canonicalText(row.request.masks ?? []) !== canonicalText(masksOf(call).masks ?? [])) return undefined;
    return { approvalId, workflowId: row.workflowId, request: row.request, opened: false };
  }

  /** What a case was opened for, whether it is open or over. */
  async requestOf(approvalId: string): Promise<ApprovalRequest | undefined> {
    const { rows } = await this.#parts.pool.query<{ request: ApprovalRequest }>(
      'select request from countersign.approval where id = $1',
      [approvalId],
    );
    return rows[0]?.request;
  }

  /** Attaches the caller, and starts the workflow if none is waiting yet. Throws APPROVALS_UNAVAILABLE. */
  async attach(joined: JoinedCase, callId: string): Promise<void> {
    await this.#attach(joined, this.#waiting(joined, callId));
  }

  /**
   * Attaches a task. False when the workflow of an earlier case is still about to end: it would not keep the task, and
   * nobody waits here to be told. Throws APPROVALS_UNAVAILABLE.
   */
  async attachTask(joined: JoinedCase, callId: string): Promise<boolean> {
    const handle = await this.#attach(joined, waitingTask(joined.approvalId, callId));
    const { typedSearchAttributes } = await this.#ask(() => handle.describe());
    return typedSearchAttributes.get(searchAttributes.approval) === joined.approvalId;
  }

  async #attach(joined: JoinedCase, waiting: WaitingCaller) {
    const { request, workflowId } = joined;
    const { caller, connection, tool, approvalId } = request;
    return this.#ask(() =>
      this.#parts.temporal.workflow.signalWithStart(APPROVAL_WORKFLOW, {
        workflowId,
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
        taskQueue: LEDGER_QUEUE,
        args: [request],
        signal: attachCaller,
        signalArgs: [waiting],
        staticSummary: `${connection}.${tool} asked by ${caller.subject}`,
        staticDetails: `Approval ${approvalId}, expires ${request.expiresAt}, rules ${request.ruleIds.join(', ')}`,
        typedSearchAttributes: [
          { key: searchAttributes.connection, value: connection },
          { key: searchAttributes.tool, value: tool },
          { key: searchAttributes.caller, value: caller.subject },
          { key: searchAttributes.approval, value: approvalId },
          { key: searchAttributes.status, value: 'open' },
        ],
      }),
    );
  }

  /** Says that the caller no longer waits. A case that has ended meanwhile needs no word of it. */
  async detach(joined: JoinedCase, callId: string): Promise<void> {
    const handle = this.#parts.temporal.workflow.getHandle(joined.workflowId);
    await this.#ask(() => handle.signal(detachCaller, this.#waiting(joined, callId))).catch(() => undefined);
  }

  /** Says that a task was taken back by its caller. */
  async detachTask(task: { workflowId: string; approvalId: string; callId: string }): Promise<void> {
    const handle = this.#parts.temporal.workflow.getHandle(task.workflowId);
    const waiting = waitingTask(task.approvalId, task.callId);
    await this.#ask(() => handle.signal(detachCaller, waiting)).catch(() => undefined);
  }

  #waiting({ approvalId }: JoinedCase, callId: string): WaitingCaller {
    return { approvalId, callId, gatewayQueue: this.#parts.gatewayQueue };
  }

  async #ask<T>(send: () => Promise<T>): Promise<T> {
    try {
      return await this.#parts.temporal.withDeadline(this.#parts.now().getTime() + temporalDeadlineMs, send);
    } catch (error) {
      throw new GatewayError('APPROVALS_UNAVAILABLE', { cause: error });
    }
  }

  #request(call: RecordedCall, rule: ApprovalRule, digest: string): ApprovalRequest {
    const openedAt = this.#parts.now();
    const masked = this.#parts.masker.maskJson(Buffer.from(shownArguments(call)));
    const { judgement } = call;
    return {
      approvalId: this.#parts.newApprovalId(),
      connection: call.connection.name,
      method: call.method,
      tool: call.tool ?? call.uri ?? call.method,
      caller: call.caller,
      maskedArguments: indented(masked.bytes.toString('utf8')),
      maskedFields: masked.hits.length,
      actionDigest: digest,
      policyDigest: call.policyDigest,
      ruleIds: judgement.ruleIds,
      ...(call.pin === undefined ? {} : { toolDefinitionDigest: call.pin.digest }),
      rule,
      openedAt: openedAt.toISOString(),
      expiresAt: new Date(openedAt.getTime() + rule.expiresAfterMs).toISOString(),
      ...('reason' in judgement && judgement.reason !== undefined ? { why: judgement.reason } : {}),
      ...(call.explanation === undefined ? {} : { explanation: call.explanation }),
      ...(call.purpose === undefined ? {} : { purpose: maskedPurpose(this.#parts.masker, call.purpose) }),
      ...masksOf(call),
    };
  }

  async #insert(workflowId: string, request: ApprovalRequest, nonce: Buffer, most: number): Promise<boolean> {
    const { rowCount } = await this.#parts.pool.query(
      `insert into countersign.approval
         (id, workflow_id, connection, tool, method, caller, rule, request, action_digest, nonce, policy_digest,
          state, opened_at, expires_at)
       select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'open', $12, $13
       where $14::integer is null or countersign.has_fewer_open_approvals($15, $16, $14)
       on conflict (workflow_id) where state = 'open' do nothing`,
      [
        request.approvalId,
        workflowId,
        request.connection,
        request.tool,
        request.method,
        JSON.stringify(request.caller),
        JSON.stringify(request.rule),
        JSON.stringify(request),
        request.actionDigest,
        nonce,
        request.policyDigest,
        request.openedAt,
        request.expiresAt,
        most === Infinity ? null : most,
        request.caller.issuer,
        request.caller.subject,
      ],
    );
    return rowCount === 1;
  }

  async #load(workflowId: string): Promise<ApprovalRequest | undefined> {
    const { rows } = await this.#parts.pool.query<{ request: ApprovalRequest }>(
      `select request from countersign.approval where workflow_id = $1 and state = 'open'`,
      [workflowId],
    );
    return rows[0]?.request;
  }
}

/** One answer is for all who wait for it: whoever may see less of it waits for another one. */
function masksOf({ judgement }: RecordedCall): { masks?: readonly string[] } {
  return 'masks' in judgement && judgement.masks !== undefined ? { masks: judgement.masks } : {};
}

function waitingTask(approvalId: string, callId: string): WaitingCaller {
  return { approvalId, callId, gatewayQueue: TASK_QUEUE, task: true };
}

/** What an approver sees: the arguments and, where a call brings answers to its server or a state, those too. */
function shownArguments(call: RecordedCall): string {
  const brought = broughtBy(call);
  if (brought === null) return call.canonicalArguments;
  return `{"arguments":${call.canonicalArguments},"brought":${canonicalText(brought)}}`;
}

/** Canonical JSON for reading. Text that holds numbers beyond a double stays as it is, digit by digit. */
function indented(text: string): string {
  const value: unknown = JSON.parse(text);
  return JSON.stringify(value) === text ? JSON.stringify(value, null, 2) : text;
}
