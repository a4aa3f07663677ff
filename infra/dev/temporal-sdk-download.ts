import { TestWorkflowEnvironment } from '@temporalio/testing';

/** Lets the Temporal SDK download its CLI into the folder named by the first argument. Exits 1 with the reason. */
const downloadDir = process.argv[2];
if (downloadDir === undefined) throw new Error('Name the folder to download into.');
try {
  const environment = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'cached-download', downloadDir } },
  });
  await environment.teardown();
  process.exit(0);
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${message.split('\n')[0] ?? 'failed'}\n`);
  process.exit(1);
}
