import type { WorldFile } from './world-file.ts';

/** What a token is for that is not for a connection: the gateway's own API. */
const API = 'api';

/**
 * Gets an access token for one connection, or for the API by the name `api`, as a client of the dev issuer (RFC 6749
 * section 4.4, RFC 8707).
 */
export async function fetchAccessToken(world: WorldFile, client: string, connection: string): Promise<string> {
  const known = world.issuer.clients[client];
  const resource = connection === API ? `${world.gateway.url}/api/v1` : world.connections[connection];
  if (known === undefined || resource === undefined) {
    throw new Error(`The world has no client "${client}" or no connection "${connection}".`);
  }
  const response = await fetch(world.issuer.tokenEndpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${known.id}:${known.secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource, scope: known.scope }),
  });
  const answer = (await response.json()) as { access_token?: string; error_description?: string };
  if (answer.access_token === undefined) {
    throw new Error(`The issuer gave no token: ${answer.error_description ?? String(response.status)}`);
  }
  return answer.access_token;
}
