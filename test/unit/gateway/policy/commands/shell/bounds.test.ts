import { performance } from 'node:perf_hooks';
import { expect, test } from 'vitest';
import { dialects } from '../../../../../../gateway/policy/commands/command.ts';
import { readCommand } from '../../../../../../gateway/policy/commands/read-command.ts';
import { programs } from '../../../../../../gateway/policy/commands/shell/programs/programs.ts';
import { readShell } from '../../../../../../gateway/policy/commands/shell/read-shell.ts';
import { randomFrom } from '../../../masking/random.ts';

const lengthMax = 65_536;
const millisecondsMax = 50;
const filled = (piece: string, before = '', after = ''): string =>
  `${before}${piece.repeat((lengthMax - before.length - after.length) / piece.length)}${after}`;
const nested = (open: string, close: string, inside = ''): string => {
  const levels = Math.floor((lengthMax - inside.length) / (open.length + close.length));
  return open.repeat(levels) + inside + close.repeat(levels);
};

/** Each as long as a command may be. */
const hostile: readonly string[] = [
  ...[
    'ls;',
    'a;',
    'ls|',
    'ls&&',
    '(',
    '{ ',
    '`',
    '"',
    "'",
    '$(',
    '${a:-',
    '$((',
    '((',
    '<(',
    '[[ a && ',
    'if ',
    'case a in ',
    'f(){ ',
    'a=1 ',
    '${a}',
    '\\\n',
    ' ',
    '\n',
    '#',
    '*',
    '[a',
    '@(a|',
    '{a,',
  ].map((piece) => filled(piece)),
  ...[
    'sudo ',
    'timeout 1 ',
    'env ',
    'xargs ',
    'eval ',
    'ssh a ',
    'docker exec a ',
    'kubectl exec a -- ',
    "bash -c '",
    'nice -n 1 ',
    'find . -exec ',
  ].map((piece) => filled(piece)),
  ...[
    'sh <<A\nls\nA\n',
    'cat <<A\n',
    'cat <<< a;',
    'f(){ ls; };',
    'trap ls EXIT;',
    'alias a=b;',
    'echo x > /etc/a;',
    'echo a|',
  ].map((piece) => filled(piece)),
  nested('$(', ')', 'ls'),
  nested('$(', ')', ''),
  nested('"$(', ')"', 'ls'),
  nested('${a:-', '}'),
  nested('$((', '))', '1'),
  nested('(', ')', 'ls'),
  nested('cat <(', ')', 'ls'),
  nested('{ ', ';}', 'ls'),
  nested('if ', ';then :;fi', 'ls'),
  ...['/', 'a+', 'x++ /', '"', 'print > ', '{', '(a)/'].map((piece) => filled(piece, "awk '", "'")),
  ...['s/a/b/;', '/[', 's/[[:a:]', 's,a\\,', '[', '{', 'a\\\n', 'y/a/b/;'].map((piece) => filled(piece, "sed '", "'")),
  ...['-name x ', '-exec ls {} \\; ', '( '].map((piece) => filled(piece, 'find ')),
  ...['--o ', '-k ', '-o x '].map((piece) => filled(piece, 'sort ')),
  ...['\\d ', 'a '].map((piece) => filled(piece, "psql -c '", "'")),
  ...['../', '/a', '.', '~'].map((piece) => filled(piece, 'echo > ')),
  ...['-c a=b ', '-C a ', 'a '].map((piece) => filled(piece, 'git ')),
  ...['-n a ', 'a/b ', 'get '].map((piece) => filled(piece, 'kubectl ')),
  filled('A', '', '=1'),
  filled('a'),
  filled('$(', "x='", "'"),
  filled('.env.a', 'cat '),
];

/** How much slower this machine is now than one with nothing else to do: from a loop that takes 10 ms there. */
function slowness(): number {
  const start = performance.now();
  let sum = 0;
  for (let index = 0; index < 20_000_000; index += 1) sum = (sum + index) | 0;
  expect(sum).not.toBe(1);
  return Math.max(1, (performance.now() - start) / 10);
}

test('no input takes long, whatever it is made of', () => {
  for (const text of hostile) {
    let best = Infinity;
    // A machine that does something else beside may take longer now and then, but not each time.
    for (let attempt = 0; attempt < 12 && best >= millisecondsMax; attempt += 1) {
      const start = performance.now();
      expect(readShell(text).length).toBeGreaterThan(0);
      best = Math.min(best, (performance.now() - start) / slowness());
    }
    expect(best, `${text.slice(0, 40)}…`).toBeLessThan(millisecondsMax);
  }
});

test('nesting of any depth is read, or unknown', () => {
  for (const open of ['(', '$(', '{ ', '"$(', '`', '((', '${a:-', 'if ', '[[ ( ', '<(']) {
    const acts = readShell(`${open.repeat(100_000).slice(0, lengthMax - 3)}rm`);
    expect(
      acts.some(({ effects }) => effects.includes('unknown')),
      open,
    ).toBe(true);
  }
  expect(readShell(`${'x'.repeat(lengthMax)} ls`)[0]?.construct).toBe('a text too long to be read');
});

test('a text that is too long or too much is unknown beside what was found in it', () => {
  const acts = readShell(`rm -rf x\n${'ls a\n'.repeat(10_000)}`);
  expect(acts.map(({ construct }) => construct)).toEqual(expect.arrayContaining(['rm -r', 'more than can be read']));
  const many = readShell(Array.from({ length: 1000 }, (_, index) => `prog${index}`).join('\n'));
  expect(many.at(-1)?.construct).toBe('more commands than can be listed');
  expect(many.length).toBeLessThan(300);
});

test('every program that is known says something of any words, and nothing of the caller', () => {
  const random = randomFrom(9);
  const words = [
    'zqxj',
    '-x',
    '--zqxj',
    '--zqxj=zqxj',
    '-',
    '--',
    '',
    'rm',
    '/etc/zqxj',
    'zqxj=zqxj',
    '{}',
    ';',
    '$(zqxj)',
    '-c',
    '-e',
    'list',
    'get',
    'show',
    'exec',
    '-o',
    '+x',
    '@',
    's/zqxj/e',
    '0',
  ];
  for (const program of programs.keys()) {
    for (let round = 0; round < 12; round += 1) {
      const args = Array.from({ length: random(6) }, () => words[random(words.length)] ?? '');
      const acts = readShell([program, ...args]);
      expect(acts.length, program).toBeGreaterThan(0);
      for (const { construct, effects } of acts) {
        if (construct.includes('zqxj') || construct === '' || effects.length === 0)
          expect.fail(`${program} ${args.join(' ')}: ${construct}`);
        if (construct === 'a text that cannot be read') expect.fail(`${program} ${args.join(' ')} threw`);
      }
    }
  }
});

test('every dialect is read, and never allowed without a command', () => {
  for (const dialect of dialects) {
    for (const args of [
      undefined,
      {},
      'x',
      [],
      { command: '' },
      { command: 7 },
      { command: [] },
      { command: [7] },
      { sql: '' },
      { url: '' },
      { path: '' },
    ]) {
      const { acts } = readCommand({ tool: 'zqxj', dialect, field: undefined, args });
      expect(
        acts.some(({ effects }) => effects.includes('unknown')),
        `${dialect} ${JSON.stringify(args)}`,
      ).toBe(true);
    }
  }
});
