import type { Chance } from './chance.ts';

/** A response_url works five times within thirty minutes (docs.slack.dev, "Handling user interaction"). */
const responseUrlUsesMax = 5;
const responseUrlMsMax = 30 * 60_000;

export interface ResponsePlace {
  readonly channel: string;
  readonly userId: string;
  /** The message it came from, if any. */
  readonly ts?: string | undefined;
  readonly isEphemeral: boolean;
}

export class ResponseUrls {
  readonly #chance: Chance;
  readonly #places = new Map<string, { readonly place: ResponsePlace; readonly madeAt: number; uses: number }>();

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  /** Returns the path of the URL. */
  make(place: ResponsePlace): string {
    const id = this.#chance.newId() + this.#chance.newId();
    this.#places.set(id, { place, madeAt: this.#chance.now(), uses: 0 });
    return `/actions/${id}`;
  }

  /** Counts one use. Throws nothing: Slack answers 404 with one of these codes. */
  use(id: string): ResponsePlace | 'expired_url' | 'used_url' {
    const entry = this.#places.get(id);
    if (entry === undefined || this.#chance.now() - entry.madeAt > responseUrlMsMax) return 'expired_url';
    if (entry.uses >= responseUrlUsesMax) return 'used_url';
    entry.uses += 1;
    return entry.place;
  }

  clear(): void {
    this.#places.clear();
  }
}
