import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import {
  CALL_SCOPE,
  keyClients,
  LOGIN_CLIENT_ID,
  LOGIN_REDIRECT_URI,
  serviceClients,
  userAccounts,
} from './issuer/accounts.ts';
import { loadIssuerSecrets } from './issuer/issuer-secrets.ts';
import { programGroups, type IssuerEntry, type ProgramGroup, type WorldFile } from './world-file.ts';
import { gatewayName, SLACK_CHANNEL, urlOf, type WorldPlan } from './world-programs.ts';

/** What of the world file is the same as long as the world runs. */
export interface WorldFacts {
  readonly issuer: IssuerEntry;
  /** Name → Slack user id of the stand-in's people. */
  readonly slackUsers: Readonly<Record<string, string>>;
}

export async function describeIssuerEntry(plan: WorldPlan): Promise<IssuerEntry> {
  const secrets = await loadIssuerSecrets(join(plan.dataDir, 'issuer'));
  const url = urlOf(plan.ports.issuer);
  return {
    url,
    tokenEndpoint: `${url}/token`,
    authorizationEndpoint: `${url}/auth`,
    clients: Object.fromEntries(
      serviceClients.map(({ id }) => [id, { id, secret: secrets.clients[id] ?? '', scope: CALL_SCOPE }]),
    ),
    keyClients: Object.fromEntries(keyClients.map(({ id }) => [id, { id, key: secrets.clientKeys[id] ?? {} }])),
    users: Object.fromEntries(
      userAccounts.map(({ id, groups }) => [id, { password: secrets.users[id] ?? '', groups }]),
    ),
    login: { id: LOGIN_CLIENT_ID, redirectUri: LOGIN_REDIRECT_URI },
  };
}

/** @param pid the process of a program that is ready, undefined when there is none. */
export function describeWorld(
  plan: WorldPlan,
  facts: WorldFacts,
  pid: (name: string) => number | undefined,
): WorldFile {
  const pidsOf = (group: ProgramGroup): number[] => {
    const names = group === 'gateway' ? plan.ports.gateways.map((_port, index) => gatewayName(index)) : [group];
    return names.flatMap((name) => pid(name) ?? []);
  };
  const gateway = urlOf(plan.ports.gateway);
  const ops = urlOf(plan.ports.ops);
  return {
    gateway: {
      url: gateway,
      instances: plan.ports.gateways.map((port, index) => ({
        id: plan.instanceIds.get(index) ?? '',
        url: urlOf(port),
        pid: pid(gatewayName(index)) ?? 0,
      })),
    },
    connections: Object.fromEntries(connectionNames(plan).map((name) => [name, `${gateway}/${name}/mcp`])),
    issuer: facts.issuer,
    slackSim: { url: urlOf(plan.ports.slackSim), channel: SLACK_CHANNEL, users: facts.slackUsers },
    temporal: { ...plan.temporal, ui: urlOf(plan.ports.temporalUi) },
    postgres: { url: plan.adminUrl },
    ops: { url: `${ops}/mcp`, executions: `${ops}/executions` },
    pids: Object.fromEntries(programGroups.map((group) => [group, pidsOf(group)])) as Record<ProgramGroup, number[]>,
    logs: plan.logDir,
  };
}

/** Connections of the sample and of an added configuration; the gateway has checked the files by now. */
function connectionNames(plan: WorldPlan): string[] {
  return plan.configFiles.flatMap((file) => {
    const { connections } = parse(readFileSync(file, 'utf8')) as { connections?: readonly { name: string }[] };
    return (connections ?? []).map(({ name }) => name);
  });
}

/** Name → Slack user id of the stand-in's people. */
export async function readSlackUsers(plan: WorldPlan): Promise<Readonly<Record<string, string>>> {
  const response = await fetch(`${urlOf(plan.ports.slackSim)}/_sim/users`);
  const users = (await response.json()) as readonly { readonly id: string; readonly name: string }[];
  return Object.fromEntries(users.map(({ id, name }) => [name, id]));
}
