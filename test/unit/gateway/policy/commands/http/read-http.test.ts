import { expect, test } from 'vitest';
import type { Json } from '../../../../../../workflows/contract/call.ts';
import { readCommand } from '../../../../../../gateway/policy/commands/read-command.ts';

const read = (args: Json, tool = 'request', field?: Readonly<Record<string, string>>) =>
  readCommand({ tool, dialect: 'http', field, args }).acts;
const effectsOf = (args: Json, tool?: string): string =>
  [...new Set(read(args, tool).flatMap(({ effects }) => effects))].toSorted().join(' ');
const url = 'https://api.example.com/v1/users';

test.each<readonly [Json, string]>([
  [{ method: 'GET', url }, 'read'],
  [{ method: 'get', url }, 'read'],
  [{ method: 'HEAD', url }, 'read'],
  [{ method: 'OPTIONS', url }, 'read'],
  [{ method: 'POST', url }, 'write'],
  [{ method: 'PUT', url }, 'write'],
  [{ method: 'patch', url }, 'write'],
  [{ method: 'DELETE', url }, 'destroy write'],
  [{ method: 'TRACE', url }, 'execute unknown'],
  [{ method: 'CONNECT', url }, 'execute unknown'],
  [{ method: 'GET\r\nX: y', url }, 'execute unknown'],
  [{ method: ' GET', url }, 'execute unknown'],
  [{ method: 'ＧＥＴ', url }, 'execute unknown'],
  [{ method: ['GET'], url }, 'execute unknown'],
  [{ method: 'constructor', url }, 'execute unknown'],
  [{ url }, 'execute unknown'],
  [{ method: 'POST', url, headers: { 'X-HTTP-Method-Override': 'DELETE' } }, 'destroy write'],
  [{ method: 'GET', url, headers: { 'x-http-method': 'frob' } }, 'execute read unknown'],
  [{ method: 'GET', url, headers: [['X-Method-Override', 'DELETE']] }, 'destroy read write'],
  [{ method: 'GET', url, headers: [{ name: 'x-method-override', value: 'DELETE' }] }, 'destroy read write'],
  [{ method: 'GET', url, headers: ['Accept: x', 'X-HTTP-Method-Override: DELETE'] }, 'destroy read write'],
  [{ method: 'GET', url, headers: 'Accept: x\r\nX-HTTP-Method-Override: DELETE' }, 'destroy read write'],
  [{ method: 'GET', url, headers: { Accept: 'text/plain' } }, 'read'],
  [{ method: 'POST', url: `${url}?_method=delete` }, 'destroy write'],
  [{ method: 'GET', url: `${url}?q=a/../b` }, 'read'],
  [{ method: 'GET', url: `${url}/../admin` }, 'execute read unknown'],
  [{ method: 'GET', url: 'https://api.example.com//admin' }, 'execute read unknown'],
  [{ method: 'GET', url: 'https://api.example.com/%61dmin' }, 'execute read unknown'],
  [{ method: 'GET', url: 'https://good.example.com@evil.example.com/' }, 'execute read unknown'],
  [{ method: 'GET', url: 'https://evil.example.com\\@good.example.com/' }, 'execute read unknown'],
  [{ method: 'GET', url: 'ht\ntps://x/' }, 'execute read unknown'],
  [{ method: 'GET', url: 'file:///etc/passwd' }, 'execute read unknown'],
  [{ method: 'GET', url: 'not an address' }, 'execute read unknown'],
  [{ method: 'GET', url: 7 }, 'execute read unknown'],
  [{ method: 'GET', url: '/v1/users' }, 'read'],
  [{ method: 'GET', verb: 'DELETE', url }, 'unknown'],
])('%j', (args, effects) => {
  expect(effectsOf(args), JSON.stringify(read(args))).toBe(effects);
});

test('a tool may say its method in its name, and one that only fetches gets', () => {
  expect(effectsOf({ url }, 'fetch')).toBe('read');
  expect(effectsOf({ url }, 'http_get')).toBe('read');
  expect(effectsOf({ url }, 'postRequest')).toBe('write');
  expect(effectsOf({ url }, 'delete_resource')).toBe('destroy write');
  expect(effectsOf({ url, body: '{}' }, 'fetch')).toBe('execute unknown');
  expect(effectsOf({ url }, 'post_or_delete')).toBe('execute unknown');
});

test('hosts and paths are told in one spelling', () => {
  expect(read({ method: 'GET', url: 'HTTPS://API.Example.COM.:443/v1/Users?x=1#y' })[0]?.targets).toEqual({
    methods: ['GET'],
    hosts: ['api.example.com'],
    paths: ['/v1/Users'],
  });
  expect(read({ method: 'GET', url: 'http://0x7f.1/' })[0]?.targets.hosts).toEqual(['127.0.0.1']);
  expect(read({ method: 'GET', url: '/v1/x' })[0]?.targets.hosts).toEqual(['*']);
  expect(read({ method: 'GET' })[0]?.targets).toEqual({ methods: ['GET'], hosts: ['*'], paths: ['*'] });
});

test('a connection says which argument is which', () => {
  expect(read({ how: 'DELETE', where: url, method: 'GET' }, 'x', { method: '/how', url: '/where' })[0]).toMatchObject({
    construct: 'DELETE',
    targets: { paths: ['/v1/users'] },
  });
});
