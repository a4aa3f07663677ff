import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '../support/eventually.ts';
import { findFreePort } from '../support/free-port.ts';
import type { Target } from './load.ts';

const source = 'github.com/hoophq/mcpproxy/cmd/mcpproxyd@v0.1.7';
const installMsMax = 240_000;
const cache = join(process.env['COUNTERSIGN_CACHE'] ?? '.countersign/cache', 'mcpproxyd-0.1.7');

export interface Baseline {
  readonly target: Target;
  readonly process: ChildProcess;
}

/**
 * Another gateway for MCP as a measure: it checks a policy too, and records nothing durable and masks nothing. Its
 * callers are anonymous, its quickest way. Undefined where Go or its module proxy cannot be had.
 */
export async function startMcpproxyd(upstream: string, home: string): Promise<Baseline | undefined> {
  const binary = await install();
  if (binary === undefined) return undefined;
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}/mcp`;
  const config = join(home, 'mcpproxyd.yaml');
  await writeFile(
    config,
    `listen: 127.0.0.1:${port}
inbound: { mode: anonymous }
backends: { bench: { transport: streamable-http, url: "${upstream}", auth: none } }
policy: { allowed_tools: ["answer"] }
`,
  );
  const child = spawn(binary, ['-config', config], { stdio: 'ignore', env: { ...process.env, HOME: home } });
  const session = await eventually('mcpproxyd opens a session', () => openSession(url), 20_000);
  return { process: child, target: { name: 'mcpproxyd', url, pid: child.pid, headers: { 'mcp-session-id': session } } };
}

async function install(): Promise<string | undefined> {
  const binary = join(cache, 'mcpproxyd');
  if (existsSync(binary)) return binary;
  await mkdir(cache, { recursive: true });
  const env = { ...process.env, GOBIN: resolve(cache) };
  try {
    await promisify(execFile)('go', ['install', source], { env, timeout: installMsMax });
    return binary;
  } catch {
    return undefined;
  }
}

async function openSession(url: string): Promise<string | undefined> {
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'bench', version: '1' } };
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 'open', method: 'initialize', params });
  const opened = await fetch(url, { method: 'POST', headers, body }).catch(() => undefined);
  await opened?.text();
  return opened?.headers.get('mcp-session-id') ?? undefined;
}
