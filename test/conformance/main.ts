import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startFixture } from './fixture/start.ts';
import { startGateway } from './gateway.ts';
import { holds, renderReport, type Row } from './report.ts';
import { isKnown, paths, runAll, type Choice } from './runs.ts';
import { installSuite, requirementSets } from './suite.ts';

const help = `npm run conformance -- [options]

Runs the official MCP conformance suite against a server of our own and with a client of our own, directly and through
the gateway, and compares check for check. Ends with 1 when any check differs, or one that counts fails.

  --path PATH          ${paths.join(', ')}; direct is always run, for it is what the others are compared with
  --requirements SET   ${requirementSets.join(' or ')}; both unless told
  --only SCENARIO      this one alone
  --help               prints this
`;

/** What runs and must not outlive this process, the latest last. */
const toStop: (() => Promise<void> | void)[] = [];
const stopping = new AbortController();
for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const) process.once(event, () => stopping.abort());
stopping.signal.addEventListener('abort', () => {
  void stopAll().then(() => process.exit(130));
});
process.exit(await main(process.argv.slice(2)));

async function main(args: readonly string[]): Promise<number> {
  let choice: Choice | undefined;
  try {
    choice = readChoice(args);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${help}`);
    return 2;
  }
  if (choice === undefined) {
    process.stdout.write(help);
    return 0;
  }
  try {
    return conclude(await run(choice));
  } catch (error) {
    if (stopping.signal.aborted) return await new Promise<never>(() => undefined);
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  } finally {
    await stopAll();
  }
}

async function run(choice: Choice): Promise<readonly Row[]> {
  const outDir = mkdtempSync(join(tmpdir(), 'countersign-suite-'));
  toStop.push(() => rmSync(outDir, { recursive: true, force: true }));
  const suite = await installSuite(outDir, stopping.signal, say);
  if (!isKnown(suite, choice)) throw new Error(`No requirement set asked for has a scenario "${choice.only ?? ''}".`);
  const fixture = await startFixture();
  toStop.push(fixture.stop);
  say('Starting the product …');
  const gateway = await startGateway(say, stopping.signal);
  toStop.push(gateway.stop);
  const urls = {
    direct: fixture.url,
    gateway: await gateway.connect(fixture.url, { approved: false }),
    approved: await gateway.connect(fixture.url, { approved: true }),
  };
  say('Running the suite …');
  return runAll({ suite, gateway, urls, say, now: () => performance.now() }, choice);
}

function conclude(rows: readonly Row[]): number {
  const trouble = rows.filter((row) => !holds(row)).length;
  say(`\n${renderReport(rows)}\n`);
  say(trouble === 0 ? 'No check comes out otherwise through the gateway.' : `${String(trouble)} runs do not hold.`);
  return trouble === 0 ? 0 : 1;
}

/** Undefined when only help is asked for. Throws with one sentence. */
function readChoice(args: readonly string[]): Choice | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      path: { type: 'string', multiple: true },
      requirements: { type: 'string', multiple: true },
      only: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const wanted = values.path === undefined ? paths : oneOf('--path', paths, values.path);
  return {
    paths: paths.filter((path) => path === 'direct' || wanted.includes(path)),
    sets:
      values.requirements === undefined
        ? requirementSets
        : oneOf('--requirements', requirementSets, values.requirements),
    only: values.only,
  };
}

function oneOf<T extends string>(option: string, known: readonly T[], given: readonly string[]): readonly T[] {
  const stranger = given.find((value) => !known.some((each) => each === value));
  if (stranger !== undefined) throw new Error(`${option} takes ${known.join(', ')}, not "${stranger}".`);
  return known.filter((value) => given.includes(value));
}

async function stopAll(): Promise<void> {
  for (let stop = toStop.pop(); stop !== undefined; stop = toStop.pop()) await stop();
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
