import { act, admin, destroy, read, unknown, write } from '../effects.ts';
import type { ReadProgram } from '../shell/invocation.ts';
import { actOfVerb, findVerb, type Verbs } from '../shell/verbs.ts';
import { isKnown, mayBeOption } from '../shell/words.ts';

const none = { valued: [], flags: [] } as const;

/** Verbs of Terraform 1 and OpenTofu. `plan`, `console` and the like run providers and data sources: code, and not ours. */
const verbs: Verbs = {
  valued: [],
  flags: ['-help', '-h', '-no-color'],
  none: read,
  read: 'version -version validate output show graph modules metadata help',
  write: 'fmt import untaint get',
  destroy: 'destroy taint run-all',
  install: 'init',
  admin: 'login logout force-unlock',
  execute: 'plan refresh test console',
  nested: {
    providers: { ...none, none: read, read: 'schema', write: 'lock mirror' },
    state: { ...none, read: 'list show pull', write: 'mv replace-provider', destroy: 'rm push' },
    workspace: { ...none, read: 'list show', write: 'new select', destroy: 'delete' },
    env: { ...none, read: 'list', write: 'new select', destroy: 'delete' },
  },
};

export const terraform: ReadProgram = (call) => {
  // `-chdir=folder` is the one option with a value before the verb.
  const args = call.args.filter(
    (word, index) =>
      !(
        word.startsWith('-chdir=') &&
        isKnown(word) &&
        call.args.slice(0, index).every((before) => before.startsWith('-'))
      ),
  );
  const found = findVerb(verbs, args);
  const { path, rest } = found;
  const verb = path.join(' ');
  const targets = {
    programs: [call.program],
    verbs: [verb === '' ? (rest[0] === 'apply' ? 'apply' : '') : verb].filter((name) => name !== ''),
  };
  const options = rest.filter(mayBeOption).map((word) => word.replace(/^--?/, '').replace(/=.*$/, ''));
  const unsure = rest.some((word) => !isKnown(word) && mayBeOption(word));
  const of = (effects: Parameters<typeof act>[1], construct: string) => [
    act('infrastructure', effects, construct, targets),
  ];
  if (found.effects === undefined && rest[0] === 'apply') {
    if (options.includes('destroy') || unsure) return of(['admin', ...destroy], `${call.program} apply -destroy`);
    return of(['write', 'destroy', 'execute'], `${call.program} apply`);
  }
  if (verb === 'plan' && (options.includes('destroy') || options.includes('out')))
    return of(['execute', 'write'], `${call.program} plan to a file`);
  if (verb === 'plan') return of(['read', 'execute'], `${call.program} plan`);
  if (verb === 'refresh') return of(['execute', 'write'], `${call.program} refresh`);
  if (verb === 'console') return of(unknown, `${call.program} console`);
  if (verb === 'destroy') return of(['admin', ...destroy], `${call.program} destroy`);
  if (verb === 'import') return of([...write, ...admin], `${call.program} import`);
  if (verb === 'fmt' && options.includes('check') && !unsure) return of(read, `${call.program} fmt -check`);
  return [actOfVerb('infrastructure', call.program, found)];
};
