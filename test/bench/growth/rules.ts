import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../../gateway/config/load.ts';
import { judge } from '../../../gateway/policy/judge.ts';
import type { JudgeInput } from '../../../gateway/policy/judge-input.ts';
import { series, type Curve } from './curve.ts';
import { costOfCalls, takeTurns, type Pace } from './turns.ts';
import type { GrowthWorld } from './world.ts';

/** A company has so many servers, whatever the number of rules it writes about them. */
const servers = 50;
const decisionRounds = 5;
const decisionMsMin = 200;
/** Asked of in turn, so that no one path stays warm by itself. */
const callsAsked = 512;

/** What a call costs by the number of rules in the policy, and what the decision alone does. */
export async function measureRules(
  world: GrowthWorld,
  sizes: readonly number[],
  pace: Pace,
  say: (line: string) => void,
): Promise<Curve> {
  const alone = await Promise.all(sizes.map((size) => loadPolicy(world, size)));
  const gateways = [];
  for (const size of sizes) {
    const database = await world.createDatabase();
    gateways.push(await world.startGateway(database, (url) => configuration(world, url, size)));
  }
  const turns = await Promise.all(
    gateways.map(async ({ url, pid, headers }) => ({
      target: { name: 'bench', url: `${url}/server-0/mcp`, pid, headers: await headers('server-0') },
    })),
  );
  const calls = await takeTurns(turns, world.postgresPid, pace, say);
  for (const gateway of gateways) await gateway.stop();
  say('  decisions alone');
  const decisions = sizes.map(() => Infinity);
  for (let round = 0; round < decisionRounds; round += 1) {
    for (const [index, { policy }] of alone.entries()) {
      decisions[index] = Math.min(decisions[index] ?? Infinity, decide(policy, sizes[index] ?? 0));
    }
  }
  return {
    name: 'Cost of a call by rules in the policy',
    of: 'rules',
    sizes,
    series: [...costOfCalls(calls), series('a decision, ms', decisions)],
    beside: { 'loading the policy, ms': alone.map(({ loadMs }) => loadMs.toFixed(0)) },
  };
}

async function loadPolicy(world: GrowthWorld, rules: number) {
  const home = await mkdtemp(join(tmpdir(), 'countersign-rules-'));
  try {
    const file = join(home, 'countersign.yaml');
    await writeFile(file, configuration(world, 'http://127.0.0.1', rules));
    const began = performance.now();
    const { policy } = loadConfig([file], { env: {}, loopback: true, detectorsDigest: '' });
    return { policy, loadMs: performance.now() - began };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** Milliseconds. The calls asked of fit a rule each, and the rules that hold for everybody. */
function decide(policy: Parameters<typeof judge>[0], rules: number): number {
  const inputs: JudgeInput[] = Array.from({ length: callsAsked }, (_, n) => {
    const rule = Math.floor((n / callsAsked) * rules);
    const caller = { issuer: 'bench', subject: 'bench', groups: [`team-${rule}`, 'everybody'], actors: [] };
    return {
      connection: `server-${rule % servers}`,
      method: 'tools/call',
      tool: `tool_${rule}`,
      caller,
      args: { revision: n },
      at: new Date(0),
    };
  });
  const began = performance.now();
  let decided = 0;
  while (performance.now() - began < decisionMsMin) {
    for (const input of inputs) judge(policy, input);
    decided += inputs.length;
  }
  return (performance.now() - began) / decided;
}

/**
 * Policies grow by rules about more tools of more servers and about more teams, and not by rules about everything: of
 * those there are three, whatever the size. The call that is measured meets two rules that allow it.
 */
function configuration(world: GrowthWorld, url: string, rules: number): string {
  const connections = Array.from(
    { length: servers },
    (_, n) => `  - { name: server-${n}, upstream: { url: "${world.upstream}" } }`,
  );
  const grown = Array.from({ length: rules - 3 }, (_, n) => `  - { id: rule-${n}, ${grownRule(n)} }`);
  return `version: 1
publicUrl: ${url}
issuers: [{ issuer: "${world.issuer}" }]
connections:
${connections.join('\n')}
approvers: { sre: { members: [sre@example.com] } }
rules:
  - { id: allow, match: { connection: server-0, tool: answer, claims: { groups: bench } }, decision: allow }
  - { id: reads, match: { tool: "answer|get_*|list_*", claims: { groups: "*" } }, decision: allow }
  - { id: never, match: { tool: "drop_*" }, decision: block }
${grown.join('\n')}
`;
}

function grownRule(n: number): string {
  const server = `server-${n % servers}`;
  switch (n % 10) {
    case 0:
      return `match: { claims: { groups: team-${n} }, tool: "tool_*" }, decision: allow`;
    case 1:
      return `match: { connection: ${server}, tool: "tool_${n}|tool_${n}_now" }, decision: require_approval, approval: { groups: [sre] }`;
    case 2:
      return `match: { connection: ${server}, tool: "tool_${n}_*" }, decision: block`;
    case 3:
      return `match: { tool: tool_${n}, args: { revision: { not: "7" } } }, decision: allow`;
    default:
      return `match: { connection: ${server}, tool: tool_${n}, claims: { groups: team-${n} } }, decision: allow`;
  }
}
