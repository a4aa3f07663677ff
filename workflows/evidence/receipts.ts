import type pg from 'pg';
import type { AnswerReceipt, CallEnding } from '../contract/recording.ts';

/** The receipt of a call's recorded answer, read back from its entry; undefined when none was recorded. */
export async function findReceipt(pool: pg.Pool, callId: string): Promise<AnswerReceipt | undefined> {
  const { rows } = await pool.query<{ seq: string; entry: Buffer; commitment: Buffer | null }>(
    `select seq, entry, commitment from ledger.entry where call_id = $1 and kind = 'response.recorded'`,
    [callId],
  );
  const [row] = rows;
  if (row === undefined || row.commitment === null) return undefined;
  const { facts } = JSON.parse(row.entry.toString('utf8')) as { facts: RecordedAnswerFacts };
  return {
    callId,
    commitment: row.commitment.toString('hex'),
    seq: Number(row.seq),
    bytes: facts.bytes,
    maskedFields: facts.maskedFields,
    toolError: facts.toolError,
  };
}

interface RecordedAnswerFacts {
  readonly bytes: number;
  readonly maskedFields: number;
  readonly toolError: boolean;
}

/** How an ungated call has ended, from its entries; undefined while it is open. */
export async function findEnding(pool: pg.Pool, callId: string): Promise<CallEnding | undefined> {
  const receipt = await findReceipt(pool, callId);
  if (receipt !== undefined) return { code: 'answered', receipt };
  const { rows } = await pool.query<{ outcome: string }>(
    `select outcome from ledger.entry where call_id = $1 and kind = 'call.closed'`,
    [callId],
  );
  const outcome = rows[0]?.outcome;
  switch (outcome) {
    case undefined:
      return undefined;
    case 'unavailable':
    case 'paused':
      return { code: 'unavailable', reason: 'Nothing was sent.' };
    case 'withheld':
    case 'blocked':
      return { code: 'withheld', reason: 'The answer could not be released.' };
    default:
      return { code: 'unknown' };
  }
}
