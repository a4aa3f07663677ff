import { createServer, type Server } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPortClaims, type PortClaims } from '../../../../infra/dev/port-claims.ts';
import { planPorts } from '../../../../infra/dev/ports.ts';

const base = 27_400;
const servers: Server[] = [];
let folder = '';
let claims: PortClaims;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-ports-'));
  claims = openPortClaims(folder);
});

async function occupy(port: number): Promise<void> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}

afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

describe('planPorts', () => {
  it('counts every program from the base', async () => {
    const ports = await planPorts(base, 2, claims);
    expect(ports).toMatchObject({ gateway: base, slackApp: base + 10, postgres: base + 50, temporalUi: base + 61 });
    expect(ports.gateways).toEqual([base, base + 1]);
  });

  it('moves only the port that is taken', async () => {
    await occupy(base + 30);
    const ports = await planPorts(base, 1, claims);
    expect(ports.issuer).not.toBe(base + 30);
    expect(ports.slackSim).toBe(base + 20);
  });

  it('never gives two programs the same port', async () => {
    await occupy(base);
    await occupy(base + 40);
    const { gateways, ...rest } = await planPorts(base, 4, claims);
    const all = [...gateways, ...Object.entries(rest).flatMap(([name, port]) => (name === 'gateway' ? [] : [port]))];
    expect(new Set(all).size).toBe(all.length);
  });

  it('leaves the ports of another world alone, though one of its programs may just have crashed', async () => {
    await planPorts(base, 1, claims);
    const other = await planPorts(base, 1, openPortClaims(folder));
    expect(other.gateway).not.toBe(base);
    expect(other.issuer).not.toBe(base + 30);
  });

  it('takes ports again that were released, or whose world is gone', async () => {
    await planPorts(base, 1, claims);
    claims.release();
    writeFileSync(join(folder, String(base + 10)), JSON.stringify({ pid: process.pid, startedAt: 'another time' }));
    expect(await planPorts(base, 1, openPortClaims(folder))).toMatchObject({ gateway: base, slackApp: base + 10 });
  });
});
