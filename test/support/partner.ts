import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRemoteJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';

/** What an authorization server was asked for, and by whom. */
export interface TokenRequest {
  readonly client: string | undefined;
  readonly form: URLSearchParams;
}

export interface Partner {
  /** Its identifier as an issuer. */
  readonly url: string;
  readonly tokenEndpoint: string;
  readonly tokenRequests: readonly TokenRequest[];
  /** A token such as a CI system gives its jobs; `claims` are added to it. */
  sign(claims: Record<string, unknown>): Promise<string>;
  /** Answers all token requests with this status, and no token, until it is undefined again. */
  failWith(status: number | undefined): void;
  close(): void;
}

/**
 * A second issuer, and an authorization server that exchanges tokens of the first one (RFC 8693): it verifies what it is
 * given, and answers with a token that names whom it is for.
 */
export async function startPartner(trustedIssuer: string): Promise<Partner> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'partner', alg: 'ES256' };
  const trusted = createRemoteJWKSet(new URL(`${trustedIssuer}/jwks`));
  const tokenRequests: TokenRequest[] = [];
  let failure: number | undefined;
  const exchange = async (request: TokenRequest) => {
    tokenRequests.push(request);
    if (failure !== undefined) return { status: failure, body: {} };
    const subject = await jwtVerify(request.form.get('subject_token') ?? '', trusted, { issuer: trustedIssuer });
    const token = `exchanged-for-${subject.payload.sub ?? ''}`;
    const type = 'urn:ietf:params:oauth:token-type:access_token';
    return {
      status: 200,
      body: { access_token: token, issued_token_type: type, token_type: 'Bearer', expires_in: 300 },
    };
  };
  const { url, server } = await listen((request, response) => {
    const answer = (status: number, body: unknown): void =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.url === '/jwks') return answer(200, { keys: [jwk] });
    if (request.url !== '/token') return answer(404, {});
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      exchange({ client: clientOf(request.headers), form }).then(
        ({ status, body }) => answer(status, body),
        () => answer(400, { error: 'invalid_request' }),
      );
    });
  });
  return {
    url,
    tokenEndpoint: `${url}/token`,
    tokenRequests,
    sign: (claims) =>
      new SignJWT({ iss: url, ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'partner', typ: 'JWT' })
        .setIssuedAt()
        .setExpirationTime('5m')
        .sign(privateKey),
    failWith: (status) => void (failure = status),
    close: () => server.close(),
  };
}

export interface GuardedServer {
  readonly url: string;
  /** Headers of every message that reached it, in order. */
  readonly asked: readonly IncomingHttpHeaders[];
  /** Refuses with 401 what `accepts` refuses. */
  guard(accepts: (headers: IncomingHttpHeaders) => Promise<boolean>): void;
  close(): void;
}

/** An MCP server that answers every request alike, and looks at nothing but who asks. */
export async function startGuardedServer(): Promise<GuardedServer> {
  const asked: IncomingHttpHeaders[] = [];
  let accepts = (_headers: IncomingHttpHeaders): Promise<boolean> => Promise.resolve(true);
  const { url, server } = await listen((request, response) => {
    asked.push(request.headers);
    void accepts(request.headers).then((accepted) => {
      if (!accepted) return response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end();
      const body = { jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text: 'it ran' }] } };
      return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  return {
    url: `${url}/mcp`,
    asked,
    guard: (next) => void (accepts = next),
    close: () => server.close(),
  };
}

async function listen(handle: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createServer(handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

/** Name and secret of a client by HTTP Basic, whose every part is form-encoded (RFC 6749 section 2.3.1). */
function clientOf({ authorization = '' }: IncomingHttpHeaders): string | undefined {
  const [, encoded] = /^Basic (\S+)$/.exec(authorization) ?? [];
  return encoded === undefined ? undefined : decodeURIComponent(Buffer.from(encoded, 'base64').toString());
}
