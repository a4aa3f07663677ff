/** Looking for the end of what is none takes as long as the text is; after so many of them, nothing more is JSON. */
const failuresMax = 20;

/** Finds JSON that stands in a text, such as in a fenced block or behind `Result: `. */
export class EmbeddedJson {
  readonly #text: string;
  #failures = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Where the object or array that begins at `start` ends, exclusive; undefined when there is none. */
  endAt(start: number): number | undefined {
    if (this.#failures >= failuresMax) return undefined;
    const end = closingOf(this.#text, start);
    if (end !== undefined && isJson(this.#text.slice(start, end))) return end;
    this.#failures += 1;
    return undefined;
  }
}

/** Behind the bracket that closes the one at `start`; brackets in strings do not count. */
function closingOf(text: string, start: number): number | undefined {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const unit = text[at];
    if (unit === '{' || unit === '[') depth += 1;
    else if (unit === '}' || unit === ']') {
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (unit === '"') {
      at = stringEnd(text, at);
    }
  }
  return undefined;
}

/** The closing quote of the string that begins at `start`. */
function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
