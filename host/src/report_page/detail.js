// What is known about the chosen transaction.

function detailPanel(run, selection) {
  const panel = el('div', { id: 'detail', class: 'detail', tabindex: '0', role: 'region', 'aria-label': 'Chosen transaction', 'aria-live': 'polite' });
  const show = () => panel.replaceChildren(...detail(run, selection));
  selection.listen(show);
  show();
  return panel;
}

function detail(run, { tx, attempt }) {
  if (tx === null) return [el('p', null, 'No transaction is chosen. Choose one in a chart, in the table of transactions or by its number.')];
  const transaction = run.transactions[tx];
  return [
    el('h4', null, `Transaction ${tx}: `, el('code', null, transaction?.label ?? 'unknown')),
    transaction ? terms(detailTerms(transaction), { class: 'terms row' }) : el('p', null, missing('Not recorded', 'the run has no entry for this transaction.')),
    attemptList(run, tx, attempt),
    el('p', null, conflictText(run, tx)),
  ];
}

function detailTerms(transaction) {
  return [
    ['Gas', known(transaction.gas, fixed)],
    ['Cycles', known(transaction.cycles, fixed)],
    ['Aborts', known(transaction.aborts, fixed)],
    ['Status', transaction.status ?? missing('not recorded')],
    ['Ran on', transaction.on ?? missing('not recorded')],
  ];
}

function attemptList(run, tx, chosen) {
  const attempts = run.timeline?.attempts.filter((attempt) => attempt.tx === tx) ?? [];
  if (attempts.length === 0) return el('p', null, 'No attempt on a lane is recorded.');
  return el('ol', { class: 'attempts-list' }, attempts.map((attempt) => el('li', { 'aria-current': attempt === chosen ? 'true' : null },
    swatch(`fill-${attempt.outcome}`), `${attempt.outcome} on lane ${attempt.lane}, cycles ${fixed(attempt.start)} to ${fixed(attempt.end)}`,
    waitText(run.timeline.waits, attempt))));
}

function waitText(waits, attempt) {
  const inside = waits.filter((wait) => wait.tx === attempt.tx && wait.lane === attempt.lane && wait.start >= attempt.start && wait.end <= attempt.end);
  const cycles = inside.reduce((sum, wait) => sum + wait.end - wait.start, 0);
  return cycles > 0 ? `, of these ${count(cycles, 'cycle')} waiting` : '';
}

/** Long lists are cut: a transaction may read from, or be read by, all others. */
function conflictText(run, tx) {
  const names = (edges, end) => {
    const all = [...new Set(edges.map((edge) => edge[end]))].sort((a, b) => a - b);
    const shown = all.slice(0, 12).join(', ');
    return all.length === 0 ? 'none' : all.length > 12 ? `${shown} and ${fixed(all.length - 12)} more` : shown;
  };
  if (!run.edgesKnown) return 'Conflicts are not measured.';
  const [reads, read] = [run.edges.filter((edge) => edge.to === tx), run.edges.filter((edge) => edge.from === tx)];
  return `Reads what these transactions wrote: ${names(reads, 'from')}. Read by: ${names(read, 'to')}.`;
}
