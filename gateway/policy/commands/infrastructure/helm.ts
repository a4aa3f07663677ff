import { act, admin, destroy, network, read, unknown, write } from '../effects.ts';
import type { ReadProgram } from '../shell/invocation.ts';
import { optionsOf, valueOf } from '../shell/options.ts';
import { actOfVerb, findVerb, type Verbs } from '../shell/verbs.ts';

const none = { valued: [], flags: [] } as const;

/** Verbs of helm 3 and 4. A verb that is not listed may be a plugin. */
const verbs: Verbs = {
  valued: [
    '-n',
    '--namespace',
    '--kube-context',
    '--kubeconfig',
    '--kube-apiserver',
    '--kube-as-user',
    '--kube-as-group',
    '--kube-ca-file',
    '--kube-token',
    '--kube-tls-server-name',
    '--registry-config',
    '--repository-cache',
    '--repository-config',
    '--burst-limit',
    '--qps',
  ],
  flags: ['--debug', '--kube-insecure-skip-tls-verify', '-h'],
  none: read,
  read: 'list ls status history hist search env version verify lint template completion help',
  write: 'create package',
  network: 'pull fetch',
  send: 'push',
  install: 'install upgrade',
  destroy: 'uninstall delete del un rollback',
  execute: 'test',
  nested: {
    get: { ...none, none: read, read: 'all hooks manifest metadata notes values' },
    show: { ...none, none: read, read: 'all chart crds readme values' },
    inspect: { ...none, none: read, read: 'all chart crds readme values' },
    repo: { ...none, none: read, read: 'list ls index', admin: 'add', network: 'update up', adminDestroy: 'remove rm' },
    dependency: { ...none, none: read, read: 'list ls', install: 'update build up' },
    dep: { ...none, none: read, read: 'list ls', install: 'update build up' },
    registry: { ...none, admin: 'login logout' },
    plugin: { ...none, read: 'list ls', install: 'install add update up', destroy: 'uninstall rm remove' },
  },
};

export const helm: ReadProgram = (call) => {
  const found = findVerb(verbs, call.args);
  const options = optionsOf(found.rest, { valued: 'fno', isExact: true }, 'anywhere');
  const [verb = ''] = found.path;
  const given = options.given.map(({ name }) => name);
  const acts = [actOfVerb('infrastructure', 'helm', found)];
  const dry = options.given.findLast(({ name }) => name === 'dry-run');
  const targets = { programs: ['helm'], verbs: [verb] };
  if (
    (verb === 'install' || verb === 'upgrade') &&
    dry !== undefined &&
    !options.unsure &&
    [undefined, 'client', 'server', 'true'].includes(dry.value)
  ) {
    acts[0] = act(
      'infrastructure',
      [...read, ...network],
      verb === 'install' ? 'helm install --dry-run' : 'helm upgrade --dry-run',
      targets,
    );
  } else if (verb === 'install' || verb === 'upgrade') {
    const forced = given.some((name) => ['force', 'reset-values', 'cleanup-on-fail', 'replace'].includes(name));
    acts[0] = act(
      'infrastructure',
      forced ? [...network, ...destroy] : [...network, ...write],
      forced ? `helm ${verb} --force` : `helm ${verb}`,
      targets,
    );
  }
  if (given.includes('post-renderer') || given.includes('postrenderer'))
    acts.push(act('infrastructure', unknown, 'helm with a program to run', targets));
  if (verb === 'template' && valueOf(options, ['output-dir']) !== undefined)
    acts.push(act('infrastructure', write, 'helm template to files', targets));
  const names = [...found.options.map(([name]) => name), ...given.map((name) => `--${name}`)];
  if (
    names.some((name) =>
      /^--kube(config|-apiserver|-as-user|-as-group|-token|-ca-file|-insecure-skip-tls-verify)$/.test(name),
    )
  ) {
    acts.push(act('infrastructure', admin, 'helm with a server or credential of the caller', targets));
  }
  return acts;
};
