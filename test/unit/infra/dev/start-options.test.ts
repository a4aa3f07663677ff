import { describe, expect, it } from 'vitest';
import { readStartOptions } from '../../../../infra/dev/start-options.ts';

describe('readStartOptions', () => {
  it('starts on 7400 with everything kept when nothing is said', () => {
    expect(readStartOptions([], {})).toEqual({ portBase: 7400, fresh: false, quiet: false, help: false });
  });

  it('prefers --port-base to COUNTERSIGN_PORT_BASE', () => {
    const env = { COUNTERSIGN_PORT_BASE: '7500' };
    expect(readStartOptions([], env).portBase).toBe(7500);
    expect(readStartOptions(['--port-base', '7600'], env).portBase).toBe(7600);
  });

  it('refuses what it does not know, by name', () => {
    expect(() => readStartOptions(['--frehs'], {})).toThrow(/--frehs/);
    expect(() => readStartOptions(['--port-base', 'many'], {})).toThrow(/--port-base takes a number/);
  });
});
