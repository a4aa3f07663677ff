import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { startWorld, type World } from '../../infra/dev/world.ts';
import { eventually } from '../support/eventually.ts';
import { approveEverything } from './approver.ts';

/** The whole product with connections that any caller on this machine may use. */
export interface Gateway {
  /** Adds a connection while the gateway runs, and returns the URL callers use once the gateway knows it. */
  readonly connect: (upstream: string, options: ConnectionOptions) => Promise<string>;
  /** Resolves when no call waits for a decision. */
  readonly untilDecided: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface ConnectionOptions {
  /** A person must approve every tool call, and one does at once. */
  readonly approved: boolean;
}

interface Connection extends ConnectionOptions {
  readonly name: string;
  readonly upstream: string;
}

const portBase = 18_400;
const subject = 'conformance';

/** Starts every program of the product, each in its own process, with recording and masking as they always are. */
export async function startGateway(say: (line: string) => void, signal: AbortSignal): Promise<Gateway> {
  const home = mkdtempSync(join(tmpdir(), 'countersign-conformance-'));
  const configFile = join(home, 'conformance.yaml');
  const connections: Connection[] = [];
  writeFileSync(configFile, describeConfig(connections));
  let world: World;
  try {
    world = await startWorld({
      portBase,
      home,
      configFile,
      signal,
      onProgress: (progress) => {
        if (progress.kind === 'note') say(`  ${progress.text}`);
        if (progress.kind === 'crashed') say(`  ! ${progress.name}: ${progress.text}`);
      },
    });
  } catch (error) {
    rmSync(home, { recursive: true, force: true });
    throw error;
  }
  const approver = approveEverything(world.file());
  const { url } = world.file().gateway;
  return {
    connect: async (upstream, options) => {
      const name = `c${String(connections.length + 1)}`;
      connections.push({ name, upstream, ...options });
      writeFileSync(configFile, describeConfig(connections));
      await eventually(`the gateway knows connection ${name}`, async () => {
        const metadata = await fetch(`${url}/.well-known/oauth-protected-resource/${name}/mcp`);
        return metadata.ok ? true : undefined;
      });
      return `${url}/${name}/mcp`;
    },
    untilDecided: approver.untilDecided,
    stop: async () => {
      await approver.stop();
      await world.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Written by hand a file like this would be YAML; this is the same. */
function describeConfig(connections: readonly Connection[]): string {
  const approved = connections.filter((connection) => connection.approved);
  return stringify({
    version: 1,
    connections: connections.map(({ name, upstream }) => ({
      name,
      upstream: { url: upstream },
      anonymousAs: subject,
      serverRequests: { sampling: 'allow', elicitation: 'allow', roots: 'allow' },
    })),
    rules:
      connections.length === 0
        ? []
        : [
            {
              id: 'conformance-is-open',
              match: { connection: connections.map(({ name }) => name), method: '*', claims: { subject } },
              decision: 'allow',
            },
            ...approved.map(({ name }) => ({
              id: `${name}-needs-approval`,
              match: { connection: name, method: 'tools/call' },
              decision: 'require_approval',
              approval: { groups: ['sre'], quorum: 1 },
            })),
          ],
  });
}
