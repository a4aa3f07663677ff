import { placeSampleCall, untilCardStands } from './sample-call.ts';
import { readStartOptions, startHelp, type StartOptions } from './start-options.ts';
import { progressPrinter } from './start-progress.ts';
import { renderSummary } from './start-summary.ts';
import { startWorld, type World } from './world.ts';

/** `npm start`: the whole product on this machine, in the foreground until Ctrl-C. */
const stopping = new AbortController();
// The channel closes when run.mjs is gone, however that came about: nothing of the world may outlive it.
for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const) {
  process.on(event, () => {
    stopping.abort();
  });
}
process.exit(await run(process.argv.slice(2)));

async function run(args: readonly string[]): Promise<number> {
  let options: StartOptions;
  try {
    options = readStartOptions(args, process.env);
  } catch (error) {
    complain(error);
    process.stderr.write(`Options:${startHelp}`);
    return 2;
  }
  if (options.help) {
    print(`npm start -- [options]\n${startHelp}`);
    return 0;
  }
  const began = performance.now();
  if (!options.quiet) print('Starting Countersign on this machine');
  let world: World;
  try {
    world = await startWorld({
      portBase: options.portBase,
      fresh: options.fresh,
      ...(options.configFile === undefined ? {} : { configFile: options.configFile }),
      onProgress: progressPrinter(print, options.quiet),
      signal: stopping.signal,
    });
  } catch (error) {
    if (stopping.signal.aborted) return 130;
    complain(error);
    return 1;
  }
  if (!options.quiet) print(`  ready after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  await stayUp(world, options.quiet);
  return 0;
}

async function stayUp(world: World, quiet: boolean): Promise<void> {
  const { signal } = stopping;
  const sample = placeSampleCall(world.file, signal).then(
    (outcome) => {
      if (outcome !== undefined && !quiet) print(`The sample call ended, ${outcome.code}: ${outcome.text}`);
    },
    (error: unknown) => {
      complain(error);
    },
  );
  const cardStands = await untilCardStands(world.file(), signal);
  if (!quiet && !signal.aborted) print(renderSummary(world.file(), world.path, cardStands));
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
  if (!quiet) print('Stopping …');
  await Promise.all([sample, world.stop()]);
  if (!quiet) print('Stopped.');
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function complain(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
}
