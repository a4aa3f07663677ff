import type { Caller } from '../../workflows/contract/call.ts';
import type { CallerHeaders, Era, KnownCall, ReceivedCall } from '../call.ts';
import type { Config, Connection } from '../config/config.ts';
import type { Issuer } from '../config/schema.ts';
import { GatewayError } from '../errors.ts';
import { withMembers } from '../with-members.ts';
import { mcpSessionId, sessionIdOf, type Sessions } from '../receive/sessions.ts';
import { accessNeededFor, hasAccess, type Access } from './access.ts';
import { bearerTokenOf, type TokenVerifier } from './bearer-token.ts';
import { challengeFor, resourceOf } from './resource-metadata.ts';

export interface AuthenticationParts {
  readonly config: () => Config;
  readonly tokens: TokenVerifier;
  readonly sessions: Sessions;
}

export interface Known {
  readonly caller: Caller;
  readonly principal: string;
  readonly sessionId: string;
}

export async function authenticate(parts: AuthenticationParts, call: ReceivedCall): Promise<KnownCall> {
  const access = accessNeededFor(call.kind, call.method);
  return withMembers(call, await identify(parts, call.connection, call.headers, call.era, access));
}

/**
 * Who sends this. Refuses - a missing or invalid token, with the challenge of RFC 9728 - a token without the scope that
 * `access` needs, with the challenge by which clients ask for more - a legacy session that another principal opened or
 * that has ended. Modern requests have no sessions, so the header means nothing there.
 */
export async function identify(
  { config, tokens, sessions }: AuthenticationParts,
  connection: Connection,
  headers: CallerHeaders,
  era: Era,
  access: Access,
): Promise<Known> {
  const caller = await callerOf(config(), tokens, connection, headers, access);
  const principal = `${caller.issuer}#${caller.subject}`;
  const session = era === 'legacy' ? mcpSessionId(headers) : undefined;
  if (session !== undefined) await sessions.require(connection.name, session, principal);
  return { caller, principal, sessionId: sessionIdOf(connection.name, principal, headers) };
}

async function callerOf(
  config: Config,
  tokens: TokenVerifier,
  connection: Connection,
  headers: CallerHeaders,
  access: Access,
): Promise<Caller> {
  const { authorization } = headers;
  if (authorization === undefined && connection.anonymousAs !== undefined) {
    return { issuer: 'anonymous', subject: connection.anonymousAs, groups: [], actors: [] };
  }
  try {
    const token = bearerTokenOf(connection, typeof authorization === 'string' ? authorization : undefined);
    const { caller, scopes } = await tokens.verify(
      token,
      issuersFor(config, connection),
      resourceOf(config, connection),
    );
    if (!hasAccess(connection, access, scopes)) throw new GatewayError('SCOPE_INSUFFICIENT');
    return caller;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const headers = { 'www-authenticate': challengeFor(config, connection, error, access) };
    const { code, detail } = error;
    throw new GatewayError(code, { headers, cause: error, ...(detail === undefined ? {} : { detail }) });
  }
}

/** An issuer that cannot name the URL of a connection may have an audience for each all the same. */
function issuersFor({ issuers }: Config, { name }: Connection): readonly Issuer[] {
  return issuers.map((issuer) => {
    const { audience } = issuer;
    return audience === undefined ? issuer : { ...issuer, audience: audience.replaceAll('{connection}', name) };
  });
}
