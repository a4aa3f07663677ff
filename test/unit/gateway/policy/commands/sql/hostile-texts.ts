/** 64 Ki UTF-16 units, what the gateway reads at most. */
const lengthMax = 65_536;

/** `head`, as many units as fit, and `tail`. */
function fill(head: string, unit: string, tail = ''): string {
  return head + unit.repeat(Math.floor((lengthMax - head.length - tail.length) / unit.length)) + tail;
}

/** Something nested as deep as fits. */
function nest(head: string, open: string, inner: string, close: string, tail = ''): string {
  const times = Math.floor((lengthMax - head.length - inner.length - tail.length) / (open.length + close.length));
  return head + open.repeat(times) + inner + close.repeat(times) + tail;
}

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `a${index}`);

/** Texts that cost a parser most: long, deep, and those that scanners go over again and again. */
export const hostileTexts: Readonly<Record<string, string>> = {
  'a list of columns': fill('select a', ',a'),
  'a list of numbers': fill('select 1', ',1'),
  'a list of sums': fill('select ', 'a+a,', '1'),
  'a list of calls': fill('select ', 'f(),', '1'),
  'a list of casts': fill('select ', 'a::b,', '1'),
  'a sum': fill('select 1', '+1'),
  signs: fill('select ', '- ', '1'),
  negations: fill('select ', 'not ', 'a'),
  'a union': fill('select 1', ' union select 1'),
  'a union of lists': fill('select 1,2', ' union select 1,2'),
  'a join': fill('select * from a', ' join a on b'),
  'joins in a list': fill('select * from a', ', b join a on b and c'),
  conditions: fill('select a', ' and a'),
  alternatives: fill('select a', ' or a=1'),
  'casts of a cast': fill('select a', '::a'),
  cases: nest('select ', 'case when ', '1', ' then 1 end'),
  parentheses: nest('select ', '(', '1', ')'),
  'queries in a query': nest('select ', '(select ', '1', ')'),
  'queries with lists in a query': nest('select ', '(select a,', '1', ')'),
  'queries in FROM': nest('select * from ', '(select * from ', 'a', ') x'),
  arrays: nest('select array', '[', '', ']'),
  'calls in a call': nest('select ', 'f(a,', '1', ')'),
  'types in a type': nest('select cast(a as ', 'struct<a int,b ', 'int', '>', ')'),
  statements: fill('select 1', ';select 1'),
  semicolons: fill('', ';'),
  'names of many parts': fill('select a', '.a'),
  subscripts: fill('select a', '[1]'),
  'empty comments': fill('select 1', '/**/'),
  comments: fill('select 1', '/* */ '),
  'comments in a comment': nest('select 1', '/*', '', '*/'),
  'named queries': `with ${names(3_000)
    .map((name) => `${name} as (select 1)`)
    .join()} select 1`,
  'named queries that are asked': `with ${names(1_000)
    .map((name) => `${name} as (select 1)`)
    .join()} select * from ${names(1_000).join()}`,
  'a long literal': fill("select '", 'x', "'"),
  'a literal without an end': fill("select '", 'x'),
  dollars: fill('select ', '$a$'),
  'dollars in names': fill('select $', 'a$b'),
  rows: fill('insert into t values (1)', ',(1)'),
  operators: fill('select ', '+-', '1'),
  'operators with spaces': fill('select ', `${'+-'.repeat(60)} `, '1'),
  'equal signs': fill('select ', '=', '1'),
  collations: fill('select a', ' collate b'),
  'texts that are joined': fill("select ''", "||''"),
  'question marks': fill('select 1 where a =?', ' and a =?'),
  parameters: fill('select 1', ', :a'),
  templates: fill('select 1', ', {{a}}'),
  braces: fill('select ', '{ '),
  bodies: fill('', 'do $$begin end$$;'),
  'a long body': fill('do $$ begin ', 'perform 1; ', ' end $$'),
  'a body of texts': fill('do $$ begin ', "execute 'select 1'; ", ' end $$'),
  'blocks in a block': nest('do $$ ', 'begin ', 'null; ', 'end; ', ' $$'),
  'texts that are run': fill('select ', "query_to_xml('select 1',true,true,''),", '1'),
  'blank lines': fill('select 1', '\n'),
  backslashes: fill('select 1 ', '\\ '),
  quotes: fill('select ', "''"),
  'letters of other scripts': fill('select ', 'é,', '1'),
  emoji: fill("select '", '😀', "'"),
  'a long number': fill('select ', '1'),
  'a long name': fill('select ', 'a'),
  'tables that are dropped': fill('drop table a', ',a'),
  brackets: fill('select ', '[a],', '1'),
  explanations: fill('', 'explain '),
};
