import type { Chance } from './chance.ts';
import type { Changes } from './changes.ts';
import { SlackError } from './slack-error.ts';

/** A trigger lives for three seconds and opens one modal (docs.slack.dev, "Interactivity", trigger_id). */
const triggerMsMax = 3_000;

export interface Trigger {
  readonly id: string;
  readonly userId: string;
  /** The modal whose button or submission made it. */
  readonly fromView: string | undefined;
}

export class Triggers {
  readonly #chance: Chance;
  readonly #changes: Changes;
  readonly #triggers = new Map<string, Trigger & { readonly madeAt: number }>();
  readonly #opened = new Map<string, string>();

  constructor(chance: Chance, changes: Changes) {
    this.#chance = chance;
    this.#changes = changes;
  }

  make(userId: string, fromView?: string): Trigger {
    const trigger = { id: `${Math.floor(this.#chance.now())}.${this.#chance.newId()}`, userId, fromView };
    this.#triggers.set(trigger.id, { ...trigger, madeAt: this.#chance.now() });
    return trigger;
  }

  /** Throws `invalid_trigger_id`, `exchanged_trigger_id` or `expired_trigger_id`. */
  check(id: string | undefined): Trigger {
    const trigger = this.#triggers.get(id ?? '');
    if (trigger === undefined) throw new SlackError('invalid_trigger_id');
    if (this.#opened.has(trigger.id)) throw new SlackError('exchanged_trigger_id');
    if (this.#chance.now() - trigger.madeAt > triggerMsMax) throw new SlackError('expired_trigger_id');
    return trigger;
  }

  exchange(trigger: Trigger, viewId: string): void {
    this.#opened.set(trigger.id, viewId);
    this.#changes.tell();
  }

  /** The view that was opened with a trigger. */
  viewOf(triggerId: string): string | undefined {
    return this.#opened.get(triggerId);
  }

  clear(): void {
    this.#triggers.clear();
    this.#opened.clear();
  }
}
