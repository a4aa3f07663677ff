import { execFileSync } from 'node:child_process';

/** All that is measured runs as plain JavaScript: what tsx adds to each function would be measured too. */
export function compile(): void {
  process.stdout.write('Compiling what production runs …\n');
  execFileSync(process.execPath, ['--import', 'tsx', 'infra/docker/build.ts'], { stdio: 'inherit' });
  execFileSync('npx', ['--no-install', 'tsc', '-p', 'test/bench'], { stdio: 'inherit' });
}
