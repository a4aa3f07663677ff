import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { lastWordMs, readGatewaySettings } from '../../../../gateway/settings.ts';
import { searchAttributes } from '../../../../workflows/contract/names.ts';
import { parseCompose, readComposeFile, startOrder } from '../../../support/compose-file.ts';
import { findProblems } from '../../../support/compose-problems.ts';
import { parseDockerfile, stageChain, stageEnv } from '../../../support/dockerfile.ts';

const repository = fileURLToPath(new URL('../../../../', import.meta.url));
const read = (path: string) => readFileSync(join(repository, path), 'utf8');
const exists = (path: string) => existsSync(join(repository, path));
const text = read('docker-compose.yml');
const file = readComposeFile(join(repository, 'docker-compose.yml'));
const stages = parseDockerfile(read('infra/docker/Dockerfile'));
/** To write the last entries and close what is open. */
const closingMs = 10_000;
const problemsOf = (changed: string) => findProblems(parseCompose(changed), { stages, exists });

/** The file with one thing in it wrong; fails when the thing to change is not there any more. */
function broken(from: string | RegExp, to: string): string {
  const changed = text.replace(from, to);
  if (changed === text) throw new Error(`The file has no ${String(from)}.`);
  return changed;
}

describe('docker-compose.yml', () => {
  test('is well formed, and refers only to what there is', () => {
    expect(problemsOf(text)).toEqual([]);
  });

  test('starts the ledger’s database before the migrations, and those before the gateway', () => {
    const order = startOrder(file);
    const wanted = ['postgres', 'migrate', 'gateway', 'slack-app'];
    expect(order.filter((name) => wanted.includes(name))).toEqual(wanted);
  });

  test('names for every program of ours an entry that the build makes', () => {
    const words = Object.values(file.services).flatMap(({ command = [], healthcheck }) => [
      ...command,
      ...(healthcheck?.test ?? []),
    ]);
    const entries = words.filter((word) => word.startsWith('dist/'));
    expect(entries.length).toBeGreaterThan(10);
    expect(entries.filter((entry) => !exists(sourceOf(entry)))).toEqual([]);
  });

  test('creates every search attribute of the contract before anything of ours starts', () => {
    const created = /for name in (.*); do/.exec(read('infra/docker/temporal/namespace.sh'))?.[1]?.split(' ');
    expect(created?.sort()).toEqual(
      Object.values(searchAttributes)
        .map(({ name }) => name)
        .sort(),
    );
    for (const name of ['gateway', 'worker', 'slack-app']) {
      expect(file.services[name]?.depends_on?.['temporal-namespace']?.condition).toBe('service_completed_successfully');
    }
  });

  test('gives every program of ours the time it takes to stop, and some to close', () => {
    const graceMs = (name: string) =>
      Number(/^(\d+)s$/.exec(file.services[name]?.stop_grace_period ?? '')?.[1]) * 1_000;
    const { drainGraceMs, drainMs } = readGatewaySettings(file.services['gateway']?.environment ?? {});
    expect(graceMs('gateway')).toBeGreaterThanOrEqual(drainGraceMs + drainMs + lastWordMs + closingMs);
    for (const [name, folder] of [['worker', 'workflows'] as const, ['slack-app', 'slack-app'] as const]) {
      const shutdown = /shutdownGraceTime: '(\d+) seconds'/.exec(read(`${folder}/main.ts`))?.[1];
      expect(graceMs(name), name).toBeGreaterThanOrEqual(Number(shutdown) * 1_000 + closingMs);
    }
  });

  test('gives the Slack stand-in nothing of a real workspace', () => {
    const real = { SLACK_SIGNING_SECRET: 'of-a-real-app', SLACK_BOT_TOKEN: 'of-a-real-app' };
    const { services } = readComposeFile(join(repository, 'docker-compose.yml'), real);
    expect(JSON.stringify(services['slack-app'])).toContain('of-a-real-app');
    expect(JSON.stringify(services['slack-sim'])).not.toContain('of-a-real-app');
  });

  test('speaks to Slack itself once the address of the stand-in is emptied', () => {
    const { services } = readComposeFile(join(repository, 'docker-compose.yml'), { SLACK_API_URL: '' });
    expect(services['slack-app']?.environment?.['SLACK_API_URL']).toBe('');
  });
});

describe('the check of docker-compose.yml', () => {
  test.each([
    ['a key nobody knows', 'restart: unless-stopped', 'restarts: unless-stopped', /restarts/],
    ['a number for a port', "COUNTERSIGN_PORT: '7400'", 'COUNTERSIGN_PORT: 7400', /expected string/],
    ['an image without a tag', 'temporalio/server:1.31.2', 'temporalio/server', /not pinned/],
    ['an image that moves', 'temporalio/server:1.31.2', 'temporalio/server:latest', /not pinned/],
    ['a port open to the network', "'127.0.0.1:7400:7400'", "'7400:7400'", /loopback/],
    ['an interval without a unit', 'interval: 5s', "interval: '5'", /duration/],
    ['a health check without its kind', "['CMD', 'nc'", "['nc'", /CMD/],
    ['a variable without a default', '${LOG_LEVEL:-info}', '${LOG_LEVEL}', /without a default/],
  ])('refuses %s', (_what, from, to, complaint) => {
    expect(() => parseCompose(broken(from, to))).toThrow(complaint);
  });

  test.each([
    ['a need of no service', 'keys: { condition', 'keyz: { condition', 'needs keyz, which is no service'],
    ['a network of no service', 'service:gateway', 'service:gatewai', 'needs gatewai, which is no service'],
    ['a volume that is not declared', '  trial: {}\n', '', 'mounts trial, which is not there'],
    ['a volume nobody mounts', '  trial: {}\n', '  trial: {}\n  more: {}\n', 'nobody mounts more'],
    ['a folder that is not there', './infra/docker/temporal', './infra/docker/tmprl', 'mounts ./infra/docker/tmprl'],
    ['a stage that is not there', 'target: trial', 'target: demo', 'is built to demo, which is no stage'],
    ['a port published twice', '127.0.0.1:7410:7410', '127.0.0.1:7400:7410', 'a port is published twice'],
    [
      'the end of what never ends',
      'restart: on-failure:12',
      'restart: always',
      'waits for the end of temporal-namespace',
    ],
    [
      'a health that is not checked',
      /healthcheck:\n {6}test: \['CMD-SHELL.*\n(.*\n){3}/,
      '',
      'waits for the health of',
    ],
    [
      'a circle',
      'depends_on: { postgres: { condition: service_healthy } }',
      'depends_on: { temporal: { condition: service_healthy } }',
      'is a circle',
    ],
    ['a password of its own', 'xoxb-trial\n', 'xoxb-4711\n', 'SLACK_SIM_BOT_TOKEN is more'],
    ['a password in a URL', '${APP_PASSWORD:-countersign-app}', 'Tr0ub4dor', 'the password in DATABASE_URL'],
  ])('finds %s', (_what, from, to, complaint) => {
    expect(problemsOf(broken(from, to)).join('\n')).toContain(complaint);
  });
});

describe('the image', () => {
  const ignored = read('.dockerignore').split('\n').filter(Boolean);

  test('copies only what there is and what is not ignored', () => {
    const copies = stages.flatMap(({ copies: each }) => each);
    expect(copies.length).toBeGreaterThan(3);
    for (const { stage, sources } of copies) {
      if (stage !== undefined) expect(stages.map(({ name }) => name)).toContain(stage);
      else expect(sources.filter((source) => !exists(source) || ignored.includes(source))).toEqual([]);
    }
  });

  test('leaves out no folder that is compiled', () => {
    const { include } = JSON.parse(read('tsconfig.json')) as { include: string[] };
    expect(include.filter((folder) => ignored.includes(folder))).toEqual([]);
  });

  test('is built from the lockfile, and without development packages as a product', () => {
    const runs = (name: string) => stageChain(stages, name).flatMap((stage) => stage.runs);
    expect(runs('trial')).toContain('npm ci --include=dev');
    expect(runs('dependencies')).toContain('npm ci --omit=dev');
    expect(stages.flatMap((stage) => stage.runs).filter((command) => /npm (i|install)\b/.test(command))).toEqual([]);
  });

  test('starts the gateway unless told, with the bundle the build makes', () => {
    for (const target of ['product', 'trial']) {
      const [node, entry = ''] = stageChain(stages, target).at(-1)?.command ?? [];
      expect(node).toBe('node');
      expect(exists(sourceOf(entry))).toBe(true);
      expect(stageEnv(stages, target)).toMatchObject({ COUNTERSIGN_WORKFLOW_BUNDLE: '/app/dist/workflows/bundle.js' });
    }
    expect(read('infra/docker/build.ts')).toContain("'dist/workflows/bundle.js'");
  });
});

describe('the product image', () => {
  test('has every package its programs import, for it is built without development packages', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    const jobs = ['infra/database/migrate.ts', 'infra/docker/make-keys.ts', 'infra/docker/healthy.ts'];
    const files = [...['gateway', 'workflows', 'slack-app'].flatMap(sourcesIn), ...jobs, 'infra/dev/secrets.ts'];
    const packages = new Set(files.flatMap((path) => packagesOf(read(path))));
    expect(packages.size).toBeGreaterThan(10);
    expect([...packages].filter((name) => !(name in dependencies))).toEqual([]);
  });

  test('would be found to lack one', () => {
    const imports = ["import { it } from 'vitest';", "import type { A } from 'b';", "import { c } from '@d/e/f.js';"];
    expect(packagesOf(imports.join('\n'))).toEqual(['vitest', '@d/e']);
  });
});

function sourcesIn(folder: string): string[] {
  const names = readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.ts')).map((name) => join(folder, name));
}

/** Packages whose code these lines load; types are gone by then. */
function packagesOf(source: string): string[] {
  const specifiers = [...source.matchAll(/^(?:import|export) (?!type\b)(?:[\w*{}$,\s]+ from )?'([^'.][^']*)';$/gm)];
  return specifiers
    .map(([, specifier = '']) => specifier)
    .filter((specifier) => !specifier.startsWith('node:'))
    .map((specifier) => /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier);
}

/** The TypeScript file that is compiled to `dist/…js`. */
function sourceOf(entry: string): string {
  return entry.replace(/^dist\//, '').replace(/\.js$/, '.ts');
}
