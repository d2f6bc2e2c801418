//! The access unit: table, index, undo log and state port of one lane.
//!
//! Algorithm: entries of all kinds stand in one RAM of 256-bit rows, four an entry ([`super::layout`]), in order of first
//! touch. An index with open addressing and twice as many places finds them by address and slot; its places carry the
//! generation of the attempt, so forgetting everything takes one cycle, and a sweep only when generations run out. Row 0 of
//! the entry at hand is split over registers (address, flags, nonce) and is written back a cycle after they change.
//! Additions to balances go 64 bits a cycle. What must be read from committed state is asked for at the state port, and
//! the operation then looks at the entry anew. Each change pushes an undo record: the old contents of a row, or what was
//! added, beside a tag of kind and entry.
//!
//! The last entry is no entry: row 0 is the zero slot in keys of accounts, rows 1 and 3 keep the last block hash.
//! So there is room for 2^`ENTRY_BITS` - 1 entries, and for 2^`UNDO_BITS` undo records.
//!
//! Handshake: `start` in a cycle without `busy` takes the operation, otherwise it is ignored. `done` is up for one cycle with
//! `result`, `cold` and `outcome`, which stay until the next start; a start in the cycle of `done` is taken, unless the operation
//! has changed row 0, which is written back then (`busy`). `state_request` is
//! held with a key until a cycle with `state_valid`. `clear` beats everything else, ends an operation and drops its request;
//! `busy` follows if it starts a sweep. Environment registers follow the port of the environment and survive `clear`; a start
//! sees what was written in earlier cycles. While idle without `start`, `drain_data` is the row of `drain_row` of the cycle before.
//!
//! Latency: that of [`super::model`], 4 to 7 cycles for most operations, plus the wait for state. Reset: none; the unit
//! starts idle and empty.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use crate::{
    leaf::Ram,
    word::{W64, W65, W160, W256, bits_w64, bits_w65, bits_w160, bits_w256},
};

/// Where the unit stands in an operation.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
enum State {
    Idle,
    /// Frees the places of the index, one a cycle.
    Sweep,
    // Lookup: place of the key, place in the index, rows 0, 3 and 1 of the entry.
    Hash,
    Probe,
    Look1,
    Look2,
    Look3,
    // A new entry.
    Miss,
    Miss2,
    Miss3,
    // An entry by its handle; its row 0 is addressed as the operation starts.
    Handle1,
    Handle2,
    /// The entry is in the registers, its row `second` in `row`: what the operation does with it.
    Evaluate,
    Warm,
    Write,
    // SETCODE: row 3 on its way, record and hash, handle.
    Code1,
    Code2,
    Code3,
    /// SETCODE keeps its operands beyond the end of the undo log while it asks for the old code.
    Stash,
    Credit1,
    Credit2,
    Add,
    Sum,
    // Whether a balance is zero.
    Empty1,
    Empty2,
    // The row that was addressed becomes the result.
    Fetch1,
    Fetch2,
    Precompile,
    // First read of a slot: has this transaction created its account?
    NeedSlot,
    Restore1,
    Restore2,
    Restore3,
    // State port.
    Ask,
    HeadWait,
    AskRow,
    AskWait,
    Supply,
    Supply2,
    Reload1,
    Reload2,
    Block1,
    Block2,
    // Undo, record by record.
    UndoStart,
    UndoCheck,
    UndoApply,
    UndoCode,
    UndoWait,
    UndoHead,
}

/// The unit, with room for 2^`ENTRY_BITS` - 1 entries and 2^`UNDO_BITS` undo records.
#[derive(LogicBlock)]
pub struct AccessUnit<const ENTRY_BITS: usize, const UNDO_BITS: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// An attempt begins: everything is forgotten.
    pub clear: Signal<In, Bit>,
    /// Take the operation.
    pub start: Signal<In, Bit>,
    /// Operation: number of an [`AccessOp`](super::layout::AccessOp).
    pub op: Signal<In, Bits<4>>,
    /// Address, slot, handle, block number, or mark.
    pub a: Signal<In, W256>,
    /// Value, amount or hash.
    pub b: Signal<In, W256>,
    /// SETCODE: code handle << 32 | bytes.
    pub packed_code: Signal<In, W64>,
    /// GET, SET: number of a `gaslane_abi::isa::Field`, but not `Delegate`.
    pub field: Signal<In, Bits<4>>,
    /// Whether an operation or a sweep is under way.
    pub busy: Signal<Out, Bit>,
    /// Whether the operation has ended since this cycle.
    pub done: Signal<Out, Bit>,
    /// Handle or value; meaningless if the operation has none, or unless `outcome` is 0.
    pub result: Signal<Out, W256>,
    /// Whether the entry was cold and has become warm.
    pub cold: Signal<Out, Bit>,
    /// 0, the number of an escape, or 0x80 for a wrong handle or field.
    pub outcome: Signal<Out, Bits<8>>,
    /// An environment word is written.
    pub env_write: Signal<In, Bit>,
    /// Which.
    pub env_index: Signal<In, Bits<7>>,
    /// Its value.
    pub env_data: Signal<In, W256>,
    /// Whether the transaction is the head.
    pub is_head: Signal<In, Bit>,
    /// Whether a read of the beneficiary's balance waits for that.
    pub head_wait: Signal<Out, Bit>,
    /// Whether a committed value is asked for.
    pub state_request: Signal<Out, Bit>,
    /// Kind of its key: number of a `gaslane_abi::codes::KeyKind`.
    pub state_kind: Signal<Out, Bits<2>>,
    /// Account of the key, 0 for a block hash.
    pub state_address: Signal<Out, W160>,
    /// Slot of the key, or number of the block; 0 for an account.
    pub state_slot: Signal<Out, W256>,
    /// What of it: 0 balance or value or hash, 1 nonce, 2 code.
    pub state_field: Signal<Out, Bits<2>>,
    /// Whether this is the answer.
    pub state_valid: Signal<In, Bit>,
    /// Balance, value, block hash or code hash; a nonce in the lowest limb.
    pub state_value: Signal<In, W256>,
    /// Code handle << 32 | bytes.
    pub state_code: Signal<In, W64>,
    /// Number of undo records.
    pub mark: Signal<Out, Bits<16>>,
    /// Whether a balance that was read exceeded 256 bits with its credits.
    pub overflow: Signal<Out, Bit>,
    /// Number of entries.
    pub entries: Signal<Out, Bits<16>>,
    /// Row to read while idle: entry × 4 + row.
    pub drain_row: Signal<In, Bits<16>>,
    /// That row, a cycle later.
    pub drain_data: Signal<Out, W256>,

    // Sizes.
    last_entry: Constant<Bits<16>>,
    last_place: Constant<Bits<16>>,
    undo_room: Constant<Bits<16>>,
    zero160: Constant<W160>,
    zero64: Constant<W64>,
    zero256: Constant<W256>,
    one64: Constant<W64>,
    ones64: Constant<W64>,

    // Memories.
    rows: Ram<W256, ENTRY_BITS, 2>,
    places: Ram<Bits<24>, ENTRY_BITS, 1>,
    undo_values: Ram<W256, UNDO_BITS, 0>,
    undo_limbs: Ram<W64, UNDO_BITS, 0>,
    undo_tags: Ram<Bits<20>, UNDO_BITS, 0>,

    // Environment.
    env_address: DFF<W160>,
    beneficiary: DFF<W160>,
    number: DFF<W64>,
    precompile_last: DFF<Bits<32>>,
    precompile_extra: DFF<Bits<32>>,
    env_high: Signal<Local, W256>,
    env_low32: Signal<Local, Bits<32>>,

    // Operation.
    state: DFF<State>,
    current: DFF<Bits<4>>,
    current_field: DFF<Bits<4>>,
    by_slot: Signal<Local, Bit>,
    open_kind: Signal<Local, Bits<2>>,
    key_kind: Signal<Local, Bits<2>>,
    second: Signal<Local, Bits<2>>,
    field_kind: Signal<Local, Bits<2>>,
    handle_kind: Signal<Local, Bits<2>>,
    common_kind: Signal<Local, Bits<2>>,
    kind_fits: Signal<Local, Bit>,
    value_entry: Signal<Local, Bits<32>>,
    entries32: Signal<Local, Bits<32>>,
    entry_out: Signal<Local, Bit>,
    handle: Signal<Local, W64>,
    writes_value: Signal<Local, Bit>,
    writes_balance: Signal<Local, Bit>,
    is_extcodehash: Signal<Local, Bit>,
    idle: Signal<Local, Bit>,
    sweeping: Signal<Local, Bit>,
    /// Operand `a`, then the result.
    value: DFF<W256>,
    /// Operand `b`, what state or the undo log gave, or a sum.
    other: DFF<W256>,
    /// The code handle and size, or nonce, beside `other`; 0 unless needed.
    limb: DFF<W64>,
    finished: DFF<Bit>,
    was_cold: DFF<Bit>,
    ended: DFF<Bits<8>>,

    // The entry at hand.
    entry: DFF<Bits<16>>,
    saved_entry: DFF<Bits<16>>,
    address: DFF<W160>,
    flags: DFF<Bits<16>>,
    nonce: DFF<W64>,
    /// Row 0 is written from the registers in this cycle.
    head_write: DFF<Bit>,
    head: Signal<Local, W256>,
    kind: Signal<Local, Bits<2>>,
    row: DFF<W256>,
    row_kind: Signal<Local, Bits<2>>,
    row_address: Signal<Local, W160>,
    row_flags: Signal<Local, Bits<16>>,
    row_matches: Signal<Local, Bit>,
    row_low32: Signal<Local, Bits<32>>,
    warm: Signal<Local, Bit>,
    touched: Signal<Local, Bit>,
    value_known: Signal<Local, Bit>,
    nonce_known: Signal<Local, Bit>,
    code_known: Signal<Local, Bit>,
    matched: DFF<Bit>,
    bad: DFF<Bit>,
    /// The lookup is for the account of a slot that is read first.
    looking: DFF<Bit>,
    was_created: DFF<Bit>,

    // Facts about registers, a cycle late.
    value_high: DFF<Bit>,
    above32: Signal<Local, W256>,
    above64: Signal<Local, W256>,
    other_above: Signal<Local, W256>,
    other_high: DFF<Bit>,
    other_any: DFF<Bit>,
    row_any: DFF<Bit>,
    address_above: Signal<Local, W160>,
    address_low: Signal<Local, Bits<32>>,
    address_short: DFF<Bit>,
    address_any: DFF<Bit>,
    address_up_to_last: DFF<Bit>,
    address_extra: DFF<Bit>,
    address_three: DFF<Bit>,
    is_precompile: Signal<Local, Bit>,
    sticky: Signal<Local, Bit>,
    is_beneficiary: DFF<Bit>,

    // Table.
    entries_used: DFF<Bits<16>>,
    created: DFF<Bits<16>>,
    exceeded: DFF<Bit>,
    full: Signal<Local, Bit>,
    row_base: Signal<Local, Bits<16>>,
    row_number: Signal<Local, Bits<2>>,
    row_write: Signal<Local, Bit>,
    write_number: Signal<Local, Bits<2>>,
    /// What is written: 0 row 0, 1 `value`, 2 `other`, 3 `limb`.
    write_from: Signal<Local, Bits<2>>,
    write_value: Signal<Local, W256>,
    /// What `value` becomes: 0 itself, 1 `a`, 2 `row`, 3 `other`, 4 `short`.
    value_from: Signal<Local, Bits<3>>,
    short: Signal<Local, W64>,
    /// What `other` becomes: 0 itself, 1 `b`, 2 state, 3 undo record, 4 the next limb of a sum enters at the top.
    other_from: Signal<Local, Bits<3>>,
    /// What `limb` becomes: 0 itself, 1 `packed_code`, 2 state, 3 undo record, 4 zero.
    limb_from: Signal<Local, Bits<3>>,
    /// What `address` becomes: 0 itself, 1 from `a`, 2 ADDRESS, 3 that of row 0 in `row`, 4 zero.
    address_from: Signal<Local, Bits<3>>,
    /// Flags and nonce become those of row 0 in `row`.
    take_head: Signal<Local, Bit>,
    /// Flags begin anew.
    new_head: Signal<Local, Bit>,
    flag_base: Signal<Local, Bits<16>>,
    flag_set: Signal<Local, Bits<16>>,
    flag_clear: Signal<Local, Bits<16>>,
    /// What `nonce` becomes: 0 itself, or what `take_head` says, 2 `limb`, 3 the lowest limb of `other`, 4 all ones, 5 zero.
    nonce_from: Signal<Local, Bits<3>>,
    /// The operation ends.
    ends: Signal<Local, Bit>,
    end_as: Signal<Local, Bits<8>>,
    /// The account is not empty.
    fills: Signal<Local, Bit>,
    /// The row that is addressed holds the slot of the key.
    key_row: Signal<Local, Bit>,

    // Index.
    generation: DFF<Bits<8>>,
    tag: Signal<Local, Bits<8>>,
    place: DFF<Bits<16>>,
    slot_fold: Signal<Local, W64>,
    slot_hash: Signal<Local, Bits<16>>,
    address_fold: Signal<Local, Bits<16>>,
    mixed: Signal<Local, Bits<16>>,
    hash: Signal<Local, Bits<16>>,
    place_address: Signal<Local, Bits<16>>,
    place_write: Signal<Local, Bit>,
    place_data: Signal<Local, Bits<24>>,
    place_tag: Signal<Local, Bits<8>>,
    place_entry: Signal<Local, Bits<16>>,
    next_place: Signal<Local, Bits<16>>,
    live: Signal<Local, Bit>,

    // Undo log.
    records: DFF<Bits<16>>,
    undo_full: Signal<Local, Bit>,
    undo_kind: DFF<Bits<4>>,
    undo_address: Signal<Local, Bits<16>>,
    undo_write: Signal<Local, Bit>,
    /// The record is needed in the next cycle. It is zero in all others, so that `other` and `limb` take it by an or.
    undo_read: Signal<Local, Bit>,
    push: Signal<Local, Bits<4>>,
    push_limb: Signal<Local, W64>,
    push_tag: Signal<Local, Bits<20>>,
    target: Signal<Local, Bits<32>>,
    records32: Signal<Local, Bits<32>>,
    target_below: Signal<Local, Bit>,

    // Adder.
    subtracts: Signal<Local, Bit>,
    step: DFF<Bits<2>>,
    carry: DFF<Bit>,
    carry_in: Signal<Local, Bit>,
    x: Signal<Local, W64>,
    y: Signal<Local, W64>,
    sum: Signal<Local, W65>,
    sum_low: Signal<Local, W64>,
    other_next: Signal<Local, W256>,
    limb_next: Signal<Local, W64>,

    // State port.
    request: DFF<Bit>,
    asking: DFF<Bits<2>>,
    asks_value: Signal<Local, Bit>,
    is_account_key: Signal<Local, Bit>,
    block_distance: DFF<W64>,
    block_ahead: DFF<Bit>,
    block_difference: Signal<Local, W65>,
    block_high: Signal<Local, W64>,
    value_wide: DFF<Bit>,
    block_in_reach: Signal<Local, Bit>,
    known_distance: DFF<Bits<8>>,
    hash_known: DFF<Bit>,
    distance: Signal<Local, Bits<8>>,
    same_distance: Signal<Local, Bit>,
}

impl<const ENTRY_BITS: usize, const UNDO_BITS: usize> Default for AccessUnit<ENTRY_BITS, UNDO_BITS> {
    fn default() -> Self {
        const { assert!(ENTRY_BITS >= 2 && ENTRY_BITS <= 14 && UNDO_BITS >= 1 && UNDO_BITS <= 15, "addresses have 16 bits") };
        Self {
            clock: Default::default(),
            clear: Default::default(),
            start: Default::default(),
            op: Default::default(),
            a: Default::default(),
            b: Default::default(),
            packed_code: Default::default(),
            field: Default::default(),
            busy: Default::default(),
            done: Default::default(),
            result: Default::default(),
            cold: Default::default(),
            outcome: Default::default(),
            env_write: Default::default(),
            env_index: Default::default(),
            env_data: Default::default(),
            is_head: Default::default(),
            head_wait: Default::default(),
            state_request: Default::default(),
            state_kind: Default::default(),
            state_address: Default::default(),
            state_slot: Default::default(),
            state_field: Default::default(),
            state_valid: Default::default(),
            state_value: Default::default(),
            state_code: Default::default(),
            mark: Default::default(),
            overflow: Default::default(),
            entries: Default::default(),
            drain_row: Default::default(),
            drain_data: Default::default(),
            last_entry: Constant::new(((1_u64 << ENTRY_BITS) - 1).into()),
            last_place: Constant::new(((2_u64 << ENTRY_BITS) - 1).into()),
            undo_room: Constant::new((1_u64 << UNDO_BITS).into()),
            zero160: Constant::new(W160::ZERO),
            zero64: Constant::new(W64::ZERO),
            zero256: Constant::new(W256::ZERO),
            one64: Constant::new(W64::from_limbs([1])),
            ones64: Constant::new(W64::MAX),
            rows: Default::default(),
            places: Ram::new(ENTRY_BITS + 8),
            undo_values: Default::default(),
            undo_limbs: Default::default(),
            undo_tags: Ram::new(ENTRY_BITS + 4),
            env_address: Default::default(),
            beneficiary: Default::default(),
            number: Default::default(),
            precompile_last: Default::default(),
            precompile_extra: Default::default(),
            env_high: Default::default(),
            env_low32: Default::default(),
            state: Default::default(),
            current: Default::default(),
            current_field: Default::default(),
            by_slot: Default::default(),
            open_kind: Default::default(),
            key_kind: Default::default(),
            second: Default::default(),
            field_kind: Default::default(),
            handle_kind: Default::default(),
            common_kind: Default::default(),
            kind_fits: Default::default(),
            value_entry: Default::default(),
            entries32: Default::default(),
            entry_out: Default::default(),
            handle: Default::default(),
            writes_value: Default::default(),
            writes_balance: Default::default(),
            is_extcodehash: Default::default(),
            idle: Default::default(),
            sweeping: Default::default(),
            value: Default::default(),
            other: Default::default(),
            limb: Default::default(),
            finished: Default::default(),
            was_cold: Default::default(),
            ended: Default::default(),
            entry: Default::default(),
            saved_entry: Default::default(),
            address: Default::default(),
            flags: Default::default(),
            nonce: Default::default(),
            head_write: Default::default(),
            head: Default::default(),
            kind: Default::default(),
            row: Default::default(),
            row_kind: Default::default(),
            row_address: Default::default(),
            row_flags: Default::default(),
            row_matches: Default::default(),
            row_low32: Default::default(),
            warm: Default::default(),
            touched: Default::default(),
            value_known: Default::default(),
            nonce_known: Default::default(),
            code_known: Default::default(),
            matched: Default::default(),
            bad: Default::default(),
            looking: Default::default(),
            was_created: Default::default(),
            value_high: Default::default(),
            above32: Default::default(),
            above64: Default::default(),
            other_above: Default::default(),
            other_high: Default::default(),
            other_any: Default::default(),
            row_any: Default::default(),
            address_above: Default::default(),
            address_low: Default::default(),
            address_short: Default::default(),
            address_any: Default::default(),
            address_up_to_last: Default::default(),
            address_extra: Default::default(),
            address_three: Default::default(),
            is_precompile: Default::default(),
            sticky: Default::default(),
            is_beneficiary: Default::default(),
            entries_used: Default::default(),
            created: Default::default(),
            exceeded: Default::default(),
            full: Default::default(),
            row_base: Default::default(),
            row_number: Default::default(),
            row_write: Default::default(),
            write_number: Default::default(),
            write_from: Default::default(),
            write_value: Default::default(),
            value_from: Default::default(),
            short: Default::default(),
            other_from: Default::default(),
            limb_from: Default::default(),
            address_from: Default::default(),
            take_head: Default::default(),
            new_head: Default::default(),
            flag_base: Default::default(),
            flag_set: Default::default(),
            flag_clear: Default::default(),
            nonce_from: Default::default(),
            ends: Default::default(),
            end_as: Default::default(),
            fills: Default::default(),
            key_row: Default::default(),
            generation: Default::default(),
            tag: Default::default(),
            place: Default::default(),
            slot_fold: Default::default(),
            slot_hash: Default::default(),
            address_fold: Default::default(),
            mixed: Default::default(),
            hash: Default::default(),
            place_address: Default::default(),
            place_write: Default::default(),
            place_data: Default::default(),
            place_tag: Default::default(),
            place_entry: Default::default(),
            next_place: Default::default(),
            live: Default::default(),
            records: Default::default(),
            undo_full: Default::default(),
            undo_kind: Default::default(),
            undo_address: Default::default(),
            undo_write: Default::default(),
            undo_read: Default::default(),
            push: Default::default(),
            push_limb: Default::default(),
            push_tag: Default::default(),
            target: Default::default(),
            records32: Default::default(),
            target_below: Default::default(),
            subtracts: Default::default(),
            step: Default::default(),
            carry: Default::default(),
            carry_in: Default::default(),
            x: Default::default(),
            y: Default::default(),
            sum: Default::default(),
            sum_low: Default::default(),
            other_next: Default::default(),
            limb_next: Default::default(),
            request: Default::default(),
            asking: Default::default(),
            asks_value: Default::default(),
            is_account_key: Default::default(),
            block_distance: Default::default(),
            block_ahead: Default::default(),
            block_difference: Default::default(),
            block_high: Default::default(),
            value_wide: Default::default(),
            block_in_reach: Default::default(),
            known_distance: Default::default(),
            hash_known: Default::default(),
            distance: Default::default(),
            same_distance: Default::default(),
        }
    }
}

impl<const ENTRY_BITS: usize, const UNDO_BITS: usize> Logic for AccessUnit<ENTRY_BITS, UNDO_BITS> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            env_address,
            beneficiary,
            number,
            precompile_last,
            precompile_extra,
            state,
            current,
            current_field,
            value,
            other,
            limb,
            finished,
            was_cold,
            ended,
            entry,
            saved_entry,
            address,
            flags,
            nonce,
            head_write,
            row,
            matched,
            bad,
            looking,
            was_created,
            value_high,
            other_high,
            other_any,
            row_any,
            address_short,
            address_any,
            address_up_to_last,
            address_extra,
            address_three,
            is_beneficiary,
            entries_used,
            created,
            exceeded,
            generation,
            place,
            records,
            undo_kind,
            step,
            carry,
            request,
            asking,
            block_distance,
            block_ahead,
            value_wide,
            known_distance,
            hash_known
        );
        clock!(self, clock, rows, places, undo_values, undo_limbs, undo_tags);

        // Environment.
        self.env_high.next = self.env_data.val() >> 32_u64;
        self.env_low32.next = self.env_data.val().get_bits::<32>(0);
        if self.env_high.val().any() {
            self.env_low32.next = bits::<32>(0xffff_ffff_u64);
        }
        if self.env_write.val() {
            match self.env_index.val().index() {
                16 => {
                    self.beneficiary.d.next = bits_w160(self.env_data.val());
                }
                18 => {
                    self.number.d.next = self.env_data.val().get_value_limb0();
                    self.hash_known.d.next = false;
                }
                45 => {
                    self.precompile_last.d.next = self.env_low32.val();
                }
                46 => {
                    self.precompile_extra.d.next = self.env_low32.val();
                }
                64 => {
                    self.env_address.d.next = bits_w160(self.env_data.val());
                }
                _ => {}
            }
        }

        // What the operation and its field mean.
        self.by_slot.next = false;
        self.open_kind.next = bits::<2>(1);
        self.second.next = bits::<2>(1);
        self.field_kind.next = bits::<2>(0);
        match self.current.q.val().index() {
            1 => {
                self.by_slot.next = true;
                self.open_kind.next = bits::<2>(2);
            }
            2 => {
                self.by_slot.next = true;
                self.open_kind.next = bits::<2>(2);
            }
            3 => {
                self.by_slot.next = true;
                self.open_kind.next = bits::<2>(3);
            }
            4 => {
                self.by_slot.next = true;
                self.open_kind.next = bits::<2>(3);
            }
            6 => {
                self.field_kind.next = bits::<2>(3);
            }
            7 => match self.current_field.q.val().index() {
                2 => {
                    self.field_kind.next = bits::<2>(1);
                    self.second.next = bits::<2>(3);
                }
                3 => {
                    self.field_kind.next = bits::<2>(1);
                    self.second.next = bits::<2>(3);
                }
                4 => {
                    self.field_kind.next = bits::<2>(1);
                    self.second.next = bits::<2>(3);
                }
                5 => {
                    self.field_kind.next = bits::<2>(0);
                }
                8 => {
                    self.field_kind.next = bits::<2>(2);
                }
                9 => {
                    self.field_kind.next = bits::<2>(2);
                    self.second.next = bits::<2>(2);
                }
                11 => {
                    self.field_kind.next = bits::<2>(0);
                }
                12 => {
                    self.field_kind.next = bits::<2>(0);
                }
                13 => {
                    self.field_kind.next = bits::<2>(0);
                }
                14 => {
                    self.field_kind.next = bits::<2>(0);
                }
                15 => {
                    self.field_kind.next = bits::<2>(0);
                }
                _ => {
                    self.field_kind.next = bits::<2>(1);
                }
            },
            8 => match self.current_field.q.val().index() {
                0 => {
                    self.field_kind.next = bits::<2>(1);
                }
                1 => {
                    self.field_kind.next = bits::<2>(1);
                }
                6 => {
                    self.field_kind.next = bits::<2>(1);
                }
                7 => {
                    self.field_kind.next = bits::<2>(1);
                }
                8 => {
                    self.field_kind.next = bits::<2>(2);
                }
                _ => {
                    self.field_kind.next = bits::<2>(0);
                }
            },
            9 => {
                self.field_kind.next = bits::<2>(1);
            }
            11 => {
                self.field_kind.next = bits::<2>(1);
                self.second.next = bits::<2>(2);
            }
            12 => {
                self.field_kind.next = bits::<2>(1);
                self.second.next = bits::<2>(3);
            }
            _ => {}
        }
        if self.looking.q.val() {
            self.open_kind.next = bits::<2>(1);
        }

        // The entry: what stands in the registers and what comes from the RAM.
        self.kind.next = self.flags.q.val().get_bits::<2>(0);
        self.key_kind.next = bits::<2>(1);
        if self.kind.val() == bits::<2>(2) {
            self.key_kind.next = bits::<2>(2);
        }
        if self.current.q.val() == bits::<4>(10) {
            self.key_kind.next = bits::<2>(3);
        }
        self.head.next = bits_w256(self.address.q.val())
            | (bits_w256(self.flags.q.val()) << 160_u64)
            | (bits_w256(self.nonce.q.val()) << 192_u64);
        self.row.d.next = self.rows.data.val();
        self.row_flags.next = self.row.q.val().get_bits::<16>(160);
        self.row_kind.next = self.row.q.val().get_bits::<2>(160);
        self.row_address.next = bits_w160(self.row.q.val());
        self.row_matches.next =
            (self.row_address.val() == self.address.q.val()) & (self.row_kind.val() == self.open_kind.val());
        self.row_low32.next = self.row.q.val().get_bits::<32>(0);
        self.handle_kind.next = bits::<2>(1);
        if self.value.q.val().get_bit(0) {
            self.handle_kind.next = bits::<2>(2);
        }
        self.common_kind.next = self.handle_kind.val() & self.field_kind.val();
        self.kind_fits.next = self.row_kind.val() == self.handle_kind.val();
        self.value_entry.next = self.value.q.val().get_bits::<32>(1) & bits::<32>(0x7fff_ffff_u64);
        self.entries32.next = bit_cast::<32, 16>(self.entries_used.q.val());
        self.above32.next = self.value.q.val() >> 32_u64;
        self.value_high.d.next = self.above32.val().any();
        self.other_above.next = self.other.q.val() >> 64_u64;
        self.other_high.d.next = self.other_above.val().any();
        self.other_any.d.next = self.other.q.val().any();
        self.row_any.d.next = self.row.q.val().any();
        self.address_low.next = self.address.q.val().get_bits::<32>(0);
        self.address_above.next = self.address.q.val() >> 32_u64;
        self.address_short.d.next = !self.address_above.val().any();
        self.address_any.d.next = self.address_low.val().any();
        self.address_up_to_last.d.next = self.address_low.val() <= self.precompile_last.q.val();
        self.address_extra.d.next = self.address_low.val() == self.precompile_extra.q.val();
        self.address_three.d.next = self.address_low.val() == bits::<32>(3);
        self.is_precompile.next = self.address_short.q.val()
            & self.address_any.q.val()
            & (self.address_up_to_last.q.val() | self.address_extra.q.val());
        self.sticky.next = self.address_short.q.val() & self.address_three.q.val();
        self.is_beneficiary.d.next = self.address.q.val() == self.beneficiary.q.val();
        self.warm.next = self.flags.q.val().get_bit(2);
        self.touched.next = self.flags.q.val().get_bit(3);
        self.value_known.next = self.flags.q.val().get_bit(4);
        self.nonce_known.next = self.flags.q.val().get_bit(6);
        self.code_known.next = self.flags.q.val().get_bit(8);
        self.full.next = self.entries_used.q.val() == self.last_entry.val();
        self.undo_full.next = self.records.q.val() == self.undo_room.val();
        self.handle.next = (bits_w64(self.entry.q.val()) << 1_u64) | bits_w64(self.by_slot.val());

        // Index.
        self.tag.next = !self.generation.q.val();
        self.slot_fold.next = self.value.q.val().get_value_limb0()
            ^ self.value.q.val().get_value_limb1()
            ^ self.value.q.val().get_value_limb2()
            ^ self.value.q.val().get_value_limb3();
        self.slot_hash.next = self.slot_fold.val().get_bits::<16>(0)
            ^ self.slot_fold.val().get_bits::<16>(16)
            ^ self.slot_fold.val().get_bits::<16>(32)
            ^ self.slot_fold.val().get_bits::<16>(48);
        self.address_fold.next = self.address.q.val().get_bits::<16>(0)
            ^ self.address.q.val().get_bits::<16>(16)
            ^ self.address.q.val().get_bits::<16>(32)
            ^ self.address.q.val().get_bits::<16>(48)
            ^ self.address.q.val().get_bits::<16>(64)
            ^ self.address.q.val().get_bits::<16>(80)
            ^ self.address.q.val().get_bits::<16>(96)
            ^ self.address.q.val().get_bits::<16>(112)
            ^ self.address.q.val().get_bits::<16>(128)
            ^ self.address.q.val().get_bits::<16>(144);
        self.mixed.next = (self.address_fold.val() << bits::<16>(7)) | (self.address_fold.val() >> bits::<16>(9));
        match self.open_kind.val().index() {
            2 => {
                self.mixed.next = ((self.address_fold.val() << bits::<16>(7))
                    | (self.address_fold.val() >> bits::<16>(9)))
                    ^ self.slot_hash.val()
                    ^ bits::<16>(0x1d3b);
            }
            3 => {
                self.mixed.next = ((self.address_fold.val() << bits::<16>(7))
                    | (self.address_fold.val() >> bits::<16>(9)))
                    ^ self.slot_hash.val()
                    ^ bits::<16>(0x62c5);
            }
            _ => {}
        }
        self.hash.next = (self.mixed.val() ^ (self.mixed.val() >> bits::<16>(8))) & self.last_place.val();
        self.next_place.next = (self.place.q.val() + bits::<16>(1)) & self.last_place.val();
        self.place_tag.next = self.places.data.val().get_bits::<8>(0);
        self.place_entry.next = self.places.data.val().get_bits::<16>(8);
        self.live.next = self.place_tag.val() == self.tag.val();
        self.place_address.next = self.place.q.val();
        self.place_write.next = false;
        self.place_data.next =
            (bit_cast::<24, 16>(self.entries_used.q.val()) << bits::<24>(8)) | bit_cast::<24, 8>(self.tag.val());

        // Adder: a limb of the row, plus or minus the lowest limb of `other`.
        self.subtracts.next = self.current.q.val() == bits::<4>(13);
        match self.step.q.val().index() {
            0 => {
                self.x.next = self.row.q.val().get_value_limb0();
            }
            1 => {
                self.x.next = self.row.q.val().get_value_limb1();
            }
            2 => {
                self.x.next = self.row.q.val().get_value_limb2();
            }
            _ => {
                self.x.next = self.row.q.val().get_value_limb3();
            }
        }
        self.y.next = self.other.q.val().get_value_limb0();
        self.carry_in.next = self.carry.q.val();
        if self.step.q.val() == bits::<2>(0) {
            self.carry_in.next = self.subtracts.val();
        }
        if self.subtracts.val() {
            self.y.next = !self.other.q.val().get_value_limb0();
        }
        self.sum.next = bits_w65(self.x.val()) + bits_w65(self.y.val()) + bits_w65(self.carry_in.val());
        self.sum_low.next = bits_w64(self.sum.val());

        // Distance of the block asked for, of which 1 to 256 are in reach; it has borrowed if the block is not past.
        self.block_difference.next = bits_w65(self.number.q.val()) - bits_w65(self.value.q.val().get_value_limb0());
        self.block_distance.d.next = bits_w64(self.block_difference.val());
        self.block_ahead.d.next = self.block_difference.val().get_bit(64);
        self.above64.next = self.value.q.val() >> 64_u64;
        self.value_wide.d.next = self.above64.val().any();
        self.block_high.next = self.block_distance.q.val() >> 9_u64;
        self.distance.next = self.block_distance.q.val().get_bits::<8>(0);
        self.block_in_reach.next = (!self.block_ahead.q.val())
            & (!self.value_wide.q.val())
            & (!self.block_high.val().any())
            & (self.block_distance.q.val().get_bit(8) ^ self.distance.val().any());

        // Defaults of what the states decide.
        self.busy.next = true;
        self.head_wait.next = false;
        self.idle.next = false;
        self.sweeping.next = false;
        self.row_base.next = self.entry.q.val();
        self.row_number.next = bits::<2>(1);
        self.head_write.d.next = false;
        self.row_write.next = self.head_write.q.val();
        self.write_number.next = bits::<2>(0);
        self.write_from.next = bits::<2>(0);
        self.value_from.next = bits::<3>(0);
        self.short.next = self.zero64.val();
        self.other_from.next = bits::<3>(0);
        self.limb_from.next = bits::<3>(0);
        self.address_from.next = bits::<3>(0);
        self.nonce_from.next = bits::<3>(0);
        self.take_head.next = false;
        self.new_head.next = false;
        self.flag_set.next = bits::<16>(0);
        self.flag_clear.next = bits::<16>(0);
        self.ends.next = false;
        self.end_as.next = bits::<8>(0);
        self.fills.next = false;
        self.key_row.next = false;
        self.undo_address.next = self.records.q.val() - bits::<16>(1);
        self.undo_write.next = false;
        self.undo_read.next = false;
        self.push.next = bits::<4>(0);
        self.push_limb.next = self.nonce.q.val();
        self.target.next = self.value.q.val().get_bits::<32>(0);
        self.records32.next = bit_cast::<32, 16>(self.records.q.val());
        self.target_below.next = self.target.val() < self.records32.val();
        self.is_account_key.next = self.key_kind.val() == bits::<2>(1);
        self.asks_value.next = self.asking.q.val() == bits::<2>(0);
        self.writes_balance.next =
            (self.current.q.val() == bits::<4>(8)) & (self.current_field.q.val() == bits::<4>(0));
        self.writes_value.next = (self.current.q.val() == bits::<4>(4))
            | ((self.current.q.val() == bits::<4>(8)) & (self.current_field.q.val() == bits::<4>(8)))
            | self.writes_balance.val();
        self.is_extcodehash.next = self.current_field.q.val() == bits::<4>(4);
        self.entry_out.next = self.value_entry.val() >= self.entries32.val();
        self.same_distance.next = self.known_distance.q.val() == self.distance.val();

        match self.state.q.val() {
            State::Idle => {
                self.idle.next = true;
                self.busy.next = self.head_write.q.val();
                if self.start.val() & (!self.head_write.q.val()) {
                    self.current.d.next = self.op.val();
                    self.current_field.d.next = self.field.val();
                    self.value_from.next = bits::<3>(1);
                    self.other_from.next = bits::<3>(1);
                    self.limb_from.next = bits::<3>(4);
                    self.row_base.next = self.a.val().get_bits::<16>(1) & self.last_entry.val();
                    self.row_number.next = bits::<2>(0);
                    self.entry.d.next = self.row_base.val();
                    self.was_cold.d.next = false;
                    self.ended.d.next = bits::<8>(0);
                    self.bad.d.next = false;
                    self.looking.d.next = false;
                    self.address_from.next = bits::<3>(1);
                    self.state.d.next = State::Handle1;
                    match self.op.val().index() {
                        0 => {
                            self.state.d.next = State::Hash;
                        }
                        1 => {
                            self.address_from.next = bits::<3>(2);
                            self.state.d.next = State::Hash;
                        }
                        2 => {
                            self.address_from.next = bits::<3>(2);
                            self.state.d.next = State::Hash;
                        }
                        3 => {
                            self.address_from.next = bits::<3>(2);
                            self.state.d.next = State::Hash;
                        }
                        4 => {
                            self.address_from.next = bits::<3>(2);
                            self.state.d.next = State::Hash;
                        }
                        5 => {
                            self.state.d.next = State::Hash;
                        }
                        10 => {
                            self.address_from.next = bits::<3>(4);
                            self.state.d.next = State::Block1;
                        }
                        11 => {
                            self.limb_from.next = bits::<3>(1);
                        }
                        13 => {
                            self.state.d.next = State::UndoStart;
                        }
                        _ => {}
                    }
                }
            }
            State::Sweep => {
                self.sweeping.next = true;
                self.place_write.next = true;
                self.place_data.next = bits::<24>(0);
                self.place.d.next = self.next_place.val();
                if self.place.q.val() == self.last_place.val() {
                    self.state.d.next = State::Idle;
                }
            }

            State::Hash => {
                self.place_address.next = self.hash.val();
                self.place.d.next = self.hash.val();
                self.state.d.next = State::Probe;
            }
            State::Probe => {
                self.row_base.next = self.place_entry.val();
                self.row_number.next = bits::<2>(0);
                if self.live.val() {
                    self.entry.d.next = self.place_entry.val();
                    self.place.d.next = self.next_place.val();
                    self.state.d.next = State::Look1;
                } else if self.looking.q.val() {
                    self.was_created.d.next = false;
                    self.entry.d.next = self.saved_entry.q.val();
                    self.state.d.next = State::Restore1;
                } else {
                    self.entry.d.next = self.entries_used.q.val();
                    self.state.d.next = State::Miss;
                }
            }
            State::Look1 => {
                self.row_number.next = bits::<2>(3);
                self.state.d.next = State::Look2;
            }
            State::Look2 => {
                self.take_head.next = true;
                self.matched.d.next = self.row_matches.val();
                self.state.d.next = State::Look3;
                if self.open_kind.val() == bits::<2>(1) {
                    self.state.d.next = State::Evaluate;
                }
            }
            State::Look3 => {
                self.matched.d.next = self.row.q.val() == self.value.q.val();
                self.state.d.next = State::Evaluate;
                if !self.matched.q.val() {
                    self.state.d.next = State::Probe;
                }
            }

            State::Miss => {
                if self.current.q.val() == bits::<4>(3) {
                    // An absent transient slot is zero, and stays absent.
                    self.value_from.next = bits::<3>(4);
                    self.ends.next = true;
                } else if self.full.val() {
                    self.end_as.next = bits::<8>(7);
                    self.ends.next = true;
                } else {
                    self.place_write.next = true;
                    self.row_write.next = true;
                    self.write_number.next = bits::<2>(1);
                    self.write_from.next = bits::<2>(3);
                    self.new_head.next = true;
                    self.flag_set.next = bit_cast::<16, 2>(self.open_kind.val());
                    self.nonce_from.next = bits::<3>(5);
                    self.entries_used.d.next = self.entries_used.q.val() + bits::<16>(1);
                    self.matched.d.next = true;
                    if self.by_slot.val() {
                        self.state.d.next = State::Miss2;
                    } else {
                        if self.is_precompile.val() {
                            self.flag_set.next = bits::<16>(0x5);
                        }
                        self.head_write.d.next = true;
                        self.state.d.next = State::Evaluate;
                    }
                }
            }
            State::Miss2 => {
                self.row_write.next = true;
                self.write_number.next = bits::<2>(3);
                self.write_from.next = bits::<2>(1);
                self.head_write.d.next = true;
                self.state.d.next = State::Miss3;
            }
            State::Miss3 => {
                self.state.d.next = State::Evaluate;
            }

            State::Handle1 => {
                self.bad.d.next = self.entry_out.val();
                self.row_number.next = self.second.val();
                self.state.d.next = State::Handle2;
            }
            State::Handle2 => {
                self.take_head.next = true;
                self.address_from.next = bits::<3>(3);
                self.matched.d.next = true;
                self.bad.d.next = (self.bad.q.val() | self.value_high.q.val())
                    | ((!self.kind_fits.val()) | (!self.common_kind.val().any()));
                self.state.d.next = State::Evaluate;
            }

            State::Evaluate => {
                if !self.matched.q.val() {
                    self.state.d.next = State::Probe;
                } else if self.looking.q.val() {
                    self.was_created.d.next = self.flags.q.val().get_bit(10);
                    self.entry.d.next = self.saved_entry.q.val();
                    self.state.d.next = State::Restore1;
                } else if self.bad.q.val() {
                    self.end_as.next = bits::<8>(0x80);
                    self.ends.next = true;
                } else {
                    match self.current.q.val().index() {
                        2 => {
                            self.value_from.next = bits::<3>(2);
                            if !self.value_known.val() {
                                self.value_from.next = bits::<3>(0);
                                self.state.d.next = State::NeedSlot;
                            } else if self.warm.val() {
                                self.ends.next = true;
                            } else {
                                self.state.d.next = State::Warm;
                            }
                        }
                        3 => {
                            self.value_from.next = bits::<3>(2);
                            self.ends.next = true;
                        }
                        4 => {
                            self.value_from.next = bits::<3>(2);
                            self.state.d.next = State::Write;
                        }
                        5 => {
                            self.value_from.next = bits::<3>(4);
                            self.short.next = self.handle.val();
                            self.ends.next = self.warm.val();
                            if !self.warm.val() {
                                self.state.d.next = State::Warm;
                            }
                        }
                        6 => {
                            self.value_from.next = bits::<3>(4);
                            self.short.next = bits_w64(self.warm.val()) ^ self.one64.val();
                            self.ends.next = self.warm.val();
                            if !self.warm.val() {
                                self.state.d.next = State::Warm;
                            }
                        }
                        7 => match self.current_field.q.val().index() {
                            0 => {
                                if self.exceeded.q.val() {
                                    self.end_as.next = bits::<8>(16);
                                    self.ends.next = true;
                                } else if self.value_known.val() {
                                    self.value_from.next = bits::<3>(2);
                                    self.ends.next = true;
                                } else {
                                    self.asking.d.next = bits::<2>(0);
                                    self.state.d.next = State::Ask;
                                }
                            }
                            1 => {
                                self.value_from.next = bits::<3>(4);
                                self.short.next = self.nonce.q.val();
                                self.ends.next = self.nonce_known.val();
                                if !self.nonce_known.val() {
                                    self.asking.d.next = bits::<2>(1);
                                    self.state.d.next = State::Ask;
                                }
                            }
                            2 => {
                                self.value_from.next = bits::<3>(4);
                                self.short.next = bits_w64(self.row_low32.val());
                                self.ends.next = self.code_known.val();
                                if !self.code_known.val() {
                                    self.asking.d.next = bits::<2>(2);
                                    self.state.d.next = State::Ask;
                                }
                            }
                            6 => {
                                self.value_from.next = bits::<3>(4);
                                self.short.next = bits_w64(self.flags.q.val().get_bit(10));
                                self.ends.next = true;
                            }
                            7 => {
                                self.value_from.next = bits::<3>(4);
                                self.short.next = bits_w64(self.flags.q.val().get_bit(11));
                                self.ends.next = true;
                            }
                            8 => {
                                if self.value_known.val() {
                                    self.value_from.next = bits::<3>(2);
                                    self.ends.next = true;
                                } else {
                                    self.state.d.next = State::NeedSlot;
                                }
                            }
                            9 => {
                                if self.value_known.val() {
                                    self.value_from.next = bits::<3>(2);
                                    self.ends.next = true;
                                } else {
                                    self.state.d.next = State::NeedSlot;
                                }
                            }
                            10 => {
                                self.state.d.next = State::Precompile;
                            }
                            _ => {
                                // Empty, ExtHash: code, nonce and balance, as far as they leave it open.
                                if !self.code_known.val() {
                                    self.asking.d.next = bits::<2>(2);
                                    self.state.d.next = State::Ask;
                                } else if self.row_low32.val().any() {
                                    self.fills.next = true;
                                } else if !self.nonce_known.val() {
                                    self.asking.d.next = bits::<2>(1);
                                    self.state.d.next = State::Ask;
                                } else if self.nonce.q.val().any() {
                                    self.fills.next = true;
                                } else if self.exceeded.q.val() {
                                    self.end_as.next = bits::<8>(16);
                                    self.ends.next = true;
                                } else if !self.value_known.val() {
                                    self.asking.d.next = bits::<2>(0);
                                    self.state.d.next = State::Ask;
                                } else {
                                    self.state.d.next = State::Empty1;
                                }
                            }
                        },
                        8 => {
                            self.value_from.next = bits::<3>(2);
                            self.state.d.next = State::Write;
                        }
                        9 => {
                            self.value_from.next = bits::<3>(3);
                            self.state.d.next = State::Credit1;
                        }
                        11 => {
                            self.row_number.next = bits::<2>(3);
                            self.value_from.next = bits::<3>(2);
                            self.state.d.next = State::Code1;
                            if !self.code_known.val() {
                                self.value_from.next = bits::<3>(3);
                                self.asking.d.next = bits::<2>(2);
                                self.state.d.next = State::Stash;
                            }
                        }
                        12 => {
                            self.value_from.next = bits::<3>(2);
                            self.ends.next = self.code_known.val();
                            if !self.code_known.val() {
                                self.asking.d.next = bits::<2>(2);
                                self.state.d.next = State::Ask;
                            }
                        }
                        _ => {
                            // OPENA, OPENS.
                            self.value_from.next = bits::<3>(4);
                            self.short.next = self.handle.val();
                            self.ends.next = true;
                        }
                    }
                }
            }

            State::Warm => {
                self.ends.next = true;
                if self.undo_full.val() {
                    self.end_as.next = bits::<8>(8);
                } else {
                    self.push.next = bits::<4>(1);
                    self.flag_set.next = bits::<16>(0x4);
                    self.was_cold.d.next = true;
                    self.head_write.d.next = true;
                }
            }
            State::Write => {
                self.ends.next = true;
                self.write_number.next = bits::<2>(1);
                self.write_from.next = bits::<2>(2);
                if self.undo_full.val() {
                    self.end_as.next = bits::<8>(8);
                } else {
                    self.head_write.d.next = true;
                    self.push.next = bits::<4>(5);
                    self.flag_set.next = bits::<16>(0x20);
                    if self.writes_value.val() {
                        self.row_write.next = true;
                        if self.writes_balance.val() {
                            self.flag_set.next = bits::<16>(0x30);
                        }
                    } else {
                        match self.current_field.q.val().index() {
                            1 => {
                                self.push.next = bits::<4>(7);
                                self.flag_set.next = bits::<16>(0xc0);
                                self.nonce_from.next = bits::<3>(3);
                                if self.other_high.q.val() {
                                    self.nonce_from.next = bits::<3>(4);
                                }
                            }
                            6 => {
                                self.push.next = bits::<4>(3);
                                self.flag_set.next = bits::<16>(0x400);
                                self.created.d.next = self.created.q.val() + bits::<16>(1);
                            }
                            _ => {
                                self.push.next = bits::<4>(4);
                                self.flag_set.next = bits::<16>(0x800);
                            }
                        }
                    }
                }
            }

            State::Code1 => {
                self.state.d.next = State::Code2;
            }
            State::Code2 => {
                self.write_number.next = bits::<2>(2);
                self.write_from.next = bits::<2>(2);
                self.push_limb.next = self.row.q.val().get_value_limb0();
                if self.undo_full.val() {
                    self.end_as.next = bits::<8>(8);
                    self.ends.next = true;
                } else {
                    self.push.next = bits::<4>(8);
                    self.row_write.next = true;
                    self.flag_set.next = bits::<16>(0x300);
                    self.state.d.next = State::Code3;
                }
            }
            State::Code3 => {
                self.row_write.next = true;
                self.write_number.next = bits::<2>(3);
                self.write_from.next = bits::<2>(3);
                self.head_write.d.next = true;
                self.ends.next = true;
            }
            State::Stash => {
                // In a full log there is no room, and the operation will escape.
                self.push_limb.next = self.limb.q.val();
                self.undo_write.next = !self.undo_full.val();
                self.state.d.next = State::Ask;
            }

            State::Credit1 => {
                if self.touched.val() | self.sticky.val() | (!self.undo_full.val()) {
                    if !self.touched.val() {
                        self.flag_set.next = bits::<16>(0x8);
                        self.head_write.d.next = true;
                        if !self.sticky.val() {
                            self.push.next = bits::<4>(2);
                        }
                    }
                    self.ends.next = !self.other_any.q.val();
                    if self.other_any.q.val() {
                        self.state.d.next = State::Credit2;
                    }
                } else {
                    self.end_as.next = bits::<8>(8);
                    self.ends.next = true;
                }
            }
            State::Credit2 => {
                if self.undo_full.val() {
                    self.end_as.next = bits::<8>(8);
                    self.ends.next = true;
                } else {
                    self.push.next = bits::<4>(6);
                    self.state.d.next = State::Add;
                }
            }
            State::Add => {
                self.other_from.next = bits::<3>(4);
                self.carry.d.next = self.sum.val().get_bit(64);
                self.step.d.next = self.step.q.val() + bits::<2>(1);
                if self.step.q.val() == bits::<2>(3) {
                    self.state.d.next = State::Sum;
                }
            }
            State::Sum => {
                self.write_number.next = bits::<2>(1);
                self.write_from.next = bits::<2>(2);
                self.row_write.next = true;
                match self.current.q.val().index() {
                    9 => {
                        self.ends.next = true;
                        if self.carry.q.val() {
                            self.end_as.next = bits::<8>(16);
                            self.row_write.next = false;
                        } else if self.value_known.val() {
                            self.flag_set.next = bits::<16>(0x20);
                            self.head_write.d.next = true;
                        }
                    }
                    13 => {
                        self.undo_read.next = true;
                        self.state.d.next = State::UndoCheck;
                    }
                    _ => {
                        // The balance has come in; it had credits if the row was not zero.
                        if self.carry.q.val() {
                            self.exceeded.d.next = true;
                        }
                        self.flag_set.next = bits::<16>(0x10);
                        if self.row_any.q.val() {
                            self.flag_set.next = bits::<16>(0x30);
                        }
                        self.head_write.d.next = true;
                        self.state.d.next = State::Reload1;
                    }
                }
            }

            State::Empty1 => {
                self.state.d.next = State::Empty2;
            }
            State::Empty2 => {
                if self.row.q.val().any() {
                    self.fills.next = true;
                } else {
                    self.value_from.next = bits::<3>(4);
                    self.short.next = bits_w64(self.is_extcodehash.val()) ^ self.one64.val();
                    self.ends.next = true;
                }
            }
            State::Fetch1 => {
                self.state.d.next = State::Fetch2;
            }
            State::Fetch2 => {
                self.value_from.next = bits::<3>(2);
                self.ends.next = true;
            }
            State::Precompile => {
                self.value_from.next = bits::<3>(4);
                self.short.next = bits_w64(self.is_precompile.val());
                self.ends.next = true;
            }

            State::NeedSlot => {
                self.asking.d.next = bits::<2>(0);
                self.state.d.next = State::Ask;
                if self.created.q.val().any() {
                    self.saved_entry.d.next = self.entry.q.val();
                    self.looking.d.next = true;
                    self.state.d.next = State::Hash;
                }
            }
            State::Restore1 => {
                self.row_number.next = bits::<2>(0);
                self.state.d.next = State::Restore2;
            }
            State::Restore2 => {
                self.state.d.next = State::Restore3;
            }
            State::Restore3 => {
                self.take_head.next = true;
                self.looking.d.next = false;
                self.matched.d.next = true;
                self.write_number.next = bits::<2>(2);
                self.write_from.next = bits::<2>(3);
                self.state.d.next = State::Ask;
                if self.was_created.q.val() {
                    // Nothing was there before this transaction.
                    self.row_write.next = true;
                    self.flag_set.next = bits::<16>(0x10);
                    self.head_write.d.next = true;
                    self.state.d.next = State::Reload1;
                }
            }

            State::Ask => {
                self.key_row.next = true;
                self.state.d.next = State::AskRow;
                if self.asks_value.val()
                    & self.is_account_key.val()
                    & self.is_beneficiary.q.val()
                    & (!self.is_head.val())
                {
                    self.state.d.next = State::HeadWait;
                }
            }
            State::HeadWait => {
                self.key_row.next = true;
                self.head_wait.next = true;
                if self.is_head.val() {
                    self.state.d.next = State::AskRow;
                }
            }
            State::AskRow => {
                self.key_row.next = true;
                self.request.d.next = true;
                self.state.d.next = State::AskWait;
            }
            State::AskWait => {
                self.key_row.next = true;
                if self.state_valid.val() {
                    self.request.d.next = false;
                    self.other_from.next = bits::<3>(2);
                    if self.asking.q.val() == bits::<2>(2) {
                        self.limb_from.next = bits::<3>(2);
                    }
                    self.state.d.next = State::Supply;
                }
            }
            State::Supply => {
                self.write_from.next = bits::<2>(2);
                self.write_number.next = bits::<2>(1);
                self.state.d.next = State::Supply2;
                match self.key_kind.val().index() {
                    3 => {
                        self.row_write.next = true;
                        self.value_from.next = bits::<3>(3);
                        self.hash_known.d.next = true;
                        self.ends.next = true;
                    }
                    2 => {
                        self.row_write.next = true;
                    }
                    _ => match self.asking.q.val().index() {
                        0 => {}
                        1 => {
                            self.nonce_from.next = bits::<3>(3);
                            self.flag_set.next = bits::<16>(0x40);
                            self.head_write.d.next = true;
                            self.state.d.next = State::Reload1;
                        }
                        _ => {
                            self.row_write.next = true;
                            self.write_number.next = bits::<2>(2);
                        }
                    },
                }
            }
            State::Supply2 => {
                self.write_from.next = bits::<2>(2);
                self.write_number.next = bits::<2>(2);
                if self.is_account_key.val() & self.asks_value.val() {
                    self.state.d.next = State::Add;
                } else {
                    self.row_write.next = true;
                    self.flag_set.next = bits::<16>(0x10);
                    if self.is_account_key.val() {
                        self.write_from.next = bits::<2>(3);
                        self.write_number.next = bits::<2>(3);
                        self.flag_set.next = bits::<16>(0x100);
                    }
                    self.head_write.d.next = true;
                    self.state.d.next = State::Reload1;
                }
            }
            State::Reload1 => {
                self.row_number.next = self.second.val();
                self.undo_address.next = self.records.q.val();
                self.undo_read.next = self.current.q.val() == bits::<4>(11);
                self.state.d.next = State::Reload2;
            }
            State::Reload2 => {
                if self.current.q.val() == bits::<4>(11) {
                    // The operands that the answer has overwritten.
                    self.other_from.next = bits::<3>(3);
                    self.limb_from.next = bits::<3>(3);
                }
                self.state.d.next = State::Evaluate;
            }

            State::Block1 => {
                self.entry.d.next = self.last_entry.val();
                self.state.d.next = State::Block2;
            }
            State::Block2 => {
                if !self.block_in_reach.val() {
                    self.value_from.next = bits::<3>(4);
                    self.ends.next = true;
                } else if self.hash_known.q.val() & self.same_distance.val() {
                    self.state.d.next = State::Fetch1;
                } else {
                    self.row_write.next = true;
                    self.write_number.next = bits::<2>(3);
                    self.write_from.next = bits::<2>(1);
                    self.known_distance.d.next = self.distance.val();
                    self.hash_known.d.next = false;
                    self.asking.d.next = bits::<2>(0);
                    self.state.d.next = State::Ask;
                }
            }

            State::UndoStart => {
                self.undo_read.next = true;
                self.state.d.next = State::UndoCheck;
            }
            State::UndoCheck => {
                if self.target_below.val() & (!self.value_high.q.val()) {
                    self.records.d.next = self.records.q.val() - bits::<16>(1);
                    self.other_from.next = bits::<3>(3);
                    self.limb_from.next = bits::<3>(3);
                    self.entry.d.next = self.undo_tags.data.val().get_bits::<16>(4);
                    self.undo_kind.d.next = self.undo_tags.data.val().get_bits::<4>(0);
                    self.state.d.next = State::UndoApply;
                } else {
                    self.ends.next = true;
                }
            }
            State::UndoApply => {
                self.write_from.next = bits::<2>(2);
                self.state.d.next = State::UndoWait;
                match self.undo_kind.q.val().index() {
                    5 => {
                        self.row_write.next = true;
                        self.write_number.next = bits::<2>(1);
                        self.undo_read.next = true;
                        self.state.d.next = State::UndoCheck;
                    }
                    6 => {
                        self.row_number.next = bits::<2>(1);
                    }
                    8 => {
                        self.row_write.next = true;
                        self.write_number.next = bits::<2>(2);
                        self.state.d.next = State::UndoCode;
                    }
                    _ => {
                        self.row_number.next = bits::<2>(0);
                    }
                }
            }
            State::UndoCode => {
                self.row_write.next = true;
                self.write_number.next = bits::<2>(3);
                self.write_from.next = bits::<2>(3);
                self.undo_read.next = true;
                self.state.d.next = State::UndoCheck;
            }
            State::UndoWait => {
                self.state.d.next = State::UndoHead;
                if self.undo_kind.q.val() == bits::<4>(6) {
                    self.state.d.next = State::Add;
                }
            }
            State::UndoHead => {
                self.take_head.next = true;
                self.address_from.next = bits::<3>(3);
                self.head_write.d.next = true;
                self.undo_read.next = true;
                self.state.d.next = State::UndoCheck;
                match self.undo_kind.q.val().index() {
                    1 => {
                        self.flag_clear.next = bits::<16>(0x4);
                    }
                    2 => {
                        self.flag_clear.next = bits::<16>(0x8);
                    }
                    3 => {
                        self.flag_clear.next = bits::<16>(0x400);
                        self.created.d.next = self.created.q.val() - bits::<16>(1);
                    }
                    4 => {
                        self.flag_clear.next = bits::<16>(0x800);
                    }
                    _ => {
                        self.nonce_from.next = bits::<3>(2);
                    }
                }
            }
        }

        // An account that is not empty: 0, or its code hash.
        if self.fills.val() {
            if self.is_extcodehash.val() {
                self.row_number.next = bits::<2>(2);
                self.state.d.next = State::Fetch1;
            } else {
                self.value_from.next = bits::<3>(4);
                self.ends.next = true;
            }
        }
        self.finished.d.next = self.ends.val();
        if self.ends.val() {
            self.ended.d.next = self.end_as.val();
            self.state.d.next = State::Idle;
        }

        // Rows.
        if self.key_row.val() {
            self.row_number.next = bits::<2>(3);
            if self.is_account_key.val() {
                self.row_base.next = self.last_entry.val();
                self.row_number.next = bits::<2>(0);
            }
        }
        self.rows.address.next = (self.row_base.val() << bits::<16>(2)) | bit_cast::<16, 2>(self.row_number.val());
        if self.idle.val() & ((!self.start.val()) | self.head_write.q.val()) {
            self.rows.address.next = self.drain_row.val();
        }
        self.write_value.next = self.head.val();
        match self.write_from.val().index() {
            1 => {
                self.write_value.next = self.value.q.val();
            }
            2 => {
                self.write_value.next = self.other.q.val();
            }
            3 => {
                self.write_value.next = bits_w256(self.limb.q.val());
            }
            _ => {}
        }
        self.rows.read.next = true;
        self.rows.write.next = self.row_write.val();
        self.rows.write_address.next =
            (self.entry.q.val() << bits::<16>(2)) | bit_cast::<16, 2>(self.write_number.val());
        self.rows.write_data.next = self.write_value.val();

        // Wide registers.
        match self.value_from.val().index() {
            1 => {
                self.value.d.next = self.a.val();
            }
            2 => {
                self.value.d.next = self.row.q.val();
            }
            3 => {
                self.value.d.next = self.other.q.val();
            }
            4 => {
                self.value.d.next = bits_w256(self.short.val());
            }
            _ => {}
        }
        self.other_next.next = self.zero256.val();
        self.limb_next.next = self.zero64.val();
        match self.other_from.val().index() {
            1 => {
                self.other_next.next = self.b.val();
            }
            2 => {
                self.other_next.next = self.state_value.val();
            }
            4 => {
                self.other_next.next = (self.other.q.val() >> 64_u64) | (bits_w256(self.sum_low.val()) << 192_u64);
            }
            _ => {}
        }
        match self.limb_from.val().index() {
            1 => {
                self.limb_next.next = self.packed_code.val();
            }
            2 => {
                self.limb_next.next = self.state_code.val();
            }
            _ => {}
        }
        if self.other_from.val().any() {
            self.other.d.next = self.other_next.val() | self.undo_values.data.val();
        }
        if self.limb_from.val().any() {
            self.limb.d.next = self.limb_next.val() | self.undo_limbs.data.val();
        }
        match self.address_from.val().index() {
            1 => {
                self.address.d.next = bits_w160(self.a.val());
            }
            2 => {
                self.address.d.next = self.env_address.q.val();
            }
            3 => {
                self.address.d.next = self.row_address.val();
            }
            4 => {
                self.address.d.next = self.zero160.val();
            }
            _ => {}
        }
        self.flag_base.next = self.flags.q.val();
        if self.take_head.val() {
            self.flag_base.next = self.row_flags.val();
            self.nonce.d.next = self.row.q.val().get_value_limb3();
        }
        if self.new_head.val() {
            self.flag_base.next = bits::<16>(0);
        }
        self.flags.d.next = (self.flag_base.val() & (!self.flag_clear.val())) | self.flag_set.val();
        match self.nonce_from.val().index() {
            2 => {
                self.nonce.d.next = self.limb.q.val();
            }
            3 => {
                self.nonce.d.next = self.other.q.val().get_value_limb0();
            }
            4 => {
                self.nonce.d.next = self.ones64.val();
            }
            5 => {
                self.nonce.d.next = self.zero64.val();
            }
            _ => {}
        }

        // Undo log.
        if self.push.val().any() {
            self.undo_write.next = true;
            self.records.d.next = self.records.q.val() + bits::<16>(1);
        }
        self.push_tag.next =
            (bit_cast::<20, 16>(self.entry.q.val()) << bits::<20>(4)) | bit_cast::<20, 4>(self.push.val());
        self.undo_values.address.next = self.undo_address.val();
        self.undo_limbs.address.next = self.undo_address.val();
        self.undo_tags.address.next = self.undo_address.val();
        self.undo_values.read.next = self.undo_read.val();
        self.undo_limbs.read.next = self.undo_read.val();
        self.undo_tags.read.next = true;
        self.undo_values.write.next = self.undo_write.val();
        self.undo_limbs.write.next = self.undo_write.val();
        self.undo_tags.write.next = self.undo_write.val();
        self.undo_values.write_address.next = self.records.q.val();
        self.undo_limbs.write_address.next = self.records.q.val();
        self.undo_tags.write_address.next = self.records.q.val();
        self.undo_values.write_data.next = self.value.q.val();
        self.undo_limbs.write_data.next = self.push_limb.val();
        self.undo_tags.write_data.next = self.push_tag.val();

        // Index.
        self.places.address.next = self.place_address.val();
        self.places.read.next = true;
        self.places.write.next = self.place_write.val();
        self.places.write_address.next = self.place.q.val();
        self.places.write_data.next = self.place_data.val();

        if self.clear.val() {
            self.state.d.next = State::Idle;
            self.finished.d.next = false;
            self.request.d.next = false;
            self.head_write.d.next = false;
            self.entries_used.d.next = bits::<16>(0);
            self.records.d.next = bits::<16>(0);
            self.created.d.next = bits::<16>(0);
            self.exceeded.d.next = false;
            self.hash_known.d.next = false;
            self.step.d.next = bits::<2>(0);
            self.generation.d.next = self.generation.q.val() + bits::<8>(1);
            // The tag 0 is that of a free place, so generation 255 is not used.
            if self.sweeping.val() | (self.generation.q.val() == bits::<8>(254)) {
                self.generation.d.next = bits::<8>(0);
                self.place.d.next = bits::<16>(0);
                self.state.d.next = State::Sweep;
            }
        }

        self.done.next = self.finished.q.val();
        self.result.next = self.value.q.val();
        self.cold.next = self.was_cold.q.val();
        self.outcome.next = self.ended.q.val();
        self.state_request.next = self.request.q.val();
        self.state_kind.next = self.key_kind.val();
        self.state_address.next = self.address.q.val();
        self.state_slot.next = self.row.q.val();
        self.state_field.next = self.asking.q.val();
        self.mark.next = self.records.q.val();
        self.overflow.next = self.exceeded.q.val();
        self.entries.next = self.entries_used.q.val();
        self.drain_data.next = self.rows.data.val();
    }
}
