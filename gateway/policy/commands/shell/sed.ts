/** What a program in a little language does beside printing. `unsure`: it cannot be read. */
export type Doing = 'read' | 'write' | 'run' | 'unsure';

/** Commands of sed (POSIX and GNU) with nothing or a label behind them. */
const bare = '=dDgGhHnNpPxzFlqQLbtTv:';
/** Commands with a text or the name of a file behind them, up to the end of the line. */
const texts = '#aicrR';

/** PURE. What a script of sed does: `e`, and `e` behind `s///`, run programs; `w` writes files. */
export function readSed(script: string): Doing {
  let doing: Doing = 'read';
  let at = 0;
  for (;;) {
    at = skip(script, at, /[\s;{}]*/y);
    if (at >= script.length) return doing;
    const start = addresses(script, at);
    if (start === undefined) return 'unsure';
    const command = script.charAt(start);
    at = start + 1;
    if (command === '') return 'unsure';
    if (command === '{' || command === '}') continue;
    if (texts.includes(command)) {
      // A backslash carries a text on to the next line.
      at = skip(script, at, /(?:[^\\\n]|\\[^])*\\?/y);
      continue;
    }
    if (command === 'w' || command === 'W') {
      doing = 'write';
      at = skip(script, at, /[^\n]*/y);
      continue;
    }
    const step = command === 's' || command === 'y' ? substitution(script, at, command) : undefined;
    if (step === undefined && !bare.includes(command)) return command === 'e' ? 'run' : 'unsure';
    if (step?.doing === 'run') return 'run';
    if (step?.doing === 'write') doing = 'write';
    const end = skip(script, step?.end ?? at, bare.includes(command) ? /[ \t]*[\w.-]*[ \t]*/y : /[ \t]*/y);
    if (step?.doing === 'write') at = skip(script, end, /[^\n]*/y);
    else if (end < script.length && !';\n}#'.includes(script.charAt(end))) return 'unsure';
    else at = end;
  }
}

function skip(script: string, from: number, pattern: RegExp): number {
  pattern.lastIndex = from;
  return pattern.test(script) ? pattern.lastIndex : from;
}

/** Where the command begins to which addresses belong: `1,/end/!p`. */
function addresses(script: string, from: number): number | undefined {
  let at = from;
  for (let count = 0; count < 2; count += 1) {
    const first = script.charAt(at);
    if (first === '/' || first === '\\') {
      const open = first === '/' ? at : at + 1;
      const end = partEnd(script, open + 1, script.charAt(open), true);
      if (end === undefined) return undefined;
      at = skip(script, end, /[IM]*\s*/y);
    } else at = skip(script, at, /(?:[+~]?\d+(?:~\d+)?|\$)?\s*/y);
    if (count === 0 && script.charAt(at) === ',') at = skip(script, at + 1, /\s*/y);
    else break;
  }
  return skip(script, at, /[\s!]*/y);
}

function substitution(script: string, from: number, command: 's' | 'y'): { end: number; doing: Doing } | undefined {
  const delimiter = script.charAt(from);
  if (delimiter === '' || delimiter === '\n' || delimiter === '\\') return undefined;
  const middle = partEnd(script, from + 1, delimiter, command === 's');
  const end = middle === undefined ? undefined : partEnd(script, middle, delimiter, false);
  if (end === undefined) return undefined;
  const flags = command === 'y' ? '' : script.slice(end, skip(script, end, /\w*/y));
  if (flags.includes('e')) return { end, doing: 'run' };
  if (flags.includes('w')) return { end, doing: 'write' };
  return /^[gpiImM\d]*$/.test(flags) ? { end: end + flags.length, doing: 'read' } : undefined;
}

/**
 * Behind the delimiter that ends a part. Programs called sed do not agree on one inside brackets, nor on a backslash
 * there, so nothing is said of such a script.
 */
function partEnd(script: string, from: number, delimiter: string, isPattern: boolean): number | undefined {
  for (let at = from; at < script.length; at += 1) {
    const letter = script.charAt(at);
    if (letter === delimiter) return at + 1;
    if (letter === '\\') at += 1;
    else if (letter === '[' && isPattern) {
      const close = script.indexOf(']', at + (script.charAt(at + 1) === '^' ? 3 : 2));
      const inside = close < 0 ? delimiter : script.slice(at + 1, close);
      if (inside.includes(delimiter) || inside.includes('\\')) return undefined;
      // `[[:alpha:]_]` goes on behind its class.
      at = inside.includes('[:') ? Math.max(close, script.indexOf(']', close + 1)) : close;
      if (script.slice(close, at).includes(delimiter)) return undefined;
    }
  }
  return undefined;
}
