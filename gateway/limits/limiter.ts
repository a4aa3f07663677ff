import type { JudgedCall } from '../call.ts';
import { withMembers } from '../with-members.ts';
import type { Admission } from './admission.ts';
import { Account, strictest, type Ask, type Excess } from './account.ts';
import { inputOf, type Limit } from './limit.ts';
import { limitedRefusal } from './limited-refusal.ts';
import { turnAway } from './turn-away.ts';

/** Beyond this many, what a limit has counted for somebody who has been quiet longest is forgotten. */
const accountsMax = 100_000;
/** Of those that have been quiet longest, so many are looked at for each that comes new. */
const lookedAt = 4;

export interface LimiterParts {
  /** The limits in force. */
  readonly limits: () => readonly Limit[];
  /** How many gateways share them. */
  readonly gateways: () => number;
  /** Milliseconds of a clock that nobody sets. */
  readonly uptimeMs: () => number;
}

interface Asked {
  readonly limit: Limit;
  readonly account: Account;
}

/**
 * Limits on calls, counted in this process. Every limit that fits a call applies, and a call goes on when it fits all
 * of them. Each of n gateways keeps an n-th part of every limit, rounded up, so that they keep it together.
 */
export class Limiter {
  readonly #parts: LimiterParts;
  readonly #accounts = new Map<string, Map<string, Account>>();
  #known: readonly Limit[] = [];

  constructor(parts: LimiterParts) {
    this.#parts = parts;
  }

  /** The call itself when no limit applies; else with what limits keep of it, or turned away. */
  admit(call: JudgedCall): JudgedCall {
    const limits = this.#parts.limits();
    if (limits !== this.#known) this.#forgetRemoved(limits);
    if (limits.length === 0) return call;
    const input = inputOf(call);
    const counted = limits.filter((limit) => counts(limit) && limit.fits(input));
    return counted.length === 0 ? call : this.#admitCounted(call, counted);
  }

  /** How many calls are under way, by the limit that counts them. */
  underWay(limit: Pick<Limit, 'key'>): number {
    return [...(this.#accounts.get(limit.key)?.values() ?? [])].reduce((sum, { underWay }) => sum + underWay, 0);
  }

  /** For how many callers, connections or sessions a limit keeps count. */
  accounts(limit: Pick<Limit, 'key'>): number {
    return this.#accounts.get(limit.key)?.size ?? 0;
  }

  #admitCounted(call: JudgedCall, limits: readonly Limit[]): JudgedCall {
    const { uptimeMs, gateways } = this.#parts;
    const nowMs = uptimeMs();
    const sharers = gateways();
    const ask = askOf(call);
    const asked = limits.map((limit) => ({ limit, account: this.#accountOf(limit, keyOf(limit, call), nowMs) }));
    const worst = strictest(excesses(asked, nowMs, sharers, ask));
    if (worst !== undefined) return turnAway(call, limitedRefusal(call, worst.limit, worst));
    for (const { account } of asked) account.take(nowMs, sharers, ask);
    return ask.messageOnly ? call : withMembers(call, { admission: this.#admission(asked, ask) });
  }

  #admission(asked: readonly Asked[], ask: Ask): Admission {
    let isOver = false;
    let bytes = 0;
    return {
      answered: (more) => void (bytes += more),
      end: () => {
        if (isOver) return;
        isOver = true;
        const nowMs = this.#parts.uptimeMs();
        for (const { account } of asked) account.end(nowMs, bytes, ask);
      },
    };
  }

  #accountOf(limit: Limit, key: string, nowMs: number): Account {
    const accounts = this.#accounts.get(limit.key) ?? new Map<string, Account>();
    this.#accounts.set(limit.key, accounts);
    const known = accounts.get(key);
    if (known !== undefined) return known;
    forgetIdle(accounts, nowMs);
    const account = new Account(limit);
    accounts.set(key, account);
    return account;
  }

  #forgetRemoved(limits: readonly Limit[]): void {
    this.#known = limits;
    const keys = new Set(limits.map(({ key }) => key));
    for (const key of this.#accounts.keys()) if (!keys.has(key)) this.#accounts.delete(key);
  }
}

function counts({ rate, concurrent, budget }: Limit): boolean {
  return rate !== undefined || concurrent !== undefined || budget !== undefined;
}

function askOf({ kind, method, judgement }: JudgedCall): Ask {
  return {
    messageOnly: kind !== 'request',
    waits: judgement.verdict === 'hold' || method === 'subscriptions/listen',
  };
}

function keyOf({ per }: Limit, { principal, connection, sessionId }: JudgedCall): string {
  switch (per) {
    case 'caller':
      return principal;
    case 'connection':
      return connection.name;
    case 'session':
      return sessionId;
  }
}

function excesses(asked: readonly Asked[], nowMs: number, sharers: number, ask: Ask): (Excess & { limit: Limit })[] {
  return asked.flatMap(({ limit, account }) => {
    const excess = account.excess(nowMs, sharers, ask);
    return excess === undefined ? [] : [{ ...excess, limit }];
  });
}

/** Looks at the oldest few: those that are idle go, the others are the youngest again. */
function forgetIdle(accounts: Map<string, Account>, nowMs: number): void {
  let left = lookedAt;
  for (const [key, account] of accounts) {
    if (left === 0) break;
    left -= 1;
    accounts.delete(key);
    if (!account.isIdle(nowMs)) accounts.set(key, account);
  }
  const [oldest] = accounts.keys();
  if (accounts.size >= accountsMax && oldest !== undefined) accounts.delete(oldest);
}
