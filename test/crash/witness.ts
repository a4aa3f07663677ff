import type pg from 'pg';
import type { Ledger } from '../../workflows/evidence/ledger.ts';

/** Every marker of an errand starts so; the rest are its round, its place in it and, for reads, the attempt. */
const markerPattern = /cm[0-9]+x[0-9]+(?:a[0-9]+)?z/g;

export interface SeenEntry {
  readonly seq: number;
  readonly kind: string;
  readonly callId: string | null;
  readonly approvalId: string | null;
  readonly outcome: string | null;
  readonly tool: string | null;
  readonly atMs: number;
  readonly instance: string;
  /** Among its facts, why it ended so; or the rule that said it. */
  readonly why: string | null;
}

interface Row extends Omit<SeenEntry, 'seq' | 'atMs'> {
  readonly seq: string;
  readonly at: Date;
  readonly text: string;
  readonly commitment: Buffer | null;
}

const pageRows = 2_000;
const bodiesAtOnce = 16;

/**
 * Reads along in the ledger as it grows, bodies too. What it knows, it knows from there and not from the gateways.
 * The log must not turn to another month while it reads.
 */
export class Witness {
  readonly #pool: pg.Pool;
  readonly #ledger: Pick<Ledger, 'readBody'>;
  readonly #canary: string;
  #lastSeq = -1;
  readonly entries: SeenEntry[] = [];
  readonly byCall = new Map<string, SeenEntry[]>();
  readonly byApproval = new Map<string, SeenEntry[]>();
  /** Markers of recorded requests, and of recorded answers. */
  readonly requested = new Set<string>();
  readonly answered = new Set<string>();
  /** What recorded answers say that name no marker, such as a server's word that its own database is away. */
  readonly contents = new Set<string>();
  /** Entries and bodies in which the canary was found. */
  readonly leaks: string[] = [];

  constructor(pool: pg.Pool, ledger: Pick<Ledger, 'readBody'>, canary: string) {
    this.#pool = pool;
    this.#ledger = ledger;
    this.#canary = canary;
  }

  /** Reads what was appended since the last time. */
  async read(): Promise<void> {
    for (;;) {
      const { rows } = await this.#pool.query<Row>(
        `select seq, kind, call_id as "callId", approval_id as "approvalId", outcome, tool, at, instance,
                convert_from(entry, 'UTF8') as text, commitment,
                coalesce(entry_facts ->> 'why', entry_facts ->> 'rule') as why
         from ledger.entry, lateral (select convert_from(entry, 'UTF8')::jsonb -> 'facts') as facts (entry_facts)
         where seq > $1 order by seq limit $2`,
        [this.#lastSeq, pageRows],
      );
      for (let from = 0; from < rows.length; from += bodiesAtOnce) {
        await Promise.all(rows.slice(from, from + bodiesAtOnce).map((row) => this.#readBody(row)));
      }
      for (const row of rows) this.#note(row);
      if (rows.length < pageRows) return;
    }
  }

  async #readBody({ seq, kind, commitment }: Row): Promise<void> {
    if (commitment === null) return;
    const body = await this.#ledger.readBody(commitment.toString('hex'));
    if (body === undefined) throw new Error(`the body of entry ${seq} cannot be read`);
    const text = body.toString('utf8');
    if (text.includes(this.#canary)) this.leaks.push(`the body of entry ${seq}, ${kind}`);
    const markers = text.match(markerPattern) ?? [];
    if (kind === 'request.received') for (const marker of markers) this.requested.add(marker);
    if (kind !== 'response.recorded') return;
    for (const marker of markers) this.answered.add(marker);
    if (markers.length > 0) return;
    const { result } = JSON.parse(text) as { result?: { content?: unknown } };
    if (result?.content !== undefined) this.contents.add(JSON.stringify(result.content));
  }

  #note({ seq, at, text, commitment: _commitment, ...row }: Row): void {
    this.#lastSeq = Number(seq);
    if (text.includes(this.#canary)) this.leaks.push(`entry ${seq}, ${row.kind}`);
    const entry: SeenEntry = { ...row, seq: Number(seq), atMs: at.getTime() };
    this.entries.push(entry);
    put(this.byCall, entry.callId, entry);
    put(this.byApproval, entry.approvalId, entry);
  }

  /** The entry that ends a call, if it has ended. */
  endOf(callId: string): SeenEntry | undefined {
    return this.byCall.get(callId)?.find(isEnd);
  }
}

export function isEnd({ kind }: SeenEntry): boolean {
  return kind === 'response.recorded' || kind === 'call.closed';
}

function put(map: Map<string, SeenEntry[]>, key: string | null, entry: SeenEntry): void {
  if (key === null) return;
  const list = map.get(key);
  if (list === undefined) map.set(key, [entry]);
  else list.push(entry);
}
