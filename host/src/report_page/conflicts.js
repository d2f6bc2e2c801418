// Who reads what whom wrote: an arc diagram, the hottest keys and the heaviest chain.

const ARC_MARGIN = 14;
const ARC_KEYS = [...WINDOW_KEYS, ['N P', 'next, previous transaction that has arcs']];
const LEAST_TRANSACTIONS = 8;
const HOT_KEYS = 12;

function conflictSection(run, selection) {
  const title = 'Conflicts within the block';
  if (!run.edgesKnown) return section('conflicts', title, null, el('p', null, missing('Not measured', 'this run recorded no conflicts.')));
  const caption = 'Transactions in the order of the block from left to right. An arc goes from a writer on the left to a '
    + 'later reader on the right that needs its value; a thicker arc stands for more keys. Long chains of arcs limit what '
    + 'lanes can do side by side. Diamonds mark transactions that the host ran; what those read was not noted.';
  const chain = run.edgesTruncated ? null : heaviestChain(run);
  const none = run.on_card_txs === 0 ? 'No transaction committed on the card, so nobody noted what they read.'
    : 'No transaction that committed on the card reads what an earlier one of the block wrote: they could run side by side.';
  const body = run.edges.length === 0
    ? [el('p', { id: 'no-conflicts' }, none)]
    : [...arcChart(run, selection, chain), truncatedNote(run.edgesTruncated, 'arcs')];
  return section('conflicts', title, caption, ...body, criticalPath(run, chain), run.edges.length > 0 && hotKeys(run));
}

function arcChart(run, selection, chain) {
  const size = run.edges.reduce((most, edge) => Math.max(most, edge.to + 1), run.transactions.length);
  const longest = run.edges.reduce((most, edge) => Math.max(most, Math.abs(edge.to - edge.from)), 1);
  const box = el('div', {
    class: 'chart', id: 'conflict-chart', tabindex: '0', role: 'application', 'aria-roledescription': 'arc diagram',
    'aria-label': arcText(run, size, chain), 'aria-describedby': 'conflict-keys',
  });
  const chart = newView({
    run, selection, chain, size, longest, box, left: ARC_MARGIN, right: ARC_MARGIN, extent: size, least: LEAST_TRANSACTIONS,
    status: el('p', { class: 'status', role: 'status' }),
    draw: () => drawArcs(chart),
    anchor: () => (selection.tx === null ? null : selection.tx + 0.5),
  });
  selection.listen(() => reveal(chart, selection.tx, selection.tx + 1));
  useKeys(chart, arcSteps(chart));
  const click = (event) => selection.choose(Math.min(size - 1, Math.floor(placeAt(chart, event))));
  useMouse(chart, { click, hover: () => {}, leave: () => {} });
  return [arcLegend(chain), windowTools(chart), box, chart.status,
    keyHelp('conflict-keys', ARC_KEYS, 'drag to move, double-click or Ctrl + wheel to zoom, click to choose a transaction.')];
}

function arcText(run, size, chain) {
  return `Arc diagram: ${count(run.edges.length, 'arc')} between ${count(size, 'transaction')}`
    + `${chain ? `, the heaviest chain has ${count(chain.length, 'transaction')}` : ''}. The table of hottest keys follows.`;
}

function arcLegend(chain) {
  const line = (name) => svg('svg', { class: 'swatch', width: 26, height: 14, 'aria-hidden': 'true' }, svg('path', { class: `arc ${name}`, d: 'M1 13A12 12 0 0 1 25 13' }));
  const entries = [['few', 'one key'], ['some', '2 or 3 keys'], ['many', '4 keys or more'], ['chosen', 'of the chosen transaction']];
  if (chain) entries.splice(3, 0, ['chain', 'heaviest chain']);
  return el('ul', { class: 'legend' }, entries.map(([name, meaning]) => el('li', null, line(name), meaning)));
}

function drawArcs(chart) {
  if (chart.width === 0) return;
  const { run, selection, chain, width } = chart;
  const height = Math.min(230, Math.max(130, width / 4));
  const shown = run.edges.filter((edge) => edge.to >= chart.from && edge.from <= chart.to);
  const path = (name, edges) => svg('path', { class: `arc ${name}`, d: edges.map((edge) => arc(chart, edge, height)).join('') });
  const weight = (edge) => (edge.keys >= 4 ? 'many' : edge.keys >= 2 ? 'some' : 'few');
  const weights = ['few', 'some', 'many'].map((name) => path(name, shown.filter((edge) => weight(edge) === name)));
  const chosen = shown.filter((edge) => edge.from === selection.tx || edge.to === selection.tx);
  chart.box.replaceChildren(picture(width, height + 46, { class: shown.length > 300 ? 'arcs dense' : 'arcs', 'aria-hidden': 'true', focusable: 'false' },
    svg('svg', { width, height: height + 46 }, svg('g', { class: 'all-arcs' }, weights), chain && path('chain', chain.edges), path('chosen', chosen),
      txAxis(chart, height), chosenTick(chart, height))));
  const text = windowText(chart, 'transactions', Math.floor(chart.from), Math.min(chart.size, Math.ceil(chart.to)) - 1);
  chart.status.textContent = selection.tx === null ? text : `${text} Transaction ${selection.tx} is chosen. ${conflictText(run, selection.tx)}`;
}

function txX(chart, tx) {
  return ARC_MARGIN + toX(chart, tx + 0.5);
}

/** Height grows with the root of the span, so that arcs of neighbours stay visible beside the longest. */
function arc(chart, { from, to }, height) {
  const [left, right] = [txX(chart, from), txX(chart, to)];
  const rise = Math.max(5, (height - 6) * Math.sqrt(Math.abs(to - from) / chart.longest));
  return `M${left.toFixed(2)} ${height}A${Math.max(0.5, Math.abs(right - left) / 2).toFixed(2)} ${rise.toFixed(2)} 0 0 1 ${right.toFixed(2)} ${height}`;
}

function txAxis(chart, height) {
  const { run, size, width } = chart;
  const [first, last] = [Math.max(0, Math.ceil(chart.from - 0.5)), Math.min(size - 1, Math.floor(chart.to - 0.5))];
  const every = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
  // Ticks that touch would only make the axis thick.
  const ticks = plotWidth(chart) / (chart.to - chart.from) >= 3 ? every : [];
  const tick = (tx) => `M${txX(chart, tx).toFixed(2)} ${height}v4`;
  const diamond = (tx) => `M${txX(chart, tx).toFixed(2)} ${height + 4}l4 4.5l-4 4.5l-4 -4.5z`;
  const onHost = every.filter((tx) => run.transactions[tx]?.on?.startsWith('host'));
  const labels = niceTicks(first, last, Math.max(2, Math.floor(width / 90))).map((tx) =>
    svg('text', { x: txX(chart, tx), y: height + 28, 'text-anchor': 'middle' }, fixed(tx)));
  return [svg('path', { class: 'axis', d: `M${ARC_MARGIN} ${height}H${width - ARC_MARGIN}${ticks.map(tick).join('')}` }),
    svg('path', { class: 'on-host fill-escaped', d: onHost.map(diamond).join('') }), ...labels,
    svg('text', { class: 'unit', x: width - ARC_MARGIN, y: height + 43, 'text-anchor': 'end' }, 'transaction in the block')];
}

function chosenTick(chart, height) {
  const { tx } = chart.selection;
  return tx !== null && tx < chart.size && svg('path', { class: 'chosen-tick', d: `M${txX(chart, tx).toFixed(2)} ${height - 3}l5 9h-10z` });
}

/** Keys that go from one transaction with arcs to the next, around the ends. */
function arcSteps({ run, selection }) {
  const ends = [...new Set(run.edges.flatMap((edge) => [edge.from, edge.to]))].sort((a, b) => a - b);
  const now = () => selection.tx ?? -1;
  return {
    n: () => selection.choose(ends.find((end) => end > now()) ?? ends[0]),
    p: () => selection.choose(ends.findLast((end) => end < now()) ?? ends.at(-1)),
  };
}

/** The chain of arcs whose transactions cost the most cycles together; each counts as one where cycles are missing. */
function heaviestChain({ edges, transactions }) {
  const cost = (tx) => transactions[tx]?.cycles ?? 1;
  const best = new Map();
  const total = (tx) => best.get(tx)?.total ?? cost(tx);
  // By reader: all arcs into a writer come before those out of it.
  for (const edge of edges.filter(({ from, to }) => from < to).sort((a, b) => a.to - b.to)) {
    const sum = total(edge.from) + cost(edge.to);
    if (sum > total(edge.to)) best.set(edge.to, { total: sum, edge });
  }
  const last = [...best].sort((a, b) => b[1].total - a[1].total)[0];
  if (!last) return null;
  const path = [];
  for (let step = last[1]; step; step = best.get(step.edge.from)) path.unshift(step.edge);
  return { edges: path, length: path.length + 1, total: last[1].total };
}

function criticalPath(run, chain) {
  const oracle = run.oracle ?? { critical_path_cycles: null, busy_cycles: null, speedup_bound: null };
  const cycles = (value) => withUnit(fixed(value), 'cycles');
  return el('div', null, el('h4', null, 'Critical path'), terms([
    ['Critical path', known(oracle.critical_path_cycles, cycles)],
    ['Work of all transactions', known(oracle.busy_cycles, cycles)],
    ['Bound on the speed-up', known(oracle.speedup_bound, (bound) => `${short(bound)}×`)],
    ['Heaviest chain of arcs', chainText(run, chain)],
  ], { class: 'terms row' }),
  chain && el('p', { class: 'fine' }, 'The heaviest chain is the one whose transactions have the most cycles in sum; '
    + 'the critical path counts only what comes after each read, and may differ.'));
}

function chainText(run, chain) {
  if (run.edgesTruncated) return missing('unknown', 'the arcs are cut short');
  return chain ? `${count(chain.length, 'transaction')}, from ${chain.edges[0].from} to ${chain.edges.at(-1).to}` : 'none';
}

function hotKeys(run) {
  const keys = new Map();
  for (const edge of run.edges) {
    const key = text(edge.key, 'unknown');
    const entry = keys.get(key) ?? { key, arcs: 0, readers: new Set(), writers: new Set() };
    keys.set(key, entry);
    entry.arcs += 1;
    entry.readers.add(edge.to);
    entry.writers.add(edge.from);
  }
  const all = [...keys.values()].sort((a, b) => b.arcs - a.arcs);
  const amount = (title, value) => ({ title, numeric: true, value, cell: (row) => fixed(value(row)) });
  return [dataTable([
    { title: 'Key', value: (row) => row.key, cell: (row) => el('code', { class: 'key' }, row.key) },
    amount('Arcs', (row) => row.arcs), amount('Writers', (row) => row.writers.size), amount('Readers', (row) => row.readers.size),
  ], all.slice(0, HOT_KEYS), { caption: 'Hottest keys' }),
  el('p', { class: 'fine' }, 'An arc names one of its keys, and is counted for that one.',
    all.length > HOT_KEYS && ` ${count(all.length - HOT_KEYS, 'more key')} with fewer arcs.`)];
}
