import { execFile } from 'node:child_process';
import { PassThrough, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { maskCommand } from '../../../../gateway/cli/mask.ts';

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

  it('says which line is wrong, and which option', async () => {
    expect(await run(['--ndjson'], '{"id":1}\n')).toMatchObject({ code: 2, err: expect.stringContaining('line 1') });
    expect(await run(['--fast'], '')).toMatchObject({ code: 2, err: expect.stringContaining('--fast') });
  });
});

describe('countersign', () => {
  it('refuses an unknown command with the next step', async () => {
    const call = promisify(execFile)(process.execPath, ['--import', 'tsx', 'gateway/cli/main.ts', 'toString']);
    await expect(call).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('countersign --help') });
  }, 30_000);
});
