//! Commit unit: makes the head's access table part of the committed state.
//!
//! Algorithm, in passes over the entries that matter ([`super::commit_model`] does the same in plain Rust):
//! 0. Scan of the access table, an entry a cycle: accounts that may have changed, slots that were written, accounts that cease to exist.
//! 1. NEED of each key, but not of slots of accounts that cease to exist. Keys that are absent are asked of the host, all of them; then the
//!    commit ends with `waits`.
//! 2. TRYENTRY of each write: an addition that overflows is an escape; what changes nothing is dropped here, so it is neither
//!    written nor reported, and aborts nobody. Then the changes are counted, and the caller says whether the record fits.
//! 3. APPLYENTRY of each changed account, then (4) of each changed slot, each followed by its write record.
//! 5. CLEARSTORAGE of each account that ceased to exist and had existed before the transaction.
//!
//! What is written: a balance that was read as it stands, credits to another one as an addition, nonce and code if they were written.
//! An account that is empty then ceases to exist (EIP-161); so does one that SELFDESTRUCT removed, without more in its record.
//!
//! Handshake: `start` while not `busy`; the access table and the operands stay until `done`. The table's port, `request` and `beat_valid` are
//! held until their ready; `gather` belongs to the table's results of the same cycle. FORGET of the head's bits is the caller's.
//! Latency: one cycle for each entry of the access table; then for each entry that matters and each pass 7 cycles and the
//! table's, and 4 for a record. Reset: none; starts idle.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use super::layout::{DELETE_EMPTY, NO_CODE_HASH};
use crate::{
    leaf::Ram,
    word::{W64, W160, W256, bits_w64, bits_w160, bits_w256},
};

/// Where the unit stands.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
enum State {
    Idle,
    Scan,
    // The next item and its rows.
    Next,
    Item,
    Row1,
    Row2,
    Row3,
    Row4,
    Decide,
    // Whether the account of a slot ceases to exist.
    Gone1,
    Gone2,
    Gone3,
    Table,
    Post,
    Counted,
    Beat,
    End,
}

/// The unit, for access tables of 2^`ENTRY_BITS` entries.
#[derive(LogicBlock)]
pub struct CommitUnit<const ENTRY_BITS: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// The head has finished: commit it. Ignored unless idle.
    pub start: Signal<In, Bit>,
    /// Number of entries of its access table.
    pub entries: Signal<In, Bits<16>>,
    /// Its slot; the table takes it as well, and the number of the commit.
    pub slot: Signal<In, Bits<5>>,
    /// Row of the access table to read.
    pub drain_row: Signal<Out, Bits<16>>,
    /// That row, a cycle later.
    pub drain_data: Signal<In, W256>,
    /// A commit is under way.
    pub busy: Signal<Out, Bit>,
    /// The commit has ended, for one cycle, as `waits` and `reason` say.
    pub done: Signal<Out, Bit>,
    /// Values are missing, which have been asked for; start again when the table names the slot in `waiting`.
    pub waits: Signal<Out, Bit>,
    /// 0, or the escape that the transaction becomes; nothing was written then.
    pub reason: Signal<Out, Bits<8>>,
    /// Every change is known and possible; `proceed` or `refuse` is awaited.
    pub counted: Signal<Out, Bit>,
    /// Number of changed keys: write records to come.
    pub changes: Signal<Out, Bits<16>>,
    /// The record fits: write.
    pub proceed: Signal<In, Bit>,
    /// It does not.
    pub refuse: Signal<In, Bit>,
    /// A command for the table.
    pub table_valid: Signal<Out, Bit>,
    /// It is done.
    pub table_ready: Signal<In, Bit>,
    /// Operation: number of a [`TableOp`](super::layout::TableOp).
    pub op: Signal<Out, Bits<4>>,
    /// Kind of the key.
    pub kind: Signal<Out, Bits<2>>,
    /// Account.
    pub address: Signal<Out, W160>,
    /// Slot of the key.
    pub slot_key: Signal<Out, W256>,
    /// Entry.
    pub entry: Signal<Out, Bits<16>>,
    /// Flags of [`super::layout`].
    pub flags: Signal<Out, Bits<10>>,
    /// Balance, value or amount.
    pub value: Signal<Out, W256>,
    /// Nonce.
    pub nonce: Signal<Out, W64>,
    /// Code hash.
    pub code_hash: Signal<Out, W256>,
    /// Code handle << 32 | bytes.
    pub code: Signal<Out, W64>,
    /// The table's outcome, and its other results below.
    pub outcome: Signal<In, Bits<4>>,
    /// Entry.
    pub found_entry: Signal<In, Bits<16>>,
    /// Balance or value.
    pub found_value: Signal<In, W256>,
    /// Nonce.
    pub found_nonce: Signal<In, W64>,
    /// Code hash.
    pub found_code_hash: Signal<In, W256>,
    /// Code handle << 32 | bytes.
    pub found_code: Signal<In, W64>,
    /// The account exists.
    pub found_exists: Signal<In, Bit>,
    /// What a write changes.
    pub changed: Signal<In, Bits<4>>,
    /// The key at the table's port is to be asked of the host.
    pub request: Signal<Out, Bit>,
    /// It is.
    pub request_ready: Signal<In, Bit>,
    /// The table's `readers` concern the conflict detector in this cycle.
    pub gather: Signal<Out, Bit>,
    /// 32 bytes of a write record.
    pub beat_valid: Signal<Out, Bit>,
    /// These.
    pub beat: Signal<Out, W256>,
    /// They are taken.
    pub beat_ready: Signal<In, Bit>,
    zero64: Constant<W64>,
    zero256: Constant<W256>,
    no_code: Constant<W256>,
    delete_empty: Constant<W64>,
    index_mask: Constant<Bits<16>>,
    state: DFF<State>,
    /// 1 needs, 2 tries, 3 writes accounts, 4 writes slots, 5 clears storage.
    pass: DFF<Bits<3>>,
    /// Entries of the access table that matter: bit 31 a slot, from bit 16 its number, from bit 0 the table's entry.
    items: Ram<Bits<32>, ENTRY_BITS, 0>,
    /// Accounts that cease to exist.
    gone: Ram<Bits<16>, ENTRY_BITS, 0>,
    /// Entry that is scanned next.
    index: DFF<Bits<16>>,
    scanned: DFF<Bit>,
    scanned_index: DFF<Bits<16>>,
    /// Item at hand.
    at: DFF<Bits<16>>,
    total: DFF<Bits<16>>,
    /// Items that go on to the next pass.
    kept: DFF<Bits<16>>,
    gone_at: DFF<Bits<16>>,
    gone_count: DFF<Bits<16>>,
    item: DFF<Bits<32>>,
    /// Rows of the entry.
    head: DFF<W256>,
    row1: DFF<W256>,
    row2: DFF<W256>,
    row3: DFF<W256>,
    incomplete: DFF<Bit>,
    ended: DFF<Bits<8>>,
    /// Beat of the record.
    step: DFF<Bits<2>>,
    /// Flags of the row that is read.
    read_kind: Signal<Local, Bits<2>>,
    read_account: Signal<Local, Bit>,
    read_slot: Signal<Local, Bit>,
    read_known: Signal<Local, Bit>,
    read_value: Signal<Local, Bit>,
    read_gone: Signal<Local, Bit>,
    read_changes: Signal<Local, Bit>,
    more: Signal<Local, Bit>,
    /// Facts of the entry at hand.
    is_slot: Signal<Local, Bit>,
    account: Signal<Local, Bit>,
    known: Signal<Local, Bit>,
    dirty: Signal<Local, Bit>,
    nonce_dirty: Signal<Local, Bit>,
    code_dirty: Signal<Local, Bit>,
    created: Signal<Local, Bit>,
    destroyed: Signal<Local, Bit>,
    any_value: Signal<Local, Bit>,
    concerned: Signal<Local, Bit>,
    head_address: Signal<Local, W160>,
    read_address: Signal<Local, W160>,
    same_address: Signal<Local, Bit>,
    code_bytes: Signal<Local, Bits<32>>,
    writes_balance: Signal<Local, Bit>,
    adds: Signal<Local, Bit>,
    flag_word: Signal<Local, W64>,
    item_slot: Signal<Local, Bit>,
    writes_accounts: Signal<Local, Bit>,
    writes_slots: Signal<Local, Bit>,
    item_index: Signal<Local, Bits<16>>,
    item_next: Signal<Local, Bits<16>>,
    row: Signal<Local, Bits<16>>,
    keeps: Signal<Local, Bit>,
    /// The item is done with.
    skips: Signal<Local, Bit>,
    pushes: Signal<Local, Bit>,
    push_gone: Signal<Local, Bit>,
    item_data: Signal<Local, Bits<32>>,
    /// What the record reports.
    change_value: Signal<Local, Bit>,
    change_nonce: Signal<Local, Bit>,
    change_code: Signal<Local, Bit>,
    change_gone: Signal<Local, Bit>,
    reports_value: Signal<Local, Bit>,
    clears: Signal<Local, Bit>,
    record_flags: Signal<Local, W256>,
    record_code: Signal<Local, W64>,
    code_handle: Signal<Local, Bits<32>>,
    code_size: Signal<Local, Bits<32>>,
}

impl<const ENTRY_BITS: usize> Default for CommitUnit<ENTRY_BITS> {
    fn default() -> Self {
        const { assert!(ENTRY_BITS >= 1 && ENTRY_BITS <= 14, "rows of the access table have 16 bits") };
        Self {
            clock: Default::default(),
            start: Default::default(),
            entries: Default::default(),
            slot: Default::default(),
            drain_row: Default::default(),
            drain_data: Default::default(),
            busy: Default::default(),
            done: Default::default(),
            waits: Default::default(),
            reason: Default::default(),
            counted: Default::default(),
            changes: Default::default(),
            proceed: Default::default(),
            refuse: Default::default(),
            table_valid: Default::default(),
            table_ready: Default::default(),
            op: Default::default(),
            kind: Default::default(),
            address: Default::default(),
            slot_key: Default::default(),
            entry: Default::default(),
            flags: Default::default(),
            value: Default::default(),
            nonce: Default::default(),
            code_hash: Default::default(),
            code: Default::default(),
            outcome: Default::default(),
            found_entry: Default::default(),
            found_value: Default::default(),
            found_nonce: Default::default(),
            found_code_hash: Default::default(),
            found_code: Default::default(),
            found_exists: Default::default(),
            changed: Default::default(),
            request: Default::default(),
            request_ready: Default::default(),
            gather: Default::default(),
            beat_valid: Default::default(),
            beat: Default::default(),
            beat_ready: Default::default(),
            zero64: Constant::new(W64::ZERO),
            zero256: Constant::new(W256::ZERO),
            no_code: Constant::new(W256::from_limbs(NO_CODE_HASH)),
            delete_empty: Constant::new(W64::from_limbs([DELETE_EMPTY as u64])),
            index_mask: Constant::new(0x3fff_u64.into()),
            state: Default::default(),
            pass: Default::default(),
            items: Ram::default(),
            gone: Ram::new(ENTRY_BITS),
            index: Default::default(),
            scanned: Default::default(),
            scanned_index: Default::default(),
            at: Default::default(),
            total: Default::default(),
            kept: Default::default(),
            gone_at: Default::default(),
            gone_count: Default::default(),
            item: Default::default(),
            head: Default::default(),
            row1: Default::default(),
            row2: Default::default(),
            row3: Default::default(),
            incomplete: Default::default(),
            ended: Default::default(),
            step: Default::default(),
            read_kind: Default::default(),
            read_account: Default::default(),
            read_slot: Default::default(),
            read_known: Default::default(),
            read_value: Default::default(),
            read_gone: Default::default(),
            read_changes: Default::default(),
            more: Default::default(),
            is_slot: Default::default(),
            account: Default::default(),
            known: Default::default(),
            dirty: Default::default(),
            nonce_dirty: Default::default(),
            code_dirty: Default::default(),
            created: Default::default(),
            destroyed: Default::default(),
            any_value: Default::default(),
            concerned: Default::default(),
            head_address: Default::default(),
            read_address: Default::default(),
            same_address: Default::default(),
            code_bytes: Default::default(),
            writes_balance: Default::default(),
            adds: Default::default(),
            flag_word: Default::default(),
            item_slot: Default::default(),
            writes_accounts: Default::default(),
            writes_slots: Default::default(),
            item_index: Default::default(),
            item_next: Default::default(),
            row: Default::default(),
            keeps: Default::default(),
            skips: Default::default(),
            pushes: Default::default(),
            push_gone: Default::default(),
            item_data: Default::default(),
            change_value: Default::default(),
            change_nonce: Default::default(),
            change_code: Default::default(),
            change_gone: Default::default(),
            reports_value: Default::default(),
            clears: Default::default(),
            record_flags: Default::default(),
            record_code: Default::default(),
            code_handle: Default::default(),
            code_size: Default::default(),
        }
    }
}

impl<const ENTRY_BITS: usize> Logic for CommitUnit<ENTRY_BITS> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            state,
            pass,
            index,
            scanned,
            scanned_index,
            at,
            total,
            kept,
            gone_at,
            gone_count,
            item,
            head,
            row1,
            row2,
            row3,
            incomplete,
            ended,
            step
        );
        clock!(self, clock, items, gone);

        // The row that is read, as head of an entry.
        self.read_kind.next = self.drain_data.val().get_bits::<2>(160);
        self.read_account.next = self.read_kind.val() == bits::<2>(1);
        self.read_slot.next = self.read_kind.val() == bits::<2>(2);
        self.read_known.next = self.drain_data.val().get_bit(164);
        self.read_value.next = self.drain_data.val().get_bit(165);
        self.read_gone.next = self.read_account.val() & self.drain_data.val().get_bit(171);
        self.read_changes.next = self.read_value.val()
            | (self.read_account.val()
                & (self.drain_data.val().get_bit(163)
                    | (!self.read_known.val())
                    | self.drain_data.val().get_bit(167)
                    | self.drain_data.val().get_bit(169)
                    | self.drain_data.val().get_bit(171)));
        self.more.next = self.index.q.val() < self.entries.val();

        // The entry at hand.
        self.is_slot.next = self.item.q.val().get_bit(31);
        self.account.next = !self.item.q.val().get_bit(31);
        self.known.next = self.head.q.val().get_bit(164);
        self.dirty.next = self.head.q.val().get_bit(165);
        self.nonce_dirty.next = self.head.q.val().get_bit(166) & self.head.q.val().get_bit(167);
        self.code_dirty.next = self.head.q.val().get_bit(168) & self.head.q.val().get_bit(169);
        self.created.next = self.head.q.val().get_bit(170);
        self.destroyed.next = self.account.val() & self.head.q.val().get_bit(171);
        self.any_value.next = self.row1.q.val().any();
        self.writes_balance.next = self.known.val() & self.dirty.val();
        self.adds.next = (!self.known.val()) & self.any_value.val();
        self.concerned.next = self.head.q.val().get_bit(163)
            | self.head.q.val().get_bit(165)
            | self.head.q.val().get_bit(167)
            | self.head.q.val().get_bit(169)
            | self.head.q.val().get_bit(171)
            | self.adds.val();
        self.head_address.next = bits_w160(self.head.q.val());
        self.read_address.next = bits_w160(self.drain_data.val());
        self.same_address.next = self.head_address.val() == self.read_address.val();
        self.code_bytes.next = self.row3.q.val().get_bits::<32>(0);
        self.flag_word.next = self.delete_empty.val()
            | bits_w64(self.writes_balance.val())
            | (bits_w64(self.nonce_dirty.val()) << 1_u64)
            | (bits_w64(self.code_dirty.val()) << 2_u64)
            | (bits_w64(self.adds.val()) << 8_u64);
        self.item_index.next = self.items.data.val().get_bits::<16>(16) & self.index_mask.val();
        self.item_next.next = self.item.q.val().get_bits::<16>(16) & self.index_mask.val();

        self.item_slot.next = self.items.data.val().get_bit(31);
        self.writes_accounts.next = self.pass.q.val() == bits::<3>(3);
        self.writes_slots.next = self.pass.q.val() == bits::<3>(4);

        // Commands.
        self.op.next = bits::<4>(1);
        if self.pass.q.val() == bits::<3>(2) {
            self.op.next = bits::<4>(6);
        }
        if self.writes_accounts.val() | self.writes_slots.val() {
            self.op.next = bits::<4>(7);
        }
        if self.pass.q.val() == bits::<3>(5) {
            self.op.next = bits::<4>(9);
        }
        self.kind.next = bits::<2>(1);
        self.slot_key.next = self.zero256.val();
        self.flags.next = self.flag_word.val().get_bits::<10>(0);
        if self.destroyed.val() {
            self.flags.next = bits::<10>(16);
        }
        if self.is_slot.val() {
            self.kind.next = bits::<2>(2);
            self.slot_key.next = self.row3.q.val();
            self.flags.next = bits::<10>(0);
        }
        self.address.next = self.head_address.val();
        self.entry.next = self.item.q.val().get_bits::<16>(0);
        self.value.next = self.row1.q.val();
        self.nonce.next = self.head.q.val().get_value_limb3();
        self.code_hash.next = self.no_code.val();
        self.code.next = self.zero64.val();
        if self.code_bytes.val().any() {
            self.code_hash.next = self.row2.q.val();
            self.code.next = self.row3.q.val().get_value_limb0();
        }

        // Record.
        self.change_value.next = self.is_slot.val() | (self.changed.val().get_bit(0) & (!self.destroyed.val()));
        self.change_nonce.next = self.account.val() & self.changed.val().get_bit(1) & (!self.destroyed.val());
        self.change_code.next = self.account.val() & self.changed.val().get_bit(2) & (!self.destroyed.val());
        self.change_gone.next = self.account.val() & self.changed.val().get_bit(3) & (!self.found_exists.val());
        self.reports_value.next = self.change_value.val() & self.account.val();
        self.clears.next = self.destroyed.val() & (!self.created.val());
        self.record_flags.next = (bits_w256(self.reports_value.val()) << 8_u64)
            | (bits_w256(self.change_nonce.val()) << 9_u64)
            | (bits_w256(self.change_code.val()) << 10_u64)
            | (bits_w256(self.change_gone.val()) << 12_u64)
            | (bits_w256(self.clears.val()) << 13_u64);
        self.record_code.next = self.zero64.val();
        if self.change_code.val() {
            self.record_code.next = self.found_code.val();
        }
        self.code_handle.next = self.record_code.val().get_bits::<32>(32);
        self.code_size.next = self.record_code.val().get_bits::<32>(0);
        self.beat.next = bits_w256(self.kind.val())
            | self.record_flags.val()
            | (bits_w256(self.head_address.val()) << 32_u64)
            | (bits_w256(self.code_handle.val()) << 192_u64)
            | (bits_w256(self.code_size.val()) << 224_u64);
        match self.step.q.val().index() {
            0 => {}
            1 => {
                self.beat.next = self.slot_key.val();
                if self.change_code.val() {
                    self.beat.next = self.found_code_hash.val();
                }
            }
            2 => {
                self.beat.next = self.zero256.val();
                if self.change_value.val() {
                    self.beat.next = self.found_value.val();
                }
            }
            _ => {
                self.beat.next = self.zero256.val();
                if self.change_nonce.val() {
                    self.beat.next = bits_w256(self.found_nonce.val());
                }
            }
        }

        // Defaults of what the states decide.
        self.busy.next = true;
        self.done.next = false;
        self.counted.next = false;
        self.table_valid.next = false;
        self.request.next = false;
        self.gather.next = false;
        self.beat_valid.next = false;
        self.row.next = self.item_next.val() << bits::<16>(2);
        self.keeps.next = false;
        self.skips.next = false;
        self.pushes.next = false;
        self.push_gone.next = false;
        self.item_data.next =
            (self.item.q.val() & bits::<32>(0xffff_0000_u64)) | bit_cast::<32, 16>(self.found_entry.val());

        match self.state.q.val() {
            State::Idle => {
                self.busy.next = false;
                self.index.d.next = bits::<16>(0);
                self.scanned.d.next = false;
                self.at.d.next = bits::<16>(0);
                self.kept.d.next = bits::<16>(0);
                self.gone_count.d.next = bits::<16>(0);
                if self.start.val() {
                    self.incomplete.d.next = false;
                    self.ended.d.next = bits::<8>(0);
                    self.step.d.next = bits::<2>(0);
                    self.state.d.next = State::Scan;
                }
            }
            State::Scan => {
                self.row.next = self.index.q.val() << bits::<16>(2);
                self.scanned.d.next = self.more.val();
                self.scanned_index.d.next = self.index.q.val();
                self.item_data.next = bit_cast::<32, 16>(self.scanned_index.q.val()) << bits::<32>(16);
                if self.read_slot.val() {
                    self.item_data.next = (bit_cast::<32, 16>(self.scanned_index.q.val()) << bits::<32>(16))
                        | bits::<32>(0x8000_0000_u64);
                }
                if self.more.val() {
                    self.index.d.next = self.index.q.val() + bits::<16>(1);
                }
                if self.scanned.q.val() {
                    self.pushes.next = (self.read_account.val() | self.read_slot.val()) & self.read_changes.val();
                    self.push_gone.next = self.read_gone.val();
                }
                if !(self.more.val() | self.scanned.q.val()) {
                    self.pass.d.next = bits::<3>(1);
                    self.total.d.next = self.kept.q.val();
                    self.kept.d.next = bits::<16>(0);
                    self.state.d.next = State::Next;
                }
            }

            State::Next => {
                self.gone_at.d.next = bits::<16>(0);
                self.state.d.next = State::Item;
                if self.at.q.val() == self.total.q.val() {
                    self.at.d.next = bits::<16>(0);
                    self.pass.d.next = self.pass.q.val() + bits::<3>(1);
                    self.state.d.next = State::Next;
                    match self.pass.q.val().index() {
                        1 => {
                            self.total.d.next = self.kept.q.val();
                            self.kept.d.next = bits::<16>(0);
                            if self.incomplete.q.val() {
                                self.state.d.next = State::End;
                            }
                        }
                        2 => {
                            self.total.d.next = self.kept.q.val();
                            self.state.d.next = State::Counted;
                        }
                        3 => {}
                        4 => {
                            if !self.gone_count.q.val().any() {
                                self.state.d.next = State::End;
                            }
                        }
                        _ => {
                            self.state.d.next = State::End;
                        }
                    }
                }
            }
            State::Item => {
                self.item.d.next = self.items.data.val();
                self.row.next = self.item_index.val() << bits::<16>(2);
                self.state.d.next = State::Row1;
                // Accounts are written first, then slots.
                self.skips.next = (self.writes_accounts.val() & self.item_slot.val())
                    | (self.writes_slots.val() & (!self.item_slot.val()));
            }
            State::Row1 => {
                self.head.d.next = self.drain_data.val();
                self.row.next = (self.item_next.val() << bits::<16>(2)) | bits::<16>(1);
                self.state.d.next = State::Row2;
            }
            State::Row2 => {
                self.row1.d.next = self.drain_data.val();
                self.row.next = (self.item_next.val() << bits::<16>(2)) | bits::<16>(2);
                self.state.d.next = State::Row3;
            }
            State::Row3 => {
                self.row2.d.next = self.drain_data.val();
                self.row.next = (self.item_next.val() << bits::<16>(2)) | bits::<16>(3);
                self.state.d.next = State::Row4;
            }
            State::Row4 => {
                self.row3.d.next = self.drain_data.val();
                self.state.d.next = State::Decide;
            }
            State::Decide => {
                self.state.d.next = State::Table;
                match self.pass.q.val().index() {
                    1 => {
                        if self.is_slot.val() {
                            if self.gone_count.q.val().any() {
                                self.state.d.next = State::Gone1;
                            }
                        } else {
                            self.skips.next = !self.concerned.val();
                        }
                    }
                    2 => {}
                    3 => {}
                    4 => {}
                    _ => {
                        self.skips.next = !self.clears.val();
                    }
                }
            }

            State::Gone1 => {
                self.state.d.next = State::Gone2;
            }
            State::Gone2 => {
                self.row.next = self.gone.data.val() << bits::<16>(2);
                self.gone_at.d.next = self.gone_at.q.val() + bits::<16>(1);
                self.state.d.next = State::Gone3;
            }
            State::Gone3 => {
                self.state.d.next = State::Gone1;
                if self.gone_at.q.val() == self.gone_count.q.val() {
                    self.state.d.next = State::Table;
                }
                // The slot goes with its account.
                self.skips.next = self.same_address.val();
            }

            State::Table => {
                self.table_valid.next = true;
                if self.table_ready.val() {
                    match self.pass.q.val().index() {
                        1 => match self.outcome.val().index() {
                            0 => {
                                self.keeps.next = true;
                                self.skips.next = true;
                            }
                            1 => {
                                self.incomplete.d.next = true;
                                self.state.d.next = State::Post;
                            }
                            2 => {
                                self.incomplete.d.next = true;
                                self.skips.next = true;
                            }
                            3 => {
                                self.ended.d.next = bits::<8>(19);
                                self.incomplete.d.next = false;
                                self.state.d.next = State::End;
                            }
                            _ => {
                                self.ended.d.next = bits::<8>(13);
                                self.incomplete.d.next = false;
                                self.state.d.next = State::End;
                            }
                        },
                        2 => {
                            self.skips.next = true;
                            if self.outcome.val().any() {
                                self.skips.next = false;
                                self.ended.d.next = bits::<8>(16);
                                self.state.d.next = State::End;
                            } else if self.destroyed.val() {
                                self.keeps.next = self.changed.val().get_bit(3);
                            } else {
                                self.keeps.next = self.changed.val().any();
                            }
                        }
                        5 => {
                            self.gather.next = true;
                            self.skips.next = true;
                        }
                        _ => {
                            self.gather.next = true;
                            self.state.d.next = State::Beat;
                        }
                    }
                }
            }
            State::Post => {
                self.request.next = true;
                self.skips.next = self.request_ready.val();
            }
            State::Counted => {
                self.counted.next = true;
                if self.refuse.val() {
                    self.ended.d.next = bits::<8>(12);
                    self.state.d.next = State::End;
                } else if self.proceed.val() {
                    self.state.d.next = State::Next;
                }
            }
            State::Beat => {
                self.beat_valid.next = true;
                if self.beat_ready.val() {
                    self.step.d.next = self.step.q.val() + bits::<2>(1);
                    self.skips.next = self.step.q.val() == bits::<2>(3);
                }
            }
            State::End => {
                self.done.next = true;
                self.state.d.next = State::Idle;
            }
        }
        if self.skips.val() {
            self.at.d.next = self.at.q.val() + bits::<16>(1);
            self.state.d.next = State::Next;
        }
        if self.keeps.val() | self.pushes.val() {
            self.kept.d.next = self.kept.q.val() + bits::<16>(1);
        }
        if self.push_gone.val() {
            self.gone_count.d.next = self.gone_count.q.val() + bits::<16>(1);
        }

        self.items.address.next = self.at.q.val();
        self.items.read.next = true;
        self.items.write.next = self.keeps.val() | self.pushes.val();
        self.items.write_address.next = self.kept.q.val();
        self.items.write_data.next = self.item_data.val();
        self.gone.address.next = self.gone_at.q.val();
        self.gone.read.next = true;
        self.gone.write.next = self.push_gone.val();
        self.gone.write_address.next = self.gone_count.q.val();
        self.gone.write_data.next = self.scanned_index.q.val();
        self.drain_row.next = self.row.val();
        self.waits.next = self.incomplete.q.val();
        self.reason.next = self.ended.q.val();
        self.changes.next = self.total.q.val();
    }
}
