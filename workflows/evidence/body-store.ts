import { createSecretKey } from 'node:crypto';
import type pg from 'pg';
import type { BodyDraft } from '../contract/entry.ts';
import { LedgerUnavailable } from './append-errors.ts';
import { openBody, sealBody, type DataKey, type SealedBody } from './body.ts';
import type { KeyWrapper } from './key-ring.ts';
import { uuidV7 } from './uuid.ts';
import type { RandomBytes } from './seal.ts';

export interface BodyStoreParts {
  readonly readers: pg.Pool;
  readonly wrapper: KeyWrapper;
  readonly now: () => Date;
  readonly random: RandomBytes;
}

interface CachedKey extends DataKey {
  /** Days of UTC since 1970. */
  readonly day: number;
  readonly fetchedAtMs: number;
}

interface BodyRow {
  readonly key_id: string;
  readonly nonce: Buffer;
  readonly ciphertext: Buffer;
  readonly wrapped: Buffer | null;
}

const dataKeyBytes = 32;
const dayMs = 86_400_000;
/** After this a data key is fetched again, so that one which was destroyed leaves this process too. */
const keyCacheMs = 5 * 60_000;

/** Encrypts bodies under the key of the day, and reads them back while their key exists. */
export class BodyStore {
  readonly #parts: BodyStoreParts;
  #cached: CachedKey | undefined;
  #fetching: Promise<CachedKey> | undefined;

  constructor(parts: BodyStoreParts) {
    this.#parts = parts;
  }

  /** Throws `LedgerUnavailable` when the key of the day cannot be had. */
  async seal(draft: BodyDraft): Promise<SealedBody> {
    return sealBody(draft, await this.#keyOfToday(), this.#parts.random);
  }

  /** Undefined when there is no such body, or its key was destroyed. The row is asked every time, the cache never. */
  async read(commitment: string): Promise<Buffer | undefined> {
    const { readers, wrapper } = this.#parts;
    const name = Buffer.from(commitment, 'hex');
    const { rows } = await reachable(
      readers.query<BodyRow>({
        name: 'ledger-read-body',
        text: `select body.key_id, body.nonce, body.ciphertext, key.wrapped
               from ledger.body join ledger.body_key key using (key_id) where body.commitment = $1`,
        values: [name],
      }),
    );
    const row = rows[0];
    if (row === undefined || row.wrapped === null) return undefined;
    const key = await wrapper.unwrap(row.wrapped, row.key_id);
    return openBody(name, { nonce: row.nonce, bytes: row.ciphertext }, key);
  }

  async #keyOfToday(): Promise<DataKey> {
    const now = this.#parts.now();
    const cached = this.#cached;
    const nowMs = now.getTime();
    const day = Math.floor(nowMs / dayMs);
    if (cached?.day === day && nowMs - cached.fetchedAtMs < keyCacheMs) return cached;
    this.#fetching ??= this.#fetchKey(day, now).finally(() => (this.#fetching = undefined));
    this.#cached = await this.#fetching;
    return this.#cached;
  }

  /** Offers a new key for the day; the database keeps the first one offered by any process. */
  async #fetchKey(day: number, now: Date): Promise<CachedKey> {
    const { readers, wrapper, random } = this.#parts;
    const candidateId = uuidV7(now.getTime(), random);
    const candidate = createSecretKey(random(dataKeyBytes));
    const { rows } = await reachable(
      readers.query<{ key_id: string; wrapped: Buffer }>({
        name: 'ledger-key-of-day',
        text: 'select key_id, wrapped from ledger.body_key_of_day($1, $2, $3, $4)',
        values: [now.toISOString().slice(0, 10), candidateId, await wrapper.wrap(candidate, candidateId), now],
      }),
    );
    const row = rows[0];
    if (row === undefined)
      throw new LedgerUnavailable('The key of the day was destroyed as it was fetched. Try again.');
    const key = row.key_id === candidateId ? candidate : await wrapper.unwrap(row.wrapped, row.key_id);
    return { id: row.key_id, key, day, fetchedAtMs: now.getTime() };
  }
}

async function reachable<Rows extends pg.QueryResultRow>(query: Promise<pg.QueryResult<Rows>>) {
  try {
    return await query;
  } catch (cause) {
    throw new LedgerUnavailable('The store of bodies did not answer. Check PostgreSQL.', { cause });
  }
}
