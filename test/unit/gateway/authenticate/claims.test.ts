import { describe, expect, test } from 'vitest';
import { callerOf, claimAt, scopesOf } from '../../../../gateway/authenticate/claims.ts';

const issuer = { issuer: 'https://idp.example.com' };

describe('a claim', () => {
  const payload = {
    'https://example.com/groups': ['a'],
    realm: { roles: ['b'], 'a/b': { '~c': 'd' } },
    list: [{ name: 'e' }],
  };

  test.each<[string, unknown]>([
    ['https://example.com/groups', ['a']],
    ['/realm/roles', ['b']],
    ['/realm/a~1b/~0c', 'd'],
    ['/list/0/name', 'e'],
    ['/realm/none/deeper', undefined],
    ['/constructor', undefined],
    ['toString', undefined],
  ])('%s leads to %j', (name, expected) => {
    expect(claimAt(payload, name)).toEqual(expected);
  });
});

describe('groups', () => {
  test.each<[unknown, readonly string[]]>([
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    ['a b', ['a b']],
    [
      ['a', { name: 'b' }, null, 7],
      ['a', '7'],
    ],
    [{ a: true }, []],
    [undefined, []],
  ])('%j are %j', (groups, expected) => {
    expect(callerOf({ sub: 's', groups }, issuer).groups).toEqual(expected);
  });
});

describe('who acts for a caller', () => {
  const actorsOf = (claims: Record<string, unknown>) => callerOf({ sub: 's', ...claims }, issuer).actors;

  test('is the chain of act, the present actor first', () => {
    expect(actorsOf({ act: { sub: 'agent', act: { sub: 'planner' } } })).toEqual(['agent', 'planner']);
  });

  test('is named with its issuer when that is another one', () => {
    const act = { sub: 'agent', iss: issuer.issuer, act: { sub: 'agent', iss: 'https://other.example.com' } };
    expect(actorsOf({ act })).toEqual(['agent', 'https://other.example.com#agent']);
  });

  test.each([
    ['who might act', { may_act: { sub: 'agent' } }],
    ['the client that got the token', { client_id: 'agent', azp: 'agent' }],
    ['a text', { act: 'agent' }],
  ])('is not %s', (_what, claims) => {
    expect(actorsOf(claims)).toEqual([]);
  });

  test.each([
    [{ client_id: 'agent', azp: 'other' }, 'agent'],
    [{ azp: 'agent' }, 'agent'],
    [{}, undefined],
  ])('or through which client is another matter (%j)', (claims, client) => {
    expect(callerOf({ sub: 's', ...claims }, issuer).client).toBe(client);
  });
});

test.each<[Record<string, unknown>, readonly string[]]>([
  [{ scope: 'a b' }, ['a', 'b']],
  [{ scp: ['a', 'b'] }, ['a', 'b']],
  [{ scp: 'a  b' }, ['a', 'b']],
  [{ scope: 'a', scp: ['b'] }, ['a', 'b']],
  [{ scope: ['a'] }, ['a']],
  [{ scope: { a: true } }, []],
  [{}, []],
])('a token with %j has the scopes %j', (claims, expected) => {
  expect(scopesOf(claims)).toEqual(expected);
});
