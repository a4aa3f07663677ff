import type { TaskView } from '../../support/task-client.ts';
import { Progress } from './progress.ts';
import type { HoldsWorld } from './world.ts';

const lanes = 16;
/**
 * Callers have their tasks before their cases have cards. Nobody gains by a longer line of cases that wait for Temporal:
 * a server that is swamped loses sight of work it has handed out, and does it again half a minute later.
 */
const aheadOfCardsMax = 60;

export interface Opening {
  readonly count: number;
  /** On which connection, by the seconds since the first was opened. */
  readonly connection: (seconds: number) => string;
  readonly deadline: Deadline;
  readonly say: (line: string) => void;
}

/** The bench ends with an error after so long, rather than never. */
export interface Deadline {
  /** Throws when the time is over. */
  check(doing: string): void;
}

export interface Opened {
  readonly tasks: readonly TaskView[];
  /** Until the last caller had its answer. */
  readonly seconds: number;
  /** Until the last card stood. */
  readonly cardsAfterSeconds: number;
}

/**
 * Opens so many calls, each with arguments of its own, as tasks: nobody has to stay at the line. Waits for their cards,
 * since nobody can decide without.
 */
export async function openHolds(holds: HoldsWorld, { count, connection, deadline, say }: Opening): Promise<Opened> {
  const tasks: TaskView[] = [];
  const cardsBefore = (await holds.readNewCards()).size;
  const progress = new Progress('opened', count, say);
  let next = 0;
  let stand = 0;
  const failing = new AbortController();
  const orStopAll = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      failing.abort();
      throw error;
    });
  const lane = async (): Promise<void> => {
    for (let mine = next++; mine < count && !failing.signal.aborted; mine = next++) {
      deadline.check(`opening; ${tasks.length} of ${count} are open`);
      while (tasks.length - stand >= aheadOfCardsMax && !failing.signal.aborted) await holds.pause();
      const name = connection(progress.seconds);
      const value = `${name}-${String(mine)}-${process.pid}`;
      const client = await holds.client(name);
      tasks.push(await client.start('apply_config', { service: 'payments', key: 'checkout.banner', value }));
    }
  };
  const opening = Promise.all(Array.from({ length: Math.min(lanes, count) }, lane)).then(() => progress.seconds);
  const [opened, stood] = await Promise.all([orStopAll(opening), orStopAll(followCards())]);
  return { tasks, seconds: opened, cardsAfterSeconds: stood };

  async function followCards(): Promise<number> {
    for (;;) {
      stand = (await holds.readNewCards()).size - cardsBefore;
      if (stand >= count) return progress.seconds;
      if (failing.signal.aborted) throw new Error('the opening failed');
      deadline.check(`waiting for cards; ${stand} of ${count} stand`);
      progress.show(stand, `; ${tasks.length} callers have their task`);
      await holds.pause();
    }
  }
}
