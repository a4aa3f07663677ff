import type { IssuerEntry } from '../../infra/dev/world-file.ts';
import type { GuardedServer, Partner } from './partner.ts';

export interface AuthorizationWorld {
  readonly issuer: IssuerEntry;
  readonly partner: Partner;
  readonly server: GuardedServer;
  /** What the server is called when a token is made out to it. */
  readonly serverResource: string;
}

/** Connections of every kind of authorization to one server, and a second issuer. */
export function authorizationConfig({ issuer, partner, server, serverResource }: AuthorizationWorld) {
  const keyed = issuer.keyClients['ci-keyed'];
  const { url } = server;
  const asKeyed = {
    tokenEndpoint: issuer.tokenEndpoint,
    issuer: issuer.url,
    clientId: keyed?.id,
    privateKey: JSON.stringify(keyed?.key),
    resource: serverResource,
  };
  const asExchanger = {
    grant: 'token_exchange',
    tokenEndpoint: partner.tokenEndpoint,
    clientId: 'gateway',
    clientSecret: 'canary-of-the-gateway',
    audience: 'server-behind',
  };
  return {
    issuers: [
      {
        issuer: partner.url,
        jwksUri: `${partner.url}/jwks`,
        claims: { groups: 'repository_owner' },
        groupPrefix: 'ci:',
        require: { repository_owner: ['deployers', 'octo-org'] },
      },
    ],
    connections: [
      { name: 'auth-scoped', scopes: 'required', upstream: { url: 'env:EVERYTHING_URL' } },
      { name: 'auth-oauth', upstream: { url, credential: { oauth: asKeyed } } },
      { name: 'auth-exchanged', upstream: { url, credential: { oauth: asExchanger } } },
      { name: 'auth-told', upstream: { url, identity: { header: 'X-Caller-Identity', audience: 'server-behind' } } },
    ],
    rules: [
      {
        id: 'auth-is-open',
        match: { connection: 'auth-*', claims: { groups: { any: ['deployers', 'readers', 'ci:octo-org'] } } },
        decision: 'allow',
      },
    ],
  };
}
