import { DatabaseAway } from '../../workflows/evidence/database-pool.ts';
import { LedgerUnavailable } from '../../workflows/evidence/ledger.ts';
import { GatewayError } from '../errors.ts';

/** When callers of a PostgreSQL that is away may try again. */
export const retryAfterSeconds = '2';

/** What a step that asked PostgreSQL in vain answers; undefined for every other failure. */
export function outageOf(error: unknown): GatewayError | undefined {
  if (!(error instanceof DatabaseAway) && !(error instanceof LedgerUnavailable)) return undefined;
  return new GatewayError('EVIDENCE_UNAVAILABLE', { headers: { 'retry-after': retryAfterSeconds }, cause: error });
}
