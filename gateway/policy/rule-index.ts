import { fold } from './glob.ts';
import type { JudgeInput } from './match.ts';
import type { Rule } from './rule.ts';

/** Rules by what they are narrowed to, one dimension on each level: groups, then connection, then tool. */
interface Branch {
  /** Where the levels end. */
  readonly rules: Rule[];
  /** Rules that this level says nothing of. */
  free: Branch | undefined;
  readonly by: Map<string, Branch>;
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
  collect(root, [caller.groups.map(fold), [fold(connection)], tool === undefined ? [] : [fold(tool)]], found);
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
  const [texts, ...deeper] = levels;
  if (levels.length === 0) branch.rules.push(rule);
  else if (texts === undefined) insert((branch.free ??= newBranch()), deeper, rule);
  else for (const text of texts) insert(branchBy(branch, text), deeper, rule);
}

function branchBy({ by }: Branch, text: string): Branch {
  const branch = by.get(text) ?? newBranch();
  by.set(text, branch);
  return branch;
}

function collect(branch: Branch, [texts, ...deeper]: readonly (readonly string[])[], found: Set<Rule>): void {
  for (const rule of branch.rules) found.add(rule);
  if (texts === undefined) return;
  if (branch.free !== undefined) collect(branch.free, deeper, found);
  for (const text of texts) {
    const next = branch.by.get(text);
    if (next !== undefined) collect(next, deeper, found);
  }
}

function newBranch(): Branch {
  return { rules: [], free: undefined, by: new Map() };
}
