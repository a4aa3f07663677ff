import type { Effect } from '../command.ts';

/** The fields of a node, as its parser has them. Only names are keys; what the caller wrote are values. */
export type Fields = Readonly<Record<string, unknown>>;

/** What a statement or a function is and does. */
export interface Told {
  readonly construct: string;
  readonly effects: readonly Effect[];
}
