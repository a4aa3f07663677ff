import type { Config, Connection } from '../config/config.ts';
import { errorAnswers, type ErrorCode, type GatewayError } from '../errors.ts';
import { scopeFor, type Access } from './access.ts';

/** A connection's canonical URL: the audience its tokens must name (RFC 8707). */
export function resourceOf(config: Config, connection: Connection): string {
  return `${config.publicUrl}/${connection.name}/mcp`;
}

/** Protected-resource metadata (RFC 9728 section 2), served under the path-inserted well-known URL. */
export function resourceMetadata(config: Config, connection: Connection): Record<string, unknown> {
  return {
    resource: resourceOf(config, connection),
    resource_name: `Countersign connection ${connection.name}`,
    authorization_servers: config.issuers.map(({ issuer }) => issuer),
    bearer_methods_supported: ['header'],
    // The least that is of use: what more a call needs, its challenge says.
    ...(connection.scopes === 'required' ? { scopes_supported: [scopeFor(connection, 'read')] } : {}),
  };
}

const oauthErrors: Partial<Record<ErrorCode, string>> = {
  TOKEN_INVALID: 'invalid_token',
  SCOPE_INSUFFICIENT: 'insufficient_scope',
};

/**
 * The WWW-Authenticate challenge (RFC 6750 section 3, RFC 9728 section 5.1). Its scope is all that this message needs;
 * who only greets is told what comes next.
 */
export function challengeFor(config: Config, connection: Connection, { code }: GatewayError, access: Access): string {
  const metadata = `${config.publicUrl}/.well-known/oauth-protected-resource/${connection.name}/mcp`;
  const error = oauthErrors[code];
  const scope =
    connection.scopes === 'required' ? scopeFor(connection, access === 'call' ? 'call' : 'read') : undefined;
  const parts = [
    ...(error === undefined ? [] : [`error="${error}"`, `error_description="${errorAnswers[code].says}"`]),
    ...(scope === undefined ? [] : [`scope="${scope}"`]),
    `resource_metadata="${metadata}"`,
  ];
  return `Bearer ${parts.join(', ')}`;
}
