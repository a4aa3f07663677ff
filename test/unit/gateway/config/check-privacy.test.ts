import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../../gateway/config/load.ts';
import { ConfigError } from '../../../../gateway/config/problems.ts';

const head = 'version: 1\npublicUrl: http://127.0.0.1:1\n';
/** Paths that exist; what is read there is the test's. */
const paths = ['package.json', 'tsconfig.json'];

function problemsOf(...texts: string[]): string[] {
  const contents = new Map(texts.map((text, index) => [paths[index], `${index === 0 ? head : 'version: 1\n'}${text}`]));
  const readFile = (path: string): string => contents.get(path) ?? '';
  try {
    loadConfig(paths.slice(0, texts.length), { env: {}, loopback: true, detectorsDigest: 'd', readFile });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ line, path, message }) => `${line}: ${path}: ${message}`);
  }
}

const sound = `purposes: { incident: { description: x } }
dataClasses: { personal: { fields: [salary], seenBy: { groups: [hr] }, otherwise: mask } }
connections:
  - { name: a, upstream: { url: 'http://127.0.0.1:2' }, data: [personal], tools: { t: { data: [personal] } } }
rules:
  - { id: r, match: { purpose: { codes: [incident] } }, decision: allow, purpose: { codes: [incident] } }
`;

describe('purposes and data classes', () => {
  test('that are sound are taken, also from several files', () => {
    expect(problemsOf(sound)).toEqual([]);
    const [purposes = '', classes = '', ...rest] = sound.split('\n');
    expect(problemsOf(`${purposes}\n${rest.join('\n')}`, classes)).toEqual([]);
  });

  test('may not be defined twice', () => {
    expect(problemsOf(sound, 'purposes: { incident: { description: y } }')).toEqual([
      '2: purposes.incident: purpose "incident" stands already at package.json:3',
    ]);
  });

  test.each<[string, string, string, string]>([
    [
      'a class nobody defined',
      'data: [personal], t',
      'data: [personnal], t',
      '6: connections.0.data.0: there is no data class "personnal"; did you mean "personal"?',
    ],
    [
      'a class of a tool',
      't: { data: [personal] }',
      't: { data: [other] }',
      '6: connections.0.tools.t.data.0: there is no data class "other"',
    ],
    [
      'a code in a matcher',
      'match: { purpose: { codes: [incident] } }',
      'match: { purpose: { codes: [incidents] } }',
      '8: rules.0.match.purpose.codes.0: there is no purpose "incidents"; did you mean "incident"?',
    ],
    [
      'a code that is required',
      'allow, purpose: { codes: [incident] }',
      'allow, purpose: { codes: [review] }',
      '8: rules.0.purpose.codes.0: there is no purpose "review"',
    ],
    [
      'a code of a class',
      'otherwise: mask',
      'purposes: [nope], otherwise: mask',
      '4: dataClasses.personal.purposes.0: there is no purpose "nope"',
    ],
    [
      'a mask without fields',
      'fields: [salary], ',
      '',
      '4: dataClasses.personal.otherwise: data class "personal" is masked and says not where it stands; give it fields, or let it block',
    ],
    [
      'fields that nobody masks',
      'otherwise: mask',
      'otherwise: block',
      '4: dataClasses.personal.fields: calls for "personal" data are refused, so no field of it is masked; leave fields out',
    ],
    [
      'a blocking rule that masks',
      'decision: allow, purpose: { codes: [incident] }',
      'decision: block, mask: { fields: [a] }',
      '8: rules.0.mask: rule r decides "block", so its mask is never looked at; leave it out',
    ],
    [
      'a blocking rule with a purpose',
      'decision: allow',
      'decision: block',
      '8: rules.0.purpose: rule r decides "block", so its purpose is never looked at; leave it out',
    ],
    [
      'a purpose that is not given and has a code',
      'codes: [incident] } },',
      'codes: [incident], given: false } },',
      '8: rules.0.match.purpose: rule r wants a purpose that is not given, and its code; leave one of both out',
    ],
    [
      'a misspelled way to ask',
      'data: [personal], t',
      'purpose: { arguments: true }, t',
      '6: connections.0.purpose.arguments: unknown key; did you mean "argument"?',
    ],
  ])('%s is found, with its line', (_what, before, after, problem) => {
    expect(sound).toContain(before);
    expect(problemsOf(sound.replace(before, after))).toContain(problem);
  });

  test('are part of the digest that every decision names', () => {
    const digest = (text: string): string =>
      loadConfig(['package.json'], { env: {}, loopback: true, detectorsDigest: 'd', readFile: () => head + text })
        .policyDigest;
    const changes = [
      ['[hr]', '[hr, it]'],
      ['[salary]', '[salary, born]'],
      ['description: x', 'description: y'],
      ['data: [personal], t', 't'],
      ['data: [personal], t', 'data: [personal], purpose: { ask: true }, t'],
    ] as const;
    const digests = changes.map(([before, after]) => digest(sound.replace(before, after)));
    expect(new Set([digest(sound), ...digests]).size).toBe(changes.length + 1);
  });
});
