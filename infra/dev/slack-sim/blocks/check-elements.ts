import { isRecord, textOf, type JsonRecord } from '../records.ts';
import { blockLimits as limits } from './block-limits.ts';
import type { Report } from './report.ts';

/** Elements that Slack has and the stand-in passes on unread; its page shows their type only. */
const passedOn: ReadonlySet<string> = new Set([
  'image',
  'overflow',
  'datepicker',
  'datetimepicker',
  'timepicker',
  'users_select',
  'conversations_select',
  'channels_select',
  'external_select',
  'multi_static_select',
  'multi_users_select',
  'multi_conversations_select',
  'multi_channels_select',
  'multi_external_select',
  'email_text_input',
  'url_text_input',
  'number_input',
  'rich_text_input',
  'file_input',
  'workflow_button',
  'feedback_buttons',
  'icon_button',
]);

/** Checks one interactive element, wherever it stands. */
export function checkElement(report: Report, element: JsonRecord, pointer: string): void {
  const type = textOf(element['type']) ?? 'none';
  report.string(element, 'action_id', pointer, { max: limits.actionIdMax });
  if (element['confirm'] !== undefined) checkConfirm(report, element['confirm'], `${pointer}/confirm`);
  switch (type) {
    case 'button':
      return checkButton(report, element, pointer);
    case 'plain_text_input':
      return checkTextInput(report, element, pointer);
    case 'static_select':
      checkPlaceholder(report, element, pointer);
      return checkOptions(report, element, pointer, limits.selectOptionsMax);
    case 'radio_buttons':
    case 'checkboxes':
      return checkOptions(report, element, pointer, limits.choiceOptionsMax);
    default:
      if (!passedOn.has(type)) report.add(`${pointer}/type`, `unsupported type: ${type}`);
  }
}

function checkButton(report: Report, element: JsonRecord, pointer: string): void {
  report.text(element['text'], `${pointer}/text`, { max: limits.buttonTextMax, plain: true });
  report.string(element, 'value', pointer, { max: limits.buttonValueMax });
  report.string(element, 'url', pointer, { max: limits.urlMax });
  report.string(element, 'accessibility_label', pointer, { max: limits.accessibilityLabelMax });
  const style = element['style'];
  if (style !== undefined && style !== 'primary' && style !== 'danger') {
    report.add(`${pointer}/style`, 'value must be one of: primary, danger');
  }
}

function checkConfirm(report: Report, confirm: unknown, pointer: string): void {
  if (!isRecord(confirm)) {
    report.add(pointer, 'must be an object');
    return;
  }
  report.text(confirm['title'], `${pointer}/title`, { max: limits.confirmTitleMax, plain: true });
  report.text(confirm['text'], `${pointer}/text`, { max: limits.confirmTextMax });
  for (const name of ['confirm', 'deny']) {
    if (confirm[name] !== undefined) {
      report.text(confirm[name], `${pointer}/${name}`, { max: limits.confirmButtonMax, plain: true });
    }
  }
}

function checkTextInput(report: Report, element: JsonRecord, pointer: string): void {
  checkPlaceholder(report, element, pointer);
  for (const [name, least] of [
    ['min_length', 0],
    ['max_length', 1],
  ] as const) {
    const value = element[name];
    if (value === undefined) continue;
    const valid = Number.isInteger(value) && Number(value) >= least && Number(value) <= limits.inputLengthMax;
    if (!valid) report.add(`${pointer}/${name}`, `must be from ${String(least)} to ${String(limits.inputLengthMax)}`);
  }
}

function checkPlaceholder(report: Report, element: JsonRecord, pointer: string): void {
  if (element['placeholder'] === undefined) return;
  report.text(element['placeholder'], `${pointer}/placeholder`, { max: limits.placeholderMax, plain: true });
}

function checkOptions(report: Report, element: JsonRecord, pointer: string, max: number): void {
  if (element['option_groups'] !== undefined) return;
  report.list(element['options'], `${pointer}/options`, { min: 1, max }, (option, at) => {
    report.text(option['text'], `${at}/text`, { max: limits.optionTextMax });
    report.string(option, 'value', at, { max: limits.optionValueMax, required: true });
    if (option['description'] !== undefined) {
      report.text(option['description'], `${at}/description`, { max: limits.optionTextMax });
    }
  });
}
