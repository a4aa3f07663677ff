import type { Config, Connection } from '../config/config.ts';
import { errorAnswers, type GatewayError } from '../errors.ts';

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
  };
}

/** The WWW-Authenticate challenge (RFC 6750 section 3, RFC 9728 section 5.1). */
export function challengeFor(config: Config, connection: Connection, error: GatewayError): string {
  const metadata = `${config.publicUrl}/.well-known/oauth-protected-resource/${connection.name}/mcp`;
  const parts = [`resource_metadata="${metadata}"`];
  if (error.code === 'TOKEN_INVALID') {
    parts.unshift('error="invalid_token"', `error_description="${errorAnswers.TOKEN_INVALID.says}"`);
  }
  return `Bearer ${parts.join(', ')}`;
}
