import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Provider } from 'oidc-provider';
import type { IssuerSecrets } from './issuer-secrets.ts';
import { renderLoginPage } from './login-page.ts';

const formBytesMax = 8 * 1024;

/** The issuer over HTTP: its own endpoints, the login page, and `/livez`. */
export function createIssuerServer(provider: Provider, secrets: IssuerSecrets): Server {
  const handleOidc = provider.callback();
  return createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    if (path === '/livez' || path === '/readyz') {
      response.writeHead(200, { 'content-type': 'text/plain' }).end('ok\n');
    } else if (path.startsWith('/login/')) {
      handleLogin(provider, secrets, request, response).catch(() => {
        sendPage(response, 400, 'This login has ended. Go back to where you came from and start again.');
      });
    } else {
      void handleOidc(request, response);
    }
  });
}

/** Shows the form, and finishes the interaction only for an account whose password was given. */
async function handleLogin(
  provider: Provider,
  secrets: IssuerSecrets,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const details = await provider.interactionDetails(request, response);
  const clientId = typeof details.params['client_id'] === 'string' ? details.params['client_id'] : 'the application';
  if (request.method !== 'POST') {
    sendPage(response, 200, renderLoginPage(details.uid, clientId));
    return;
  }
  const form = new URLSearchParams(await readForm(request));
  const account = (form.get('account') ?? '').trim();
  if (!isPassword(secrets, account, form.get('password') ?? '')) {
    sendPage(response, 401, renderLoginPage(details.uid, clientId, 'Account or password is not right.'));
    return;
  }
  await provider.interactionFinished(request, response, { login: { accountId: account } });
}

function isPassword(secrets: IssuerSecrets, account: string, given: string): boolean {
  const expected = Object.hasOwn(secrets.users, account) ? secrets.users[account] : undefined;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  // Compared even for an unknown account, so that the time taken does not tell which accounts exist.
  const same = timingSafeEqual(digest(given), digest(expected ?? ''));
  return same && expected !== undefined;
}

async function readForm(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > formBytesMax) throw new Error('The login form is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function sendPage(response: ServerResponse, status: number, html: string): void {
  response
    .writeHead(status, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; form-action *; frame-ancestors 'none'",
    })
    .end(html);
}
