import type { Logger } from 'pino';
import type { Json } from '../../workflows/contract/call.ts';
import type { AppendedEntry, EntryDraft } from '../../workflows/contract/entry.ts';
import { LedgerUnavailable, type Ledger } from '../../workflows/evidence/ledger.ts';
import type { KnownCall } from '../call.ts';
import { GatewayError } from '../errors.ts';
import { retryAfterSeconds } from '../record/outage.ts';
import type { Refusal } from '../release/refusal.ts';

/** So many refusals of one kind are recorded one by one in a minute; the rest of the flood is counted. */
export const recordedPerMinuteMax = 60;
const minuteMs = 60_000;
const lookEveryMs = 5_000;
/** Beyond so many kinds at once, refusals are recorded one by one whatever their number. */
const floodsMax = 1_000;
const kindsMax = 10_000;

export interface FloodParts {
  readonly ledger: Pick<Ledger, 'append'>;
  readonly now: () => Date;
  /** Milliseconds of a clock that nobody sets. */
  readonly uptimeMs: () => number;
  readonly newFloodId: () => string;
  readonly log: Logger;
}

/** Refusals of one caller, on one connection, for one reason. */
interface Kind {
  readonly principal: string;
  readonly connection: string;
  readonly code: string;
  readonly rule: string | null;
}

interface Counter {
  readonly kind: Kind;
  sinceMs: number;
  refused: number;
  flood: Flood | undefined;
}

interface Flood {
  readonly id: string;
  readonly kind: Kind;
  readonly opened: Promise<AppendedEntry>;
  isOpen: boolean;
  isOver: boolean;
  /** What no entry tells yet. */
  count: number;
  from: Date;
  sinceMs: number;
  /** An entry that the ledger has not confirmed: it is written again as it is, or a late commit would count twice. */
  pending: EntryDraft | undefined;
  entries: number;
}

/**
 * Floods of refusals. Whoever is refused again and again would fill the ledger with one and the same, so beyond
 * {@link recordedPerMinuteMax} a minute refusals are counted. The ledger says so first: a flood is opened by an entry
 * that is committed before the first refusal without one of its own is answered; each minute, and when the flood or
 * this gateway ends, an entry has the count. A flood that is opened and has no end lost the count of its last minute
 * with its gateway. What is allowed never comes here.
 */
export class RefusalFloods {
  readonly #parts: FloodParts;
  readonly #counters = new Map<string, Counter>();
  readonly #floods = new Set<Flood>();
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: FloodParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), lookEveryMs);
  }

  /** Ends every flood, in the ledger if it can be reached. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    for (const flood of this.#floods) this.#end(flood);
    await Promise.all([...this.#floods].map((flood) => this.#tell(flood)));
  }

  /**
   * Records a refusal by `one`, or counts it as part of a flood, of which `counted` gets the opening entry. Throws
   * EVIDENCE_UNAVAILABLE when neither can be done: no record, no answer.
   */
  async record<T>(
    call: KnownCall,
    refusal: Refusal,
    one: () => Promise<T>,
    counted: (opening: AppendedEntry) => T,
  ): Promise<T> {
    const counter = this.#counterOf(call, refusal);
    counter.refused += 1;
    if (counter.flood === undefined) {
      if (counter.refused <= recordedPerMinuteMax || this.#floods.size >= floodsMax) return one();
      counter.flood = this.#open(counter);
    }
    const { flood } = counter;
    const opening = await this.#opened(counter, flood);
    // It may have ended while its opening was committed, with a count that lacks this one.
    if (flood.isOver) return one();
    flood.count += 1;
    return counted(opening);
  }

  /** Writes the counts that are due. Called by a timer. */
  async look(): Promise<void> {
    const nowMs = this.#parts.uptimeMs();
    const due = [...this.#floods].filter(({ isOver, sinceMs }) => isOver || nowMs - sinceMs >= minuteMs);
    for (const flood of due) if (flood.count <= recordedPerMinuteMax) this.#end(flood);
    await Promise.all(due.map((flood) => this.#tell(flood)));
  }

  #counterOf({ principal, connection }: KnownCall, refusal: Refusal): Counter {
    const nowMs = this.#parts.uptimeMs();
    const { code } = refusal;
    const rule = refusal.rule ?? null;
    const kind: Kind = { principal, connection: connection.name, code, rule };
    const key = JSON.stringify([principal, connection.name, code, rule]);
    const known = this.#counters.get(key);
    if (known !== undefined && (known.flood !== undefined || nowMs - known.sinceMs < minuteMs)) return known;
    this.#counters.delete(key);
    this.#forgetOldest();
    const counter: Counter = { kind, sinceMs: nowMs, refused: 0, flood: undefined };
    this.#counters.set(key, counter);
    return counter;
  }

  /** An early forgetting has more recorded, never less. */
  #forgetOldest(): void {
    if (this.#counters.size < kindsMax) return;
    for (const [key, { flood }] of this.#counters) {
      if (flood !== undefined) continue;
      this.#counters.delete(key);
      return;
    }
  }

  #open({ kind }: Counter): Flood {
    const { ledger, now, uptimeMs, newFloodId } = this.#parts;
    const id = newFloodId();
    const from = now();
    const facts = { ...factsOf(kind, id), from: from.toISOString(), recordedPerMinute: recordedPerMinuteMax };
    const opened = ledger.append([{ ...aboutOf(kind), outcome: 'opened', facts }]).then(([entry]) => {
      if (entry === undefined) throw new LedgerUnavailable('the ledger returned no entry');
      flood.isOpen = true;
      return entry;
    });
    const flood: Flood = {
      id,
      kind,
      opened,
      isOpen: false,
      isOver: false,
      count: 0,
      from,
      sinceMs: uptimeMs(),
      pending: undefined,
      entries: 0,
    };
    this.#floods.add(flood);
    return flood;
  }

  async #opened(counter: Counter, flood: Flood): Promise<AppendedEntry> {
    try {
      return await flood.opened;
    } catch (error) {
      if (counter.flood === flood) counter.flood = undefined;
      this.#floods.delete(flood);
      if (!(error instanceof LedgerUnavailable)) throw error;
      throw new GatewayError('EVIDENCE_UNAVAILABLE', { headers: { 'retry-after': retryAfterSeconds }, cause: error });
    }
  }

  /** From here on refusals of its kind are recorded one by one again. */
  #end(flood: Flood): void {
    if (flood.isOver || !flood.isOpen) return;
    flood.isOver = true;
    for (const [key, counter] of this.#counters) if (counter.flood === flood) this.#counters.delete(key);
  }

  /** Best effort: what the ledger does not take now, it is told at the next look. */
  async #tell(flood: Flood): Promise<void> {
    if (!flood.isOpen) return;
    try {
      const { pending } = flood;
      if (pending !== undefined) await this.#append(flood, pending);
      if (pending?.outcome !== 'ended') await this.#append(flood, (flood.pending = this.#countOf(flood)));
      if (flood.isOver) this.#floods.delete(flood);
    } catch (error) {
      if (!(error instanceof LedgerUnavailable)) throw error;
      this.#parts.log.warn({ flood: flood.id }, 'the count of a flood of refusals could not be recorded yet');
    }
  }

  async #append(flood: Flood, draft: EntryDraft): Promise<void> {
    await this.#parts.ledger.append([draft]);
    flood.pending = undefined;
  }

  /** Takes the count out of the flood, into an entry. */
  #countOf(flood: Flood): EntryDraft {
    const { now, uptimeMs } = this.#parts;
    const { id, kind, count, from, isOver } = flood;
    const to = now();
    flood.entries += 1;
    flood.count = 0;
    flood.from = to;
    flood.sinceMs = uptimeMs();
    return {
      ...aboutOf(kind),
      outcome: isOver ? 'ended' : 'counted',
      once: `refusals.counted/${id}/${flood.entries}`,
      facts: { ...factsOf(kind, id), count, from: from.toISOString(), to: to.toISOString() },
    };
  }
}

function aboutOf({ principal, connection }: Kind): Pick<EntryDraft, 'kind' | 'principal' | 'connection'> {
  return { kind: 'refusals.counted', principal, connection };
}

function factsOf({ code, rule }: Kind, flood: string): Readonly<Record<string, Json>> {
  return { code, rule, flood };
}
