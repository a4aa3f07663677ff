import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { Connection } from '../../../../gateway/config/config.ts';
import { loadConfig } from '../../../../gateway/config/load.ts';
import { ConfigError } from '../../../../gateway/config/problems.ts';
import { upstreamSecrets } from '../../../../gateway/config/upstream-secrets.ts';
import { createAuthority } from '../../../support/certificates.ts';

const privateJwk = (type: 'ec' | 'ed25519' | 'rsa'): string => {
  const options = { namedCurve: 'P-256', modulusLength: 2_048 };
  const { privateKey } = generateKeyPairSync(type as 'ec', options);
  return JSON.stringify(privateKey.export({ format: 'jwk' }));
};
const publicJwk = JSON.stringify(generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }));
const authority = createAuthority('ca');
const [own, other] = [authority.issue('gateway'), authority.issue('other')];

const options = { env: {}, loopback: true, detectorsDigest: 'd' };
const load = (content: object) =>
  loadConfig(['package.json'], {
    ...options,
    readFile: () => stringify({ version: 1, publicUrl: 'http://127.0.0.1:1', ...content }),
  });

function problemsOf(content: object): string[] {
  try {
    load(content);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}

const connection = (upstream: object, more: object = {}) => ({
  connections: [{ name: 'x', upstream: { url: 'https://ops.example.com/mcp', ...upstream }, ...more }],
});
const oauth = (changes: object = {}, more: object = {}) =>
  connection(
    {
      credential: {
        oauth: { tokenEndpoint: 'https://as.example.com/token', clientId: 'gw', clientSecret: 'canary-1', ...changes },
      },
    },
    more,
  );
const at = 'connections.0.upstream';

describe('a credential', () => {
  test.each<[string, object]>([
    ['an OAuth client with a secret', oauth()],
    ['one with an EC key', oauth({ clientSecret: undefined, privateKey: privateJwk('ec') })],
    ['one with an Ed25519 key', oauth({ clientSecret: undefined, privateKey: privateJwk('ed25519') })],
    ['one with an RSA key', oauth({ clientSecret: undefined, privateKey: privateJwk('rsa') })],
    ['a token endpoint on loopback', oauth({ tokenEndpoint: 'http://127.0.0.1:7430/token' })],
    ['an exchange', oauth({ grant: 'token_exchange', audience: 'ops', scope: 'a b' })],
    ['certificates', connection({ tls: { ca: authority.cert, ...own } })],
    ['a header for the caller', connection({ identity: { header: 'X-Caller' } })],
    ['scopes', connection({}, { scopes: 'required' })],
  ])('may be %s', (_what, content) => {
    expect(problemsOf(content)).toEqual([]);
  });

  test.each<[object, string]>([
    [oauth({ clientSecret: undefined }), `${at}.credential.oauth.clientId: says not how the gateway signs in`],
    [oauth({ privateKey: privateJwk('ec') }), `${at}.credential.oauth.privateKey: there is a clientSecret as well`],
    [
      oauth({ clientSecret: undefined, privateKey: publicJwk }),
      `${at}.credential.oauth.privateKey: this is no private JWK`,
    ],
    [
      oauth({ clientSecret: undefined, privateKey: own.key }),
      `${at}.credential.oauth.privateKey: this is no private JWK`,
    ],
    [
      oauth({ tokenEndpoint: 'http://as.example.com/token' }),
      `${at}.credential.oauth.tokenEndpoint: secrets go there, so it must be https`,
    ],
    [oauth({ grant: 'exchange' }), `${at}.credential.oauth.grant: Invalid option`],
    [oauth({ clientSecrt: 'x' }), `${at}.credential.oauth.clientSecrt: unknown key; did you mean "clientSecret"?`],
    [
      connection({ credential: { oauth: { clientID: 'x' } } }),
      `${at}.credential.oauth.clientID: unknown key; did you mean "clientId"?`,
    ],
    [oauth({ grant: 'token_exchange' }, { anonymousAs: 'dev' }), `${at}.credential.oauth.grant: callers admitted`],
    [connection({}, { anonymousAs: 'dev', scopes: 'required' }), 'connections.0.scopes: callers admitted without'],
    [connection({ tls: { cert: own.cert } }), `${at}.tls.cert: its key is missing; add tls.key`],
    [connection({ tls: { key: own.key } }), `${at}.tls.key: its certificate is missing; add tls.cert`],
    [connection({ tls: { ...own, key: other.key } }), `${at}.tls.key: this is not the key of the certificate`],
    [connection({ tls: { ...own, key: 'x' } }), `${at}.tls.key: this is no PEM of a private key`],
    [connection({ tls: { cert: 'x', key: own.key } }), `${at}.tls.cert: this is no PEM of a certificate`],
    [connection({ tls: { ca: 'x' } }), `${at}.tls.ca: this is no PEM of a certificate`],
    [connection({ url: 'http://ops/mcp', tls: {} }), `${at}.tls: the URL of the server is not https`],
    [connection({ identity: { header: 'Authorization' } }), `${at}.identity.header: the credential is sent under`],
    [
      connection({ credential: { header: 'X-Key', value: 'v' }, identity: { header: 'x-key' } }),
      `${at}.identity.header: the credential is sent under`,
    ],
    [connection({ identity: { header: 'Mcp-Name' } }), `${at}.identity.header: HTTP and MCP use this header`],
    [
      connection({ credential: { header: 'Content-Length', value: '1' } }),
      `${at}.credential.header: HTTP and MCP use this header`,
    ],
  ])('that nobody can use is named (%#)', (content, expected) => {
    const problems = problemsOf(content);
    expect(problems).toEqual([expect.stringContaining(expected)]);
    expect(problems.join()).not.toContain('canary');
  });

  test('tells what of it must never be shown', () => {
    const secretsOf = (content: object) =>
      load(content).connections.flatMap((each: Connection) => upstreamSecrets(each));
    expect(secretsOf(oauth())).toEqual(['canary-1']);
    const jwk = privateJwk('ec');
    const keyed = secretsOf(oauth({ clientSecret: undefined, privateKey: jwk }));
    expect(keyed).toEqual([(JSON.parse(jwk) as { d: string }).d]);
    expect(secretsOf(connection({}))).toEqual([]);
  });
});

test('the sample of authorization is sound', () => {
  const path = 'infra/sample/authorization.yaml';
  const sample = readFileSync(path, 'utf8');
  const files: Record<string, string> = {
    'ca.crt': authority.cert,
    token: 'canary-1',
    'internal-ca.pem': authority.cert,
    'gateway.pem': own.cert,
    'gateway-key.pem': own.key,
  };
  const { connections, issuers } = loadConfig([path], {
    ...options,
    env: { COUNTERSIGN_CLIENT_KEY: privateJwk('ec'), COUNTERSIGN_CLIENT_SECRET: 'canary-2' },
    readFile: (name) => (name === path ? sample : (files[basename(name)] ?? expect.fail(name))),
  });
  expect([connections.length, issuers.length]).toEqual([3, 3]);
});

describe('an issuer', () => {
  const github = { issuer: 'https://token.actions.githubusercontent.com', audience: 'countersign' };

  test.each<[string, object]>([
    ['a CI system for everybody, with what makes a job ours', { ...github, require: { repository_owner: 'octo-org' } }],
    ['a cluster', { issuer: 'https://kubernetes.default.svc', ca: authority.cert, bearer: 't', groupPrefix: 'k8s:' }],
    ['one with nested claims', { issuer: 'https://idp', claims: { groups: '/realm_access/roles' } }],
  ])('may be %s', (_what, issuer) => {
    expect(problemsOf({ issuers: [issuer] })).toEqual([]);
  });

  test.each<[object, string]>([
    [github, 'issuers.0.issuer: anybody may have a token of this issuer'],
    [{ ...github, issuer: 'https://gitlab.com/', require: {} }, 'issuers.0.issuer: anybody may have a token'],
    [{ issuer: 'https://k8s', ca: 'x' }, 'issuers.0.ca: this is no PEM of a certificate'],
    [{ issuer: 'https://idp', require: { org: [] } }, 'issuers.0.require.org: '],
  ])('that admits too many or none is named (%#)', (issuer, expected) => {
    expect(problemsOf({ issuers: [issuer] })).toEqual([expect.stringContaining(expected)]);
  });
});
