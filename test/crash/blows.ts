import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { failpointNames, type FailpointName } from '../../workflows/contract/failpoint.ts';
import { createChance, type Chance } from '../support/chance.ts';

/** What can be killed, by the names of the supervisor. */
const victims = ['gateway', 'gateway-2', 'worker', 'slackApp', 'temporal', 'postgres', 'ops'] as const;
type Victim = (typeof victims)[number];

/** What happens to the product in one round. */
export type Blow =
  | { readonly kind: 'failpoint'; readonly names: readonly FailpointName[] }
  | { readonly kind: 'kill'; readonly kills: readonly { readonly victim: Victim; readonly afterMs: number }[] };

const killMsMax = 2_500;
/** Of ten rounds after the first ones, so many stop at a failpoint. */
const failpointsInTen = 4;
const doublesInTen = 4;

/** These are passed only when a gateway has died before, at a moment that leaves something behind. */
const firstDies: Partial<Record<FailpointName, FailpointName>> = {
  'worker.execution-settled': 'gateway.fence-taken',
  'worker.calls-swept': 'gateway.request-recorded',
};

/**
 * Chance of one round: the same for the same seed and round, whatever came before. Seeds that are close give close
 * first numbers, so they are mixed (the finaliser of MurmurHash3).
 */
export function chanceOf(seed: number, round: number): Chance {
  let mixed = Math.imul(seed, 2_654_435_761) ^ round;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 2_246_822_507);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 3_266_489_909);
  return createChance(mixed ^ (mixed >>> 16));
}

/** Every failpoint once, in an order the seed says; then failpoints and kills of one or two programs by chance. */
export function chooseBlow(seed: number, round: number, chance: Chance): Blow {
  const first = shuffled(failpointNames, createChance(seed))[round - 1];
  const name = first ?? (chance.below(10) < failpointsInTen ? chance.pick(failpointNames) : undefined);
  if (name !== undefined) return blowAt(name);
  const count = chance.below(10) < doublesInTen ? 2 : 1;
  const chosen = shuffled(victims, chance).slice(0, count);
  return { kind: 'kill', kills: chosen.map((victim) => ({ victim, afterMs: chance.below(killMsMax) })) };
}

export function blowAt(name: FailpointName): Extract<Blow, { kind: 'failpoint' }> {
  const before = firstDies[name];
  return { kind: 'failpoint', names: before === undefined ? [name] : [before, name] };
}

export function describeBlow(blow: Blow): string {
  if (blow.kind === 'failpoint') return `at ${blow.names.join(', ')}`;
  return `kill ${blow.kills.map(({ victim, afterMs }) => `${victim} after ${String(afterMs)} ms`).join(', ')}`;
}

/** The folder in which failpoints are armed, and what became of them. */
export class Armoury {
  readonly folder: string;
  readonly #armed = new Set<FailpointName>();
  readonly #everArmed = new Set<FailpointName>();
  readonly hits = new Map<FailpointName, number>();

  constructor(folder: string) {
    this.folder = folder;
  }

  arm(name: FailpointName): void {
    this.#armed.add(name);
    this.#everArmed.add(name);
    writeFileSync(join(this.folder, name), '');
  }

  /** True when nobody has passed it since it was armed. */
  isArmed(name: FailpointName): boolean {
    return existsSync(join(this.folder, name));
  }

  /** Notes which failpoints were passed since the last look. */
  look(): void {
    for (const name of this.#armed) {
      if (this.isArmed(name)) continue;
      this.#armed.delete(name);
      this.hits.set(name, (this.hits.get(name) ?? 0) + 1);
    }
  }

  disarmAll(): void {
    this.look();
    for (const name of this.#armed) rmSync(join(this.folder, name), { force: true });
    this.#armed.clear();
  }

  /** Of those that were armed. */
  get neverPassed(): readonly FailpointName[] {
    return [...this.#everArmed].filter((name) => !this.hits.has(name));
  }
}

function shuffled<T>(items: readonly T[], chance: Chance): T[] {
  const left = [...items];
  return items.map(() => left.splice(chance.below(left.length), 1)).flat();
}
