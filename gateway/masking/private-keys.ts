import { priorities } from './rules/rule.ts';
import type { Finder } from './spans.ts';

const blockUnitsMax = 64 * 1024;
const header = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/y;
const footer = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/y;
/** Line breaks may be real, escaped (`\n`), or quoted per line in source code. */
const bodyUnits = new Set(
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= \t\r\n\\"\'.,:>|#*-'
    .split('')
    .map((unit) => unit.charCodeAt(0)),
);

/**
 * PEM and PGP private keys. A block without its end is masked as far as it looks like a body, because logs truncate.
 * Each part of the text is looked at once, however often the header is repeated.
 */
export const privateKeyFinder: Finder = {
  id: 'private_key',
  anchors: ['-----BEGIN '],
  open(text, add) {
    let done = 0;
    return (start) => {
      if (start < done) return;
      header.lastIndex = start;
      const head = header.exec(text);
      if (head === null) return;
      const end = endOfBlock(text, start + head[0].length);
      done = end;
      if (end - start - head[0].length < 16) return;
      add({ start, end, entity: 'private_key', rule: 'private_key', priority: priorities.structural });
    };
  },
};

function endOfBlock(text: string, bodyStart: number): number {
  const dashes = text.indexOf('-----', bodyStart);
  const limit = Math.min(dashes === -1 ? text.length : dashes, bodyStart + blockUnitsMax);
  const bodyEnd = skipBody(text, bodyStart, limit);
  if (bodyEnd < limit) return bodyEnd;
  footer.lastIndex = limit;
  const foot = footer.exec(text);
  return foot === null ? limit : limit + foot[0].length;
}

function skipBody(text: string, from: number, limit: number): number {
  let at = from;
  while (at < limit && bodyUnits.has(text.charCodeAt(at))) at++;
  return at;
}
