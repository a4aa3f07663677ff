import type { Json } from '../../../workflows/contract/call.ts';
import type { RuleFile } from '../../config/rule-schema.ts';
import { systems } from '../commands/command.ts';
import { pathOf } from '../../json-pointer.ts';

/** What the ledger does not hold of a call as it was judged. */
export interface Unknowns {
  readonly groups: boolean;
  readonly email: boolean;
  readonly owner: boolean;
  readonly uri: boolean;
  readonly annotations: boolean;
  /** The words of a purpose, or all of it. */
  readonly purpose: 'known' | 'words' | 'all';
  /** Paths of values in which something is masked; `all`: there are such, nobody knows where. */
  readonly args: readonly (readonly string[])[] | 'all';
  /** Of its command: what it acts on, or all of it. */
  readonly command: 'known' | 'targets' | 'all';
}

const marker = /\[REDACTED:[a-z0-9_]{1,40}\]/g;

/** PURE. How often something is masked in a text. */
export function markersIn(text: string): number {
  return text.match(marker)?.length ?? 0;
}

/** PURE. Where something is masked. */
export function maskedPaths(value: Json | undefined, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value === 'string') return markersIn(value) > 0 ? [path] : [];
  if (typeof value !== 'object' || value === null) return [];
  const members = Object.entries<Json>(value as Readonly<Record<string, Json>>);
  if (members.some(([key]) => markersIn(key) > 0)) return [path];
  return members.flatMap(([key, member]) => maskedPaths(member, [...path, key]));
}

/** PURE. Whether a value at one of these paths is within or around the other path. */
export function touches(masked: Unknowns['args'], path: readonly string[]): boolean {
  if (masked === 'all') return true;
  return masked.some((other) => other.every((step, index) => index >= path.length || step === path[index]));
}

/** PURE. A rule without all that it asks of what is unknown; the same object when it asks for nothing of it. */
export function withoutUnknowns(file: RuleFile, unknowns: Unknowns): RuleFile {
  const match: Record<string, unknown> = { ...file.match };
  const claims = Object.entries(file.match.claims ?? {}).filter(
    ([claim]) => !(claim === 'groups' || claim === 'email' || claim === 'owner') || !unknowns[claim],
  );
  const args = Object.entries(file.match.args ?? {}).filter(([path]) => !touches(unknowns.args, pathOf(path)));
  if (file.match.claims !== undefined) match['claims'] = Object.fromEntries(claims);
  if (file.match.args !== undefined) match['args'] = Object.fromEntries(args);
  if (unknowns.uri && file.match.uri !== undefined) {
    delete match['uri'];
    match['method'] = file.match.method ?? 'resources/*';
  }
  if (unknowns.annotations) delete match['annotations'];
  if (unknowns.purpose === 'all') delete match['purpose'];
  if (asksTooMuchOfCommand(file, unknowns)) for (const system of systems) delete match[system];
  const { when, ...rest } = file;
  const keepsCondition = when === undefined || !mentionsUnknown(when, unknowns);
  const reduced = { ...rest, ...(keepsCondition && when !== undefined ? { when } : {}), match } as RuleFile;
  return JSON.stringify(reduced) === JSON.stringify({ ...rest, ...(when === undefined ? {} : { when }) })
    ? file
    : reduced;
}

function asksTooMuchOfCommand({ match }: RuleFile, { command }: Unknowns): boolean {
  if (command === 'known') return false;
  return systems.some((system) => {
    const wanted = match[system];
    if (wanted === undefined) return false;
    const { effects: _effects, constructs: _constructs, ...targets } = wanted;
    return command === 'all' || Object.values(targets).some((globs) => globs !== undefined);
  });
}

/** By its words: a condition that names something may read it. */
function mentionsUnknown(when: string, unknowns: Unknowns): boolean {
  const words = new Set(when.match(/[A-Za-z_]\w*/g) ?? []);
  return (
    (unknowns.groups && words.has('groups')) ||
    (unknowns.email && words.has('email')) ||
    (unknowns.owner && words.has('owner')) ||
    (unknowns.uri && words.has('uri')) ||
    (unknowns.annotations && words.has('annotations')) ||
    (unknowns.purpose !== 'known' && words.has('purpose')) ||
    ((unknowns.args === 'all' || unknowns.args.length > 0) && words.has('args')) ||
    (unknowns.command !== 'known' && words.has('command'))
  );
}
