import type pg from 'pg';
import type { ApprovalRequest } from '../../workflows/contract/approval.ts';
import { identify, type AuthenticationParts } from '../authenticate/authenticate.ts';
import type { CallerHeaders } from '../call.ts';
import { GatewayError } from '../errors.ts';

export interface ApprovalStatusParts extends AuthenticationParts {
  readonly pool: pg.Pool;
}

interface ApprovalRow {
  readonly request: ApprovalRequest;
  readonly state: 'open' | 'closed';
  readonly outcome: string | null;
}

/**
 * `GET /api/v1/approvals/{id}`: where the caller's own approval stands. Needs a token for the connection the call was
 * made to; to anybody else there is no such approval (404). Times in RFC 3339.
 */
export async function approvalStatus(parts: ApprovalStatusParts, approvalId: string, headers: CallerHeaders) {
  const { rows } = await parts.pool.query<ApprovalRow>(
    'select request, state, outcome from countersign.approval where id = $1',
    [approvalId],
  );
  const [row] = rows;
  const connection = parts.config().connections.find(({ name }) => name === row?.request.connection);
  if (row === undefined || connection === undefined) throw new GatewayError('APPROVAL_UNKNOWN');
  const { caller } = await identify(parts, connection, headers, 'modern', 'none');
  const { request, state, outcome } = row;
  if (caller.issuer !== request.caller.issuer || caller.subject !== request.caller.subject) {
    throw new GatewayError('APPROVAL_UNKNOWN');
  }
  const { tool, openedAt, expiresAt, ruleIds } = request;
  return { id: approvalId, state, outcome, connection: connection.name, tool, rules: ruleIds, openedAt, expiresAt };
}
