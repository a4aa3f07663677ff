import type { WorldProgress } from './world.ts';

const nameWidth = 12;

const titles: Readonly<Record<string, string>> = {
  slackApp: 'slack-app',
  slackSim: 'slack-sim',
  ops: 'ops server',
  everything: 'everything',
};

/** One line for every step of a start. Failures are shown even when `quiet`. */
export function progressPrinter(print: (line: string) => void, quiet: boolean): (progress: WorldProgress) => void {
  return (progress) => {
    if (progress.kind === 'crashed') {
      print(`  ! ${titleOf(progress.name)}: ${progress.text}`);
    } else if (quiet) {
      return;
    } else if (progress.kind === 'started') {
      print(`  ✓ ${titleOf(progress.name).padEnd(nameWidth)} ${(progress.tookMs / 1000).toFixed(1)} s`);
    } else if (progress.kind === 'recovered') {
      print(`  ✓ ${titleOf(progress.name)} runs again (process ${String(progress.pid)})`);
    } else {
      print(`  · ${progress.text}`);
    }
  };
}

function titleOf(name: string): string {
  return titles[name] ?? name;
}
