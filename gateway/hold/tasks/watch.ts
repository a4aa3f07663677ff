import { taskNews, type TaskNews, type TaskOutcomeParts } from './outcome.ts';
import type { Task, Tasks } from './tasks.ts';

/** One query for all listeners of this gateway, and only while there are any. */
const lookEveryMs = 2_000;

export interface TaskWatchParts extends TaskOutcomeParts {
  readonly tasks: Tasks;
}

type Listener = (task: Task) => void;

/** Tells listeners when their tasks change. Looks by itself, so that no message between processes can be lost. */
export class TaskWatch {
  readonly #parts: TaskWatchParts;
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #marks = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #looking = false;

  constructor(parts: TaskWatchParts) {
    this.#parts = parts;
  }

  /** What a caller may fetch of a task now, for the listener that was told of it. */
  newsOf(task: Task): Promise<TaskNews> {
    return taskNews(this.#parts, task);
  }

  /** Calls back at once with each task as it is, and after every change. Returns how to stop that. */
  listen(tasks: readonly Task[], listener: Listener): () => void {
    for (const task of tasks) {
      const listeners = this.#listeners.get(task.id) ?? new Set();
      this.#listeners.set(task.id, listeners.add(listener));
      // Earlier listeners are told by the next look, should this one know more than they do.
      if (!this.#marks.has(task.id)) this.#marks.set(task.id, markOf(task));
      listener(task);
    }
    this.#timer ??= setInterval(() => void this.#look(), lookEveryMs);
    return () => this.#forget(tasks, listener);
  }

  #forget(tasks: readonly Task[], listener: Listener): void {
    for (const { id } of tasks) {
      const listeners = this.#listeners.get(id);
      listeners?.delete(listener);
      if (listeners?.size !== 0) continue;
      this.#listeners.delete(id);
      this.#marks.delete(id);
    }
    if (this.#listeners.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      for (const task of await this.#parts.tasks.findAll([...this.#listeners.keys()])) this.#tell(task);
    } catch {
      // The database is away: what changed meanwhile is seen when it is back.
    } finally {
      this.#looking = false;
    }
  }

  #tell(task: Task): void {
    const mark = markOf(task);
    const listeners = this.#listeners.get(task.id);
    if (listeners === undefined || this.#marks.get(task.id) === mark) return;
    this.#marks.set(task.id, mark);
    for (const listener of listeners) listener(task);
  }
}

/** Two looks at a task that show a caller the same have the same mark. */
function markOf({ state, updatedAt, approvals, decidedAt }: Task): string {
  return JSON.stringify([state, updatedAt, approvals, decidedAt]);
}

/**
 * The news of some tasks as they come, each as the text of a `DetailedTask`: first how they stand, then every change.
 * Ends once all of them are over or gone over to their server, or when one of the signals aborts.
 */
export async function* newsOfTasks(
  watch: TaskWatch,
  tasks: readonly Task[],
  ends: readonly AbortSignal[],
): AsyncGenerator<string> {
  const changed = new Map<string, Task>();
  const open = new Set(tasks.map(({ id }) => id));
  let wake = (): void => undefined;
  const wakeUp = (): void => wake();
  const stop = watch.listen(tasks, (task) => {
    changed.set(task.id, task);
    wakeUp();
  });
  for (const signal of ends) signal.addEventListener('abort', wakeUp);
  try {
    while (open.size > 0 && !ends.some(({ aborted }) => aborted)) {
      const [next] = changed.values();
      if (next === undefined) {
        await new Promise<void>((resolve) => (wake = resolve));
        continue;
      }
      changed.delete(next.id);
      const news = await watch.newsOf(next);
      if (news.kind !== 'task' || news.over) open.delete(next.id);
      if (news.kind === 'task') yield news.text;
    }
  } finally {
    stop();
    for (const signal of ends) signal.removeEventListener('abort', wakeUp);
  }
}
