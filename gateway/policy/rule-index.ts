import { fold, isFoldedBitByBit } from './glob.ts';
import type { JudgeInput } from './judge-input.ts';
import type { Rule } from './rule.ts';

/** Rules by what they are narrowed to, one dimension on each level: groups, then connection, then tool. */
interface Branch {
  /** Where the levels end. */
  readonly rules: Rule[];
  /** Rules that this level says nothing of. */
  free: Branch | undefined;
  readonly by: Map<string, Branch>;
  /** By what a text begins with, and how long such beginnings are. */
  readonly byStart: Map<string, Branch>;
  readonly startLengths: Set<number>;
}

/** Rules never change once they are in force, and go with the configuration they came with. */
const indexes = new WeakMap<readonly Rule[], Branch>();

/**
 * PURE. The rules that can fit a call by its connection, its tool and the groups of its caller, each once and in no
 * order: all that fit, and few that do not. So a decision takes as long as there are rules about such a call, however
 * many there are about others.
 */
export function rulesFor(rules: readonly Rule[], input: Pick<JudgeInput, 'connection' | 'tool' | 'caller'>): Rule[] {
  const root = indexes.get(rules) ?? indexRules(rules);
  const { connection, tool, caller } = input;
  const found = new Set<Rule>();
  collect(root, [caller.groups, [connection], tool === undefined ? [] : [tool]], found);
  return [...found];
}

function indexRules(rules: readonly Rule[]): Branch {
  const root = newBranch();
  for (const rule of rules) {
    const { groups, connections, tools } = rule.narrowed;
    insert(root, [groups, connections, tools], rule);
  }
  indexes.set(rules, root);
  return root;
}

function insert(branch: Branch, levels: readonly (readonly string[] | undefined)[], rule: Rule): void {
  const [outlines, ...deeper] = levels;
  if (levels.length === 0) branch.rules.push(rule);
  else if (outlines === undefined) insert((branch.free ??= newBranch()), deeper, rule);
  else for (const outline of outlines) insert(branchBy(branch, outline), deeper, rule);
}

function branchBy({ by, byStart, startLengths }: Branch, outline: string): Branch {
  const isStart = outline.endsWith('*');
  const text = isStart ? outline.slice(0, -1) : outline;
  const branches = isStart ? byStart : by;
  const branch = branches.get(text) ?? newBranch();
  branches.set(text, branch);
  if (isStart) startLengths.add(text.length);
  return branch;
}

function collect(branch: Branch, [texts, ...deeper]: readonly (readonly string[])[], found: Set<Rule>): void {
  for (const rule of branch.rules) found.add(rule);
  if (texts === undefined) return;
  if (branch.free !== undefined) collect(branch.free, deeper, found);
  for (const text of texts) {
    const folded = fold(text);
    collectIfAny(branch.by.get(folded), deeper, found);
    if (isFoldedBitByBit(text)) {
      for (const length of branch.startLengths) {
        if (length <= folded.length) collectIfAny(branch.byStart.get(folded.slice(0, length)), deeper, found);
      }
    } else {
      for (const next of branch.byStart.values()) collect(next, deeper, found);
    }
  }
}

function collectIfAny(branch: Branch | undefined, levels: readonly (readonly string[])[], found: Set<Rule>): void {
  if (branch !== undefined) collect(branch, levels, found);
}

function newBranch(): Branch {
  return { rules: [], free: undefined, by: new Map(), byStart: new Map(), startLengths: new Set() };
}
