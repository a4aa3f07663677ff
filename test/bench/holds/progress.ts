const sayEveryMs = 15_000;

/** Says now and then how far something is, how fast it goes, and how long the rest will take at that pace. */
export class Progress {
  readonly #what: string;
  readonly #total: number;
  readonly #say: (line: string) => void;
  readonly #began = performance.now();
  #saidAt = this.#began;
  #saidDone = 0;

  constructor(what: string, total: number, say: (line: string) => void) {
    this.#what = what;
    this.#total = total;
    this.#say = say;
  }

  get seconds(): number {
    return (performance.now() - this.#began) / 1_000;
  }

  /** `more` is said behind it. */
  show(done: number, more = ''): void {
    const now = performance.now();
    if (now - this.#saidAt < sayEveryMs) return;
    const lately = ((done - this.#saidDone) / (now - this.#saidAt)) * 1_000;
    const minutesLeft = (this.#total - done) / (done / this.seconds) / 60;
    this.#say(
      `  ${done} of ${this.#total} ${this.#what}, ${lately.toFixed(0)} a second now, ` +
        `about ${minutesLeft.toFixed(1)} min left${more}`,
    );
    this.#saidAt = now;
    this.#saidDone = done;
  }
}
