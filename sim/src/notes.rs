//! What a card with [`SimOptions::timeline`](crate::SimOptions) notes of every committed transaction: which values it read
//! and when, what it changed, and where its cycles went. From these notes follow the conflicts of a block and the
//! shortest time in which any number of lanes could run it.

use crate::lane::{Key, ReadField, StateValue};
use crate::records::{NO_CODE, Write};
use crate::state::{Entry, StateTable};
use alloy_primitives::U256;
use gaslane_abi::codes::KeyKind;
use gaslane_abi::isa::Op;

/// Operation codes have seven bits.
const OPS: usize = 128;

/// A value that an attempt read from the state table: its first touch of that field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadNote {
    /// Key.
    pub key: Key,
    /// Field.
    pub field: ReadField,
    /// Cycles that the attempt had computed by then: waits are not among them.
    pub busy_cycles_before: u64,
}

/// A field that a commit changed: its value is not what it was, as far as the card knew it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriteNote {
    /// Key.
    pub key: Key,
    /// Field.
    pub field: ReadField,
}

/// Fields that a write changes. The table must not have applied it yet.
pub(crate) fn changed_fields(key: Key, write: &Write, table: &StateTable) -> Vec<WriteNote> {
    let known = |field| table.find(&key).and_then(|entry| table.value(entry, field));
    let mut changed = Vec::new();
    let mut note = |field, value: Option<StateValue>| {
        if value.is_some() && known(field) != value {
            changed.push(WriteNote { key, field });
        }
    };
    match write {
        Write::Word(word) => note(ReadField::Value, Some(StateValue::Word(*word))),
        Write::Account(account) => {
            let (balance, nonce, code) = match account.deleted {
                true => (Some(U256::ZERO), Some(0), Some(NO_CODE)),
                false => (account.balance, account.nonce, account.code),
            };
            note(ReadField::Balance, balance.map(StateValue::Word));
            note(ReadField::Nonce, nonce.map(StateValue::Nonce));
            note(ReadField::Code, code.map(StateValue::Code));
        }
    }
    if write.clears_storage() {
        let of_account = |entry: &&Entry| entry.key.kind == KeyKind::Storage && entry.key.address == key.address;
        let slots = table.entries().iter().filter(of_account).filter(|entry| !entry.word.is_zero());
        changed.extend(slots.map(|entry| WriteNote { key: entry.key, field: ReadField::Value }));
    }
    changed
}

/// Cycles of lane words by operation, those of programs apart from those of firmware. What an operation's words wait for
/// their operands or for words to be fetched is theirs; time in which the lane waited for the card is nobody's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpCycles {
    program: [u64; OPS],
    firmware: u64,
}

impl Default for OpCycles {
    fn default() -> Self {
        Self { program: [0; OPS], firmware: 0 }
    }
}

impl OpCycles {
    /// Counts a word.
    pub fn add(&mut self, op: Op, in_firmware: bool, cycles: u64) {
        match in_firmware {
            true => self.firmware += cycles,
            false => self.program[op as usize % OPS] += cycles,
        }
    }

    /// Adds what another one counted.
    pub fn merge(&mut self, other: &Self) {
        self.program.iter_mut().zip(other.program).for_each(|(sum, more)| *sum += more);
        self.firmware += other.firmware;
    }

    /// Cycles of a program's words of one operation.
    pub fn of(&self, op: Op) -> u64 {
        self.program[op as usize % OPS]
    }

    /// Cycles of firmware: begin and end of transactions, calls, SSTORE, creations.
    pub fn firmware(&self) -> u64 {
        self.firmware
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.firmware + self.program.iter().sum::<u64>()
    }
}

/// A committed transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitNote {
    /// Tag: its place in the block.
    pub tag: u32,
    /// Lane of the attempt that committed; `None`: the host executed it.
    pub lane: Option<u8>,
    /// That attempt began.
    pub start_cycle: u64,
    /// It finished.
    pub finish_cycle: u64,
    /// The commit unit began with it.
    pub commit_cycle: u64,
    /// The commit took effect.
    pub end_cycle: u64,
    /// Cycles of the attempt in which its lane computed.
    pub busy_cycles: u64,
    /// Bytes of its payload, which the card read from host memory.
    pub payload_bytes: u64,
    /// Bytes of its result record, which the card wrote there; 0 for the host's.
    pub record_bytes: u64,
    /// Attempts aborted before.
    pub aborts: u32,
    /// Cycles by operation; none for the host's.
    pub op_cycles: OpCycles,
    /// What it read, in order; none for the host's.
    pub reads: Vec<ReadNote>,
    /// What it changed.
    pub writes: Vec<WriteNote>,
}
