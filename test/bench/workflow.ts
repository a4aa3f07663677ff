import { fork, spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { describeTemporal } from '../../infra/dev/temporal.ts';
import { findTemporalBinary } from '../../infra/dev/temporal-binary.ts';
import { locateHome } from '../../infra/dev/world-home.ts';
import { eventually } from '../support/eventually.ts';
import { findFreePort } from '../support/free-port.ts';

const readyMsMax = 60_000;

/** A Temporal dev server as `npm start` runs it. */
export async function startTemporal(folder: string): Promise<{ process: ChildProcess; address: string }> {
  const { path } = await findTemporalBinary({ cacheDir: locateHome(0, folder).cacheDir, say: () => undefined });
  const port = await findFreePort();
  const spec = describeTemporal({
    binary: path,
    port,
    uiPort: await findFreePort(),
    dbFile: join(folder, 'temporal', 'temporal.db'),
    namespace: 'default',
    logFile: '',
  });
  const child = spawn(spec.command, spec.args, { cwd: spec.cwd, env: spec.env(), stdio: 'ignore' });
  await eventually('Temporal is ready', async () => spec.ready().then(() => true), readyMsMax);
  return { process: child, address: `127.0.0.1:${port}` };
}

/** The worker that runs the workflows, compiled and bundled as production has it. */
export async function startWorker(env: Readonly<Record<string, string>>): Promise<ChildProcess> {
  const port = await findFreePort();
  const child = fork('dist/workflows/main.js', [], {
    execArgv: [],
    env: {
      ...process.env,
      ...env,
      COUNTERSIGN_WORKFLOW_BUNDLE: 'dist/workflows/bundle.js',
      COUNTERSIGN_WORKER_PORT: String(port),
    },
  });
  const ready = async () => ((await fetch(`http://127.0.0.1:${port}/readyz`)).ok ? true : undefined);
  await eventually('the worker is ready', ready, readyMsMax);
  return child;
}
