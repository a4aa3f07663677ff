import type pg from 'pg';
import { GuardRefused } from './append-errors.ts';
import { sqlState } from './ledger-sql.ts';

/** SQL that must change exactly one row in the transaction of the append, or the drafts are refused. */
export interface Guard {
  readonly text: string;
  readonly values: readonly unknown[];
}

export type GuardVerdict =
  | { readonly code: 'held' }
  | { readonly code: 'refused'; readonly error: Error }
  /** Somebody else held a row for too long; nothing is wrong with the guard. */
  | { readonly code: 'retry' };

const uniqueViolation = '23505';
/** Lock timeout, statement timeout, deadlock, serialization failure. */
const passingStates = new Set(['55P03', '57014', '40P01', '40001']);

/** Runs a guard under a savepoint, so that one that fails or refuses takes nobody else's entries with it. */
export async function runGuard(client: pg.Client, { text, values }: Guard): Promise<GuardVerdict> {
  const savepoint = client.query('savepoint guarded');
  const change = client.query({ text, values: [...values], queryMode: 'extended' } as pg.QueryConfig);
  const [opened, changed] = await Promise.allSettled([savepoint, change]);
  if (opened.status === 'rejected') throw opened.reason;
  if (changed.status === 'fulfilled' && changed.value.rowCount === 1) {
    await client.query('release savepoint guarded');
    return { code: 'held' };
  }
  const verdict = changed.status === 'fulfilled' ? refusal(changed.value.rowCount) : failure(changed.reason);
  await client.query('rollback to savepoint guarded');
  return verdict;
}

function refusal(rows: number | null): GuardVerdict {
  return { code: 'refused', error: new GuardRefused(`The guard changed ${rows ?? 0} rows instead of one.`) };
}

function failure(error: Error): GuardVerdict {
  const state = sqlState(error);
  if (state === undefined) throw error;
  if (passingStates.has(state)) return { code: 'retry' };
  if (state === uniqueViolation) {
    return { code: 'refused', error: new GuardRefused('The row of the guard stands already.', { cause: error }) };
  }
  return { code: 'refused', error };
}
