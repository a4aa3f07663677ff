/** Where time and ids come from. */
export interface Chance {
  /** Milliseconds since the epoch, with fractions. */
  readonly now: () => number;
  /** Ten capital letters or digits. */
  readonly newId: () => string;
}
