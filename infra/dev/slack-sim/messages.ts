import type { Chance } from './chance.ts';
import type { Changes } from './changes.ts';
import { botId, botUserId } from './personas.ts';
import type { JsonRecord } from './records.ts';
import { SlackError } from './slack-error.ts';

export interface MessageDraft {
  readonly channel: string;
  readonly threadTs?: string | undefined;
  readonly text: string;
  readonly blocks: readonly JsonRecord[];
  readonly metadata?: JsonRecord | undefined;
  /** Who wrote it; the app's bot unless told. */
  readonly user?: string;
}

export interface Message extends MessageDraft {
  readonly ts: string;
  readonly user: string;
  readonly botId: string | undefined;
  readonly edited: { readonly user: string; readonly ts: string } | undefined;
  /** What the message showed before its updates, oldest first: a client that fell behind still shows one of these. */
  readonly earlierBlocks: readonly (readonly JsonRecord[])[];
}

/** Seen by one person only, and gone for the Web API the moment it is posted. */
export interface Ephemeral {
  readonly channel: string;
  readonly ts: string;
  readonly user: string;
  readonly threadTs?: string | undefined;
  readonly text: string;
  readonly blocks: readonly JsonRecord[];
}

const microsecondsPerSecond = 1_000_000;

export class Messages {
  readonly #chance: Chance;
  readonly #changes: Changes;
  readonly #messages = new Map<string, Message>();
  /** Keys by channel with their `ts`, oldest first; of deleted messages too. */
  readonly #posted: { readonly ts: string; readonly key: string }[] = [];
  readonly #ephemerals: Ephemeral[] = [];
  #lastMicroseconds = 0;

  constructor(chance: Chance, changes: Changes) {
    this.#chance = chance;
    this.#changes = changes;
  }

  /**
   * Oldest first, as they were posted, from a `ts` on. Nothing before it is looked at: a channel of fifty thousand cards
   * is read as fast as an empty one.
   */
  in(channel: string | undefined, from = ''): readonly Message[] {
    const messages: Message[] = [];
    for (let index = this.#firstFrom(from); index < this.#posted.length; index += 1) {
      const message = this.#messages.get(this.#posted[index]?.key ?? '');
      if (message !== undefined && (channel === undefined || message.channel === channel)) messages.push(message);
    }
    return messages;
  }

  /** All `ts` have as many digits, so they are in order as texts. */
  #firstFrom(ts: string): number {
    let low = 0;
    let high = this.#posted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#posted[middle]?.ts ?? '') < ts) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  find(channel: string | undefined, ts: string | undefined): Message | undefined {
    return this.#messages.get(keyOf(channel, ts));
  }

  get(channel: string | undefined, ts: string | undefined): Message {
    const found = this.find(channel, ts);
    if (found === undefined) throw new SlackError('message_not_found');
    return found;
  }

  post(draft: MessageDraft): Message {
    const user = draft.user ?? botUserId;
    const message: Message = {
      ...draft,
      user,
      ts: this.nextTs(),
      botId: user === botUserId ? botId : undefined,
      edited: undefined,
      earlierBlocks: [],
    };
    return this.#put(message);
  }

  update(message: Message, change: Pick<MessageDraft, 'text' | 'blocks' | 'metadata'>): Message {
    return this.#put({
      ...message,
      ...change,
      metadata: change.metadata ?? message.metadata,
      edited: { user: botUserId, ts: this.nextTs() },
      earlierBlocks: [...message.earlierBlocks, message.blocks],
    });
  }

  delete(message: Message): void {
    this.#messages.delete(keyOf(message.channel, message.ts));
    this.#changes.tell();
  }

  ephemeralsOf(user: string | undefined): readonly Ephemeral[] {
    return this.#ephemerals.filter((ephemeral) => user === undefined || ephemeral.user === user);
  }

  postEphemeral(draft: Omit<Ephemeral, 'ts'>): Ephemeral {
    const ephemeral = { ...draft, ts: this.nextTs() };
    this.#ephemerals.push(ephemeral);
    this.#changes.tell();
    return ephemeral;
  }

  replaceEphemeral(ts: string, change: Pick<Ephemeral, 'text' | 'blocks'> | undefined): void {
    const index = this.#ephemerals.findIndex((ephemeral) => ephemeral.ts === ts);
    const before = this.#ephemerals[index];
    if (before === undefined) return;
    if (change === undefined) this.#ephemerals.splice(index, 1);
    else this.#ephemerals[index] = { ...before, ...change };
    this.#changes.tell();
  }

  /** Seconds and microseconds; never the same twice, because it is a message's id in its channel. */
  nextTs(): string {
    const now = Math.floor(this.#chance.now() * 1_000);
    this.#lastMicroseconds = Math.max(now, this.#lastMicroseconds + 1);
    const seconds = Math.floor(this.#lastMicroseconds / microsecondsPerSecond);
    return `${String(seconds)}.${String(this.#lastMicroseconds % microsecondsPerSecond).padStart(6, '0')}`;
  }

  clear(): void {
    this.#messages.clear();
    this.#posted.length = 0;
    this.#ephemerals.length = 0;
  }

  #put(message: Message): Message {
    const key = keyOf(message.channel, message.ts);
    if (!this.#messages.has(key)) this.#posted.push({ ts: message.ts, key });
    this.#messages.set(key, message);
    this.#changes.tell();
    return message;
  }
}

function keyOf(channel: string | undefined, ts: string | undefined): string {
  return `${channel ?? ''}/${ts ?? ''}`;
}
