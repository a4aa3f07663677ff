import { describe, expect, test } from 'vitest';
import { readItems, readMembers } from '../../../../../gateway/masking/json-spans.ts';
import { readOffer } from '../../../../../gateway/screen/offers/lists.ts';
import {
  applyTextEdits,
  cutItems,
  describeItem,
  restrictCaching,
} from '../../../../../gateway/screen/offers/lists-edit.ts';
import { ScreeningFailed } from '../../../../../gateway/screen/screening-failed.ts';

const offerOf = (text: string) => {
  const offer = readOffer(text);
  const [list] = offer?.lists ?? [];
  if (offer === undefined || list === undefined) throw new Error('there is no list');
  return { ...offer, list };
};

describe('spans of a JSON text', () => {
  test('are those of its members and items, whatever stands in them', () => {
    const text = ' { "a" : [1 , {"b":"}],\\"" }, "x" ,-1.50e3,true] ,"\\u0063":null , "d":{}}';
    const members = readMembers(text, 1);
    expect(members.map(({ key, start, end }) => [key, text.slice(start, end)])).toEqual([
      ['a', '[1 , {"b":"}],\\"" }, "x" ,-1.50e3,true]'],
      ['c', 'null'],
      ['d', '{}'],
    ]);
    const items = readItems(text, members[0]?.start ?? 0);
    expect(items.map(({ start, end }) => text.slice(start, end))).toEqual([
      '1',
      '{"b":"}],\\"" }',
      '"x"',
      '-1.50e3',
      'true',
    ]);
    expect(readItems('[]', 0)).toEqual([]);
    expect(readItems('[ ]', 0)).toEqual([]);
    expect(readMembers('{ }', 0)).toEqual([]);
  });
});

describe('an answer', () => {
  test('offers what stands in its lists', () => {
    const text = '{"id":1,"result":{"resources":[{"uri":"a:b","name":"n"},{"name":"without"},7],"nextCursor":"2"}}';
    const { list } = offerOf(text);
    expect(list).toMatchObject({ kind: 'resources', method: 'resources/read' });
    expect(list.items.map(({ name }) => name)).toEqual(['a:b']);
    expect(list.all).toHaveLength(3);
  });

  test.each([
    ['is no JSON', '<html>'],
    ['is an error', '{"error":{"code":1,"message":"tools"}}'],
    ['is of another method', '{"result":{"content":[]}}'],
    ['has no list under the name of one', '{"result":{"tools":{"a":1}}}'],
    ['is a request', '{"id":1,"method":"tools/list","params":{"tools":[]}}'],
  ])('that %s offers nothing', (_what, text) => {
    expect(readOffer(text)).toBeUndefined();
  });

  test.each([
    ['two results', '{"result":{"tools":[]},"result":{"tools":[]}}'],
    ['two lists of one name', '{"result":{"tools":[],"t\\u006fols":[]}}'],
    ['a tool with two names', '{"result":{"tools":[{"name":"a","name":"b"}]}}'],
    ['lists in a batch', '[{"result":{"tools":[]}}]'],
  ])('that has %s is released to nobody', (_what, text) => {
    expect(() => readOffer(text)).toThrow(ScreeningFailed);
  });
});

describe('cutting items out of a list', () => {
  const names = ['a', 'b', 'c', 'd'];
  const texts = [',', ' , ', ',\n  '].map((comma) => `[ ${names.map((name) => `{"name":"${name}"}`).join(comma)}\n]`);

  test('leaves the others in order, as the text they were, for every choice', () => {
    for (const text of texts) {
      const all = readItems(text, 0);
      for (let choice = 0; choice < 16; choice += 1) {
        const cut = new Set(all.filter((_item, index) => (choice & (1 << index)) !== 0));
        const left = applyTextEdits(
          text,
          cutItems(all, (item) => cut.has(item)),
        );
        const kept = names.filter((_name, index) => (choice & (1 << index)) === 0);
        expect((JSON.parse(left) as { name: string }[]).map(({ name }) => name)).toEqual(kept);
        if (cut.size === 0) expect(left).toBe(text);
      }
    }
  });

  test('keeps every other byte: unknown fields, number spellings, escapes', () => {
    const kept = '{"name":"k","x":1.0,"big":12345678901234567890,"s":"\\u0061\\/","inputSchema":{}}';
    const text = `{"jsonrpc":"2.0","result":{"tools":[{"name":"z"}, ${kept}],"other":1e2},"id":7}`;
    const { list } = offerOf(text);
    const left = applyTextEdits(
      text,
      cutItems(list.all, ({ start }) => start === list.items[0]?.start),
    );
    expect(left).toBe(`{"jsonrpc":"2.0","result":{"tools":[${kept}],"other":1e2},"id":7}`);
  });
});

describe('what is added', () => {
  const describeFirst = (item: string): unknown => {
    const text = `{"result":{"tools":[${item}]}}`;
    const { list } = offerOf(text);
    const [first] = list.items;
    if (first === undefined) throw new Error('no item');
    const edited = applyTextEdits(text, describeItem(first, 'Calls need approval by a person.'));
    return (JSON.parse(edited) as { result: { tools: { description: unknown }[] } }).result.tools[0]?.description;
  };

  test('is a sentence at the end of a description, or the description', () => {
    const sentence = 'Calls need approval by a person.';
    expect(describeFirst('{"name":"a","description":"Say \\"x\\"."}')).toBe(`Say "x". ${sentence}`);
    expect(describeFirst('{"description":"","name":"a"}')).toBe(sentence);
    expect(describeFirst('{"name":"a"}')).toBe(sentence);
    expect(describeFirst('{"name":"a","description":7}')).toBe(sentence);
  });

  test.each([
    ['{"tools":[]}', { cacheScope: 'private', ttlMs: 10_000 }],
    ['{"cacheScope":"public","ttlMs":600000,"tools":[]}', { cacheScope: 'private', ttlMs: 10_000 }],
    ['{"tools":[],"ttlMs":5,"cacheScope":"private"}', { cacheScope: 'private', ttlMs: 5 }],
    ['{"tools":[],"ttlMs":"soon"}', { cacheScope: 'private', ttlMs: 10_000 }],
  ])('keeps %s from shared caches, and from others for long', (result, expected) => {
    const text = `{"id":1,"result": ${result}}`;
    const { result: span, members } = offerOf(text);
    const edited = JSON.parse(applyTextEdits(text, restrictCaching(text, span, members))) as { result: object };
    expect(edited.result).toEqual({ tools: [], ...expected });
  });
});
