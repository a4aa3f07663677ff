import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FailpointName } from '../../workflows/contract/failpoint.ts';
import { blowAt } from '../crash/blows.ts';
import { createRounds, emptyTally, type Rounds } from '../crash/rounds.ts';
import { setStage, type Stage } from '../crash/stage.ts';
import { eventually } from '../support/eventually.ts';

/** A few rounds of the crash test, each at one moment of the crash table; `npm run crash` has all of them, and kills. */
const moments: readonly FailpointName[] = [
  // Sent perhaps, never sent again: settled as unknown.
  'worker.execution-settled',
  'gateway.upstream-answered',
  // Recorded, and not yet released.
  'gateway.answer-recorded',
  'worker.decision-judged',
  'slack-app.click-accepted',
];
const endMsMax = 300_000;

const tally = emptyTally(1);
const stopping = new AbortController();
const now = (): number => Date.now();
const log: string[] = [];
const say = (line: string): void => void log.push(line);
let stage: Stage;
let rounds: Rounds;

beforeAll(async () => {
  stage = await setStage(say, now, stopping.signal);
  rounds = createRounds(stage, tally, { say, now, stopping: stopping.signal });
});
afterAll(async () => {
  stopping.abort();
  await stage.stop({ keep: false });
});

async function untilPassed(name: FailpointName): Promise<void> {
  await eventually(`somebody passes ${name}`, () => {
    stage.armoury.look();
    return stage.armoury.hits.has(name) ? true : undefined;
  });
}

describe('under mixed load through two gateways, a program that dies', () => {
  test.each(moments)('at %s breaks no promise', async (name) => {
    const blow = blowAt(name);
    await rounds.play(moments.indexOf(name) + 1, blow);
    // What follows only from a death before comes later, beside the other rounds.
    await untilPassed(blow.names[0] ?? name);
    expect([...tally.violations], log.join('\n')).toEqual([]);
  });

  test('leaves no call, case or caller without its end', { timeout: endMsMax }, async () => {
    await rounds.finish();
    expect([...tally.violations], log.join('\n')).toEqual([]);
    for (const end of tally.errands.keys()) expect(end).toMatch(/ (answered|denied|unknown)$/);
    expect([...stage.armoury.hits.keys()]).toEqual(expect.arrayContaining([...moments]));
  });
});
