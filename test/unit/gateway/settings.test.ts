import { describe, expect, test } from 'vitest';
import { readGatewaySettings } from '../../../gateway/settings.ts';

const complete = {
  COUNTERSIGN_CONFIG: 'a.yaml',
  DATABASE_URL: 'postgres://db',
  COUNTERSIGN_KEY_FILE: '/key',
  COUNTERSIGN_DECISION_KEYS_FILE: '/decision-keys',
};

describe('the settings of a gateway', () => {
  test('give a drain 3 seconds to be noticed and 10 to finish, unless told', () => {
    expect(readGatewaySettings(complete)).toMatchObject({ drainGraceMs: 3_000, drainMs: 10_000 });
    const told = { COUNTERSIGN_DRAIN_GRACE_SECONDS: '0.5', COUNTERSIGN_DRAIN_SECONDS: '60' };
    expect(readGatewaySettings({ ...complete, ...told })).toMatchObject({ drainGraceMs: 500, drainMs: 60_000 });
  });

  test.each(['soon', '-1', '86400'])('refuse a drain of %s seconds, by name', (value) => {
    expect(() => readGatewaySettings({ ...complete, COUNTERSIGN_DRAIN_SECONDS: value })).toThrow(
      /COUNTERSIGN_DRAIN_SECONDS/,
    );
  });
});
