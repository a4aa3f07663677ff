import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { runPackTests } from '../../../../../gateway/config/check-tests.ts';
import { packJsonSchema } from '../../../../../gateway/config/json-schema.ts';
import type { Problem } from '../../../../../gateway/config/problems.ts';
import { readPack } from '../../../../../gateway/policy/packs/read-pack.ts';
import { shippedPackFile, shippedPacks } from '../../../../../gateway/policy/packs/shipped.ts';

const readFile = (file: string): string => readFileSync(file, 'utf8');

function read(name: string) {
  const problems: Problem[] = [];
  return { pack: readPack(shippedPackFile(name), readFile, problems), problems };
}

describe('every pack that is shipped', () => {
  test('is sound, is called what its file is called, and leaves it to its users who approves', () => {
    for (const name of shippedPacks()) {
      const { pack, problems } = read(name);
      expect(problems, name).toEqual([]);
      expect(pack?.pack.name).toBe(name);
      expect(pack?.pack.rules.filter(({ approval }) => approval !== undefined)).toEqual([]);
    }
  });

  test('comes to what its own tests expect', () => {
    for (const name of shippedPacks()) {
      const { pack } = read(name);
      const failed = pack && runPackTests(pack).flatMap(({ problem }) => problem?.message ?? []);
      expect(failed, name).toEqual([]);
    }
  });
});

test('packs have a JSON Schema beside the samples, for editors', async () => {
  await expect(`${JSON.stringify(packJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(
    '../../../../../infra/sample/pack.schema.json',
  );
});

test('the build copies whatever the gateway reads beside its code', () => {
  const [, list = ''] = /const assets = \[(.*)\]/.exec(readFile('infra/docker/build.ts')) ?? [];
  const assets = [...list.matchAll(/'([^']+)'/g)].map(([, folder]) => folder ?? '');
  const others = readdirSync('gateway', { recursive: true, encoding: 'utf8' })
    .map((path) => `gateway/${path}`)
    .filter((path) => /\.\w+$/.test(path) && !/\.(ts|md)$/.test(path));
  expect(others.filter((path) => !assets.some((folder) => path.startsWith(`${folder}/`)))).toEqual([]);
  expect(assets).toContain('gateway/policy/packs');
});
