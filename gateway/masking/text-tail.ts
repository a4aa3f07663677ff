/** Engines copy slices that are shorter; a longer one keeps the whole string it was cut from in memory. */
const copiedUnitsMax = 12;

/** The last units of everything that was added, which is kept in the pieces it came in until it is read. */
export class TextTail {
  readonly #unitsMax: number;
  #pieces: string[] = [];
  #units = 0;

  constructor(unitsMax: number) {
    this.#unitsMax = unitsMax;
  }

  /** UTF-16 units in memory: at most twice what is kept. */
  get units(): number {
    return this.#units;
  }

  add(text: string): void {
    const piece = copyOf(text.slice(-this.#unitsMax));
    this.#pieces.push(piece);
    this.#units += piece.length;
    if (this.#units > 2 * this.#unitsMax) this.#settle();
  }

  /** The last units, fewer when there are no more. */
  read(unitsMax: number): string {
    if (unitsMax >= this.#unitsMax) {
      this.#settle();
      return this.#pieces[0] ?? '';
    }
    let from = this.#pieces.length;
    for (let units = 0; from > 0 && units < unitsMax; units += this.#pieces[from]?.length ?? 0) from--;
    return unitsMax <= 0 ? '' : this.#pieces.slice(from).join('').slice(-unitsMax);
  }

  #settle(): void {
    const text = this.#pieces.join('').slice(-this.#unitsMax);
    this.#pieces = [text];
    this.#units = text.length;
  }
}

function copyOf(text: string): string {
  return text.length <= copiedUnitsMax ? text : Buffer.from(text, 'utf16le').toString('utf16le');
}
