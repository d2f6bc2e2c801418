// The table of all runs.

function overview(runs, open) {
  if (runs.length === 0) return el('p', null, 'There is nothing to show: the benchmark recorded no runs.');
  return [
    el('p', { class: 'caption' }, 'One row per run; choose a name to see its charts, a heading to sort. '
      + 'Speed-up is that of the cycle model against one lane that never waits; the second line is the share of what the conflicts of the block '
      + 'allow at most with that many lanes (the bound). Against revm, below 1 is a loss.'),
    dataTable(overviewColumns(runs, open), runs, { caption: 'All runs' }),
  ];
}

function overviewColumns(runs, open) {
  const plain = (title, field, digits, group) => column(title, (run) => run[field], (value) => fixed(value, digits), group);
  return [
    { title: 'Run', value: (run) => run.label, cell: (run) => runLink(run, open) },
    // Beside the name, where it stays in sight in a narrow window: losses must not hide at the end of the row.
    column('Against revm, projected', (run) => run.projected?.speedup ?? null, againstRevm, null, 'not projected'),
    plain('Tx', 'txs', 0),
    plain('Gas', 'gas', 0),
    column('of tx', (run) => ratio(run.on_card_txs, run.txs), percent, 'On card'),
    column('of gas', (run) => ratio(run.on_card_gas, run.gas), percent, 'On card'),
    plain('EVM instr. per lane cycle', 'evm_per_lane_cycle', 3),
    ...lanesOf(runs).map(speedupColumn),
    column('Host', hostMicroseconds, (value) => fixed(value, 2), 'µs per tx'),
    column('revm', (run) => run.revm?.us_per_tx ?? null, (value) => fixed(value, 2), 'µs per tx'),
    column('Projected', (run) => perTransaction(run, run.projected?.latency_us), (value) => fixed(value, 2), 'µs per tx', 'not projected'),
  ];
}

function column(title, value, format, group, absent) {
  const cell = (run) => (value(run) === null ? missing(absent ?? 'not measured') : format(value(run)));
  return { title, value, cell, group, numeric: true };
}

function ratio(part, whole) {
  return part === null || !whole ? null : part / whole;
}

function runLink(run, open) {
  return [
    el('button', { type: 'button', class: 'link', click: () => open(run.index) }, run.label),
    !run.verified && el('span', { class: 'sub warn' }, 'not verified'),
  ];
}

/** Numbers of lanes that any run has, so that runs can be compared by column. */
function lanesOf(runs) {
  const all = new Set(runs.flatMap((run) => run.scaling.filter((entry) => entry.engine === 'model' && isWhole(entry)).map((entry) => entry.lanes)));
  return all.size > 0 ? [...all].sort((a, b) => a - b) : [1, 2, 4, 8, 16];
}

function speedupColumn(lanes) {
  const entry = (run) => run.scaling.find((point) => point.engine === 'model' && isWhole(point) && point.lanes === lanes);
  return {
    title: fixed(lanes), group: 'Speed-up at lanes (share of bound)', numeric: true,
    value: (run) => entry(run)?.speedup ?? null,
    cell: (run) => speedupCell(entry(run)),
  };
}

function speedupCell(entry) {
  if (!entry) return missing('not measured');
  return [times(entry.speedup), el('span', { class: 'sub' }, entry.efficiency === null ? 'no bound' : percent(entry.efficiency))];
}

function againstRevm(speedup) {
  return [times(speedup), el('span', { class: 'sub' }, verdictBadge(speedup))];
}
