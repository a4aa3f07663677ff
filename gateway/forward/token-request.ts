import { importJWK, type JWK } from 'jose';
import {
  allowInsecureRequests,
  ClientSecretBasic,
  customFetch,
  genericTokenEndpointRequest,
  PrivateKeyJwt,
  processGenericTokenEndpointResponse,
  ResponseBodyError,
  type ClientAuth,
} from 'oauth4webapi';
import type { Connection } from '../config/config.ts';
import type { AccessToken } from './token-cache.ts';

export type OauthCredential = Extract<NonNullable<Connection['upstream']['credential']>, { oauth: unknown }>['oauth'];

const requestMsMax = 10_000;
/** A token is renewed this long before it expires, but never before half its life. */
const renewBeforeSeconds = 30;
/** RFC 6749 section 5.1 leaves `expires_in` out where it is documented elsewhere. */
const assumedSeconds = 60;
const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange';
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token';

/** No token could be had. The message names no secret. */
export class TokenRefused extends Error {}

export interface TokenRequestParts {
  readonly now: () => Date;
  readonly fetch: typeof globalThis.fetch;
}

/**
 * Asks the token endpoint for a token for `url`: as the gateway itself (RFC 6749 section 4.4), or in the name of the
 * caller whose token is `subjectToken` (RFC 8693 section 2.1). Throws TokenRefused.
 */
export async function requestToken(
  { now, fetch }: TokenRequestParts,
  oauth: OauthCredential,
  url: string,
  subjectToken: string | undefined,
): Promise<AccessToken> {
  const server = { issuer: oauth.issuer ?? oauth.tokenEndpoint, token_endpoint: oauth.tokenEndpoint };
  const client = { client_id: oauth.clientId };
  const exchange = subjectToken === undefined ? {} : exchangeOf(subjectToken);
  const parameters = { ...targetOf(oauth, url), ...exchange };
  const grant = subjectToken === undefined ? 'client_credentials' : exchangeGrant;
  const askedAtMs = now().getTime();
  try {
    const response = await genericTokenEndpointRequest(server, client, await signIn(oauth), grant, parameters, {
      signal: AbortSignal.timeout(requestMsMax),
      [customFetch]: fetch,
      // The configuration has allowed plain HTTP on loopback only.
      [allowInsecureRequests]: true,
    });
    const answer = await processGenericTokenEndpointResponse(server, client, response);
    if (answer.token_type !== 'bearer') throw new TokenRefused(`the token is of the type ${answer.token_type}`);
    const lifeSeconds = answer.expires_in ?? assumedSeconds;
    const usableSeconds = Math.max(lifeSeconds - renewBeforeSeconds, lifeSeconds / 2);
    return { value: answer.access_token, usableUntilMs: askedAtMs + usableSeconds * 1_000 };
  } catch (error) {
    if (error instanceof TokenRefused) throw error;
    // Not as the cause: the library's errors hold what the token endpoint said, a token perhaps.
    throw new TokenRefused(reasonOf(error));
  }
}

function targetOf({ scope, resource, audience }: OauthCredential, url: string): Record<string, string> {
  const identifier = resource ?? (audience === undefined ? url : undefined);
  return {
    ...(scope === undefined ? {} : { scope }),
    ...(identifier === undefined ? {} : { resource: identifier }),
    ...(audience === undefined ? {} : { audience }),
  };
}

/** No actor token: the gateway has signed in itself, so the authorization server knows who acts. */
function exchangeOf(subjectToken: string): Record<string, string> {
  return {
    subject_token: subjectToken,
    subject_token_type: accessTokenType,
    requested_token_type: accessTokenType,
  };
}

async function signIn({ clientSecret, privateKey }: OauthCredential): Promise<ClientAuth> {
  if (privateKey === undefined) return ClientSecretBasic(clientSecret ?? '');
  const jwk = JSON.parse(privateKey) as JWK;
  const key = await importJWK(jwk, algorithmOf(jwk));
  if (key instanceof Uint8Array) throw new TokenRefused('the private key is none');
  return PrivateKeyJwt({ key, ...(jwk.kid === undefined ? {} : { kid: jwk.kid }) });
}

/** The algorithm a key is for; of those an RSA key could have, the one that every server must know (RFC 7518). */
function algorithmOf({ alg, kty, crv }: JWK): string {
  const byCurve = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512', Ed25519: 'EdDSA' };
  if (alg !== undefined) return alg;
  return kty === 'RSA' ? 'RS256' : (byCurve[crv as keyof typeof byCurve] ?? 'EdDSA');
}

function reasonOf(error: unknown): string {
  // Its description may quote the request; its code is one of a list (RFC 6749 section 5.2).
  if (error instanceof ResponseBodyError) return `the token endpoint answers ${error.error}`;
  const { code = (error as Error).cause, name } = error as Error & { readonly code?: unknown };
  const reason = typeof code === 'object' && code !== null && 'code' in code ? code.code : code;
  return `the token endpoint gave no token (${typeof reason === 'string' ? reason : name})`;
}
