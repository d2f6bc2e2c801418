// The head of the page: what was run where, and what a projection assumes.

function about({ runs, command, machine, projection }) {
  return [
    summary(runs, projection),
    warning(projection),
    el('div', { class: 'about' }, machinePart(command, machine), projectionPart(projection)),
  ];
}

/** One sentence that counts losses as readily as gains. */
function summary(runs, projection) {
  if (runs.length === 0) return el('p', { class: 'lead' }, 'This report contains no runs.');
  const verified = runs.filter((run) => run.verified).length;
  const speeds = runs.map((run) => run.projected?.speedup ?? null).filter((speed) => speed !== null);
  const of = (kind) => speeds.filter((speed) => verdict(speed).kind === kind).length;
  const losses = `Against sequential revm on this machine the projection is faster in ${fixed(of('gain'))}, even in `
    + `${fixed(of('even'))} and slower in ${count(of('loss'), 'run')}.`;
  return el('p', { class: 'lead' },
    `${count(runs.length, 'run')}; ${fixed(verified)} compared with sequential revm and found equal. `,
    projection && speeds.length > 0 ? losses : 'No speed against revm is projected.');
}

function warning(projection) {
  return el('div', { class: 'notice', role: 'note' },
    el('strong', null, 'Times of the card are not measured on hardware. '),
    'Cycles come from a simulation (a cycle model, or the RTL where a chart says so). ',
    projection ? 'Times, rates and energy of the card are a projection of those cycles under the assumptions below. '
      : 'Without a projection profile this page says nothing about how fast a card would be. ',
    'Only times of the host and of revm are measured, on the machine below.');
}

function machinePart(command, machine) {
  const memory = number(machine.memory_bytes);
  return el('section', { 'aria-labelledby': 'machine-title' },
    el('h2', { id: 'machine-title' }, 'Machine'),
    terms([
      ['Command', command ? el('code', null, command) : missing('not recorded')],
      ['Processor', text(machine.cpu, null) ?? missing('not recorded')],
      ['Cores', known(number(machine.cores), fixed)],
      ['Memory', known(memory, (bytes) => withUnit(fixed(bytes / 1e9, 1), 'GB'))],
      ['System', text(machine.os, null) ?? missing('not recorded')],
      ['Gaslane', [text(machine.gaslane, 'unknown version'), text(machine.build, null) && `, ${machine.build} build`]],
      ['Measured', known(number(machine.unix_s), (seconds) => `${new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`)],
    ], { class: 'terms' }));
}

function projectionPart(projection) {
  const body = projection === null
    ? el('p', null, missing('Not projected', `${NO_PROJECTION}.`))
    : [terms([
      ['Profile', text(projection.profile, null) ?? missing('not recorded')],
      ['Clock', known(number(projection.clock_mhz), (mhz) => withUnit(short(mhz), 'MHz'))],
      ['Lanes', known(number(projection.lanes), fixed)],
    ], { class: 'terms' }), assumptions(projection.assumptions)];
  return el('section', { 'aria-labelledby': 'projection-title' }, el('h2', { id: 'projection-title' }, 'Projection'), body);
}

function assumptions(value) {
  const items = Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
  if (items.length === 0) return el('p', null, 'The profile names no assumptions.');
  return [el('h3', null, 'Assumptions'), el('ul', { class: 'assumptions' }, items.map((item) => el('li', null, item)))];
}
