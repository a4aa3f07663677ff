import type { Act } from '../../command.ts';
import { admin, destroy, fetch, network, read, send, unknown, write, type Effects } from '../../effects.ts';
import { cannotTell, does, type Programs, type ReadProgram } from '../invocation.ts';
import { has, optionsOf, type Options } from '../options.ts';
import { unsureOf } from '../plain.ts';
import { actOfVerb, findVerb, type Verbs } from '../verbs.ts';
import { isKnown } from '../words.ts';

const verbs: Verbs = {
  valued: [
    '-C',
    '-c',
    '--git-dir',
    '--work-tree',
    '--namespace',
    '--exec-path',
    '--config-env',
    '--super-prefix',
    '--attr-source',
  ],
  flags: [
    '--no-pager',
    '--bare',
    '--literal-pathspecs',
    '--glob-pathspecs',
    '--noglob-pathspecs',
    '--icase-pathspecs',
    '--no-optional-locks',
    '--no-replace-objects',
    '-P',
    '-p',
    '--paginate',
    '--html-path',
    '--man-path',
    '--info-path',
    '--no-lazy-fetch',
    '--no-advice',
  ],
  none: read,
  read: `status log show diff blame annotate rev-parse rev-list ls-files ls-tree cat-file describe shortlog grep name-rev merge-base for-each-ref
    show-ref show-branch count-objects fsck var version help whatchanged range-diff cherry diff-tree diff-index diff-files check-ignore check-attr
    check-mailmap check-ref-format verify-commit verify-tag verify-pack get-tar-commit-id patch-id stripspace column archive`,
  write: `add commit checkout switch merge rebase cherry-pick reset revert am apply mv init notes format-patch bundle mailinfo mailsplit commit-tree write-tree
    read-tree hash-object mktree mktag update-index pack-refs repack gc prune-packed sparse-checkout maintenance replace`,
  destroy: `clean rm restore prune filter-branch filter-repo update-ref`,
  fetch: 'fetch ls-remote',
  send: 'pull clone push send-email send-pack',
  admin: 'config credential credential-store',
  nested: {
    stash: {
      valued: [],
      flags: ['-q'],
      none: write,
      read: 'list show',
      write: 'push save pop apply branch create store -u -k -m --include-untracked --keep-index',
      destroy: 'drop clear',
    },
    remote: {
      valued: [],
      flags: ['-v', '--verbose'],
      none: read,
      read: 'show get-url',
      admin: 'add rename set-url set-head set-branches',
      network: 'update',
      destroy: 'remove rm prune',
    },
    worktree: {
      valued: [],
      flags: [],
      none: read,
      read: 'list',
      write: 'add lock unlock move repair',
      destroy: 'remove prune',
    },
    submodule: {
      valued: [],
      flags: ['-q', '--quiet'],
      none: read,
      read: 'status summary',
      send: 'add update init sync',
      destroy: 'deinit',
    },
    reflog: { valued: [], flags: [], none: read, read: 'show exists list', destroy: 'expire delete' },
    bisect: { valued: [], flags: [], read: 'log', write: 'start good bad new old skip reset terms replay' },
    lfs: {
      valued: [],
      flags: [],
      none: read,
      read: 'ls-files status env version logs',
      send: 'fetch pull push checkout track untrack',
      destroy: 'prune',
    },
    branch: { valued: [], flags: [], none: read },
    tag: { valued: [], flags: [], none: read },
  },
};

/** Settings that only change how things look. Any other may name a program to run. */
const harmlessSetting =
  /^(color\.\w+|core\.(quotepath|abbrev|precomposeunicode|ignorecase)|log\.\w+|user\.(name|email)|safe\.directory|advice\.\w+|diff\.(renames|mnemonicprefix|noprefix)|i18n\.\w+|init\.defaultbranch|commit\.gpgsign)(=|$)/i;
/** Options that name a program, for one verb or another, and a transport that is one. */
const programOptions = [
  'upload-pack',
  'receive-pack',
  'exec',
  'ext-diff',
  'textconv',
  'open-files-in-pager',
  'extcmd',
  'template',
  'filters',
  'tool',
  'edit-description',
  'sendmail-cmd',
  'smtp-server',
  'to-cmd',
  'cc-cmd',
];

const git: ReadProgram = (call) => {
  const found = findVerb(verbs, call.args);
  const [verb = ''] = found.path;
  const acts: Act[] = [];
  for (const [name, value = ''] of found.options) {
    const wary =
      name === '--exec-path' ||
      name === '--config-env' ||
      (name === '-c' && (!harmlessSetting.test(value) || !isKnown(value)));
    if (wary) acts.push(cannotTell(call, 'git with settings of the caller'));
  }
  const options = optionsOf(found.rest, { valued: verb === 'clone' ? 'bcoju' : 'mFCcXsS' }, 'anywhere');
  if (runsProgram(verb, options, found.rest)) acts.push(cannotTell(call, 'git with a program to run'));
  if (verb !== '' && options.unsure && found.effects === read) acts.push(...unsureOf(call, options));
  const change = changes[verb]?.(options, found.path);
  if (verb === 'submodule' && found.rest[0] === 'foreach')
    return [
      ...acts,
      ...call.runText(
        found.rest
          .slice(1)
          .filter((word) => word !== '--recursive')
          .join(' '),
      ),
    ];
  if (change !== undefined) return [...acts, does(call, ...change)];
  return [...acts, { ...actOfVerb('shell', 'git', found), targets: { programs: ['git'] } }];
};

function runsProgram(verb: string, options: Options, rest: readonly string[]): boolean {
  if (has(options, programOptions) && !(verb === 'clone' && has(options, ['template']) && options.given.length === 0))
    return true;
  const letters = options.given.map(({ name }) => name);
  if (verb === 'grep' && letters.includes('O')) return true;
  if (verb === 'rebase' && letters.includes('x')) return true;
  if (verb === 'clone' && (letters.includes('u') || letters.includes('c') || letters.includes('config'))) return true;
  if (['bisect', 'difftool', 'mergetool'].includes(verb) && rest[0] === 'run') return true;
  return rest.some((word) => /^ext::|^-?-?\w*[a-z]+::/.test(word));
}

/** `--no-dry-run` takes back what stands before it. */
const negates = ({ given }: Options): boolean => given.some(({ name }) => name.startsWith('no-'));

type Change = readonly [Effects, string];

/** What options make of a verb. Undefined: what its table says. */
const changes: Readonly<Record<string, (options: Options, path: readonly string[]) => Change | undefined>> = {
  push: (options) => {
    const forced = has(options, [
      'f',
      'force',
      'force-with-lease',
      'force-if-includes',
      'mirror',
      'delete',
      'd',
      'prune',
    ]);
    const byName = options.operands.slice(1).some((word) => /^[+:]/.test(word) || !isKnown(word));
    return forced || byName || options.unsure ? [[...network, ...destroy], 'git push --force'] : [send, 'git push'];
  },
  branch: (options) => {
    if (has(options, ['u', 'set-upstream-to', 'unset-upstream', 't', 'track']))
      return [write, 'git branch with a name'];
    if (has(options, ['d', 'D', 'delete', 'm', 'M', 'move', 'f', 'force', 'C'])) return [destroy, 'git branch -D'];
    const looks = has(options, [
      'a',
      'r',
      'v',
      'vv',
      'list',
      'l',
      'all',
      'remotes',
      'show-current',
      'contains',
      'no-contains',
      'merged',
      'no-merged',
      'points-at',
      'format',
      'sort',
    ]);
    return options.operands.length === 0 || looks ? [read, 'git branch'] : [write, 'git branch with a name'];
  },
  tag: (options) => {
    if (has(options, ['d', 'delete', 'f', 'force'])) return [destroy, 'git tag -d'];
    const looks = has(options, ['l', 'list', 'n', 'contains', 'points-at', 'merged', 'sort', 'format', 'v', 'verify']);
    return options.operands.length === 0 || looks ? [read, 'git tag'] : [write, 'git tag with a name'];
  },
  reset: (options) =>
    has(options, ['hard', 'merge', 'keep']) || options.unsure ? [destroy, 'git reset --hard'] : [write, 'git reset'],
  clean: (options) =>
    has(options, ['n', 'dry-run']) && !negates(options) && !options.unsure
      ? [read, 'git clean -n']
      : [destroy, 'git clean'],
  checkout: (options) =>
    has(options, ['f', 'force', 'B', 'ours', 'theirs']) || options.operands.includes('.') || options.unsure
      ? [destroy, 'git checkout --force']
      : [write, 'git checkout'],
  switch: (options) =>
    has(options, ['f', 'force', 'discard-changes', 'C', 'force-create'])
      ? [destroy, 'git switch --force']
      : [write, 'git switch'],
  rm: (options) =>
    has(options, ['cached', 'n', 'dry-run']) && !negates(options) ? [write, 'git rm --cached'] : [destroy, 'git rm'],
  restore: (options) =>
    has(options, ['staged', 'S']) && !negates(options) && !has(options, ['worktree', 'W'])
      ? [write, 'git restore --staged']
      : [destroy, 'git restore'],
  config: (options) => {
    const looks =
      has(options, ['l', 'list', 'get', 'get-all', 'get-regexp', 'get-urlmatch']) ||
      ['list', 'get'].includes(options.operands[0] ?? '');
    const sets = has(options, [
      'add',
      'unset',
      'unset-all',
      'replace-all',
      'e',
      'edit',
      'rename-section',
      'remove-section',
    ]);
    return (looks || options.operands.length === 1) && !sets && !options.unsure
      ? [read, 'git config --get']
      : [admin, 'git config'];
  },
  log: (options) => toFile(options, 'git log'),
  show: (options) => toFile(options, 'git show'),
  diff: (options) => toFile(options, 'git diff'),
  archive: (options) =>
    has(options, ['o', 'output', 'remote']) ? [write, 'git archive to a file'] : [read, 'git archive'],
  fsck: (options) => (has(options, ['lost-found']) ? [write, 'git fsck --lost-found'] : undefined),
  fetch: (options) =>
    has(options, ['prune', 'p', 'f', 'force'])
      ? [[...fetch, 'write', 'destroy'], 'git fetch --prune']
      : [[...fetch, 'write'], 'git fetch'],
  clone: () => [send, 'git clone'],
};

function toFile(options: Options, construct: string): Change | undefined {
  return has(options, ['output']) && options.given.some(({ name }) => 'output'.startsWith(name) && name.length > 1)
    ? [write, `${construct} to a file`]
    : undefined;
}

/** `gh` and `glab` change what is on the server by most of their verbs. */
const forge: ReadProgram = (call) => {
  const looks =
    ['list', 'view', 'status', 'diff', 'checks', 'ls'].includes(call.args[1] ?? '') && call.args.every(isKnown);
  const gone = ['delete', 'close'].includes(call.args[1] ?? '');
  if (looks && call.args[0] !== 'api' && call.args[0] !== 'extension')
    return [does(call, fetch, `${call.program} that lists`)];
  return [
    does(
      call,
      gone ? [...send, 'destroy'] : [...unknown, ...send],
      gone ? `${call.program} that deletes` : `${call.program} command that is not known`,
    ),
  ];
};

export const versions: Programs = { git, gh: forge, glab: forge };
