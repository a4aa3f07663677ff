import { describe, expect, test } from 'vitest';
import type { Act } from '../../../../../../gateway/policy/commands/command.ts';
import { parseStatements, scanTokens } from '../../../../../../gateway/policy/commands/sql/postgres/parser.ts';
import { readSql } from '../../../../../../gateway/policy/commands/sql/read-sql.ts';
import { createChance, type Chance } from '../../../../../support/chance.ts';
import { dangerous as otherDangerous, harmless as otherHarmless } from './other-corpus.ts';
import { dangerous, evasions, harmless, lookAlikes } from './postgres-corpus.ts';

const rounds = 4_000;
/** Stands where callers write names and literals; no construct may have it. */
const mark = 'zqxmark';

const isRead = (acts: readonly Act[]): boolean => acts.every(({ effects }) => effects.join() === 'read');

const oddities = [
  ...Array.from(`'"\`;()[]{}<>,.:?%$@#!&|*/+-=\\~^0a \t\n\r`),
  "''",
  '--',
  '/*',
  '*/',
  '/*!',
  '$$',
  '$a$',
  '::',
  ':=',
  "E'",
  'U&"',
  '\u00a0',
  '\u200b',
  '\ufeff',
  'ｄ',
  'é',
  '😀',
  '\ud800',
  '\u0001',
  '{{',
  '}}',
  ' drop ',
  ' select ',
  ' ; ',
  ' analyze ',
  ' into ',
  mark,
  `'${mark}'`,
  `"${mark}"`,
];

/** Changes a text in one place or two, as a keyboard, a coder or somebody hostile would. */
function mutate(text: string, others: readonly string[], chance: Chance): string {
  const at = chance.below(text.length + 1);
  const to = Math.min(text.length, at + chance.below(6));
  switch (chance.below(8)) {
    case 0:
      return text.slice(0, at) + text.slice(to);
    case 1:
      return text.slice(0, at) + chance.pick(oddities) + text.slice(at);
    case 2:
      return text.slice(0, at) + chance.pick(oddities) + text.slice(to);
    case 3:
      return text.slice(0, at) + text.slice(at).toUpperCase();
    case 4:
      return `${text}${chance.pick([';', ' ', '\n', '--\n', ' union '])}${chance.pick(others)}`;
    case 5:
      return `${text.slice(0, at)}${chance.pick(others)}${text.slice(at)}`;
    case 6:
      return `${chance.pick(['explain ', 'explain analyze ', 'with x as (', '(', 'prepare p as ', 'do $$ begin '])}${text}${chance.pick(['', ')', ') select 1', '; end $$'])}`;
    default:
      return mutate(mutate(text, others, chance), others, chance);
  }
}

function expectSound(acts: readonly Act[], text: string): void {
  expect(acts.length, text).toBeGreaterThan(0);
  for (const { system, effects, construct } of acts) {
    expect(system).toBe('sql');
    expect(effects.length, text).toBeGreaterThan(0);
    expect(construct, text).toMatch(/^[A-Za-z][A-Za-z_ ,/-]+$/);
    expect(construct.toLowerCase(), text).not.toContain(mark);
    expect(construct, text).not.toContain('gave up');
  }
}

describe('texts for PostgreSQL', () => {
  const corpus = [...harmless, ...lookAlikes, ...[...evasions, ...dangerous].map(([text]) => text)].filter(
    (text) => text.length > 0,
  );

  test('that are changed at random are read to something, and never past what PostgreSQL parses', () => {
    const chance = createChance(20261124);
    let parsed = 0;
    for (let round = 0; round < rounds; round += 1) {
      const text = mutate(chance.pick(corpus), corpus, chance);
      const acts = readSql('postgres', text);
      expectSound(acts, text);
      const danger = dangerIn(text);
      if (danger !== undefined) parsed += 1;
      if (danger === true) expect(isRead(acts), text).toBe(false);
    }
    expect(parsed).toBeGreaterThan(rounds / 4);
  });

  test('that are dangerous stay so, however they are spaced, commented and written', () => {
    const chance = createChance(6);
    for (const [text, construct] of [...evasions, ...dangerous]) {
      if ((parsedOrNothing(text)?.length ?? 0) === 0 || text.includes('/*')) continue;
      for (let round = 0; round < 4; round += 1) {
        const respelled = respell(text, chance);
        const constructs = readSql('postgres', respelled).map((act) => act.construct);
        expect(constructs, respelled).toContain(construct);
      }
    }
  });
});

/** What the statement is by the parser's own tree, judged without the reader. Undefined: it does not parse. */
function dangerIn(text: string): boolean | undefined {
  const statements = parsedOrNothing(text);
  if (statements === undefined) return undefined;
  const tree = JSON.stringify(statements);
  if (tree.includes('"ExplainStmt"')) return /"pg_(read_file|sleep)"/.test(tree);
  return (
    /"(Insert|Update|Delete|Merge|Drop|Truncate|Create|Alter|Grant|GrantRole|View|Index|Call|Load|Vacuum)\w*Stmt"/.test(
      tree,
    ) || /"(intoClause|lockingClause|is_program|filename)"|"pg_(read_file|sleep|terminate_backend)"|"dblink/.test(tree)
  );
}

function parsedOrNothing(text: string): readonly unknown[] | undefined {
  if (text.includes('\0') || !text.isWellFormed()) return undefined;
  try {
    return parseStatements(text);
  } catch {
    return undefined;
  }
}

/** The same tokens with other space, other comments and other case, which are the same statement to PostgreSQL. */
function respell(text: string, chance: Chance): string {
  const tokens = scanTokens(text).filter(({ tokenName }) => !tokenName.endsWith('COMMENT'));
  const spaces = [' ', '\n', '\t', ' /* select */ ', ' -- select 1\n', '\r\n', ' /* /* 1 */ */ '];
  return tokens
    .map(({ text: token }) => (/^[a-z_]+$/i.test(token) && chance.below(2) === 0 ? token.toUpperCase() : token))
    .map((token) => token + chance.pick(spaces))
    .join('');
}

describe('texts in other dialects', () => {
  test('that are changed at random are read to something', () => {
    const chance = createChance(11);
    const corpus = [...otherHarmless, ...otherDangerous].filter(([, text]) => text.length > 0);
    const texts = corpus.map(([, text]) => text);
    for (let round = 0; round < rounds; round += 1) {
      const [dialect, text] = chance.pick(corpus);
      const mutated = mutate(text, texts, chance);
      expectSound(readSql(dialect, mutated), mutated);
    }
  });

  test('that are dangerous stay so behind something harmless', () => {
    for (const [dialect, text] of otherDangerous) {
      expect(isRead(readSql(dialect, `select 1; ${text}`)), text).toBe(text === '');
    }
  });
});
