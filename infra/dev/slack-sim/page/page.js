import { act, disarmFaults, read } from './api.js';
import { showTimeline } from './channel.js';
import { askToConfirm, showModal } from './dialogs.js';
import { element, showList, toast } from './element.js';
import { faultNotes, showDeliveries, showFaults } from './side.js';

const byId = (id) => document.getElementById(id);
const pollMs = 5000;

/** Each tab may act as somebody else, so the choice is kept with the tab. */
let me = sessionStorage.getItem('persona') ?? 'sre-1';
let channel;
let users = [];
let refreshing = false;
let again = false;

await start().catch((error) => toast(error.message));

async function start() {
  users = await read('users');
  if (!users.some((user) => user.name === me)) me = users[0].name;
  byId('persona').replaceChildren(
    ...users.map((user) => element('option', { value: user.name, text: `${user.real_name} · ${user.name}` })),
  );
  byId('persona').value = me;
  byId('persona').addEventListener('change', (event) => {
    me = event.target.value;
    sessionStorage.setItem('persona', me);
    void refresh();
  });
  prepareComposer();
  prepareFaults();
  listen();
  await refresh();
  document.getElementById(`m-${location.hash.split('/')[1]}`)?.scrollIntoView();
}

/** Events say that something changed; the slow poll is for the time after a restart of the stand-in. */
function listen() {
  const events = new EventSource('/_sim/events');
  events.addEventListener('open', () => (byId('connection').textContent = 'live'));
  events.addEventListener('error', () => (byId('connection').textContent = 'reconnecting…'));
  events.addEventListener('message', () => void refresh());
  setInterval(() => void refresh(), pollMs);
}

/** Asks for everything that is shown. Changes that come meanwhile lead to one more round, not to many. */
async function refresh() {
  if (refreshing) {
    again = true;
    return;
  }
  refreshing = true;
  try {
    do {
      again = false;
      await show();
    } while (again);
  } catch {
    byId('connection').textContent = 'the stand-in does not answer';
  } finally {
    refreshing = false;
  }
}

async function show() {
  const persona = users.find((user) => user.name === me);
  const channels = await read('channels', { user: me });
  if (!channels.some((one) => one.id === channel)) channel = channels[0].id;
  const [messages, ephemerals, views, deliveries, faults] = await Promise.all([
    read('messages', { channel }),
    read('ephemerals', { user: me }),
    read('views', { user: me }),
    read('deliveries'),
    read('faults'),
  ]);
  const people = new Map(users.map((user) => [user.id, user.real_name]));
  byId('persona-note').textContent = persona.note;
  showChannels(channels);
  showTimeline(byId('timeline'), { messages, ephemerals, deliveries, people, me: persona.id, channel }, pressOnMessage);
  showModal(views.at(-1), { submit, close: closeModal, press: pressInModal });
  showDeliveries(byId('deliveries'), deliveries, people);
  showFaults(byId('faults-armed'), faults);
}

function showChannels(channels) {
  const nameOf = (one) => (one.is_im ? 'Countersign (direct)' : `# ${one.name}`);
  byId('channel-name').textContent = nameOf(channels.find((one) => one.id === channel));
  const items = channels.map((one) => ({ key: one.id, name: nameOf(one), current: one.id === channel }));
  showList(byId('channels'), items, ({ name, current }) => {
    const id = channels.find((one) => nameOf(one) === name).id;
    const onclick = () => {
      channel = id;
      void refresh();
    };
    return element(
      'li',
      {},
      element('button', { type: 'button', text: name, onclick, 'aria-current': current ? 'true' : undefined }),
    );
  });
}

async function pressOnMessage(message, control, blockId, button) {
  const { channel: place, ts } = message;
  await press(control, button, { channel: place, ts, block_id: blockId });
}

async function pressInModal(view, control, values, button) {
  await press(control, button, { view_id: view.id, values });
}

async function press(control, button, place) {
  if (!(await askToConfirm(control.confirm))) return;
  button.classList.add('busy');
  button.disabled = true;
  try {
    await act('click', { user: me, action_id: control.action_id, ...place });
    if (control.url !== undefined && /^https?:/.test(control.url)) window.open(control.url, '_blank', 'noopener');
  } catch (error) {
    toast(error.message);
  } finally {
    button.classList.remove('busy');
    button.disabled = false;
    await refresh();
  }
}

async function submit(view, values) {
  try {
    const answer = await act('submit', { user: me, view_id: view.id, values });
    const acknowledged = answer.httpStatus >= 200 && answer.httpStatus < 300;
    if (!acknowledged) return { problem: 'We had some trouble connecting. Try again? (The app did not acknowledge.)' };
    await refresh();
    return answer;
  } catch (error) {
    return { problem: error.message };
  }
}

async function closeModal(view) {
  await act('close', { user: me, view_id: view.id }).catch((error) => toast(error.message));
  await refresh();
}

function prepareComposer() {
  byId('composer').addEventListener('submit', (event) => {
    event.preventDefault();
    void sendCommand();
  });
}

async function sendCommand() {
  const [, command, text = ''] = /^(\/\S+)\s*(.*)$/s.exec(byId('command').value.trim()) ?? [];
  if (command === undefined) {
    toast('Only slash commands can be sent here, such as /approvals list.');
    return;
  }
  try {
    const { httpStatus } = await act('command', { user: me, channel, command, text });
    if (httpStatus === 200) byId('command').value = '';
    else toast(`${command} failed because the app did not respond (status ${httpStatus}).`);
  } catch (error) {
    toast(error.message);
  }
  await refresh();
}

function prepareFaults() {
  const kind = byId('fault-kind');
  kind.replaceChildren(...Object.keys(faultNotes).map((name) => element('option', { value: name, text: name })));
  const explain = () => (byId('fault-note').textContent = faultNotes[kind.value]);
  kind.addEventListener('change', explain);
  explain();
  byId('faults').addEventListener('submit', (event) => {
    event.preventDefault();
    void changeFaults(act('faults', { kind: kind.value, count: Number(byId('fault-count').value) }));
  });
  byId('faults-clear').addEventListener('click', () => void changeFaults(disarmFaults()));
}

async function changeFaults(change) {
  await change.catch((error) => toast(error.message));
  await refresh();
}
