import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

/** What programs read at run time besides their code. */
const assets = ['gateway/policy/packs', 'infra/database', 'infra/dev/slack-sim/page', 'infra/sample'];

/** Compiles everything into `dist/`, with the workflows bundled ahead by the very SDK that will run them. */
rmSync('dist', { recursive: true, force: true });
execFileSync('npx', ['--no-install', 'tsc', '-p', '.'], { stdio: 'inherit' });
for (const folder of assets) {
  cpSync(folder, `dist/${folder}`, { recursive: true, filter: (path) => !path.endsWith('.ts') });
}
const { code } = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL('../../workflows/sandbox/index.ts', import.meta.url)),
});
mkdirSync('dist/workflows', { recursive: true });
writeFileSync('dist/workflows/bundle.js', code);
process.stdout.write('built dist/\n');
