// Reads the run that is embedded in the page. Every field may be missing: numbers that are none become null, lists []
// and parts that are absent null, so that the charts have three cases to handle and not a dozen.

const ENDS_OF_ATTEMPTS = ['committed', 'aborted', 'preempted', 'escaped'];
/** Beyond these an index is a defect of the file, and drawing up to it would stop the browser. */
const LARGEST_INDEX = { lane: 1023, tx: 999_999, from: 999_999, to: 999_999 };
const NO_PROJECTION = 'the benchmark ran without --project';

function number(value) {
  return Number.isFinite(value) ? value : null;
}

function list(value) {
  return Array.isArray(value) ? value.filter((item) => item !== null && typeof item === 'object') : [];
}

function text(value, otherwise) {
  return typeof value === 'string' && value !== '' ? value : otherwise;
}

/** The named numbers of an object; null if it is none or has none of them. */
function numbers(value, names) {
  if (value === null || typeof value !== 'object') return null;
  const result = Object.fromEntries(names.map((name) => [name, number(value[name])]));
  return Object.values(result).some((entry) => entry !== null) ? result : null;
}

/** Items that have all the named numbers; without them a mark has no place. */
function placed(value, names) {
  return list(value).filter((item) => names.every((name) => (name in LARGEST_INDEX ? isIndex(item[name], LARGEST_INDEX[name]) : Number.isFinite(item[name]))));
}

function isIndex(value, largest) {
  return Number.isInteger(value) && value >= 0 && value <= largest;
}

/** Counts by reason, the most frequent first; null if nobody counted. */
function reasons(value) {
  if (value === null || typeof value !== 'object') return null;
  const entries = Object.entries(value).filter(([, times]) => Number.isFinite(times) && times > 0);
  return entries.sort((a, b) => b[1] - a[1]).map(([reason, times]) => ({ reason, times }));
}

function readTimeline(value) {
  const attempts = placed(value?.attempts, ['tx', 'lane', 'start', 'end'])
    .map((attempt) => ({ ...attempt, outcome: ENDS_OF_ATTEMPTS.includes(attempt.outcome) ? attempt.outcome : 'unknown' }));
  if (attempts.length === 0) return null;
  const waits = placed(value.waits, ['tx', 'lane', 'start', 'end']);
  const commits = placed(value.commits, ['tx', 'start', 'end']);
  const largest = (items, field, least) => items.reduce((most, item) => Math.max(most, item[field]), least);
  return {
    attempts, waits, commits, truncated: value.truncated === true,
    lanes: largest(attempts, 'lane', isIndex(value.lanes - 1, LARGEST_INDEX.lane) ? value.lanes - 1 : 0) + 1,
    cycles: largest(commits, 'end', largest(attempts, 'end', Math.max(1, number(value.cycles) ?? 1))),
  };
}

function readTransaction(value) {
  return {
    label: text(value.label, 'unknown'), status: text(value.status, null), on: text(value.on, null),
    ...(numbers(value, ['gas', 'cycles', 'aborts']) ?? { gas: null, cycles: null, aborts: null }),
  };
}

function readScaling(value) {
  return placed(value, ['lanes', 'speedup']).filter((item) => item.lanes > 0 && item.speedup > 0).map((item) => ({
    engine: text(item.engine, 'model'),
    ...numbers(item, ['first_txs', 'lanes', 'cycles', 'speedup', 'bound', 'efficiency', 'aborts']),
  }));
}

function readProjected(value) {
  const part = numbers(value, ['card_us', 'host_us', 'latency_us', 'mgas_per_s', 'txs_per_s', 'speedup', 'speedup_with_outcome', 'model_speedup', 'cycles']);
  return part && { ...part, cycles_from: text(value.cycles_from, null) };
}

function readEnergy(value) {
  if (value === null || typeof value !== 'object') return null;
  return {
    cpu: number(value.cpu_j_per_tx), card: number(value.card_j_per_tx),
    cpuSource: text(value.cpu_source, null), cardSource: text(value.card_source, null),
  };
}

function readRun(value, index) {
  return {
    index, name: text(value.name, `run ${index + 1}`), kind: text(value.kind, null), fork: text(value.fork, null),
    engine: text(value.engine, null), verified: value.verified === true,
    ...Object.fromEntries(['txs', 'contract_txs', 'gas', 'conflict', 'seed', 'lanes', 'on_card_txs', 'on_card_gas',
      'aborts', 'evm_instructions', 'evm_per_lane_cycle'].map((name) => [name, number(value[name])])),
    escapes: reasons(value.escapes), hostCalls: reasons(value.host_calls),
    laneCycles: numbers(value.lane_cycles, ['busy', 'state_wait', 'commit_wait', 'aborted', 'idle']),
    classes: placed(value.classes, ['cycles']),
    transactions: list(value.transactions).map(readTransaction),
    timeline: readTimeline(value.timeline),
    edges: placed(value.conflicts?.edges, ['from', 'to']),
    edgesKnown: Array.isArray(value.conflicts?.edges), edgesTruncated: value.conflicts?.truncated === true,
    oracle: numbers(value.oracle, ['critical_path_cycles', 'busy_cycles', 'speedup_bound']),
    scaling: readScaling(value.scaling),
    host: numbers(value.host_us_per_tx, ['plan', 'translate', 'commit', 'host_calls', 'fallback', 'outcome', 'whole']),
    revm: numbers(value.revm, ['us_per_tx', 'mgas_per_s', 'txs_per_s', 'with_outcome_us_per_tx']),
    projected: readProjected(value.projected), energy: readEnergy(value.energy),
  };
}

/** Names are not unique: the same workload runs at several rates of conflict and from several seeds. */
function nameRuns(runs) {
  const described = (run) => (run.conflict === null ? run.name : `${run.name}, conflict ${fixed(100 * run.conflict)}${SPACE}%`);
  const seen = new Map();
  for (const run of runs) seen.set(described(run), (seen.get(described(run)) ?? 0) + 1);
  for (const run of runs) {
    const alike = seen.get(described(run)) > 1;
    run.label = alike ? `${described(run)}, ${run.seed === null ? `no. ${run.index + 1}` : `seed ${run.seed}`}` : described(run);
  }
}

/** `gaslane report` has seen to format and version. */
function readReport(source) {
  const value = JSON.parse(source);
  const runs = list(value.runs).map(readRun);
  nameRuns(runs);
  const unprojected = value.projection ? null : NO_PROJECTION;
  runs.forEach((run) => Object.assign(run, { unprojected }));
  return { runs, command: text(value.command, null), machine: value.machine ?? {}, projection: value.projection ?? null };
}

/** Whether a number of lanes was measured on the whole block, not on its beginning alone. */
function isWhole(entry) {
  return entry.first_txs === null;
}

/** Host time of a transaction's execution: translation happens once per contract, receipts and state difference are there with revm too. */
function hostMicroseconds(run) {
  if (run.host === null) return null;
  const { translate, outcome, whole, ...parts } = run.host;
  return Object.values(parts).reduce((sum, part) => sum + (part ?? 0), 0);
}

/** A time of a whole block, per transaction. */
function perTransaction(run, microseconds) {
  return microseconds === null || microseconds === undefined || !run.txs ? null : microseconds / run.txs;
}
