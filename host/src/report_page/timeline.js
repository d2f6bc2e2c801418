// Lanes over time: what keys and mouse choose. `timeline_draw.js` draws it.

const TIMELINE_KEYS = [...WINDOW_KEYS, ['↑ ↓', 'other lane'], ['N P', 'next, previous attempt of the lane'], ['Enter', 'details']];
const LEAST_CYCLES = 20;

function timelineSection(run, selection) {
  const title = 'Timeline of lanes';
  if (run.timeline === null) return section('timeline', title, null, el('p', null, missing('Not measured', 'this run recorded no timeline.')));
  const caption = 'A row per lane, time from left to right in simulated cycles. A bar is one attempt at a transaction, '
    + 'with its number where it fits; fill and colour say how it ended. The hatched lower half is time spent waiting for '
    + 'state or for an answer of the host. The last row shows when results were committed, in the order of the block.';
  return section('timeline', title, caption, ...timelineChart(run, selection), detailPanel(run, selection));
}

function timelineChart(run, selection) {
  const box = el('div', {
    class: 'chart', id: 'timeline-chart', tabindex: '0', role: 'application', 'aria-roledescription': 'timeline',
    'aria-label': timelineText(run), 'aria-describedby': 'timeline-keys',
  });
  const chart = newView({
    run, selection, timeline: run.timeline, box, left: GUTTER, right: 4, extent: run.timeline.cycles, least: LEAST_CYCLES,
    tip: el('div', { class: 'tip', hidden: true, 'aria-hidden': 'true' }), status: el('p', { class: 'status', role: 'status' }),
    draw: () => drawTimeline(chart),
    anchor: () => middle(chosenAttempt(chart)),
  });
  const leave = () => { chart.tip.hidden = true; };
  selection.listen(() => revealChosen(chart));
  useKeys(chart, {
    ArrowUp: () => stepLane(chart, -1), ArrowDown: () => stepLane(chart, 1), n: () => stepAttempt(chart, 1), p: () => stepAttempt(chart, -1),
    Enter: () => document.getElementById('detail').focus(), Escape: leave,
  });
  useMouse(chart, { click: (event) => chooseAt(chart, event), hover: (event) => showTip(chart, event), leave });
  return [legend(OUTCOMES.map(([name, meaning]) => [`fill-${name}`, meaning])), windowTools(chart, goToForm(chart)),
    el('div', { class: 'chart-frame' }, box, chart.tip), chart.status,
    keyHelp('timeline-keys', TIMELINE_KEYS, 'drag to move, double-click or Ctrl + wheel to zoom, click for details.'),
    truncatedNote(run.timeline.truncated, 'attempts')];
}

function timelineText(run) {
  const { attempts, lanes, cycles } = run.timeline;
  const ended = ENDS_OF_ATTEMPTS.map((outcome) =>
    `${fixed(attempts.filter((attempt) => attempt.outcome === outcome).length)} ${outcome}`);
  return `Timeline of ${count(lanes, 'lane')} over ${count(cycles, 'cycle')}: ${count(attempts.length, 'attempt')}, `
    + `${ended.join(', ')}. The table of transactions at the end of this run has their cycles and aborts.`;
}

function truncatedNote(truncated, what) {
  return truncated && el('p', { class: 'notice' }, `The recording was cut short: further ${what} are not shown.`);
}

function goToForm(chart) {
  const entry = el('input', { type: 'number', id: 'goto', min: 0, max: Math.max(0, chart.run.transactions.length - 1), step: 1 });
  const go = (event) => {
    event.preventDefault();
    if (entry.value !== '' && entry.checkValidity()) chart.selection.choose(entry.valueAsNumber);
  };
  return el('form', { submit: go }, el('label', { for: 'goto' }, 'Transaction '), entry, el('button', { type: 'submit' }, 'Show'));
}

/** The chosen attempt, or the last one of the chosen transaction: the one that counted. */
function chosenAttempt({ selection, timeline }) {
  return selection.attempt ?? timeline.attempts.findLast((attempt) => attempt.tx === selection.tx);
}

function middle(attempt) {
  return attempt ? (attempt.start + attempt.end) / 2 : null;
}

function revealChosen(chart) {
  const attempt = chosenAttempt(chart);
  if (attempt) reveal(chart, attempt.start, attempt.end);
  else chart.draw();
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
  return next && chart.selection.choose(next.tx, next);
}

function attemptsOf({ timeline }, lane) {
  return timeline.attempts.filter((attempt) => attempt.lane === lane).sort((a, b) => a.start - b.start);
}

/** The attempt under the pointer, or within three pixels of it: short ones are thinner than a pointer is steady. */
function attemptAt(chart, event) {
  const row = Math.floor((event.clientY - chart.box.getBoundingClientRect().top - TOP) / rowHeight(chart.timeline));
  const cycle = placeAt(chart, event);
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
  chart.tip.replaceChildren(el('strong', null, `${attempt.tx}: ${label}`),
    el('span', null, `${attempt.outcome}, lane ${attempt.lane}`),
    el('span', null, `cycles ${fixed(attempt.start)} to ${fixed(attempt.end)} (${fixed(attempt.end - attempt.start)})`));
  const box = chart.box.getBoundingClientRect();
  const x = Math.min(event.clientX - box.left + 14, chart.width - chart.tip.offsetWidth - 4);
  chart.tip.style.left = `${Math.max(4, x)}px`;
  chart.tip.style.top = `${event.clientY - box.top + 18}px`;
}
