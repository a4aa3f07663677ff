import { randomBytes } from 'node:crypto';
import { readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { writePrivately } from '../secrets.ts';
import { serviceClients, userAccounts } from './accounts.ts';

/** Keys and secrets of one dev issuer, made once and kept in its data folder. */
export interface IssuerSecrets {
  /** Private signing keys. */
  readonly jwks: { readonly keys: readonly JWK[] };
  readonly cookieKeys: readonly string[];
  /** Client id → secret. */
  readonly clients: Readonly<Record<string, string>>;
  /** Account → password. */
  readonly users: Readonly<Record<string, string>>;
}

const secretBytes = 24;
const passwordBytes = 9;

/** Reads the secrets in `folder`, or makes them. */
export async function loadIssuerSecrets(folder: string): Promise<IssuerSecrets> {
  const path = join(folder, 'issuer-secrets.json');
  if (!existsSync(path)) writePrivately(path, JSON.stringify(await makeSecrets()));
  return JSON.parse(readFileSync(path, 'utf8')) as IssuerSecrets;
}

async function makeSecrets(): Promise<IssuerSecrets> {
  const pair = await generateKeyPair('RS256', { extractable: true });
  const jwk = await exportJWK(pair.privateKey);
  const named: JWK = { ...jwk, alg: 'RS256', use: 'sig', kid: await calculateJwkThumbprint(jwk) };
  const random = (bytes: number) => randomBytes(bytes).toString('base64url');
  return {
    jwks: { keys: [named] },
    cookieKeys: [random(secretBytes)],
    clients: Object.fromEntries(serviceClients.map(({ id }) => [id, random(secretBytes)])),
    users: Object.fromEntries(userAccounts.map(({ id }) => [id, random(passwordBytes)])),
  };
}
