import { judgeName, nameParts, type NameStrength } from './secret-names.ts';

/** What the name of a field says about its value. */
export interface FieldName {
  readonly strength: NameStrength | undefined;
  /** Its words, with blanks between. */
  readonly topic: string;
}

export const unnamed: FieldName = { strength: undefined, topic: '' };

/** Longer names are rare, and a token that somebody uses as a name must not stay in memory. */
const rememberedUnitsMax = 20;
const rememberedMax = 4_096;
const readUnitsMax = 120;
const remembered = new Map<string, FieldName>();

/** Messages name the same few fields again and again, and reading a name costs more than the value behind it. */
export function readName(name: string): FieldName {
  const known = remembered.get(name);
  if (known !== undefined) return known;
  const read = { strength: judgeName(name), topic: nameParts(name.slice(0, readUnitsMax)).join(' ') };
  if (name.length > rememberedUnitsMax) return read;
  if (remembered.size >= rememberedMax) remembered.clear();
  remembered.set(name, read);
  return read;
}
