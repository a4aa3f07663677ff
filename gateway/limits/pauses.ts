import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Caller } from '../../workflows/contract/call.ts';
import { deferred } from '../deferred.ts';
import { GatewayError } from '../errors.ts';
import { retryAfterSeconds } from '../record/outage.ts';
import { deadline } from '../screen/deadline.ts';
import type { Pause, PauseTarget, SharedState } from './pause-store.ts';

/** Four times in the second within which a pause is in force everywhere. */
const readEveryMs = 250;
/** Nothing is let through by what was known longer ago. */
const knownMsMax = 1_000;
/** How long a message waits for news when what is known is too old; callers hear of an outage within two seconds. */
const newsMsMax = 1_500;
const askAgainAfterMs = 100;

export interface PauseParts {
  readonly read: () => Promise<SharedState>;
  /** Milliseconds of a clock that nobody sets. */
  readonly uptimeMs: () => number;
  /** Called once for each pause, when it is in force here. */
  readonly onSet: (pause: Pause) => void;
  /** Clears away a pause whose time is over. */
  readonly clear: (over: Pause) => Promise<void>;
  readonly log: Logger;
}

/** Who sends a message, and where to. */
export interface Sender {
  /** `issuer#subject`. */
  readonly principal: string;
  readonly caller: Caller;
  readonly connection: { readonly name: string };
}

/**
 * What is paused now. Read from PostgreSQL four times a second, on a connection of its own: no trigger or notification
 * has to arrive. A gateway that has not been able to read for a second lets nothing through until it has.
 */
export class Pauses {
  readonly #parts: PauseParts;
  #known: readonly Pause[] = [];
  #gateways = 1;
  #readAtMs = -Infinity;
  #reading: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #outage = false;
  #news = deferred<void>();
  #letGo = false;

  constructor(parts: PauseParts) {
    this.#parts = parts;
  }

  /** How many gateways share the limits. */
  get gateways(): number {
    return this.#gateways;
  }

  /** Rejects when what is paused cannot be read. */
  async start(): Promise<void> {
    await this.#read();
    this.#timer = setInterval(() => void this.#read().catch(() => undefined), readEveryMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.letGo();
  }

  /** This gateway stops: whoever waits for a pause to be lifted waits no longer. */
  letGo(): void {
    this.#letGo = true;
    this.#news.resolve();
  }

  /** What stops this sender. Only as good as what is known: see {@link fresh}. */
  of(sender: Sender): Pause | undefined {
    return this.#known.length === 0 ? undefined : this.#known.find((each) => stops(each, sender));
  }

  /** Whether this sender is known not to be paused, at this moment. */
  lets(sender: Sender): boolean {
    return this.#isFresh() && this.of(sender) === undefined;
  }

  /**
   * Undefined when what is known is fresh; else resolves once it is, and rejects with EVIDENCE_UNAVAILABLE when
   * PostgreSQL does not answer in time.
   */
  fresh(): Promise<void> | undefined {
    return this.#isFresh() ? undefined : this.#untilFresh();
  }

  /** Reads what was committed before. */
  async readNow(): Promise<void> {
    await this.#reading?.catch(() => undefined);
    await this.#read();
  }

  /** Resolves when this sender is not paused any more, after so long, or when this gateway stops. */
  async untilLifted(sender: Sender, withinMs: number): Promise<void> {
    const untilMs = this.#parts.uptimeMs() + withinMs;
    for (;;) {
      const leftMs = untilMs - this.#parts.uptimeMs();
      if (leftMs <= 0 || this.#letGo || this.of(sender) === undefined) return;
      const over = new AbortController();
      const timeOver = pause(leftMs, undefined, { signal: over.signal }).catch(() => undefined);
      await Promise.race([this.#news.promise, timeOver]);
      over.abort();
    }
  }

  #isFresh(): boolean {
    return this.#parts.uptimeMs() - this.#readAtMs < knownMsMax;
  }

  async #untilFresh(): Promise<void> {
    const { uptimeMs } = this.#parts;
    const untilMs = uptimeMs() + newsMsMax;
    let cause: unknown;
    for (let leftMs = newsMsMax; leftMs > 0; leftMs = untilMs - uptimeMs()) {
      try {
        await deadline(this.#read(), leftMs);
        if (this.#isFresh()) return;
      } catch (error) {
        cause = error;
        await pause(askAgainAfterMs);
      }
    }
    throw new GatewayError('EVIDENCE_UNAVAILABLE', { headers: { 'retry-after': retryAfterSeconds }, cause });
  }

  #read(): Promise<void> {
    this.#reading ??= this.#take().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #take(): Promise<void> {
    const { read, uptimeMs, onSet, clear, log } = this.#parts;
    const beganAtMs = uptimeMs();
    try {
      const { pauses, over, gateways } = await read();
      const set = pauses.filter((each) => !this.#known.some((known) => isSame(known, each)));
      this.#known = pauses;
      this.#gateways = Math.max(gateways, 1);
      this.#readAtMs = beganAtMs;
      this.#outage = false;
      const told = this.#news;
      this.#news = deferred<void>();
      told.resolve();
      for (const each of set) onSet(each);
      for (const each of over) void clear(each).catch(() => undefined);
    } catch (error) {
      if (!this.#outage) log.warn({ reason: (error as Error).message }, 'what is paused cannot be read');
      this.#outage = true;
      throw error;
    }
  }
}

/** PURE. Whether a pause stops this sender. */
export function stops({ scope, target }: PauseTarget, { connection, principal, caller }: Sender): boolean {
  switch (scope) {
    case 'everything':
      return true;
    case 'connection':
      return target === connection.name;
    case 'caller':
      // Whoever is paused does not get through by acting for somebody else.
      return target === principal || caller.actors.some((actor) => target === `${caller.issuer}#${actor}`);
  }
}

/** Set anew, a pause is another one. */
function isSame(one: Pause, other: Pause): boolean {
  return one.scope === other.scope && one.target === other.target && one.at === other.at;
}
