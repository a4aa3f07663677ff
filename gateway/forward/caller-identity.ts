import { createPublicKey, hash, type KeyObject } from 'node:crypto';
import { SignJWT, type JSONWebKeySet, type JWK } from 'jose';
import type { KnownCall } from '../call.ts';
import type { Config, Connection } from '../config/config.ts';

const lifeSeconds = 60;
const identityTokenType = 'countersign-identity+jwt';

/** Whose message is sent: the caller's token may be exchanged, and its server may be told who it is. */
export type Sender = Pick<KnownCall, 'callId' | 'caller' | 'headers'>;

export type SignIdentity = (connection: Connection, sender: Sender) => Promise<string>;

export interface IdentityParts {
  /** Private Ed25519 key. */
  readonly key: KeyObject;
  readonly config: () => Config;
  readonly now: () => Date;
  readonly newTokenId: () => string;
}

export interface IdentitySigner {
  readonly sign: SignIdentity;
  /** The public key, for `/.well-known/jwks.json`. */
  readonly jwks: JSONWebKeySet;
}

/**
 * Vouches towards a server for who calls: a JWT (RFC 7519) signed with EdDSA that lives for a minute and is good for
 * one server. `sub` is `issuer#subject`, since a subject alone may be two people of two issuers; both stand in `caller`
 * as well. `act` is the delegation chain (RFC 8693 section 4.1), and `call_id` the call in the ledger.
 */
export function createIdentitySigner({ key, config, now, newTokenId }: IdentityParts): IdentitySigner {
  const jwk = publicJwkOf(key);
  const header = { alg: 'EdDSA', typ: identityTokenType, kid: jwk.kid };
  return {
    jwks: { keys: [jwk] },
    sign: async ({ upstream }, { caller, callId }) => {
      const { issuer, subject, groups, actors } = caller;
      const act = actors.toReversed().reduce<object | undefined>((inner, sub) => actorOf(sub, inner), undefined);
      const issuedAt = Math.floor(now().getTime() / 1_000);
      return new SignJWT({
        caller: { issuer, subject },
        groups: [...groups],
        call_id: callId,
        ...(act === undefined ? {} : { act }),
      })
        .setProtectedHeader(header)
        .setIssuer(config().publicUrl)
        .setAudience(upstream.identity?.audience ?? upstream.url)
        .setSubject(`${issuer}#${subject}`)
        .setJti(newTokenId())
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + lifeSeconds)
        .sign(key);
    },
  };
}

function actorOf(sub: string, act: object | undefined): object {
  return act === undefined ? { sub } : { sub, act };
}

/** Named by its thumbprint (RFC 7638, RFC 8037 appendix A.3). */
function publicJwkOf(key: KeyObject): JWK & { readonly kid: string } {
  const { crv, kty, x } = createPublicKey(key).export({ format: 'jwk' });
  const kid = hash('sha256', JSON.stringify({ crv, kty, x }), 'base64url');
  return { ...(createPublicKey(key).export({ format: 'jwk' }) as JWK), kid, alg: 'EdDSA', use: 'sig' };
}
