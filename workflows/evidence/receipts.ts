import type pg from 'pg';
import type { AnswerReceipt } from '../contract/recording.ts';

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
