import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { runPackTests, runTests, type RunTest } from '../config/check-tests.ts';
import { ConfigError, type Problem } from '../config/problems.ts';
import { readPack } from '../policy/packs/read-pack.ts';
import { shippedPackFile, shippedPacks } from '../policy/packs/shipped.ts';
import { orSayWhy, readPolicy, writeJson } from './policy-files.ts';
import type { PolicyValues } from './policy-options.ts';

/** `countersign policy test`. Exit code 0: all tests pass; 1: some fail, or the files are not sound. */
export function testPolicy(paths: readonly string[], { json = false }: PolicyValues): number {
  const packs = paths.filter(isPack);
  const tests = packs.length === paths.length ? testPacks(packs, json) : testFiles(paths, json);
  if (tests === undefined) return 1;
  const failed = tests.filter(({ problem }) => problem !== undefined);
  if (json) writeJson({ ok: failed.length === 0, tests });
  else process.stdout.write(inWords(tests));
  return failed.length === 0 ? 0 : 1;
}

/** Packs by their file, or by the name of one that comes with Countersign. */
function testPacks(paths: readonly string[], json: boolean): RunTest[] | undefined {
  return orSayWhy(json, () => {
    const problems: Problem[] = [];
    const packs = paths.map((path) => readPack(fileOf(path), (file) => readFileSync(file, 'utf8'), problems));
    if (problems.length > 0) throw new ConfigError(problems);
    return packs.flatMap((pack) => (pack === undefined ? [] : runPackTests(pack)));
  });
}

function testFiles(paths: readonly string[], json: boolean): RunTest[] | undefined {
  const read = readPolicy(paths, json);
  return read && runTests(read.config, read.files, read.packs);
}

function isPack(path: string): boolean {
  if (shippedPacks().includes(path)) return true;
  try {
    const value: unknown = parse(readFileSync(path, 'utf8'));
    return typeof value === 'object' && value !== null && 'name' in value && !('version' in value);
  } catch {
    return false;
  }
}

function fileOf(path: string): string {
  return shippedPacks().includes(path) ? shippedPackFile(path) : path;
}

function inWords(tests: readonly RunTest[]): string {
  const lines: string[] = [];
  let file: string | undefined;
  for (const test of tests) {
    if (test.file !== file) lines.push(test.file);
    file = test.file;
    lines.push(`  ${test.problem === undefined ? '✓' : '✗'} ${test.name}`);
    if (test.problem !== undefined) lines.push(`      line ${test.problem.line}: ${test.problem.message}`);
  }
  const failed = tests.filter(({ problem }) => problem !== undefined).length;
  const sum = tests.length === 0 ? 'there are no tests in these files' : `${tests.length} tests, ${failed} failed`;
  return `${[...lines, sum].join('\n')}\n`;
}
