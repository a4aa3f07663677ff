import type { Connection } from './config.ts';

/** Members of a private JWK that nobody but its owner may know (RFC 7518 sections 6.2.2 and 6.3.2, RFC 8037). */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'] as const;

/** What a connection's server or its token endpoint must never show to a caller: masked wherever it turns up. */
export function upstreamSecrets({ upstream: { credential } }: Connection): string[] {
  if (credential === undefined) return [];
  if ('bearer' in credential) return [credential.bearer];
  if ('value' in credential) return [credential.value];
  const { clientSecret, privateKey } = credential.oauth;
  return [...(clientSecret === undefined ? [] : [clientSecret]), ...keySecrets(privateKey)];
}

/** The checked configuration holds private JWKs only, so this one parses. */
function keySecrets(privateKey: string | undefined): string[] {
  if (privateKey === undefined) return [];
  const jwk = JSON.parse(privateKey) as Record<string, unknown>;
  return privateMembers.map((member) => jwk[member]).filter((value) => typeof value === 'string');
}
