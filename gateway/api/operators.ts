import type { Caller } from '../../workflows/contract/call.ts';
import type { TokenVerifier } from '../authenticate/bearer-token.ts';
import type { CallerHeaders } from '../call.ts';
import type { Config } from '../config/config.ts';
import { GatewayError } from '../errors.ts';
import { ApiError } from './problem.ts';

export interface OperatorParts {
  readonly config: () => Config;
  readonly tokens: TokenVerifier;
}

/** The audience of the API's own tokens: one for a connection is of no use here, nor the other way round. */
function apiResource({ publicUrl }: Pick<Config, 'publicUrl'>): string {
  return `${publicUrl}/api/v1`;
}

/**
 * The operator behind a request. Refuses - a missing or invalid token, or one for another audience (401) - anybody who
 * is in none of the operators' groups, which is everybody while none is configured (403).
 */
export async function requireOperator({ config, tokens }: OperatorParts, headers: CallerHeaders): Promise<Caller> {
  const current = config();
  const { operatorGroups } = current;
  // An audience that an issuer has for its connections' tokens is not one for operators'.
  const issuers = current.issuers.map(({ audience: _ofConnections, ...issuer }) => issuer);
  const resource = apiResource(current);
  const { caller } = await challenged(resource, () => tokens.verify(bearerToken(headers), issuers, resource));
  if (operatorGroups.some((group) => caller.groups.includes(group))) return caller;
  throw new ApiError('OPERATORS_ONLY', operatorGroups.length === 0 ? 'operators.groups is not configured' : undefined);
}

/** The token of the Authorization header (RFC 6750 section 2.1). Throws TOKEN_MISSING. */
function bearerToken({ authorization }: CallerHeaders): string {
  const match = /^Bearer ([A-Za-z0-9\-._~+/]+=*)$/i.exec(typeof authorization === 'string' ? authorization : '');
  if (match?.[1] !== undefined) return match[1];
  throw new GatewayError('TOKEN_MISSING');
}

async function challenged<T>(resource: string, verify: () => Promise<T>): Promise<T> {
  try {
    return await verify();
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const challenge = error.code === 'TOKEN_MISSING' ? 'Bearer' : 'Bearer error="invalid_token"';
    const detail = `request one for the resource ${resource}`;
    throw new GatewayError(error.code, { detail, headers: { 'www-authenticate': challenge }, cause: error });
  }
}
