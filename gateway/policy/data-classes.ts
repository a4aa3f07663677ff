import type { DataClassFile } from '../config/privacy-schema.ts';
import { compileGlobs, type Glob } from './glob.ts';
import type { JudgeInput } from './judge-input.ts';

/** One kind of data that answers may hold, and who may see it. */
interface DataClass {
  readonly name: string;
  readonly fields: readonly string[];
  readonly groups: readonly string[];
  readonly isMember: Glob;
  /** Undefined: any, or none. */
  readonly purposes: readonly string[] | undefined;
  readonly otherwise: 'mask' | 'block';
}

/** What is declared of a connection. */
interface Classified {
  readonly all: readonly DataClass[];
  readonly tools: readonly { readonly fits: Glob; readonly classes: readonly DataClass[] }[];
}

/** The data classes in force, by connection. Connections of which nothing is declared are not among them. */
export type DataClasses = ReadonlyMap<string, Classified>;

/** How a connection and its tools are declared in the file. */
interface Declared {
  readonly name: string;
  readonly data?: readonly string[] | undefined;
  readonly tools: Readonly<Record<string, { readonly data?: readonly string[] | undefined }>>;
}

export function compileDataClasses(
  files: Readonly<Record<string, DataClassFile>>,
  connections: readonly Declared[],
): DataClasses {
  const classes = new Map(Object.entries(files).map(([name, file]) => [name, compileClass(name, file)]));
  const named = (names: readonly string[] = []): DataClass[] => names.flatMap((name) => classes.get(name) ?? []);
  const classified = new Map<string, Classified>();
  for (const { name, data, tools } of connections) {
    const all = named(data);
    const ofTools = Object.entries(tools)
      .map(([tool, settings]) => ({ fits: compileGlobs([tool], 'generous'), classes: named(settings.data) }))
      .filter((each) => each.classes.length > 0);
    if (all.length + ofTools.length > 0) classified.set(name, { all, tools: ofTools });
  }
  return classified;
}

function compileClass(name: string, { fields = [], seenBy, purposes, otherwise }: DataClassFile): DataClass {
  const { groups } = seenBy;
  return { name, fields, groups, isMember: compileGlobs(groups, 'exact'), purposes, otherwise };
}

/**
 * What an answer may hold. A tool that several names fit has the classes of all of them. What asks about tasks may be
 * answered with the result of any tool that could be called.
 */
function classesOf(classes: DataClasses, { connection, method, tool }: JudgeInput): readonly DataClass[] {
  const declared = classes.get(connection);
  if (declared === undefined) return [];
  const isTool = method === 'tools/call' && tool !== undefined;
  const ofTools = method.startsWith('tasks/')
    ? declared.tools.flatMap((each) => each.classes).filter(({ otherwise }) => otherwise === 'mask')
    : declared.tools.filter(({ fits }) => isTool && fits(tool)).flatMap((each) => each.classes);
  return [...new Set([...declared.all, ...ofTools])];
}

/** What a class means for one caller who may not see it as it is. */
export interface Closed {
  readonly name: string;
  readonly fields: readonly string[];
  readonly groups: readonly string[];
  readonly otherwise: 'mask' | 'block';
  /** The purposes for which this very caller would see it; undefined when none would help. */
  readonly opensFor: readonly string[] | undefined;
}

/** PURE. The classes of a call's answer that its caller may not see, or not for this purpose. */
export function closedClasses(classes: DataClasses, input: JudgeInput): readonly Closed[] {
  return classesOf(classes, input).flatMap((each) => closedTo(each, input));
}

/** PURE. Whatever answers on a connection may hold that this caller may not see, of whatever tool. */
export function closedAnywhere(classes: DataClasses, input: JudgeInput): readonly Closed[] {
  const { all = [], tools = [] } = classes.get(input.connection) ?? {};
  return [...all, ...tools.flatMap((each) => each.classes)].flatMap((each) => closedTo(each, input));
}

function closedTo({ name, fields, groups, isMember, purposes, otherwise }: DataClass, input: JudgeInput): Closed[] {
  const { caller, purpose } = input;
  const isOneOfThem = caller.groups.some((group) => isMember(group));
  const isFor = purposes === undefined || (purpose?.code !== undefined && purposes.includes(purpose.code));
  if (isOneOfThem && isFor) return [];
  return [{ name, fields, groups, otherwise, opensFor: isOneOfThem ? purposes : undefined }];
}
