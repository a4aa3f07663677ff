import { expect, it } from 'vitest';
import { pointOf, readButtonValue, writeButtonValue } from '../../../../slack-app/render/button-value.ts';
import { approvalId, viewWith, workflowId } from '../fixtures.ts';

const good = `${approvalId}|3|9f3a11c207be|${workflowId}`;

it('writes approval, revision, digest and workflow, and reads them back', () => {
  expect(writeButtonValue(pointOf(viewWith()))).toBe(good);
  expect(readButtonValue(good)).toEqual(pointOf(viewWith()));
});

it.each([
  undefined,
  '',
  `${good}|more`,
  ` ${good}`,
  `${good}\n`,
  good.replace('|3|', '|0|'),
  good.replace('|3|', '|3.5|'),
  good.replace('|3|', '|03|'),
  good.replace('9f3a', '9F3A'),
  good.replace('approval/', 'recording/'),
  good.replace('approval/ops', 'approval/../ops'),
  good.replace('apr_', 'call_'),
])('reads nothing else: %j', (value) => {
  expect(readButtonValue(value)).toBeUndefined();
});
