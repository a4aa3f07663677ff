import type { Problem } from '../../config/problems.ts';
import { fold } from '../glob.ts';
import { alternativesOf } from '../matchers/matcher.ts';
import { commonText, covers, mayMeet } from './glob-sets.ts';
import type { ReviewedRule } from './reviewed-rules.ts';

/** Rules that nothing tells apart are compared two by two, until so many pairs. */
const pairsMax = 20_000;

/** A rule as far as this is about it. */
interface Named {
  readonly reviewed: ReviewedRule;
  /** Folded. */
  readonly tools: readonly string[];
  /** All it says beside names. */
  readonly rest: string;
}

/**
 * PURE. Rules that allow and rules that restrict, told apart by nothing but names, which overlap in some: neither is an
 * exception from the other. The stricter decides, which may not be what the author of the other one believes.
 */
export function contradictions(rules: readonly ReviewedRule[]): Problem[] {
  let pairs = 0;
  const named = rules.filter(({ ofPack, file }) => !ofPack && file.match.tool !== undefined).map(namesOf);
  // Of a rule that names one tool, another one speaks or does not.
  const several = named.filter(({ tools }) => tools.length > 1 || /[*?]/.test(tools[0] ?? ''));
  const restricting = new Map<string, Named[]>();
  for (const one of several.filter(({ reviewed }) => reviewed.file.decision !== 'allow')) {
    const alike = restricting.get(one.rest) ?? [];
    alike.push(one);
    restricting.set(one.rest, alike);
  }
  return several
    .filter(({ reviewed }) => reviewed.file.decision === 'allow')
    .flatMap((allowing) => {
      // One is enough to look at the rule.
      for (const other of restricting.get(allowing.rest) ?? []) {
        pairs += 1;
        if (pairs > pairsMax) return [];
        const tool = disputed(allowing, other);
        if (tool !== undefined) return [contradiction(allowing.reviewed, other.reviewed, tool)];
      }
      return [];
    });
}

function contradiction({ file, at }: ReviewedRule, { file: other }: ReviewedRule, tool: string): Problem {
  const message = `rule ${file.id} allows tools like ${tool}, for which rule ${other.id} says ${other.decision}: the stricter decides`;
  return at(['match', 'tool'], message);
}

function namesOf(reviewed: ReviewedRule): Named {
  const { match, when = null } = reviewed.file;
  const { tool = [], connection: _connection, ...rest } = match;
  return { reviewed, tools: alternativesOf(tool).map(fold), rest: JSON.stringify([rest, when]) };
}

/** A tool that both speak of, when neither speaks of all that the other does. */
function disputed({ reviewed: a, tools: mine }: Named, { reviewed: b, tools: others }: Named): string | undefined {
  const meet =
    a.scope.connections === undefined ||
    b.scope.connections === undefined ||
    [...a.scope.connections].some((name) => b.scope.connections?.has(name));
  if (!meet || !mine.some((one) => others.some((other) => mayMeet(one, other)))) return undefined;
  const tool = commonText(mine, others);
  return tool === undefined || covers(mine, others) || covers(others, mine) ? undefined : tool;
}
