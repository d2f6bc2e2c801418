// Against revm on the same machine: times, rates, energy, and what the host does.

const HOST_PARTS = [
  ['plan', 'plan'], ['commit', 'commit'], ['host_calls', 'host calls'], ['fallback', 'fallback'], ['outcome', 'receipts, roots, state difference'],
  ['translate', 'translate (first run only)'],
];

function revmSection(run) {
  return section('revm', 'Against revm', 'revm runs the block sequentially on one core of this machine and is measured; the '
    + 'card is projected from simulated cycles. A longer bar is more time. Host and card count one after the other. Receipts, roots, '
    + 'state difference, system calls and setting up are left out on both sides, but for one row.', ...latencyBars(run), comparison(run), energySources(run), ...hostBars(run));
}

function latencyBars(run) {
  const whole = run.revm?.us_per_tx != null && run.txs ? run.revm.us_per_tx * run.txs : null;
  const rows = [
    { name: 'revm, measured', value: whole, fill: 'fill-idle' },
    { name: 'Gaslane, projected', projected: true, value: run.projected?.latency_us ?? null, fill: 'fill-plain' },
    { name: 'of which card, projected', projected: true, value: run.projected?.card_us ?? null, fill: 'fill-commit' },
    { name: 'of which host, measured with a simulated card', projected: true, value: run.projected?.host_us ?? null, fill: 'fill-wait' },
  ];
  const value = (row, shown, format) => (shown === null && row.projected ? missing('not projected') : known(shown, format));
  const before = [
    { title: 'Block, µs', numeric: true, cell: (row) => value(row, row.value, (time) => fixed(time, 1)) },
    { title: 'Per tx, µs', numeric: true, cell: (row) => value(row, perTransaction(run, row.value), (time) => fixed(time, 2)) },
  ];
  const from = run.projected?.cycles_from;
  return [el('h4', null, 'Latency of the block'), el('div', { id: 'latency-bars' }, barTable('Latency of the block', rows, { name: 'Part', before })),
    from && el('p', { class: 'fine' }, `Cycles of the card are from: ${from}.`)];
}

/** revm's value, the projected one, and what that means in words. `more` says whether more is better. */
function comparison(run) {
  const [revm, card, energy] = [run.revm ?? {}, run.projected ?? {}, run.energy ?? {}];
  const rows = [
    { name: 'Time per transaction, µs', revm: revm.us_per_tx, card: perTransaction(run, card.latency_us), more: false },
    { name: 'The same of whole blocks, µs', revm: revm.with_outcome_us_per_tx, card: wholeTime(revm, card), more: false },
    { name: 'Transactions per second', revm: revm.txs_per_s, card: card.txs_per_s, more: true },
    { name: 'Gas per second, Mgas/s', revm: revm.mgas_per_s, card: card.mgas_per_s, more: true },
    { name: 'Energy per transaction, mJ', revm: milli(energy.cpu), card: milli(energy.card), more: false, energy: true },
  ].map((row) => ({ ...row, revm: row.revm ?? null, card: row.card ?? null }));
  return el('div', null, el('h4', null, 'Rates and energy'),
    el('p', null, 'Speed against sequential revm: ', speedText(run),
      card.model_speedup > 0 && ['; ', times(card.model_speedup), ' if the hardware took no more cycles than the model.']),
    dataTable([
      { title: 'Quantity', cell: (row) => row.name },
      { title: 'revm, measured', numeric: true, cell: (row) => known(row.revm, short) },
      { title: 'Gaslane, projected', numeric: true, cell: (row) => (row.card === null ? missing('not projected') : short(row.card)) },
      { title: 'In words', cell: comparisonWords },
    ], rows, { caption: 'Rates and energy' }));
}

/** Time of a transaction with receipts and state difference, from the speed that was projected for it. */
function wholeTime(revm, card) {
  return revm.with_outcome_us_per_tx > 0 && card.speedup_with_outcome > 0 ? revm.with_outcome_us_per_tx / card.speedup_with_outcome : null;
}

function speedText({ projected, unprojected }) {
  if (projected?.speedup == null) return missing('not projected', projected ? null : unprojected);
  return [times(projected.speedup), ' ', verdictBadge(projected.speedup)];
}

function milli(value) {
  return value === null || value === undefined ? null : value * 1000;
}

function comparisonWords(row) {
  if (!(row.revm > 0 && row.card > 0)) return missing('no comparison');
  const gain = row.more ? row.card / row.revm : row.revm / row.card;
  if (!row.energy) return verdictBadge(gain);
  return `${gain >= 1 ? `${times(gain)} less` : `${times(1 / gain)} more`}, though not the same is counted (see below)`;
}

function energySources({ energy, unprojected }) {
  if (energy === null) return el('p', { class: 'fine' }, 'Energy: ', missing('not projected', unprojected), '.');
  return el('p', { class: 'fine' }, 'Energy of the processor: ', energy.cpuSource ?? 'source not recorded',
    '. Energy of the card: ', energy.cardSource ?? 'source not recorded', '.');
}

function hostBars(run) {
  const title = el('h4', null, 'Work of the host per transaction, measured');
  if (run.host === null) return [title, el('p', null, missing('Not measured', 'this run recorded no times of the host.'))];
  const rows = HOST_PARTS.map(([field, name]) => ({ name, value: run.host[field], fill: field === 'translate' ? 'fill-wait' : 'fill-plain' }));
  const before = [{ title: 'µs per tx', numeric: true, cell: (row) => known(row.value, (value) => fixed(value, 3)) }];
  return [title, el('div', { id: 'host-bars' }, barTable('Work of the host per transaction', rows, { name: 'Part', before })),
    el('p', { class: 'fine' }, `Sum without translation and receipts: ${withUnit(fixed(hostMicroseconds(run), 2), 'µs')} per transaction. `
      + 'Translation happens once per contract.')];
}
