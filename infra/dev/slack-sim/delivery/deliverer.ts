import type { Changes } from '../changes.ts';
import type { Chance } from '../chance.ts';
import type { FaultKind, Faults } from '../faults.ts';
import { postRequest } from './post-request.ts';
import { signRequest, tamperBody, type SignedRequest } from './sign.ts';

/** Slack waits this long for an acknowledgement (docs.slack.dev, "Handling user interaction"). */
export const ackMsMax = 3_000;
const deliveriesMax = 500;
const oldTimestampMs = -10 * 60_000;
const futureTimestampMs = 6 * 60 * 60_000;

/** What a delivery is about, for the log. */
export interface DeliverySubject {
  readonly kind: 'block_actions' | 'view_submission' | 'view_closed' | 'slash_command';
  readonly user: string;
  readonly channel?: string;
  readonly ts?: string;
  readonly viewId?: string;
  /** The action ids, or the command. */
  readonly what: string;
}

export interface Delivery extends DeliverySubject {
  readonly id: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  /** The app answered in time, whatever it said. */
  readonly delivered: boolean;
  /** The app answered 2xx in time; without it Slack shows a warning. */
  readonly acknowledged: boolean;
  readonly httpStatus: number;
  readonly ackMs: number;
  readonly response: string;
  readonly error: string | undefined;
  readonly faults: readonly FaultKind[];
  readonly request: SignedRequest;
}

export interface DelivererParts {
  readonly requestUrl: string;
  readonly signingSecret: string;
  readonly ackWithinMs: number;
  readonly faults: Faults;
  readonly changes: Changes;
  readonly chance: Chance;
}

/** Sends interactions and commands to the app over signed HTTP, once each: Slack never repeats these. */
export class Deliverer {
  readonly #parts: DelivererParts;
  readonly #log: Delivery[] = [];

  constructor(parts: DelivererParts) {
    this.#parts = parts;
  }

  /** Oldest first; the last few hundred. */
  list(): readonly Delivery[] {
    return this.#log;
  }

  async deliver(subject: DeliverySubject, body: string): Promise<Delivery> {
    const { faults } = this.#parts;
    const hit: FaultKind[] = (['old_timestamp', 'future_timestamp', 'tamper_body', 'drop_socket'] as const).filter(
      (kind) => faults.take(kind),
    );
    const delivery = await this.#send(subject, this.#prepare(body, hit), hit);
    while (faults.take('replay_last')) await this.replay(delivery);
    return delivery;
  }

  /** Sends the very same bytes again, signature and time included. */
  replay({ request, ...subject }: Delivery): Promise<Delivery> {
    return this.#send(subject, request, ['replay_last']);
  }

  clear(): void {
    this.#log.length = 0;
  }

  #prepare(body: string, hit: readonly FaultKind[]): SignedRequest {
    const { chance, signingSecret } = this.#parts;
    let signedAt = chance.now();
    if (hit.includes('old_timestamp')) signedAt += oldTimestampMs;
    if (hit.includes('future_timestamp')) signedAt += futureTimestampMs;
    const signed = signRequest(body, signingSecret, signedAt);
    return hit.includes('tamper_body') ? tamperBody(signed) : signed;
  }

  async #send(subject: DeliverySubject, request: SignedRequest, faults: readonly FaultKind[]): Promise<Delivery> {
    const { chance, changes, requestUrl, ackWithinMs } = this.#parts;
    const startedAt = chance.now();
    const dropSocket = faults.includes('drop_socket');
    const answer = await postRequest(requestUrl, request, { withinMs: ackWithinMs, dropSocket });
    const { kind, user, what, channel, ts, viewId } = subject;
    const delivery: Delivery = {
      id: `DLVSIM${chance.newId()}`,
      at: new Date(startedAt).toISOString(),
      kind,
      user,
      what,
      ...(channel === undefined ? {} : { channel }),
      ...(ts === undefined ? {} : { ts }),
      ...(viewId === undefined ? {} : { viewId }),
      delivered: answer.status > 0,
      acknowledged: answer.status >= 200 && answer.status < 300,
      httpStatus: answer.status,
      ackMs: Math.round((chance.now() - startedAt) * 10) / 10,
      response: answer.body,
      error: answer.error,
      faults,
      request,
    };
    this.#log.push(delivery);
    if (this.#log.length > deliveriesMax) this.#log.shift();
    changes.tell();
    return delivery;
  }
}
