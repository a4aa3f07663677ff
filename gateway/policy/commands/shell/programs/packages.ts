import { install, read } from '../../effects.ts';
import { cannotTell, does, type Programs, type ReadProgram } from '../invocation.ts';
import { actOfVerb, findVerb, verbs, type Verbs } from '../verbs.ts';

const node: Verbs = {
  valued: [
    '--prefix',
    '-C',
    '--cwd',
    '--registry',
    '-w',
    '--workspace',
    '--dir',
    '--filter',
    '-F',
    '--userconfig',
    '--cache',
    '--loglevel',
  ],
  flags: [
    '--silent',
    '-s',
    '--json',
    '-g',
    '--global',
    '--workspaces',
    '-r',
    '--recursive',
    '--offline',
    '-q',
    '--quiet',
    '-v',
    '-h',
  ],
  none: read,
  read: 'ls list ll la root prefix bin explain why help help-search fund licenses',
  fetch: 'view info show v outdated search ping whoami',
  install:
    'install i in add ci update up upgrade rebuild install-test it link ln dlx exec x create init innit run run-script test t start build restart stop dedupe import audit docs repo bugs',
  destroy: 'uninstall un remove rm r prune unlink',
  send: 'publish unpublish deprecate dist-tag owner access star',
  admin: 'config set get token login logout adduser profile team hook org trust',
};
const python: Verbs = {
  valued: ['--python', '--log', '--proxy', '--cache-dir', '--timeout', '--retries'],
  flags: [
    '-q',
    '-v',
    '--quiet',
    '--verbose',
    '--isolated',
    '--no-input',
    '--disable-pip-version-check',
    '--no-cache-dir',
    '-V',
  ],
  none: read,
  read: 'list show freeze check help inspect debug completion hash',
  fetch: 'index search',
  install: 'install download wheel',
  destroy: 'uninstall cache',
  admin: 'config',
};
const system: Verbs = {
  valued: [
    '-o',
    '-c',
    '-t',
    '--option',
    '--config-file',
    '--target-release',
    '-C',
    '--config',
    '-x',
    '--exclude',
    '--enablerepo',
    '--disablerepo',
    '--repo',
    '-p',
    '--root',
    '-R',
  ],
  flags: [
    '-y',
    '--yes',
    '--assume-yes',
    '-q',
    '--quiet',
    '-qq',
    '-v',
    '-n',
    '--non-interactive',
    '--no-cache',
    '-U',
    '--update-cache',
    '-s',
    '--simulate',
    '--dry-run',
    '-f',
    '-m',
    '--fix-broken',
    '--no-install-recommends',
    '-d',
    '--allow-downgrades',
    '--force-yes',
    '-t',
    '-e',
    '--noconfirm',
  ],
  none: read,
  read: 'list show info search policy depends rdepends showpkg changelog madison pkgnames stats check repolist repoquery provides whatprovides deplist se if lr version verify outdated leaves deps uses cat desc config doctor home log tap-info',
  install:
    'install update upgrade full-upgrade dist-upgrade reinstall localinstall groupinstall in up dup patch add fix fetch download source build-dep refresh ref satisfy tap cask link module swap sync distro-sync check-update makecache',
  adminDestroy:
    'remove purge autoremove erase del uninstall rm clean autoclean autopurge downgrade cleanup unlink untap delete',
  admin: 'mark edit-sources hold unhold addrepo ar removerepo rr config-manager pin unpin services',
};

/** Settings of a package manager may name programs that it runs. */
const withSettings =
  (table: Verbs): ReadProgram =>
  (call) => {
    const found = findVerb(table, call.args);
    const hooks = call.args.some((word) => /::|^-o|^--(option|config|root|setopt)/.test(word));
    const act = { ...actOfVerb('shell', call.program, found), targets: { programs: [call.program] } };
    return hooks && found.effects !== install
      ? [act, cannotTell(call, `${call.program} with settings of the caller`)]
      : [act];
  };

/** `dpkg -l` and `rpm -q` ask; any other mode changes the system. */
const modes =
  (asks: RegExp): ReadProgram =>
  (call) => {
    const looks =
      asks.test(call.args[0] ?? '') &&
      !call.args.some((word) => /pipe|eval|define|admindir|root|dbpath|macros|^-\w*[DE]/.test(word));
    return [does(call, looks ? read : [...install, 'admin'], looks ? `${call.program} that asks` : call.program)];
  };

const runner: ReadProgram = (call) =>
  [cannotTell({ program: call.program }, `${call.program} that fetches and runs a package`)].map((act) => ({
    ...act,
    effects: [...act.effects, 'network'],
  }));

export const packages: Programs = {
  ...verbs({
    npm: node,
    yarn: { ...node, none: install },
    pnpm: node,
    cnpm: node,
    pip: python,
    pip3: python,
    pipx: { ...python, install: 'install upgrade inject reinstall install-all upgrade-all', unknown: 'run runpip' },
    uv: {
      valued: ['--directory', '--project', '--python'],
      flags: ['-q', '-v'],
      none: read,
      read: 'version tree help',
      install: 'add sync lock run build venv tool init',
      destroy: 'remove',
      send: 'publish',
      nested: { pip: python },
    },
    gem: {
      valued: [],
      flags: [],
      none: read,
      read: 'list environment help contents dependency specification which',
      fetch: 'search outdated',
      install: 'install update fetch build',
      destroy: 'uninstall cleanup',
      send: 'push yank',
      admin: 'sources owner',
    },
    bundle: {
      valued: [],
      flags: [],
      none: install,
      read: 'list show info outdated',
      install: 'install update add exec lock',
    },
    composer: {
      valued: ['-d'],
      flags: ['-n', '-q'],
      none: read,
      read: 'show info outdated licenses why depends status validate',
      install: 'install update require create-project run-script exec',
      destroy: 'remove',
    },
    conda: {
      valued: [],
      flags: [],
      none: read,
      read: 'list info search',
      install: 'install update create run env upgrade',
      destroy: 'remove uninstall clean',
      admin: 'config init activate',
    },
    poetry: {
      valued: ['-C'],
      flags: ['-n', '-q'],
      none: read,
      read: 'show check version about',
      install: 'install add update run lock build',
      destroy: 'remove',
      send: 'publish',
      admin: 'config',
    },
  }),
  apt: withSettings(system),
  'apt-get': withSettings(system),
  aptitude: withSettings(system),
  yum: withSettings(system),
  dnf: withSettings(system),
  microdnf: withSettings(system),
  zypper: withSettings(system),
  apk: withSettings(system),
  brew: withSettings(system),
  pacman: modes(/^-[QS]s|^-Q[ilsopdetuqkcg]*$|^-S[si]+$/),
  dpkg: modes(
    /^(-[lLsSpCI]|--list|--listfiles|--status|--search|--print-avail|--get-selections|--audit|--print-architecture|--version|--compare-versions|-c|--contents|--info)$/,
  ),
  rpm: modes(/^(-q\w*|--query|-V\w*|--verify|--version)$/),
  npx: runner,
  pnpx: runner,
  bunx: runner,
  uvx: runner,
};
