import { createServer } from 'node:net';
import type { PortClaims } from './port-claims.ts';

export const DEFAULT_PORT_BASE = 7400;
/** The highest base whose whole block still lies below 65536. */
export const PORT_BASE_MAX = 65_400;

const attemptsMax = 100;

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

/** Plans and claims a port for every program; one that is taken moves to a port the system says is free. */
export async function planPorts(base: number, gatewayCount: number, claims: PortClaims): Promise<WorldPorts> {
  const take = async (wanted: number): Promise<number> =>
    (await isFree(wanted)) && claims.claim(wanted) ? wanted : await takeFreePort(claims);
  const gateways: number[] = [];
  for (let index = 0; index < gatewayCount; index += 1) gateways.push(await take(base + index));
  const planned = { gateway: gateways[0] ?? base } as Record<PortName, number>;
  for (const name of Object.keys(offsets) as PortName[]) {
    if (name !== 'gateway') planned[name] = await take(base + offsets[name]);
  }
  return { ...planned, gateways };
}

async function takeFreePort(claims: PortClaims): Promise<number> {
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const port = await listenOnce(0);
    if (port !== undefined && claims.claim(port)) return port;
  }
  throw new Error('No free port could be had on 127.0.0.1.');
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
