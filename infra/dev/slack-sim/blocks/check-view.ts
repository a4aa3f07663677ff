import type { JsonRecord } from '../records.ts';
import { recordsOf } from '../records.ts';
import { blockLimits as limits } from './block-limits.ts';
import { checkBlocks } from './check-blocks.ts';
import { Report } from './report.ts';

/** PURE. Why Slack would refuse this view with `invalid_arguments`; empty when it would not. */
export function checkView(view: JsonRecord, expected: 'modal' | 'home'): readonly string[] {
  const report = new Report();
  if (view['type'] !== expected) report.add('/view/type', `must be ${expected}`);
  report.string(view, 'private_metadata', '/view', { max: limits.privateMetadataMax });
  report.string(view, 'callback_id', '/view', { max: limits.callbackIdMax });
  report.string(view, 'external_id', '/view', { max: limits.callbackIdMax });
  if (expected === 'modal') {
    report.text(view['title'], '/view/title', { max: limits.viewTitleMax, plain: true });
    for (const name of ['submit', 'close']) {
      if (view[name] !== undefined && view[name] !== null) {
        report.text(view[name], `/view/${name}`, { max: limits.viewTitleMax, plain: true });
      }
    }
    const asks = recordsOf(view['blocks']).some(({ type }) => type === 'input');
    if (asks && !view['submit']) report.add('/view', '`submit` is required when there is an input block');
  }
  const inBlocks = checkBlocks(view['blocks'], expected);
  return [...report.problems, ...inBlocks.map((problem) => problem.replace('pointer:/blocks', 'pointer:/view/blocks'))];
}
