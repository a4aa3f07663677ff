import { readdir, readFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { describe, expect, test } from 'vitest';
import { readProof, requirements, requirementsTable } from '../requirements.ts';

const page = 'test/README.md';
const [begin, end] = ['<!-- promises: from test/requirements.ts -->', '<!-- /promises -->'];
const proofs = requirements.flatMap(({ provenBy }) => provenBy.map(readProof));

/** Whether a test file has a test of this title; titles are compared as they are written, quotes and all. */
function hasTest(source: string, title: string): boolean {
  const written = [
    `'${title.replaceAll("'", String.raw`\'`)}'`,
    `"${title.replaceAll('"', String.raw`\"`)}"`,
    `\`${title}\``,
  ];
  return written.some((literal) => source.includes(`(${literal},`));
}

describe('the promises', () => {
  test('have ids of their own, in words', () => {
    const ids = requirements.map(({ id }) => id);
    expect(ids.filter((id) => !/^[a-z]+(:[a-z-]+){1,2}$/.test(id))).toEqual([]);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  test('name tests that there are', async () => {
    const missing: string[] = [];
    for (const { file, title } of proofs) {
      const source = await readFile(`test/${file}`, 'utf8').catch(() => '');
      if (!hasTest(source, title)) missing.push(`${file} > ${title}`);
    }
    expect(missing).toEqual([]);
  });

  test('would be found to name one that is gone', () => {
    const source = "  test('waits', async () => {\n  ])('%s is refused', (what) => {\n// 'waits in vain',";
    expect(['waits', '%s is refused', 'waits in vain'].map((title) => hasTest(source, title))).toEqual([
      true,
      true,
      false,
    ]);
  });

  test.each(['end-to-end', 'integration'])('are proven by every file of test/%s', async (folder) => {
    const files = (await readdir(`test/${folder}`)).filter((name) => name.endsWith('.test.ts'));
    const cited = new Set(proofs.map(({ file }) => file));
    expect(files.filter((name) => !cited.has(`${folder}/${name}`))).toEqual([]);
  });

  test('stand in test/README.md as in test/requirements.ts; `vitest -u` writes them there', async () => {
    const text = await readFile(page, 'utf8');
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    expect(from, `${page} has "${begin}" and "${end}"`).toBeGreaterThan(0);
    expect(to).toBeGreaterThan(from);
    const written = `${text.slice(0, from + begin.length)}\n\n${requirementsTable()}\n\n${text.slice(to)}`;
    const formatted = await format(written, { ...(await resolveConfig(page)), filepath: page });
    await expect(formatted).toMatchFileSnapshot('../README.md');
  });
});
