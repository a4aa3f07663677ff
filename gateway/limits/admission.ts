/** What limits keep of a call until it is over, however it ends. */
export interface Admission {
  /** How long its answer is, in bytes. */
  answered(bytes: number): void;
  /** Once; the second time does nothing. */
  end(): void;
}
