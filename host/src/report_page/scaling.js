// Speed-up over the number of lanes.

const SERIES = [
  { name: 'ideal', meaning: 'ideal: twice the lanes, twice the speed', mark: null },
  { name: 'bound', meaning: 'bound: what a scheduler reaches that knows all conflicts', mark: 'diamond' },
  { name: 'model', meaning: 'cycle model', mark: 'circle' },
  { name: 'rtl', meaning: 'hardware design, simulated on the beginning of the block', mark: 'square' },
];
const SCALE_LEFT = 46;
const SCALE_RIGHT = 14;
const SCALE_TOP = 28;
const SCALE_BOTTOM = 44;

function scalingSection(run) {
  const title = 'Scaling over lanes';
  if (run.scaling.length === 0) return section('scaling', title, null, el('p', null, missing('Not measured', 'nothing of this block committed on the card, or no number of lanes was recorded.')));
  const points = scalingPoints(run.scaling);
  const shown = SERIES.filter(({ name }) => points[name].length > 0);
  const box = el('div', { class: 'stack', id: 'scaling-chart', role: 'img', 'aria-label': scalingText(points) });
  onWidth(box, (width) => box.replaceChildren(drawScaling(points, shown, width)));
  return section('scaling', title, 'Speed against one lane that never waits. Both axes double from line to line, so the ideal is '
    + 'a straight line. The distance of the model below the bound is what the machine loses; the distance of the bound below '
    + 'the ideal is what the block itself does not allow. ' + rtlText(run.scaling),
  scalingLegend(shown), el('div', { class: 'columns wide-left' }, box, scalingTable(run.scaling)));
}

/** What the hardware design ran. Its speed-up counts the work of that beginning. */
function rtlText(scaling) {
  const rtl = scaling.find((entry) => entry.engine === 'rtl');
  if (!rtl) return 'The hardware design was not simulated for this run.';
  const part = isWhole(rtl) ? 'the whole block' : `the first ${count(rtl.first_txs, 'transaction')}`;
  return `Squares are the hardware design, which ran ${part}; the table has the model on the same, and the bound of the same, which may be another than the line's.`;
}

/** The points of each line as {x: lanes, y: speed-up}. The bound is a property of the block: once per number of lanes. */
function scalingPoints(scaling) {
  const whole = scaling.filter(isWhole);
  const of = (entries, engine) => entries.filter((entry) => entry.engine === engine).map(({ lanes, speedup }) => ({ x: lanes, y: speedup })).sort((a, b) => a.x - b.x);
  const bounds = new Map(whole.filter((entry) => entry.bound > 0).map((entry) => [entry.lanes, entry.bound]));
  const lanes = [...new Set(scaling.map((entry) => entry.lanes))].sort((a, b) => a - b);
  return {
    ideal: lanes.map((x) => ({ x, y: x })),
    bound: lanes.filter((x) => bounds.has(x)).map((x) => ({ x, y: bounds.get(x) })),
    model: of(whole, 'model'), rtl: of(scaling, 'rtl'),
  };
}

function scalingText(points) {
  const line = (name) => `${name}: ${points[name].map(({ x, y }) => `${fixed(y, 2)} times at ${count(x, 'lane')}`).join(', ')}`;
  return `Speed-up over lanes. ${['model', 'rtl', 'bound'].filter((name) => points[name].length > 0).map(line).join('. ')}.`;
}

function scalingLegend(shown) {
  const sample = ({ name, mark }) => svg('svg', { class: 'swatch', width: 34, height: 14, 'aria-hidden': 'true' },
    svg('path', { class: `line line-${name}`, d: 'M1 7H33' }), mark && pointMark(mark, name, 17, 7));
  return el('ul', { class: 'legend' }, [...shown].reverse().map((series) => el('li', null, sample(series), series.meaning)));
}

function drawScaling(points, shown, width) {
  const height = Math.min(380, Math.max(240, width * 0.6));
  const all = shown.flatMap(({ name }) => points[name]);
  const x = log2Scale(all.map((point) => point.x), SCALE_LEFT, width - SCALE_RIGHT);
  const y = log2Scale(all.map((point) => point.y), height - SCALE_BOTTOM, SCALE_TOP);
  const line = (name) => points[name].map((point, index) => `${index === 0 ? 'M' : 'L'}${x(point.x).toFixed(1)} ${y(point.y).toFixed(1)}`).join('');
  return picture(width, height, { class: 'scaling', 'aria-hidden': 'true', focusable: 'false' },
    scalingAxes(x, y, width, height),
    shown.map(({ name, mark }) => [svg('path', { class: `line line-${name}`, d: line(name) }),
      mark && points[name].map((point) => pointMark(mark, name, x(point.x), y(point.y)))]));
}

/** Whole powers of two on both ends; a single value gets some room. */
function log2Scale(values, start, end) {
  const low = Math.floor(Math.log2(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log2(Math.max(...values))));
  const scale = (value) => start + ((Math.log2(value) - low) / (high - low)) * (end - start);
  scale.ticks = Array.from({ length: high - low + 1 }, (_, index) => 2 ** (low + index));
  return scale;
}

function scalingAxes(x, y, width, height) {
  const base = height - SCALE_BOTTOM;
  const grid = x.ticks.map((tick) => `M${x(tick).toFixed(1)} ${SCALE_TOP}V${base}`).concat(y.ticks.map((tick) => `M${SCALE_LEFT} ${y(tick).toFixed(1)}H${width - SCALE_RIGHT}`));
  return [
    svg('path', { class: 'grid', d: grid.join('') }),
    x.ticks.map((tick) => svg('text', { x: x(tick), y: base + 17, 'text-anchor': 'middle' }, powerOfTwo(tick))),
    y.ticks.map((tick) => svg('text', { x: SCALE_LEFT - 7, y: y(tick) + 4, 'text-anchor': 'end' }, `${powerOfTwo(tick)}×`)),
    svg('text', { class: 'unit', x: width - SCALE_RIGHT, y: base + 36, 'text-anchor': 'end' }, 'lanes'),
    svg('text', { class: 'unit', x: 2, y: 12 }, 'times one lane that never waits'),
  ];
}

/** Exact: halves are not rounded away, whole ones have no decimals. */
function powerOfTwo(value) {
  return value < 1 ? String(value) : fixed(value);
}

/** Series differ by shape, not only by colour. */
function pointMark(mark, name, x, y) {
  const attributes = { class: `point point-${name}` };
  if (mark === 'circle') return svg('circle', { ...attributes, cx: x.toFixed(1), cy: y.toFixed(1), r: 4.5 });
  if (mark === 'square') return svg('rect', { ...attributes, x: (x - 4).toFixed(1), y: (y - 4).toFixed(1), width: 8, height: 8 });
  return svg('path', { ...attributes, d: `M${x.toFixed(1)} ${(y - 5.5).toFixed(1)}l5.5 5.5l-5.5 5.5l-5.5 -5.5z` });
}

function scalingTable(scaling) {
  const column = (title, field, format) => ({ title, numeric: true, value: (row) => row[field], cell: (row) => known(row[field], format) });
  return dataTable([
    { title: 'Engine', value: (row) => row.engine, cell: (row) => row.engine },
    { title: 'Transactions', numeric: true, value: (row) => row.first_txs, cell: (row) => (isWhole(row) ? 'all' : `first ${fixed(row.first_txs)}`) },
    column('Lanes', 'lanes', fixed), column('Cycles', 'cycles', fixed), column('Speed-up', 'speedup', (value) => `${fixed(value, 2)}×`),
    column('Bound', 'bound', (value) => `${fixed(value, 2)}×`), column('Of bound', 'efficiency', percent), column('Aborts', 'aborts', fixed),
  ], scaling, { caption: 'Scaling over lanes' });
}
