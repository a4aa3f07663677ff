import { describe, expect, test } from 'vitest';
import { accessNeededFor, hasAccess, type Access } from '../../../../gateway/authenticate/access.ts';
import { challengeFor, resourceMetadata } from '../../../../gateway/authenticate/resource-metadata.ts';
import type { MessageKind } from '../../../../gateway/call.ts';
import type { Config, Connection } from '../../../../gateway/config/config.ts';
import { GatewayError, type ErrorCode } from '../../../../gateway/errors.ts';

const scoped = { name: 'ops', scopes: 'required' } as Connection;
const unscoped = { name: 'ops', scopes: 'ignored' } as Connection;
const config = {
  publicUrl: 'https://mcp.example.com',
  issuers: [{ issuer: 'https://idp.example.com' }],
} as Partial<Config>;
const metadata = 'resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/ops/mcp"';

describe('a message', () => {
  test.each<[MessageKind, string, Access]>([
    ['request', 'initialize', 'none'],
    ['request', 'server/discover', 'none'],
    ['request', 'ping', 'none'],
    ['notification', 'notifications/initialized', 'none'],
    ['request', 'tools/call', 'call'],
    ['request', 'tools/list', 'read'],
    ['request', 'resources/read', 'read'],
    ['request', 'subscriptions/listen', 'read'],
    ['notification', 'notifications/cancelled', 'read'],
    ['response', '', 'read'],
    ['request', 'a/method/of/tomorrow', 'read'],
  ])('(%s %s) needs %s', (kind, method, access) => {
    expect(accessNeededFor(kind, method)).toBe(access);
  });
});

describe('a token', () => {
  test.each<[readonly string[], Access, boolean]>([
    [[], 'none', true],
    [[], 'read', false],
    [['mcp:ops:read'], 'read', true],
    [['mcp:ops:read'], 'call', false],
    [['mcp:ops:call'], 'call', true],
    [['mcp:ops:call'], 'read', true],
    [['mcp:other:call'], 'read', false],
    [['mcp:ops:CALL', 'mcp:ops', 'mcp:*:call'], 'read', false],
  ])('with the scopes %j may %s: %s', (scopes, access, expected) => {
    expect(hasAccess(scoped, access, scopes)).toBe(expected);
  });

  test('needs no scope where the connection ignores them', () => {
    expect(hasAccess(unscoped, 'call', [])).toBe(true);
  });
});

describe('a challenge', () => {
  const challenge = (connection: Connection, code: ErrorCode, access: Access) =>
    challengeFor(config as Config, connection, new GatewayError(code), access);

  test.each<[string, Connection, ErrorCode, Access, string]>([
    ['tells where to ask for a token', unscoped, 'TOKEN_MISSING', 'call', `Bearer ${metadata}`],
    ['tells the scope of a call', scoped, 'TOKEN_MISSING', 'call', `Bearer scope="mcp:ops:call", ${metadata}`],
    ['tells what comes after a greeting', scoped, 'TOKEN_MISSING', 'none', `Bearer scope="mcp:ops:read", ${metadata}`],
    [
      'tells that a token is not valid',
      scoped,
      'TOKEN_INVALID',
      'read',
      `Bearer error="invalid_token", error_description="The access token was refused.", scope="mcp:ops:read", ${metadata}`,
    ],
    [
      'tells all the scope that a step up needs',
      scoped,
      'SCOPE_INSUFFICIENT',
      'call',
      `Bearer error="insufficient_scope", error_description="The access token lacks a scope that this needs.", scope="mcp:ops:call", ${metadata}`,
    ],
  ])('%s', (_what, connection, code, access, expected) => {
    expect(challenge(connection, code, access)).toBe(expected);
  });
});

test('the metadata of a connection offers the least scope, and none where scopes are ignored', () => {
  expect(resourceMetadata(config as Config, scoped)).toEqual({
    resource: 'https://mcp.example.com/ops/mcp',
    resource_name: 'Countersign connection ops',
    authorization_servers: ['https://idp.example.com'],
    scopes_supported: ['mcp:ops:read'],
    bearer_methods_supported: ['header'],
  });
  expect(resourceMetadata(config as Config, unscoped)).not.toHaveProperty('scopes_supported');
});
