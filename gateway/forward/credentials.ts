import { hash } from 'node:crypto';
import { decodeJwt } from 'jose';
import type { Logger } from 'pino';
import type { Connection } from '../config/config.ts';
import type { Sender, SignIdentity } from './caller-identity.ts';
import { discard, type Incoming } from './exchange.ts';
import { TokenCache, type AccessToken } from './token-cache.ts';
import { requestToken, TokenRefused, type OauthCredential } from './token-request.ts';

export interface Sending {
  readonly connection: Connection;
  readonly sender: Sender;
  readonly signal: AbortSignal;
}

/** The server was not asked, or refused to be asked in this gateway's name. Nothing ran. */
export class CredentialFailure extends Error {}

export interface CredentialParts {
  readonly now: () => Date;
  readonly fetch: typeof globalThis.fetch;
  readonly signIdentity: SignIdentity;
  readonly log: Logger;
}

const whomItself = '';

/** How the gateway shows MCP servers who it is and for whom it calls. The caller's token is never among it. */
export class UpstreamCredentials {
  readonly #parts: CredentialParts;
  /** By the very object of the configuration, so that a new configuration begins with none. */
  readonly #caches = new WeakMap<OauthCredential, TokenCache>();

  constructor(parts: CredentialParts) {
    this.#parts = parts;
  }

  /**
   * Sends once, with the headers of the connection's credential. A server that refuses an access token (401) has run
   * nothing, so it is asked once more with a new one. Throws CredentialFailure.
   */
  async authorize<A extends Incoming>(
    sending: Sending,
    send: (headers: Record<string, string>) => Promise<A>,
  ): Promise<A> {
    const { connection, sender, signal } = sending;
    const { credential } = connection.upstream;
    const identity = await this.#identityOf(sending);
    if (credential === undefined || !('oauth' in credential)) {
      return this.#accepted(connection, await send({ ...fixedHeaders(credential), ...identity }));
    }
    const withToken = async () => {
      const token = await beforeAbort(signal, () => this.#tokenFor(sending, credential.oauth));
      return { token, answer: await send({ authorization: `Bearer ${token.value}`, ...identity }) };
    };
    const first = await withToken();
    if (first.answer.status !== 401) return first.answer;
    discard(first.answer);
    await this.#cacheOf(credential.oauth).forget(whomFor(credential.oauth, sender), first.token.value);
    return this.#accepted(connection, (await withToken()).answer);
  }

  /** A 401 is between the gateway and the server: passed on, it would send the caller to fetch a token that it has. */
  async #accepted<A extends Incoming>(connection: Connection, answer: A): Promise<A> {
    if (answer.status !== 401) return answer;
    discard(answer);
    this.#parts.log.warn({ connection: connection.name }, "the server refuses this connection's credential");
    throw new CredentialFailure("the server refuses this connection's credential");
  }

  async #tokenFor({ connection, sender }: Sending, oauth: OauthCredential): Promise<AccessToken> {
    const { name, upstream } = connection;
    const subject = oauth.grant === 'token_exchange' ? bearerOf(sender) : undefined;
    try {
      return await this.#cacheOf(oauth).get(whomFor(oauth, sender), async () =>
        endingWith(subject, await requestToken(this.#parts, oauth, upstream.url, subject)),
      );
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error;
      this.#parts.log.warn({ connection: name, reason: error.message }, 'there is no access token for the server');
      throw new CredentialFailure(error.message, { cause: error });
    }
  }

  #cacheOf(oauth: OauthCredential): TokenCache {
    const known = this.#caches.get(oauth) ?? new TokenCache(this.#parts.now);
    this.#caches.set(oauth, known);
    return known;
  }

  async #identityOf({ connection, sender }: Sending): Promise<Record<string, string>> {
    const { identity } = connection.upstream;
    if (identity === undefined) return {};
    return { [identity.header.toLowerCase()]: await this.#parts.signIdentity(connection, sender) };
  }
}

function fixedHeaders(credential: Connection['upstream']['credential']): Record<string, string> {
  if (credential === undefined || 'oauth' in credential) return {};
  if ('bearer' in credential) return { authorization: `Bearer ${credential.bearer}` };
  return { [credential.header.toLowerCase()]: credential.value };
}

/** An exchanged token belongs to the one token it was exchanged for; another of the same caller may say less. */
function whomFor(oauth: OauthCredential, sender: Sender): string {
  return oauth.grant === 'token_exchange' ? hash('sha256', bearerOf(sender), 'base64') : whomItself;
}

/** `authenticate/` has let in bearer tokens only. */
function bearerOf({ headers: { authorization } }: Sender): string {
  const [, token] = /^Bearer (\S+)$/i.exec(typeof authorization === 'string' ? authorization : '') ?? [];
  if (token === undefined) throw new CredentialFailure('the caller has no token that could be exchanged');
  return token;
}

/** What was exchanged for a token is not used after that token has expired. */
function endingWith(subject: string | undefined, token: AccessToken): AccessToken {
  const { exp } = subject === undefined ? {} : decodeJwt(subject);
  return exp === undefined ? token : { ...token, usableUntilMs: Math.min(token.usableUntilMs, exp * 1_000) };
}

/** A token that others wait for as well is not given up because one of them no longer does. */
async function beforeAbort<T>(signal: AbortSignal, get: () => Promise<T>): Promise<T> {
  const ended = (): CredentialFailure => new CredentialFailure('the call ended before there was an access token');
  if (signal.aborted) throw ended();
  let abort = (): void => undefined;
  const gone = new Promise<never>((_resolve, reject) => {
    abort = () => reject(ended());
  });
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([get(), gone]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
