import type { Act } from '../command.ts';
import {
  act,
  admin,
  adminDestroy,
  anyName,
  destroy,
  execute,
  network,
  read,
  unknown,
  write,
  type Effects,
} from '../effects.ts';
import type { Invocation, ReadProgram } from '../shell/invocation.ts';
import { has, optionsOf, valueOf, type Options } from '../shell/options.ts';
import { findVerb, type FoundVerb, type Verbs } from '../shell/verbs.ts';
import { isKnown } from '../shell/words.ts';
import { isClusterWide, kindOf } from './kinds.ts';

const none = { valued: [], flags: [] } as const;
const globalValued =
  `namespace context cluster user kubeconfig server token as as-group as-uid certificate-authority client-certificate client-key
  request-timeout tls-server-name username password cache-dir profile profile-output log-backtrace-at log-dir log-file log-flush-frequency
  stderrthreshold v vmodule`
    .trim()
    .split(/\s+/);
const globalFlags = [
  'insecure-skip-tls-verify',
  'match-server-version',
  'warnings-as-errors',
  'disable-compression',
  'alsologtostderr',
  'logtostderr',
];

/** Verbs of kubectl 1.35. A verb that is not listed may be a plugin: a program of any kind. */
const verbs: Verbs = {
  valued: [...globalValued.map((name) => `--${name}`), '-n', '-s', '-v'],
  flags: [...globalFlags.map((name) => `--${name}`), '-h'],
  none: read,
  read: 'get describe logs log top explain api-resources api-versions version cluster-info diff events options wait completion help kustomize',
  write: 'create apply patch edit label annotate scale set expose autoscale replace',
  destroy: 'delete',
  admin: 'cordon uncordon taint proxy port-forward',
  adminDestroy: 'drain',
  execute: 'exec run attach debug cp',
  nested: {
    auth: { ...none, read: 'can-i whoami', admin: 'reconcile' },
    rollout: { ...none, read: 'status history', write: 'undo restart pause resume' },
    certificate: { ...none, admin: 'approve deny' },
    plugin: { ...none, none: read, read: 'list' },
    config: {
      ...none,
      none: read,
      read: 'view get-contexts current-context get-clusters get-users',
      admin: 'use-context use set set-context set-cluster set-credentials rename-context',
      adminDestroy: 'delete-context delete-cluster delete-user unset',
    },
  },
};

const grammar = {
  isExact: true,
  valued: 'nsvofklcL',
  longValued: [
    ...globalValued,
    ...`output filename kustomize selector field-selector container label-columns sort-by template raw since since-time tail limit-bytes max-log-requests
      patch patch-file type subresource replicas current-replicas resource-version timeout image port target-port name protocol overrides env labels
      annotations restart image-pull-policy grace-period pod-running-timeout chunk-size for allowed-types types from-literal from-file from-env-file to-revision
      revision min max cpu-percent field-manager pod-selector cascade address target copy-to share-processes api-group api-version categories verbs
      resource docker-server docker-username docker-password cert key role clusterrole serviceaccount group verb resource-name rule class
      duration audience bound-object-kind prune-allowlist applyset skip-wait-for-delete-timeout requests limits schedule hard from
      external-ip cluster-ip load-balancer-ip session-affinity value description preemption-policy token`
      .trim()
      .split(/\s+/),
  ],
} as const;

export const kubectl: ReadProgram = (call) => {
  const found = findVerb(verbs, call.args);
  const [verb] = found.path;
  if (found.effects === undefined || verb === undefined) {
    const construct = found.effects === undefined ? 'a kubectl command that is not known' : 'kubectl';
    return [
      act('kubernetes', found.effects ?? unknown, construct, { verbs: [], kinds: [anyName], namespaces: [anyName] }),
    ];
  }
  const own = verb === 'patch' ? { ...grammar, valued: `${grammar.valued}p` } : grammar;
  // Whatever stands behind `--` is for the program in the container.
  const end = found.rest.indexOf('--');
  const args = end < 0 ? found.rest : found.rest.slice(0, end);
  const options = optionsOf(args, own, 'anywhere');
  const given = [
    ...found.options.map(([name, value]) => ({ name: name.replace(/^--?/, ''), value })),
    ...options.given,
  ];
  const all: Options = { ...options, given };
  const inner = end < 0 ? options.operands.slice(1) : found.rest.slice(end + 1);
  return [verbAct(found, all), ...identity(all), ...runs(call, verb, all, inner)];
};

function verbAct(found: FoundVerb, options: Options): Act {
  const kinds = kindsOf(found, options);
  const [effects, construct] = meaning(found, options, kinds);
  return act('kubernetes', effects, construct, {
    verbs: [found.path.join(' ')],
    // What is only tried shows what the caller has written, and nothing of the cluster's.
    kinds: construct.endsWith('--dry-run') ? kinds.filter((kind) => kind !== anyName) : kinds,
    namespaces: namespacesOf(found, options, kinds),
  });
}

/** What options and kinds make of a verb, and how that is called. */
function meaning(found: FoundVerb, options: Options, kinds: readonly string[]): readonly [Effects, string] {
  const verb = found.path.join(' ');
  const effects = found.effects ?? unknown;
  const name = `kubectl ${verb}`;
  const fromWeb = filesOf(options).some((file) => file?.includes('://') === true) ? network : [];
  const dryRun = options.given.findLast(({ name }) => name === 'dry-run');
  if (
    dryRun !== undefined &&
    !options.unsure &&
    effects !== read &&
    [undefined, 'client', 'server'].includes(dryRun.value)
  ) {
    return dryRunVerbs.has(found.path[0] ?? '')
      ? [[...read, ...fromWeb], `kubectl ${found.path[0] ?? ''} --dry-run`]
      : [effects, name];
  }
  if (verb === 'get' && has(options, ['raw'])) return [read, 'kubectl get --raw'];
  if (has(options, ['raw'])) return [[...effects, 'unknown'], `${name} --raw`];
  if (effects === read && kinds.includes('secrets')) return [read, `${name} secrets`];
  if (
    verb === 'kustomize' &&
    has(options, ['enable-helm', 'enable-exec', 'enable-alpha-plugins', 'helm-command', 'network'])
  )
    return [unknown, 'kubectl kustomize with plugins'];
  switch (verb) {
    case 'kustomize':
      return has(options, ['o', 'output']) ? [write, 'kubectl kustomize to files'] : [effects, name];
    case 'delete':
      if (kinds.includes('namespaces')) return [destroy, 'kubectl delete namespace'];
      return has(options, ['all', 'A', 'all-namespaces']) ? [destroy, 'kubectl delete --all'] : [destroy, name];
    case 'apply':
      return has(options, ['prune'])
        ? [[...destroy, ...fromWeb], 'kubectl apply --prune']
        : [[...write, ...fromWeb], name];
    case 'replace':
      return has(options, ['force'])
        ? [[...destroy, ...fromWeb], 'kubectl replace --force']
        : [[...write, ...fromWeb], name];
    case 'scale':
      return valueOf(options, ['replicas']) === '0' ? [write, 'kubectl scale to zero'] : [write, name];
    case 'create':
      return kinds.some((kind) => rights.has(kind))
        ? [['write', ...admin], 'kubectl create of rights']
        : [[...write, ...fromWeb], name];
    case 'cp':
      return [['write', ...execute], name];
    case 'run':
      return [['write', 'network', ...execute], name];
    case 'debug':
      return [['admin', ...execute], name];
    case 'port-forward':
    case 'proxy':
      return [['network', ...admin], name];
    case 'drain':
      return [adminDestroy, name];
    default:
      if (
        ['edit', 'patch', 'set', 'annotate', 'label'].includes(found.path[0] ?? '') &&
        kinds.some((kind) => rights.has(kind))
      ) {
        return [['write', ...admin], `${name} of rights`];
      }
      return [effects, name];
  }
}

const dryRunVerbs = new Set([
  'create',
  'apply',
  'patch',
  'label',
  'annotate',
  'scale',
  'set',
  'expose',
  'autoscale',
  'replace',
  'delete',
  'taint',
  'cordon',
  'uncordon',
  'drain',
]);
const rights = new Set([
  'roles',
  'rolebindings',
  'clusterroles',
  'clusterrolebindings',
  'serviceaccounts',
  'tokens',
  'certificatesigningrequests',
]);
const onPods = new Set(['logs', 'log', 'exec', 'attach', 'cp', 'port-forward', 'debug', 'run']);
const onNodes = new Set(['drain', 'cordon', 'uncordon', 'taint']);

const filesOf = ({ given }: Options): readonly (string | undefined)[] =>
  given.filter(({ name }) => ['f', 'filename', 'k', 'kustomize'].includes(name)).map(({ value }) => value);

/** A file holds any kind. An option that is not known may have the next word as its value, so two may be meant. */
function kindsOf({ path }: FoundVerb, options: Options): readonly string[] {
  const [verb = ''] = path;
  if (options.unsure || has(options, ['raw'])) return [anyName];
  if (filesOf(options).length > 0) return [anyName];
  const { operands } = options;
  const named = operands
    .filter((word) => word.includes('/'))
    .flatMap((word) => word.split(','))
    .map(kindOf);
  if (onNodes.has(verb)) return ['nodes'];
  if (onPods.has(verb)) return [...new Set(['pods', ...(verb === 'cp' ? [] : named)])];
  if (verb === 'top') return [kindOf(operands[0] ?? 'pods')];
  if (verb === 'config' || verb === 'auth' || verb === 'certificate' || verb === 'version') return [];
  const first = verb === 'set' || path.length > 1 ? operands.slice(0, 2) : operands.slice(0, 1);
  const strange = options.given.some(({ name, value }) => value === undefined && !knownFlags.has(name));
  const words = strange
    ? operands.filter((word) => /^[\w.,-]+$/.test(word))
    : first.filter((word) => !word.includes('/'));
  return [...new Set([...words.flatMap((word) => word.split(',')).map(kindOf), ...named])];
}

const knownFlags = new Set(
  `A all-namespaces w watch watch-only show-labels show-kind no-headers ignore-not-found all force now wait i t it ti stdin tty previous p follow F
   timestamps all-containers prefix R recursive overwrite list local dry-run server-side prune h help show-managed-fields ignore-daemonsets
   delete-emptydir-data delete-local-data disable-eviction containers no-prefix quiet rm command attach expose`
    .trim()
    .split(/\s+/),
);

function namespacesOf({ path }: FoundVerb, options: Options, kinds: readonly string[]): readonly string[] {
  const [verb] = path;
  if (options.unsure || options.given.some(({ name }) => /^-?A$|all-namespaces/.test(name) || name.includes('A')))
    return [anyName];
  const named = options.given
    .filter(({ name }) => name === 'n' || name === 'namespace')
    .map(({ value = '' }) => value.replace(/^=/, ''));
  const names = kinds.includes('namespaces')
    ? options.operands
        .filter((word) => kindOf(word) !== 'namespaces' || word.includes('/'))
        .map((word) => word.replace(/^[^/]*\//, ''))
    : [];
  if (verb === 'config' || verb === 'version') return [];
  if (kinds.length > 0 && kinds.every(isClusterWide)) return names.filter(isKnown);
  const all = [...named, ...names];
  return all.length === 0 || !all.every(isKnown) ? [anyName] : all;
}

/** Whose rights are used, and on which cluster. */
function identity(options: Options): readonly Act[] {
  const acts: Act[] = [];
  if (has(options, ['as', 'as-group', 'as-uid'])) acts.push(act('kubernetes', admin, 'kubectl as somebody else', {}));
  if (
    options.given.some(({ name }) =>
      [
        'server',
        's',
        'kubeconfig',
        'token',
        'username',
        'password',
        'client-certificate',
        'client-key',
        'certificate-authority',
        'insecure-skip-tls-verify',
      ].includes(name),
    )
  ) {
    acts.push(act('kubernetes', admin, 'kubectl with a server or credential of the caller', {}));
  }
  const files = ['profile', 'profile-output', 'log-file', 'log-dir', 'cache-dir', 'output-directory'];
  if (options.given.some(({ name }) => files.includes(name)))
    acts.push(act('kubernetes', write, 'kubectl to files', {}));
  return acts;
}

function runs(call: Invocation, verb: string, options: Options, inner: readonly string[]): readonly Act[] {
  if (!['exec', 'run', 'debug', 'attach'].includes(verb)) return [];
  const strange = options.unsure || has(options, ['overrides', 'profile', 'custom']);
  const doubts = strange
    ? [act('kubernetes', unknown, `kubectl ${verb} with options that are known only when it runs`, {})]
    : [];
  if (inner.length > 0) return [...doubts, ...call.run(inner)];
  return verb === 'exec' || verb === 'attach'
    ? [...doubts, act('kubernetes', unknown, 'a shell that waits for what to do', {})]
    : doubts;
}
