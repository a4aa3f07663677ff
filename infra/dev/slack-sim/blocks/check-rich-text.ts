import { textOf, type JsonRecord } from '../records.ts';
import type { Report } from './report.ts';

const partsMax = 10_000;
const sections: ReadonlySet<string> = new Set(['rich_text_section', 'rich_text_preformatted', 'rich_text_quote']);
/** Inline elements and the field each must carry. */
const inlineFields: Readonly<Record<string, string>> = {
  text: 'text',
  link: 'url',
  emoji: 'name',
  user: 'user_id',
  channel: 'channel_id',
  usergroup: 'usergroup_id',
  broadcast: 'range',
  color: 'value',
};

/** Checks a rich_text block: its lists, quotes, preformatted parts and what stands in them. */
export function checkRichText(report: Report, block: JsonRecord, pointer: string): void {
  report.list(block['elements'], `${pointer}/elements`, { min: 1, max: partsMax }, (part, at) => {
    const type = textOf(part['type']) ?? 'none';
    if (type === 'rich_text_list') {
      report.list(part['elements'], `${at}/elements`, { min: 1, max: partsMax }, (item, place) => {
        checkSection(report, item, place);
      });
    } else {
      checkSection(report, part, at);
    }
  });
}

function checkSection(report: Report, part: JsonRecord, pointer: string): void {
  const type = textOf(part['type']) ?? 'none';
  if (!sections.has(type)) {
    report.add(`${pointer}/type`, `unsupported type: ${type}`);
    return;
  }
  report.list(part['elements'], `${pointer}/elements`, { min: 0, max: partsMax }, (inline, at) => {
    const kind = textOf(inline['type']) ?? 'none';
    const field = Object.hasOwn(inlineFields, kind) ? inlineFields[kind] : undefined;
    if (field !== undefined) report.string(inline, field, at, { max: Number.MAX_SAFE_INTEGER, required: true });
    else if (kind !== 'date') report.add(`${at}/type`, `unsupported type: ${kind}`);
  });
}
