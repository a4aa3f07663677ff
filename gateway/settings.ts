/** What the gateway reads from its environment; everything else is in `countersign.yaml`. */
export interface GatewaySettings {
  readonly configPaths: readonly string[];
  readonly host: string;
  readonly port: number;
  /** What its processes are called; each adds an id of its own. */
  readonly instance: string | undefined;
  readonly databaseUrl: string;
  readonly keyFile: string;
  readonly decisionKeysFile: string;
  /** Name of the log, `<deployment-host>/evidence/<tenant>`; months are appended. */
  readonly origin: string;
  readonly logLevel: string;
  /** How long a gateway that stops says that it is not ready, and serves on, so that load balancers turn away. */
  readonly drainGraceMs: number;
  /** How long what is under way may then take. */
  readonly drainMs: number;
}

/** What is still under way after `drainMs` is cut off; this is for its caller and the ledger to be told so. */
export const lastWordMs = 3_000;

const secondsMax = 3_600;
const required = ['COUNTERSIGN_CONFIG', 'DATABASE_URL', 'COUNTERSIGN_KEY_FILE', 'COUNTERSIGN_DECISION_KEYS_FILE'];

/** All problems at once, by name and never by value. */
export function readGatewaySettings(env: NodeJS.ProcessEnv): GatewaySettings {
  const problems = required.filter((name) => (env[name] ?? '') === '').map((name) => `${name} is not set`);
  const port = Number(env['COUNTERSIGN_PORT'] ?? '7400');
  if (!Number.isInteger(port) || port < 0 || port > 65_535) problems.push('COUNTERSIGN_PORT is not a port number');
  const seconds = (name: string, fallback: number): number => {
    const value = Number(env[name] ?? fallback);
    if (!(value >= 0 && value <= secondsMax)) problems.push(`${name} is not a number of seconds up to ${secondsMax}`);
    return value;
  };
  const drainGrace = seconds('COUNTERSIGN_DRAIN_GRACE_SECONDS', 3);
  const drain = seconds('COUNTERSIGN_DRAIN_SECONDS', 10);
  if (problems.length > 0) throw new Error(`The gateway's environment is not complete: ${problems.join('; ')}.`);
  return {
    configPaths: (env['COUNTERSIGN_CONFIG'] ?? '').split(','),
    host: env['COUNTERSIGN_HOST'] ?? '127.0.0.1',
    port,
    instance: env['COUNTERSIGN_INSTANCE'],
    databaseUrl: env['DATABASE_URL'] ?? '',
    keyFile: env['COUNTERSIGN_KEY_FILE'] ?? '',
    decisionKeysFile: env['COUNTERSIGN_DECISION_KEYS_FILE'] ?? '',
    origin: originOf(env),
    logLevel: env['LOG_LEVEL'] ?? 'info',
    drainGraceMs: drainGrace * 1_000,
    drainMs: drain * 1_000,
  };
}

/** Name of the log, without its month. */
export function originOf(env: NodeJS.ProcessEnv): string {
  return env['COUNTERSIGN_LOG_ORIGIN'] ?? 'countersign.local/evidence/default';
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
