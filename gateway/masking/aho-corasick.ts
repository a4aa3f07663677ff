/** Finds many words at once: one table look-up a UTF-16 unit, ASCII letters without regard to case. */
export interface WordScanner {
  /** Calls `found` with each word's index and the offset where it ends, in order of that offset. */
  scan(text: string, found: (word: number, end: number) => void): void;
}

interface Trie {
  readonly next: Map<number, number>[];
  readonly words: number[][];
}

/** Compiles words into an Aho-Corasick automaton with all failure links resolved (Aho and Corasick, 1975). */
export function compileWords(words: readonly string[]): WordScanner {
  const classes = new Uint16Array(0x10000);
  const classCount = assignClasses(words, classes);
  const trie = buildTrie(words, classes);
  const stateCount = trie.next.length;
  const table = new Int32Array(stateCount * classCount);
  resolveFailures(trie, table, classCount);
  const ends = trie.words.map((list) => Int32Array.from(list));
  const isEnd = Uint8Array.from(trie.words, (list) => (list.length > 0 ? 1 : 0));

  return {
    scan(text, found) {
      let state = 0;
      for (let i = 0; i < text.length; i++) {
        state = table[state * classCount + (classes[text.charCodeAt(i)] ?? 0)] ?? 0;
        if (isEnd[state] === 1) for (const word of ends[state] ?? []) found(word, i + 1);
      }
    },
  };
}

/** Class 0 is "in no word", which always leads back to the start. */
function assignClasses(words: readonly string[], classes: Uint16Array): number {
  let count = 1;
  for (const word of words) {
    for (let i = 0; i < word.length; i++) {
      const unit = word.charCodeAt(i);
      if (classes[unit] !== 0) continue;
      for (const variant of caseVariants(unit)) classes[variant] = count;
      count++;
    }
  }
  return count;
}

function caseVariants(unit: number): number[] {
  const letter = unit | 0x20;
  return unit < 0x80 && letter >= 0x61 && letter <= 0x7a ? [letter, letter - 0x20] : [unit];
}

function buildTrie(words: readonly string[], classes: Uint16Array): Trie {
  const trie: Trie = { next: [new Map()], words: [[]] };
  for (const [index, word] of words.entries()) {
    let state = 0;
    for (let i = 0; i < word.length; i++) {
      const unitClass = classes[word.charCodeAt(i)] ?? 0;
      let following = trie.next[state]?.get(unitClass);
      if (following === undefined) {
        following = trie.next.length;
        trie.next.push(new Map());
        trie.words.push([]);
        trie.next[state]?.set(unitClass, following);
      }
      state = following;
    }
    if (word.length > 0) trie.words[state]?.push(index);
  }
  return trie;
}

/** Breadth first, so that a state's failure state is complete before the state copies its transitions and words. */
function resolveFailures(trie: Trie, table: Int32Array, classCount: number): void {
  const failure = new Int32Array(trie.next.length);
  const queue = [0];
  for (const state of queue) {
    const fallback = failure[state] ?? 0;
    if (state !== 0) {
      table.copyWithin(state * classCount, fallback * classCount, (fallback + 1) * classCount);
      trie.words[state]?.push(...(trie.words[fallback] ?? []));
    }
    for (const [unitClass, following] of trie.next[state] ?? []) {
      failure[following] = state === 0 ? 0 : (table[state * classCount + unitClass] ?? 0);
      table[state * classCount + unitClass] = following;
      queue.push(following);
    }
  }
}
