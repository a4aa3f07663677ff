import type { TaskView } from '../../support/task-client.ts';
import type { HoldsWorld } from './world.ts';

const lanes = 32;
const sayEvery = 5_000;

/** Opens so many calls, each with arguments of its own, as tasks: nobody has to stay at the line. */
export async function openHolds(
  holds: HoldsWorld,
  connection: string,
  count: number,
  say: (line: string) => void,
): Promise<{ readonly tasks: readonly TaskView[]; readonly seconds: number }> {
  const tasks: TaskView[] = [];
  const began = performance.now();
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let mine = next++; mine < count; mine = next++) {
      const client = await holds.client(connection);
      const value = `${connection}-${String(mine)}-${process.pid}`;
      tasks.push(await client.start('apply_config', { service: 'payments', key: 'checkout.banner', value }));
      if (tasks.length % sayEvery === 0) say(`  ${tasks.length} of ${count} opened`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, count) }, lane));
  return { tasks, seconds: (performance.now() - began) / 1_000 };
}
