import { GuardRefused, type Ledger } from '../../workflows/evidence/ledger.ts';
import { expiryGuard, pauseLifted, type Pause } from './pause-store.ts';

/** Records that a pause is over by its time. Every gateway sees it, and one of them writes it down. */
export async function clearPause(ledger: Pick<Ledger, 'append'>, over: Pause): Promise<void> {
  try {
    await ledger.append([pauseLifted(over, { reason: 'its time is over' })], expiryGuard(over));
  } catch (error) {
    if (!(error instanceof GuardRefused)) throw error;
  }
}
