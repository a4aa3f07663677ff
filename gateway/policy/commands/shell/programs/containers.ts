import type { Act } from '../../command.ts';
import { adminDestroy, admin, execute, read, write } from '../../effects.ts';
import { cannotTell, does, type Invocation, type Programs, type ReadProgram } from '../invocation.ts';
import { has, optionsOf, valueOf, type Grammar } from '../options.ts';
import { unsureOf } from '../plain.ts';
import { actOfVerb, findVerb, type Verbs } from '../verbs.ts';
import { isKnown } from '../words.ts';

const none = { valued: [], flags: [] } as const;
const container: Verbs = {
  ...none,
  read: 'ps ls list logs inspect stats top port diff events history images version info df',
  write: 'cp commit export save tag create rename',
  admin: 'start stop restart pause unpause kill update wait attach',
  destroy: 'rm remove rmi prune',
  send: 'push login logout search',
  install: 'pull build load import buildx',
};
const verbs: Verbs = {
  ...container,
  valued: [
    '-H',
    '--host',
    '-c',
    '--context',
    '--config',
    '-l',
    '--log-level',
    '--tlscacert',
    '--tlscert',
    '--tlskey',
    '--url',
    '--connection',
    '-n',
    '--namespace',
    '-a',
    '--address',
  ],
  flags: ['-D', '--debug', '--tls', '--tlsverify', '--remote', '-r'],
  none: read,
  nested: {
    container: { ...container },
    image: { ...container },
    volume: { ...none, read: 'ls list inspect', write: 'create', destroy: 'rm remove prune' },
    network: { ...none, read: 'ls list inspect', admin: 'create connect disconnect', destroy: 'rm remove prune' },
    system: { ...none, read: 'df info events', destroy: 'prune' },
    context: { ...none, read: 'ls list inspect show', admin: 'use create update import export', destroy: 'rm remove' },
    builder: { ...none, read: 'ls du inspect', install: 'build', destroy: 'prune rm' },
    service: { ...none, read: 'ls ps inspect logs', admin: 'create update scale rollback', adminDestroy: 'rm' },
    stack: { ...none, read: 'ls ps services config', admin: 'deploy up', adminDestroy: 'rm down' },
    node: { ...none, read: 'ls ps inspect', admin: 'update promote demote', adminDestroy: 'rm' },
    secret: { ...none, read: 'ls inspect', admin: 'create', adminDestroy: 'rm' },
    config: { ...none, read: 'ls inspect', admin: 'create', adminDestroy: 'rm' },
    swarm: { ...none, read: 'ca', admin: 'init join join-token unlock unlock-key update', adminDestroy: 'leave' },
    pod: {
      ...none,
      read: 'ps ls inspect logs stats top',
      admin: 'start stop restart kill pause unpause',
      write: 'create',
      destroy: 'rm prune',
    },
    manifest: { ...none, read: 'inspect', send: 'push', write: 'create annotate', destroy: 'rm' },
    compose: {
      valued: [
        '-f',
        '--file',
        '-p',
        '--project-name',
        '--env-file',
        '--profile',
        '--project-directory',
        '--ansi',
        '--progress',
        '--parallel',
      ],
      flags: ['--compatibility', '--dry-run', '--all-resources'],
      none: read,
      read: 'ps ls logs config images port top events version stats convert',
      install: 'up build pull create watch',
      admin: 'start stop restart pause unpause kill scale wait',
      destroy: 'rm',
      adminDestroy: 'down',
      send: 'push',
      write: 'cp',
    },
  },
};

const exec: Grammar = {
  isExact: true,
  valued: 'uwe',
  longValued: ['user', 'workdir', 'env', 'env-file', 'detach-keys', 'index'],
  flags: 'ditT',
  longFlags: ['detach', 'interactive', 'tty', 'privileged', 'no-TTY'],
};
const run: Grammar = {
  isExact: true,
  valued: 'acehlmpuvw',
  longValued:
    `add-host annotation attach blkio-weight cap-add cap-drop cgroup-parent cgroupns cidfile cpu-period cpu-quota cpu-shares cpus cpuset-cpus
    cpuset-mems detach-keys device device-cgroup-rule dns dns-option dns-search domainname entrypoint env env-file expose gpus group-add health-cmd
    health-interval health-retries health-timeout hostname ip ip6 ipc isolation kernel-memory label label-file link log-driver log-opt
    mac-address memory memory-reservation memory-swap memory-swappiness mount name network net network-alias oom-score-adj pid pids-limit platform
    publish pull restart runtime security-opt shm-size stop-signal stop-timeout storage-opt sysctl tmpfs ulimit user userns uts
    volume volume-driver volumes-from workdir`
      .trim()
      .split(/\s+/),
  flags: 'ditPqT',
  longFlags: [
    'detach',
    'interactive',
    'tty',
    'rm',
    'init',
    'privileged',
    'publish-all',
    'read-only',
    'no-healthcheck',
    'oom-kill-disable',
    'sig-proxy',
    'quiet',
    'disable-content-trust',
    'service-ports',
    'no-deps',
    'build',
    'remove-orphans',
  ],
};
/** What gives a container more than itself: the host, its files or its kernel. */
const hostOptions = [
  'privileged',
  'cap-add',
  'device',
  'pid',
  'ipc',
  'uts',
  'userns',
  'security-opt',
  'v',
  'volume',
  'mount',
  'volumes-from',
  'device-cgroup-rule',
  'cgroupns',
];

/** `docker exec name program` runs a program in a container, and `docker run image program` brings one as well. */
const docker: ReadProgram = (call) => {
  const found = findVerb(verbs, call.args);
  const [verb = ''] = found.rest;
  const own = found.options.some(([name]) =>
    /^(-H|--host|--tls.*|--config|--url|--connection|-a|--address)$/.test(name),
  );
  const elsewhere = own ? [does(call, admin, `${call.program} with a server of the caller`)] : [];
  if (found.effects !== undefined) {
    const act = actOfVerb('shell', call.program, found);
    const saves =
      found.path[0] === 'compose' && found.rest.some((word) => /^(-o|--output)/.test(word) || !isKnown(word));
    const looks =
      act.effects !== read
        ? forced(call, found.rest)
        : saves
          ? [does(call, write, `${call.program} compose to a file`)]
          : [];
    return [{ ...act, targets: { programs: [call.program] } }, ...elsewhere, ...looks];
  }
  if (verb === 'exec') return [...elsewhere, ...inContainer(call, exec, found.rest.slice(1), 'exec')];
  if (verb === 'run') return [...elsewhere, ...inContainer(call, run, found.rest.slice(1), 'run')];
  return [cannotTell(call, `a ${call.program} command that is not known`)];
};

function forced(call: Invocation, rest: readonly string[]): readonly Act[] {
  const options = optionsOf(rest, { isExact: true }, 'anywhere');
  const deep = has(options, ['volumes', 'v']) && has(options, ['volumes', 'a', 'all', 'rmi']);
  return deep ? [does(call, adminDestroy, `${call.program} that removes volumes`)] : [];
}

function inContainer(
  call: Invocation,
  grammar: Grammar,
  args: readonly string[],
  verb: 'exec' | 'run',
): readonly Act[] {
  const options = optionsOf(args, grammar, 'first');
  const [, ...inner] = options.operands;
  const reaches = has(options, hostOptions) || ['host'].includes(valueOf(options, ['network', 'net']) ?? '');
  const entry = valueOf(options, ['entrypoint']);
  const argv = entry === undefined || entry === '' ? inner : [entry, ...inner];
  return [
    does(call, verb === 'run' ? ['execute', 'network', 'write'] : execute, `${call.program} ${verb}`),
    ...(reaches && verb === 'run' ? [does(call, admin, `${call.program} run that reaches its host`)] : []),
    ...(has(options, ['privileged']) && verb === 'exec'
      ? [does(call, admin, `${call.program} exec --privileged`)]
      : []),
    ...unsureOf(call, options),
    ...(options.strange ? [cannotTell(call, `${call.program} with options that are not known`)] : []),
    ...(argv.length > 0 ? call.run(argv) : []),
  ];
}

const composed: ReadProgram = (call) => docker({ ...call, program: 'docker', args: ['compose', ...call.args] });

export const containers: Programs = {
  docker,
  podman: docker,
  nerdctl: docker,
  'docker-compose': composed,
  crictl: (call) => {
    const found = findVerb(
      {
        valued: ['-r', '-i', '--runtime-endpoint', '--image-endpoint', '-t', '--timeout', '-c', '--config'],
        flags: ['-D', '--debug'],
        none: read,
        read: 'ps pods images logs inspect inspecti inspectp info stats statsp version imagefsinfo',
        admin: 'start stop stopp runp update config create',
        adminDestroy: 'rm rmp rmi',
        install: 'pull',
      },
      call.args,
    );
    if (found.effects === undefined && found.rest[0] === 'exec')
      return inContainer(call, exec, found.rest.slice(1), 'exec');
    return [{ ...actOfVerb('shell', 'crictl', found), targets: { programs: ['crictl'] } }];
  },
};
