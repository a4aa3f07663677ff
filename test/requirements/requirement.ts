/** One promise of the product, and the tests that prove it. */
export interface Requirement {
  /** `subject:circumstance:outcome`, never used for another promise. */
  readonly id: string;
  /** One sentence, as in the README. */
  readonly says: string;
  /** `file > title of the test`, the file as seen from `test/`, the title as it is written there. */
  readonly provenBy: readonly [string, ...string[]];
}
