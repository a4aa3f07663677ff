import { randomBytes } from 'node:crypto';
import { readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { writePrivately } from '../secrets.ts';
import { keyClients, serviceClients, userAccounts } from './accounts.ts';

/** Keys and secrets of one dev issuer, made once and kept in its data folder. */
export interface IssuerSecrets {
  /** Private signing keys. */
  readonly jwks: { readonly keys: readonly JWK[] };
  readonly cookieKeys: readonly string[];
  /** Client id → secret. */
  readonly clients: Readonly<Record<string, string>>;
  /** Client id → private ES256 key, for clients that sign in with one. */
  readonly clientKeys: Readonly<Record<string, JWK>>;
  /** Account → password. */
  readonly users: Readonly<Record<string, string>>;
}

const secretBytes = 24;
const passwordBytes = 9;

/** Reads the secrets in `folder`, and makes those that are missing. */
export async function loadIssuerSecrets(folder: string): Promise<IssuerSecrets> {
  const path = join(folder, 'issuer-secrets.json');
  const kept = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Partial<IssuerSecrets>) : {};
  const complete = kept.clientKeys !== undefined && serviceClients.every(({ id }) => kept.clients?.[id] !== undefined);
  if (!complete) {
    const made = await makeSecrets();
    writePrivately(path, JSON.stringify({ ...made, ...kept, clients: { ...made.clients, ...kept.clients } }));
  }
  return JSON.parse(readFileSync(path, 'utf8')) as IssuerSecrets;
}

async function makeSecrets(): Promise<IssuerSecrets> {
  const clientKeys = await Promise.all(keyClients.map(async ({ id }) => [id, await makeKey('ES256')] as const));
  const random = (bytes: number) => randomBytes(bytes).toString('base64url');
  return {
    jwks: { keys: [await makeKey('RS256')] },
    cookieKeys: [random(secretBytes)],
    clients: Object.fromEntries(serviceClients.map(({ id }) => [id, random(secretBytes)])),
    clientKeys: Object.fromEntries(clientKeys),
    users: Object.fromEntries(userAccounts.map(({ id }) => [id, random(passwordBytes)])),
  };
}

async function makeKey(alg: 'RS256' | 'ES256'): Promise<JWK> {
  const pair = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(pair.privateKey);
  return { ...jwk, alg, use: 'sig', kid: await calculateJwkThumbprint(jwk) };
}
