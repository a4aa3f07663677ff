/**
 * What can be made to go wrong. Of the Web API: `rate_limit` answers 429, `http_500` fails before any effect,
 * `timeout_after_success` has its effect and never answers, `revoke_token` refuses the token. Of deliveries to the
 * app: `drop_socket` breaks the connection once the request is out, `tamper_body` changes a byte after signing,
 * `old_timestamp` and `future_timestamp` sign for another time, `replay_last` sends the last request again.
 */
export const faultKinds = [
  'rate_limit',
  'http_500',
  'timeout_after_success',
  'drop_socket',
  'replay_last',
  'tamper_body',
  'old_timestamp',
  'future_timestamp',
  'revoke_token',
] as const;

export type FaultKind = (typeof faultKinds)[number];

interface ArmedFault {
  readonly kind: FaultKind;
  left: number;
  /** Only for this Web API method, if named. */
  readonly method: string | undefined;
}

/** The faults that are armed; each is used up by what it hits. */
export class Faults {
  #armed: ArmedFault[] = [];

  arm(kind: FaultKind, count: number, method?: string): void {
    this.#armed.push({ kind, left: count, method });
  }

  /** Uses up one fault of this kind, if one is armed. */
  take(kind: FaultKind, method?: string): boolean {
    const fault = this.#armed.find((armed) => armed.kind === kind && (armed.method ?? method) === method);
    if (fault === undefined) return false;
    fault.left -= 1;
    this.#armed = this.#armed.filter(({ left }) => left > 0);
    return true;
  }

  list(): readonly Readonly<ArmedFault>[] {
    return this.#armed.map((fault) => ({ ...fault }));
  }

  clear(): void {
    this.#armed = [];
  }
}

export function isFaultKind(kind: unknown): kind is FaultKind {
  return faultKinds.some((known) => known === kind);
}
