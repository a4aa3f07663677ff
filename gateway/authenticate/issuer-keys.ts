import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';
import type { Issuer } from '../config/schema.ts';
import { fetchTrusting } from './fetch-trusting.ts';

const jwksCacheMs = 10 * 60_000;
/** A key nobody knows makes the set be fetched again, but not more often than this. */
const jwksCooldownMs = 5_000;
const discoveryTimeoutMs = 5_000;

/**
 * The keys that may sign for an issuer, and for no other one: those of its `jwksUri`, else those that OpenID Connect
 * Discovery 1.0 (section 4) finds. Throws when the issuer cannot be reached or describes another issuer.
 */
export async function discoverKeys(issuer: Issuer, fetch: typeof globalThis.fetch): Promise<JWTVerifyGetKey> {
  const get = issuerFetch(issuer, fetch);
  const keysAt = (url: string): JWTVerifyGetKey =>
    createRemoteJWKSet(new URL(url), {
      cacheMaxAge: jwksCacheMs,
      cooldownDuration: jwksCooldownMs,
      timeoutDuration: discoveryTimeoutMs,
      [customFetch]: get,
    });
  if (issuer.jwksUri !== undefined) return keysAt(issuer.jwksUri);
  const url = `${issuer.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await get(url, { redirect: 'manual', signal: AbortSignal.timeout(discoveryTimeoutMs) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const document = (await response.json()) as { issuer?: string; jwks_uri?: string };
  if (document.issuer !== issuer.issuer || document.jwks_uri === undefined) {
    throw new Error(`${url} describes another issuer`);
  }
  return keysAt(document.jwks_uri);
}

/** A cluster's API server vouches by a CA of its own, and shows its keys to those with a token only. */
function issuerFetch({ ca, bearer }: Issuer, fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  const send = ca === undefined ? fetch : fetchTrusting(ca);
  if (bearer === undefined) return send;
  return (input, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${bearer}`);
    return send(input, { ...init, headers });
  };
}
