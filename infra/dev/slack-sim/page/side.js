import { element, showList } from './element.js';

const shownMax = 60;

/** What each fault does, for the person who arms it. */
export const faultNotes = {
  rate_limit: 'The next Web API calls are answered 429 with Retry-After.',
  http_500: 'The next Web API calls fail with 500 and have no effect.',
  timeout_after_success: 'The next Web API calls have their effect, and no answer ever comes.',
  revoke_token: 'The next Web API calls are answered token_revoked.',
  drop_socket: 'The connection of the next deliveries breaks once the request is out.',
  tamper_body: 'A byte of the next deliveries is changed after signing.',
  old_timestamp: 'The next deliveries are signed for ten minutes ago.',
  future_timestamp: 'The next deliveries are signed for six hours ahead.',
  replay_last: 'The last delivery is sent again at once, byte for byte.',
};

/** How each kind of delivery is called in the log; a click is called by its action id, a command by its name. */
const labels = {
  view_submission: (action) => `submitted ${action}`,
  view_closed: (action) => `closed ${action}`,
};

/** The log of what the app was sent, newest first. */
export function showDeliveries(list, deliveries, people) {
  const newest = deliveries.slice(-shownMax).toReversed();
  const items = newest.map((delivery) => ({
    key: delivery.id,
    delivery,
    who: people.get(delivery.user) ?? delivery.user,
  }));
  showList(list, items.length === 0 ? [{ key: 'none', none: true }] : items, (item) =>
    item.none
      ? element('li', { class: 'note', text: 'Nothing was sent yet. Press a button on a card.' })
      : drawDelivery(item),
  );
}

function drawDelivery({ delivery, who }) {
  const { acknowledged, httpStatus, ackMs, action, kind, faults, error, response, at, request } = delivery;
  const said = acknowledged ? 'acknowledged' : (error ?? 'not acknowledged');
  return element(
    'li',
    { class: acknowledged ? 'delivery good' : 'delivery bad' },
    element(
      'details',
      {},
      element(
        'summary',
        {},
        element('span', { class: 'dot', 'aria-hidden': 'true' }),
        element('strong', { text: labels[kind]?.(action) ?? action }),
        element('span', { text: ` by ${who}` }),
        element('span', { class: 'numbers', text: `${httpStatus || '—'} · ${ackMs} ms` }),
      ),
      element('p', { class: 'note', text: `${kind}, ${new Date(at).toLocaleTimeString()}: ${said}` }),
      response === '' ? undefined : element('pre', { class: 'b-pre', text: `answer: ${response}` }),
      element('pre', { class: 'b-pre', text: payloadOf(request.body) }),
    ),
    faults.length === 0 ? undefined : element('p', { class: 'fault-tag', text: `fault: ${faults.join(', ')}` }),
  );
}

function payloadOf(body) {
  const form = new URLSearchParams(body);
  const payload = form.get('payload');
  try {
    return JSON.stringify(payload === null ? Object.fromEntries(form) : JSON.parse(payload), undefined, 2);
  } catch {
    return body;
  }
}

export function showFaults(list, faults) {
  const items = faults.map((fault, index) => ({ key: `${index} ${fault.kind}`, fault }));
  showList(list, items, ({ fault }) =>
    element('li', { text: `${fault.kind} × ${fault.left}${fault.method ? ` (${fault.method})` : ''}` }),
  );
}
