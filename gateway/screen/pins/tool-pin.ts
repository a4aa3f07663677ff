/** A tool as it was last seen, by any caller through any gateway. */
export interface ToolPin {
  readonly digest: string;
  /** False: somebody has to accept this definition before calls are judged by policy alone. */
  readonly accepted: boolean;
}
