import type { Doing } from './sed.ts';

const tokens =
  /(?<skip>[ \t\r]+|\\\r?\n|#[^\n]*)|(?<text>"(?:[^"\\\n]|\\[^])*")|(?<name>[A-Za-z_]\w*)|(?<number>\d[\w.]*|\.\d+)|(?<sign>\|\||&&|>>|>=|<=|==|!=|!~|\+\+|--|\|&|[^])/y;

/** After these a slash divides; anywhere else it begins a regular expression. */
const ends = /^[\w")\]]$/;
/** After these only awk's grammar knows which. */
const either = /^[)$+-]$/;
/** What must not be in a program of which that matters. */
const more = /system|\||@|getline|>/;

/**
 * PURE. What a program of awk does: `system()` and pipes run programs, and `>` behind `print` writes files. Elsewhere
 * `>` compares.
 */
export function readAwk(program: string): Doing {
  // gawk connects to `/inet/tcp/0/host/80` where others open a file.
  if (program.includes('/inet')) return 'unsure';
  const hasMore = more.test(program);
  let doing: Doing = 'read';
  let at = 0;
  let last = '';
  let lastWord = '';
  let printing = false;
  let depth = 0;
  while (at < program.length) {
    if (program[at] === '/' && (either.test(last) || isWord(lastWord)) && hasMore) return 'unsure';
    if (program[at] === '/' && (!ends.test(last) || isKeyword(lastWord))) {
      const end = regularExpression(program, at);
      if (end === undefined) return 'unsure';
      at = end;
      last = '"';
      lastWord = '';
      continue;
    }
    tokens.lastIndex = at;
    const { groups, 0: token } = tokens.exec(program) ?? { 0: '' };
    if (token === '') return 'unsure';
    at += token.length;
    if (groups?.['skip'] !== undefined) continue;
    const sign = groups?.['sign'];
    const name = groups?.['name'];
    if (name === 'system' || sign === '|' || sign === '|&' || sign === '@') return 'run';
    if (sign === '"') return 'unsure';
    if (name === 'print' || name === 'printf') {
      printing = true;
      depth = 0;
    } else if (sign === '(') depth += 1;
    else if (sign === ')') depth -= 1;
    else if (sign === ';' || sign === '\n' || sign === '}' || sign === '{') printing = false;
    else if ((sign === '>' || sign === '>>') && printing && depth <= 0) doing = 'write';
    last = token.at(-1) ?? '';
    lastWord = name ?? '';
  }
  return doing;
}

function isKeyword(word: string): boolean {
  return ['return', 'print', 'printf', 'case', 'in', 'do', 'else'].includes(word);
}

function isWord(word: string): boolean {
  return ['getline', 'length'].includes(word);
}

function regularExpression(program: string, from: number): number | undefined {
  let bracket = false;
  for (let at = from + 1; at < program.length; at += 1) {
    const letter = program[at];
    if (letter === '\n') return undefined;
    if (letter === '\\') at += 1;
    else if (letter === '[' && !bracket) {
      bracket = true;
      if (program[at + 1] === '^') at += 1;
      if (program[at + 1] === ']') at += 1;
    } else if (letter === ']') bracket = false;
    else if (letter === '/' && !bracket) return at + 1;
  }
  return undefined;
}
