import type { Reply } from './reply.ts';

/** The exchanges that are open, so that a gateway that stops leaves none of its callers without an answer. */
export class OpenReplies {
  /** Each with how many work on it: a held call may run on after its caller was answered. */
  readonly #open = new Map<Reply, number>();

  /** Keeps a reply for as long as `handle` works on it. */
  async whileOpen<T>(reply: Reply, handle: () => Promise<T>): Promise<T> {
    this.#open.set(reply, (this.#open.get(reply) ?? 0) + 1);
    try {
      return await handle();
    } finally {
      const left = (this.#open.get(reply) ?? 1) - 1;
      if (left === 0) this.#open.delete(reply);
      else this.#open.set(reply, left);
    }
  }

  get size(): number {
    return this.#open.size;
  }

  /** This gateway is about to stop: streams without an end of their own end now, and their clients open them again. */
  endEndless(): void {
    for (const reply of this.#open.keys()) if (reply.endless) reply.cutOff();
  }

  /** Ends those: an answer that is not there yet is given now, with its outcome as far as it is known. */
  cutOff(which: (reply: Reply) => boolean, why: string): void {
    for (const reply of this.#open.keys()) if (which(reply)) reply.cutOff(why);
  }

  /** Waiting is over: whatever is still under way is answered now, with its outcome as far as it is known. */
  cutOffAll(): void {
    for (const reply of this.#open.keys()) reply.cutOff();
  }
}
