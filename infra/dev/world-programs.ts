import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { postgresUrl, POSTGRES_SUPERUSER } from './postgres.ts';
import type { WorldPorts } from './ports.ts';
import type { ProgramSpec } from './program.ts';
import { httpReady, tcpReady } from './readiness.ts';
import type { SecretFiles, WorldSecrets } from './secrets.ts';

/** Everything the programs of one world are told, gathered before the first of them starts. */
export interface WorldPlan {
  readonly root: string;
  readonly logDir: string;
  readonly dataDir: string;
  readonly ports: WorldPorts;
  readonly secrets: WorldSecrets;
  readonly keys: SecretFiles;
  readonly configFiles: readonly string[];
  /** Administrator's URL of the database `countersign`. */
  readonly adminUrl: string;
  readonly temporal: { readonly address: string; readonly namespace: string };
  /** Gateway index → the id of the process that runs now; kept up to date by every spawn. */
  readonly instanceIds: Map<number, string>;
  /** Set for every program, over everything else. */
  readonly env: Readonly<Record<string, string>>;
}

const SLACK_TEAM = 'TSIMCOUNTERSIGN';
export const SLACK_CHANNEL = 'CSIMAPPROVALS';
const APP_ROLE = 'countersign';
const OPS_ROLE = 'ops_server';
const OPS_SQL_ROLE = 'ops_sql';
const readyMsMax = 90_000;
/** A gateway finishes what is under way for 10 seconds, and has 3 more for the last word. */
const gatewayStopMsMax = 20_000;

export function urlOf(port: number): string {
  return `http://127.0.0.1:${String(port)}`;
}

/** The three databases users of the world, as URLs. */
export function databaseUrls(plan: WorldPlan): { app: string; ops: string; opsSql: string } {
  const at = (user: string, password: string, database?: string): string => {
    const url = new URL(plan.adminUrl);
    url.username = user;
    url.password = password;
    if (database !== undefined) url.pathname = `/${database}`;
    return url.href;
  };
  return {
    app: at(APP_ROLE, plan.secrets.appPassword),
    ops: at(OPS_ROLE, plan.secrets.opsPassword, 'ops'),
    opsSql: at(OPS_SQL_ROLE, plan.secrets.opsSqlPassword, 'ops'),
  };
}

export function embeddedAdminUrl(port: number, secrets: WorldSecrets): string {
  return postgresUrl(port, POSTGRES_SUPERUSER, secrets.postgresPassword, 'countersign');
}

/** The programs of the world beside PostgreSQL and Temporal, each with what it must wait for. */
export function describePrograms(plan: WorldPlan): ProgramSpec[] {
  return [
    describeIssuer(plan),
    describeEverything(plan),
    describeSlackSim(plan),
    describeOps(plan),
    ...describeProduct(plan),
  ];
}

/** The three programs of the product. Their environment is inherited, for `env:NAME` references of added configurations. */
function describeProduct(plan: WorldPlan): ProgramSpec[] {
  const { ports, keys } = plan;
  const inherited = { ...definedEnv(process.env), ...temporalEnv(plan) };
  const ledger = {
    DATABASE_URL: databaseUrls(plan).app,
    COUNTERSIGN_KEY_FILE: keys.rootKey,
    COUNTERSIGN_DECISION_KEYS_FILE: keys.decisionKeys,
  };
  const worker = node(plan, 'worker', 'workflows/main.ts', {
    after: ['databases', 'temporal'],
    ready: httpReady(`${urlOf(ports.worker)}/readyz`),
    env: () => ({ ...inherited, ...ledger, COUNTERSIGN_WORKER_PORT: String(ports.worker) }),
  });
  const slackApp = node(plan, 'slackApp', 'slack-app/main.ts', {
    after: ['temporal', 'slackSim'],
    ready: httpReady(`${urlOf(ports.slackApp)}/readyz`),
    env: () => ({
      ...inherited,
      ...slackEnv(plan),
      SLACK_API_URL: `${urlOf(ports.slackSim)}/api/`,
      APPROVALS_ALLOW_SIMULATOR: '1',
      COUNTERSIGN_SLACK_PORT: String(ports.slackApp),
      COUNTERSIGN_DECISION_SIGNING_KEY_FILE: keys.decisionSigningKey,
    }),
  });
  const gateways = ports.gateways.map((port, index) =>
    node(plan, gatewayName(index), 'gateway/main.ts', {
      after: ['databases', 'temporal', 'issuer'],
      ready: httpReady(`${urlOf(port)}/readyz`),
      stopMsMax: gatewayStopMsMax,
      env: () => ({
        ...inherited,
        ...ledger,
        ...sampleAddresses(plan),
        COUNTERSIGN_CONFIG: plan.configFiles.join(','),
        COUNTERSIGN_PORT: String(port),
        // Nothing balances load here, so nobody has to be told before a gateway stops.
        COUNTERSIGN_DRAIN_GRACE_SECONDS: '0',
        // New at every spawn: a gateway that comes back holds none of the callers of the one that died.
        COUNTERSIGN_INSTANCE: newInstanceId(plan, index),
      }),
    }),
  );
  return [worker, slackApp, ...gateways];
}

export function gatewayName(index: number): string {
  return index === 0 ? 'gateway' : `gateway-${String(index + 1)}`;
}

/** What `infra/sample/countersign.yaml` refers to by `env:NAME`, because ports and secrets differ between worlds. */
function sampleAddresses(plan: WorldPlan): Record<string, string> {
  const { ports } = plan;
  return {
    GATEWAY_URL: urlOf(ports.gateway),
    ISSUER_URL: urlOf(ports.issuer),
    OPS_URL: `${urlOf(ports.ops)}/mcp`,
    OPS_MCP_TOKEN: plan.secrets.opsToken,
    EVERYTHING_URL: `${urlOf(ports.everything)}/mcp`,
    SLACK_CHANNEL,
    SLACK_TEAM,
  };
}

function describeIssuer(plan: WorldPlan): ProgramSpec {
  return node(plan, 'issuer', 'infra/dev/issuer/main.ts', {
    after: [],
    ready: httpReady(`${urlOf(plan.ports.issuer)}/.well-known/openid-configuration`),
    env: () => ({
      ...minimalEnv(),
      ISSUER_PORT: String(plan.ports.issuer),
      ISSUER_URL: urlOf(plan.ports.issuer),
      ISSUER_DATA: join(plan.dataDir, 'issuer'),
      ISSUER_GATEWAY_URL: plan.ports.gateways.map(urlOf).join(','),
    }),
  });
}

function describeOps(plan: WorldPlan): ProgramSpec {
  const urls = databaseUrls(plan);
  return node(plan, 'ops', 'infra/dev/ops-server/main.ts', {
    after: ['databases'],
    ready: httpReady(`${urlOf(plan.ports.ops)}/readyz`),
    env: () => ({
      ...minimalEnv(),
      OPS_PORT: String(plan.ports.ops),
      OPS_DATABASE_URL: urls.ops,
      OPS_SQL_DATABASE_URL: urls.opsSql,
      OPS_SERVER_TOKEN: plan.secrets.opsToken,
    }),
  });
}

function describeEverything(plan: WorldPlan): ProgramSpec {
  return node(plan, 'everything', 'infra/dev/everything-server.ts', {
    after: [],
    ready: tcpReady('127.0.0.1', plan.ports.everything),
    env: () => ({ ...minimalEnv(), PORT: String(plan.ports.everything) }),
  });
}

function describeSlackSim(plan: WorldPlan): ProgramSpec {
  return node(plan, 'slackSim', 'infra/dev/slack-sim/main.ts', {
    after: [],
    ready: httpReady(`${urlOf(plan.ports.slackSim)}/livez`),
    env: () => ({
      ...minimalEnv(),
      ...slackEnv(plan),
      SLACK_SIM_PORT: String(plan.ports.slackSim),
      SLACK_SIM_REQUEST_URL: `${urlOf(plan.ports.slackApp)}/slack/events`,
    }),
  });
}

interface NodeProgram {
  readonly after: readonly string[];
  readonly ready: ProgramSpec['ready'];
  readonly stopMsMax?: number;
  readonly env: () => Record<string, string>;
}

function node(plan: WorldPlan, name: string, entry: string, program: NodeProgram): ProgramSpec {
  return {
    name,
    command: process.execPath,
    args: ['--import', 'tsx', join(plan.root, entry)],
    cwd: plan.root,
    env: () => ({ ...program.env(), ...plan.env }),
    logFile: join(plan.logDir, `${name}.log`),
    ready: program.ready,
    readyMsMax,
    ...(program.stopMsMax === undefined ? {} : { stopMsMax: program.stopMsMax }),
    after: program.after,
  };
}

function slackEnv(plan: WorldPlan): Record<string, string> {
  const { slackBotToken, slackSigningSecret } = plan.secrets;
  return { SLACK_BOT_TOKEN: slackBotToken, SLACK_SIGNING_SECRET: slackSigningSecret, SLACK_CHANNEL, SLACK_TEAM };
}

function temporalEnv(plan: WorldPlan): Record<string, string> {
  return { TEMPORAL_ADDRESS: plan.temporal.address, TEMPORAL_NAMESPACE: plan.temporal.namespace };
}

/** Sample servers get nothing of the user's environment: one of them answers with it. */
function minimalEnv(): Record<string, string> {
  const { PATH, HOME, TMPDIR, LOG_LEVEL } = definedEnv(process.env);
  return definedEnv({ PATH, HOME, TMPDIR, LOG_LEVEL });
}

function definedEnv(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function newInstanceId(plan: WorldPlan, index: number): string {
  const id = `${gatewayName(index)}-${randomUUID().slice(0, 8)}`;
  plan.instanceIds.set(index, id);
  return id;
}
