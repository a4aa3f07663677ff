import { describe, expect, test } from 'vitest';
import type { Dialect } from '../../../../../../gateway/policy/commands/command.ts';
import { readSql } from '../../../../../../gateway/policy/commands/sql/read-sql.ts';
import { dangerous, harmless } from './other-corpus.ts';

describe('a text in another dialect than PostgreSQL’s', () => {
  test.each(dangerous)('that does more than read is told: %s %j', (dialect, text, construct, effects) => {
    expect(readSql(dialect, text)).toContainEqual(
      expect.objectContaining({ system: 'sql', construct, effects: effects.split(',') }),
    );
  });

  test.each(harmless)('that is harmless is a read: %s %j', (dialect, text) => {
    expect([...new Set(readSql(dialect, text).flatMap(({ effects }) => effects))]).toEqual(['read']);
  });

  test.each<[Dialect, string, string[]]>([
    ['mysql', 'select * from A.b join `C` using (id)', ['a.b', 'C']],
    ['mysql', 'with a as (select * from b) select * from a', ['b']],
    ['mysql', 'insert into a select * from b', ['a', 'b']],
    ['mysql', 'update a set x = 1 where id in (select id from b)', ['a', 'b']],
    ['mysql', 'delete from a where id = 1', ['a']],
    ['mysql', 'drop table a.b, c', ['a.b', 'c']],
    ['mysql', 'truncate table a.b', ['a.b']],
    ['mysql', 'create table a as select * from b', ['a', 'b']],
    ['mssql', 'merge a using b on a.id = b.id when matched then delete;', ['a', 'b']],
    ['mssql', 'select * from [Payroll].dbo.[Salaries]', ['Payroll.dbo.Salaries']],
    ['bigquery', 'select * from `project.dataset.table`', ['project.dataset.table']],
    ['snowflake', 'copy into a from @s', ['a']],
  ])('names its tables: %s %j', (dialect, text, names) => {
    const found = readSql(dialect, text).flatMap(({ targets }) => targets.relations ?? []);
    expect([...new Set(found)].toSorted()).toEqual(names.toSorted());
  });
});
