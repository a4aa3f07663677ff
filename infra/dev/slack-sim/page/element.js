/**
 * Makes an element. `class`, `text` and listeners (`onclick`, …) are set as such, everything else as an attribute;
 * there is no way to give markup, so nothing an app posts is ever more than text.
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue;
    if (name === 'text') made.textContent = value;
    else if (name === 'class') made.className = value;
    else if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? '' : String(value));
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

/** Shows keyed items in a list and touches only those that changed, so that focus and scrolling stay. */
export function showList(list, items, draw) {
  const before = new Map([...list.children].map((child) => [child.dataset.key, child]));
  const shown = items.map(({ key, ...item }) => {
    const version = JSON.stringify(item);
    const old = before.get(key);
    if (old?.dataset.version === version) return old;
    const drawn = draw(item);
    drawn.dataset.key = key;
    drawn.dataset.version = version;
    return drawn;
  });
  const same = shown.length === list.children.length && shown.every((child, index) => child === list.children[index]);
  if (!same) {
    const focus = focusPath(list);
    list.replaceChildren(...shown);
    list.querySelector(focus)?.focus({ preventScroll: true });
  }
}

/** Names the focused control of a list so that its successor can be found after a redraw. */
function focusPath(list) {
  const focused = document.activeElement;
  const item = focused?.closest('[data-key]');
  if (!list.contains(focused) || item === null || focused?.dataset.action === undefined) return ':not(*)';
  return `[data-key="${CSS.escape(item.dataset.key)}"] [data-action="${CSS.escape(focused.dataset.action)}"]`;
}

export function timeOf(ts) {
  return new Date(Number(ts) * 1000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' });
}

let hideToast;

/** Says something that went wrong, for a few seconds. */
export function toast(text) {
  const place = document.getElementById('toast');
  place.textContent = text;
  place.hidden = false;
  clearTimeout(hideToast);
  hideToast = setTimeout(() => (place.hidden = true), 6000);
}
