import { createServer } from 'node:net';

export const DEFAULT_PORT_BASE = 7400;
/** The highest base whose whole block still lies below 65536. */
export const PORT_BASE_MAX = 65_400;

/** Where each program listens, counted from the world's base. Gateways beyond the first take base+1, base+2, … */
const offsets = {
  gateway: 0,
  slackApp: 10,
  slackSim: 20,
  issuer: 30,
  ops: 40,
  everything: 41,
  postgres: 50,
  temporal: 60,
  temporalUi: 61,
  worker: 70,
} as const;

export type PortName = keyof typeof offsets;

export interface WorldPorts extends Readonly<Record<PortName, number>> {
  /** One for each gateway instance; the first is `gateway`. */
  readonly gateways: readonly number[];
}

/** Plans a port for every program; one that is taken moves to a port the system says is free. */
export async function planPorts(base: number, gatewayCount: number): Promise<WorldPorts> {
  const used = new Set<number>();
  const take = async (wanted: number): Promise<number> => {
    const port = !used.has(wanted) && (await isFree(wanted)) ? wanted : await findFreePort(used);
    used.add(port);
    return port;
  };
  const gateways: number[] = [];
  for (let index = 0; index < gatewayCount; index += 1) gateways.push(await take(base + index));
  const planned = { gateway: gateways[0] ?? base } as Record<PortName, number>;
  for (const name of Object.keys(offsets) as PortName[]) {
    if (name !== 'gateway') planned[name] = await take(base + offsets[name]);
  }
  return { ...planned, gateways };
}

async function findFreePort(used: ReadonlySet<number>): Promise<number> {
  for (;;) {
    const port = await listenOnce(0);
    if (port !== undefined && !used.has(port)) return port;
  }
}

/** Some programs of the world listen on all interfaces, so both addresses must be free. */
async function isFree(port: number): Promise<boolean> {
  return (await listenOnce(port, '127.0.0.1')) !== undefined && (await listenOnce(port, '0.0.0.0')) !== undefined;
}

/** Listens and closes again. Returns the port, or undefined when it cannot be had. */
async function listenOnce(port: number, host = '127.0.0.1'): Promise<number | undefined> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(undefined);
    });
    server.listen({ port, host }, () => {
      const address = server.address();
      server.close(() => {
        resolve(address !== null && typeof address === 'object' ? address.port : undefined);
      });
    });
  });
}
