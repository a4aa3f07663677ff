import type { Act } from '../command.ts';
import type { Input } from './invocation.ts';

/** Where in a text something is read. */
export interface Scope {
  readonly state: ShellState;
  /** Texts around this one. */
  readonly depth: number;
  /** Programs that run this one, each by the one before. */
  readonly chain: number;
  /** What comes on the input here. Undefined: nothing is given. */
  readonly input: Input | undefined;
  /** Functions whose bodies this is in. */
  readonly within: readonly string[];
  /** Expansions around this one. The parser reads each once more, from its beginning. */
  readonly expansions: number;
  readonly readText: (text: string, scope: Scope) => readonly Act[];
}

/** What one thing in a text means for those behind it. */
export interface ShellState {
  /** A relative path may be one of the system's: the text went to another folder. */
  elsewhere: boolean;
  /** Names of functions that are surely defined. */
  readonly functions: Set<string>;
  /** Pieces of syntax, programs, and UTF-16 units of texts that have been read. */
  nodes: number;
  runs: number;
  units: number;
}

/** More of them in one command is not read, so what follows is unknown. They bound the time that it takes. */
export const nodesMax = 10_000;
export const runsMax = 1000;
export const unitsMax = 131_072;
