import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createRemoteJWKSet,
  exportJWK,
  generateKeyPair,
  importJWK,
  jwtVerify,
  SignJWT,
  type JWK,
  type JWTVerifyResult,
} from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CALL_SCOPE, LOGIN_CLIENT_ID } from '../../infra/dev/issuer/accounts.ts';
import { loadIssuerSecrets, type IssuerSecrets } from '../../infra/dev/issuer/issuer-secrets.ts';
import { createIssuer } from '../../infra/dev/issuer/provider.ts';
import { createIssuerServer } from '../../infra/dev/issuer/server.ts';

const connection = 'http://127.0.0.1:7400/ops/mcp';
const folder = mkdtempSync(join(tmpdir(), 'countersign-issuer-'));
const redirect = 'http://127.0.0.1:51999/callback';
let issuer = '';
let secrets: IssuerSecrets;
let server: Server;

beforeAll(async () => {
  secrets = await loadIssuerSecrets(folder);
  const port = 27_930;
  issuer = `http://127.0.0.1:${String(port)}`;
  const provider = createIssuer({ issuer, gatewayOrigins: [new URL(connection).origin], secrets });
  server = createIssuerServer(provider, secrets);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function requestToken(client: string, form: Record<string, string>, secret = secrets.clients[client] ?? '') {
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${client}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...form }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, string | number | undefined> };
}

async function verify(token: unknown): Promise<JWTVerifyResult> {
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
  return await jwtVerify(String(token), keys, { issuer, audience: connection, typ: 'at+jwt', algorithms: ['RS256'] });
}

describe('client credentials', () => {
  it.each([
    ['ci-deployer', ['deployers'], 'owner-1@example.com'],
    ['ci-reader', ['readers'], undefined],
    ['contractor', ['contractors'], 'sre-2@example.com'],
  ])('gives %s a short-lived JWT for the connection it names', async (client, groups, owner) => {
    const { body } = await requestToken(client, { resource: connection });
    const { payload } = await verify(body['access_token']);
    expect(payload).toMatchObject({ sub: client, groups, aud: connection });
    expect(payload['owner']).toBe(owner);
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(600);
  });

  it.each([
    ['mcp:ops:read', 'mcp:ops:read'],
    ['mcp:ops:read mcp:ops:call', 'mcp:ops:read mcp:ops:call'],
    ['mcp:everything:call mcp:ops:read', 'mcp:ops:read'],
  ])("gives of the scopes %s those of the token's connection", async (scope, granted) => {
    const { body } = await requestToken('ci-deployer', { resource: connection, scope });
    expect((await verify(body['access_token'])).payload['scope']).toBe(granted);
  });

  it('gives a token to a client that signs in with its key, and to nobody who signs with another', async () => {
    const own = secrets.clientKeys['ci-keyed'] ?? {};
    const other = {
      ...(await exportJWK((await generateKeyPair('ES256', { extractable: true })).privateKey)),
      kid: own.kid,
    };
    const statuses = [];
    for (const key of [own, other as JWK]) {
      const assertion = await new SignJWT({ jti: randomBytes(9).toString('hex') })
        .setProtectedHeader({ alg: 'ES256' })
        .setIssuer('ci-keyed')
        .setSubject('ci-keyed')
        .setAudience(issuer)
        .setExpirationTime('1m')
        .sign(await importJWK(key, 'ES256'));
      const response = await fetch(`${issuer}/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          resource: connection,
          client_assertion: assertion,
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        }),
      });
      statuses.push(response.status);
      if (!response.ok) continue;
      const { payload } = await verify(((await response.json()) as { access_token: string }).access_token);
      expect(payload).toMatchObject({ sub: 'ci-keyed', groups: ['deployers'] });
    }
    expect(statuses).toEqual([200, 401]);
  });

  it('puts the scope in the token when it is asked for', async () => {
    const { body } = await requestToken('ci-deployer', { resource: connection, scope: CALL_SCOPE });
    expect((await verify(body['access_token'])).payload['scope']).toBe(CALL_SCOPE);
  });

  it.each([
    ['no resource', {}],
    ["another host's URL", { resource: 'http://gateway.example.com/ops/mcp' }],
    ['an address of the gateway that is no connection', { resource: 'http://127.0.0.1:7400/console' }],
  ])('refuses %s', async (_what, form) => {
    const { status, body } = await requestToken('ci-deployer', form);
    expect([status, body['error']]).toEqual([400, 'invalid_target']);
  });

  it('refuses a wrong secret', async () => {
    const { status, body } = await requestToken('ci-deployer', { resource: connection }, 'wrong');
    expect([status, body['error']]).toEqual([401, 'invalid_client']);
  });
});

/** A browser as far as a login needs one: it keeps cookies and follows redirects within the issuer. */
function openBrowser() {
  const cookies = new Map<string, string>();
  const visit = async (url: string, form?: Record<string, string>): Promise<{ url: string; response: Response }> => {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=');
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location === null) return { url, response };
    const next = new URL(location, url).href;
    return next.startsWith(issuer) ? await visit(next) : { url: next, response };
  };
  return visit;
}

describe('login of a person', () => {
  const verifier = randomBytes(32).toString('base64url');
  const authorize = (change: Record<string, string> = {}): string => {
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const pkce = { code_challenge: challenge, code_challenge_method: 'S256' };
    const asked = { client_id: LOGIN_CLIENT_ID, response_type: 'code', redirect_uri: redirect, state: 'abc' };
    const scope = `openid email ${CALL_SCOPE}`;
    return `${issuer}/auth?${new URLSearchParams({ ...asked, scope, resource: connection, ...pkce, ...change }).toString()}`;
  };

  it('asks for the password, and gives a token with email and groups for the code', async () => {
    const visit = openBrowser();
    const form = await visit(authorize());
    expect(await form.response.text()).toContain('name="password"');
    const done = await visit(form.url, { account: 'sre-1', password: secrets.users['sre-1'] ?? '' });
    const code = new URL(done.url).searchParams.get('code') ?? '';
    const response = await fetch(`${issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: LOGIN_CLIENT_ID,
        code,
        redirect_uri: redirect,
        code_verifier: verifier,
        resource: connection,
      }),
    });
    const body = (await response.json()) as { access_token?: string };
    const { payload } = await verify(body.access_token);
    expect(payload).toMatchObject({ sub: 'sre-1', email: 'sre-1@example.com', groups: ['sre'] });
  });

  it.each([
    ['a wrong password', 'sre-1', 'wrong'],
    ['an unknown account', 'nobody', ''],
    ['a name every object has', 'constructor', ''],
  ])('refuses %s and shows the form again', async (_what, account, password) => {
    const visit = openBrowser();
    const form = await visit(authorize());
    const { response } = await visit(form.url, { account, password });
    expect(response.status).toBe(401);
    expect(await response.text()).toContain('Account or password is not right.');
  });

  it('refuses a client that brings no code challenge', async () => {
    const { url } = await openBrowser()(authorize({ code_challenge: '', code_challenge_method: '' }));
    expect(new URL(url).searchParams.get('error')).toBe('invalid_request');
  });
});

describe('secrets of the issuer', () => {
  it('are the same after a restart, and private', async () => {
    expect(await loadIssuerSecrets(folder)).toEqual(secrets);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  });

  it('made before there were clients with keys stay what they were, and get those keys', async () => {
    const old = mkdtempSync(join(tmpdir(), 'countersign-issuer-'));
    const { clientKeys, ...kept } = secrets;
    writeFileSync(join(old, 'issuer-secrets.json'), JSON.stringify(kept));
    const loaded = await loadIssuerSecrets(old);
    rmSync(old, { recursive: true });
    expect(loaded).toMatchObject(kept);
    expect(Object.keys(loaded.clientKeys)).toEqual(Object.keys(clientKeys));
  });
});
