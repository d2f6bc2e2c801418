// Made-up results, for tests of the page alone: node sample.mjs OUT_FOLDER. `gaslane report` makes pages of them.
// The numbers come from a toy scheduler and a generator of random numbers. They say nothing about Gaslane.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A small generator (mulberry32), so that every call gives the same data. */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function makeEdges(random, txs, rate) {
  const edges = [];
  for (let to = 1; to < txs; to += 1) {
    if (random() >= rate) continue;
    const from = Math.max(0, to - 1 - Math.floor(random() ** 3 * Math.min(to, 60)));
    const slot = Math.floor(random() ** 2 * 30);
    const key = random() < 0.3 ? `0x${'c0ffee'.repeat(6)}c0ff.balance` : `0x${'70ce'.repeat(10)}[0x${slot.toString(16).padStart(2, '0')}]`;
    edges.push({ from, to, keys: 1 + Math.floor(random() ** 2 * 6), key });
  }
  return edges;
}

function makeTransactions(random, txs, escapes) {
  return Array.from({ length: txs }, () => {
    const escaped = random() < escapes;
    return {
      label: ['token.transfer', 'pool.swap', 'vault.deposit', `0x${'9a'.repeat(20)}`][Math.floor(random() * 4)],
      gas: 30000 + Math.floor(random() ** 3 * 400000), status: random() < 0.95 ? 'success' : random() < 0.7 ? 'revert' : 'halt',
      on: escaped ? `host: ${random() < 0.6 ? 'log-capacity' : 'memory-capacity'}` : 'card', cycles: 900 + Math.floor(random() ** 2 * 9000), aborts: 0,
    };
  });
}

/** Gives each transaction to the lane that is free first; some readers run too early and are repeated. */
function schedule(random, transactions, edges, lanes) {
  const free = Array(lanes).fill(0);
  const timeline = { lanes, cycles: 0, truncated: false, attempts: [], waits: [], commits: [] };
  const reads = new Set(edges.map((edge) => edge.to));
  let committed = 0;
  transactions.forEach((transaction, tx) => {
    const lane = free.indexOf(Math.min(...free));
    const attempt = (length, outcome) => {
      const [start, end] = [free[lane], free[lane] + length];
      timeline.attempts.push({ tx, lane, start, end, outcome });
      if (random() < 0.5) timeline.waits.push({ tx, lane, start: start + Math.floor(length * 0.2), end: start + Math.floor(length * 0.45) });
      free[lane] = end + 20;
      return end;
    };
    while (reads.has(tx) && random() < 0.3) {
      attempt(Math.floor(transaction.cycles * 0.6), random() < 0.7 ? 'aborted' : 'preempted');
      transaction.aborts += 1;
    }
    const end = attempt(transaction.cycles, transaction.on === 'card' ? 'committed' : 'escaped');
    const start = Math.max(committed, end);
    committed = start + 60;
    timeline.commits.push({ tx, start, end: committed });
  });
  timeline.cycles = committed;
  return timeline;
}

function makeScaling(rate, rtl) {
  const entry = (engine, lanes, loss) => {
    const bound = lanes / (1 + rate * 0.12 * (lanes - 1));
    const speedup = 1 + (bound - 1) * loss;
    return { engine, first_txs: engine === 'rtl' ? 48 : null, lanes, cycles: Math.round(2e6 / speedup), speedup, bound, efficiency: speedup / bound, aborts: Math.round(rate * lanes * 3) };
  };
  const beginning = (lanes) => [{ ...entry('model', lanes, 0.8), first_txs: 48 }, entry('rtl', lanes, 0.71)];
  return [...[1, 2, 4, 8, 16].map((lanes) => entry('model', lanes, 0.86)), ...rtl.flatMap(beginning)];
}

function classesOf(random) {
  const names = ['arithmetic', 'stack', 'memory', 'storage', 'hash', 'control flow', 'environment', 'calls', 'logs', 'wide multiplication'];
  return names.map((name) => ({ class: name, cycles: Math.floor(random() ** 2 * 400000) + 500 }));
}

function makeRun({ name, kind = 'workload', seed, txs, rate, escapes = 0.02, lanes = 4, speed, rtl = [1, 2, 4], ...changes }) {
  const random = generator(seed);
  const transactions = makeTransactions(random, txs, escapes);
  const edges = makeEdges(random, txs, rate);
  const timeline = schedule(random, transactions, edges, lanes);
  const on = transactions.filter((transaction) => transaction.on === 'card');
  const gas = (list) => list.reduce((sum, transaction) => sum + transaction.gas, 0);
  const busy = transactions.reduce((sum, transaction) => sum + transaction.cycles, 0);
  const [revm, latency] = [3.5 * txs, (3.5 * txs) / speed];
  return {
    name, kind, fork: 'Cancun', txs, contract_txs: txs - 3, gas: gas(transactions),
    conflict: kind === 'block' ? null : rate, seed: kind === 'block' ? null : seed, engine: 'model', lanes, verified: true,
    on_card_txs: on.length, on_card_gas: gas(on), escapes: { 'log-capacity': Math.ceil((txs - on.length) * 0.6), 'memory-capacity': Math.floor((txs - on.length) * 0.4) },
    host_calls: { precompile: 7, blockhash: 2 }, aborts: transactions.reduce((sum, transaction) => sum + transaction.aborts, 0),
    evm_instructions: busy, evm_per_lane_cycle: 0.31 + random() * 0.2,
    lane_cycles: { busy, state_wait: Math.round(busy * 0.3), commit_wait: Math.round(busy * 0.06), aborted: Math.round(busy * 0.11), idle: Math.round(busy * 0.15) },
    classes: classesOf(random), transactions, timeline, conflicts: { edges, truncated: false },
    oracle: { critical_path_cycles: Math.round(busy / 6), busy_cycles: busy, speedup_bound: 6 }, scaling: makeScaling(rate, rtl),
    host_us_per_tx: { plan: 0.41, translate: 2.03, commit: 0.62, host_calls: 0.08, fallback: 0.17, outcome: 0.29, whole: 1.9 },
    revm: { us_per_tx: 3.5, mgas_per_s: gas(transactions) / revm, txs_per_s: (txs * 1e6) / revm },
    projected: { model_speedup: speed * 3, cycles_from: 'model, scaled by 4.6 (rtl over model on 64 transactions)', card_us: latency * 0.8, host_us: latency * 0.3, latency_us: latency, mgas_per_s: gas(transactions) / latency, txs_per_s: (txs * 1e6) / latency, speedup: speed },
    energy: { cpu_j_per_tx: null, cpu_source: 'RAPL is not readable here', card_j_per_tx: 0.0003, card_source: 'estimate: 45 W times the latency' },
    ...changes,
  };
}

/** A run of which only the name is known. */
const BARE = Object.fromEntries(['kind', 'fork', 'txs', 'contract_txs', 'gas', 'conflict', 'seed', 'engine', 'lanes', 'verified', 'on_card_txs',
  'on_card_gas', 'escapes', 'host_calls', 'aborts', 'evm_instructions', 'evm_per_lane_cycle', 'lane_cycles', 'classes', 'transactions', 'timeline',
  'conflicts', 'oracle', 'scaling', 'host_us_per_tx', 'revm', 'projected', 'energy'].map((field) => [field, null]));

const EMPTY = {
  ...BARE, txs: 0, gas: 0, on_card_txs: 0, on_card_gas: 0, classes: [], transactions: [], escapes: {}, host_calls: {}, scaling: [],
  lane_cycles: { busy: 0, state_wait: 0, commit_wait: 0, aborted: 0, idle: 0 },
  timeline: { lanes: 4, cycles: 0, truncated: false, attempts: [], waits: [], commits: [] }, conflicts: { edges: [], truncated: false },
};

function makeRuns() {
  return [
    makeRun({ name: 'erc20', seed: 1, txs: 256, rate: 0.1, speed: 0.4 }),
    makeRun({ name: 'erc20', seed: 2, txs: 256, rate: 0.5, speed: 0.21, rtl: [4] }),
    makeRun({ name: 'compute', seed: 3, txs: 96, rate: 0, speed: 2.7, escapes: 0, lanes: 16 }),
    makeRun({ name: 'amm', seed: 4, txs: 48, rate: 0.9, speed: 1.001, lanes: 2, verified: false }),
    makeRun({ name: 'block 19000000', kind: 'block', seed: 5, txs: 182, rate: 0.6, speed: 0.09, escapes: 0.2, rtl: [] }),
    makeRun({ name: 'large', seed: 6, txs: 5000, rate: 0.4, speed: 0.5, lanes: 8, timeline: undefined }),
    { name: 'bare', ...BARE }, { name: 'empty', ...EMPTY },
    makeRun({ name: '</script><b>markup</b> $& /*RUN*/', seed: 7, txs: 9, rate: 0.5, speed: 1.5, rtl: [], scaling: [], classes: [], projected: null, energy: null, host_us_per_tx: null }),
  ].map((run) => (run.timeline === undefined ? { ...run, ...largeTimeline(run) } : run));
}

/** Fields of the items of lists, without which a mark still has its place. */
const OPTIONAL = {
  transactions: ['label', 'gas', 'status', 'on', 'cycles', 'aborts'], classes: ['class'], scaling: ['first_txs', 'cycles', 'bound', 'efficiency', 'aborts'],
};

/** The same small run again and again, each time without another field. */
function runsWithHoles() {
  const whole = makeRun({ name: 'holes', seed: 8, txs: 14, rate: 0.6, speed: 0.8 });
  const runs = [];
  const without = (field, changes) => runs.push({ ...whole, name: `without ${field}`, ...changes });
  for (const [field, value] of Object.entries(whole)) {
    without(field, { [field]: null });
    if (value === null || typeof value !== 'object') continue;
    const inner = Array.isArray(value) ? OPTIONAL[field] : Object.keys(value);
    const hole = (name) => (Array.isArray(value) ? value.map((item) => ({ ...item, [name]: null })) : { ...value, [name]: null });
    inner.forEach((name) => without(`${field}.${name}`, { [field]: hole(name) }));
  }
  return runs;
}

/** Cut short, as recordings of large blocks are. */
function largeTimeline(run) {
  const timeline = schedule(generator(60), run.transactions, run.conflicts.edges, run.lanes);
  return { timeline: { ...timeline, truncated: true }, conflicts: { ...run.conflicts, truncated: true } };
}

export function sample() {
  return {
    format: 'gaslane-bench', version: 1, command: 'made-up data for tests of the page',
    machine: { cpu: 'Made-up processor', cores: 2, memory_bytes: 25e9, os: 'Linux 6.1', gaslane: '0.1.0', build: 'release', unix_s: 1_790_000_000 },
    projection: {
      profile: 'vu47p', clock_mhz: 250, lanes: 16,
      assumptions: ['clock: assumed, no timing of this part was run', 'state of the block is in the memory of the card', 'one block at a time, no overlap between blocks'],
    },
    runs: makeRuns(),
  };
}

function main(folder) {
  mkdirSync(folder, { recursive: true });
  const full = sample();
  const reports = {
    sample: full,
    unprojected: { ...full, projection: null, runs: full.runs.slice(3, 5).map((run) => ({ ...run, projected: null, energy: null })) },
    holes: { ...full, runs: runsWithHoles() },
    none: { ...full, machine: null, command: null, projection: null, runs: [] },
  };
  for (const [name, report] of Object.entries(reports)) {
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(report));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.length !== 3) throw new Error('usage: node sample.mjs OUT_FOLDER');
  main(process.argv[2]);
}
