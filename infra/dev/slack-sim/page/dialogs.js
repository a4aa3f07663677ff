import { drawBlocks } from './blocks.js';
import { element } from './element.js';
import { checkInputs, optionsOf, readInputs } from './inputs.js';

/** Asks what a button's `confirm` says; true when the person goes on. */
export function askToConfirm(confirm) {
  if (confirm === undefined) return Promise.resolve(true);
  const dialog = document.getElementById('confirm');
  const button = (text, style, answer) =>
    element('button', { type: 'button', class: `b-button ${style}`, text, onclick: () => dialog.close(answer) });
  dialog.replaceChildren(
    dialogHead('confirm-title', confirm.title.text),
    element('p', { class: 'b-text', text: confirm.text.text }),
    element(
      'div',
      { class: 'modal-foot' },
      button(confirm.deny?.text ?? 'Cancel', '', 'no'),
      button(confirm.confirm?.text ?? 'Yes', confirm.style ?? 'primary', 'yes'),
    ),
  );
  dialog.returnValue = 'no';
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
    dialog.showModal();
  });
}

/** A dialog covers the banner, so it says by itself where it is. */
function dialogHead(id, title) {
  return element(
    'header',
    { class: 'modal-head' },
    element('h2', { id, text: title }),
    element('span', { class: 'stand-in', text: 'not Slack' }),
  );
}

let onEscape = () => undefined;
document.getElementById('modal').addEventListener('cancel', (event) => {
  event.preventDefault();
  onEscape();
});

/**
 * Keeps the modal dialog equal to the topmost open view of the persona. A view is drawn once per hash, so that what
 * is being typed stays while other things change.
 */
export function showModal(view, handlers) {
  const dialog = document.getElementById('modal');
  if (view === undefined) {
    dialog.dataset.version = '';
    if (dialog.open) dialog.close();
    return;
  }
  const version = `${view.user} ${view.id} ${view.hash}`;
  if (dialog.dataset.version !== version) {
    dialog.dataset.version = version;
    drawModal(dialog, view, handlers, { errors: {}, values: undefined });
  }
  if (!dialog.open) dialog.showModal();
}

function drawModal(dialog, view, handlers, { errors, problem }) {
  const body = element(
    'div',
    { class: 'modal-body' },
    ...drawBlocks(view.blocks, {
      errors,
      press: (control, _blockId, button) => handlers.press(view, control, readInputs(dialog), button),
    }),
  );
  const submit = async (event) => {
    event.preventDefault();
    const values = readInputs(dialog);
    const missing = checkInputs(view.blocks, values);
    if (Object.keys(missing).length > 0) return redraw(dialog, view, handlers, values, { errors: missing });
    const button = dialog.querySelector('.modal-submit');
    button.disabled = true;
    const answer = await handlers.submit(view, values);
    button.disabled = false;
    if (answer.errors !== undefined || answer.problem !== undefined) redraw(dialog, view, handlers, values, answer);
    return undefined;
  };
  onEscape = () => handlers.close(view);
  const close = element('button', {
    type: 'button',
    class: 'b-button',
    text: view.close?.text ?? 'Close',
    onclick: () => handlers.close(view),
  });
  const send =
    view.submit &&
    element('button', { type: 'submit', class: 'b-button primary modal-submit', text: view.submit.text });
  dialog.replaceChildren(
    element(
      'form',
      { onsubmit: submit, novalidate: true },
      dialogHead('modal-title', view.title.text),
      problem === undefined
        ? undefined
        : element('p', { class: 'b-error modal-problem', role: 'alert', text: `⚠ ${problem}` }),
      body,
      element('div', { class: 'modal-foot' }, close, ...(send === null ? [] : [send])),
    ),
  );
}

/** Draws the same view again with what went wrong, and what was filled in. */
function redraw(dialog, view, handlers, values, { errors = {}, problem }) {
  drawModal(dialog, { ...view, blocks: view.blocks.map((block) => withValue(block, values)) }, handlers, {
    errors,
    problem,
  });
  const invalid = dialog.querySelector('[aria-invalid="true"]');
  // Radio buttons and checkboxes stand in a group, which takes no focus itself.
  (invalid?.querySelector('input') ?? invalid)?.focus();
}

function withValue(block, values) {
  if (block.type !== 'input') return block;
  const value = values[block.block_id]?.[block.element.action_id];
  const options = optionsOf(block.element);
  const filled = {
    initial_value: value,
    initial_option: options.find((option) => option.value === value),
    initial_options: Array.isArray(value) ? options.filter((option) => value.includes(option.value)) : [],
  };
  return { ...block, element: { ...block.element, ...filled } };
}
