import { describe, expect, test } from 'vitest';
import type { Json } from '../../../../../../workflows/contract/call.ts';
import { readCommand } from '../../../../../../gateway/policy/commands/read-command.ts';
import { settingName } from '../../../../../../gateway/policy/commands/config/setting-name.ts';

const read = (tool: string, args: Json, field?: Readonly<Record<string, string>>) =>
  readCommand({ tool, dialect: 'config', field, args }).acts;
/** Each act as `effects path=value`. */
const told = (tool: string, args: Json): string[] =>
  read(tool, args).map(
    ({ effects, targets }) =>
      `${effects.join(' ')} ${targets.paths?.join(',') ?? ''}${targets.values?.length === 1 ? `=${targets.values[0] ?? ''}` : ''}`,
  );

describe('which settings change is told', () => {
  test.each<readonly [string, Json, readonly string[]]>([
    ['set_config', { path: 'auth.mfa', value: false }, ['write auth.mfa,auth.mfa.*', 'write auth.mfa=false']],
    ['set_config', { key: '/auth/mfa', value: 'off' }, ['write auth.mfa,auth.mfa.*', 'write auth.mfa=off']],
    [
      'x',
      { path: ['auth', 'mfa'], value: { a: 1, b: [true] } },
      ['write auth.mfa,auth.mfa.*', 'write auth.mfa.a=1', 'write auth.mfa.b.0=true'],
    ],
    ['x', { path: 'a', value: null }, ['write a,a.*', 'write destroy a,a.*']],
    ['get_config', { path: 'auth.mfa' }, ['read auth.mfa']],
    ['config', { operation: 'get', path: 'auth.mfa' }, ['read auth.mfa']],
    ['config', { operation: 'reset', path: 'auth.mfa' }, ['write destroy auth.mfa,auth.mfa.*']],
    ['config', { operation: 'frob', path: 'auth.mfa' }, ['unknown execute auth.mfa=*']],
    ['get_config', { operation: 'delete', path: 'a' }, ['write destroy a,a.*']],
    ['delete_config', { path: 'a' }, ['write destroy a,a.*']],
    ['get_or_reset_config', { path: 'a' }, ['write destroy a,a.*']],
    ['config', { path: 'a' }, ['unknown execute a=*']],
    ['set_config', { path: 'a' }, ['unknown execute a=*']],
    ['set_config', { value: 1 }, ['unknown execute *=*']],
    ['set_config', {}, ['unknown execute *=*']],
    ['set_config', { path: 'a..b', value: 1 }, ['unknown execute *=*']],
    ['set_config', { path: 'a', key: 'b', value: 1 }, ['unknown ']],
    ['update', { changes: { auth: { mfa: false }, ui: { theme: 'x' } } }, ['write auth.mfa=false', 'write ui.theme=x']],
    ['update', { changes: {} }, ['unknown execute *=*']],
    ['update', { changes: { 'auth.mfa': false } }, ['write auth.mfa=false']],
    ['update', { merge: { auth: { mfa: null } } }, ['write destroy auth.mfa,auth.mfa.*']],
    ['update', { patch: [{ op: 'replace', path: '/a/b', value: 1 }] }, ['write a.b,a.b.*', 'write a.b=1']],
    ['update', { patch: [{ op: 'remove', path: '/a~1b' }] }, ['write destroy a.b,a.b.*']],
    ['update', { patch: [{ op: 'move', from: '/a', path: '/b' }] }, ['write destroy a,a.*', 'write b,b.*']],
    ['update', { patch: [{ op: 'copy', from: '/a', path: '/b' }] }, ['write b,b.*']],
    ['update', { patch: [{ op: 'test', path: '/a', value: 1 }] }, ['read a']],
    ['update', { patch: [{ op: 'frob', path: '/a' }] }, ['unknown execute *=*']],
    ['update', { patch: '[{"op":"remove","path":"/a"}]' }, ['write destroy a,a.*']],
    ['update', { patch: { op: 'remove', path: '/a' } }, ['unknown execute *=*']],
    ['update', { patch: [{ op: 'replace', path: '', value: {} }] }, ['unknown execute *=*']],
    ['apply', { content: 'auth:\n  mfa: false\n' }, ['write auth.mfa=false']],
    ['apply', { content: '{"auth": {"mfa": false}}' }, ['write auth.mfa=false']],
    ['apply', { content: 'a: &x {mfa: false}\nauth: *x\n' }, ['write a.mfa=false', 'write auth.mfa=false']],
    ['apply', { content: 'd: &x {mfa: false}\nauth:\n  <<: *x\n' }, ['write d.mfa=false', 'write auth.mfa=false']],
    ['apply', { content: 'a: 1\na: 2\n' }, ['unknown execute *=*']],
    ['apply', { content: 'a: [' }, ['unknown execute *=*']],
    ['apply', { content: 'a: 1\n---\nb: 2\n' }, ['unknown execute *=*']],
    ['apply', { content: 'just words' }, ['unknown execute *=*']],
    ['apply', { content: 'a: !!js/function x\n' }, ['unknown execute *=*']],
  ])('%s %j', (tool, args, expected) => {
    expect(told(tool, args)).toEqual(expected);
  });
});

test('a name of a setting has one spelling', () => {
  for (const name of [
    'auth.mfa',
    '/auth/mfa',
    'auth/mfa',
    'auth["mfa"]',
    "auth['mfa']",
    '$.auth.mfa',
    'AUTH__MFA',
    'Auth.MFA',
    'ａuth.mfa',
    'auth:mfa',
  ]) {
    expect(settingName(name), name).toBe('auth.mfa');
  }
  expect(settingName(['auth', 'mfa'])).toBe('auth.mfa');
  for (const name of ['', '.', 'a..b', 'a.*', 'a b', 'a\u200bb', 'a.', '/a//b', 'a[', 'a%2eb', 7, {}, [], null])
    expect(settingName(name as Json), JSON.stringify(name)).toBeUndefined();
});

test('nesting, width and length are bounded, and what is beyond is unknown', () => {
  let deep: Json = 1;
  for (let level = 0; level < 100_000; level += 1) deep = { a: deep };
  const wide = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`a${index}`, 1]));
  for (const args of [
    { changes: deep },
    { changes: wide },
    { content: 'a: 1\n'.repeat(20_000) },
    { content: '['.repeat(30_000) },
    { content: `a: ${'{a: '.repeat(8_000)}` },
    {
      content:
        'a: &a [1]\n' +
        Array.from(
          { length: 30 },
          (_, i) => `b${i}: &b${i} [*${i === 0 ? 'a' : `b${i - 1}`}, *${i === 0 ? 'a' : `b${i - 1}`}]\n`,
        ).join(''),
    },
  ] as Json[]) {
    const acts = read('apply', args);
    expect(acts.some(({ effects }) => effects.includes('unknown'))).toBe(true);
    expect(acts.length).toBeLessThan(1100);
  }
});

test('a connection says which argument is which', () => {
  expect(
    read('x', { name: 'auth.mfa', to: false, path: 'ui' }, { path: '/name', value: '/to' })[0]?.targets.paths,
  ).toEqual(['auth.mfa', 'auth.mfa.*']);
});
