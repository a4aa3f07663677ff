import type { ToolAnnotations } from '../../policy/judge-input.ts';

/** A tool as it was last seen, by any caller through any gateway. */
export interface ToolPin {
  readonly digest: string;
  /** False: somebody has to accept this definition before calls are judged by policy alone. */
  readonly accepted: boolean;
  /** What its server says of it; absent when its definition is not at hand. */
  readonly hints?: ToolAnnotations['hints'];
}
