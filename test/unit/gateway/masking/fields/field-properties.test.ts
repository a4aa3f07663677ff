import { describe, expect, it } from 'vitest';
import { compileFieldMask } from '../../../../../gateway/masking/fields/field-mask.ts';
import { createMasker } from '../../../../../gateway/masking/masker.ts';
import { randomFrom } from '../random.ts';

type Random = (limit: number) => number;

const masker = createMasker();
const roundCount = 1_000;
const globs = ['salary', '*_ssn', 'date_of_birth'];
const mask = compileFieldMask(globs);
/** Spellings under which servers write the same few fields. */
const maskedNames = [
  'salary',
  'Salary',
  'SALARY',
  'tax_ssn',
  'taxSsn',
  'dateOfBirth',
  'date-of-birth',
  'Date of birth',
];
const otherNames = ['name', 'dept', 'id', 'city', 'items', 'note', 'count'];

function pick<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[random(items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

/** Values that must not be seen, of every type; the texts of them are searched for afterwards. */
class Canaries {
  readonly planted: string[] = [];
  #count = 0;

  text(random: Random): string {
    this.#count += 1;
    const canary = `canary${String(this.#count).padStart(4, '0')}x${random(1_000)}`;
    this.planted.push(canary);
    return canary;
  }

  number(random: Random): number {
    this.#count += 1;
    const canary = 700_000_000 + this.#count * 1_000 + random(1_000);
    this.planted.push(String(canary));
    return canary;
  }
}

function hidden(random: Random, canaries: Canaries, depth = 0): unknown {
  switch (random(depth > 2 ? 3 : 6)) {
    case 0:
      return canaries.number(random);
    case 1:
      return `${canaries.text(random)} and\n more ${canaries.text(random)}`;
    case 2:
      return canaries.text(random);
    case 3:
      return [hidden(random, canaries, depth + 1), hidden(random, canaries, depth + 1)];
    case 4:
      return { [canaries.text(random)]: hidden(random, canaries, depth + 1), b: hidden(random, canaries, depth + 1) };
    default:
      return JSON.stringify({ inner: hidden(random, canaries, depth + 1) });
  }
}

/** Part of an answer, with fields that are masked somewhere in it. */
function part(random: Random, canaries: Canaries, depth = 0): unknown {
  const name = pick(random, maskedNames);
  switch (random(depth > 3 ? 5 : 11)) {
    case 0:
      return random(100);
    case 1:
      return pick(random, ['plain', 'a, b and c', 'x: 1', '', 'two\nlines']);
    case 2:
      return { [name]: hidden(random, canaries) };
    case 3:
      return { field: name, value: hidden(random, canaries), type: 'text' };
    case 4:
      return textWith(random, canaries);
    case 5:
      return {
        columns: ['name', name],
        rows: [
          ['Jo', hidden(random, canaries)],
          ['Al', canaries.number(random)],
        ],
      };
    case 6:
      return [
        ['id', name, 'dept'],
        [1, hidden(random, canaries), 'x'],
      ];
    case 7:
      return JSON.stringify({ deep: part(random, canaries, depth + 1) }, null, random(2) * 2);
    case 8:
      return {
        type: 'resource',
        resource: { uri: 'a://b', mimeType: 'text/plain', blob: base64(textWith(random, canaries)) },
      };
    case 9:
      return Array.from({ length: random(4) }, () => part(random, canaries, depth + 1));
    default:
      return Object.fromEntries(otherNames.slice(0, random(5)).map((key) => [key, part(random, canaries, depth + 1)]));
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** A text that holds a masked field in one of the forms that are promised. */
function textWith(random: Random, canaries: Canaries): string {
  const name = pick(random, maskedNames);
  const gap = pick(random, ['', ' ', '  ']);
  const word = (): string => canaries.text(random);
  const around = (lines: string): string =>
    `${pick(random, ['', 'A report.\n\n', 'id: 1\n'])}${lines}${pick(random, ['', '\n\nThe end.'])}`;
  switch (random(12)) {
    case 0:
      return around(`${gap}${name}:${gap}${word()}, ${word()}`);
    case 1:
      return around(`- ${name}=${word()}`);
    case 2:
      return around(`${name}:\n  amount: ${word()}\n  bonus: ${word()}`);
    case 3:
      return around(`  "${name}": {\n"amount": "${word()}"\n},`);
    case 4:
      return around(`name,${name},dept\nJo,${word()},x\nAl,"${word()}, ${word()}",y\n"A\n, b",${word()},z`);
    case 5:
      return around(`| Name | ${name} |\n|---|---|\n| Jo | ${word()} |\n| Al | ${word()} |`);
    case 6:
      return around(`Jo has a ${name} of ${word()} and likes it`);
    case 7:
      return around(`{"a":1,"${name}":"${word()}"}\n{"a":2,"${name}":{"x":"${word()}"}}`);
    case 8:
      return around(`Result: {"a": [1], "${name}": "${word()}"} (done)`);
    case 9:
      return around(`\`\`\`json\n${JSON.stringify({ columns: ['a', name], rows: [[1, word()]] }, null, 2)}\n\`\`\``);
    case 10:
      return around(`This is the ${name}:\n${word()}`);
    default:
      return around(`# ${name}\n\n${word()}\n${word()}`);
  }
}

/** All that a reader gets to see of an answer: its text, strings as they read, and what base64 in them says. */
function visible(value: unknown): string {
  if (typeof value === 'string') {
    const inner = /^\s*[[{]/.test(value) ? parsed(value) : undefined;
    return `${value}\n${Buffer.from(value, 'base64').toString()}\n${inner === undefined ? '' : visible(inner)}`;
  }
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([key, inner]) => `${key}\n${visible(inner)}`)
    .join('\n');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function answerOf(random: Random, canaries: Canaries): object {
  const structuredContent = part(random, canaries);
  const text = random(2) === 0 ? JSON.stringify(structuredContent) : textWith(random, canaries);
  const content = [{ type: 'text', text }, part(random, canaries)];
  return pick(random, [
    { jsonrpc: '2.0', id: 1, result: { content, structuredContent } },
    { jsonrpc: '2.0', id: 1, result: { contents: [{ uri: 'a://b', text }], _meta: { part: part(random, canaries) } } },
    { jsonrpc: '2.0', id: 1, result: { messages: [{ role: 'user', content: { type: 'text', text } }] } },
    { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 1, progress: 1, message: text } },
    { jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: part(random, canaries) } },
    { jsonrpc: '2.0', id: 1, error: { code: -1, message: text, data: part(random, canaries) } },
  ]);
}

describe('of any answer', () => {
  it.each([7, 33, 61])('shows no value of a masked field; masked twice is masked once', (seed) => {
    const random = randomFrom(seed);
    let planted = 0;
    for (let round = 0; round < roundCount; round++) {
      const canaries = new Canaries();
      const before = JSON.stringify(answerOf(random, canaries));
      const once = masker.maskJson(Buffer.from(before), undefined, mask).bytes;
      const seen = `${once.toString('utf8')}\n${visible(JSON.parse(once.toString('utf8')))}`;
      expect(
        canaries.planted.filter((canary) => seen.includes(canary)),
        before,
      ).toEqual([]);
      const twice = masker.maskJson(once, undefined, mask).bytes;
      expect(twice.toString('utf8'), before).toBe(once.toString('utf8'));
      planted += canaries.planted.length;
    }
    expect(planted).toBeGreaterThan(roundCount);
  });

  it('what holds no masked field keeps every byte', () => {
    const random = randomFrom(62);
    for (let round = 0; round < roundCount; round++) {
      const value = { name: 'Jo', big: 12345678901234567890n.toString(), list: [random(9), 'x: 1', null, true] };
      const before = Buffer.from(`{"jsonrpc":"2.0","id":1,"result":{"structuredContent": ${JSON.stringify(value)}}}`);
      expect(masker.maskJson(before, undefined, mask).bytes).toBe(before);
    }
  });
});
