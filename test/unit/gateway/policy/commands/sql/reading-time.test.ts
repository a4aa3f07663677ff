import { describe, expect, test } from 'vitest';
import type { Dialect } from '../../../../../../gateway/policy/commands/command.ts';
import { readSql } from '../../../../../../gateway/policy/commands/sql/read-sql.ts';
import { hostileTexts } from './hostile-texts.ts';

/** The longest hostile text may cost as much as so many ordinary ones of 4 KB; on two shared cores that is some 40 ms. */
const ordinaryTextsMax = 60;
const ordinary =
  "select a.id, count(*) as c, sum(b.amount) from accounts a join bills b on b.account_id = a.id where a.at > '2026-01-01' and b.state in ('open', 'late') group by a.id having sum(b.amount) > 100";
const readings = 40;

/** The least of several, so that what else the machine does is not counted. Milliseconds of this process's CPU. */
function cpuMs(read: () => void, times: number): number {
  return Math.min(
    ...Array.from({ length: times }, () => {
      const before = process.cpuUsage();
      read();
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1_000;
    }),
  );
}

describe.each<Dialect>(['postgres', 'mysql', 'sql'])('reading %s', (dialect) => {
  const long = Array.from({ length: 20 }, () => ordinary).join('; ');
  const readOrdinary = (): void => {
    for (let reading = 0; reading < readings; reading += 1) readSql(dialect, long);
  };

  test('takes no longer for what is made to take long', { timeout: 120_000 }, () => {
    const allowed = () => (cpuMs(readOrdinary, 3) / readings) * ordinaryTextsMax;
    readOrdinary();
    for (const [name, text] of Object.entries(hostileTexts)) {
      // Whole, and about as much of it as the reader takes up.
      for (const length of [65_536, 16_384, 4_096]) {
        const read = (): unknown => readSql(dialect, text.slice(0, length));
        if (cpuMs(read, 1) > 10) expect(cpuMs(read, 3), `${name} of ${length}`).toBeLessThan(allowed());
      }
    }
  });

  test('leaves a parser that reads on', () => {
    for (const [name, text] of Object.entries(hostileTexts)) {
      for (const length of [65_536, 9_000, 2_000, 400]) readSql(dialect, text.slice(0, length));
      expect(readSql(dialect, 'select 1')[0]?.construct, name).toBe('SELECT');
    }
  });
});

test('what is over the limit is not read', () => {
  expect(readSql('postgres', `select '${'x'.repeat(70_000)}'`)).toEqual([
    { system: 'sql', effects: ['unknown'], construct: 'a text too long to be read', targets: {} },
  ]);
});
