import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { planPorts } from '../../../../infra/dev/ports.ts';

const base = 27_400;
const servers: Server[] = [];

async function occupy(port: number): Promise<void> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

describe('planPorts', () => {
  it('counts every program from the base', async () => {
    const ports = await planPorts(base, 2);
    expect(ports).toMatchObject({ gateway: base, slackApp: base + 10, postgres: base + 50, temporalUi: base + 61 });
    expect(ports.gateways).toEqual([base, base + 1]);
  });

  it('moves only the port that is taken', async () => {
    await occupy(base + 30);
    const ports = await planPorts(base, 1);
    expect(ports.issuer).not.toBe(base + 30);
    expect(ports.slackSim).toBe(base + 20);
  });

  it('never gives two programs the same port', async () => {
    await occupy(base);
    await occupy(base + 40);
    const { gateways, ...rest } = await planPorts(base, 4);
    const all = [...gateways, ...Object.entries(rest).flatMap(([name, port]) => (name === 'gateway' ? [] : [port]))];
    expect(new Set(all).size).toBe(all.length);
  });
});
