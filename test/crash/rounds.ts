import { setTimeout as pause } from 'node:timers/promises';
import type { Chance } from '../support/chance.ts';
import { eventually } from '../support/eventually.ts';
import { chanceOf, chooseBlow, describeBlow, type Blow } from './blows.ts';
import { attemptMsMax, run, type Errand, type ErrandKind, type Seen } from './errands.ts';
import { endMsMax, endsOwed, openCalls, type TaskEnds } from './ends.ts';
import { isExpectedEnd } from './promises.ts';
import { checkSafety } from './safety.ts';
import { caseMsMax, deniedWord, grantMs, origin, type Stage } from './stage.ts';
import { brokenWorkflows, findEverywhere, runningWorkflows } from './traces.ts';

/** A round that has taken its blow waits so long for its own calls; later rounds go on beside the slow ones. */
const roundMsMax = 3_500;
/** A failpoint that nobody passes in this time stays armed for the rounds that follow. */
const passMsMax = 6_000;
const startMsMax = 700;
const rolloutSecondsMax = 2;
/** More callers than this at once would wait for the machine and not for the product. */
const errandsMax = 14;
/** Whoever has waited so long while programs died is left in peace until there is an answer. */
const underFireMsMax = 120_000;
/** In peace every case ends in the time of its rule; whoever is then told to call again has an answer at once. */
const restMsMax = caseMsMax + attemptMsMax;
/** A case that nobody fetches, its last card (10 s), and word to callers at a gateway that died as it spoke (20 s). */
const lastEndMsMax = caseMsMax + grantMs + endMsMax + 30_000;
const checkMsMax = 30_000;
const lookMs = 500;
const writers: readonly ErrandKind[] = ['leg', 'stream', 'pending', 'task'];

/** How one crash test went. */
export interface Tally {
  readonly seed: number;
  rounds: number;
  readonly blows: Map<string, number>;
  readonly errands: Map<string, number>;
  readonly violations: Set<string>;
  /** The longest that a caller waited, and the longest rest that was needed, in milliseconds. */
  longestWaitMs: number;
  longestRestMs: number;
}

/** A caller on its way. */
interface UnderWay {
  readonly errand: Errand;
  readonly sinceMs: number;
  readonly done: Promise<void>;
}

export function emptyTally(seed: number): Tally {
  const counts = { blows: new Map<string, number>(), errands: new Map<string, number>() };
  return { seed, rounds: 0, ...counts, violations: new Set(), longestWaitMs: 0, longestRestMs: 0 };
}

export interface Rounds {
  /** `blow` is that of the seed unless told. */
  readonly play: (round: number, blow?: Blow) => Promise<void>;
  /** Waits until nothing is under way, then looks everywhere once. */
  readonly finish: () => Promise<void>;
}

export function createRounds(
  stage: Stage,
  tally: Tally,
  { say, now, stopping }: { say: (line: string) => void; now: () => number; stopping: AbortSignal },
): Rounds {
  const underWay = new Set<UnderWay>();
  const send = (errand: Errand, chance: Chance): Promise<void> => {
    const { gatewayUrls, token } = stage;
    const saw = (seen: Seen): void => void stage.seen.push(seen);
    const accompany = async (): Promise<void> => {
      const end = await run(errand, { gatewayUrls, token, saw, isGivenUp: () => !underWay.has(caller) }, chance);
      count(tally.errands, `${errand.kind} ${end}`);
      if (!isExpectedEnd(end, JSON.stringify(errand.args).includes(deniedWord))) {
        blame(0, `${errand.marker} (${errand.kind}) was told "${end}"`);
      }
      tally.longestWaitMs = Math.max(tally.longestWaitMs, now() - caller.sinceMs);
      underWay.delete(caller);
    };
    const caller: UnderWay = { errand, sinceMs: now(), done: Promise.resolve().then(accompany) };
    underWay.add(caller);
    return caller.done;
  };
  /** Kills nobody until enough callers have their answer; in peace each of them must get it. */
  const rest = async (isEnough: () => boolean): Promise<void> => {
    const began = now();
    while (!isEnough() && !stopping.aborted) {
      await Promise.race([...[...underWay].map(({ done }) => done), pause(lookMs)]);
      // A failpoint that was armed before may still be passed.
      const quietSince = Math.max(began, stage.deaths.at(-1)?.backAtMs ?? now());
      if (now() - quietSince < restMsMax) continue;
      for (const caller of [...underWay].filter(({ sinceMs }) => sinceMs < quietSince)) {
        blame(0, `${caller.errand.marker} (${caller.errand.kind}) got no answer in ${String(restMsMax)} ms of peace`);
        underWay.delete(caller);
      }
    }
    tally.longestRestMs = Math.max(tally.longestRestMs, now() - began);
  };
  const blame = (round: number, sentence: string): void => {
    if (tally.violations.has(sentence)) return;
    tally.violations.add(sentence);
    say(
      `  VIOLATION, seed ${String(tally.seed)}, ${round === 0 ? 'after the rounds' : `round ${String(round)}`}: ${sentence}`,
    );
  };
  const check = async (round: number): Promise<void> => {
    const parts = { ...stage, origin };
    const checkedAtMs = now();
    const untrue = await eventually('the promises can be checked', () => checkSafety(parts), checkMsMax);
    for (const sentence of untrue) blame(round, sentence);
    const owed = endsOwed(stage.witness, stage.deaths, await taskEnds(stage), checkedAtMs);
    for (const sentence of owed) blame(round, sentence);
  };
  return {
    play: async (round, told) => {
      const began = now();
      const chance = chanceOf(tally.seed, round);
      const chosen = chooseBlow(tally.seed, round, chance);
      const blow = told ?? chosen;
      const before = stage.deaths.length;
      const errands = planErrands(round, chance, stage.canary);
      if (blow.kind === 'failpoint') for (const name of blow.names) stage.armoury.arm(name);
      const own = errands.map((errand) => send(errand, chance));
      await strike(stage, blow, before);
      await Promise.race([Promise.allSettled(own), pause(roundMsMax)]);
      await stage.untilAllUp();
      stage.armoury.look();
      for (const { program } of stage.deaths.slice(before)) count(tally.blows, program);
      await check(round);
      tally.rounds += 1;
      const took = ((now() - began) / 1_000).toFixed(1);
      say(
        `round ${String(round).padStart(4)}  ${took.padStart(5)} s  ${describeBlow(blow)}; ` +
          `died: ${
            stage.deaths
              .slice(before)
              .map(({ program }) => program)
              .join(', ') || 'nobody yet'
          }; ` +
          `${String(underWay.size)} callers go on`,
      );
      const isLong = ({ sinceMs }: UnderWay): boolean => now() - sinceMs > underFireMsMax;
      await rest(() => underWay.size <= errandsMax && ![...underWay].some(isLong));
    },
    finish: async () => {
      say('Waiting for the last callers, cases and sweeps …');
      await rest(() => underWay.size === 0);
      stage.armoury.disarmAll();
      await stage.untilAllUp();
      const { neverPassed } = stage.armoury;
      if (neverPassed.length > 0) blame(0, `nobody passed ${neverPassed.join(', ')}`);
      await waitForEnds(stage, (sentence) => blame(0, sentence));
      await check(0);
      for (const sentence of await lookEverywhere(stage)) blame(0, sentence);
    },
  };
}

async function strike(stage: Stage, blow: Blow, before: number): Promise<void> {
  if (blow.kind === 'kill') {
    await Promise.all(
      blow.kills.map(async ({ victim, afterMs }) => {
        await pause(afterMs);
        stage.world.kill(victim);
      }),
    );
    await eventually('somebody died', () => (stage.deaths.length > before ? true : undefined));
    return;
  }
  const [first] = blow.names;
  if (first === undefined) return;
  await eventually('the failpoint is passed', () => (stage.armoury.isArmed(first) ? undefined : true), passMsMax).catch(
    () => undefined,
  );
}

/** Mixed calls of one round: not gated, waiting in every way there is, two that are the same, and one to be denied. */
function planErrands(round: number, chance: Chance, canary: string): Errand[] {
  let place = 0;
  const marker = (): string => `cm${String(round)}x${String((place += 1))}`;
  const plan = (kind: ErrandKind, own: string, args: Errand['args']): Errand => ({
    kind,
    marker: own,
    args,
    firstGateway: chance.below(2),
    startsAfterMs: chance.below(startMsMax),
  });
  const write = (kind: ErrandKind, own: string, key: string): Errand => {
    const rollout = chance.below(3) === 0 ? { rolloutSeconds: 1 + chance.below(rolloutSecondsMax) } : {};
    const value = `${own} token ${canary}`;
    return plan(kind, own, { service: 'payments', key, value, reason: `because of ${canary}`, ...rollout });
  };
  const joined = write('stream', `${marker()}z`, 'joined');
  return [
    plan('read', marker(), {}),
    plan('logs', marker(), { lines: 20 }),
    joined,
    {
      ...joined,
      kind: chance.pick(writers),
      firstGateway: 1 - joined.firstGateway,
      startsAfterMs: chance.below(startMsMax),
    },
    write('task', `${marker()}z`, 'task'),
    write(chance.pick(writers), `${marker()}z`, 'alone'),
    write(chance.pick(writers), `${marker()}z`, chance.below(2) === 0 ? deniedWord : 'alone'),
  ];
}

async function taskEnds({ pool }: Stage): Promise<TaskEnds> {
  const { rows } = await pool.query<{ callId: string; goesOn: boolean; at: Date }>(
    `select call_id as "callId", state in ('waiting', 'executing') as "goesOn", updated_at as at from countersign.task`,
  );
  return new Map(rows.map(({ callId, goesOn, at }) => [callId, { goesOn, endedAtMs: at.getTime() }]));
}

/** Cases expire, grants do, dead gateways are swept: after that nothing may be left. */
async function waitForEnds(stage: Stage, blame: (sentence: string) => void): Promise<void> {
  const left = async (): Promise<string[]> => {
    await stage.witness.read();
    const { rows } = await stage.pool.query<{ id: string }>(
      `select id from countersign.approval where state = 'open'
       union all select id from countersign.task where state in ('waiting', 'executing')
       union all select call_id from countersign.execution where state = 'executing'`,
    );
    return [
      ...openCalls(stage.witness).map(({ callId }) => callId ?? ''),
      ...rows.map(({ id }) => id),
      ...(await stage.withTemporal(runningWorkflows)),
    ];
  };
  try {
    const none = async () => ((await left()).length === 0 ? true : undefined);
    await eventually('everything has an end', none, lastEndMsMax);
  } catch {
    for (const each of await left()) blame(`${each} has no end`);
  }
}

async function lookEverywhere(stage: Stage): Promise<string[]> {
  const { pool, canary } = stage;
  return stage.withTemporal(async (temporal) => {
    const places = { pool, temporal, logs: stage.world.file().logs };
    const control = await findEverywhere('please-deny', places);
    const kinds = ['table', 'the history'].filter((kind) => !control.some((place) => place.startsWith(kind)));
    return [
      ...(await findEverywhere(canary, places)).map((place) => `the canary stands in ${place}`),
      ...kinds.map((kind) => `the search for canaries finds nothing at all in ${kind}`),
      ...(await brokenWorkflows(temporal)),
    ];
  });
}

function count(tally: Map<string, number>, name: string): void {
  tally.set(name, (tally.get(name) ?? 0) + 1);
}
