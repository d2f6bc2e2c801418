//! The shortest time in which lanes could run a block: what a scheduler would reach that knew every conflict beforehand.
//!
//! The bound follows from the notes of one run of the model card. A transaction's last attempt computes for a number of
//! cycles, and reads each value at a known one of them. With any number of lanes, and however they are scheduled,
//!
//! * an attempt that commits takes at least the cycles that it computes,
//! * it reads a value after the transaction that wrote the value has committed, and then still has to do what comes after the read,
//! * transactions commit in order.
//!
//! The latest commit under these three rules is the critical path. Waiting for the host, the commit unit and attempts that are
//! aborted cost nothing here. With *n* lanes a block also takes at least its computing cycles divided by *n*.
//!
//! # What it is a bound of
//! The cycles are those of the run: the model's timing table, the start of attempts included, and the misses of code caches as they were
//! then; another number of lanes has others, which is a matter of some percent. Nothing is known of what a transaction reads that the host
//! executes: it takes no time, and chains of conflicts end at it, so a block with many of them has a bound that is too good.

use gaslane_sim::lane::{Key, ReadField};
use gaslane_sim::notes::CommitNote;
use rustc_hash::{FxHashMap, FxHashSet};

/// A transaction reads what another one wrote last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The writer's place in the notes.
    pub from: usize,
    /// The reader's place in the notes.
    pub to: usize,
    /// Values that it reads of it.
    pub keys: u32,
    /// The one whose read comes first.
    pub key: Key,
    /// Its field.
    pub field: ReadField,
}

/// The bound of a block.
#[derive(Clone, Debug, Default)]
pub struct Bound {
    /// Cycles that unlimited lanes take at least.
    pub critical_path_cycles: u64,
    /// Cycles that all transactions compute.
    pub busy_cycles: u64,
    /// Who reads from whom, by reader and then by writer.
    pub edges: Vec<Edge>,
}

impl Bound {
    /// Computes it from what a run committed, in order.
    pub fn new(commits: &[CommitNote]) -> Self {
        let mut bound = Self::default();
        // Who wrote a field last, and when that has taken effect.
        let mut written: FxHashMap<(Key, ReadField), (usize, u64)> = FxHashMap::default();
        let mut last_commit = 0;
        for (index, note) in commits.iter().enumerate() {
            let first_edge = bound.edges.len();
            let mut finish = note.busy_cycles;
            let mut seen = FxHashSet::default();
            for read in &note.reads {
                // What is read again is known already.
                if !seen.insert((read.key, read.field)) {
                    continue;
                }
                let Some(&(from, commit)) = written.get(&(read.key, read.field)) else { continue };
                finish = finish.max(commit + note.busy_cycles.saturating_sub(read.busy_cycles_before));
                match bound.edges[first_edge..].iter_mut().find(|edge| edge.from == from) {
                    Some(edge) => edge.keys += 1,
                    None => bound.edges.push(Edge { from, to: index, keys: 1, key: read.key, field: read.field }),
                }
            }
            bound.edges[first_edge..].sort_by_key(|edge| edge.from);
            last_commit = finish.max(last_commit);
            written.extend(note.writes.iter().map(|write| ((write.key, write.field), (index, last_commit))));
            bound.busy_cycles += note.busy_cycles;
        }
        bound.critical_path_cycles = last_commit;
        bound
    }

    /// Cycles that so many lanes take at least.
    pub fn cycles(&self, lanes: u32) -> u64 {
        self.critical_path_cycles.max(self.busy_cycles.div_ceil(u64::from(lanes.max(1))))
    }

    /// How many times as fast as one lane that never waits so many lanes can be; 1 for a block that computes nothing.
    pub fn speedup(&self, lanes: u32) -> f64 {
        ratio(self.busy_cycles, self.cycles(lanes))
    }

    /// The same for any number of lanes.
    pub fn speedup_unlimited(&self) -> f64 {
        ratio(self.busy_cycles, self.critical_path_cycles)
    }
}

fn ratio(busy: u64, cycles: u64) -> f64 {
    if cycles == 0 { 1.0 } else { busy as f64 / cycles as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{Address, U256};
    use gaslane_abi::codes::KeyKind;
    use gaslane_sim::OpCycles;
    use gaslane_sim::notes::{ReadNote, WriteNote};

    fn key(slot: u64) -> Key {
        Key { kind: KeyKind::Storage, address: Address::ZERO, slot: U256::from(slot) }
    }

    fn note(busy_cycles: u64, reads: &[(u64, u64)], writes: &[u64]) -> CommitNote {
        let field = ReadField::Value;
        CommitNote {
            tag: 0,
            lane: Some(0),
            start_cycle: 0,
            finish_cycle: 0,
            commit_cycle: 0,
            end_cycle: 0,
            busy_cycles,
            payload_bytes: 0,
            record_bytes: 0,
            aborts: 0,
            op_cycles: OpCycles::default(),
            reads: reads
                .iter()
                .map(|&(slot, busy_cycles_before)| ReadNote { key: key(slot), field, busy_cycles_before })
                .collect(),
            writes: writes.iter().map(|&slot| WriteNote { key: key(slot), field }).collect(),
        }
    }

    #[test]
    fn independent_transactions_take_as_long_as_the_longest() {
        let bound = Bound::new(&[note(100, &[(1, 5)], &[1]), note(300, &[(2, 5)], &[2]), note(200, &[(3, 5)], &[3])]);
        assert_eq!((bound.critical_path_cycles, bound.busy_cycles, bound.edges.len()), (300, 600, 0));
        assert_eq!([1, 2, 4].map(|lanes| bound.cycles(lanes)), [600, 300, 300]);
        assert_eq!((bound.speedup(2), bound.speedup_unlimited()), (2.0, 2.0));
    }

    #[test]
    fn a_chain_costs_what_comes_after_each_read() {
        // Each reads at its cycle 30 what the one before has written: 70 cycles are left then.
        let notes: Vec<_> = (0..4).map(|_| note(100, &[(1, 30)], &[1])).collect();
        let bound = Bound::new(&notes);
        assert_eq!(bound.critical_path_cycles, 100 + 3 * 70);
        let pairs: Vec<_> = bound.edges.iter().map(|edge| (edge.from, edge.to, edge.keys)).collect();
        assert_eq!(pairs, [(0, 1, 1), (1, 2, 1), (2, 3, 1)]);
    }

    #[test]
    fn commits_are_in_order() {
        // The third reads what the second wrote, which commits only after the first.
        // What it reads again counts once.
        let reader = note(50, &[(1, 20), (2, 30), (1, 40)], &[]);
        let bound = Bound::new(&[note(500, &[], &[]), note(10, &[], &[1, 2]), reader]);
        assert_eq!(bound.critical_path_cycles, 530);
        assert_eq!(bound.edges, [Edge { from: 1, to: 2, keys: 2, key: key(1), field: ReadField::Value }]);
    }

    #[test]
    fn an_empty_block_takes_nothing() {
        let bound = Bound::new(&[]);
        assert_eq!((bound.cycles(1), bound.speedup(4)), (0, 1.0));
    }
}
