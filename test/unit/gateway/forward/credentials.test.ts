import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Connection } from '../../../../gateway/config/config.ts';
import { UpstreamCredentials } from '../../../../gateway/forward/credentials.ts';
import { Upstreams } from '../../../../gateway/forward/upstream.ts';
import { findFreePort } from '../../../support/free-port.ts';

type Credential = NonNullable<Connection['upstream']['credential']>;

/** What reached the MCP server and the token endpoint, and what these answer. */
let asked: IncomingHttpHeaders[] = [];
let tokenRequests: { headers: IncomingHttpHeaders; form: URLSearchParams }[] = [];
let accepts: (headers: IncomingHttpHeaders) => boolean;
let answerToken: () => { status?: number; body: unknown };
let server: Server;
let base: string;
const logged: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.url === '/token') {
        tokenRequests.push({ headers: request.headers, form: new URLSearchParams(Buffer.concat(chunks).toString()) });
        const { status = 200, body } = answerToken();
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
        return;
      }
      asked.push(request.headers);
      const status = accepts(request.headers) ? 200 : 401;
      response.writeHead(status, { 'content-type': 'application/json', 'www-authenticate': 'Bearer' }).end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

beforeEach(() => {
  asked = [];
  tokenRequests = [];
  logged.length = 0;
  accepts = () => true;
  answerToken = () => ({
    body: { access_token: `minted-${tokenRequests.length}`, token_type: 'Bearer', expires_in: 3_600 },
  });
});

const callerToken = (claims: Record<string, unknown> = {}): Promise<string> =>
  new SignJWT({ sub: 'ci', exp: 4_000_000_000, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(Buffer.alloc(32, 1));

/** A gateway's way to one server. `send` is a call of the caller with this token. */
function gateway(credential: Credential | undefined, upstream: Partial<Connection['upstream']> = {}) {
  let nowMs = Date.parse('2026-01-01T00:00:00Z');
  const credentials = new UpstreamCredentials({
    now: () => new Date(nowMs),
    fetch,
    signIdentity: () => Promise.resolve('signed-identity'),
    log: pino({ level: 'warn' }, { write: (line) => void logged.push(line) }),
  });
  const upstreams = new Upstreams(credentials);
  const connection = {
    name: 'ops',
    upstream: { url: `${base}/mcp`, ...(credential === undefined ? {} : { credential }), ...upstream },
  } as Connection;
  const caller = { issuer: 'i', subject: 's', groups: [], actors: [] };
  const send = async (token: string, signal = AbortSignal.timeout(5_000), headers: Record<string, string> = {}) => {
    const sent = { authorization: `Bearer ${token}`, ...headers };
    const sender = { callId: 'call_1', caller, headers: sent };
    return upstreams.send({ connection, method: 'POST', headers: sent, body: Buffer.from('{}'), signal, sender });
  };
  return { send, pass: (ms: number) => (nowMs += ms) };
}

const oauth = (changes: Record<string, unknown> = {}): Credential => ({
  oauth: {
    grant: 'client_credentials',
    tokenEndpoint: `${base}/token`,
    clientId: 'gateway:1',
    clientSecret: 'se%cret',
    ...changes,
  },
});

describe('a fixed credential', () => {
  test.each<[Credential | undefined, Record<string, string | undefined>]>([
    [{ bearer: 'own' }, { authorization: 'Bearer own' }],
    [
      { header: 'X-Key', value: 'own' },
      { 'x-key': 'own', authorization: undefined },
    ],
    [undefined, { authorization: undefined }],
  ])("%j is all the server sees; the caller's token is not", async (credential, expected) => {
    await gateway(credential).send(await callerToken());
    expect(asked).toHaveLength(1);
    for (const [name, value] of Object.entries(expected)) expect(asked[0]?.[name]).toBe(value);
  });

  test('that the server refuses ends the call: its 401 would send the caller for a token it has', async () => {
    accepts = () => false;
    await expect(gateway({ bearer: 'own' }).send(await callerToken())).rejects.toMatchObject({ kind: 'nothing_sent' });
    expect(asked).toHaveLength(1);
    expect(logged.join()).toContain('refuses');
  });
});

describe('a token of client credentials', () => {
  test('is got with the secret, for the server, and used until shortly before it expires', async () => {
    const { send, pass } = gateway(oauth({ scope: 'tools' }));
    const token = await callerToken();
    await Promise.all([send(token), send(token)]);
    pass(3_569_000);
    await send(token);
    expect(tokenRequests).toHaveLength(1);
    expect(Object.fromEntries(tokenRequests[0]?.form ?? [])).toEqual({
      grant_type: 'client_credentials',
      resource: `${base}/mcp`,
      scope: 'tools',
    });
    const basic = Buffer.from('gateway%3A1:se%25cret').toString('base64');
    expect(tokenRequests[0]?.headers.authorization).toBe(`Basic ${basic}`);
    expect(asked.map(({ authorization }) => authorization)).toEqual(Array(3).fill('Bearer minted-1'));
    pass(2_000);
    await send(token);
    expect(asked.at(-1)?.authorization).toBe('Bearer minted-2');
  });

  test.each([
    [{ audience: 'ops' }, { audience: 'ops' }],
    [
      { audience: 'ops', resource: 'https://ops.example.com' },
      { audience: 'ops', resource: 'https://ops.example.com' },
    ],
  ])('for %j is asked for as such', async (changes, expected) => {
    await gateway(oauth(changes)).send(await callerToken());
    expect(Object.fromEntries(tokenRequests[0]?.form ?? [])).toEqual({ grant_type: 'client_credentials', ...expected });
  });

  test.each(['ES256', 'RS256', 'EdDSA'])('is got with a private key (%s), and a statement signed once', async (alg) => {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    const { alg: _none, ...jwk } = await exportJWK(privateKey);
    const keyed = { clientSecret: undefined, privateKey: JSON.stringify({ ...jwk, kid: 'k1' }), issuer: 'https://as' };
    await gateway(oauth(keyed)).send(await callerToken());
    const { headers, form } = tokenRequests[0] ?? { form: new URLSearchParams() };
    expect(headers?.authorization).toBeUndefined();
    expect(form.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k1' }] });
    const { payload } = await jwtVerify(form.get('client_assertion') ?? '', keys, { audience: 'https://as' });
    expect(payload).toMatchObject({ iss: 'gateway:1', sub: 'gateway:1', jti: expect.any(String) });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBeLessThanOrEqual(60);
  });

  test('that the server refuses is renewed once, and the message sent again', async () => {
    const { send } = gateway(oauth());
    const token = await callerToken();
    await send(token);
    accepts = ({ authorization }) => authorization === 'Bearer minted-2';
    const answer = await send(token);
    expect([answer.status, asked.length, tokenRequests.length]).toEqual([200, 3, 2]);
  });

  test('that the server refuses twice ends the call', async () => {
    accepts = () => false;
    await expect(gateway(oauth()).send(await callerToken())).rejects.toMatchObject({ kind: 'nothing_sent' });
    expect([asked.length, tokenRequests.length]).toEqual([2, 2]);
  });

  test.each<[string, () => { status?: number; body: unknown }, string]>([
    [
      'is refused',
      () => ({ status: 401, body: { error: 'invalid_client', error_description: 'canary' } }),
      'invalid_client',
    ],
    ['is down', () => ({ status: 503, body: 'canary' }), 'gave no token'],
    ['answers without a token', () => ({ body: { token_type: 'Bearer', canary: 1 } }), 'gave no token'],
    ['gives one of another type', () => ({ body: { access_token: 'canary', token_type: 'DPoP' } }), 'type'],
  ])('that %s leaves the server unasked, and the log says why', async (_what, answer, reason) => {
    answerToken = answer;
    const token = await callerToken();
    const sent = gateway(oauth()).send(token);
    await expect(sent).rejects.toMatchObject({ kind: 'nothing_sent', message: expect.stringContaining(reason) });
    expect(asked).toEqual([]);
    expect(logged.join()).toContain(reason);
    for (const secret of ['canary', 'se%cret', token]) expect(logged.join()).not.toContain(secret);
  });

  test('that nobody can be asked for leaves the server unasked', async () => {
    const tokenEndpoint = `http://127.0.0.1:${await findFreePort()}/token`;
    const sent = gateway(oauth({ tokenEndpoint })).send(await callerToken());
    await expect(sent).rejects.toMatchObject({
      kind: 'nothing_sent',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    expect(asked).toEqual([]);
  });

  test('is not waited for by a call that ends meanwhile, which then has not run', async () => {
    const { send } = gateway(oauth());
    const end = new AbortController();
    const token = await callerToken();
    answerToken = () => {
      end.abort();
      return { body: { access_token: 'late', token_type: 'Bearer' } };
    };
    await expect(send(token, end.signal)).rejects.toMatchObject({ kind: 'nothing_sent' });
    await expect(send(token, end.signal)).rejects.toMatchObject({ kind: 'nothing_sent' });
    expect([asked.length, tokenRequests.length]).toEqual([0, 1]);
  });
});

describe('an exchanged token', () => {
  const exchange = (changes = {}) => gateway(oauth({ grant: 'token_exchange', ...changes }));

  test("is got for the caller's own, which goes to the token endpoint and no further", async () => {
    const token = await callerToken();
    await exchange().send(token);
    expect(Object.fromEntries(tokenRequests[0]?.form ?? [])).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      resource: `${base}/mcp`,
    });
    expect(JSON.stringify(asked)).not.toContain(token);
    expect(asked[0]?.authorization).toBe('Bearer minted-1');
  });

  test('is kept for the token it was exchanged for, and for no other one', async () => {
    const { send } = exchange();
    const [first, second] = [await callerToken(), await callerToken({ scope: 'less' })];
    for (const token of [first, second, first]) await send(token);
    expect(asked.map(({ authorization }) => authorization)).toEqual([
      'Bearer minted-1',
      'Bearer minted-2',
      'Bearer minted-1',
    ]);
  });

  test('is not used after the token it was exchanged for has expired', async () => {
    const { send, pass } = exchange();
    const token = await callerToken({ exp: Date.parse('2026-01-01T00:00:00Z') / 1_000 + 60 });
    await send(token);
    pass(61_000);
    await send(token);
    expect(tokenRequests).toHaveLength(2);
  });

  test('that is refused leaves the server unasked', async () => {
    answerToken = () => ({ status: 400, body: { error: 'invalid_target' } });
    await expect(exchange().send(await callerToken())).rejects.toMatchObject({ kind: 'nothing_sent' });
    expect(asked).toEqual([]);
  });
});

describe('who calls', () => {
  test("is told under the header of the configuration, whatever the caller's says", async () => {
    const { send } = gateway({ bearer: 'own' }, { identity: { header: 'X-Caller-Identity' } });
    await send(await callerToken(), undefined, { 'x-caller-identity': 'forged' });
    expect(asked[0]).toMatchObject({ 'x-caller-identity': 'signed-identity', authorization: 'Bearer own' });
  });

  test('is told to nobody else, and no word of the caller passes for it', async () => {
    await gateway({ bearer: 'own' }).send(await callerToken(), undefined, { 'x-caller-identity': 'forged' });
    expect(asked[0]).not.toHaveProperty('x-caller-identity');
  });
});
