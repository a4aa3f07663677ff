import { element } from './element.js';

/** An input of a block; undefined for kinds the page cannot draw. Its values are read back by `readInputs`. */
export function inputElement(control, block) {
  const place = { 'data-block': block.block_id, 'data-action': control.action_id, 'data-kind': control.type };
  switch (control.type) {
    case 'plain_text_input':
      return textInput(control, place);
    case 'static_select':
      return select(control, place);
    case 'radio_buttons':
      return choices(control, place, 'radio', [control.initial_option?.value]);
    case 'checkboxes':
      return choices(
        control,
        place,
        'checkbox',
        (control.initial_options ?? []).map((option) => option.value),
      );
    default:
      return undefined;
  }
}

/** All that can be chosen, in groups or not. */
export function optionsOf(control) {
  const groups = control.option_groups ?? [];
  return [...(control.options ?? []), ...groups.flatMap((group) => group.options)];
}

/** What is filled in, as `/_sim/submit` takes it: `{block_id: {action_id: text, option value, or a list of them}}`. */
export function readInputs(root) {
  const values = {};
  for (const input of root.querySelectorAll('[data-kind]')) {
    const { block, action } = input.dataset;
    values[block] = { ...values[block], [action]: valueOf(input) };
  }
  return values;
}

/** What Slack's own client refuses before it asks the app, by block id. */
export function checkInputs(blocks, values) {
  const errors = {};
  for (const block of blocks) {
    if (block.type !== 'input') continue;
    const value = values[block.block_id]?.[block.element.action_id];
    const problem = problemOf(block, value);
    if (problem !== undefined) errors[block.block_id] = problem;
  }
  return errors;
}

function problemOf({ element: control, optional }, value) {
  const empty = value === undefined || value.length === 0;
  if (empty) return optional ? undefined : 'Please complete this required field.';
  if (control.type !== 'plain_text_input') return undefined;
  const { min_length: min = 0, max_length: max = 3000 } = control;
  if (value.length < min) return `Use at least ${min} characters; these are ${value.length}.`;
  if (value.length > max) return `Use at most ${max} characters; these are ${value.length}.`;
  return undefined;
}

function valueOf(input) {
  const { kind } = input.dataset;
  if (kind === 'plain_text_input') return input.value;
  if (kind === 'static_select') return input.value === '' ? undefined : input.value;
  const chosen = [...input.querySelectorAll('input:checked')].map((one) => one.value);
  return kind === 'checkboxes' ? chosen : chosen[0];
}

function textInput(control, place) {
  const input = element(control.multiline ? 'textarea' : 'input', {
    ...place,
    class: 'b-text-input',
    placeholder: control.placeholder?.text,
    rows: control.multiline ? 4 : undefined,
    autofocus: control.focus_on_load === true,
  });
  input.value = control.initial_value ?? '';
  return input;
}

function select(control, place) {
  const first = element('option', { value: '', text: control.placeholder?.text ?? 'Choose…' });
  const made = element('select', { ...place, class: 'b-select' }, first, ...optionsOf(control).map(optionElement));
  made.value = control.initial_option?.value ?? '';
  return made;
}

function optionElement(option) {
  return element('option', { value: option.value, text: option.text.text });
}

function choices(control, place, type, chosen) {
  const group = `${place['data-block']}-${place['data-action']}`;
  const lines = control.options.map((option) => {
    const input = element('input', { type, name: group, value: option.value });
    input.checked = chosen.includes(option.value);
    const description = option.description && element('small', { text: option.description.text });
    return element('label', { class: 'b-choice' }, input, element('span', { text: option.text.text }), description);
  });
  return element('div', { ...place, class: 'b-choices' }, ...lines);
}
