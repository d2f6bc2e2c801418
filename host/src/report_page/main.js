// Puts the page together.

startTheme(document.getElementById('theme'));
start();

function start() {
  let report;
  try {
    report = readReport(document.getElementById('run').textContent);
  } catch (error) {
    document.getElementById('about').append(el('p', { class: 'notice', role: 'alert' }, `This report cannot be shown: ${error.message}.`));
    return;
  }
  const area = document.getElementById('run-area');
  const selector = report.runs.length > 0 ? runSelector(report.runs) : null;
  document.getElementById('about').append(...about(report));
  document.getElementById('overview-body').append(...[overview(report.runs, (index) => selector.open(index))].flat());
  if (selector) area.append(selector.bar, selector.body);
}

/** The bar that chooses a run and its parts, and the place where they appear. */
function runSelector(runs) {
  const body = el('div', { id: 'run-body' });
  const select = el('select', { id: 'run-select', change: () => show() }, runs.map((run) => el('option', { value: run.index }, run.label)));
  const show = () => body.replaceChildren(...runParts(runs[select.selectedIndex]));
  const step = (by) => {
    select.selectedIndex = (select.selectedIndex + by + runs.length) % runs.length;
    show();
  };
  const open = (index) => {
    select.selectedIndex = index;
    show();
    document.getElementById('run-title').focus();
  };
  show();
  return { body, open, bar: selectorBar(select, step) };
}

function selectorBar(select, step) {
  const button = (sign, name, by) => el('button', { type: 'button', 'aria-label': name, click: () => step(by) }, sign);
  return el('nav', { class: 'run-bar', 'aria-label': 'Run and its parts' },
    el('div', { class: 'run-choice' }, el('label', { for: 'run-select' }, 'Run'), select, button('‹', 'Previous run', -1), button('›', 'Next run', 1)),
    el('ul', { class: 'run-parts' }, PARTS.map(([id, name]) => el('li', null, el('a', { href: `#${id}` }, name)))));
}
