import type { RuleFile } from '../../config/rule-schema.ts';
import { systems, type Effect, type System } from '../commands/command.ts';
import { alternativesOf } from '../matchers/matcher.ts';
import type { Reader } from './glob-sets.ts';

type Wanted = { readonly effects?: readonly Effect[] | undefined } & Readonly<
  Record<string, string | readonly string[] | undefined>
>;

/** The systems that a rule asks for. */
export function systemsOf({ match }: RuleFile): System[] {
  return systems.filter((system) => match[system] !== undefined);
}

/**
 * PURE. Whether the acts of which `inner` speaks are among those of which `outer` does, system by system. What makes one
 * act fit is enough: a rule that restricts needs one, and to a rule that allows every act must be known.
 */
export function coversCommands(outer: RuleFile, inner: RuleFile, reader: Reader): boolean {
  const wide = systemsOf(outer);
  if (wide.length === 0) return true;
  const narrow = systemsOf(inner);
  // A rule that names tools also restricts calls of which nobody said what their command is.
  const unread = inner.decision !== 'allow' && inner.match.tool !== undefined && outer.match.tool === undefined;
  return (
    !unread &&
    narrow.length > 0 &&
    narrow.every(
      (system) => wide.includes(system) && coversActs(outer.match[system] ?? {}, inner.match[system] ?? {}, reader),
    )
  );
}

function coversActs(wide: Wanted, narrow: Wanted, reader: Reader): boolean {
  return Object.entries(wide).every(([part, wanted]) => {
    if (wanted === undefined) return true;
    const given = narrow[part];
    if (given === undefined) return false;
    if (part === 'effects') return [given].flat().every((effect) => [wanted].flat().includes(effect));
    return reader(alternativesOf(wanted), alternativesOf(given));
  });
}
