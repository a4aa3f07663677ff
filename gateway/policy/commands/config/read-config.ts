import { parseAllDocuments } from 'yaml';
import type { Json } from '../../../../workflows/contract/call.ts';
import type { Act } from '../command.ts';
import { act, anyName, destroy, read, unknown, write } from '../effects.ts';
import type { PartsOf } from '../place.ts';
import { settingName } from './setting-name.ts';

/** More changes in one call nobody reads. */
const changesMax = 1000;
/** As deep as settings go. */
const depthMax = 32;
/** Longer texts are not parsed: YAML takes time. In UTF-16 units. */
const textLengthMax = 32_768;

const reads = new Set(['get', 'read', 'show', 'list', 'view', 'describe', 'diff', 'test', 'validate', 'check']);
const sets = new Set([
  'set',
  'update',
  'add',
  'replace',
  'write',
  'put',
  'patch',
  'apply',
  'merge',
  'create',
  'edit',
  'change',
  'enable',
  'disable',
  'append',
]);
const removes = new Set(['remove', 'delete', 'unset', 'reset', 'clear', 'revert', 'drop', 'purge']);

/** PURE. Which settings a call would change or remove, and to what. */
export function readConfig(tool: string, parts: PartsOf<'config'>): readonly Act[] {
  const changes = new Changes();
  const { operation, path, value, changes: object, patch, merge, text } = parts;
  if (object !== undefined) changes.leaves('', fromText(object, changes), 0);
  if (merge !== undefined) changes.leaves('', fromText(merge, changes), 0);
  if (text !== undefined) changes.leaves('', typeof text === 'string' ? parsed(text, changes) : text, 0);
  if (patch !== undefined) readPatch(fromText(patch, changes), changes);
  if (path !== undefined || value !== undefined || changes.acts.length === 0) {
    readOne(doingOf(operation, tool, value), path, value, changes);
  }
  return changes.acts;
}

type Doing = 'read' | 'set' | 'remove' | undefined;

function doingOf(operation: Json | undefined, tool: string, value: Json | undefined): Doing {
  if (operation !== undefined) {
    return typeof operation === 'string' ? doingNamed([operation.toLowerCase()], value) : undefined;
  }
  return doingNamed(
    tool.split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])/).map((token) => token.toLowerCase()),
    value,
  );
}

/** Of several words the one that changes most counts: `get_or_reset` resets. */
function doingNamed(words: readonly string[], value: Json | undefined): Doing {
  if (words.some((word) => removes.has(word))) return 'remove';
  if (value !== undefined || words.some((word) => sets.has(word))) return 'set';
  return words.some((word) => reads.has(word)) ? 'read' : undefined;
}

function readOne(doing: Doing, path: Json | undefined, value: Json | undefined, changes: Changes): void {
  const paths =
    path === undefined
      ? [undefined]
      : Array.isArray(path) && path.every((step) => typeof step === 'string' && step.includes('.'))
        ? path
        : [path];
  for (const one of paths) {
    const name = one === undefined ? anyName : settingName(one);
    if (name === undefined) changes.cannotTell('a setting whose name can be read in two ways');
    else if (doing === 'read') changes.read(name);
    else if (doing === 'remove') changes.remove(name);
    else if (doing === undefined || one === undefined || value === undefined)
      changes.cannotTell('a change of settings that cannot be read', name);
    else {
      changes.replace(name);
      changes.leaves(name, value, 0);
    }
  }
}

/** JSON Patch (RFC 6902). */
function readPatch(patch: Json | undefined, changes: Changes): void {
  if (!Array.isArray(patch)) return changes.cannotTell('a patch that cannot be read');
  for (const step of patch) {
    const { op, path, from, value } = (typeof step === 'object' && step !== null ? step : {}) as Readonly<
      Record<string, Json>
    >;
    const name = typeof path === 'string' ? settingName(path) : undefined;
    const source = typeof from === 'string' ? settingName(from) : undefined;
    if (name === undefined || ((op === 'move' || op === 'copy') && source === undefined))
      changes.cannotTell('a patch that cannot be read');
    else if (op === 'test') changes.read(name);
    else if (op === 'remove') changes.remove(name);
    else if (op === 'move' || op === 'copy') {
      if (op === 'move' && source !== undefined) changes.remove(source);
      changes.replace(name);
    } else if ((op === 'add' || op === 'replace') && value !== undefined) {
      changes.replace(name);
      changes.leaves(name, value, 0);
    } else changes.cannotTell('a patch that cannot be read');
  }
}

/** What a call changes, setting by setting. */
class Changes {
  readonly acts: Act[] = [];

  /** Everything at and below a name. In a merge patch (RFC 7396) a null takes away. */
  leaves(name: string, value: Json | undefined, depth: number): void {
    if (value === undefined || this.acts.length > changesMax) return;
    if (depth > depthMax) return this.cannotTell('settings that are nested too deep to be read');
    if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return this.#leaf(name, value);
    for (const [key, part] of Object.entries(value)) {
      const step = settingName(Array.isArray(value) ? key : [key]);
      if (step === undefined) this.cannotTell('a setting whose name can be read in two ways');
      else this.leaves(name === '' ? step : `${name}.${step}`, part, depth + 1);
      if (this.acts.length > changesMax) return this.#tooMany();
    }
  }

  #leaf(name: string, value: Json): void {
    if (name === '') return this.cannotTell('a change of settings that cannot be read');
    if (value === null) return this.remove(name);
    const shown = typeof value === 'object' ? [] : [String(value)];
    this.acts.push(act('config', write, 'a changed setting', { paths: [name], values: shown }));
  }

  /** Whatever was below is gone, unless it is given again. */
  replace(name: string): void {
    this.acts.push(act('config', write, 'a replaced setting', { paths: [name, below(name)], values: [] }));
  }

  remove(name: string): void {
    this.acts.push(act('config', destroy, 'a removed setting', { paths: [name, below(name)], values: [] }));
  }

  read(name: string): void {
    this.acts.push(act('config', read, 'a setting that is read', { paths: [name], values: [] }));
  }

  cannotTell(construct: string, name: string = anyName): void {
    this.acts.push(act('config', unknown, construct, { paths: [name], values: [anyName] }));
  }

  #tooMany(): void {
    const last = this.acts.at(-1);
    if (last?.construct !== tooMany) this.cannotTell(tooMany);
  }
}

const tooMany = 'more changes than can be listed';
const below = (name: string): string => (name === anyName ? anyName : `${name}.*`);

function fromText(value: Json, changes: Changes): Json | undefined {
  return typeof value === 'string' ? parsed(value, changes) : value;
}

/** YAML, and JSON, which is YAML. A name that stands twice may count either way, so such a text is not read. */
function parsed(text: string, changes: Changes): Json | undefined {
  if (text.length > textLengthMax) {
    changes.cannotTell('a text too long to be read');
    return undefined;
  }
  const documents = parseAllDocuments(text, { uniqueKeys: true, merge: true, logLevel: 'silent' });
  const [document, ...others] = Array.isArray(documents) ? documents : [];
  if (document === undefined || others.length > 0 || document.errors.length > 0 || document.warnings.length > 0) {
    changes.cannotTell('a text that does not parse');
    return undefined;
  }
  return document.toJS({ maxAliasCount: 100 }) as Json;
}
