// A window onto a long axis, which mouse and keys zoom and move. The timeline and the arc diagram share it.
// A view has: box, width, left and right (margins in pixels), extent (length of the axis), least (shortest window),
// from, to, draw(), and anchor(): the place on the axis that zooming keeps in sight, or null.

const ZOOM = 1.5;
const WINDOW_KEYS = [['+ −', 'zoom'], ['← →', 'move'], ['0', 'whole block']];

function newView(view) {
  Object.assign(view, { from: 0, to: view.extent, width: 0 });
  onWidth(view.box, (width) => {
    view.width = width;
    view.draw();
  });
  return view;
}

function setWindow(view, from, to) {
  const span = Math.min(view.extent, Math.max(Math.min(view.least, view.extent), to - from));
  view.from = Math.min(Math.max(0, from), view.extent - span);
  view.to = view.from + span;
  view.draw();
}

/** Keeps the place at `at`, a share of the window, where it is. */
function zoom(view, factor, at = anchorShare(view)) {
  const span = view.to - view.from;
  const next = Math.min(view.extent, Math.max(view.least, span * factor));
  const from = view.from + (span - next) * at;
  setWindow(view, from, from + next);
}

function anchorShare(view) {
  const share = ((view.anchor() ?? Infinity) - view.from) / (view.to - view.from);
  return share >= 0 && share <= 1 ? share : 0.5;
}

function pan(view, share) {
  const by = (view.to - view.from) * share;
  setWindow(view, view.from + by, view.to + by);
}

function showAll(view) {
  setWindow(view, 0, view.extent);
}

/** Brings a range into the window without zooming. */
function reveal(view, start, end) {
  if (start >= view.from && end <= view.to) return view.draw();
  const span = view.to - view.from;
  const from = (start + end - span) / 2;
  return setWindow(view, from, from + span);
}

function plotWidth(view) {
  return Math.max(40, view.width - view.left - view.right);
}

/** Pixels from the left of the plot. */
function toX(view, place) {
  return ((place - view.from) / (view.to - view.from)) * plotWidth(view);
}

/** Where in the window the pointer is, from 0 to 1. */
function shareAt(view, event) {
  const x = event.clientX - view.box.getBoundingClientRect().left - view.left;
  return Math.min(1, Math.max(0, x / plotWidth(view)));
}

function placeAt(view, event) {
  return view.from + shareAt(view, event) * (view.to - view.from);
}

/** `more` adds keys of the chart. Keys with Ctrl and the like stay the browser's. */
function useKeys(view, more) {
  const acts = {
    '+': () => zoom(view, 1 / ZOOM), '=': () => zoom(view, 1 / ZOOM), '-': () => zoom(view, ZOOM), 0: () => showAll(view),
    ArrowLeft: () => pan(view, -0.1), ArrowRight: () => pan(view, 0.1), ...more,
  };
  view.box.addEventListener('keydown', (event) => {
    const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  });
}

/** click(event) and hover(event) are the chart's; leave() ends what hover began. */
function useMouse(view, { click, hover, leave }) {
  let drag = null;
  const on = (name, act, options) => view.box.addEventListener(name, act, options);
  on('pointerdown', (event) => {
    if (event.button === 0) drag = { x: event.clientX, from: view.from, moved: false };
  });
  on('pointermove', (event) => {
    if (drag && event.buttons) dragTo(view, drag, event, leave);
    else hover(event);
  });
  on('pointerup', (event) => {
    if (drag && !drag.moved) click(event);
    drag = null;
  });
  on('pointercancel', () => { drag = null; });
  on('pointerleave', leave);
  on('dblclick', (event) => zoom(view, 1 / (ZOOM * ZOOM), shareAt(view, event)));
  on('wheel', (event) => turnWheel(view, event), { passive: false });
}

function dragTo(view, drag, event, leave) {
  const by = event.clientX - drag.x;
  // A click with an unsteady hand is not a drag.
  if (!drag.moved && Math.abs(by) < 4) return;
  if (!drag.moved) view.box.setPointerCapture(event.pointerId);
  drag.moved = true;
  leave();
  const span = view.to - view.from;
  const from = drag.from - (by / plotWidth(view)) * span;
  setWindow(view, from, from + span);
}

/** Without Ctrl the wheel scrolls the page, as everywhere else. A pinch arrives as a wheel with Ctrl. */
function turnWheel(view, event) {
  const sideways = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
  if (event.ctrlKey) zoom(view, event.deltaY > 0 ? 1.2 : 1 / 1.2, shareAt(view, event));
  else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) pan(view, sideways / plotWidth(view));
  else return;
  event.preventDefault();
}

/** Buttons for those who have neither a wheel nor keys, as on a phone. */
function windowTools(view, ...more) {
  const button = (name, title, act) => el('button', { type: 'button', click: act }, name, el('span', { class: 'hidden' }, ` ${title}`));
  return el('div', { class: 'tools' },
    button('+', 'zoom in', () => zoom(view, 1 / ZOOM)), button('−', 'zoom out', () => zoom(view, ZOOM)),
    button('←', 'move to the left', () => pan(view, -0.25)), button('→', 'move to the right', () => pan(view, 0.25)),
    el('button', { type: 'button', click: () => showAll(view) }, 'Whole block'), more);
}

function windowText(view, what, first, last) {
  const whole = view.from === 0 && view.to === view.extent;
  return `Shown: ${what} ${fixed(first)} to ${fixed(last)}`
    + (whole ? ' (whole block).' : ` (${percent(view.to - view.from, view.extent)} of the block).`);
}

function keyHelp(id, keys, mouse) {
  return el('p', { class: 'keys', id }, 'Keys in the chart: ',
    keys.map(([key, what]) => el('span', null, el('kbd', null, key), ` ${what} `)), el('span', null, `Mouse: ${mouse}`));
}
