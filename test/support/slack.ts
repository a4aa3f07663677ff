import type { WorldFile } from '../../infra/dev/world-file.ts';
import { eventually } from './eventually.ts';

/** A message in the Slack stand-in, as `/_sim/messages` gives it. */
export interface Card {
  readonly channel: string;
  readonly ts: string;
  readonly text: string;
  readonly blocks: readonly { readonly type: string; readonly elements?: readonly { readonly action_id?: string }[] }[];
}

/** Where a card stands. */
export type CardPlace = Pick<Card, 'channel' | 'ts'>;

export interface ClickResult {
  readonly delivered: boolean;
  readonly httpStatus: number;
  readonly ackMs: number;
  readonly view?: { readonly id: string };
}

/** Drives the Slack stand-in the way its own page does. */
export class Slack {
  readonly #world: WorldFile;

  constructor(world: WorldFile) {
    this.#world = world;
  }

  /** Those posted after `since`, a `ts`; all of them unless told. */
  cards(since = ''): Promise<Card[]> {
    return this.#get<Card[]>(`messages?channel=${this.#world.slackSim.channel}&since=${since}`);
  }

  /** The card of one approval, once it stands in the channel and fits `accept`. */
  card(approvalId: string, accept: (card: Card) => boolean = () => true): Promise<Card> {
    return eventually(`a card for ${approvalId}`, async () =>
      (await this.cards()).find((card) => JSON.stringify(card).includes(approvalId) && accept(card)),
    );
  }

  async cardsOf(approvalId: string): Promise<Card[]> {
    return (await this.cards()).filter((card) => JSON.stringify(card).includes(approvalId));
  }

  /** The newest card whose text names all the words. */
  cardWith(...words: string[]): Promise<Card> {
    return eventually(`a card with ${words.join(', ')}`, async () =>
      (await this.cards()).findLast((card) => words.every((word) => JSON.stringify(card).includes(word))),
    );
  }

  click(user: string, card: CardPlace, action: 'approve' | 'deny' | 'review'): Promise<ClickResult> {
    const { channel, ts } = card;
    return this.#post('click', { user: this.#userId(user), channel, ts, action_id: action });
  }

  async deny(user: string, card: Card, reason: string): Promise<{ errors?: Record<string, string> }> {
    const { view } = await this.click(user, card, 'deny');
    if (view === undefined) throw new Error('no modal opened');
    return this.#post('submit', {
      user: this.#userId(user),
      view_id: view.id,
      values: { reason: { reason } },
    });
  }

  /** Sends the last request to the app again, byte for byte, as somebody who recorded it could. */
  replayLast(times: number): Promise<{ replayed: { httpStatus: number }[] }> {
    return this.#post('faults', { kind: 'replay_last', count: times });
  }

  /** Waits for a private note to this user that matches. */
  note(user: string, pattern: RegExp): Promise<string> {
    return eventually(`a note to ${user}`, async () => {
      const notes = await this.#get<{ text: string }[]>(`ephemerals?user=${this.#userId(user)}`);
      return notes.map((note) => note.text).find((text) => pattern.test(text));
    });
  }

  #userId(name: string): string {
    return this.#world.slackSim.users[name] ?? name;
  }

  async #get<T>(path: string): Promise<T> {
    return (await (await fetch(`${this.#world.slackSim.url}/_sim/${path}`)).json()) as T;
  }

  async #post<T>(path: string, body: unknown): Promise<T> {
    const response = await fetch(`${this.#world.slackSim.url}/_sim/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return (await response.json()) as T;
  }
}

/** True while a card still offers its buttons. */
export function isOpen(card: Card): boolean {
  return card.blocks.some((block) => block.type === 'actions');
}

/** The approval that a card is about. */
export function approvalIdOf(card: Card): string {
  return /apr_[0-9a-f-]{36}/.exec(JSON.stringify(card))?.[0] ?? '';
}
