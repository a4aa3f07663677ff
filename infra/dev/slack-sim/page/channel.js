import { drawBlocks } from './blocks.js';
import { element, showList, timeOf } from './element.js';

/** Shows a conversation: messages with their threads, and what only this persona sees, oldest first. */
export function showTimeline(list, { messages, ephemerals, deliveries, people, me, channel }, press) {
  const own = ephemerals.filter((one) => one.channel === channel && one.user === me);
  const roots = messages.filter((message) => message.thread_ts === undefined);
  const items = [...roots, ...own.map((one) => ({ ...one, ephemeral: true }))].map((message) => ({
    key: `${message.ephemeral ? 'private' : 'message'} ${message.ts}`,
    message,
    replies: messages.filter((reply) => reply.thread_ts === message.ts),
    author: people.get(message.ephemeral ? '' : message.user) ?? 'Countersign',
    byApp: message.ephemeral === true || !people.has(message.user),
    failed: unacknowledged(deliveries, message, me),
  }));
  items.sort((a, b) => Number(a.message.ts) - Number(b.message.ts));
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  const newest = list.lastElementChild?.dataset.key;
  showList(list, items.length === 0 ? [{ key: 'empty', empty: true }] : items, (item) =>
    item.empty ? drawEmpty() : drawMessage(item, press),
  );
  if (atEnd && newest !== list.lastElementChild?.dataset.key) list.scrollTop = list.scrollHeight;
}

/** The actions of a message whose last press by this persona was not acknowledged. */
function unacknowledged(deliveries, message, me) {
  const last = new Map();
  for (const delivery of deliveries) {
    if (delivery.ts === message.ts && delivery.user === me) last.set(delivery.action, delivery);
  }
  return [...last.values()].filter((delivery) => !delivery.acknowledged).map((delivery) => delivery.action);
}

function drawEmpty() {
  return element(
    'li',
    { class: 'empty' },
    element('p', { text: 'Nothing here yet.' }),
    element('p', { class: 'note', text: 'A card appears as soon as a call waits for approval.' }),
  );
}

function drawMessage({ message, replies, author, byApp, failed }, press) {
  const handlers = {
    press: (control, blockId, button) => press(message, control, blockId, button),
    isUnacknowledged: (actionId) => failed.includes(actionId),
  };
  const body = message.blocks.length > 0 ? drawBlocks(message.blocks, handlers) : [textBody(message)];
  const answers = replies.map((reply) => drawReply(reply));
  return element(
    'li',
    { class: message.ephemeral ? 'message private' : 'message', id: `m-${message.ts}` },
    element('div', { class: 'avatar', 'aria-hidden': 'true', text: author.slice(0, 1).toUpperCase() }),
    element(
      'article',
      { class: 'content', 'aria-label': `${author}, ${timeOf(message.ts)}` },
      message.ephemeral ? element('p', { class: 'only-you', text: 'Only visible to you' }) : undefined,
      element(
        'p',
        { class: 'byline' },
        element('strong', { text: author }),
        byApp ? element('span', { class: 'app-badge', text: 'APP' }) : undefined,
        element('time', { text: timeOf(message.ts) }),
      ),
      ...body,
      message.blocks.length > 0 ? drawFallback(message.text) : undefined,
      replies.length === 0 ? undefined : drawThread(answers),
    ),
  );
}

/** Without blocks a changed message is marked, with blocks it is not, as in Slack. */
function textBody({ text, edited }) {
  const shown = text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  const line = element('p', { class: 'b-line' }, element('span', { class: 'b-text', text: shown }));
  if (edited) line.append(element('span', { class: 'edited', text: ' (edited)' }));
  return line;
}

function drawFallback(text) {
  return element(
    'details',
    { class: 'fallback' },
    element('summary', { text: 'What notifications and screen readers get' }),
    element('pre', { class: 'b-pre', text: text === '' ? '(no text at all)' : text, tabindex: '0' }),
  );
}

function drawThread(answers) {
  return element(
    'details',
    { class: 'thread', open: true },
    element('summary', { text: answers.length === 1 ? '1 reply' : `${answers.length} replies` }),
    ...answers,
  );
}

function drawReply(reply) {
  return element(
    'div',
    { class: 'reply' },
    element('time', { text: timeOf(reply.ts) }),
    ...(reply.blocks.length > 0 ? drawBlocks(reply.blocks, { press: () => undefined }) : [textBody(reply)]),
  );
}
