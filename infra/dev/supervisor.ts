import { Program, type ProgramEvents, type ProgramSpec } from './program.ts';

/** Something that is done once on the way up, such as migrating the database. */
export interface TaskSpec {
  readonly name: string;
  readonly after: readonly string[];
  /** The signal tells that the world is being stopped. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

export type StepSpec = ProgramSpec | TaskSpec;

export interface SupervisorEvents extends ProgramEvents {
  readonly started: (name: string, tookMs: number) => void;
}

/** Starts programs in the order they depend on each other, keeps them running, and stops them in reverse. */
export interface Supervisor {
  /** Brings every step up. When one fails, everything already running is stopped before this throws. */
  readonly start: (steps: readonly StepSpec[]) => Promise<void>;
  /** The process of a program that answers, while there is one. */
  readonly pid: (name: string) => number | undefined;
  readonly kill: (name: string, signal: NodeJS.Signals) => void;
  readonly restart: (name: string) => Promise<void>;
  /** Waits until another process than `old` answers for this program. */
  readonly untilReplaced: (name: string, old: number | undefined) => Promise<number>;
  readonly stop: () => Promise<void>;
}

/** @param now a clock in milliseconds, for time limits and back-off only. */
export function createSupervisor(events: SupervisorEvents, now: () => number): Supervisor {
  const programs = new Map<string, Program>();
  const ending = new AbortController();
  let stopping: Promise<void> | undefined;
  let steps: readonly StepSpec[] = [];

  const program = (name: string): Program => {
    const found = programs.get(name);
    if (found === undefined) {
      throw new Error(`No program is called "${name}"; there are ${[...programs.keys()].join(', ')}.`);
    }
    return found;
  };

  const runStep = async (step: StepSpec): Promise<void> => {
    if (ending.signal.aborted) throw new Error(`${step.name} was stopped before it started`);
    const began = now();
    if ('run' in step) {
      await step.run(ending.signal);
    } else {
      const created = new Program(step, events, now);
      programs.set(step.name, created);
      await created.start();
    }
    events.started(step.name, now() - began);
  };

  const stop = async (): Promise<void> => {
    ending.abort();
    stopping ??= stopInReverse(steps, programs);
    await stopping;
  };

  return {
    start: async (given) => {
      steps = given;
      const running = launchInOrder(steps, runStep);
      try {
        await Promise.all(running);
      } catch (error) {
        await stop();
        await Promise.allSettled(running);
        throw error;
      }
    },
    pid: (name) => programs.get(name)?.readyPid,
    kill: (name, signal) => {
      program(name).kill(signal);
    },
    restart: async (name) => {
      await program(name).restart();
    },
    untilReplaced: async (name, old) => await program(name).untilReplaced(old),
    stop,
  };
}

/** Runs each step as soon as those it comes after are done; a failed one fails all that come after it. */
function launchInOrder(steps: readonly StepSpec[], run: (step: StepSpec) => Promise<void>): Promise<void>[] {
  const launched = new Map<string, Promise<void>>();
  const after = (step: StepSpec): Promise<void>[] =>
    step.after.map((name) => {
      const found = launched.get(name);
      if (found !== undefined) return found;
      return Promise.reject(new Error(`Step "${step.name}" comes after "${name}", which is not listed before it.`));
    });
  for (const step of steps) {
    launched.set(
      step.name,
      Promise.all(after(step)).then(async () => {
        await run(step);
      }),
    );
  }
  return [...launched.values()];
}

/** Stops those first on which nothing running depends, together, then the next layer. */
async function stopInReverse(steps: readonly StepSpec[], programs: ReadonlyMap<string, Program>): Promise<void> {
  const left = new Map(steps.map((step) => [step.name, step.after]));
  while (left.size > 0) {
    const needed = new Set([...left.values()].flat());
    const layer = [...left.keys()].filter((name) => !needed.has(name));
    await Promise.all(layer.map(async (name) => await programs.get(name)?.stop()));
    for (const name of layer) left.delete(name);
  }
}
