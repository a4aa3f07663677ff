import { describe, expect, test } from 'vitest';
import { ruleSchema } from '../../../../../gateway/config/rule-schema.ts';
import { annotationsOf, hintsOf } from '../../../../../gateway/policy/annotations.ts';
import type { JudgeInput, ToolAnnotations } from '../../../../../gateway/policy/judge-input.ts';
import type { Decision } from '../../../../../gateway/config/rule-schema.ts';
import { applies, compileRule } from '../../../../../gateway/policy/rule.ts';

const caller = { issuer: 'i', subject: 's', groups: [], actors: [] };
const input = (annotations: ToolAnnotations | undefined, method = 'tools/call'): JudgeInput => ({
  connection: 'ops',
  method,
  tool: 'x',
  caller,
  args: {},
  at: new Date(0),
  ...(annotations === undefined ? {} : { annotations }),
});

function fits(
  decision: Decision,
  wanted: object,
  said: ToolAnnotations['hints'] | undefined,
  trusted = false,
): boolean {
  const rule = compileRule(ruleSchema.parse({ id: 'r', decision, match: { annotations: wanted } }), undefined);
  return applies(rule, input(said === undefined ? undefined : { hints: said, trusted }));
}

describe('what a server says of its tool', () => {
  test('restricts a call, whether or not anybody trusts it', () => {
    expect(fits('block', { destructiveHint: true }, { destructiveHint: true })).toBe(true);
    expect(fits('block', { destructiveHint: true }, { destructiveHint: false })).toBe(false);
    expect(fits('require_approval', { openWorldHint: true, idempotentHint: false }, {})).toBe(true);
  });

  test.each([
    ['readOnlyHint', false],
    ['destructiveHint', true],
    ['idempotentHint', false],
    ['openWorldHint', true],
  ])('and leaves out means the default of the specification: %s is %s', (hint, value) => {
    expect([fits('block', { [hint]: value }, {}), fits('block', { [hint]: !value }, {})]).toEqual([true, false]);
  });

  test('makes a tool that only reads destroy nothing, unless the server says otherwise', () => {
    expect(fits('block', { destructiveHint: true }, { readOnlyHint: true })).toBe(false);
    expect(fits('block', { idempotentHint: false }, { readOnlyHint: true })).toBe(false);
    expect(fits('block', { destructiveHint: true }, { readOnlyHint: true, destructiveHint: true })).toBe(true);
  });

  test('allows a call only where it is trusted, and only what it says', () => {
    expect(fits('allow', { readOnlyHint: true }, { readOnlyHint: true }, false)).toBe(false);
    expect(fits('allow', { readOnlyHint: true }, { readOnlyHint: true }, true)).toBe(true);
    expect(fits('allow', { destructiveHint: false }, { readOnlyHint: true }, true)).toBe(true);
    for (const [hint, value] of [
      ['readOnlyHint', false],
      ['destructiveHint', true],
      ['openWorldHint', true],
    ] as const) {
      expect(fits('allow', { [hint]: value }, {}, true)).toBe(false);
    }
  });

  test('is not known of a tool that no list has shown, which restricts and never allows', () => {
    for (const value of [true, false]) {
      expect(fits('block', { destructiveHint: value }, undefined)).toBe(true);
      expect(fits('allow', { destructiveHint: value }, undefined)).toBe(false);
    }
  });

  test('concerns no call but that of a tool', () => {
    const rule = compileRule(
      ruleSchema.parse({ id: 'r', decision: 'block', match: { annotations: { destructiveHint: true } } }),
      undefined,
    );
    expect(applies(rule, input(undefined, 'resources/read'))).toBe(false);
    expect(applies(rule, input(undefined, 'prompts/get'))).toBe(false);
  });
});

describe('the hints of a definition', () => {
  test('are its truth values and nothing else', () => {
    const annotations = { readOnlyHint: 'yes', destructiveHint: false, openWorldHint: null, title: 'x', evil: true };
    expect(hintsOf({ name: 'x', annotations })).toEqual({ destructiveHint: false });
    for (const none of [undefined, {}, { annotations: null }, { annotations: [true] }])
      expect(hintsOf(none)).toEqual({});
  });

  test('are trusted only on a connection that says so, in a definition that is accepted', () => {
    const hints = { readOnlyHint: true };
    const trusted = (trustAnnotations: boolean, accepted: boolean) =>
      annotationsOf({ trustAnnotations }, { digest: 'd', accepted, hints })?.trusted;
    expect([trusted(true, true), trusted(true, false), trusted(false, true)]).toEqual([true, false, false]);
    expect(annotationsOf({ trustAnnotations: true }, undefined)).toBeUndefined();
    expect(annotationsOf({ trustAnnotations: true }, { digest: 'd', accepted: true })).toBeUndefined();
  });
});
