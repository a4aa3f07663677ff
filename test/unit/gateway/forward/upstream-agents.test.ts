import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Connection } from '../../../../gateway/config/config.ts';
import { UpstreamCredentials } from '../../../../gateway/forward/credentials.ts';
import { UpstreamAgents } from '../../../../gateway/forward/upstream-agents.ts';
import { Upstreams } from '../../../../gateway/forward/upstream.ts';
import { createAuthority } from '../../../support/certificates.ts';

type Tls = NonNullable<Connection['upstream']['tls']>;

const servers = createAuthority('servers');
const clients = createAuthority('clients');
const own = clients.issue('gateway-1');
let server: Server;
let url: string;
let peers: unknown[] = [];

beforeAll(async () => {
  const tls = { ...servers.issue('ops'), ca: clients.cert, requestCert: true, rejectUnauthorized: true };
  server = createServer(tls, ({ socket }, response) => {
    peers.push(socket instanceof TLSSocket ? socket.getPeerCertificate().subject.CN : undefined);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `https://localhost:${(server.address() as AddressInfo).port}/mcp`;
});
afterAll(() => server.close());

let upstreams: Upstreams;
beforeEach(() => {
  peers = [];
  upstreams = new Upstreams(
    new UpstreamCredentials({
      now: () => new Date(),
      fetch,
      signIdentity: () => Promise.resolve(''),
      log: pino({ level: 'silent' }),
    }),
  );
});
afterEach(() => upstreams.close());

function send(tls: Tls | undefined) {
  const connection = { name: 'ops', upstream: { url, ...(tls === undefined ? {} : { tls }) } } as Connection;
  const caller = { issuer: 'i', subject: 's', groups: [], actors: [] };
  return upstreams.send({
    connection,
    method: 'POST',
    headers: {},
    body: Buffer.from('{}'),
    signal: AbortSignal.timeout(5_000),
    sender: { callId: 'call_1', caller, headers: {} },
  });
}

describe('a server that wants a certificate', () => {
  test("is shown the connection's own, and believed by the connection's CA", async () => {
    expect((await send({ ca: servers.cert, ...own })).status).toBe(200);
    expect(peers).toEqual(['gateway-1']);
  });

  test('sees the new one as soon as the configuration has it', async () => {
    await send({ ca: servers.cert, ...own });
    await send({ ca: servers.cert, ...clients.issue('gateway-2') });
    expect(peers).toEqual(['gateway-1', 'gateway-2']);
  });

  test.each<[string, () => Tls | undefined]>([
    ['is not believed without its CA', () => own],
    ['is not believed by another CA of the same name', () => ({ ca: createAuthority('servers').cert, ...own })],
    ['is not believed by the settings of no connection', () => undefined],
  ])('%s; then nothing was sent', async (_what, tls) => {
    await expect(send(tls())).rejects.toMatchObject({ kind: 'nothing_sent' });
    expect(peers).toEqual([]);
  });

  test.each<[string, () => Tls]>([
    ['no certificate', () => ({ ca: servers.cert })],
    ['a certificate of another CA', () => ({ ca: servers.cert, ...createAuthority('clients').issue('x') })],
  ])('refuses a gateway that has %s', async (_what, tls) => {
    await expect(send(tls())).rejects.toMatchObject({ name: 'Error', kind: 'interrupted' });
    expect(peers).toEqual([]);
  });
});

describe('the sockets of connections', () => {
  const connection = (name: string, tls?: Tls) => ({ name, upstream: { url, ...(tls && { tls }) } }) as Connection;

  test('are shared, except where a connection has certificates of its own', async () => {
    const agents = new UpstreamAgents();
    const certified = agents.agentFor(connection('a', { ...own }));
    expect(agents.agentFor(connection('b'))).toBe(agents.agentFor(connection('c')));
    expect(certified).not.toBe(agents.agentFor(connection('b')));
    expect(agents.agentFor(connection('a', { ...own }))).toBe(certified);
    expect(agents.agentFor(connection('d', { ...own }))).not.toBe(certified);
    await agents.close();
    expect(certified.closed).toBe(true);
  });
});
