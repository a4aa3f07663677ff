import type { JWK } from 'jose';
import { Provider, errors, interactionPolicy, type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import {
  CALL_SCOPE,
  keyClients,
  LOGIN_CLIENT_ID,
  LOGIN_REDIRECT_URI,
  serviceClients,
  userAccounts,
  type ServiceClient,
  type UserAccount,
} from './accounts.ts';
import type { IssuerSecrets } from './issuer-secrets.ts';

export interface IssuerOptions {
  /** Issuer identifier, also the base of all its URLs. */
  readonly issuer: string;
  /** Origins of gateways that tokens may be made for. */
  readonly gatewayOrigins: readonly string[];
  readonly secrets: IssuerSecrets;
}

const accessTokenSeconds = 10 * 60;
const interactionSeconds = 10 * 60;
const sessionSeconds = 8 * 60 * 60;

/**
 * The dev identity provider: access tokens are JWTs (RFC 9068) for one connection of the gateway (RFC 8707), so that
 * the gateway validates them exactly as it would a company's.
 */
export function createIssuer(options: IssuerOptions): Provider {
  const clients = new Map([...serviceClients, ...keyClients].map((client) => [client.id, client]));
  const accounts = new Map(userAccounts.map((account) => [account.id, account]));
  const provider = new Provider(options.issuer, {
    clients: describeClients(options.secrets),
    jwks: { keys: options.secrets.jwks.keys.map((key) => ({ ...key })) },
    cookies: { keys: [...options.secrets.cookieKeys] },
    scopes: ['openid', 'email', 'profile', CALL_SCOPE],
    claims: { openid: ['sub', 'groups'], email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    ttl: {
      AccessToken: accessTokenSeconds,
      ClientCredentials: accessTokenSeconds,
      IdToken: accessTokenSeconds,
      Interaction: interactionSeconds,
      Session: sessionSeconds,
      Grant: sessionSeconds,
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      userinfo: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (ctx) => refuseMissingResource(ctx),
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, resource) => {
          if (!isConnection(resource, options.gatewayOrigins)) {
            throw new errors.InvalidTarget(`resource must be a connection's URL, such as ${exampleOf(options)}`);
          }
          return {
            scope: scopesOf(resource),
            audience: resource,
            accessTokenTTL: accessTokenSeconds,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: 'RS256' } },
          };
        },
      },
    },
    interactions: { policy: loginOnly(), url: (_ctx, interaction) => `/login/${interaction.uid}` },
    findAccount: (_ctx, id) => {
      const account = accounts.get(id);
      if (account === undefined) return undefined;
      return {
        accountId: id,
        claims: () => ({ ...claimsOf(account), email_verified: true, name: account.name, sub: id }),
      };
    },
    extraTokenClaims: (_ctx, token) => {
      const service = clients.get(token.clientId ?? '');
      if (service !== undefined) return serviceClaims(service);
      const account = 'accountId' in token ? accounts.get(token.accountId) : undefined;
      return account === undefined ? undefined : claimsOf(account);
    },
    loadExistingGrant: async (ctx) => await grantEverything(provider, ctx),
  });
  return provider;
}

function describeClients(secrets: IssuerSecrets): NonNullable<Configuration['clients']> {
  const services = serviceClients.map(({ id }) => ({
    client_id: id,
    client_secret: secrets.clients[id] ?? '',
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
    scope: CALL_SCOPE,
  }));
  const keyed = keyClients.map(({ id }) => ({
    client_id: id,
    token_endpoint_auth_method: 'private_key_jwt' as const,
    token_endpoint_auth_signing_alg: 'ES256' as const,
    jwks: { keys: [publicOf(secrets.clientKeys[id])] },
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
    scope: CALL_SCOPE,
  }));
  const login = {
    client_id: LOGIN_CLIENT_ID,
    application_type: 'native' as const,
    token_endpoint_auth_method: 'none' as const,
    grant_types: ['authorization_code'],
    response_types: ['code' as const],
    redirect_uris: [LOGIN_REDIRECT_URI],
    scope: `openid email profile ${CALL_SCOPE}`,
  };
  return [...services, ...keyed, login];
}

function publicOf({ d: _private, ...jwk }: JWK = {}): JWK {
  return jwk;
}

function serviceClaims(service: ServiceClient): Record<string, unknown> {
  return { groups: service.groups, ...(service.owner === undefined ? {} : { owner: service.owner }) };
}

function claimsOf(account: UserAccount): Record<string, unknown> {
  return { groups: account.groups, email: account.email };
}

/** A machine's token without an audience would be of no use, so the request is refused with what to add. */
function refuseMissingResource(ctx: KoaContextWithOIDC): [] {
  if (ctx.oidc.params?.['grant_type'] === 'client_credentials') {
    throw new errors.InvalidTarget('add resource=<URL of the connection> to the request (RFC 8707)');
  }
  return [];
}

/** A connection of the gateway, or its API. */
function isConnection(resource: string, origins: readonly string[]): boolean {
  if (!URL.canParse(resource)) return false;
  const url = new URL(resource);
  return (
    origins.includes(url.origin) &&
    /^\/(?:[^/]+\/mcp|api\/v1)$/.test(url.pathname) &&
    url.search === '' &&
    url.hash === ''
  );
}

/** What a token for a connection may be good for: everything, or what its own scopes say. */
function scopesOf(resource: string): string {
  const connection = new URL(resource).pathname.split('/')[1] ?? '';
  return `${CALL_SCOPE} mcp:${connection}:read mcp:${connection}:call`;
}

function exampleOf(options: IssuerOptions): string {
  return `${options.gatewayOrigins[0] ?? 'https://gateway.example.com'}/ops/mcp`;
}

/** Asks for a password and for nothing else. */
function loginOnly(): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  policy.remove('consent');
  return policy;
}

/** Consent is not the dev issuer's subject: whoever has given the password has granted what the client may ask for. */
async function grantEverything(provider: Provider, ctx: KoaContextWithOIDC) {
  const { client, session, params, resourceServers } = ctx.oidc;
  if (client === undefined || session?.accountId === undefined) return undefined;
  const grant = new provider.Grant({ accountId: session.accountId, clientId: client.clientId });
  const scope = typeof params?.['scope'] === 'string' ? params['scope'] : '';
  const asked = scope.split(' ').filter((name) => !name.startsWith('mcp:') && name !== '');
  grant.addOIDCScope(asked.join(' '));
  for (const resource of Object.keys(resourceServers ?? {})) grant.addResourceScope(resource, scopesOf(resource));
  await grant.save();
  return grant;
}
