import { z } from 'zod';
import { httpUrl, text, token } from './values.ts';

const headerValue = z.string().regex(/^[\x20-\x7e]+$/, 'a header value is printable ASCII on one line');
/** What HTTP and MCP say with their own headers is not for a credential to say. */
const reservedHeader =
  /^(host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|accept(-.*)?|content-.*|mcp-.*|last-event-id)$/i;
const headerName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'this is not the name of an HTTP header')
  .refine((text) => !reservedHeader.test(text), 'HTTP and MCP use this header themselves');

const oauthSchema = z
  .strictObject({
    grant: z
      .enum(['client_credentials', 'token_exchange'])
      .default('client_credentials')
      .describe("`token_exchange` turns each caller's token into one for the server (RFC 8693)."),
    tokenEndpoint: httpUrl.describe('By https, unless it is on loopback.'),
    issuer: httpUrl
      .optional()
      .describe('The authorization server, which a signed sign-in is made out to. Default: the token endpoint.'),
    clientId: text,
    clientSecret: token
      .optional()
      .describe('The gateway signs in with it (client_secret_basic); or give a privateKey.'),
    privateKey: text
      .optional()
      .describe('A private JWK, asymmetric; the gateway signs in with private_key_jwt (RFC 7523).'),
    scope: text.optional().describe('Scopes to ask for, separated by blanks.'),
    resource: httpUrl
      .optional()
      .describe("The server's identifier (RFC 8707). Default: its URL, unless an audience is given."),
    audience: text.optional().describe('For authorization servers that name what a token is for in this way.'),
  })
  .describe("How the gateway gets an access token for the server: as itself, or in each caller's name.");

const credentialSchema = z
  .union([
    z.strictObject({ bearer: token }),
    z.strictObject({ header: headerName, value: headerValue }),
    z.strictObject({ oauth: oauthSchema }),
  ])
  .describe('What the gateway shows the server. Callers never see it, and the server never sees their tokens.');

const tlsSchema = z
  .strictObject({
    ca: text.optional().describe('PEM of the only authorities that may vouch for the server.'),
    cert: text.optional().describe("PEM of the gateway's own certificate (mTLS)."),
    key: text.optional().describe("PEM of that certificate's key."),
  })
  .describe('For a server with a private CA, or one that wants a certificate of the gateway.');

const identitySchema = z
  .strictObject({
    header: headerName,
    audience: text.optional().describe('The `aud` of the JWT. Default: the URL of the server.'),
  })
  .describe('Tells the server who calls, as a JWT signed by this gateway; its keys are at /.well-known/jwks.json.');

const upstreamUrl = httpUrl.refine((text) => new URL(text).username === '' && new URL(text).password === '', {
  message: 'a credential does not belong in a URL, which is logged; write it under credential',
  abort: true,
  when: ({ issues }) => issues.length === 0,
});

/** An MCP server: where it is, and how the gateway shows it who it is and for whom it calls. */
export const upstreamSchema = z.strictObject({
  url: upstreamUrl,
  credential: credentialSchema.optional(),
  tls: tlsSchema.optional(),
  identity: identitySchema.optional(),
});
