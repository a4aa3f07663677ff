import type { MatchFile } from '../../config/rule-schema.ts';
import { anyName } from '../commands/effects.ts';
import { systems, type Act, type Effect, type System, type TargetKind } from '../commands/command.ts';
import { compileGlobs, type Glob } from '../glob.ts';
import type { JudgeInput } from '../judge-input.ts';
import { alternativesOf, type ForRule, type Matcher } from './matcher.ts';

/** What one system's matcher asks of an act. Undefined and empty: nothing. */
interface Wanted {
  readonly effects: readonly Effect[] | undefined;
  readonly constructs: Glob | undefined;
  readonly targets: readonly (readonly [TargetKind, Glob])[];
}

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
  const name = [...wanted.keys()].join(', ');
  const restrictsUnread = match.tool !== undefined && rule.decision !== 'allow';
  const fitsOne = (act: Act): boolean => {
    const one = wanted.get(act.system);
    return one !== undefined && actFits(act, one, rule);
  };
  const fits = ({ command }: JudgeInput): boolean => {
    if (command === undefined) return restrictsUnread;
    return rule.decision === 'allow' ? command.acts.every(fitsOne) : command.acts.some(fitsOne);
  };
  return [{ name, needsCall: true, isTold: true, fits, says: (input, fitting) => says(input, fitting, name, fitsOne) }];
}

function compileWanted({ effects, constructs, ...targets }: CommandFile, { reading }: ForRule): Wanted {
  const globOf = (globs: unknown): Glob => compileGlobs(alternativesOf(globs as string | readonly string[]), reading);
  return {
    effects,
    constructs: constructs === undefined ? undefined : globOf(constructs),
    targets: Object.entries(targets)
      .filter(([, globs]) => globs !== undefined)
      .map(([kind, globs]) => [kind as TargetKind, globOf(globs)] as const),
  };
}

/**
 * Of effects and targets, a rule that restricts wants one that it names, and a rule that allows none that it does not. A
 * target that is not known may be any.
 */
function actFits({ effects, construct, targets }: Act, wanted: Wanted, { decision }: ForRule): boolean {
  const allows = decision === 'allow';
  if (allows && effects.includes('unknown')) return false;
  if (wanted.effects !== undefined) {
    const named = (effect: Effect): boolean => wanted.effects?.includes(effect) === true;
    if (!(allows ? effects.every(named) : effects.some(named))) return false;
  }
  if (wanted.constructs?.(construct) === false) return false;
  return wanted.targets.every(([kind, glob]) => {
    const names = targets[kind] ?? [];
    return allows ? names.length > 0 && names.every(glob) : names.some((name) => name === anyName || glob(name));
  });
}

function says({ command }: JudgeInput, fits: boolean, name: string, fitsOne: (act: Act) => boolean): string {
  if (command === undefined) return 'the call holds no argument that is known to be a command';
  const shown = command.acts.find((act) => fitsOne(act) === fits) ?? command.acts[0];
  return shown === undefined ? `${name} does not fit` : `it holds ${describeAct(shown)}`;
}

/** PURE. What an act is, for callers and approvers: `DROP TABLE (ddl, destroy)`. */
export function describeAct({ construct, effects }: Pick<Act, 'construct' | 'effects'>): string {
  return `${construct} (${effects.join(', ')})`;
}
