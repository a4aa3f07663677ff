import { isRecord, recordsOf, textOf, type JsonRecord } from '../records.ts';
import { blockLimits as limits } from './block-limits.ts';
import { checkElement } from './check-elements.ts';
import { checkRichText } from './check-rich-text.ts';
import { Report, type Surface } from './report.ts';

/** Blocks that Slack has and the stand-in passes on unread; its page shows their type only. */
const passedOn: ReadonlySet<string> = new Set([
  'image',
  'file',
  'video',
  'markdown',
  'table',
  'data_table',
  'card',
  'carousel',
  'container',
  'plan',
  'task_card',
  'context_actions',
]);

/**
 * PURE. Why Slack would refuse these blocks with `invalid_blocks`; empty when it would not. Refuses too many blocks,
 * unknown types, blocks of another surface, texts beyond their limit, and ids that are given twice.
 */
export function checkBlocks(blocks: unknown, surface: Surface): readonly string[] {
  const report = new Report();
  const max = surface === 'message' ? limits.messageBlocksMax : limits.viewBlocksMax;
  const blockIds = new Set<string>();
  report.list(blocks, '/blocks', { min: surface === 'message' ? 0 : 1, max }, (block, pointer) => {
    report.string(block, 'block_id', pointer, { max: limits.blockIdMax });
    const id = textOf(block['block_id']);
    if (id !== undefined && id !== '' && blockIds.has(id)) {
      report.add(`${pointer}/block_id`, `\`block_id\` ${id} already exists`);
    }
    if (id !== undefined) blockIds.add(id);
    checkBlock(report, block, pointer, surface);
  });
  return report.problems;
}

/** PURE. All characters a message shows; beyond `messageCharsMax` Slack says `msg_blocks_too_long`. */
export function countBlockChars(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + countBlockChars(item), 0);
  if (!isRecord(value)) return 0;
  return Object.entries(value).reduce(
    (sum, [name, item]) => sum + (name === 'text' && typeof item === 'string' ? item.length : countBlockChars(item)),
    0,
  );
}

function checkBlock(report: Report, block: JsonRecord, pointer: string, surface: Surface): void {
  const type = textOf(block['type']) ?? 'none';
  switch (type) {
    case 'divider':
      return;
    case 'header':
      return report.text(block['text'], `${pointer}/text`, { max: limits.headerMax, plain: true });
    case 'section':
      return checkSection(report, block, pointer);
    case 'context':
      return checkContext(report, block, pointer);
    case 'actions':
      return checkActions(report, block, pointer);
    case 'rich_text':
      return checkRichText(report, block, pointer);
    case 'input':
      return checkInput(report, block, pointer);
    case 'alert':
      // In messages Slack refuses it (slackapi/node-slack-sdk#2567).
      if (surface !== 'modal') report.add(`${pointer}/type`, 'unsupported type: alert');
      return;
    default:
      if (!passedOn.has(type)) report.add(`${pointer}/type`, `unsupported type: ${type}`);
  }
}

function checkSection(report: Report, block: JsonRecord, pointer: string): void {
  const { text, fields, accessory } = block;
  if (text === undefined && fields === undefined) report.add(pointer, 'missing required field: text or fields');
  if (text !== undefined) report.text(text, `${pointer}/text`, { max: limits.sectionTextMax });
  if (fields !== undefined) {
    report.list(fields, `${pointer}/fields`, { min: 1, max: limits.sectionFieldsMax }, (field, at) => {
      report.text(field, at, { max: limits.sectionFieldMax });
    });
  }
  if (accessory === undefined) return;
  if (isRecord(accessory)) checkElement(report, accessory, `${pointer}/accessory`);
  else report.add(`${pointer}/accessory`, 'must be an object');
}

function checkContext(report: Report, block: JsonRecord, pointer: string): void {
  const size = { min: 1, max: limits.contextElementsMax };
  report.list(block['elements'], `${pointer}/elements`, size, (element, at) => {
    if (element['type'] !== 'image') report.text(element, at, { max: limits.sectionTextMax });
  });
}

function checkActions(report: Report, block: JsonRecord, pointer: string): void {
  const size = { min: 1, max: limits.actionsElementsMax };
  report.list(block['elements'], `${pointer}/elements`, size, (element, at) => {
    if (element['type'] === 'plain_text_input') report.add(`${at}/type`, 'unsupported type: plain_text_input');
    else checkElement(report, element, at);
  });
  const ids = recordsOf(block['elements']).flatMap(({ action_id }) => (action_id === undefined ? [] : [action_id]));
  if (new Set(ids).size < ids.length) report.add(`${pointer}/elements`, '`action_id` already exists in this block');
}

function checkInput(report: Report, block: JsonRecord, pointer: string): void {
  report.text(block['label'], `${pointer}/label`, { max: limits.inputLabelMax, plain: true });
  if (block['hint'] !== undefined) {
    report.text(block['hint'], `${pointer}/hint`, { max: limits.inputHintMax, plain: true });
  }
  const element = block['element'];
  if (!isRecord(element)) report.add(pointer, 'missing required field: element');
  else if (element['type'] === 'button') report.add(`${pointer}/element/type`, 'unsupported type: button');
  else checkElement(report, element, `${pointer}/element`);
}
