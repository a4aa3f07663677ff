import { suggest } from './describe-issue.ts';
import type { Problem } from './problems.ts';
import { isWhole, type ReadSource, type Section } from './read-source.ts';
import type { ConfigPath, Places } from './source.ts';

/** Names that something may refer to; undefined while not all of them could be read. */
type Names = readonly string[] | undefined;

/**
 * What is said of purposes and data classes: codes and classes that nobody defined, masks without fields, and whatever
 * else would protect nothing.
 */
export function checkPrivacy(files: readonly ReadSource[], problems: Problem[]): void {
  const codes = namesOf(files, 'purposes');
  const classes = namesOf(files, 'dataClasses');
  for (const { source, content, place } of files) {
    const checkCodes = (list: readonly string[] | undefined, path: ConfigPath): void =>
      checkNames(list, { names: codes, what: 'purpose', source, path }, problems);
    const checkClasses = (list: readonly string[] | undefined, path: ConfigPath): void =>
      checkNames(list, { names: classes, what: 'data class', source, path }, problems);
    content.connections.forEach(({ data, tools }, index) => {
      checkClasses(data, place('connections', index, 'data'));
      for (const [tool, settings] of Object.entries(tools)) {
        checkClasses(settings.data, place('connections', index, 'tools', tool, 'data'));
      }
    });
    for (const [name, { purposes, otherwise, fields }] of Object.entries(content.dataClasses)) {
      checkCodes(purposes, ['dataClasses', name, 'purposes']);
      if (otherwise === 'mask' && fields === undefined) {
        const message = `data class "${name}" is masked and says not where it stands; give it fields, or let it block`;
        problems.push(source.problem(['dataClasses', name, 'otherwise'], message));
      }
      if (otherwise === 'block' && fields !== undefined) {
        const message = `calls for "${name}" data are refused, so no field of it is masked; leave fields out`;
        problems.push(source.problem(['dataClasses', name, 'fields'], message));
      }
    }
    content.rules.forEach(({ id, decision, match, purpose, mask }, index) => {
      checkCodes(match.purpose?.codes, place('rules', index, 'match', 'purpose', 'codes'));
      if (typeof purpose === 'object') checkCodes(purpose.codes, place('rules', index, 'purpose', 'codes'));
      if (match.purpose?.given === false && match.purpose.codes !== undefined) {
        const message = `rule ${id} wants a purpose that is not given, and its code; leave one of both out`;
        problems.push(source.problem(place('rules', index, 'match', 'purpose'), message));
      }
      if (decision !== 'block') return;
      for (const key of [...(purpose === undefined ? [] : ['purpose']), ...(mask === undefined ? [] : ['mask'])]) {
        const message = `rule ${id} decides "block", so its ${key} is never looked at; leave it out`;
        problems.push(source.problem(place('rules', index, key), message));
      }
    });
  }
}

function namesOf(files: readonly ReadSource[], section: Extract<Section, 'purposes' | 'dataClasses'>): Names {
  return isWhole(files, section) ? files.flatMap(({ content }) => Object.keys(content[section])) : undefined;
}

interface Reference {
  readonly names: Names;
  readonly what: string;
  readonly source: Places;
  readonly path: ConfigPath;
}

function checkNames(
  list: readonly string[] | undefined,
  { names, what, source, path }: Reference,
  problems: Problem[],
): void {
  list?.forEach((name, index) => {
    if (names === undefined || names.includes(name)) return;
    problems.push(source.problem([...path, index], `there is no ${what} "${name}"${suggest(name, names)}`));
  });
}
