import type { Pool } from 'pg';
import type { Json } from '../contract/call.ts';
import { openBody } from './body.ts';
import type { KeyWrapper } from './key-ring.ts';

/** A request as the ledger has it. */
export interface RecordedRequest {
  readonly callId: string;
  /** When it came. */
  readonly at: Date;
  /** `issuer#subject`. */
  readonly principal: string;
  readonly connection: string;
  readonly method: string;
  readonly tool?: string;
  /** The verdict. */
  readonly outcome: string;
  readonly facts: Readonly<Record<string, Json>>;
  /** The message, masked; undefined when it or its key was destroyed. */
  readonly body: Buffer | undefined;
}

export interface RequestsWanted {
  /** Name of the log without its month. */
  readonly origin: string;
  readonly since: Date;
  readonly until: Date;
  readonly connection?: string;
}

interface Row {
  readonly seq: string;
  readonly at: Date;
  readonly entry: Buffer;
  readonly commitment: Buffer | null;
  readonly key_id: string | null;
  readonly nonce: Buffer | null;
  readonly ciphertext: Buffer | null;
  readonly wrapped: Buffer | null;
}

const pageRows = 200;
/** Entries stand in the order of their commits, which is nearly that of their times: writers differ by so much at most. */
const disorderMs = 60_000;

/** Requests of a stretch of time, the youngest first, page by page: what is read takes no memory once it was looked at. */
export async function* readRequests(
  pool: Pick<Pool, 'query'>,
  wrapper: KeyWrapper,
  wanted: RequestsWanted,
): AsyncGenerator<RecordedRequest> {
  const open = createBodyReader(wrapper);
  for (const log of await logsOf(pool, wanted)) {
    for (let before: string | null = null, done = false; !done;) {
      const rows: readonly Row[] = await readPage(pool, log, before, wanted);
      for (const row of rows) {
        const at = row.at.getTime();
        if (at >= wanted.since.getTime() && at <= wanted.until.getTime()) yield toRequest(row, await open(row));
      }
      const last = rows.at(-1);
      before = last?.seq ?? null;
      done = rows.length < pageRows || last === undefined || last.at.getTime() < wanted.since.getTime() - disorderMs;
    }
  }
}

/** The youngest first; of months before the first one wanted, none. */
async function logsOf(pool: Pick<Pool, 'query'>, { origin, since }: RequestsWanted): Promise<readonly string[]> {
  const month = new Date(since.getTime() - disorderMs).toISOString().slice(0, 7);
  const { rows } = await pool.query<{ log: string }>(
    'select log from ledger.log_state where origin = $1 and month >= $2 order by month desc',
    [origin, month],
  );
  return rows.map(({ log }) => log);
}

async function readPage(
  pool: Pick<Pool, 'query'>,
  log: string,
  before: string | null,
  { connection = null }: Omit<RequestsWanted, 'connection'> & { readonly connection?: string | null },
): Promise<readonly Row[]> {
  const { rows } = await pool.query<Row>({
    name: 'ledger-read-requests',
    text: `select page.seq, page.at, page.entry, page.commitment, body.key_id, body.nonce, body.ciphertext, key.wrapped
           from (
             select seq, at, entry, commitment from ledger.entry
             where log = $1 and kind = 'request.received' and ($2::bigint is null or seq < $2)
               and ($3::text is null or connection = $3)
             order by seq desc limit ${pageRows}
           ) page
           left join ledger.body body using (commitment) left join ledger.body_key key using (key_id)
           order by page.seq desc`,
    values: [log, before, connection],
  });
  return rows;
}

/** Unwraps each key once. */
function createBodyReader(wrapper: KeyWrapper) {
  const keys = new Map<string, ReturnType<KeyWrapper['unwrap']>>();
  return async ({ commitment, key_id: id, nonce, ciphertext, wrapped }: Row): Promise<Buffer | undefined> => {
    if (commitment === null || id === null || nonce === null || ciphertext === null || wrapped === null)
      return undefined;
    const key = keys.get(id) ?? wrapper.unwrap(wrapped, id);
    keys.set(id, key);
    return openBody(commitment, { nonce, bytes: ciphertext }, await key);
  };
}

function toRequest({ at, entry }: Row, body: Buffer | undefined): RecordedRequest {
  const {
    callId = '',
    principal = '',
    connection = '',
    outcome = '',
    tool,
    facts,
  } = JSON.parse(entry.toString('utf8')) as Partial<RecordedRequest>;
  const { method = '' } = (facts ?? {}) as { readonly method?: string };
  const named = tool === undefined ? {} : { tool };
  return { callId, at, principal, connection, method, outcome, facts: facts ?? {}, body, ...named };
}
