import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import type { Act } from '../../../../../../gateway/policy/commands/command.ts';
import { passiveNodes } from '../../../../../../gateway/policy/commands/sql/postgres/nodes.ts';
import { readers } from '../../../../../../gateway/policy/commands/sql/postgres/readers.ts';
import { statements } from '../../../../../../gateway/policy/commands/sql/postgres/statements.ts';
import { readSql } from '../../../../../../gateway/policy/commands/sql/read-sql.ts';
import { dangerous, evasions, harmless, lookAlikes } from './postgres-corpus.ts';

function effectsOf(acts: readonly Act[]): string[] {
  return [...new Set(acts.flatMap(({ effects }) => effects))];
}

function targetsOf(text: string, kind: 'relations' | 'functions' = 'relations'): string[] {
  return readSql('postgres', text).flatMap(({ targets }) => targets[kind] ?? []);
}

describe('a text for PostgreSQL', () => {
  test('is in a corpus of some size', () => {
    expect(evasions.length).toBe(29);
    expect(lookAlikes.length).toBe(9);
    expect(dangerous.length).toBeGreaterThanOrEqual(150);
    expect(harmless.length).toBeGreaterThanOrEqual(60);
  });

  test.each(evasions)('that evades lists of words is told: %j', (text, construct, effects) => {
    expect(readSql('postgres', text)).toContainEqual(
      expect.objectContaining({ system: 'sql', construct, effects: effects.split(',') }),
    );
  });

  test.each(lookAlikes)('that only looks dangerous is a read: %j', (text) => {
    expect(effectsOf(readSql('postgres', text))).toEqual(['read']);
  });

  test.each(dangerous)('that does more than read is told: %j', (text, construct, effects) => {
    expect(readSql('postgres', text)).toContainEqual(
      expect.objectContaining({ system: 'sql', construct, effects: effects.split(',') }),
    );
  });

  test.each(harmless)('that is harmless is a read: %j', (text) => {
    expect(effectsOf(readSql('postgres', text))).toEqual(['read']);
  });
});

describe('the targets of an act', () => {
  test.each([
    ['select * from A, "B", c.D', ['a', 'B', 'c.d']],
    ['with a as (select * from b) select * from a', ['b']],
    ['with b as (select * from b) select * from b', ['b']],
    ['with recursive b as (select * from b) select * from b', []],
    ['select * from b where exists (with b as (select 1) select 1 from b)', ['b']],
    ['with payroll as (select 1) select * from s.payroll', ['s.payroll']],
    ['with t as (select 1) delete from t where id in (select * from t)', ['t']],
    ['insert into a select * from b', ['a', 'b']],
    ['update a set x = b.x from b where b.id = a.id', ['a', 'b']],
    ['merge into a using b on a.id = b.id when matched then do nothing', ['a', 'b']],
    ['drop table a.b, "C"', ['a.b', 'C']],
    ['drop schema payroll', ['payroll.*']],
    ['drop policy p on s.t', ['s.t']],
    ['truncate a, b.c', ['a', 'b.c']],
    ['alter table a.b add c int', ['a.b']],
    ['create view v as select * from a', ['v', 'a']],
    ['create table a as select * from b', ['a', 'b']],
    ['select * into a from b', ['a', 'b']],
    ['grant select on a.b to c', ['a.b']],
    ['grant select on all tables in schema payroll to c', ['payroll.*']],
    ['copy a.b to stdout', ['a.b']],
    ['explain delete from a', ['a']],
    ['lock table a', ['a']],
    ['do $$ begin delete from a.b; end $$', ['a.b']],
  ])('are the tables that %j names, in lower case unless quoted', (text, names) => {
    expect(targetsOf(text).toSorted()).toEqual(names.toSorted());
  });

  test('are the functions that are not harmless', () => {
    expect(targetsOf('select count(*), Report.Monthly(1), "X"(2), pg_sleep(3)', 'functions').toSorted()).toEqual([
      'X',
      'pg_sleep',
      'report.monthly',
    ]);
  });

  test('of a call of a function that looks at no table are its own alone', () => {
    expect(readSql('postgres', 'select * from report.monthly(2026)')).toEqual([
      {
        system: 'sql',
        construct: 'a function that is not known to be harmless',
        effects: ['execute'],
        targets: { functions: ['report.monthly'] },
      },
    ]);
  });

  test('of what is done several times are in one act', () => {
    expect(readSql('postgres', 'update a set x = 1; select 1; update b set x = 1')).toEqual([
      {
        system: 'sql',
        construct: 'UPDATE without WHERE',
        effects: ['write', 'destroy'],
        targets: { relations: ['a', 'b'] },
      },
      { system: 'sql', construct: 'SELECT', effects: ['read'], targets: {} },
    ]);
  });
});

describe('the grammar of PostgreSQL', () => {
  const types = createRequire(createRequire(import.meta.url).resolve('libpg-query')).resolve('@pgsql/types');
  const names = [...readFileSync(types.replace(/[^/]+$/, 'types.d.ts'), 'utf8').matchAll(/^export interface (\w+)/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name.endsWith('Stmt'));

  test('has no statement that is neither known nor read as unknown', () => {
    expect(names.length).toBeGreaterThan(100);
    const known = (name: string) => Object.hasOwn(statements, name) || Object.hasOwn(readers, name);
    // A wrapper, what analysis makes of a set operation, and an assignment of PL/pgSQL: none is in a parsed text.
    // The other two are parts of statements.
    const others = ['PLAssignStmt', 'RawStmt', 'ReplicaIdentityStmt', 'ReturnStmt', 'SetOperationStmt'];
    expect(names.filter((name) => !known(name)).toSorted()).toEqual(others);
    expect([...Object.keys(statements), ...Object.keys(readers)].filter((name) => name.endsWith('Stmt')).length).toBe(
      names.length - others.length,
    );
  });

  test('has no statement that passes as a part of another', () => {
    expect([...passiveNodes].filter((name) => name.endsWith('Stmt')).toSorted()).toEqual([
      'ReplicaIdentityStmt',
      'ReturnStmt',
    ]);
  });
});
