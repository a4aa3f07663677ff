import type { Act, Effect } from '../command.ts';

/** The targets of one act, while they are collected. */
export interface Targets {
  readonly relations: Set<string>;
  readonly functions: Set<string>;
}

interface OpenAct extends Targets {
  readonly construct: string;
  readonly effects: readonly Effect[];
}

/** What one text would do. The same construct with the same effects is one act, with the targets of all of them. */
export class ActList {
  readonly #acts = new Map<string, OpenAct>();

  /** Opens an act, or returns to it; its targets may be added until the list is closed. */
  open(construct: string, effects: readonly Effect[]): Targets {
    const key = `${construct}|${effects.join()}`;
    const known = this.#acts.get(key);
    if (known !== undefined) return known;
    const opened = { construct, effects, relations: new Set<string>(), functions: new Set<string>() };
    this.#acts.set(key, opened);
    return opened;
  }

  unknown(construct: string): void {
    this.open(construct, ['unknown']);
  }

  get size(): number {
    return this.#acts.size;
  }

  /** What was opened, in that order. */
  close(): readonly Act[] {
    return [...this.#acts.values()].map(({ construct, effects, relations, functions }) => ({
      system: 'sql',
      effects,
      construct,
      targets: {
        ...(relations.size === 0 ? {} : { relations: [...relations] }),
        ...(functions.size === 0 ? {} : { functions: [...functions] }),
      },
    }));
  }
}
