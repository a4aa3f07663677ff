import { readFileSync, rmSync } from 'node:fs';
import type { JWK } from 'jose';
import { writePrivately } from './secrets.ts';

/**
 * `world.json`: where everything of a running dev world is. Written when all is ready, removed on stop, mode 0600.
 * Probes and scripts rely on its shape (interfaces.md, section 2): extend it freely, change nothing.
 */
export interface WorldFile {
  readonly gateway: { readonly url: string; readonly instances: readonly GatewayInstance[] };
  /** Connection name → the URL callers use. */
  readonly connections: Readonly<Record<string, string>>;
  readonly issuer: IssuerEntry;
  readonly slackSim: {
    readonly url: string;
    readonly channel: string;
    readonly users: Readonly<Record<string, string>>;
  };
  readonly temporal: { readonly address: string; readonly namespace: string; readonly ui: string };
  /** The whole database, as its administrator. */
  readonly postgres: { readonly url: string };
  /** The sample server behind connection `ops`, for tests that must know what reached it. */
  readonly ops: { readonly url: string; readonly executions: string };
  readonly pids: Readonly<Record<ProgramGroup, readonly number[]>>;
  readonly logs: string;
}

export interface GatewayInstance {
  readonly id: string;
  readonly url: string;
  readonly pid: number;
}

export interface IssuerEntry {
  readonly url: string;
  readonly tokenEndpoint: string;
  readonly authorizationEndpoint: string;
  readonly clients: Readonly<Record<string, { readonly id: string; readonly secret: string; readonly scope: string }>>;
  /** Clients that sign in with a private key (private_key_jwt), and their keys as JWK. */
  readonly keyClients: Readonly<Record<string, { readonly id: string; readonly key: JWK }>>;
  readonly users: Readonly<Record<string, { readonly password: string; readonly groups: readonly string[] }>>;
  /** The public client people log in with (authorization code, PKCE; any loopback port). */
  readonly login: { readonly id: string; readonly redirectUri: string };
}

export const programGroups = [
  'gateway',
  'worker',
  'slackApp',
  'signer',
  'slackSim',
  'temporal',
  'postgres',
  'issuer',
  'ops',
  'everything',
] as const;
export type ProgramGroup = (typeof programGroups)[number];

export function writeWorldFile(path: string, file: WorldFile): void {
  writePrivately(path, `${JSON.stringify(file, undefined, 2)}\n`);
}

export function readWorldFile(path: string): WorldFile {
  return JSON.parse(readFileSync(path, 'utf8')) as WorldFile;
}

export function removeWorldFile(path: string): void {
  rmSync(path, { force: true });
}
