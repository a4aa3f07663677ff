import { dirname, isAbsolute, join } from 'node:path';
import { suggest } from '../../config/describe-issue.ts';
import type { Problem } from '../../config/problems.ts';
import { sourceOf, type ReadSource } from '../../config/read-source.ts';
import type { ReadFile } from '../../config/references.ts';
import type { RuleFile } from '../../config/rule-schema.ts';
import type { PackUse } from './pack-schema.ts';
import { readPack, type ReadPack } from './read-pack.ts';
import { shippedPackFile, shippedPacks } from './shipped.ts';

/** A pack where it is used: its rules as if they stood there. What is wrong with them there is said of the use. */
export interface UsedPack extends ReadPack {
  /** What its rules are called by. */
  readonly as: string;
  readonly rules: ReadSource;
}

/** Packs of an operator's own are sources of the policy, and are told among them. */
interface PackReaders {
  readonly shipped: ReadFile;
  readonly own: ReadFile;
}

/** The packs that files use, in their order. Adds to `problems`; packs that are not sound are left out. */
export function usePacks(files: readonly ReadSource[], readers: PackReaders, problems: Problem[]): UsedPack[] {
  const used: UsedPack[] = [];
  for (const file of files) {
    file.content.packs.forEach((use, index) => {
      const complain = (key: 'pack' | 'as' | 'tool', message: string): void => {
        problems.push(file.source.problem(file.place('packs', index, key), message));
      };
      const read = openPack(use, file, readers, problems, (message) => complain('pack', message));
      if (read === undefined) return;
      const as = use.as ?? read.pack.name;
      if (used.some((other) => other.as === as)) {
        complain('pack', `pack "${as}" is used above already; give this use a name of its own with \`as\``);
        return;
      }
      const ownTool =
        use.tool === undefined ? undefined : read.pack.rules.find(({ match }) => match.tool !== undefined);
      if (ownTool !== undefined) {
        complain('tool', `rule ${ownTool.id} of this pack says by itself which tools it speaks of; leave \`tool\` out`);
        return;
      }
      const rules = read.pack.rules.map((rule) => placeRule(rule, as, use));
      used.push({ ...read, as, rules: sourceOf(file, index, rules) });
    });
  }
  return used;
}

function openPack(
  { pack }: PackUse,
  { source }: ReadSource,
  readers: PackReaders,
  problems: Problem[],
  complain: (message: string) => void,
): ReadPack | undefined {
  const isPath = pack.startsWith('.') || isAbsolute(pack);
  const names = isPath ? [] : shippedPacks();
  if (!isPath && !names.includes(pack)) {
    complain(
      `there is no pack "${pack}"${suggest(pack, names)}; there are ${names.join(', ')}, and ./path of your own`,
    );
    return undefined;
  }
  const file = isAbsolute(pack) ? pack : isPath ? join(dirname(source.file), pack) : shippedPackFile(pack);
  try {
    return readPack(file, isPath ? readers.own : readers.shipped, problems);
  } catch {
    complain(`the file ${file} cannot be read`);
    return undefined;
  }
}

function placeRule(rule: RuleFile, as: string, { connection, tool }: PackUse): RuleFile {
  const match = { ...rule.match, connection, ...(tool === undefined ? {} : { tool }) };
  return { ...rule, id: `${as}/${rule.id}`, match };
}
