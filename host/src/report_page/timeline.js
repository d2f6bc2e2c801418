// Lanes over time: the window that is shown, and how mouse and keys move it. `timeline_draw.js` draws it.

const ZOOM = 1.5;
const LEAST_CYCLES = 20;

function timelineSection(run, selection) {
  const caption = 'A row per lane, time from left to right in simulated cycles. A bar is one attempt at a transaction, '
    + 'with its number where it fits; fill and colour say how it ended. The hatched lower half is time spent waiting for '
    + 'state or for an answer of the host. The last row shows when results were committed, in the order of the block.';
  if (run.timeline === null) return section('timeline', 'Timeline of lanes', null, el('p', null, missing('Not measured', 'this run recorded no timeline.')));
  return section('timeline', 'Timeline of lanes', caption, ...timelineChart(run, selection), detailPanel(run, selection));
}

function timelineChart(run, selection) {
  const chart = { run, selection, timeline: run.timeline, from: 0, to: run.timeline.cycles, width: 0 };
  chart.box = el('div', {
    class: 'chart', id: 'timeline-chart', tabindex: '0', role: 'application', 'aria-roledescription': 'timeline',
    'aria-label': timelineText(run), 'aria-describedby': 'timeline-keys',
  });
  chart.tip = el('div', { class: 'tip', hidden: true, 'aria-hidden': 'true' });
  chart.status = el('p', { class: 'status', role: 'status' });
  onWidth(chart.box, (width) => {
    chart.width = width;
    drawTimeline(chart);
  });
  selection.listen(() => reveal(chart));
  useKeys(chart);
  useMouse(chart);
  return [legend(OUTCOMES.map(([name, meaning]) => [`fill-${name}`, meaning])), timelineTools(chart),
    el('div', { class: 'chart-frame' }, chart.box, chart.tip), chart.status, keyHelp(), truncatedNote(run.timeline.truncated, 'attempts')];
}

function timelineText(run) {
  const { attempts, lanes, cycles } = run.timeline;
  const ended = ['committed', 'aborted', 'preempted', 'escaped'].map((outcome) =>
    `${fixed(attempts.filter((attempt) => attempt.outcome === outcome).length)} ${outcome}`);
  return `Timeline of ${count(lanes, 'lane')} over ${count(cycles, 'cycle')}: ${count(attempts.length, 'attempt')}, `
    + `${ended.join(', ')}. The table of transactions at the end has the same data.`;
}

function truncatedNote(truncated, what) {
  return truncated && el('p', { class: 'notice' }, `The recording was cut short: later ${what} are not shown.`);
}

function keyHelp() {
  const keys = [['+ −', 'zoom'], ['← →', 'move'], ['0', 'whole block'], ['↑ ↓', 'other lane'], ['N P', 'next, previous attempt of the lane'], ['Enter', 'details']];
  return el('p', { class: 'keys', id: 'timeline-keys' }, 'Keys in the chart: ',
    keys.map(([key, what]) => [el('kbd', null, key), ` ${what}  `]), 'Mouse: drag to move, double-click or Ctrl + wheel to zoom, click for details.');
}

function timelineTools(chart) {
  const button = (name, title, act) => el('button', { type: 'button', click: act }, name, el('span', { class: 'hidden' }, ` ${title}`));
  const entry = el('input', { type: 'number', id: 'goto', min: 0, max: Math.max(0, chart.run.transactions.length - 1), step: 1 });
  const go = (event) => {
    event.preventDefault();
    if (entry.value !== '' && entry.checkValidity()) chart.selection.choose(entry.valueAsNumber);
  };
  return el('div', { class: 'tools' },
    button('+', 'zoom in', () => zoom(chart, 1 / ZOOM)), button('−', 'zoom out', () => zoom(chart, ZOOM)),
    button('←', 'move to earlier cycles', () => pan(chart, -0.25)), button('→', 'move to later cycles', () => pan(chart, 0.25)),
    el('button', { type: 'button', click: () => showAll(chart) }, 'Whole block'),
    el('form', { submit: go }, el('label', { for: 'goto' }, 'Transaction '), entry, el('button', { type: 'submit' }, 'Show')));
}

function setWindow(chart, from, to) {
  const { cycles } = chart.timeline;
  const span = Math.min(cycles, Math.max(Math.min(LEAST_CYCLES, cycles), to - from));
  chart.from = Math.min(Math.max(0, from), cycles - span);
  chart.to = chart.from + span;
  drawTimeline(chart);
}

/** Keeps the cycle at `at`, a share of the window, where it is. */
function zoom(chart, factor, at = 0.5) {
  const span = chart.to - chart.from;
  const next = Math.min(chart.timeline.cycles, span * factor);
  const from = chart.from + (span - next) * at;
  setWindow(chart, from, from + next);
}

function pan(chart, share) {
  const by = (chart.to - chart.from) * share;
  setWindow(chart, chart.from + by, chart.to + by);
}

function showAll(chart) {
  setWindow(chart, 0, chart.timeline.cycles);
}

/** Moves the window just far enough to contain what was chosen. */
function reveal(chart) {
  const attempt = chosenAttempt(chart);
  if (!attempt) return drawTimeline(chart);
  const span = chart.to - chart.from;
  const inside = attempt.start >= chart.from && attempt.end <= chart.to;
  const from = inside || span < attempt.end - attempt.start ? Math.min(chart.from, attempt.start) : (attempt.start + attempt.end - span) / 2;
  setWindow(chart, inside ? chart.from : from, (inside ? chart.from : from) + span);
}

/** The chosen attempt, or the last one of the chosen transaction: the one that counted. */
function chosenAttempt({ selection, timeline }) {
  return selection.attempt ?? timeline.attempts.findLast((attempt) => attempt.tx === selection.tx);
}

function useKeys(chart) {
  const acts = {
    '+': () => zoom(chart, 1 / ZOOM), '=': () => zoom(chart, 1 / ZOOM), '-': () => zoom(chart, ZOOM), 0: () => showAll(chart),
    ArrowLeft: () => pan(chart, -0.1), ArrowRight: () => pan(chart, 0.1),
    ArrowUp: () => stepLane(chart, -1), ArrowDown: () => stepLane(chart, 1),
    n: () => stepAttempt(chart, 1), p: () => stepAttempt(chart, -1),
    Enter: () => document.getElementById('detail').focus(), Escape: () => { chart.tip.hidden = true; },
  };
  chart.box.addEventListener('keydown', (event) => {
    const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  });
}

function stepAttempt(chart, by) {
  const now = chosenAttempt(chart);
  const lane = attemptsOf(chart, now?.lane ?? 0);
  const next = now ? lane[lane.indexOf(now) + by] : lane.find((attempt) => attempt.end > chart.from) ?? lane[0];
  if (next) chart.selection.choose(next.tx, next);
}

function stepLane(chart, by) {
  const now = chosenAttempt(chart);
  if (!now) return stepAttempt(chart, 1);
  const lane = attemptsOf(chart, now.lane + by);
  const next = lane.find((attempt) => attempt.end > now.start) ?? lane.at(-1);
  if (next) chart.selection.choose(next.tx, next);
}

function attemptsOf({ timeline }, lane) {
  return timeline.attempts.filter((attempt) => attempt.lane === lane).sort((a, b) => a.start - b.start);
}

function useMouse(chart) {
  const { box } = chart;
  let drag = null;
  box.addEventListener('pointerdown', (event) => {
    if (event.button === 0) drag = { x: event.clientX, from: chart.from, moved: false };
  });
  box.addEventListener('pointermove', (event) => {
    if (drag && event.buttons) dragTo(chart, drag, event);
    else showTip(chart, event);
  });
  box.addEventListener('pointerup', (event) => {
    if (drag && !drag.moved) chooseAt(chart, event);
    drag = null;
  });
  box.addEventListener('pointercancel', () => { drag = null; });
  box.addEventListener('pointerleave', () => { chart.tip.hidden = true; });
  box.addEventListener('dblclick', (event) => zoom(chart, 1 / (ZOOM * ZOOM), shareAt(chart, event)));
  box.addEventListener('wheel', (event) => turnWheel(chart, event), { passive: false });
}

function dragTo(chart, drag, event) {
  const by = event.clientX - drag.x;
  // A click with an unsteady hand is not a drag.
  if (!drag.moved && Math.abs(by) < 4) return;
  if (!drag.moved) chart.box.setPointerCapture(event.pointerId);
  drag.moved = true;
  chart.tip.hidden = true;
  const span = chart.to - chart.from;
  const from = drag.from - (by / plotWidth(chart)) * span;
  setWindow(chart, from, from + span);
}

/** Without Ctrl the wheel scrolls the page, as everywhere else. A pinch arrives as a wheel with Ctrl. */
function turnWheel(chart, event) {
  const sideways = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
  if (event.ctrlKey) zoom(chart, event.deltaY > 0 ? 1.2 : 1 / 1.2, shareAt(chart, event));
  else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) pan(chart, sideways / plotWidth(chart));
  else return;
  event.preventDefault();
}

function shareAt(chart, event) {
  const x = event.clientX - chart.box.getBoundingClientRect().left - GUTTER;
  return Math.min(1, Math.max(0, x / plotWidth(chart)));
}

/** The attempt under the pointer, or within three pixels of it: short ones are thinner than a pointer is steady. */
function attemptAt(chart, event) {
  const row = Math.floor((event.clientY - chart.box.getBoundingClientRect().top - TOP) / rowHeight(chart.timeline));
  const cycle = chart.from + shareAt(chart, event) * (chart.to - chart.from);
  const reach = (3 * (chart.to - chart.from)) / plotWidth(chart);
  const distance = (attempt) => Math.max(attempt.start - cycle, cycle - attempt.end, 0);
  const near = chart.timeline.attempts.filter((attempt) => attempt.lane === row && distance(attempt) <= reach);
  return near.sort((a, b) => distance(a) - distance(b))[0];
}

function chooseAt(chart, event) {
  const attempt = attemptAt(chart, event);
  if (attempt) chart.selection.choose(attempt.tx, attempt);
}

function showTip(chart, event) {
  const attempt = attemptAt(chart, event);
  chart.tip.hidden = !attempt;
  if (!attempt) return;
  const label = chart.run.transactions[attempt.tx]?.label ?? 'unknown';
  chart.tip.replaceChildren(el('strong', null, `#${attempt.tx} ${label}`),
    el('span', null, `${attempt.outcome ?? 'unknown'}, lane ${attempt.lane}`),
    el('span', null, `${fixed(attempt.start)} to ${fixed(attempt.end)} (${count(attempt.end - attempt.start, 'cycle')})`));
  const box = chart.box.getBoundingClientRect();
  const x = Math.min(event.clientX - box.left + 14, chart.width - chart.tip.offsetWidth - 4);
  chart.tip.style.left = `${Math.max(4, x)}px`;
  chart.tip.style.top = `${event.clientY - box.top + 18}px`;
}
