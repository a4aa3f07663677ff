import { element } from './element.js';
import { inputElement } from './inputs.js';

/**
 * Draws blocks the way Slack does, near enough to judge them. `press(element, blockId, button)` is called for buttons,
 * `isUnacknowledged(actionId)` says whether the last press was left without an acknowledgement.
 */
export function drawBlocks(blocks, handlers) {
  return blocks.map((block) => drawBlock(block, handlers));
}

function drawBlock(block, handlers) {
  switch (block.type) {
    case 'header':
      return element('h3', { class: 'b-header', text: plain(block.text) });
    case 'divider':
      return element('hr', { class: 'b-divider' });
    case 'section':
      return drawSection(block, handlers);
    case 'context':
      return element('div', { class: 'b-context' }, ...block.elements.map(drawText));
    case 'rich_text':
      return element('div', { class: 'b-rich' }, ...block.elements.map(drawRich));
    case 'actions':
      return element('div', { class: 'b-actions' }, ...block.elements.map((one) => drawControl(one, block, handlers)));
    case 'input':
      return drawInput(block, handlers);
    default:
      return element('p', { class: 'b-unknown', text: `A “${block.type}” block. The stand-in does not draw these.` });
  }
}

function drawSection(block, handlers) {
  const fields = (block.fields ?? []).map((field) => element('div', { class: 'b-field' }, drawText(field)));
  return element(
    'div',
    { class: 'b-section' },
    element(
      'div',
      { class: 'b-section-text' },
      block.text === undefined ? undefined : drawText(block.text),
      fields.length === 0 ? undefined : element('div', { class: 'b-fields' }, ...fields),
    ),
    block.accessory === undefined ? undefined : drawControl(block.accessory, block, handlers),
  );
}

/** Text objects are shown letter by letter; the marks of mrkdwn are not interpreted, only its three escapes. */
function drawText(text) {
  if (text.type === 'image') return element('span', { class: 'b-unknown', text: `image: ${text.alt_text ?? ''}` });
  return element('span', { class: 'b-text', text: plain(text) });
}

function plain(text) {
  const shown = text?.text ?? '';
  if (text?.type !== 'mrkdwn') return shown;
  return shown.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

function drawRich(part) {
  const inside = (part.elements ?? []).map((one) =>
    part.type === 'rich_text_list' ? drawListItem(one) : drawInline(one),
  );
  switch (part.type) {
    case 'rich_text_preformatted':
      return element('pre', { class: 'b-pre', tabindex: '0' }, ...inside);
    case 'rich_text_quote':
      return element('blockquote', { class: 'b-quote' }, ...inside);
    case 'rich_text_list':
      return element(part.style === 'ordered' ? 'ol' : 'ul', { class: 'b-list' }, ...inside);
    default:
      return element('p', { class: 'b-line' }, ...inside);
  }
}

function drawListItem(item) {
  return element('li', {}, ...(item.elements ?? []).map(drawInline));
}

function drawInline(inline) {
  const style = inline.style ?? {};
  const marks = ['bold', 'italic', 'strike', 'code'].filter((name) => style[name]).map((name) => `b-${name}`);
  return element('span', { class: ['b-text', ...marks].join(' '), text: inlineText(inline) });
}

function inlineText(inline) {
  switch (inline.type) {
    case 'text':
      return inline.text;
    case 'link':
      return inline.text === undefined ? inline.url : `${inline.text} (${inline.url})`;
    case 'emoji':
      return `:${inline.name}:`;
    case 'user':
      return `@${inline.user_id}`;
    case 'channel':
      return `#${inline.channel_id}`;
    case 'usergroup':
      return `@${inline.usergroup_id}`;
    case 'broadcast':
      return `@${inline.range}`;
    case 'date':
      return inline.fallback ?? new Date(inline.timestamp * 1000).toLocaleString();
    default:
      return `[${inline.type}]`;
  }
}

function drawControl(control, block, handlers) {
  if (control.type !== 'button') return drawOther(control, block);
  const failed = handlers.isUnacknowledged?.(control.action_id) === true;
  const button = element('button', {
    type: 'button',
    class: `b-button ${control.style ?? ''}`,
    text: plain(control.text),
    'aria-label': control.accessibility_label,
    'data-action': control.action_id,
    onclick: (event) => handlers.press(control, block.block_id, event.currentTarget),
  });
  if (!failed) return button;
  const said = 'Not acknowledged: the app did not confirm this click in time. Nothing may have been recorded.';
  const warning = element('span', { class: 'b-triangle', role: 'img', 'aria-label': said, title: said, text: '⚠' });
  return element('span', { class: 'b-with-triangle' }, button, warning);
}

function drawOther(control, block) {
  return inputElement(control, block) ?? element('span', { class: 'b-unknown', text: `a “${control.type}”` });
}

function drawInput(block, { errors = {} }) {
  const drawn = inputElement(block.element, block);
  const problem = errors[block.block_id];
  const id = `input-${block.block_id}`;
  const grouped = ['radio_buttons', 'checkboxes'].includes(block.element.type);
  const name = element(grouped ? 'legend' : 'label', {
    class: 'b-label',
    text: plain(block.label),
    for: grouped ? undefined : id,
  });
  if (block.optional) name.append(element('span', { class: 'b-optional', text: ' (optional)' }));
  if (drawn !== undefined && !grouped) drawn.id = id;
  drawn?.setAttribute('aria-describedby', `${id}-more`);
  drawn?.setAttribute('aria-invalid', String(problem !== undefined));
  const more = element(
    'div',
    { id: `${id}-more` },
    problem === undefined ? undefined : element('p', { class: 'b-error', text: problem }),
    block.hint === undefined ? undefined : element('p', { class: 'b-hint', text: plain(block.hint) }),
  );
  const unknown = element('p', {
    class: 'b-unknown',
    text: `A “${block.element.type}”. The stand-in cannot fill it in.`,
  });
  return element(grouped ? 'fieldset' : 'div', { class: 'b-input' }, name, drawn ?? unknown, more);
}
