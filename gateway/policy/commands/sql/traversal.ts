import type { Effect } from '../command.ts';
import type { ActList, Targets } from './act-list.ts';
import type { Scope } from './scope.ts';
import type { Fields } from './told.ts';

/** Something still to be looked at, and how. */
export interface Place {
  readonly scope: Scope | undefined;
  /** Where the names of tables go. */
  readonly relations: readonly Set<string>[];
  /** It is planned and not run: part of an EXPLAIN without ANALYZE. Functions may be called all the same. */
  readonly isPlanned: boolean;
}

/** One statement on its way to acts, whichever parser its tree is from. */
export interface Traversal {
  /** Tables and views whose rows it looks at. */
  readonly reads: Set<string>;
  open(construct: string, effects: readonly Effect[]): Targets;
  /** What it looks at is called this; `SELECT` unless said. */
  readAs(construct: string): void;
  visit(value: unknown, place: Place): void;
}

/** A traversal, for the walk that makes it and for nobody that it visits. */
export interface OwnTraversal extends Traversal {
  readonly start: Place;
  /** What the statement does is read elsewhere, and opens acts there. */
  readElsewhere(): void;
  /** Has every node visited, the last ones first. Iterative: a statement may be nested deeper than a stack. */
  run(visitFields: (fields: Fields, place: Place) => void): void;
  /** What it looks at is an act of its own, unless it looks at nothing and does something else. */
  close(): void;
}

export function createTraversal(acts: ActList): OwnTraversal {
  const stack: [object, Place][] = [];
  const reads = new Set<string>();
  let construct = 'SELECT';
  let opened = false;
  const traversal: OwnTraversal = {
    reads,
    start: { scope: undefined, relations: [reads], isPlanned: false },
    open(name, effects) {
      opened = true;
      return acts.open(name, effects);
    },
    readAs(name) {
      construct = name;
    },
    visit(value, place) {
      if (typeof value === 'object' && value !== null) stack.push([value, place]);
    },
    readElsewhere() {
      opened = true;
    },
    run(visitFields) {
      for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
        const [value, place] = next;
        if (Array.isArray(value)) for (const item of value as readonly unknown[]) traversal.visit(item, place);
        else visitFields(value as Fields, place);
      }
    },
    close() {
      if (reads.size === 0 && opened) return;
      const { relations } = acts.open(construct, ['read']);
      for (const name of reads) relations.add(name);
    },
  };
  return traversal;
}
