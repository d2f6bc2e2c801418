//! Whether what a transaction has read is still so when it commits: what the reader masks of the state table are for, checked in every simulated run.
//!
//! What a lane is told of the state is noted where it arrives, field by field, for each attempt. What has been committed is known from the records in host
//! memory. When an attempt commits, every field that it has read must hold what it was told: a write in between had to abort it. So a mask that misses
//! a reader is found even if the block comes out right. A field that nobody has written holds what was read of it first.

use gaslane_abi::codes::KeyKind;
use gaslane_abi::record::{CLEAR_STORAGE, DELETED, HAS_BALANCE, HAS_CODE, HAS_NONCE, StateRecord};
use gaslane_hdl::card::ports::LanePortOutputs;
use gaslane_hdl::lane::LaneOutputs;
use gaslane_hdl::table::layout::NO_CODE_HASH;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::VecDeque;

/// Attempts of a lane that are kept. Those that have finished and wait for their turn are few, those that were aborted are not told apart from them.
const ATTEMPTS_MAX: usize = 1 << 12;

/// A field of the state. Balance or value 0, nonce 1, code hash 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Field {
    kind: u8,
    address: [u64; 3],
    slot: [u64; 4],
    field: u8,
}

/// What one attempt has been told.
#[derive(Clone, Debug, Default)]
struct Attempt {
    start_cycle: u64,
    reads: FxHashMap<Field, [u64; 4]>,
    /// A field that it was told twice, differently.
    torn: Option<Field>,
}

/// The check.
#[derive(Clone, Debug, Default)]
pub(super) struct ReadCheck {
    lanes: Vec<VecDeque<Attempt>>,
    /// Older attempts of a lane have been dropped.
    dropped: bool,
    state: FxHashMap<Field, [u64; 4]>,
    /// Accounts whose storage has been cleared: what nobody has written since is zero.
    cleared: FxHashSet<[u64; 3]>,
    /// Fields compared so far.
    compared: u64,
}

impl ReadCheck {
    /// Of a card with that many lanes.
    pub fn new(lanes: u32) -> Self {
        Self { lanes: vec![VecDeque::new(); lanes as usize], ..Self::default() }
    }

    /// Fields that were compared.
    pub fn compared(&self) -> u64 {
        self.compared
    }

    /// A lane starts an attempt.
    pub fn started(&mut self, lane: usize, start_cycle: u64) {
        let attempts = &mut self.lanes[lane];
        if attempts.len() == ATTEMPTS_MAX {
            attempts.pop_front();
            self.dropped = true;
        }
        attempts.push_back(Attempt { start_cycle, ..Attempt::default() });
    }

    /// A lane that asks for a field is given it.
    pub fn told(&mut self, lane: usize, asks: &LaneOutputs, given: &LanePortOutputs) {
        let Some(attempt) = self.lanes[lane].back_mut().filter(|_| asks.state_request) else { return };
        let account = asks.state_kind == KeyKind::Account as u32;
        let field = Field {
            kind: asks.state_kind as u8,
            address: asks.state_address,
            slot: if account { [0; 4] } else { asks.state_slot },
            field: if account { asks.state_field.min(2) as u8 } else { 0 },
        };
        if *attempt.reads.entry(field).or_insert(given.state_value) != given.state_value {
            attempt.torn = Some(field);
        }
    }

    /// The table has been emptied, and another state follows. Attempts from before this cycle have ended.
    pub fn forget(&mut self, cycle: u64) {
        self.state.clear();
        self.cleared.clear();
        self.lanes.iter_mut().for_each(|attempts| attempts.retain(|attempt| attempt.start_cycle >= cycle));
    }

    /// An attempt of a lane commits; the firmware gave it the lane in the cycle that its record names.
    pub fn commits(&mut self, tag: u32, lane: u32, start_cycle: u64) {
        let Some(attempts) = self.lanes.get_mut(lane as usize) else { return };
        let Some(at) = attempts.iter().position(|attempt| attempt.start_cycle >= start_cycle) else {
            assert!(self.dropped, "transaction {tag} commits an attempt that lane {lane} has not made");
            return;
        };
        let Some(attempt) = attempts.remove(at) else { return };
        assert!(attempt.torn.is_none(), "transaction {tag} commits, and was told two values of {:x?}", attempt.torn);
        for (field, told) in attempt.reads {
            self.compared += 1;
            let zero = field.kind == KeyKind::Storage as u8 && self.cleared.contains(&field.address);
            let holds = *self.state.entry(field).or_insert(if zero { [0; 4] } else { told });
            assert!(
                holds == told,
                "transaction {tag} commits on lane {lane}, and was told {told:x?} of {field:x?}, which holds {holds:x?}"
            );
        }
    }

    /// What has been committed.
    pub fn writes(&mut self, records: &[StateRecord]) {
        for record in records.iter().filter(|record| record.flags & CLEAR_STORAGE != 0) {
            let address = address(record);
            self.cleared.insert(address);
            let gone = |field: &Field| field.kind == KeyKind::Storage as u8 && field.address == address;
            self.state.iter_mut().filter(|(field, _)| gone(field)).for_each(|(_, value)| *value = [0; 4]);
        }
        for record in records {
            let address = address(record);
            let mut set = |field, slot, value| {
                self.state.insert(Field { kind: record.kind, address, slot, field }, value);
            };
            if record.kind != KeyKind::Account as u8 {
                set(0, record.key.0, record.value.0);
                continue;
            }
            let deleted = record.flags & DELETED != 0;
            let or = |value, gone| if deleted { gone } else { value };
            for (flag, field, value) in [
                (HAS_BALANCE, 0, or(record.value.0, [0; 4])),
                (HAS_NONCE, 1, or([record.nonce, 0, 0, 0], [0; 4])),
                (HAS_CODE, 2, or(record.key.0, NO_CODE_HASH)),
            ] {
                if deleted || record.flags & flag != 0 {
                    set(field, [0; 4], value);
                }
            }
        }
    }
}

fn address(record: &StateRecord) -> [u64; 3] {
    let word = record.address.to_word().0;
    [word[0], word[1], word[2]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaslane_abi::word::{Address20, Word};

    const OWNER: u64 = 7;

    fn asks(slot: u64) -> LaneOutputs {
        LaneOutputs {
            state_request: true,
            state_kind: KeyKind::Storage as u32,
            state_address: [OWNER, 0, 0],
            state_slot: [slot, 0, 0, 0],
            ..LaneOutputs::default()
        }
    }

    fn tells(value: u64) -> LanePortOutputs {
        LanePortOutputs { state_valid: true, state_value: [value, 0, 0, 0], ..LanePortOutputs::default() }
    }

    fn write(slot: u64, value: u64) -> StateRecord {
        let mut owner = [0; 20];
        owner[0] = OWNER as u8;
        StateRecord {
            kind: KeyKind::Storage as u8,
            address: Address20(owner),
            key: Word([slot, 0, 0, 0]),
            value: Word([value, 0, 0, 0]),
            ..StateRecord::default()
        }
    }

    fn clear() -> StateRecord {
        StateRecord { kind: KeyKind::Account as u8, flags: DELETED | CLEAR_STORAGE, ..write(0, 0) }
    }

    /// Two lanes read a slot that holds 5.
    fn two_readers() -> ReadCheck {
        let mut check = ReadCheck::new(2);
        for lane in 0..2 {
            check.started(lane, 100);
            check.told(lane, &asks(1), &tells(5));
        }
        check
    }

    #[test]
    fn an_attempt_that_was_told_what_holds_commits() {
        let mut check = two_readers();
        check.commits(0, 0, 98);
        check.writes(&[write(1, 6), write(2, 9)]);
        // The other lane was told the old value: it begins anew.
        check.started(1, 200);
        check.told(1, &asks(1), &tells(6));
        check.told(1, &asks(3), &tells(8));
        check.commits(1, 1, 197);
        check.writes(&[clear(), write(3, 4)]);
        check.started(0, 300);
        for (slot, value) in [(1, 0), (3, 4), (99, 0)] {
            check.told(0, &asks(slot), &tells(value));
        }
        check.commits(2, 0, 300);
        assert_eq!(check.compared(), 6);
    }

    #[test]
    #[should_panic(expected = "which holds [6, 0, 0, 0]")]
    fn a_reader_that_was_not_aborted_is_found() {
        let mut check = two_readers();
        check.commits(0, 0, 98);
        check.writes(&[write(1, 6)]);
        check.commits(1, 1, 98);
    }

    #[test]
    #[should_panic(expected = "which holds [0, 0, 0, 0]")]
    fn a_reader_of_storage_that_was_cleared_is_found() {
        let mut check = two_readers();
        check.writes(&[clear()]);
        check.commits(1, 1, 98);
    }

    #[test]
    #[should_panic(expected = "told two values")]
    fn an_attempt_between_two_states_is_found() {
        let mut check = two_readers();
        check.told(1, &asks(1), &tells(6));
        check.commits(1, 1, 98);
    }
}
