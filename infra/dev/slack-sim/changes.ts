/** Tells whoever listens that something in the workspace is different now; what, they read themselves. */
export class Changes {
  readonly #listeners = new Set<() => void>();

  /** Returns the function that ends the subscription. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Resolves as soon as `read` gives something, looking again after every change; undefined after `withinMs`. */
  async until<T>(read: () => T | undefined, withinMs: number): Promise<T | undefined> {
    const found = read();
    if (found !== undefined) return found;
    return await new Promise((resolve) => {
      const settle = (value: T | undefined): void => {
        clearTimeout(deadline);
        unsubscribe();
        resolve(value);
      };
      const deadline = setTimeout(() => settle(undefined), withinMs);
      const unsubscribe = this.subscribe(() => {
        const value = read();
        if (value !== undefined) settle(value);
      });
    });
  }
}
