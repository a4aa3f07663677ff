import type { Reply } from './reply.ts';

/** The exchanges that are open, so that a gateway that stops leaves none of its callers without an answer. */
export class OpenReplies {
  readonly #open = new Set<Reply>();

  /** Keeps a reply for as long as `handle` works on it. */
  async whileOpen(reply: Reply, handle: () => Promise<void>): Promise<void> {
    this.#open.add(reply);
    try {
      await handle();
    } finally {
      this.#open.delete(reply);
    }
  }

  get size(): number {
    return this.#open.size;
  }

  /** This gateway is about to stop: streams without an end of their own end now, and their clients open them again. */
  endEndless(): void {
    for (const reply of this.#open) if (reply.endless) reply.cutOff();
  }

  /** Waiting is over: whatever is still under way is answered now, with its outcome as far as it is known. */
  cutOffAll(): void {
    for (const reply of this.#open) reply.cutOff();
  }
}
