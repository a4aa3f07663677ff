import { isRecord, recordsOf, textOf, type JsonRecord } from '../records.ts';
import { elementsOf } from './find-element.ts';

/**
 * PURE. The state of a modal's inputs in Slack's shape, from plain values: a string for texts, the option's `value`
 * for selects and radio buttons, a list of them for checkboxes. What is not given has its initial value.
 */
export function stateOf(blocks: readonly JsonRecord[], values: unknown): Record<string, JsonRecord> {
  const given = isRecord(values) ? values : {};
  const state: Record<string, JsonRecord> = {};
  for (const { blockId, element } of elementsOf(blocks)) {
    if (element['type'] === 'button') continue;
    const ofBlock = Object.hasOwn(given, blockId) ? given[blockId] : undefined;
    const actionId = String(element['action_id']);
    const value = isRecord(ofBlock) && Object.hasOwn(ofBlock, actionId) ? ofBlock[actionId] : undefined;
    state[blockId] = { ...state[blockId], [actionId]: valueOf(element, value) };
  }
  return state;
}

/** PURE. One element's part of the state. */
export function valueOf(element: JsonRecord, value: unknown): JsonRecord {
  const type = textOf(element['type']) ?? 'plain_text_input';
  switch (type) {
    case 'static_select':
    case 'radio_buttons': {
      const chosen = value === undefined ? element['initial_option'] : optionOf(element, value);
      return { type, selected_option: chosen ?? null };
    }
    case 'checkboxes': {
      const chosen = Array.isArray(value) ? value.map((one) => optionOf(element, one)) : element['initial_options'];
      return { type, selected_options: recordsOf(chosen) };
    }
    default: {
      const text = value ?? element['initial_value'];
      return { type, value: typeof text === 'string' && text !== '' ? text : null };
    }
  }
}

function optionOf(element: JsonRecord, value: unknown): JsonRecord | undefined {
  const grouped = recordsOf(element['option_groups']).flatMap((group) => recordsOf(group['options']));
  return [...recordsOf(element['options']), ...grouped].find((option) => option['value'] === value);
}
