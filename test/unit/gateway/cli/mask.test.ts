import { execFile } from 'node:child_process';
import { PassThrough, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { maskStream } from '../../../../gateway/cli/mask-stream.ts';
import { maskCommand } from '../../../../gateway/cli/mask.ts';
import { createEvaluator } from '../../../../gateway/masking/masker.ts';

async function run(args: readonly string[], input: string): Promise<{ code: number; out: string; err: string }> {
  const output = new PassThrough();
  const errors = new PassThrough();
  const code = await maskCommand(args, { input: Readable.from([Buffer.from(input)]), output, errors });
  return { code, out: String(output.read() ?? ''), err: String(errors.read() ?? '') };
}

describe('countersign mask', () => {
  it('masks text', async () => {
    expect(await run([], 'to jane@example.org\n')).toEqual({ code: 0, out: 'to [REDACTED:email]\n', err: '' });
  });

  it('reports offsets in the input, a line at a time', async () => {
    const { code, out } = await run(
      ['--ndjson'],
      '{"id":"a","text":"to jane@example.org"}\n\n{"id":2,"text":"nothing"}\n',
    );
    expect(code).toBe(0);
    expect(
      out
        .trim()
        .split('\n')
        .map((line): unknown => JSON.parse(line)),
    ).toEqual([
      { id: 'a', masked: 'to [REDACTED:email]', hits: [{ entity: 'email', rule: 'email', offset: 3, length: 16 }] },
      { id: 2, masked: 'nothing', hits: [] },
    ]);
  });

  it('withholds a text that cannot be masked, goes on, and fails in the end', async () => {
    const hostile = 'AccountKey='.repeat(100_000);
    const lines = [
      { id: 1, text: hostile },
      { id: 2, text: 'jane@example.org' },
    ];
    const { code, out, err } = await run(['--ndjson'], lines.map((line) => JSON.stringify(line)).join('\n'));
    expect(code).toBe(1);
    expect(err).toMatch(/line 1 is withheld/);
    const masked = out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { masked: string }).masked);
    expect(masked).toEqual(['[REDACTED:withheld]', '[REDACTED:email]']);
  });

  it('says which line is wrong, and which option', async () => {
    expect(await run(['--ndjson'], '{"id":1}\n')).toMatchObject({ code: 2, err: expect.stringContaining('line 1') });
    expect(await run(['--fast'], '')).toMatchObject({ code: 2, err: expect.stringContaining('--fast') });
  });
});

describe('maskStream', () => {
  it('masks a long text in windows as it would whole, wherever chunks and windows end', async () => {
    const key = `-----BEGIN ${'PRIVATE KEY'}-----\n${'aB3dE5gH7jK9mN2p\n'.repeat(40)}-----END ${'PRIVATE KEY'}-----\n`;
    const part = `é password=\n  hunter2-prod\n${key}to jane@example.org and ${'filler '.repeat(300)}`;
    const text = part.repeat(120);
    const evaluate = createEvaluator();
    const expected = evaluate(text).masked;
    for (const units of [1_000, 4_321, 50_000]) {
      let masked = '';
      for await (const piece of maskStream(chunksOf(Buffer.from(text), 65_521), evaluate, units)) masked += piece;
      expect(masked === expected).toBe(true);
    }
  }, 30_000);
});

async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('countersign', () => {
  it('refuses an unknown command with the next step', async () => {
    const call = promisify(execFile)(process.execPath, ['--import', 'tsx', 'gateway/cli/main.ts', 'toString']);
    await expect(call).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('countersign --help') });
  }, 30_000);
});
