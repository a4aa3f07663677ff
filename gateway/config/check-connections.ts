import { createPrivateKey, X509Certificate, type JsonWebKey } from 'node:crypto';
import { checkTools } from './check-tools.ts';
import type { Problem } from './problems.ts';
import type { ReadSource } from './read-source.ts';
import type { ConfigFile } from './schema.ts';
import type { ConfigPath } from './source.ts';

type Connection = ConfigFile['connections'][number];
type Oauth = Extract<NonNullable<Connection['upstream']['credential']>, { oauth: unknown }>['oauth'];

/** A message about a part of a connection, which `path` leads to. */
type Complain = (path: ConfigPath, message: string) => void;

/** What the parts of a connection say to each other: credentials that can be used, and callers who have what they need. */
export function checkConnections(files: readonly ReadSource[], loopback: boolean, problems: Problem[]): void {
  for (const { source, content, place } of files) {
    content.connections.forEach((connection, index) => {
      const complain: Complain = (path, message) =>
        problems.push(source.problem(place('connections', index, ...path), message));
      checkAnonymous(connection, loopback, complain);
      checkCredential(connection, complain);
      checkTls(connection.upstream, complain);
      checkTools(connection.tools, complain);
    });
  }
}

function checkAnonymous({ anonymousAs, scopes, upstream }: Connection, loopback: boolean, complain: Complain): void {
  if (anonymousAs === undefined) return;
  const { credential } = upstream;
  if (!loopback) {
    complain(['anonymousAs'], 'admits callers without a token, so the gateway must listen on loopback only');
  }
  if (scopes === 'required')
    complain(['scopes'], 'callers admitted without a token have no scopes; leave one of both out');
  if (credential !== undefined && 'oauth' in credential && credential.oauth.grant === 'token_exchange') {
    const message = 'callers admitted without a token have none to exchange; leave anonymousAs out';
    complain(['upstream', 'credential', 'oauth', 'grant'], message);
  }
}

function checkCredential({ upstream: { credential, identity } }: Connection, complain: Complain): void {
  if (credential !== undefined && 'oauth' in credential) {
    checkOauth(credential.oauth, (path, message) => complain(['upstream', 'credential', 'oauth', ...path], message));
  }
  const header = credential !== undefined && 'header' in credential ? credential.header : 'authorization';
  if (identity?.header.toLowerCase() === header.toLowerCase()) {
    complain(['upstream', 'identity', 'header'], 'the credential is sent under this name; choose another one');
  }
}

function checkOauth({ tokenEndpoint, clientSecret, privateKey }: Oauth, complain: Complain): void {
  if (clientSecret === undefined && privateKey === undefined) {
    complain(['clientId'], 'says not how the gateway signs in; add clientSecret or privateKey');
  }
  if (clientSecret !== undefined && privateKey !== undefined) {
    complain(['privateKey'], 'there is a clientSecret as well; leave one of both out');
  }
  if (privateKey !== undefined && !isPrivateJwk(privateKey)) {
    complain(['privateKey'], 'this is no private JWK (RFC 7517) of an RSA, EC or Ed25519 key');
  }
  const { protocol, hostname } = new URL(tokenEndpoint);
  if (protocol === 'http:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)) {
    complain(['tokenEndpoint'], 'secrets go there, so it must be https (RFC 6749 section 3.2)');
  }
}

function isPrivateJwk(text: string): boolean {
  try {
    const { asymmetricKeyType } = createPrivateKey({ key: JSON.parse(text) as JsonWebKey, format: 'jwk' });
    return ['rsa', 'ec', 'ed25519'].includes(asymmetricKeyType ?? '');
  } catch {
    return false;
  }
}

function checkTls({ url, tls }: Connection['upstream'], complain: Complain): void {
  if (tls === undefined) return;
  const { ca, cert, key } = tls;
  const say = (name: string, message: string): void => complain(['upstream', 'tls', name], message);
  if (new URL(url).protocol !== 'https:') complain(['upstream', 'tls'], 'the URL of the server is not https');
  if (cert !== undefined && key === undefined) say('cert', 'its key is missing; add tls.key');
  if (cert === undefined && key !== undefined) say('key', 'its certificate is missing; add tls.cert');
  if (ca !== undefined && certificateOf(ca) === undefined) say('ca', 'this is no PEM of a certificate');
  if (cert === undefined || key === undefined) return;
  const certificate = certificateOf(cert);
  const privateKey = privateKeyOf(key);
  if (certificate === undefined) say('cert', 'this is no PEM of a certificate');
  if (privateKey === undefined) say('key', 'this is no PEM of a private key without a passphrase');
  if (certificate === undefined || privateKey === undefined) return;
  if (!certificate.checkPrivateKey(privateKey)) say('key', 'this is not the key of the certificate');
}

function certificateOf(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function privateKeyOf(pem: string) {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}
