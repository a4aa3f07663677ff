import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const programs = ['gateway', 'workflows', 'slack-app', 'infra'];
const fileLinesMax = 300;
const functionLinesMax = 70;
const readmeLinesMax = 150;

const planted: string[] = [];
afterAll(() => Promise.all(planted.map((path) => rm(path, { recursive: true, force: true }))));

/** Puts a file with a forbidden import where the rule must see it, in a folder that is removed afterwards. */
async function plant(folder: string, source: string): Promise<string> {
  const home = await mkdtemp(join(folder, 'planted-'));
  planted.push(home);
  const file = join(home, 'violation.ts');
  await writeFile(file, source);
  return file;
}

async function cruise(...paths: string[]): Promise<{ ok: boolean; output: string }> {
  const args = ['depcruise', '--config', 'test/architecture/rules.mjs', '--output-type', 'err-long', ...paths];
  try {
    const { stdout } = await run('npx', ['--no-install', ...args]);
    return { ok: true, output: stdout };
  } catch (error) {
    return { ok: false, output: String((error as { stdout?: string }).stdout) };
  }
}

async function sources(): Promise<string[]> {
  const found: string[] = [];
  for (const folder of programs) {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile() && /\.(ts|mjs|js)$/.test(entry.name)) found.push(join(entry.parentPath, entry.name));
    }
  }
  return found.filter((path) => !path.includes('node_modules') && !path.includes('planted-'));
}

describe('the folders', () => {
  test('import each other only as the rules allow', async () => {
    const { ok, output } = await cruise(...programs);
    expect(output).toBeDefined();
    expect(ok, output).toBe(true);
  });

  test.each([
    [
      'workflows/sandbox',
      `import { readFileSync } from 'node:fs';\nexport const x = readFileSync;\n`,
      'sandbox-is-deterministic',
    ],
    ['workflows/contract', `import pg from 'pg';\nexport const x = pg;\n`, 'contract-is-pure'],
    [
      'slack-app',
      `import { GatewayError } from '../../gateway/errors.ts';\nexport const x = GatewayError;\n`,
      'slack-app-via-contract',
    ],
    ['gateway', `import { request } from 'undici';\nexport const x = request;\n`, 'upstreams-in-one-place'],
    [
      'gateway',
      `import { explainRefusal } from '../../workflows/sandbox/approval-state.ts';\nexport const x = explainRefusal;\n`,
      'gateway-via-contract',
    ],
  ])('a violation planted in %s is refused (%#)', async (folder, source, rule) => {
    const { ok, output } = await cruise(await plant(folder, source));
    expect(ok).toBe(false);
    expect(output).toContain(rule);
  });

  test('Node does not exist for the compiler in the sandbox', async () => {
    await plant('workflows/sandbox', `export const pid = process.pid;\n`);
    await expect(run('npx', ['--no-install', 'tsc', '-p', 'workflows/sandbox', '--noEmit'])).rejects.toMatchObject({
      stdout: expect.stringContaining("Cannot find name 'process'"),
    });
  });
});

describe('the files', () => {
  test(`have at most ${fileLinesMax} lines`, async () => {
    const long: string[] = [];
    for (const path of await sources()) {
      const lines = (await readFile(path, 'utf8')).split('\n').length;
      if (lines > fileLinesMax) long.push(`${path}: ${lines}`);
    }
    expect(long).toEqual([]);
  });

  test(`have functions of at most ${functionLinesMax} lines`, async () => {
    const lengths = (...paths: string[]) =>
      run('npx', ['--no-install', 'oxlint', '-c', 'test/architecture/function-length.json', ...paths]);
    const { stdout } = await lengths(...programs);
    expect(stdout).toContain('0 errors');
    const long = await plant('gateway', `export function long() {\n${'  void 0;\n'.repeat(functionLinesMax)}}\n`);
    await expect(lengths(long)).rejects.toMatchObject({ code: 1 });
  });

  test('leave no unfinished words behind', async () => {
    const unfinished: string[] = [];
    for (const path of await sources()) {
      const text = await readFile(path, 'utf8');
      if (/\b(TODO|FIXME|XXX|HACK)\b|not implemented/.test(text)) unfinished.push(path);
    }
    expect(unfinished).toEqual([]);
  });

  test('stand at the top level only where everybody agreed', async () => {
    const { stdout } = await run('git', ['ls-files']);
    const top = new Set(
      stdout
        .split('\n')
        .filter(Boolean)
        .map((path) => path.split('/')[0] ?? ''),
    );
    const agreed =
      /^(\..*|package(-lock)?\.json|tsconfig\.json|gateway|workflows|slack-app|infra|test|docker-compose\.yml|README\.md|LICENSE|CHANGELOG\.md)$/;
    expect([...top].filter((name) => !agreed.test(name))).toEqual([]);
  });

  test(`keep the README within ${readmeLinesMax} lines`, async () => {
    expect((await readFile('README.md', 'utf8')).split('\n').length).toBeLessThanOrEqual(readmeLinesMax);
  });

  test('touch time and chance only where a program is put together', async () => {
    const offenders: string[] = [];
    const composed = /(^|\/)(main|start|tour|ids)\.ts$|^infra\/dev\/|^workflows\/sandbox\/|\/cli\/|browser|page\//;
    for (const path of await sources()) {
      if (composed.test(path)) continue;
      if (/Date\.now\(\)|new Date\(\)|Math\.random\(\)/.test(await readFile(path, 'utf8'))) offenders.push(path);
    }
    expect(offenders).toEqual([]);
  });
});
