import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { describe, expect, test } from 'vitest';

const folder = fileURLToPath(new URL('./histories', import.meta.url));
const workflowsPath = fileURLToPath(new URL('../../workflows/sandbox/index.ts', import.meta.url));

async function* savedHistories() {
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.json')) continue;
    const history = historyFromJSON(JSON.parse(await readFile(join(folder, name), 'utf8')));
    yield { workflowId: name, history };
  }
}

describe('cases that were opened under an earlier release', () => {
  test('go on under this one: every saved history replays', async () => {
    const failures: string[] = [];
    let replayed = 0;
    for await (const { workflowId, error } of Worker.runReplayHistories({ workflowsPath }, savedHistories())) {
      replayed += 1;
      if (error !== undefined) failures.push(`${workflowId}: ${error.message}`);
    }
    expect(failures).toEqual([]);
    expect(replayed).toBeGreaterThanOrEqual(8);
  });

  test('would be noticed when they do not: a history that tells another story fails to replay', async () => {
    const [first] = (await readdir(folder)).filter((name) => name.includes('recordingWorkflow'));
    const text = await readFile(join(folder, first ?? ''), 'utf8');
    const history = historyFromJSON(JSON.parse(text.replaceAll('forwardAndRecord', 'somethingElse')));
    const results = Worker.runReplayHistories({ workflowsPath }, [{ workflowId: 'altered', history }]);
    const errors: unknown[] = [];
    for await (const { error } of results) errors.push(error);
    expect(errors).toEqual([expect.any(Error)]);
  });
});
