import { expect, test } from 'vitest';
import type { Json } from '../../../../../../workflows/contract/call.ts';
import { readCommand } from '../../../../../../gateway/policy/commands/read-command.ts';

const read = (tool: string, args: Json, field?: Readonly<Record<string, string>>) =>
  readCommand({ tool, dialect: 'kubernetes', field, args }).acts;
const effectsOf = (tool: string, args: Json): string =>
  [...new Set(read(tool, args).flatMap(({ effects }) => effects))].toSorted().join(' ');

test.each<readonly [string, Json, string]>([
  ['pods_list', {}, 'read'],
  ['listPods', {}, 'read'],
  ['pods-log', { name: 'web', namespace: 'prod' }, 'read'],
  ['resources_get', { kind: 'Deployment' }, 'read'],
  ['kubectl_get', { resourceType: 'pods' }, 'read'],
  ['events_list', {}, 'read'],
  ['resources_create_or_update', { resource: 'kind: Pod\nmetadata: {name: a}\n' }, 'write'],
  ['scale_deployment', { replicas: 0 }, 'write'],
  ['rollout_restart', {}, 'write'],
  ['resources_delete', { kind: 'Pod' }, 'destroy write'],
  ['deletePod', {}, 'destroy write'],
  ['helm_uninstall', {}, 'destroy write'],
  ['drain_node', {}, 'admin destroy'],
  ['cordonNode', {}, 'admin'],
  ['pods_exec', { command: ['ls', '-l'] }, 'execute read'],
  ['pods_exec', { command: ['sh', '-c', 'rm -rf x'] }, 'destroy execute write'],
  ['pods_exec', { command: 'rm -rf x' }, 'destroy execute write'],
  ['pods_run', { image: 'x' }, 'execute'],
  ['port_forward', {}, 'execute'],
  ['kube', { verb: 'get', kind: 'pods' }, 'read'],
  ['kube', { verb: 'DELETE', kind: 'pods' }, 'destroy write'],
  ['kube', { verb: 'frob', kind: 'pods' }, 'execute unknown'],
  ['kube', {}, 'execute unknown'],
  ['resources_get', { verb: 'delete' }, 'destroy read write'],
  ['resources_get', { verb: 'frob' }, 'execute read unknown'],
  ['resources_get', { verb: ['delete'] }, 'execute read unknown'],
  ['resources_get', { verb: 'get', operation: 'delete' }, 'unknown'],
  ['apply', { manifest: 'kind: [' }, 'execute unknown write'],
  ['apply', { manifest: 'kind: a\nkind: b\n' }, 'execute unknown write'],
  ['get', 'no object', 'read'],
])('%s %j', (tool, args, effects) => {
  expect(effectsOf(tool, args), JSON.stringify(read(tool, args))).toBe(effects);
});

test('kinds and namespaces come from the name, the arguments and every object of a manifest', () => {
  const manifest =
    '---\nkind: Secret\nmetadata: {namespace: a}\n---\nkind: List\nitems:\n  - {kind: Role, metadata: {namespace: b}}\n';
  const [act] = read('apply_deployment', { manifest, kind: 'po', namespace: 'c' });
  expect(act?.targets).toEqual({
    verbs: ['apply'],
    kinds: ['deployments', 'pods', 'secrets', 'roles'],
    namespaces: ['c', 'a', 'b'],
  });
});

test('what an argument does not say may be any', () => {
  expect(read('resources_get', {})[0]?.targets).toEqual({ verbs: ['get'], kinds: ['*'], namespaces: ['*'] });
});

test('a connection says which argument is which', () => {
  const [act] = read(
    'k',
    { what: 'delete', of: 'Secret', where: 'prod', verb: 'get' },
    { verb: '/what', kind: '/of', namespace: '/where' },
  );
  expect(act).toMatchObject({
    construct: 'kubernetes delete',
    targets: { verbs: ['delete'], kinds: ['secrets'], namespaces: ['prod'] },
  });
});

test('reading secrets is called that', () => {
  expect(read('resources_get', { kind: 'Secret' })[0]?.construct).toBe('kubernetes get secrets');
});
