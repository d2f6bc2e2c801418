// What ran on the card and what did not, and why.

function placementSection(run) {
  return section('placement', 'On the card and on the host', 'How much of the block the card executed alone. A transaction '
    + 'that escapes is run by the host as a whole; a host call is a question that the host answers while the transaction '
    + 'stays on its lane.', ...shareBars(run),
  el('div', { class: 'columns' }, reasonTable('Escapes by reason', 'Transactions', run.escapes, 'No transaction escaped to the host.'),
    reasonTable('Host calls by reason', 'Calls', run.hostCalls, 'No transaction asked the host.')));
}

function shareBars(run) {
  return [['Transactions', run.on_card_txs, run.txs], ['Gas', run.on_card_gas, run.gas]].map(([name, card, all]) => {
    if (card === null || all === null) return el('p', null, `${name} on the card: `, missing('not measured'));
    const parts = [{ name: 'card', value: card, fill: 'fill-committed' }, { name: 'host', value: Math.max(0, all - card), fill: 'fill-escaped' }];
    return el('div', { class: 'share' }, el('p', null, el('strong', null, name), `: ${fixed(card)} of ${fixed(all)} on the card`,
      all > 0 && ` (${percent(card, all)})`), stackedBar(`${name} on the card`, parts));
  });
}

function reasonTable(caption, unit, rows, none) {
  const title = el('h4', null, caption);
  if (rows === null) return el('div', null, title, el('p', null, missing('Not measured', 'this run recorded no reasons.')));
  if (rows.length === 0) return el('div', null, title, el('p', null, none));
  const total = rows.reduce((sum, row) => sum + row.times, 0);
  return el('div', null, title, dataTable([
    { title: 'Reason', value: (row) => row.reason, cell: (row) => row.reason },
    { title: unit, numeric: true, value: (row) => row.times, cell: (row) => fixed(row.times) },
    { title: 'Share', numeric: true, cell: (row) => percent(row.times, total) },
  ], rows, { caption }));
}
