/** An access token, and until when it may be used. */
export interface AccessToken {
  readonly value: string;
  readonly usableUntilMs: number;
}

const tokensMax = 1_000;

/** Access tokens of one connection by whom they are for; each is requested once, however many calls wait for it. */
export class TokenCache {
  readonly #now: () => Date;
  readonly #tokens = new Map<string, Promise<AccessToken>>();

  constructor(now: () => Date) {
    this.#now = now;
  }

  async get(whom: string, request: () => Promise<AccessToken>): Promise<AccessToken> {
    const known = this.#tokens.get(whom);
    // The one who asked hears of a failure; whoever comes later asks anew.
    const token = known === undefined ? undefined : await known;
    if (token !== undefined && token.usableUntilMs > this.#now().getTime()) return token;
    const current = this.#tokens.get(whom);
    if (current !== undefined && current !== known) return current;
    return this.#remember(whom, request());
  }

  /** Forgets a token that its server refused, unless a newer one has taken its place. */
  async forget(whom: string, refused: string): Promise<void> {
    const known = this.#tokens.get(whom);
    const token = await known?.catch(() => undefined);
    if (token?.value === refused && this.#tokens.get(whom) === known) this.#tokens.delete(whom);
  }

  #remember(whom: string, token: Promise<AccessToken>): Promise<AccessToken> {
    this.#tokens.delete(whom);
    const oldest = this.#tokens.keys().next();
    if (this.#tokens.size >= tokensMax && oldest.done !== true) this.#tokens.delete(oldest.value);
    this.#tokens.set(whom, token);
    token.catch(() => {
      if (this.#tokens.get(whom) === token) this.#tokens.delete(whom);
    });
    return token;
  }
}
