import { existsSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { openFailpoints, passFailpoint } from '../../../../workflows/contract/failpoint.ts';

const folder = mkdtempSync(join(tmpdir(), 'countersign-failpoints-'));
afterAll(() => rmSync(folder, { recursive: true }));
const open = (given: { folder?: string; loopback?: boolean }) => {
  const die = vi.fn();
  const env = given.folder === undefined ? {} : { COUNTERSIGN_FAILPOINTS: given.folder };
  openFailpoints({ env, loopback: given.loopback ?? true, remove: unlinkSync, die });
  return die;
};

describe('a failpoint', () => {
  test('does nothing in a program that was not told of a folder', () => {
    const armed = join(folder, 'gateway.fence-taken');
    writeFileSync(armed, '');
    const die = open({});
    passFailpoint('gateway.fence-taken');
    expect(die).not.toHaveBeenCalled();
    expect(existsSync(armed)).toBe(true);
    unlinkSync(armed);
  });

  test('kills whoever passes it once it is armed, by its own name and once', () => {
    const die = open({ folder });
    passFailpoint('gateway.fence-taken');
    writeFileSync(join(folder, 'gateway.fence-taken'), '');
    passFailpoint('gateway.answer-recorded');
    expect(die).not.toHaveBeenCalled();
    passFailpoint('gateway.fence-taken');
    passFailpoint('gateway.fence-taken');
    expect(die).toHaveBeenCalledTimes(1);
  });

  test('cannot be opened in a program that others than this machine can reach', () => {
    expect(() => open({ folder, loopback: false })).toThrow('Unset it, or listen on 127.0.0.1.');
  });
});
