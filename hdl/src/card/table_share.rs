//! Share of the state table: gives one table to state reads of lanes (`door`), the commit unit (`commit`) and the
//! processor (`manager`).
//!
//! Algorithm: while the table is free, the first of commit, manager and door that has a command gets it: operands go into
//! registers, which stand at the table until its ready. The processor's commands take key and values from a record
//! (`gaslane_abi::record::StateRecord`, four rows) in the data RAM, which is read before the table is asked for; FORGET and CLEAR
//! read none. Account code of no bytes is given to the table as it wants it, without handle and with the hash of nothing. Other
//! operations of the processor than PROBE, FILL, APPLY, FORGET, CLEARSTORAGE and CLEAR are not meant.
//!
//! Handshake: `door_valid` and `commit_valid` stay with their operands until `door_ready`, `commit_ready`; the results of that cycle are the
//! table's outputs, which do not pass through here; the commit unit keeps them with `commit_keeps` from the next cycle on, as long as it needs them. `commit_slot` and `commit_seq` stay for the whole commit. `manager_start` is ignored while
//! `manager_busy`, which is up from the next cycle on; when it falls, the results stand until the next start. `request` and
//! `data` are ready/valid; `data_ready` is up whenever rows are due. `gather_valid` is up for one cycle, the cycle
//! after the ready of a command whose readers are to be gathered: with `commit_gather`, or started with `manager_gather`.
//! A commit has ended later than that, so the detector's `finish` may come with the commit unit's `done`.
//!
//! Latency: one cycle from a command to the table's `valid`, none from the table's `ready` to the user's; a command can follow
//! two cycles after the ready of the one before. The processor's start to its wish for the table: 1 without rows, else that
//! of the data RAM and 2. `manager_busy` falls the cycle after the table's ready.
//! Reset: none; starts idle, `evictions` at 0.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use crate::{
    table::layout::{ACCOUNT, NO_CODE_HASH, TableOp},
    word::{W64, W160, W256, bits_w64, bits_w160},
};

/// Rows of a state record.
pub const RECORD_ROWS: u64 = 4;

/// Where the processor's command stands.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
enum State {
    Idle,
    /// The record is asked for.
    Request,
    Rows,
    /// The table is asked for, or at it.
    Table,
}

/// The share.
#[derive(LogicBlock)]
pub struct TableShare {
    /// Clock.
    pub clock: Signal<In, Clock>,

    /// State reads: a READ.
    pub door_valid: Signal<In, Bit>,
    /// It is done.
    pub door_ready: Signal<Out, Bit>,
    /// Kind of its key.
    pub door_kind: Signal<In, Bits<2>>,
    /// Account.
    pub door_address: Signal<In, W160>,
    /// Slot of the key.
    pub door_slot_key: Signal<In, W256>,
    /// Slot of the transaction.
    pub door_slot: Signal<In, Bits<5>>,
    /// Field.
    pub door_field: Signal<In, Bits<2>>,

    /// Commit unit: a command.
    pub commit_valid: Signal<In, Bit>,
    /// It is done.
    pub commit_ready: Signal<Out, Bit>,
    /// Operation.
    pub commit_op: Signal<In, Bits<4>>,
    /// Kind of its key.
    pub commit_kind: Signal<In, Bits<2>>,
    /// Account.
    pub commit_address: Signal<In, W160>,
    /// Slot of the key.
    pub commit_slot_key: Signal<In, W256>,
    /// Entry.
    pub commit_entry: Signal<In, Bits<16>>,
    /// Flags.
    pub commit_flags: Signal<In, Bits<10>>,
    /// Balance, value or amount.
    pub commit_value: Signal<In, W256>,
    /// Nonce.
    pub commit_nonce: Signal<In, W64>,
    /// Code hash.
    pub commit_code_hash: Signal<In, W256>,
    /// Code handle << 32 | bytes.
    pub commit_code: Signal<In, W64>,
    /// Slot that commits.
    pub commit_slot: Signal<In, Bits<5>>,
    /// Number of the commit.
    pub commit_seq: Signal<In, W64>,
    /// The readers of this cycle's results are to be gathered.
    pub commit_gather: Signal<In, Bit>,
    /// The commit unit still needs the results of its last command: nobody gets the table.
    pub commit_keeps: Signal<In, Bit>,

    /// Processor: a command begins.
    pub manager_start: Signal<In, Bit>,
    /// Operation: number of a [`TableOp`].
    pub manager_op: Signal<In, Bits<4>>,
    /// FORGET: slot.
    pub manager_slot: Signal<In, Bits<5>>,
    /// FILL, APPLY, CLEARSTORAGE, CLEAR: number of a commit.
    pub manager_seq: Signal<In, W64>,
    /// Flags that are added to those of the record.
    pub manager_flags: Signal<In, Bits<10>>,
    /// Byte address of the record in the data RAM.
    pub manager_row: Signal<In, Bits<32>>,
    /// The readers are to be gathered.
    pub manager_gather: Signal<In, Bit>,
    /// It is under way.
    pub manager_busy: Signal<Out, Bit>,
    /// Its outcome, until the next start, as the others.
    pub manager_outcome: Signal<Out, Bits<4>>,
    /// Its readers.
    pub manager_readers: Signal<Out, Bits<32>>,
    /// Slots that wait.
    pub manager_waiting: Signal<Out, Bits<32>>,
    /// What it changed.
    pub manager_changed: Signal<Out, Bits<4>>,
    /// It evicted an entry.
    pub manager_evicted: Signal<Out, Bit>,

    /// Data RAM: a read.
    pub request_valid: Signal<Out, Bit>,
    /// It is taken.
    pub request_ready: Signal<In, Bit>,
    /// Its byte address.
    pub request_address: Signal<Out, W64>,
    /// Its rows.
    pub request_beats: Signal<Out, Bits<20>>,
    /// A row.
    pub data_valid: Signal<In, Bit>,
    /// It is taken.
    pub data_ready: Signal<Out, Bit>,
    /// Its bytes.
    pub data: Signal<In, W256>,

    /// Table: a command; its operands stand below.
    pub table_valid: Signal<Out, Bit>,
    /// It is done.
    pub table_ready: Signal<In, Bit>,
    /// Operation.
    pub op: Signal<Out, Bits<4>>,
    /// Kind of the key.
    pub kind: Signal<Out, Bits<2>>,
    /// Account.
    pub address: Signal<Out, W160>,
    /// Slot of the key.
    pub slot_key: Signal<Out, W256>,
    /// Entry.
    pub entry: Signal<Out, Bits<16>>,
    /// Slot of the transaction.
    pub slot: Signal<Out, Bits<5>>,
    /// Field.
    pub field: Signal<Out, Bits<2>>,
    /// Number of a commit.
    pub seq: Signal<Out, W64>,
    /// Flags.
    pub flags: Signal<Out, Bits<10>>,
    /// Balance, value or amount.
    pub value: Signal<Out, W256>,
    /// Nonce.
    pub nonce: Signal<Out, W64>,
    /// Code hash.
    pub code_hash: Signal<Out, W256>,
    /// Code handle << 32 | bytes.
    pub code: Signal<Out, W64>,
    /// Table: outcome.
    pub outcome: Signal<In, Bits<4>>,
    /// Table: readers.
    pub readers: Signal<In, Bits<32>>,
    /// Table: slots that wait.
    pub waiting: Signal<In, Bits<32>>,
    /// Table: what changed.
    pub changed: Signal<In, Bits<4>>,
    /// Table: an entry was evicted.
    pub evicted: Signal<In, Bit>,

    /// Conflict detector: readers are to be gathered.
    pub gather_valid: Signal<Out, Bit>,
    /// These.
    pub gather_readers: Signal<Out, Bits<32>>,
    /// Entries evicted since the start.
    pub evictions: Signal<Out, W64>,

    account: Constant<Bits<2>>,
    no_code: Constant<W256>,
    op_read: Constant<Bits<4>>,
    op_forget: Constant<Bits<4>>,
    op_clear: Constant<Bits<4>>,
    rows: Constant<Bits<20>>,

    // The command at the table, and whose it is.
    active: DFF<Bit>,
    for_commit: DFF<Bit>,
    for_manager: DFF<Bit>,
    for_door: DFF<Bit>,
    op_held: DFF<Bits<4>>,
    kind_held: DFF<Bits<2>>,
    address_held: DFF<W160>,
    slot_key_held: DFF<W256>,
    entry_held: DFF<Bits<16>>,
    slot_held: DFF<Bits<5>>,
    field_held: DFF<Bits<2>>,
    seq_held: DFF<W64>,
    flags_held: DFF<Bits<10>>,
    value_held: DFF<W256>,
    nonce_held: DFF<W64>,
    code_hash_held: DFF<W256>,
    code_held: DFF<W64>,

    // The processor's command, its record, its results.
    state: DFF<State>,
    wants_op: DFF<Bits<4>>,
    wants_slot: DFF<Bits<5>>,
    wants_seq: DFF<W64>,
    wants_flags: DFF<Bits<10>>,
    wants_row: DFF<Bits<32>>,
    wants_gather: DFF<Bit>,
    beat: DFF<Bits<2>>,
    row0: DFF<W256>,
    row1: DFF<W256>,
    row2: DFF<W256>,
    row3: DFF<W64>,
    got_outcome: DFF<Bits<4>>,
    got_readers: DFF<Bits<32>>,
    got_waiting: DFF<Bits<32>>,
    got_changed: DFF<Bits<4>>,
    got_evicted: DFF<Bit>,

    gathers: DFF<Bit>,
    gathered: DFF<Bits<32>>,
    evicted_count: DFF<W64>,

    free: Signal<Local, Bit>,
    manager_waits: Signal<Local, Bit>,
    take_commit: Signal<Local, Bit>,
    take_manager: Signal<Local, Bit>,
    take_door: Signal<Local, Bit>,
    manager_done: Signal<Local, Bit>,
    needs_rows: Signal<Local, Bit>,
    // The record taken apart.
    record_kind: Signal<Local, Bits<2>>,
    record_flags: Signal<Local, Bits<8>>,
    record_shifted: Signal<Local, W256>,
    record_handle: Signal<Local, Bits<32>>,
    record_bytes: Signal<Local, Bits<32>>,
    record_codeless: Signal<Local, Bit>,
    record_code_hash: Signal<Local, W256>,
    record_code: Signal<Local, W64>,
}

impl Default for TableShare {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            door_valid: Default::default(),
            door_ready: Default::default(),
            door_kind: Default::default(),
            door_address: Default::default(),
            door_slot_key: Default::default(),
            door_slot: Default::default(),
            door_field: Default::default(),
            commit_valid: Default::default(),
            commit_ready: Default::default(),
            commit_op: Default::default(),
            commit_kind: Default::default(),
            commit_address: Default::default(),
            commit_slot_key: Default::default(),
            commit_entry: Default::default(),
            commit_flags: Default::default(),
            commit_value: Default::default(),
            commit_nonce: Default::default(),
            commit_code_hash: Default::default(),
            commit_code: Default::default(),
            commit_slot: Default::default(),
            commit_seq: Default::default(),
            commit_gather: Default::default(),
            commit_keeps: Default::default(),
            manager_start: Default::default(),
            manager_op: Default::default(),
            manager_slot: Default::default(),
            manager_seq: Default::default(),
            manager_flags: Default::default(),
            manager_row: Default::default(),
            manager_gather: Default::default(),
            manager_busy: Default::default(),
            manager_outcome: Default::default(),
            manager_readers: Default::default(),
            manager_waiting: Default::default(),
            manager_changed: Default::default(),
            manager_evicted: Default::default(),
            request_valid: Default::default(),
            request_ready: Default::default(),
            request_address: Default::default(),
            request_beats: Default::default(),
            data_valid: Default::default(),
            data_ready: Default::default(),
            data: Default::default(),
            table_valid: Default::default(),
            table_ready: Default::default(),
            op: Default::default(),
            kind: Default::default(),
            address: Default::default(),
            slot_key: Default::default(),
            entry: Default::default(),
            slot: Default::default(),
            field: Default::default(),
            seq: Default::default(),
            flags: Default::default(),
            value: Default::default(),
            nonce: Default::default(),
            code_hash: Default::default(),
            code: Default::default(),
            outcome: Default::default(),
            readers: Default::default(),
            waiting: Default::default(),
            changed: Default::default(),
            evicted: Default::default(),
            gather_valid: Default::default(),
            gather_readers: Default::default(),
            evictions: Default::default(),
            account: Constant::new(u64::from(ACCOUNT).into()),
            no_code: Constant::new(W256::from_limbs(NO_CODE_HASH)),
            op_read: Constant::new((TableOp::Read as u64).into()),
            op_forget: Constant::new((TableOp::Forget as u64).into()),
            op_clear: Constant::new((TableOp::Clear as u64).into()),
            rows: Constant::new(RECORD_ROWS.into()),
            active: Default::default(),
            for_commit: Default::default(),
            for_manager: Default::default(),
            for_door: Default::default(),
            op_held: Default::default(),
            kind_held: Default::default(),
            address_held: Default::default(),
            slot_key_held: Default::default(),
            entry_held: Default::default(),
            slot_held: Default::default(),
            field_held: Default::default(),
            seq_held: Default::default(),
            flags_held: Default::default(),
            value_held: Default::default(),
            nonce_held: Default::default(),
            code_hash_held: Default::default(),
            code_held: Default::default(),
            state: Default::default(),
            wants_op: Default::default(),
            wants_slot: Default::default(),
            wants_seq: Default::default(),
            wants_flags: Default::default(),
            wants_row: Default::default(),
            wants_gather: Default::default(),
            beat: Default::default(),
            row0: Default::default(),
            row1: Default::default(),
            row2: Default::default(),
            row3: Default::default(),
            got_outcome: Default::default(),
            got_readers: Default::default(),
            got_waiting: Default::default(),
            got_changed: Default::default(),
            got_evicted: Default::default(),
            gathers: Default::default(),
            gathered: Default::default(),
            evicted_count: Default::default(),
            free: Default::default(),
            manager_waits: Default::default(),
            take_commit: Default::default(),
            take_manager: Default::default(),
            take_door: Default::default(),
            manager_done: Default::default(),
            needs_rows: Default::default(),
            record_kind: Default::default(),
            record_flags: Default::default(),
            record_shifted: Default::default(),
            record_handle: Default::default(),
            record_bytes: Default::default(),
            record_codeless: Default::default(),
            record_code_hash: Default::default(),
            record_code: Default::default(),
        }
    }
}

impl Logic for TableShare {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            active,
            for_commit,
            for_manager,
            for_door,
            op_held,
            kind_held,
            address_held,
            slot_key_held,
            entry_held,
            slot_held,
            field_held,
            seq_held,
            flags_held,
            value_held,
            nonce_held,
            code_hash_held,
            code_held,
            state,
            wants_op,
            wants_slot,
            wants_seq,
            wants_flags,
            wants_row,
            wants_gather,
            beat,
            row0,
            row1,
            row2,
            row3,
            got_outcome,
            got_readers,
            got_waiting,
            got_changed,
            got_evicted,
            gathers,
            gathered,
            evicted_count
        );

        // Whose turn it is.
        self.free.next = (!self.active.q.val()) & (!self.commit_keeps.val());
        self.manager_waits.next = (self.state.q.val() == State::Table) & (!self.for_manager.q.val());
        self.take_commit.next = self.free.val() & self.commit_valid.val();
        self.take_manager.next = self.free.val() & self.manager_waits.val() & (!self.commit_valid.val());
        self.take_door.next =
            self.free.val() & self.door_valid.val() & (!self.commit_valid.val()) & (!self.manager_waits.val());
        if self.take_commit.val() | self.take_manager.val() | self.take_door.val() {
            self.active.d.next = true;
            self.for_commit.d.next = self.take_commit.val();
            self.for_manager.d.next = self.take_manager.val();
            self.for_door.d.next = self.take_door.val();
        }
        if self.active.q.val() & self.table_ready.val() {
            self.active.d.next = false;
            self.for_commit.d.next = false;
            self.for_manager.d.next = false;
            self.for_door.d.next = false;
        }

        // The record: kind, flags, address from byte 4, code handle from byte 24, code bytes from byte 28; key or code hash;
        // value; nonce.
        self.record_kind.next = self.row0.q.val().get_bits::<2>(0);
        self.record_flags.next = self.row0.q.val().get_bits::<8>(8);
        self.record_shifted.next = self.row0.q.val() >> 32_u64;
        self.record_handle.next = self.row0.q.val().get_bits::<32>(192);
        self.record_bytes.next = self.row0.q.val().get_bits::<32>(224);
        self.record_codeless.next = (self.record_kind.val() == self.account.val()) & (!self.record_bytes.val().any());
        self.record_code_hash.next = self.row1.q.val();
        self.record_code.next = (bits_w64(self.record_handle.val()) << 32_u64) | bits_w64(self.record_bytes.val());
        if self.record_codeless.val() {
            self.record_code_hash.next = self.no_code.val();
            self.record_code.next = bits_w64(bits::<8>(0));
        }

        // Operands.
        if self.take_commit.val() {
            self.op_held.d.next = self.commit_op.val();
            self.kind_held.d.next = self.commit_kind.val();
            self.address_held.d.next = self.commit_address.val();
            self.slot_key_held.d.next = self.commit_slot_key.val();
            self.entry_held.d.next = self.commit_entry.val();
            self.slot_held.d.next = self.commit_slot.val();
            self.seq_held.d.next = self.commit_seq.val();
            self.flags_held.d.next = self.commit_flags.val();
            self.value_held.d.next = self.commit_value.val();
            self.nonce_held.d.next = self.commit_nonce.val();
            self.code_hash_held.d.next = self.commit_code_hash.val();
            self.code_held.d.next = self.commit_code.val();
        }
        if self.take_manager.val() {
            self.op_held.d.next = self.wants_op.q.val();
            self.kind_held.d.next = self.record_kind.val();
            self.address_held.d.next = bits_w160(self.record_shifted.val());
            self.slot_key_held.d.next = self.row1.q.val();
            self.slot_held.d.next = self.wants_slot.q.val();
            self.seq_held.d.next = self.wants_seq.q.val();
            self.flags_held.d.next = bit_cast::<10, 8>(self.record_flags.val()) | self.wants_flags.q.val();
            self.value_held.d.next = self.row2.q.val();
            self.nonce_held.d.next = self.row3.q.val();
            self.code_hash_held.d.next = self.record_code_hash.val();
            self.code_held.d.next = self.record_code.val();
        }
        if self.take_door.val() {
            self.op_held.d.next = self.op_read.val();
            self.kind_held.d.next = self.door_kind.val();
            self.address_held.d.next = self.door_address.val();
            self.slot_key_held.d.next = self.door_slot_key.val();
            self.slot_held.d.next = self.door_slot.val();
            self.field_held.d.next = self.door_field.val();
        }
        self.table_valid.next = self.active.q.val();
        self.op.next = self.op_held.q.val();
        self.kind.next = self.kind_held.q.val();
        self.address.next = self.address_held.q.val();
        self.slot_key.next = self.slot_key_held.q.val();
        self.entry.next = self.entry_held.q.val();
        self.slot.next = self.slot_held.q.val();
        self.field.next = self.field_held.q.val();
        self.seq.next = self.seq_held.q.val();
        self.flags.next = self.flags_held.q.val();
        self.value.next = self.value_held.q.val();
        self.nonce.next = self.nonce_held.q.val();
        self.code_hash.next = self.code_hash_held.q.val();
        self.code.next = self.code_held.q.val();

        // Results.
        self.commit_ready.next = self.for_commit.q.val() & self.table_ready.val();
        self.door_ready.next = self.for_door.q.val() & self.table_ready.val();
        self.manager_done.next = self.for_manager.q.val() & self.table_ready.val();
        if self.manager_done.val() {
            self.got_outcome.d.next = self.outcome.val();
            self.got_readers.d.next = self.readers.val();
            self.got_waiting.d.next = self.waiting.val();
            self.got_changed.d.next = self.changed.val();
            self.got_evicted.d.next = self.evicted.val();
        }
        self.manager_outcome.next = self.got_outcome.q.val();
        self.manager_readers.next = self.got_readers.q.val();
        self.manager_waiting.next = self.got_waiting.q.val();
        self.manager_changed.next = self.got_changed.q.val();
        self.manager_evicted.next = self.got_evicted.q.val();
        self.gathers.d.next = self.commit_gather.val() | (self.manager_done.val() & self.wants_gather.q.val());
        self.gathered.d.next = self.readers.val();
        self.gather_valid.next = self.gathers.q.val();
        self.gather_readers.next = self.gathered.q.val();
        if self.active.q.val() & self.table_ready.val() & self.evicted.val() {
            self.evicted_count.d.next = self.evicted_count.q.val() + bits_w64(bits::<8>(1));
        }
        self.evictions.next = self.evicted_count.q.val();

        // The processor's command.
        self.needs_rows.next =
            (self.manager_op.val() != self.op_forget.val()) & (self.manager_op.val() != self.op_clear.val());
        self.manager_busy.next = self.state.q.val() != State::Idle;
        self.request_valid.next = self.state.q.val() == State::Request;
        self.request_address.next = bits_w64(self.wants_row.q.val());
        self.request_beats.next = self.rows.val();
        self.data_ready.next = self.state.q.val() == State::Rows;
        match self.state.q.val() {
            State::Idle => {
                if self.manager_start.val() {
                    self.wants_op.d.next = self.manager_op.val();
                    self.wants_slot.d.next = self.manager_slot.val();
                    self.wants_seq.d.next = self.manager_seq.val();
                    self.wants_flags.d.next = self.manager_flags.val();
                    self.wants_row.d.next = self.manager_row.val();
                    self.wants_gather.d.next = self.manager_gather.val();
                    self.state.d.next = State::Table;
                    if self.needs_rows.val() {
                        self.state.d.next = State::Request;
                    }
                }
            }
            State::Request => {
                self.beat.d.next = bits::<2>(0);
                if self.request_ready.val() {
                    self.state.d.next = State::Rows;
                }
            }
            State::Rows => {
                if self.data_valid.val() {
                    self.beat.d.next = self.beat.q.val() + bits::<2>(1);
                    match self.beat.q.val().index() {
                        0 => {
                            self.row0.d.next = self.data.val();
                        }
                        1 => {
                            self.row1.d.next = self.data.val();
                        }
                        2 => {
                            self.row2.d.next = self.data.val();
                        }
                        _ => {
                            self.row3.d.next = self.data.val().get_value_limb0();
                            self.state.d.next = State::Table;
                        }
                    }
                }
            }
            State::Table => {
                if self.manager_done.val() {
                    self.state.d.next = State::Idle;
                }
            }
        }
    }
}
