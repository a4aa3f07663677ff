import { hash } from 'node:crypto';
import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import type { Caller } from '../../workflows/contract/call.ts';
import type { Connection } from '../config/config.ts';
import type { Issuer } from '../config/schema.ts';
import { GatewayError } from '../errors.ts';
import { callerOf, scopesOf, unmetRequirement } from './claims.ts';
import { discoverKeys } from './issuer-keys.ts';

/** Asymmetric signatures only: a shared secret or `none` would let the caller sign for the issuer. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const clockToleranceSeconds = 5;
const cachedTokensMax = 10_000;
/** Clocks are corrected by less all the time. */
const clockSetBackMsMin = 5_000;

export interface TokenVerifierParts {
  readonly now: () => Date;
  readonly fetch: typeof globalThis.fetch;
}

/** What a valid token says: whose it is, and what for. */
export interface VerifiedToken {
  readonly caller: Caller;
  readonly scopes: readonly string[];
}

/**
 * Validates access tokens of all configured issuers (RFC 9068, RFC 8725): OIDC providers, CI systems, clusters.
 *
 * Refuses a token that - is not signed by a key of the very issuer it names - was minted for another audience than this
 * connection's URL - is expired or not yet valid - is no access token by its `typ` - lacks a claim its issuer's
 * configuration requires.
 */
export class TokenVerifier {
  readonly #parts: TokenVerifierParts;
  /** By issuer, with what of its configuration they were found by. */
  readonly #keySets = new Map<string, { readonly foundBy: string; readonly keys: Promise<JWTVerifyGetKey> }>();
  #latestMs = 0;
  /** Verified tokens by digest: a signature need not be checked again while the token is valid. */
  readonly #verified = new Map<string, { token: VerifiedToken; expiresAtMs: number }>();

  constructor(parts: TokenVerifierParts) {
    this.#parts = parts;
  }

  /** The caller behind the token, and its scopes. `audience` is the connection's own URL. Throws TOKEN_INVALID. */
  async verify(token: string, issuers: readonly Issuer[], audience: string): Promise<VerifiedToken> {
    const digest = hash('sha256', `${audience}\n${token}`, 'base64');
    const known = this.#verified.get(digest);
    const nowMs = this.#parts.now().getTime();
    this.#noteTime(nowMs);
    if (known !== undefined && known.expiresAtMs > nowMs) return known.token;
    const issuer = issuers.find((candidate) => candidate.issuer === issuerClaimOf(token));
    if (issuer === undefined) throw new GatewayError('TOKEN_INVALID', { detail: 'its issuer is not trusted here' });
    const payload = await this.#verifySignature(token, issuer, audience);
    const unmet = unmetRequirement(payload, issuer);
    if (unmet !== undefined) {
      throw new GatewayError('TOKEN_INVALID', { detail: `its ${unmet} claim is not among those accepted here` });
    }
    const verified = { caller: callerOf(payload, issuer), scopes: scopesOf(payload) };
    this.#remember(digest, verified, (payload.exp ?? 0) * 1000);
    return verified;
  }

  /**
   * Forgets verified tokens, so that a changed configuration applies to the next call. Keys stay while their issuer is
   * described as before: it may be away just now.
   */
  forget(): void {
    this.#verified.clear();
  }

  /** Key sets age by the clock: after it was set back, they would be neither renewed nor searched for new keys. */
  #noteTime(nowMs: number): void {
    if (nowMs < this.#latestMs - clockSetBackMsMin) this.#keySets.clear();
    this.#latestMs = nowMs;
  }

  async #verifySignature(token: string, issuer: Issuer, audience: string): Promise<JWTPayload> {
    const keys = await this.#keysOf(issuer);
    try {
      const { payload, protectedHeader } = await jwtVerify(token, keys, {
        issuer: issuer.issuer,
        audience: issuer.audience ?? audience,
        algorithms,
        clockTolerance: clockToleranceSeconds,
        currentDate: this.#parts.now(),
        requiredClaims: ['sub', 'exp'],
      });
      if (protectedHeader.typ !== undefined && !/^(application\/)?(at\+)?jwt$/i.test(protectedHeader.typ)) {
        throw new GatewayError('TOKEN_INVALID', { detail: 'it is not an access token' });
      }
      return payload;
    } catch (error) {
      if (error instanceof errors.JOSEError) {
        throw new GatewayError('TOKEN_INVALID', { detail: reasonOf(error), cause: error });
      }
      if (error instanceof GatewayError) throw error;
      throw new GatewayError('TOKEN_INVALID', { detail: 'its issuer cannot be reached', cause: error });
    }
  }

  async #keysOf(issuer: Issuer): Promise<JWTVerifyGetKey> {
    const { jwksUri = null, ca = null, bearer = null } = issuer;
    const foundBy = hash('sha256', JSON.stringify([jwksUri, ca, bearer]), 'base64');
    const known = this.#keySets.get(issuer.issuer);
    const current = known?.foundBy === foundBy ? known : { foundBy, keys: discoverKeys(issuer, this.#parts.fetch) };
    this.#keySets.set(issuer.issuer, current);
    try {
      return await current.keys;
    } catch (error) {
      if (this.#keySets.get(issuer.issuer) === current) this.#keySets.delete(issuer.issuer);
      throw new GatewayError('TOKEN_INVALID', { detail: 'its issuer cannot be reached', cause: error });
    }
  }

  #remember(digest: string, token: VerifiedToken, expiresAtMs: number): void {
    const oldest = this.#verified.keys().next();
    if (this.#verified.size >= cachedTokensMax && oldest.done !== true) this.#verified.delete(oldest.value);
    this.#verified.set(digest, { token, expiresAtMs });
  }
}

/** The token of the Authorization header (RFC 6750 section 2.1). Throws TOKEN_MISSING. */
export function bearerTokenOf(connection: Connection, authorization: string | undefined): string {
  const match = /^Bearer ([A-Za-z0-9\-._~+/]+=*)$/i.exec(authorization ?? '');
  if (match?.[1] !== undefined) return match[1];
  const detail = authorization === undefined ? undefined : 'the Authorization header holds no bearer token';
  throw new GatewayError('TOKEN_MISSING', {
    detail: detail ?? `request it for the resource of connection ${connection.name}`,
  });
}

/** Only picks the issuer whose keys must verify the token; nothing is believed from it. */
function issuerClaimOf(token: string): string | undefined {
  try {
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as { iss?: string };
    return claims.iss;
  } catch {
    return undefined;
  }
}

function reasonOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'it has expired';
  if (error instanceof errors.JWTClaimValidationFailed) return `its ${error.claim} claim does not fit`;
  if (isAboutToken(error)) return 'its signature does not verify';
  return 'the keys of its issuer cannot be had';
}

/** jose fails in its own words as well when an issuer does not answer, or answers with something else than keys. */
function isAboutToken(error: errors.JOSEError): boolean {
  return (
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported
  );
}
