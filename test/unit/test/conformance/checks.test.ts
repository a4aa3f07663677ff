import { describe, expect, test } from 'vitest';
import { compareFindings, mergeRuns, scoredFailures, tally, type Check } from '../../../conformance/checks.ts';

const passed: Check = { id: 'a', name: 'A', status: 'SUCCESS' };
const failed: Check = { ...passed, status: 'FAILURE', errorMessage: 'it is broken' };

describe('two runs of the suite', () => {
  test('are the same when every check comes out the same', () => {
    const findings = new Map([['ping', [passed, failed]]]);
    expect(compareFindings(findings, findings)).toEqual([]);
  });

  test('differ when a check comes out otherwise, and say why', () => {
    expect(compareFindings(new Map([['ping', [passed]]]), new Map([['ping', [failed]]]))).toEqual([
      { scenario: 'ping', check: 'a (A)', wanted: 'SUCCESS', got: 'FAILURE', errorMessage: 'it is broken' },
    ]);
  });

  test('differ when one lacks a check, a repetition of it, or a whole scenario', () => {
    const full = new Map([['ping', [passed, passed]]]);
    const once = compareFindings(full, new Map([['ping', [passed]]]));
    expect(once).toEqual([{ scenario: 'ping', check: 'a (A) #2', wanted: 'SUCCESS', got: undefined }]);
    expect(compareFindings(full, new Map())).toHaveLength(2);
    expect(compareFindings(new Map(), full)).toHaveLength(2);
  });

  test('differ when a success has become a note', () => {
    const noted = new Map([['ping', [{ ...passed, status: 'INFO' as const }]]]);
    expect(compareFindings(new Map([['ping', [passed]]]), noted)).toHaveLength(1);
    expect(compareFindings(noted, new Map([['ping', []]]))).toEqual([]);
  });
});

describe('a repeated run', () => {
  const other: Check = { id: 'b', name: 'B', status: 'SUCCESS' };
  const reference = new Map([['ping', [passed, other]]]);
  const merge = (first: readonly Check[], again: readonly Check[]) =>
    compareFindings(reference, mergeRuns(reference, new Map([['ping', first]]), new Map([['ping', again]])));

  test('holds when every check held once, in whichever run', () => {
    expect(merge([failed, other], [passed, { ...other, status: 'FAILURE' }])).toEqual([]);
    expect(merge([passed, other, { id: 'c', name: 'C', status: 'FAILURE' }], [passed, other])).toEqual([]);
  });

  test('does not hold when a check never did', () => {
    expect(merge([failed, other], [failed, other])).toHaveLength(1);
    expect(merge([other], [other])).toHaveLength(1);
  });
});

describe('a run', () => {
  test('fails by the scenarios that count, and by no others', () => {
    const findings = new Map([
      ['ping', [failed]],
      ['tasks-lifecycle', [failed]],
    ]);
    expect(scoredFailures(findings, new Set(['ping']))).toEqual(['ping: a fails: it is broken']);
  });

  test('counts what passed and what failed', () => {
    const checks: Check[] = [passed, failed, { ...passed, status: 'WARNING' }, { ...passed, status: 'INFO' }];
    expect(tally(new Map([['ping', checks]]))).toEqual({ passed: 1, failed: 1 });
  });
});
