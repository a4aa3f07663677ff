import type { machineFacts } from '../machine.ts';
import type { Expiry } from './expire.ts';
import type { Quantiles } from './quantiles.ts';

/** What `results/holds.json` holds; test/bench/README.md says what it means. */
export interface HoldsResults {
  readonly machine: ReturnType<typeof machineFacts>;
  readonly pending: number;
  readonly opening: {
    /** Until the last caller had its task. */
    readonly seconds: number;
    /** Until the last card stood. */
    readonly cardsAfterSeconds: number;
    /** Whole cases, with their cards. */
    readonly perSecond: number;
    readonly cpuMsPerHold: Readonly<Record<string, number>>;
  };
  readonly size: Readonly<Record<string, Size>>;
  /** From a click to its answer, run and recorded. */
  readonly decisionMs: { readonly whileOthersWait: Quantiles; readonly afterTheRestart: Quantiles };
  readonly restart: {
    readonly seconds: number;
    readonly openCases: { readonly postgres: number; readonly temporal: number };
  };
  readonly expiry: Expiry;
}

export interface Size {
  readonly bytes: number;
  readonly bytesPerHold: number;
}

const mib = 1024 * 1024;

/** PURE. What one hold took of each, with two decimals. */
export function costOfEach(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
  count: number,
): Record<string, number> {
  const each = (name: string, now: number): number => Math.round(((now - (before[name] ?? NaN)) / count) * 100) / 100;
  return Object.fromEntries(Object.entries(after).map(([name, now]) => [name, each(name, now)]));
}

/** PURE. The results as people read them. */
export function showResults({ pending, opening, size, decisionMs, restart, expiry }: HoldsResults): string[] {
  const cpu = Object.entries(opening.cpuMsPerHold);
  const total = cpu.reduce((sum, [, ms]) => sum + ms, 0);
  return [
    '',
    `${pending} calls wait: opened ${opening.perSecond.toFixed(1)} a second with their cards`,
    `  processor time a hold: ${total.toFixed(1)} ms (${cpu.map(([name, ms]) => `${name} ${ms.toFixed(1)}`).join(', ')})`,
    ...Object.entries(size).map(
      ([name, { bytes, bytesPerHold }]) =>
        `  ${name.padEnd(17)} ${(bytes / mib).toFixed(0).padStart(6)} MiB ${String(bytesPerHold).padStart(8)} bytes a hold`,
    ),
    `click → recorded answer, while the others wait: ${show(decisionMs.whileOthersWait)}`,
    `  after everything was restarted (${restart.seconds.toFixed(1)} s, all ${restart.openCases.temporal} there): ${show(decisionMs.afterTheRestart)}`,
    `${expiry.count} expired within ${expiry.dueWithinSeconds.toFixed(1)} s, none ran`,
    `  closed after their moment: ${show(expiry.closedAfterMs)}; at most ${expiry.closedInOneSecondMax} in one second`,
    `  decisions of others meanwhile: ${show(expiry.decisionsMeanwhileMs)}`,
  ];
}

function show({ of, p50, p99, max }: Quantiles): string {
  return `p50 ${p50} ms, p99 ${p99} ms, max ${max} ms, of ${of}`;
}
