import type { Word, WordPart } from 'unbash';

/**
 * A word is a text as its program gets it: quotes, escapes and `$'\x72'` are resolved. Of what is known only when it
 * runs, one of two characters stands in its place, which no text that is read may hold.
 */
export const someText = '\0';
/** As {@link someText}, and it may become several words, or none. */
export const someWords = '\u0001';

/** PURE. Nothing of it depends on what is there when it runs. */
export function isKnown(word: string): boolean {
  return !word.includes(someText) && !word.includes(someWords);
}

/** PURE. For all that is known, its program may take it for an option. */
export function mayBeOption(word: string): boolean {
  if (word.startsWith('-') && word !== '-') return true;
  return word.startsWith(someText) || word.includes(someWords);
}

/** PURE. A text as it could be read again, with a variable for what is not known. */
export function asSource(word: string): string {
  return isKnown(word) ? word : word.replaceAll(someText, '$$_').replaceAll(someWords, '$$_');
}

/** PURE. */
export function wordOf({ parts, value }: Word): string {
  return parts === undefined ? value : joined(parts, false, false);
}

/** PURE. The word that names a program: there, a glob is not known either. */
export function programWordOf({ parts, value }: Word): string {
  return parts === undefined ? value : joined(parts, false, true);
}

/** PURE. A text between double quotes or in a heredoc. */
export function quotedOf(parts: readonly WordPart[]): string {
  return joined(parts, true, false);
}

function joined(parts: readonly WordPart[], quoted: boolean, names: boolean): string {
  let text = '';
  for (const part of parts) text += partOf(part, quoted, names);
  return text;
}

function partOf(part: WordPart, quoted: boolean, names: boolean): string {
  switch (part.type) {
    case 'Literal':
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      return part.value;
    case 'DoubleQuoted':
    case 'LocaleString':
      return joined(part.parts, true, names);
    case 'Glob':
    case 'ExtendedGlob':
      return names ? someText : part.text;
    case 'ProcessSubstitution':
      return `/dev/fd/${someText}`;
    case 'BraceExpansion':
      return someWords;
    case 'ArithmeticExpansion':
      return someText;
    case 'CommandExpansion':
      return quoted ? someText : someWords;
    case 'SimpleExpansion':
    case 'ParameterExpansion':
      // A home begins with a slash, and has no blanks but by ill will.
      if (part.text === '$HOME' || part.text === '${HOME}') return '~';
      // "$@" and "${list[@]}" are several words even between quotes.
      return quoted && !part.text.includes('@') ? someText : someWords;
  }
}
