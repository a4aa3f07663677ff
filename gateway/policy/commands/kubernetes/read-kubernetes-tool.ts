import { parseAllDocuments } from 'yaml';
import type { Json } from '../../../../workflows/contract/call.ts';
import type { Act } from '../command.ts';
import { act, adminDestroy, admin, anyName, destroy, execute, read, unknown, write, type Effects } from '../effects.ts';
import type { PartsOf } from '../place.ts';
import { readShell } from '../shell/read-shell.ts';
import { isClusterWide, kindOf } from './kinds.ts';

/** Longer texts are not parsed: YAML takes time. In UTF-16 units. */
const manifestLengthMax = 32_768;

/** Words in the names of tools, and of verbs in arguments, by what they do. */
const verbs = new Map<string, Effects>(
  (
    [
      [
        read,
        'get list describe log logs top watch explain view show read events status version search find count diff query inspect check health info wait fetch lookup history tail ping whoami',
      ],
      [
        write,
        'create apply patch update edit set label annotate scale replace expose autoscale rollout restart undo rollback pause resume add modify change upgrade install write put post sync trigger',
      ],
      [
        destroy,
        'delete remove uninstall destroy prune purge evict kill terminate clean cleanup deletecollection force reset',
      ],
      [adminDestroy, 'drain'],
      [admin, 'cordon uncordon taint untaint approve deny bind impersonate escalate grant revoke configure use switch'],
      [execute, 'exec execute run attach debug cp copy forward portforward proxy shell'],
    ] as const
  ).flatMap(([effects, names]) => names.split(' ').map((name) => [name, effects] as const)),
);

const kinds = new Set(
  `pod deployment service secret configmap namespace node job cronjob daemonset statefulset replicaset ingress role rolebinding clusterrole
   clusterrolebinding serviceaccount persistentvolume persistentvolumeclaim event crd hpa pvc pv networkpolicy`.split(
    /\s+/,
  ),
);

/** PURE. What a tool for Kubernetes would do, by the words in its name and by the parts of its arguments. */
export function readKubernetesTool(tool: string, parts: PartsOf<'kubernetes'>): readonly Act[] {
  const tokens = tool
    .split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])/)
    .map((token) => token.toLowerCase())
    .filter(Boolean);
  const verb = verbOf(parts.verb);
  const named = [...tokens.filter((token) => verbs.has(token)), ...(verb === undefined ? [] : [verb])];
  const manifest = manifestOf(parts.manifest);
  const targets = {
    verbs: named,
    kinds: kindsIn(tokens, parts.kind, manifest),
    namespaces: namespacesIn(parts.namespace, manifest, tokens),
  };
  const acts = named.map((name) => actOf(name, targets));
  // `resources_get` with `verb: delete` deletes; what nobody understands may as well.
  if (named.length === 0 || (parts.verb !== undefined && verb === undefined)) {
    acts.push(act('kubernetes', unknown, 'an operation on Kubernetes that is not known', targets));
  }
  if (manifest === 'unread') acts.push(act('kubernetes', unknown, 'a manifest that cannot be read', targets));
  return [...acts, ...commandActs(parts.command, named)];
}

interface Targets {
  readonly verbs: readonly string[];
  readonly kinds: readonly string[];
  readonly namespaces: readonly string[];
}

function actOf(name: string, targets: Targets): Act {
  const effects = verbs.get(name) ?? unknown;
  const ofSecrets = effects === read && targets.kinds.includes('secrets');
  return act('kubernetes', effects, ofSecrets ? `kubernetes ${name} secrets` : `kubernetes ${name}`, targets);
}

function verbOf(verb: Json | undefined): string | undefined {
  const word = typeof verb === 'string' ? verb.toLowerCase().replaceAll(/[^a-z]/g, '') : '';
  return verbs.has(word) ? word : undefined;
}

/** What runs in a container is read as a shell reads it. */
function commandActs(command: Json | undefined, named: readonly string[]): readonly Act[] {
  if (command === undefined) return [];
  if (typeof command === 'string') return readShell(command);
  if (Array.isArray(command) && command.every((word) => typeof word === 'string')) {
    return named.some((name) => verbs.get(name) === execute) || command.length > 0 ? readShell(command) : [];
  }
  return [act('kubernetes', unknown, 'a command that cannot be read')];
}

type Manifest = readonly { readonly kind: string; readonly namespace: string | undefined }[] | 'unread' | undefined;

/** An object, a list of them, or their YAML. */
function manifestOf(manifest: Json | undefined): Manifest {
  if (manifest === undefined || (typeof manifest === 'string' && /^[\w.-]*$/.test(manifest))) return undefined;
  if (typeof manifest !== 'string') return objectsOf([manifest]);
  if (manifest.length > manifestLengthMax) return 'unread';
  const documents = parseAllDocuments(manifest, { uniqueKeys: true, logLevel: 'silent' });
  if (!Array.isArray(documents) || documents.some(({ errors }) => errors.length > 0)) return 'unread';
  return objectsOf(documents.map((document) => document.toJS({ maxAliasCount: 100 }) as Json));
}

function objectsOf(values: readonly Json[]): Manifest {
  const objects: { kind: string; namespace: string | undefined }[] = [];
  for (const value of values) {
    if (value === null) continue;
    if (typeof value !== 'object' || Array.isArray(value)) return 'unread';
    const { kind, metadata, items } = value as Readonly<Record<string, Json>>;
    const inner = Array.isArray(items) ? objectsOf(items) : [];
    if (typeof kind !== 'string' || inner === 'unread' || inner === undefined) return 'unread';
    const { namespace } = (typeof metadata === 'object' && metadata !== null ? metadata : {}) as Readonly<
      Record<string, Json>
    >;
    objects.push(...inner);
    if (!Array.isArray(items))
      objects.push({ kind: kindOf(kind), namespace: typeof namespace === 'string' ? namespace : undefined });
  }
  return objects;
}

function kindsIn(tokens: readonly string[], kind: Json | undefined, manifest: Manifest): readonly string[] {
  const found = tokens
    .map((token) => token.replace(/s$/, ''))
    .filter((token) => kinds.has(token))
    .map(kindOf);
  if (typeof kind === 'string') found.push(...kind.split(',').map((one) => kindOf(one.trim())));
  else if (kind !== undefined && typeof kind !== 'object') found.push(anyName);
  if (manifest === 'unread') found.push(anyName);
  else for (const one of manifest ?? []) found.push(one.kind);
  return found.length === 0 ? [anyName] : [...new Set(found)];
}

function namespacesIn(namespace: Json | undefined, manifest: Manifest, tokens: readonly string[]): readonly string[] {
  const found: string[] = [];
  if (typeof namespace === 'string' && namespace !== '') found.push(namespace);
  else if (namespace !== undefined) found.push(anyName);
  if (manifest === 'unread') found.push(anyName);
  else for (const one of manifest ?? []) if (one.namespace !== undefined) found.push(one.namespace);
  const elsewhere =
    tokens.includes('all') ||
    (manifest !== undefined && manifest !== 'unread' && manifest.some(({ kind }) => isClusterWide(kind)));
  return found.length === 0 || elsewhere ? [...found, anyName] : [...new Set(found)];
}
