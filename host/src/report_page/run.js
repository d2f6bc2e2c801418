// All parts of one run.

function runParts(run) {
  const selection = newSelection();
  return [
    el('h2', { id: 'run-title', tabindex: '-1' }, run.label),
    keyFigures(run),
    terms(runTerms(run), { class: 'terms row' }),
    timelineSection(run, selection), conflictSection(run, selection), cyclesSection(run), placementSection(run),
    scalingSection(run), revmSection(run), transactionsSection(run, selection),
  ];
}

const PARTS = [
  ['timeline', 'Timeline'], ['conflicts', 'Conflicts'], ['cycles', 'Cycles'], ['placement', 'Card and host'],
  ['scaling', 'Scaling'], ['revm', 'revm'], ['transactions', 'Transactions'],
];

/** The four numbers that answer most questions. */
function keyFigures(run) {
  const best = run.scaling.filter((entry) => entry.engine === 'model' && isWhole(entry)).reduce((most, entry) => (most && most.lanes > entry.lanes ? most : entry), null);
  const share = ratio(run.on_card_gas, run.gas);
  const figures = [
    ['of gas on the card', share === null ? missing('not measured') : percent(share), null],
    ['EVM instructions per lane cycle', known(run.evm_per_lane_cycle, (value) => fixed(value, 3)), null],
    [best ? `speed-up at ${count(best.lanes, 'lane')}` : 'speed-up', best ? `${fixed(best.speedup, 2)}×` : missing('not measured'),
      best && best.efficiency !== null && best.bound !== null ? `${percent(best.efficiency)} of the bound of ${fixed(best.bound, 2)}×` : null],
    ['speed against revm, projected', run.projected?.speedup == null ? missing('not projected') : times(run.projected.speedup),
      run.projected?.speedup == null ? null : verdictBadge(run.projected.speedup)],
  ];
  return el('ul', { class: 'figures' }, figures.map(([name, value, note]) => el('li', null,
    el('span', { class: 'figure' }, value), el('span', { class: 'figure-name' }, name), note && el('span', { class: 'sub' }, note))));
}

function runTerms(run) {
  return [
    ['Kind', run.kind ?? missing('not recorded')], ['Fork', run.fork ?? missing('not recorded')],
    ['Transactions', [known(run.txs, fixed), run.contract_txs !== null && `, ${fixed(run.contract_txs)} of contracts`]],
    ['Gas', known(run.gas, fixed)],
    ['Aborts', known(run.aborts, fixed)],
    ['EVM instructions', known(run.evm_instructions, fixed)],
    ['Seed', run.seed === null ? 'none' : String(run.seed)],
    ['Simulated with', [run.engine ?? missing('not recorded'), run.lanes !== null && `, ${count(run.lanes, 'lane')}`]],
    ['Check', run.verified ? 'equal to sequential revm' : el('strong', { class: 'warn' }, 'not verified against sequential revm')],
  ];
}

function transactionsSection(run, selection) {
  const title = 'Transactions';
  if (run.transactions.length === 0) return section('transactions', title, null, el('p', null, missing('Not measured', 'this run recorded no single transactions.')));
  const rows = run.transactions.map((transaction, tx) => ({ ...transaction, tx }));
  const amount = (name, field) => ({ title: name, numeric: true, value: (row) => row[field], cell: (row) => known(row[field], fixed) });
  const word = (name, field) => ({ title: name, value: (row) => row[field], cell: (row) => row[field] ?? missing('not recorded') });
  const choose = (row) => el('button', { type: 'button', class: 'link', click: () => selection.choose(row.tx) },
    `${row.tx}`, el('span', { class: 'hidden' }, ' show in the charts'));
  return section('transactions', title, 'In the order of the block. Choose a number to mark the transaction in the charts above.',
    dataTable([
      { title: 'No.', numeric: true, value: (row) => row.tx, cell: choose },
      { title: 'Label', value: (row) => row.label, cell: (row) => el('code', { class: 'key' }, row.label) },
      amount('Gas', 'gas'), amount('Cycles', 'cycles'), amount('Aborts', 'aborts'), word('Status', 'status'), word('Ran on', 'on'),
    ], rows, { caption: 'Transactions', pageSize: 50 }));
}
