import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Check, Findings } from './checks.ts';
import type { Gateway } from './gateway.ts';
import type { RequirementSet, Suite } from './suite.ts';

/**
 * What a client does, as the suite's own servers see it. Left out are the scenarios of `auth/`: there a client talks
 * OAuth with the server it was pointed at, and behind the gateway that is the gateway.
 */
export const clientScenarios: Readonly<Record<RequirementSet, readonly string[]>> = {
  '2025-11-25': [
    'initialize',
    'tools_call',
    'elicitation-sep1034-client-defaults',
    'sse-retry',
    'json-schema-2020-12-preservation',
  ],
  '2026-07-28': [
    'tools_call',
    'request-metadata',
    'sep-2322-client-request-state',
    'http-standard-headers',
    'http-custom-headers',
    'http-invalid-tool-headers',
    'json-schema-ref-no-deref',
    'json-schema-2020-12-preservation',
  ],
};

const atOnceMax = 3;
const program = fileURLToPath(new URL('client/main.ts', import.meta.url));

/** Runs the scenarios with a client that goes straight to the suite's server. */
export function runClientDirectly(suite: Suite, set: RequirementSet, scenarios: readonly string[]): Promise<Findings> {
  return runAll(suite, set, scenarios, clientCommand());
}

/**
 * Runs them with a client that goes through the gateway. The suite's server listens elsewhere each time, so the client
 * asks here for a connection to it, which the running gateway then takes up.
 */
export async function runClientThrough(
  gateway: Gateway,
  suite: Suite,
  set: RequirementSet,
  scenarios: readonly string[],
): Promise<Findings> {
  const runner = createServer((request, response) => {
    let upstream = '';
    request.on('data', (chunk: Buffer) => {
      upstream += chunk.toString('utf8');
    });
    request.on('end', () => {
      gateway.connect(upstream, { approved: false }).then(
        (url) => response.end(url),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    });
  });
  await new Promise<void>((resolve) => {
    runner.listen(0, '127.0.0.1', resolve);
  });
  try {
    const { port } = runner.address() as AddressInfo;
    return await runAll(suite, set, scenarios, clientCommand(`http://127.0.0.1:${String(port)}`));
  } finally {
    runner.close();
    runner.closeAllConnections();
  }
}

/** A few at a time: each is two processes that mostly wait for each other. */
async function runAll(
  suite: Suite,
  set: RequirementSet,
  scenarios: readonly string[],
  command: string,
): Promise<Findings> {
  const all = new Map<string, readonly Check[]>();
  const left = [...scenarios];
  const takeTurns = async (): Promise<void> => {
    for (let scenario = left.shift(); scenario !== undefined; scenario = left.shift()) {
      for (const [name, checks] of await suite.runClient(command, scenario, set)) all.set(name, checks);
    }
  };
  await Promise.all(Array.from({ length: atOnceMax }, takeTurns));
  return all;
}

/** The suite hands this to a shell. */
function clientCommand(...args: readonly string[]): string {
  return [`"${process.execPath}"`, '--import', 'tsx', `"${program}"`, ...args].join(' ');
}
