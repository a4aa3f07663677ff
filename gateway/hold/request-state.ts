import { hash, type KeyObject } from 'node:crypto';
import type pg from 'pg';
import { canonicalText } from '../../workflows/evidence/canonical.ts';
import { seal, unseal } from '../../workflows/evidence/seal.ts';
import type { KnownCall, ReceivedCall } from '../call.ts';
import type { Purpose } from '../policy/judge-input.ts';

/** Tells our states from a server's own, which are none of our business. */
const PREFIX = 'countersign.1.';
const SEAL_CONTEXT = 'request-state';
const forgetAfterMs = 24 * 3_600_000;

/**
 * What a caller brings back in `requestState` (MCP 2026-07-28, basic/patterns/mrtr).
 *
 * - `leg`: it waits for an approval, for the `leg`-th time.
 * - `continuation`: its approved call ran, and its server asked the caller for more; `upstream` is the server's state.
 * - `purpose`: its person was asked why, or has said so and its server asked for more.
 *
 * `purpose` is what a person said before: the rounds that follow are for the same purpose.
 */
export type RequestState =
  | { readonly kind: 'leg'; readonly approvalId: string; readonly leg: number; readonly purpose?: Purpose }
  | {
      readonly kind: 'continuation';
      readonly approvalId: string;
      readonly upstream: string | undefined;
      readonly purpose?: Purpose;
    }
  | { readonly kind: 'purpose'; readonly upstream?: string; readonly purpose?: Purpose };

export interface RequestStateParts {
  readonly pool: pg.Pool;
  readonly key: KeyObject;
  readonly now: () => Date;
  readonly randomBytes: (size: number) => Buffer;
}

interface Sealed {
  readonly id: string;
  readonly boundTo: string;
  readonly expiresAtMs: number;
  readonly state: RequestState;
}

/**
 * States that a caller carries for the gateway: sealed (AES-256-GCM), so that it can neither read nor make one; bound
 * to its principal, connection, method and arguments; used once, on whatever gateway, and only until they expire.
 */
export class RequestStates {
  readonly #parts: RequestStateParts;

  constructor(parts: RequestStateParts) {
    this.#parts = parts;
  }

  issue(call: KnownCall, state: RequestState, expiresAtMs: number): string {
    const { key, randomBytes } = this.#parts;
    const id = randomBytes(16).toString('hex');
    const sealed: Sealed = { id, boundTo: bindingOf(call), expiresAtMs, state };
    return PREFIX + seal(key, Buffer.from(JSON.stringify(sealed)), SEAL_CONTEXT, randomBytes).toString('base64url');
  }

  /** The time so many milliseconds from now, as an expiry. */
  inMs(milliseconds: number): number {
    return this.#parts.now().getTime() + milliseconds;
  }

  /** Undefined unless this very call may use the state now; from then on nobody may. */
  async redeem(call: KnownCall, text: string): Promise<RequestState | undefined> {
    const sealed = this.#usable(call, text);
    return sealed !== undefined && (await this.#useOnce(sealed)) ? sealed.state : undefined;
  }

  /** What a state says that this call brings, without using it. */
  read(call: KnownCall, text: string): RequestState | undefined {
    return this.#usable(call, text)?.state;
  }

  #usable(call: KnownCall, text: string): Sealed | undefined {
    const sealed = this.#open(text);
    if (sealed === undefined || sealed.boundTo !== bindingOf(call)) return undefined;
    return sealed.expiresAtMs < this.#parts.now().getTime() ? undefined : sealed;
  }

  #open(text: string): Sealed | undefined {
    try {
      const bytes = Buffer.from(text.slice(PREFIX.length), 'base64url');
      return JSON.parse(unseal(this.#parts.key, bytes, SEAL_CONTEXT).toString('utf8')) as Sealed;
    } catch {
      return undefined;
    }
  }

  /** What has expired is refused by its own date, so its row may go; a while later, for a clock may be set back. */
  async #useOnce({ id, expiresAtMs }: Sealed): Promise<boolean> {
    const { pool, now } = this.#parts;
    const forgottenBefore = new Date(now().getTime() - forgetAfterMs);
    await pool.query('delete from countersign.request_state where expires_at < $1', [forgottenBefore]);
    const { rowCount } = await pool.query(
      `insert into countersign.request_state (id, used_at, expires_at) values ($1, $2, $3) on conflict do nothing`,
      [id, now(), new Date(expiresAtMs)],
    );
    return rowCount === 1;
  }
}

/** The `requestState` of a call, if the gateway made it. */
export function ownRequestState({ era, params }: ReceivedCall): string | undefined {
  if (era !== 'modern' || typeof params !== 'object' || params === null || !('requestState' in params))
    return undefined;
  const state = params['requestState'];
  return typeof state === 'string' && isOwnState(state) ? state : undefined;
}

export function isOwnState(state: string): boolean {
  return state.startsWith(PREFIX);
}

function bindingOf({ connection, principal, method, tool, uri, canonicalArguments }: KnownCall): string {
  const bound = { connection: connection.name, principal, method, canonicalArguments, target: tool ?? uri ?? null };
  return hash('sha256', canonicalText(bound), 'hex');
}
