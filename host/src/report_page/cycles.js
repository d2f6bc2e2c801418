// Where the cycles of the lanes go.

const LANE_PARTS = [
  ['busy', 'busy', 'fill-committed', 'executing instructions'],
  ['state_wait', 'state wait', 'fill-wait', 'until state, or an answer of the host, arrives'],
  ['commit_wait', 'commit wait', 'fill-commit-wait', 'on the lane, until the transaction is the oldest'],
  ['aborted', 'aborted', 'fill-aborted', 'attempts that a conflict or an escape ended'],
  ['idle', 'idle', 'fill-idle', 'no transaction that may start'],
];

function cyclesSection(run) {
  return section('cycles', 'Where the cycles go', 'First how the lanes spend their time: each part is a share of all cycles '
    + 'of all lanes. Then which kinds of instructions keep a busy lane occupied: a longer bar is more cycles. All cycles are simulated.',
  ...laneCycles(run), ...classCycles(run));
}

function laneCycles(run) {
  const title = el('h4', null, 'Time of the lanes');
  if (run.laneCycles === null) return [title, el('p', null, missing('Not measured', 'this run recorded no lane cycles.'))];
  const parts = LANE_PARTS.map(([field, name, fill, meaning]) => ({ name, fill, meaning, value: run.laneCycles[field] }));
  return [title, stackedBar('Cycles of all lanes', parts), stackTable('Cycles of all lanes', 'Cycles', parts)];
}

function classCycles(run) {
  const title = el('h4', null, 'Busy cycles by class of instruction');
  if (run.classes.length === 0) return [title, el('p', null, missing('Not measured', 'this run recorded no classes of instructions.'))];
  const total = run.classes.reduce((sum, entry) => sum + entry.cycles, 0);
  const rows = run.classes.map((entry) => ({ name: text(entry.class, 'unknown'), value: entry.cycles }))
    .sort((a, b) => b.value - a.value);
  const value = (name, format) => ({ title: name, numeric: true, cell: format });
  return [title, el('div', { id: 'class-bars' }, barTable('Busy cycles by class of instruction', rows, {
    name: 'Class',
    before: [
      value('Cycles', (row) => fixed(row.value)),
      value('Share', (row) => (total > 0 ? percent(row.value, total) : missing('none'))),
    ],
  }))];
}
