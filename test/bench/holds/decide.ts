import type { TaskView } from '../../support/task-client.ts';
import type { HoldsWorld } from './world.ts';

/** Approves one after another by a click in Slack; milliseconds from each click to its answer, run and recorded. */
export async function decideSome(holds: HoldsWorld, tasks: readonly TaskView[]): Promise<number[]> {
  const cards = await holds.readNewCards();
  const latencies: number[] = [];
  for (const { taskId } of tasks) {
    const card = cards.get(taskId);
    if (card === undefined) throw new Error(`there is no card of ${taskId}`);
    const clicked = performance.now();
    const { httpStatus } = await holds.slack.click('sre-1', card, 'approve');
    if (httpStatus !== 200) throw new Error(`Slack was answered ${httpStatus} for ${taskId}`);
    const client = await holds.client('holds');
    const done = await client.settled(taskId);
    if (done.status !== 'completed' || done.result?.['isError'] === true) throw new Error(JSON.stringify(done));
    latencies.push(performance.now() - clicked);
  }
  return latencies;
}
