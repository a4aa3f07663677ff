import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';

/** Secrets of one dev world: made once in its home folder, mode 0600, of no use elsewhere. */
export interface WorldSecrets {
  readonly postgresPassword: string;
  readonly appPassword: string;
  readonly opsPassword: string;
  readonly opsSqlPassword: string;
  readonly opsToken: string;
  readonly slackBotToken: string;
  readonly slackSigningSecret: string;
}

export interface SecretFiles {
  /** Base64 of the 32-byte root key of the ledger's bodies. */
  readonly rootKey: string;
  /** Private Ed25519 JWK that signs decisions (RFC 8037). */
  readonly decisionSigningKey: string;
  /** Public JWKS that verifies them. */
  readonly decisionKeys: string;
}

const secretBytes = 24;
const rootKeyBytes = 32;

export function loadWorldSecrets(folder: string): WorldSecrets {
  const random = () => randomBytes(secretBytes).toString('hex');
  const made = readOrCreate(join(folder, 'world.json'), () =>
    JSON.stringify({
      postgresPassword: random(),
      appPassword: random(),
      opsPassword: random(),
      opsSqlPassword: random(),
      opsToken: random(),
      // Bolt and the stand-in expect the shape of a bot token; no live token looks like this one.
      slackBotToken: ['xoxb', 'dev', random()].join('-'),
      slackSigningSecret: randomBytes(16).toString('hex'),
    } satisfies WorldSecrets),
  );
  return JSON.parse(made) as WorldSecrets;
}

/** Makes the key files that are missing and returns where all of them are. */
export async function ensureKeyFiles(folder: string): Promise<SecretFiles> {
  const files = {
    rootKey: join(folder, 'root-key'),
    decisionSigningKey: join(folder, 'decision-signing-key.json'),
    decisionKeys: join(folder, 'decision-keys.json'),
  };
  readOrCreate(files.rootKey, () => randomBytes(rootKeyBytes).toString('base64'));
  if (!existsSync(files.decisionSigningKey) || !existsSync(files.decisionKeys)) {
    const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    const publicJwk = await exportJWK(pair.publicKey);
    const named = { kid: await calculateJwkThumbprint(publicJwk), alg: 'EdDSA', use: 'sig' };
    writePrivately(files.decisionSigningKey, JSON.stringify({ ...(await exportJWK(pair.privateKey)), ...named }));
    writePrivately(files.decisionKeys, JSON.stringify({ keys: [{ ...publicJwk, ...named }] }));
  }
  return files;
}

/** The content of a file, which `make` provides the first time. */
function readOrCreate(path: string, make: () => string): string {
  if (!existsSync(path)) writePrivately(path, make());
  return readFileSync(path, 'utf8');
}

/** Writes whole or not at all, readable by the owner only. */
export function writePrivately(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${String(process.pid)}.tmp`;
  writeFileSync(draft, content, { mode: 0o600 });
  renameSync(draft, path);
}
