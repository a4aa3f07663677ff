import { describe, expect, it } from 'vitest';
import { compileFieldMask } from '../../../../../gateway/masking/fields/field-mask.ts';
import { createMasker, MaskingFailed } from '../../../../../gateway/masking/masker.ts';

const masker = createMasker();
const mask = compileFieldMask(['salary', '*_ssn', 'date_of_birth']);
const masked = (text: string): string => masker.maskText(text, mask).text.replaceAll('[REDACTED:field]', '#');

describe('a text that is no JSON', () => {
  it.each<[string, string, string]>([
    ['a line that begins with the name', 'Name: Jo\nSalary: 5,000 EUR\nDept: x', 'Name: Jo\nSalary: #\nDept: x'],
    ['an assignment', 'id=1\nexport SALARY=5\nsalary = "5"', 'id=1\n#\nsalary = "#"'],
    ['a name of several words', '- Date of birth: 1990-01-02', '- Date of birth: #'],
    ['YAML with deeper lines', 'salary:\n  a: 5\n  b:\n    - 6\nname: Jo', 'salary:\n  #\n  #\n    #\nname: Jo'],
    ['YAML with a block', 'salary: |\n  five\n\n  six\nname: Jo', 'salary: |\n  #\n\n  #\nname: Jo'],
    ['YAML without a value', 'salary:\nname: Jo', 'salary:\nname: Jo'],
    ['a name with its value below', 'Salary:\n5000\n\nName: Jo', 'Salary:\n#\n\nName: Jo'],
    ['a heading', '## Salary\n\n5000 a month\nor more\n\n## Name\nJo', '## Salary\n\n#\n#\n\n## Name\nJo'],
    ['a sentence', 'Jo is well.\nThe salary of Jo is 5000.\nBye.', 'Jo is well.\n#\nBye.'],
    [
      'a piece of JSON',
      'Found:\n  "salary": {\n"a": 5\n},\n  "name": "Jo"',
      'Found:\n  "salary": #\n#\n#\n  "name": "Jo"',
    ],
    ['lines of JSON', '{"a":1,"salary":5}\n{"a":2,"note":"the salary is 5"}', '{"a":1,"salary":0}\n{"a":2,"note":"#"}'],
    ['CSV', 'name,salary,city\nJo,5,x\n"A, B","6, 7",y', 'name,salary,city\nJo,#,x\n"A, B","#",y'],
    ['CSV with a cell of several lines', 'name,salary\n"A\nsecret\nB",5\nJo,6', 'name,salary\n#\n#\n#\nJo,#'],
    ['CSV of one column', 'salary\n5\n6', 'salary\n#\n#'],
    ['a table in Markdown', '| Name | Salary |\n|---|---|\n| Jo | 5 |', '| Name | Salary |\n|---|---|\n| Jo | # |'],
    ['a table that lies on its side', 'Salary | 5 | 6\nName | Jo | Al', 'Salary | # | #\n# | Jo | Al'],
    ['columns of blanks', 'NAME    SALARY   CITY\nJo      5        x\n\nend', '#\n#\n\nend'],
    ['XML', '<name>Jo</name>\n<salary>5</salary>', '<name>Jo</name>\n#'],
    [
      'JSON in a fence',
      'See:\n```json\n{\n  "field": "salary",\n  "value": 5\n}\n```',
      'See:\n```json\n{\n  "field": "salary",\n  "value": 0\n}\n```',
    ],
    [
      'JSON behind some words',
      'Result: {"name":"Jo","salary":5} (one row)',
      'Result: {"name":"Jo","salary":0} (one row)',
    ],
    ['words behind JSON', '[{"salary":5}] and the salary is 5', '[{"salary":0}]#'],
    ['a name at the end of a line', 'This is the salary of Jo, his salary:\n5000\n\nBye', '#\n#\n\nBye'],
    ['a name and a value on two lines', 'Field: salary\nValue: 5', '#\n#'],
    ['what names no field', 'Jo earns 5000.\na, b\n| c | d |', 'Jo earns 5000.\na, b\n| c | d |'],
  ])('%s', (_what, before, after) => {
    expect(masked(before)).toBe(after);
    const once = masker.maskText(before, mask).text;
    expect(masker.maskText(once, mask).text).toBe(once);
  });
});

describe('a name of a field', () => {
  it.each([
    'salary',
    'SALARY',
    'Sal_ary',
    'employee.salary',
    'a/salary',
    'Salary (EUR)',
    's\u200balary',
    'ｓalary',
    'us_ssn',
    'usSSN',
    'dateOfBirth',
  ])('fits as %s', (name) => {
    expect(mask.fits(name)).toBe(true);
  });

  it.each(['salaries', 'baseSalary', 'salary_band', 'ssn_valid', 'birth', ''])('does not fit as %s', (name) => {
    expect(mask.fits(name)).toBe(false);
  });
});

describe('what cannot be read', () => {
  const binary = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]).toString('base64');
  const answer = (content: unknown): Buffer =>
    Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, result: { content: [content] } }));

  it('does not reach a caller that may not see all fields', () => {
    const image = answer({ type: 'image', data: binary, mimeType: 'image/jpeg' });
    expect(() => masker.maskJson(image, undefined, mask)).toThrow(MaskingFailed);
    expect(masker.maskJson(image).bytes).toBe(image);
  });

  it('is what a name below a masked one may hold, unless the tool declares it', () => {
    const bytes = answer({ type: 'text', text: '{"salary":{"amount":5,"HIV":true}}' });
    const declared = compileFieldMask(['salary'], (name) => name === 'amount');
    const seen = masker.maskJson(bytes, undefined, declared).bytes.toString('utf8');
    expect(JSON.parse(seen)).toMatchObject({ result: { content: [{ text: '{"salary":{"amount":0}}' }] } });
  });
});

describe('the protocol', () => {
  it('keeps its own members, whatever a rule calls its fields', () => {
    const all = compileFieldMask(['*']);
    const before = {
      jsonrpc: '2.0',
      id: 'a',
      result: {
        resultType: 'complete',
        content: [
          { type: 'text', text: '{"a":1}' },
          { type: 'resource', resource: { uri: 'x://y', mimeType: 'text/plain', text: 'one' } },
        ],
        structuredContent: { a: 'x', b: [true] },
        isError: false,
      },
    };
    const { bytes } = masker.maskJson(Buffer.from(JSON.stringify(before)), undefined, all);
    expect(JSON.parse(bytes.toString('utf8'))).toEqual({
      ...before,
      result: {
        ...before.result,
        content: [
          { type: 'text', text: '{"a":0}' },
          { type: 'resource', resource: { uri: 'x://y', mimeType: 'text/plain', text: expect.any(String) } },
        ],
        structuredContent: { a: '[REDACTED:field]', b: [false] },
      },
    });
  });
});

describe('a hostile megabyte', () => {
  const units = 1024 * 1024;
  /** Ten times what is measured on an idle core, so that only quadratic work fails. */
  const hostileMsMax = 15_000;
  it.each([
    'salary',
    'salary ',
    'salary: ',
    'salary\n',
    'salary:\n',
    'salary,b\n',
    'a,salary\n',
    '"',
    '{"salary":',
    '[',
    'a b ',
    '\n',
    'salary.',
    '| salary |\n|--|\n',
    'date of ',
    '\\n',
    '- salary\n\n',
  ])(
    'of %j is masked or refused in linear time',
    (part) => {
      const text = part.repeat(Math.ceil(units / part.length)).slice(0, units);
      const start = performance.now();
      for (const run of [
        () => masker.maskText(text, mask),
        () => masker.maskJson(Buffer.from(JSON.stringify({ text })), undefined, mask),
      ]) {
        try {
          run();
        } catch (error) {
          expect(error).toBeInstanceOf(MaskingFailed);
        }
      }
      expect(performance.now() - start).toBeLessThan(hostileMsMax);
    },
    30_000,
  );
});
