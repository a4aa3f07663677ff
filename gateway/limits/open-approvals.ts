import type pg from 'pg';
import type { Caller } from '../../workflows/contract/call.ts';
import type { KnownCall } from '../call.ts';
import { inputOf, type Limit } from './limit.ts';

/** Where no limit says otherwise: more cards of one caller than people read with care. */
const approvalsMaxDefault = 100;

/** How many approvals a caller may have open, and which limit says so. */
export interface ApprovalsMax {
  readonly id: string;
  /** Infinity: as many as it likes. */
  readonly most: number;
  readonly reason?: string | undefined;
}

/** The caller has as many open approvals as it may. */
export class TooManyApprovals extends Error {
  override readonly name = 'TooManyApprovals';
  readonly firstEndsInMs: number;

  constructor(firstEndsInMs: number) {
    super('the caller has as many open approvals as it may');
    this.firstEndsInMs = firstEndsInMs;
  }
}

/** PURE. The smallest number that applies to a call; the built-in one only when no other does. */
export function approvalsMaxFor(limits: readonly Limit[], call: KnownCall): ApprovalsMax {
  const input = inputOf(call);
  const fitting = limits.flatMap(({ id, openApprovals, reason, fits }) =>
    openApprovals !== undefined && fits(input) ? [{ id, most: openApprovals, reason }] : [],
  );
  const [first = { id: 'open-approvals', most: approvalsMaxDefault }, ...others] = fitting;
  return others.reduce((least, one) => (one.most < least.most ? one : least), first);
}

export interface RoomParts {
  readonly pool: pg.Pool;
  readonly now: () => Date;
}

/** Throws TooManyApprovals, unless a place has become free meanwhile. */
export async function requireRoom({ pool, now }: RoomParts, caller: Caller, most: number): Promise<void> {
  if (most === Infinity) return;
  const { rows } = await pool.query<{ open: number; first: Date | null }>(
    `select count(*)::integer as open, min(expires_at) as first from countersign.approval
     where state = 'open' and caller ->> 'issuer' = $1 and caller ->> 'subject' = $2`,
    [caller.issuer, caller.subject],
  );
  const { open = 0, first = null } = rows[0] ?? {};
  if (open >= most) throw new TooManyApprovals(Math.max((first?.getTime() ?? 0) - now().getTime(), 0));
}
