// Who reads what whom wrote: an arc diagram, the hottest keys and the longest chain.

const ARC_LEFT = 14;
const HOT_KEYS = 12;

function conflictSection(run, selection) {
  const title = 'Conflicts within the block';
  if (!run.edgesKnown) return section('conflicts', title, null, el('p', null, missing('Not measured', 'this run recorded no conflicts.')));
  const caption = 'Transactions in the order of the block from left to right. An arc goes from a writer on the left to a '
    + 'later reader on the right that needs its value; a thicker arc stands for more keys. Long chains of arcs limit what '
    + 'lanes can do side by side. Diamonds mark transactions that the host ran.';
  const chain = run.edgesTruncated ? null : heaviestChain(run);
  const body = run.edges.length === 0
    ? [el('p', { id: 'no-conflicts' }, 'No transaction reads what an earlier one of the block wrote: all could run side by side.')]
    : [...arcChart(run, selection, chain), truncatedNote(run.edgesTruncated, 'arcs')];
  return section('conflicts', title, caption, ...body, criticalPath(run, chain), run.edges.length > 0 && hotKeys(run));
}

function arcChart(run, selection, chain) {
  const size = run.edges.reduce((most, edge) => Math.max(most, edge.to + 1), Math.max(run.transactions.length, run.txs ?? 0));
  const chart = { run, selection, chain, size, width: 0 };
  chart.box = el('div', {
    class: 'chart', id: 'conflict-chart', tabindex: '0', role: 'application', 'aria-roledescription': 'arc diagram',
    'aria-label': arcText(run, size, chain), 'aria-describedby': 'conflict-keys',
  });
  chart.status = el('p', { class: 'status', role: 'status' }, 'No transaction is chosen.');
  onWidth(chart.box, (width) => {
    chart.width = width;
    drawArcs(chart);
  });
  selection.listen(() => {
    chart.status.textContent = selection.tx === null ? '' : `Transaction ${selection.tx}. ${conflictText(run, selection.tx)}`;
    drawArcs(chart);
  });
  useArcInput(chart);
  return [arcLegend(chain), chart.box, chart.status, el('p', { class: 'keys', id: 'conflict-keys' }, 'Keys in the chart: ', el('kbd', null, '← →'),
    ' previous, next transaction that has arcs. Mouse: click on the axis.')];
}

function arcText(run, size, chain) {
  return `Arc diagram: ${count(run.edges.length, 'arc')} between ${count(size, 'transaction')}`
    + `${chain ? `, the longest chain has ${count(chain.length, 'transaction')}` : ''}. The table of hottest keys follows.`;
}

function arcLegend(chain) {
  const line = (name) => svg('svg', { class: 'swatch', width: 26, height: 14, 'aria-hidden': 'true' }, svg('path', { class: `arc ${name}`, d: 'M1 13A12 12 0 0 1 25 13' }));
  const entries = [['few', 'one key'], ['some', '2 or 3 keys'], ['many', '4 keys or more'], ['chosen', 'of the chosen transaction']];
  if (chain) entries.splice(3, 0, ['chain', 'longest chain']);
  return el('ul', { class: 'legend' }, entries.map(([name, meaning]) => el('li', null, line(name), meaning)));
}

function drawArcs(chart) {
  if (chart.width === 0) return;
  const { run, selection, chain, width } = chart;
  const height = Math.min(230, Math.max(130, width / 4));
  const path = (name, edges) => svg('path', { class: `arc ${name}`, d: edges.map((edge) => arc(chart, edge, height)).join('') });
  const weight = (edge) => (edge.keys >= 4 ? 'many' : edge.keys >= 2 ? 'some' : 'few');
  const weights = ['few', 'some', 'many'].map((name) => path(name, run.edges.filter((edge) => weight(edge) === name)));
  const chosen = run.edges.filter((edge) => edge.from === selection.tx || edge.to === selection.tx);
  chart.box.replaceChildren(picture(width, height + 46, { class: run.edges.length > 300 ? 'arcs dense' : 'arcs', 'aria-hidden': 'true', focusable: 'false' },
    svg('g', { class: 'all-arcs' }, weights), chain && path('chain', chain.edges), path('chosen', chosen),
    txAxis(chart, height), chosenTick(chart, height)));
}

function txX(chart, tx) {
  return ARC_LEFT + ((tx + 0.5) / chart.size) * (chart.width - 2 * ARC_LEFT);
}

/** Height grows with the root of the span, so that arcs of neighbours stay visible beside one over the whole block. */
function arc(chart, { from, to }, height) {
  const [left, right] = [txX(chart, from), txX(chart, to)];
  const rise = Math.max(5, (height - 6) * Math.sqrt(Math.abs(to - from) / chart.size));
  return `M${left.toFixed(2)} ${height}A${Math.max(0.5, Math.abs(right - left) / 2).toFixed(2)} ${rise.toFixed(2)} 0 0 1 ${right.toFixed(2)} ${height}`;
}

function txAxis(chart, height) {
  const { run, size, width } = chart;
  const every = Array.from({ length: size }, (_, tx) => tx);
  const tick = (tx) => `M${txX(chart, tx).toFixed(2)} ${height}v4`;
  const diamond = (tx) => `M${txX(chart, tx).toFixed(2)} ${height + 4}l4 4.5l-4 4.5l-4 -4.5z`;
  const onHost = every.filter((tx) => run.transactions[tx]?.on?.startsWith('host'));
  const labels = niceTicks(0, size - 1, Math.max(2, Math.floor(width / 90))).map((tx) =>
    svg('text', { x: txX(chart, tx), y: height + 28, 'text-anchor': 'middle' }, fixed(tx)));
  return [svg('path', { class: 'axis', d: `M${ARC_LEFT} ${height}H${width - ARC_LEFT}${every.map(tick).join('')}` }),
    svg('path', { class: 'on-host fill-escaped', d: onHost.map(diamond).join('') }), ...labels,
    svg('text', { class: 'unit', x: width - ARC_LEFT, y: height + 43, 'text-anchor': 'end' }, 'transaction in the block')];
}

function chosenTick(chart, height) {
  const { tx } = chart.selection;
  return tx !== null && tx < chart.size && svg('path', { class: 'chosen-tick', d: `M${txX(chart, tx).toFixed(2)} ${height - 3}l5 9h-10z` });
}

function useArcInput(chart) {
  const ends = [...new Set(chart.run.edges.flatMap((edge) => [edge.from, edge.to]))].sort((a, b) => a - b);
  const step = { ArrowRight: (tx) => ends.find((end) => end > tx) ?? ends[0], ArrowLeft: (tx) => ends.findLast((end) => end < tx) ?? ends.at(-1) };
  chart.box.addEventListener('keydown', (event) => {
    if (!step[event.key]) return;
    event.preventDefault();
    chart.selection.choose(step[event.key](chart.selection.tx ?? -1));
  });
  chart.box.addEventListener('click', (event) => {
    const share = (event.clientX - chart.box.getBoundingClientRect().left - ARC_LEFT) / (chart.width - 2 * ARC_LEFT);
    chart.selection.choose(Math.min(chart.size - 1, Math.max(0, Math.floor(share * chart.size))));
  });
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
    ['Critical path of the oracle', known(oracle.critical_path_cycles, cycles)],
    ['Work of all transactions', known(oracle.busy_cycles, cycles)],
    ['Bound on the speed-up', known(oracle.speedup_bound, (bound) => `${short(bound)}×`)],
    ['Longest chain of arcs', chain ? `${count(chain.length, 'transaction')}, from ${chain.edges[0].from} to ${chain.edges.at(-1).to}` : run.edgesTruncated ? missing('unknown', 'the arcs are cut short') : 'none'],
  ], { class: 'terms row' }),
  chain && el('p', { class: 'fine' }, 'The longest chain is found from the arcs, weighted with the cycles of the transactions; '
    + 'the critical path is what the oracle reports and may differ from it.'));
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
