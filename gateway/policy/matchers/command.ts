import type { MatchFile } from '../../config/rule-schema.ts';
import { anyName } from '../commands/effects.ts';
import { systems, type Act, type Effect, type System, type TargetKind } from '../commands/command.ts';
import { compileGlobs, type Glob } from '../glob.ts';
import type { JudgeInput } from '../judge-input.ts';
import { alternativesOf, type ForRule, type Matcher } from './matcher.ts';
import { oneOf } from './words.ts';

/** What one system's matcher asks of an act. Undefined and empty: nothing. */
interface Wanted {
  readonly effects: readonly Effect[] | undefined;
  readonly constructs: Names | undefined;
  readonly targets: readonly (readonly [TargetKind, Names])[];
}

interface Names {
  readonly patterns: readonly string[];
  readonly fit: Glob;
}

/** What of an act is not as it is wanted. */
type Misfit = 'system' | 'unknown' | 'effects' | 'constructs' | TargetKind;

type CommandFile = { readonly effects?: readonly Effect[] | undefined } & Readonly<Record<string, unknown>>;

/**
 * `sql`, `shell`, `kubernetes`, `infrastructure`, `http` and `config`: what a command would do. They are one matcher: a
 * rule that restricts fits when one act fits one of them, and a rule that allows when every act does and none is
 * unknown. A call to a tool that a rule names, and of whose arguments nobody said which is a command, is restricted.
 */
export function commandMatchers(match: MatchFile, rule: ForRule): Matcher[] {
  const wanted = new Map<System, Wanted>();
  for (const system of systems) {
    const file = match[system];
    if (file !== undefined) wanted.set(system, compileWanted(file, rule));
  }
  if (wanted.size === 0) return [];
  const restrictsUnread = match.tool !== undefined && rule.decision !== 'allow';
  const fitsOne = (act: Act): boolean => misfitOf(act, wanted, rule) === undefined;
  return [
    {
      name: [...wanted.keys()].join(', '),
      needsCall: true,
      isTold: true,
      fits: ({ command }) => {
        if (command === undefined) return restrictsUnread;
        return rule.decision === 'allow' ? command.acts.every(fitsOne) : command.acts.some(fitsOne);
      },
      says: (input, fits) => says(input, fits, wanted, rule),
    },
  ];
}

function compileWanted({ effects, constructs, ...targets }: CommandFile, { reading }: ForRule): Wanted {
  const namesOf = (globs: unknown): Names => {
    const patterns = alternativesOf(globs as string | readonly string[]);
    return { patterns, fit: compileGlobs(patterns, reading) };
  };
  return {
    effects,
    constructs: constructs === undefined ? undefined : namesOf(constructs),
    targets: Object.entries(targets)
      .filter(([, globs]) => globs !== undefined)
      .map(([kind, globs]) => [kind as TargetKind, namesOf(globs)] as const),
  };
}

/**
 * Of effects and targets, a rule that restricts wants one that it names, and a rule that allows none that it does not. A
 * target that is not known may be any.
 */
function misfitOf(act: Act, of: ReadonlyMap<System, Wanted>, { decision }: ForRule): Misfit | undefined {
  const wanted = of.get(act.system);
  if (wanted === undefined) return 'system';
  const allows = decision === 'allow';
  const { effects, construct, targets } = act;
  if (allows && effects.includes('unknown')) return 'unknown';
  if (wanted.effects !== undefined) {
    const named = (effect: Effect): boolean => wanted.effects?.includes(effect) === true;
    if (!(allows ? effects.every(named) : effects.some(named))) return 'effects';
  }
  if (wanted.constructs?.fit(construct) === false) return 'constructs';
  const misfit = wanted.targets.find(([kind, { fit }]) => {
    const names = targets[kind] ?? [];
    return !(allows ? names.length > 0 && names.every(fit) : names.some((name) => name === anyName || fit(name)));
  });
  return misfit?.[0];
}

function says({ command }: JudgeInput, fits: boolean, of: ReadonlyMap<System, Wanted>, rule: ForRule): string {
  if (command === undefined) return 'the call holds no argument that is known to be a command';
  const { acts } = command;
  const isShown = (act: Act): boolean => (misfitOf(act, of, rule) === undefined) === fits;
  // What is of the system that the rule speaks of tells more than what is not.
  const shown = acts.find((act) => isShown(act) && of.has(act.system)) ?? acts.find(isShown);
  if (shown === undefined) return 'the command does nothing';
  const misfit = fits ? undefined : misfitOf(shown, of, rule);
  return `it holds ${describeAct(shown)}${misfit === undefined ? '' : `, ${describeMisfit(misfit, shown, of, rule)}`}`;
}

function describeMisfit(misfit: Misfit, act: Act, of: ReadonlyMap<System, Wanted>, { decision }: ForRule): string {
  const wanted = of.get(act.system);
  switch (misfit) {
    case 'system':
      return `which is ${act.system}, not ${oneOf([...of.keys()])}`;
    case 'unknown':
      return 'which cannot be told before it runs';
    case 'effects': {
      const effects = oneOf(wanted?.effects ?? []);
      return decision === 'allow' ? `more than ${effects}` : `not ${effects}`;
    }
    case 'constructs':
      return `not ${oneOf(wanted?.constructs?.patterns ?? [])}`;
    default: {
      const patterns = wanted?.targets.find(([kind]) => kind === misfit)?.[1].patterns ?? [];
      return `of other ${misfit} than ${oneOf(patterns)}`;
    }
  }
}

/** PURE. What an act is, for callers and approvers: `DROP TABLE (ddl, destroy)`. */
export function describeAct({ construct, effects }: Pick<Act, 'construct' | 'effects'>): string {
  return `${construct} (${effects.join(', ')})`;
}
