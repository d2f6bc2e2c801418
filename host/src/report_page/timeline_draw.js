// Draws the window of a timeline. One path per kind of mark instead of a node per mark keeps blocks of thousands of
// transactions fluent; a mark is a subpath.

const OUTCOMES = [
  ['committed', 'committed'], ['aborted', 'aborted: read a value that changed'], ['preempted', 'preempted by an earlier transaction'],
  ['escaped', 'escaped: the host runs it'], ['wait', 'waiting (lower half)'], ['commit', 'commit of results'],
];
const GUTTER = 62;
const TOP = 4;
const AXIS = 40;

function rowHeight({ lanes }) {
  return Math.min(28, Math.max(16, Math.floor(420 / (lanes + 1))));
}

function drawTimeline(chart) {
  if (chart.width === 0) return;
  const { timeline } = chart;
  const rows = timeline.lanes + 1;
  const bottom = TOP + rows * rowHeight(timeline);
  const plot = svg('svg', { x: GUTTER, y: 0, width: plotWidth(chart), height: bottom + 1 },
    grid(chart, bottom), timelineMarks(chart), attemptNumbers(chart), selectedMarks(chart));
  chart.box.replaceChildren(picture(chart.width, bottom + AXIS, { class: 'timeline', 'aria-hidden': 'true', focusable: 'false' },
    rowLabels(timeline), plot, cycleAxis(chart, bottom)));
  chart.status.textContent = windowText(chart, 'cycles', chart.from, chart.to);
}

function rowLabels(timeline) {
  const height = rowHeight(timeline);
  const label = (row, name) => svg('text', { x: GUTTER - 8, y: TOP + (row + 0.5) * height + 4, 'text-anchor': 'end' }, name);
  return [...Array.from({ length: timeline.lanes }, (_, lane) => label(lane, `lane ${lane}`)), label(timeline.lanes, 'commits')];
}

function timelineMarks(chart) {
  const { timeline } = chart;
  const height = rowHeight(timeline);
  const bar = (item) => rectangle(chart, item, TOP + item.lane * height + 2, height - 4);
  const byOutcome = new Map([...ENDS_OF_ATTEMPTS, 'unknown'].map((name) => [name, []]));
  for (const attempt of timeline.attempts) byOutcome.get(attempt.outcome).push(attempt);
  const path = (kind, name, items, draw) => svg('path', { class: `${kind} fill-${name}`, d: items.map(draw).join('') });
  return [
    ...[...byOutcome].map(([name, items]) => path('attempts', name, items, bar)),
    path('waits', 'wait', timeline.waits, (wait) => rectangle(chart, wait, TOP + (wait.lane + 0.5) * height + 1, height / 2 - 3)),
    path('commits', 'commit', timeline.commits, (commit) => commitRectangle(chart, commit)),
  ];
}

function commitRectangle(chart, commit) {
  const height = rowHeight(chart.timeline);
  return rectangle(chart, commit, TOP + chart.timeline.lanes * height + 4, height - 8);
}

/** Nothing outside of the window; at least a pixel inside, as a mark that is too short to see would be a lie. */
function rectangle(chart, { start, end }, y, height) {
  if (end < chart.from || start > chart.to) return '';
  const [left, right] = [clampedX(chart, start), clampedX(chart, end)];
  // A gap keeps neighbours apart where there is room for one.
  const width = right - left > 4 ? right - left - 1 : Math.max(1, right - left);
  return `M${left.toFixed(2)} ${y}h${width.toFixed(2)}v${height}h${(-width).toFixed(2)}z`;
}

/** Clamped a little outside of the plot: far coordinates lose precision when deep inside a long block. */
function clampedX(chart, cycle) {
  return Math.min(plotWidth(chart) + 8, Math.max(-8, toX(chart, cycle)));
}

function attemptNumbers(chart) {
  const height = rowHeight(chart.timeline);
  return chart.timeline.attempts.flatMap((attempt) => {
    const [left, right] = [clampedX(chart, attempt.start), clampedX(chart, attempt.end)];
    const text = String(attempt.tx);
    if (right - left < 10 + 7 * text.length) return [];
    const solid = attempt.outcome === 'committed';
    return [svg('text', { class: `on-mark ${solid ? 'on-solid' : 'on-pattern'}`, x: Math.max(0, left) + 4, y: TOP + attempt.lane * height + height / 2 + 1 }, text)];
  });
}

function selectedMarks(chart) {
  const { selection, timeline } = chart;
  if (selection.tx === null) return null;
  const height = rowHeight(timeline);
  const of = (items) => items.filter((item) => item.tx === selection.tx);
  const d = of(timeline.attempts).map((item) => rectangle(chart, item, TOP + item.lane * height + 1, height - 2))
    .concat(of(timeline.commits).map((commit) => commitRectangle(chart, commit)));
  return svg('path', { class: 'chosen', d: d.join('') });
}

function grid(chart, bottom) {
  const lines = cycleTicks(chart).map((cycle) => `M${toX(chart, cycle).toFixed(1)} 0V${bottom}`);
  return svg('path', { class: 'grid', d: lines.join('') });
}

function cycleAxis(chart, bottom) {
  const anchor = (x) => (x > plotWidth(chart) - 30 ? 'end' : x < 10 ? 'start' : 'middle');
  const labels = cycleTicks(chart).map((cycle) => {
    const x = toX(chart, cycle);
    return svg('text', { x: GUTTER + x, y: bottom + 16, 'text-anchor': anchor(x) }, fixed(cycle));
  });
  return [
    svg('path', { class: 'axis', d: `M${GUTTER} ${bottom + 0.5}h${plotWidth(chart)}` }), ...labels,
    svg('text', { class: 'unit', x: GUTTER + plotWidth(chart), y: bottom + 33, 'text-anchor': 'end' }, 'cycles, simulated'),
  ];
}

function cycleTicks(chart) {
  return niceTicks(chart.from, chart.to, Math.max(2, Math.floor(plotWidth(chart) / 110)));
}

/** Round numbers in a range, about so many; whole ones, as there are no parts of cycles or transactions. */
function niceTicks(from, to, about) {
  const rough = Math.max(1, (to - from) / about);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  const first = Math.ceil(from / step);
  return Array.from({ length: Math.max(0, Math.floor(to / step) - first + 1) }, (_, index) => (first + index) * step);
}
