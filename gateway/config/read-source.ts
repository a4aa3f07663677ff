import { describeIssue, type Issue } from './describe-issue.ts';
import type { Problem } from './problems.ts';
import { resolveReferences, type ReferenceProblem, type References } from './references.ts';
import { fileSchema, type ConfigFile } from './schema.ts';
import type { RuleFile } from './rule-schema.ts';
import type { ConfigPath, Places, Source } from './source.ts';

export type Section = keyof ConfigFile;
type ListSection = 'rules' | 'limits' | 'connections' | 'issuers' | 'packs' | 'tests';

/** What could be read of one file. */
export interface ReadSource {
  readonly source: Places;
  readonly content: ConfigFile;
  /** Sections of which something was left out because it is not sound: what refers to them cannot be judged. */
  readonly lost: ReadonlySet<Section>;
  /** Where an item of `content` stands in the file, in which the items left out still count. */
  readonly place: (section: ListSection, index: number, ...rest: ConfigPath) => ConfigPath;
}

const sections = Object.keys(fileSchema.shape) as Section[];
const nothing: ConfigFile = {
  version: 1,
  issuers: [],
  connections: [],
  approvers: {},
  purposes: {},
  dataClasses: {},
  rules: [],
  limits: [],
  packs: [],
  tests: [],
};

/** Checks one file by itself and adds to `problems`. What is sound goes on, so that all problems are found at once. */
export function readSource(source: Source, references: References, problems: Problem[]): ReadSource {
  problems.push(...source.problems);
  if (source.problems.length > 0) return allLost(source);
  const dangling: ReferenceProblem[] = [];
  const value = resolveReferences(source.value, references, dangling);
  problems.push(...dangling.map(({ path, message }) => source.problem(path, message)));
  const checked = fileSchema.safeParse(value);
  if (checked.success) {
    const lost = new Set(dangling.map(({ path }) => path[0] as Section));
    return { source, content: checked.data, lost, place: (...path) => path };
  }
  const said = new Set(dangling.map(({ path }) => path.join('/')));
  for (const issue of checked.error.issues) {
    for (const { path, message } of describeIssue(issue)) {
      if (!said.has(path.join('/'))) problems.push(source.problem(path, message));
    }
  }
  return readRest(source, value, checked.error.issues);
}

/** The rules of a pack as if they stood where it is used, with the places that say where. */
export function sourceOf({ source, place }: ReadSource, use: number, rules: readonly RuleFile[]): ReadSource {
  const placeOfUse: ReadSource['place'] = (_section, _index, part, key) =>
    part === 'match' && (key === 'connection' || key === 'tool') ? place('packs', use, key) : place('packs', use);
  return { source, content: { ...nothing, rules: [...rules] }, lost: new Set(), place: placeOfUse };
}

/** Whether all of a section could be read in every file, so that what is missing from it is missing indeed. */
export function isWhole(files: readonly ReadSource[], section: Section): boolean {
  return !files.some(({ lost }) => lost.has(section));
}

/** Reads again without what was found wrong: unknown keys are dropped, else the whole item or section. */
function readRest(source: Source, value: unknown, issues: readonly Issue[]): ReadSource {
  if (typeof value !== 'object' || value === null) return allLost(source);
  const rest = structuredClone(value) as Record<string, unknown>;
  const lost = new Set<Section>();
  const dropped = new Map<PropertyKey, Set<number>>();
  for (const issue of issues) {
    const [section, item] = issue.path;
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) removeAt(rest, [...issue.path, key]);
      continue;
    }
    if (section === undefined) return allLost(source);
    lost.add(section as Section);
    if (typeof item === 'number') dropped.set(section, (dropped.get(section) ?? new Set()).add(item));
    else delete rest[String(section)];
  }
  const kept = new Map<PropertyKey, readonly number[]>();
  for (const [section, items] of dropped) {
    const list = rest[String(section)];
    if (!Array.isArray(list)) continue;
    const indices = [...list.keys()].filter((index) => !items.has(index));
    rest[String(section)] = indices.map((index) => list[index] as unknown);
    kept.set(section, indices);
  }
  const checked = fileSchema.safeParse({ ...rest, version: 1 });
  if (!checked.success) return allLost(source);
  const place: ReadSource['place'] = (section, index, ...path) => [
    section,
    kept.get(section)?.[index] ?? index,
    ...path,
  ];
  return { source, content: checked.data, lost, place };
}

function removeAt(value: unknown, path: ConfigPath): void {
  let parent = value;
  for (const step of path.slice(0, -1)) parent = (parent as Record<PropertyKey, unknown>)[step];
  const key = path.at(-1);
  if (key !== undefined) delete (parent as Record<PropertyKey, unknown>)[key];
}

function allLost(source: Source): ReadSource {
  return { source, content: nothing, lost: new Set(sections), place: (...path) => path };
}
