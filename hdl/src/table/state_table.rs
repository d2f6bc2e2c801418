//! The state table: set-associative, in block RAM, with a reader mask for each field of an entry.
//!
//! Algorithm: a Toeplitz hash of the key ([`KeyHash`]), a limb a cycle, names the set; its ways are read one a cycle, each with
//! all that the entry holds ([`super::layout`]), until one has the key. That one stands in registers then, the operation works on
//! these, and what it becomes is written back in one cycle. A missing key takes a vacant way, else one that the set's clock
//! hand finds: an entry without bits and request, which has not been used since the hand came by last. Of every slot a list names
//! the entries that have a bit of it, so that FORGET takes a cycle for each of them; if the list has overflowed, FORGET walks the table.
//! So it needs neither room for the most that a transaction can touch nor an epoch beside every bit, and is
//! exact in any case. CLEARSTORAGE walks the table, unless a filter (a bit for each value of the address's hash) tells that no slot of the account
//! has been in it; a walk looks at an entry a cycle.
//!
//! Handshake: `valid` and the operands stay as they are until a cycle with `ready`, in which the results are there. Results stay
//! until the next command, which may follow in the next cycle. A lane that is aborted while its READ is under way waits for
//! `ready` as well, and is forgotten then. Who is in `waiting` of a fill or write reads again; until then the entry stays.
//!
//! Latency, both the first cycle with `valid` and that with `ready` counted: [`super::model::Reply::cycles`]. READ and NEED of an account
//! 7 and of other keys 11, one more for every way before theirs; an absent key in a set of *w* ways *w* + 7 and *w* + 11, and 3 or more
//! beyond that if it evicts; LOAD 5; FILL and writes one more than READ, additions four more; FORGET of *n* entries
//! *n* + 7 (4 if *n* is 0); CLEARSTORAGE 5, and 3 and the number of entries more if it walks; CLEAR that of sets, or slots, and 3.
//! Reset: none; starts idle and empty, with the floor at 0.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use super::{key_hash::KeyHash, layout::NO_CODE_HASH};
use crate::{
    leaf::Ram,
    word::{W64, W65, W160, W256, bits_w64, bits_w65, bits_w160, bits_w256},
};

/// Where the table stands in an operation.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
enum State {
    Idle,
    // Look-up.
    Hash,
    Probe,
    Miss,
    /// The hand looks for a victim.
    Clock,
    // The victim's last write raises the floor.
    Evict,
    Begin,
    // An entry by its number.
    Fetch,
    Capture,
    /// Adds a limb a cycle.
    Add,
    /// Facts about the registers are on their way.
    Check,
    Evaluate,
    // Walks along a list or the table.
    Forget,
    Walk,
    /// Empties sets and lists.
    Wipe,
    Finish,
}

/// The table: 2^`SET_BITS` sets of 2^`WAY_BITS` entries, 2^`SLOT_BITS` slots with lists of 2^`LIST_BITS` entries.
#[derive(LogicBlock)]
pub struct StateTable<const SET_BITS: usize, const WAY_BITS: usize, const SLOT_BITS: usize, const LIST_BITS: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// A command is here; it and its operands stay until `ready`.
    pub valid: Signal<In, Bit>,
    /// The command is done; outputs below hold its results, until the next command.
    pub ready: Signal<Out, Bit>,
    /// Operation: number of a [`TableOp`](super::layout::TableOp).
    pub op: Signal<In, Bits<4>>,
    /// Kind of the key: number of a `gaslane_abi::codes::KeyKind`.
    pub kind: Signal<In, Bits<2>>,
    /// Account of the key, 0 for a block hash.
    pub address: Signal<In, W160>,
    /// Slot of the key, or number of the block; does not count for an account.
    pub slot_key: Signal<In, W256>,
    /// LOAD, TRYENTRY, APPLYENTRY: number of an entry that exists.
    pub entry: Signal<In, Bits<16>>,
    /// READ, NEED, FORGET: slot of the transaction.
    pub slot: Signal<In, Bits<5>>,
    /// READ: 0 balance or value, 1 nonce, else code.
    pub field: Signal<In, Bits<2>>,
    /// FILL, writes, CLEAR: number of a commit.
    pub seq: Signal<In, W64>,
    /// FILL, writes: flags of [`super::layout`].
    pub flags: Signal<In, Bits<10>>,
    /// Balance, value, block hash; amount to be added.
    pub value: Signal<In, W256>,
    /// Nonce.
    pub nonce: Signal<In, W64>,
    /// Code hash.
    pub code_hash: Signal<In, W256>,
    /// Code handle << 32 | bytes; with 0 bytes the form of [`super::model::NO_CODE`].
    pub code: Signal<In, W64>,
    /// A limb of the hash key is written; the table must be idle and empty.
    pub key_write: Signal<In, Bit>,
    /// Which.
    pub key_index: Signal<In, Bits<3>>,
    /// Its value.
    pub key_data: Signal<In, W64>,
    /// Outcome: number of a [`TableOutcome`](super::layout::TableOutcome).
    pub outcome: Signal<Out, Bits<4>>,
    /// Number of the entry.
    pub found_entry: Signal<Out, Bits<16>>,
    /// Its balance, value or block hash after the operation; zero if not known, as the others.
    pub found_value: Signal<Out, W256>,
    /// Its nonce.
    pub found_nonce: Signal<Out, W64>,
    /// Its code hash; slot or block number of other keys.
    pub found_code_hash: Signal<Out, W256>,
    /// Its code handle << 32 | bytes.
    pub found_code: Signal<Out, W64>,
    /// The account exists, as far as it is known.
    pub found_exists: Signal<Out, Bit>,
    /// Fields that are known: balance or value, nonce, code.
    pub found_known: Signal<Out, Bits<3>>,
    /// Writes: slots that have read a field whose value changed.
    pub readers: Signal<Out, Bits<32>>,
    /// Fills and writes: slots that wait for what was filled or written.
    pub waiting: Signal<Out, Bits<32>>,
    /// Writes: balance or value, nonce, code, existence changed.
    pub changed: Signal<Out, Bits<4>>,
    /// An entry was evicted.
    pub evicted: Signal<Out, Bit>,
    /// Highest commit whose write the table does not hold.
    pub floor: Signal<Out, W64>,
    /// Number of requests outstanding.
    pub pending: Signal<Out, Bits<17>>,

    // Sizes and constants.
    set_mask: Constant<Bits<16>>,
    way_mask: Constant<Bits<16>>,
    way_shift: Constant<Bits<16>>,
    slot_mask: Constant<Bits<5>>,
    list_shift: Constant<Bits<16>>,
    list_room: Constant<Bits<16>>,
    entries: Constant<Bits<17>>,
    wiped: Constant<Bits<17>>,
    no_code: Constant<W256>,
    zero64: Constant<W64>,
    zero256: Constant<W256>,

    // Memories.
    heads: Ram<W256, SET_BITS, WAY_BITS>,
    seconds: Ram<W256, SET_BITS, WAY_BITS>,
    values: Ram<W256, SET_BITS, WAY_BITS>,
    codes: Ram<W64, SET_BITS, WAY_BITS>,
    written: Ram<W64, SET_BITS, WAY_BITS>,
    requests: Ram<W64, SET_BITS, WAY_BITS>,
    value_marks: Ram<Bits<32>, SET_BITS, WAY_BITS>,
    nonce_marks: Ram<Bits<32>, SET_BITS, WAY_BITS>,
    code_marks: Ram<Bits<32>, SET_BITS, WAY_BITS>,
    wait_marks: Ram<Bits<32>, SET_BITS, WAY_BITS>,
    sets: Ram<Bits<24>, SET_BITS, 0>,
    /// Whether a slot of an account whose address, without its highest limb, has this hash may be in the table.
    stored: Ram<Bits<2>, SET_BITS, 0>,
    lists: Ram<Bits<16>, SLOT_BITS, LIST_BITS>,
    counts: Ram<Bits<16>, SLOT_BITS, 0>,

    // Where the operation stands.
    state: DFF<State>,
    hasher: KeyHash,
    /// Limb of the key that the hash takes next.
    limb: DFF<Bits<3>>,
    /// The hash as far as it is known, then the set.
    set: DFF<Bits<16>>,
    /// Way to be read, then that of the entry.
    way: DFF<Bits<16>>,
    /// Way that was read a cycle ago.
    tested: DFF<Bits<16>>,
    /// A way was read a cycle ago.
    probed: DFF<Bit>,
    /// The entry is new.
    fresh: DFF<Bit>,
    /// Ways without an entry.
    vacant: DFF<Bits<8>>,
    /// Ways whose entry can be evicted.
    idle_ways: DFF<Bits<8>>,
    /// Row of the set.
    row: DFF<Bits<24>>,
    /// Limb of the sum.
    step: DFF<Bits<2>>,
    carry: DFF<Bit>,
    sum: DFF<W256>,
    /// Next item of a walk.
    next: DFF<Bits<17>>,
    /// Number of its items.
    total: DFF<Bits<17>>,
    /// The walk goes along a list.
    by_list: DFF<Bit>,
    /// Stages of a walk: a number is read from the list, an entry is read, an entry is in the registers.
    listed: DFF<Bit>,
    looked: DFF<Bit>,
    looked_entry: DFF<Bits<16>>,
    held: DFF<Bit>,
    held_entry: DFF<Bits<16>>,

    // The entry at hand.
    head: DFF<W256>,
    second: DFF<W256>,
    balance: DFF<W256>,
    code_word: DFF<W64>,
    last_write: DFF<W64>,
    requested: DFF<W64>,
    value_mask: DFF<Bits<32>>,
    nonce_mask: DFF<Bits<32>>,
    code_mask: DFF<Bits<32>>,
    wait_mask: DFF<Bits<32>>,

    // Facts about registers, a cycle late.
    value_differs: DFF<Bit>,
    nonce_differs: DFF<Bit>,
    code_differs: DFF<Bit>,
    value_any: DFF<Bit>,
    nonce_any: DFF<Bit>,
    code_any: DFF<Bit>,
    /// The fill is new enough to be the answer.
    recent: DFF<Bit>,

    // Results.
    ended: DFF<Bits<4>>,
    hit_readers: DFF<Bits<32>>,
    hit_waiting: DFF<Bits<32>>,
    differs: DFF<Bits<4>>,
    evicts: DFF<Bit>,
    barrier: DFF<W64>,
    outstanding: DFF<Bits<17>>,

    // The operation.
    is_read: Signal<Local, Bit>,
    is_need: Signal<Local, Bit>,
    is_probe: Signal<Local, Bit>,
    is_fill: Signal<Local, Bit>,
    is_try: Signal<Local, Bit>,
    is_write: Signal<Local, Bit>,
    /// CLEARSTORAGE.
    is_storage: Signal<Local, Bit>,
    key_account: Signal<Local, Bit>,
    who: Signal<Local, Bits<5>>,
    who16: Signal<Local, Bits<16>>,
    who_bit: Signal<Local, Bits<32>>,
    key_limb: Signal<Local, W64>,
    hashed: Signal<Local, Bits<16>>,
    last_limb: Signal<Local, Bits<3>>,
    flag_balance: Signal<Local, Bit>,
    flag_nonce: Signal<Local, Bit>,
    flag_code: Signal<Local, Bit>,
    flag_exists: Signal<Local, Bit>,
    flag_deleted: Signal<Local, Bit>,
    flag_unavailable: Signal<Local, Bit>,
    flag_add: Signal<Local, Bit>,
    /// It is an addition, if to an account.
    flag_sum: Signal<Local, Bit>,
    flag_delete_empty: Signal<Local, Bit>,

    // The entry as it is read.
    /// Number of the entry.
    here: Signal<Local, Bits<16>>,
    look: Signal<Local, Bits<16>>,
    look_set: Signal<Local, Bits<16>>,
    read_kind: Signal<Local, Bits<2>>,
    read_address: Signal<Local, W160>,
    read_marks: Signal<Local, Bits<32>>,
    read_occupied: Signal<Local, Bit>,
    read_account: Signal<Local, Bit>,
    read_pending: Signal<Local, Bit>,
    same_address: Signal<Local, Bit>,
    same_kind: Signal<Local, Bit>,
    same_second: Signal<Local, Bit>,
    tested_bit: Signal<Local, Bits<8>>,
    test: Signal<Local, Bits<8>>,
    is_key: Signal<Local, Bit>,
    captures: Signal<Local, Bit>,
    /// The registers take a new entry.
    begins: Signal<Local, Bit>,

    // The entry in the registers.
    head_kind: Signal<Local, Bits<2>>,
    head_address: Signal<Local, W160>,
    head_nonce: Signal<Local, W64>,
    account: Signal<Local, Bit>,
    known_value: Signal<Local, Bit>,
    known_nonce: Signal<Local, Bit>,
    known_code: Signal<Local, Bit>,
    complete: Signal<Local, Bit>,
    exists: Signal<Local, Bit>,
    unavailable: Signal<Local, Bit>,
    /// A request is outstanding.
    waits: Signal<Local, Bit>,
    /// What READ or NEED wants is known.
    wanted: Signal<Local, Bit>,
    settled: Signal<Local, Bit>,
    marked: Signal<Local, Bits<32>>,
    was_marked: Signal<Local, Bit>,

    // What it becomes.
    adds: Signal<Local, Bit>,
    deletes: Signal<Local, Bit>,
    put_value: Signal<Local, Bit>,
    put_nonce: Signal<Local, Bit>,
    put_code: Signal<Local, Bit>,
    new_value: Signal<Local, W256>,
    new_nonce: Signal<Local, W64>,
    new_second: Signal<Local, W256>,
    new_code: Signal<Local, W64>,
    new_bytes: Signal<Local, Bits<32>>,
    new_exists: Signal<Local, Bit>,
    new_unavailable: Signal<Local, Bit>,
    new_pending: Signal<Local, Bit>,
    new_known_value: Signal<Local, Bit>,
    new_known_nonce: Signal<Local, Bit>,
    new_known_code: Signal<Local, Bit>,
    new_flags: Signal<Local, W256>,
    new_head: Signal<Local, W256>,
    change_value: Signal<Local, Bit>,
    change_nonce: Signal<Local, Bit>,
    change_code: Signal<Local, Bit>,
    change_exists: Signal<Local, Bit>,
    changes: Signal<Local, W64>,
    concern_value: Signal<Local, Bits<32>>,
    concern_nonce: Signal<Local, Bits<32>>,
    concern_code: Signal<Local, Bits<32>>,
    concerned: Signal<Local, Bits<32>>,
    new_value_mask: Signal<Local, Bits<32>>,
    new_nonce_mask: Signal<Local, Bits<32>>,
    new_code_mask: Signal<Local, Bits<32>>,
    new_wait_mask: Signal<Local, Bits<32>>,
    /// The registers take what the entry becomes.
    takes: Signal<Local, Bit>,
    put_contents: Signal<Local, Bit>,
    put_second: Signal<Local, Bit>,
    put_written: Signal<Local, Bit>,
    put_request: Signal<Local, Bit>,
    put_marks: Signal<Local, Bit>,
    target: Signal<Local, Bits<16>>,
    target_written: Signal<Local, W64>,

    // Sets and lists.
    way_bit: Signal<Local, Bits<8>>,
    hand: Signal<Local, Bits<16>>,
    hand_bit: Signal<Local, Bits<8>>,
    hand_next: Signal<Local, Bits<16>>,
    hand_test: Signal<Local, Bits<8>>,
    hand_spare: Signal<Local, Bits<8>>,
    hand_idle: Signal<Local, Bit>,
    hand_used: Signal<Local, Bit>,
    row_occupied: Signal<Local, Bits<8>>,
    row_used: Signal<Local, Bits<8>>,
    row_hand: Signal<Local, Bits<8>>,
    row_update: Signal<Local, Bit>,
    used_next: Signal<Local, Bits<8>>,
    occupied_next: Signal<Local, Bits<8>>,
    hand_kept: Signal<Local, Bits<8>>,
    row_next: Signal<Local, Bits<24>>,
    set_write: Signal<Local, Bit>,
    set_target: Signal<Local, Bits<16>>,
    set_data: Signal<Local, Bits<24>>,
    list_count: Signal<Local, Bits<16>>,
    list_full: Signal<Local, Bit>,
    list_over: Signal<Local, Bit>,
    list_base: Signal<Local, Bits<16>>,
    pushes: Signal<Local, Bit>,
    count_write: Signal<Local, Bit>,
    count_target: Signal<Local, Bits<16>>,
    count_data: Signal<Local, Bits<16>>,
    stored_write: Signal<Local, Bit>,
    stored_target: Signal<Local, Bits<16>>,
    stored_data: Signal<Local, Bits<2>>,

    // Walks.
    next16: Signal<Local, Bits<16>>,
    more: Signal<Local, Bit>,
    lists_next: Signal<Local, Bit>,
    looks_next: Signal<Local, Bit>,
    held_bit: Signal<Local, Bits<8>>,
    held_occupied: Signal<Local, Bit>,
    held_way: Signal<Local, Bits<16>>,
    held_storage: Signal<Local, Bit>,
    held_same: Signal<Local, Bit>,
    held_test: Signal<Local, Bits<8>>,
    held_newer: Signal<Local, Bit>,
    clears: Signal<Local, Bit>,

    // Adder and floor.
    x: Signal<Local, W64>,
    y: Signal<Local, W64>,
    sum_limb: Signal<Local, W65>,
    sum_low: Signal<Local, W64>,
    rise: Signal<Local, W64>,
    rises: Signal<Local, Bit>,
    /// `rise` is below the floor.
    below: Signal<Local, Bit>,
    /// `rise` is above the floor.
    above: Signal<Local, Bit>,
}

impl<const SET_BITS: usize, const WAY_BITS: usize, const SLOT_BITS: usize, const LIST_BITS: usize> Default
    for StateTable<SET_BITS, WAY_BITS, SLOT_BITS, LIST_BITS>
{
    fn default() -> Self {
        const {
            assert!(SET_BITS >= 1 && SET_BITS + WAY_BITS <= 16, "numbers of entries have 16 bits");
            assert!(WAY_BITS >= 1 && WAY_BITS <= 3, "rows of sets have room for 8 ways");
            assert!(SLOT_BITS >= 1 && SLOT_BITS <= 5, "masks have 32 bits");
            assert!(LIST_BITS <= 14 && SLOT_BITS + LIST_BITS <= 16, "lengths of lists have 15 bits");
        }
        Self {
            clock: Default::default(),
            valid: Default::default(),
            ready: Default::default(),
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
            key_write: Default::default(),
            key_index: Default::default(),
            key_data: Default::default(),
            outcome: Default::default(),
            found_entry: Default::default(),
            found_value: Default::default(),
            found_nonce: Default::default(),
            found_code_hash: Default::default(),
            found_code: Default::default(),
            found_exists: Default::default(),
            found_known: Default::default(),
            readers: Default::default(),
            waiting: Default::default(),
            changed: Default::default(),
            evicted: Default::default(),
            floor: Default::default(),
            pending: Default::default(),
            set_mask: Constant::new(((1_u64 << SET_BITS) - 1).into()),
            way_mask: Constant::new(((1_u64 << WAY_BITS) - 1).into()),
            way_shift: Constant::new((WAY_BITS as u64).into()),
            slot_mask: Constant::new(((1_u64 << SLOT_BITS) - 1).into()),
            list_shift: Constant::new((LIST_BITS as u64).into()),
            list_room: Constant::new((1_u64 << LIST_BITS).into()),
            entries: Constant::new((1_u64 << (SET_BITS + WAY_BITS)).into()),
            wiped: Constant::new((1_u64 << (if SET_BITS > SLOT_BITS { SET_BITS } else { SLOT_BITS })).into()),
            no_code: Constant::new(W256::from_limbs(NO_CODE_HASH)),
            zero64: Constant::new(W64::ZERO),
            zero256: Constant::new(W256::ZERO),
            heads: Ram::default(),
            seconds: Ram::default(),
            values: Ram::default(),
            codes: Ram::default(),
            written: Ram::default(),
            requests: Ram::default(),
            value_marks: Ram::new(1 << SLOT_BITS),
            nonce_marks: Ram::new(1 << SLOT_BITS),
            code_marks: Ram::new(1 << SLOT_BITS),
            wait_marks: Ram::new(1 << SLOT_BITS),
            sets: Ram::new(16 + WAY_BITS),
            stored: Ram::new(1),
            lists: Ram::new(SET_BITS + WAY_BITS),
            counts: Ram::default(),
            state: Default::default(),
            hasher: Default::default(),
            limb: Default::default(),
            set: Default::default(),
            way: Default::default(),
            tested: Default::default(),
            probed: Default::default(),
            fresh: Default::default(),
            vacant: Default::default(),
            idle_ways: Default::default(),
            row: Default::default(),
            step: Default::default(),
            carry: Default::default(),
            sum: Default::default(),
            next: Default::default(),
            total: Default::default(),
            by_list: Default::default(),
            listed: Default::default(),
            looked: Default::default(),
            looked_entry: Default::default(),
            held: Default::default(),
            held_entry: Default::default(),
            head: Default::default(),
            second: Default::default(),
            balance: Default::default(),
            code_word: Default::default(),
            last_write: Default::default(),
            requested: Default::default(),
            value_mask: Default::default(),
            nonce_mask: Default::default(),
            code_mask: Default::default(),
            wait_mask: Default::default(),
            value_differs: Default::default(),
            nonce_differs: Default::default(),
            code_differs: Default::default(),
            value_any: Default::default(),
            nonce_any: Default::default(),
            code_any: Default::default(),
            recent: Default::default(),
            ended: Default::default(),
            hit_readers: Default::default(),
            hit_waiting: Default::default(),
            differs: Default::default(),
            evicts: Default::default(),
            barrier: Default::default(),
            outstanding: Default::default(),
            is_read: Default::default(),
            is_need: Default::default(),
            is_probe: Default::default(),
            is_fill: Default::default(),
            is_try: Default::default(),
            is_write: Default::default(),
            is_storage: Default::default(),
            key_account: Default::default(),
            who: Default::default(),
            who16: Default::default(),
            who_bit: Default::default(),
            key_limb: Default::default(),
            hashed: Default::default(),
            last_limb: Default::default(),
            flag_balance: Default::default(),
            flag_nonce: Default::default(),
            flag_code: Default::default(),
            flag_exists: Default::default(),
            flag_deleted: Default::default(),
            flag_unavailable: Default::default(),
            flag_add: Default::default(),
            flag_sum: Default::default(),
            flag_delete_empty: Default::default(),
            here: Default::default(),
            look: Default::default(),
            look_set: Default::default(),
            read_kind: Default::default(),
            read_address: Default::default(),
            read_marks: Default::default(),
            read_occupied: Default::default(),
            read_account: Default::default(),
            read_pending: Default::default(),
            same_address: Default::default(),
            same_kind: Default::default(),
            same_second: Default::default(),
            tested_bit: Default::default(),
            test: Default::default(),
            is_key: Default::default(),
            captures: Default::default(),
            begins: Default::default(),
            head_kind: Default::default(),
            head_address: Default::default(),
            head_nonce: Default::default(),
            account: Default::default(),
            known_value: Default::default(),
            known_nonce: Default::default(),
            known_code: Default::default(),
            complete: Default::default(),
            exists: Default::default(),
            unavailable: Default::default(),
            waits: Default::default(),
            wanted: Default::default(),
            settled: Default::default(),
            marked: Default::default(),
            was_marked: Default::default(),
            adds: Default::default(),
            deletes: Default::default(),
            put_value: Default::default(),
            put_nonce: Default::default(),
            put_code: Default::default(),
            new_value: Default::default(),
            new_nonce: Default::default(),
            new_second: Default::default(),
            new_code: Default::default(),
            new_bytes: Default::default(),
            new_exists: Default::default(),
            new_unavailable: Default::default(),
            new_pending: Default::default(),
            new_known_value: Default::default(),
            new_known_nonce: Default::default(),
            new_known_code: Default::default(),
            new_flags: Default::default(),
            new_head: Default::default(),
            change_value: Default::default(),
            change_nonce: Default::default(),
            change_code: Default::default(),
            change_exists: Default::default(),
            changes: Default::default(),
            concern_value: Default::default(),
            concern_nonce: Default::default(),
            concern_code: Default::default(),
            concerned: Default::default(),
            new_value_mask: Default::default(),
            new_nonce_mask: Default::default(),
            new_code_mask: Default::default(),
            new_wait_mask: Default::default(),
            takes: Default::default(),
            put_contents: Default::default(),
            put_second: Default::default(),
            put_written: Default::default(),
            put_request: Default::default(),
            put_marks: Default::default(),
            target: Default::default(),
            target_written: Default::default(),
            way_bit: Default::default(),
            hand: Default::default(),
            hand_bit: Default::default(),
            hand_next: Default::default(),
            hand_test: Default::default(),
            hand_spare: Default::default(),
            hand_idle: Default::default(),
            hand_used: Default::default(),
            row_occupied: Default::default(),
            row_used: Default::default(),
            row_hand: Default::default(),
            row_update: Default::default(),
            used_next: Default::default(),
            occupied_next: Default::default(),
            hand_kept: Default::default(),
            row_next: Default::default(),
            set_write: Default::default(),
            set_target: Default::default(),
            set_data: Default::default(),
            list_count: Default::default(),
            list_full: Default::default(),
            list_over: Default::default(),
            list_base: Default::default(),
            pushes: Default::default(),
            count_write: Default::default(),
            count_target: Default::default(),
            count_data: Default::default(),
            stored_write: Default::default(),
            stored_target: Default::default(),
            stored_data: Default::default(),
            next16: Default::default(),
            more: Default::default(),
            lists_next: Default::default(),
            looks_next: Default::default(),
            held_bit: Default::default(),
            held_occupied: Default::default(),
            held_way: Default::default(),
            held_storage: Default::default(),
            held_same: Default::default(),
            held_test: Default::default(),
            held_newer: Default::default(),
            clears: Default::default(),
            x: Default::default(),
            y: Default::default(),
            sum_limb: Default::default(),
            sum_low: Default::default(),
            rise: Default::default(),
            rises: Default::default(),
            below: Default::default(),
            above: Default::default(),
        }
    }
}

impl<const SET_BITS: usize, const WAY_BITS: usize, const SLOT_BITS: usize, const LIST_BITS: usize> Logic
    for StateTable<SET_BITS, WAY_BITS, SLOT_BITS, LIST_BITS>
{
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            state,
            limb,
            set,
            way,
            tested,
            probed,
            fresh,
            vacant,
            idle_ways,
            row,
            step,
            carry,
            sum,
            next,
            total,
            by_list,
            listed,
            looked,
            looked_entry,
            held,
            held_entry,
            head,
            second,
            balance,
            code_word,
            last_write,
            requested,
            value_mask,
            nonce_mask,
            code_mask,
            wait_mask,
            value_differs,
            nonce_differs,
            code_differs,
            value_any,
            nonce_any,
            code_any,
            recent,
            ended,
            hit_readers,
            hit_waiting,
            differs,
            evicts,
            barrier,
            outstanding
        );
        clock!(
            self,
            clock,
            heads,
            seconds,
            values,
            codes,
            written,
            requests,
            value_marks,
            nonce_marks,
            code_marks,
            wait_marks,
            sets,
            stored,
            lists,
            counts,
            hasher
        );

        // The operation.
        self.is_read.next = self.op.val() == bits::<4>(0);
        self.is_need.next = self.op.val() == bits::<4>(1);
        self.is_probe.next = self.op.val() == bits::<4>(2);
        self.is_fill.next = self.op.val() == bits::<4>(3);
        self.is_try.next = self.op.val() == bits::<4>(6);
        self.is_write.next =
            (self.op.val() == bits::<4>(4)) | (self.op.val() == bits::<4>(6)) | (self.op.val() == bits::<4>(7));
        self.is_storage.next = self.op.val() == bits::<4>(9);
        self.key_account.next = self.kind.val() == bits::<2>(1);
        self.who.next = self.slot.val() & self.slot_mask.val();
        self.who16.next = bit_cast::<16, 5>(self.who.val());
        self.who_bit.next = bits::<32>(1) << bit_cast::<32, 5>(self.who.val());
        self.flag_balance.next = self.flags.val().get_bit(0);
        self.flag_nonce.next = self.flags.val().get_bit(1);
        self.flag_code.next = self.flags.val().get_bit(2);
        self.flag_exists.next = self.flags.val().get_bit(3);
        self.flag_deleted.next = self.flags.val().get_bit(4);
        self.flag_unavailable.next = self.flags.val().get_bit(6);
        self.flag_add.next = self.flags.val().get_bit(8);
        self.flag_sum.next = self.flag_add.val() & (!self.flag_deleted.val());
        self.flag_delete_empty.next = self.flags.val().get_bit(9);

        // Hash.
        match self.limb.q.val().index() {
            0 => {
                self.key_limb.next = bits_w64(self.address.val());
            }
            1 => {
                self.key_limb.next = bits_w64(self.address.val().get_bits::<32>(64))
                    | (bits_w64(self.address.val().get_bits::<32>(96)) << 32_u64);
            }
            2 => {
                self.key_limb.next =
                    bits_w64(self.address.val().get_bits::<32>(128)) | (bits_w64(self.kind.val()) << 32_u64);
            }
            3 => {
                self.key_limb.next = self.slot_key.val().get_value_limb0();
            }
            4 => {
                self.key_limb.next = self.slot_key.val().get_value_limb1();
            }
            5 => {
                self.key_limb.next = self.slot_key.val().get_value_limb2();
            }
            _ => {
                self.key_limb.next = self.slot_key.val().get_value_limb3();
            }
        }
        self.hasher.index.next = self.limb.q.val();
        self.hasher.limb.next = self.key_limb.val();
        self.hasher.write.next = self.key_write.val();
        self.hasher.write_index.next = self.key_index.val();
        self.hasher.write_data.next = self.key_data.val();
        self.hashed.next = self.hasher.hash.val() & self.set_mask.val();
        self.last_limb.next = bits::<3>(6);
        if self.key_account.val() {
            self.last_limb.next = bits::<3>(2);
        }

        // The entry that is read, and whether it is the one.
        self.here.next = (self.set.q.val() << self.way_shift.val()) | self.way.q.val();
        self.next16.next = bit_cast::<16, 17>(self.next.q.val());
        self.look.next = self.here.val();
        if self.state.q.val() == State::Walk {
            self.look.next = self.next16.val();
            if self.by_list.q.val() {
                self.look.next = self.lists.data.val();
            }
        }
        self.look_set.next = self.look.val() >> self.way_shift.val();
        self.read_kind.next = self.heads.data.val().get_bits::<2>(160);
        self.read_address.next = bits_w160(self.heads.data.val());
        self.read_account.next = self.read_kind.val() == bits::<2>(1);
        self.read_pending.next = self.heads.data.val().get_bit(167);
        self.read_marks.next = self.value_marks.data.val()
            | self.nonce_marks.data.val()
            | self.code_marks.data.val()
            | self.wait_marks.data.val();
        self.same_kind.next = self.read_kind.val() == self.kind.val();
        self.same_address.next = self.read_address.val() == self.address.val();
        self.same_second.next = self.seconds.data.val() == self.slot_key.val();
        self.tested_bit.next = bits::<8>(1) << bit_cast::<8, 16>(self.tested.q.val());
        self.test.next = self.sets.data.val().get_bits::<8>(0) & self.tested_bit.val();
        self.read_occupied.next = self.test.val().any();
        self.is_key.next = self.read_occupied.val()
            & self.same_kind.val()
            & self.same_address.val()
            & (self.key_account.val() | self.same_second.val());

        // The entry in the registers.
        self.head_kind.next = self.head.q.val().get_bits::<2>(160);
        self.head_address.next = bits_w160(self.head.q.val());
        self.head_nonce.next = self.head.q.val().get_value_limb3();
        self.account.next = self.head_kind.val() == bits::<2>(1);
        self.known_value.next = self.head.q.val().get_bit(162);
        self.known_nonce.next = self.head.q.val().get_bit(163);
        self.known_code.next = self.head.q.val().get_bit(164);
        self.exists.next = self.head.q.val().get_bit(165);
        self.unavailable.next = self.head.q.val().get_bit(166);
        self.waits.next = self.head.q.val().get_bit(167);
        self.complete.next =
            self.known_value.val() & (!self.account.val() | (self.known_nonce.val() & self.known_code.val()));
        self.wanted.next = self.complete.val();
        if self.is_read.val() {
            self.wanted.next = self.known_value.val();
            if self.account.val() & (self.field.val() == bits::<2>(1)) {
                self.wanted.next = self.known_nonce.val();
            }
            if self.account.val() & self.field.val().get_bit(1) {
                self.wanted.next = self.known_code.val();
            }
        }
        self.settled.next = self.wanted.val() | self.unavailable.val();
        self.marked.next =
            (self.value_mask.q.val() | self.nonce_mask.q.val() | self.code_mask.q.val() | self.wait_mask.q.val())
                & self.who_bit.val();
        self.was_marked.next = self.marked.val().any();

        // What a fill or write puts into it.
        self.adds.next = self.is_write.val() & self.account.val() & self.flag_sum.val();
        self.deletes.next = self.is_write.val() & self.account.val() & self.flag_deleted.val();
        self.put_value.next = false;
        self.put_nonce.next = false;
        self.put_code.next = false;
        if self.is_write.val() {
            self.put_value.next =
                !self.account.val() | self.deletes.val() | self.flag_balance.val() | self.flag_add.val();
            self.put_nonce.next = self.account.val() & (self.deletes.val() | self.flag_nonce.val());
            self.put_code.next = self.account.val() & (self.deletes.val() | self.flag_code.val());
        }
        if self.is_fill.val() & !self.flag_unavailable.val() {
            self.put_value.next = !self.known_value.val();
            self.put_nonce.next = self.account.val() & !self.known_nonce.val();
            self.put_code.next = self.account.val() & !self.known_code.val();
        }
        self.new_value.next = self.balance.q.val();
        self.new_nonce.next = self.head_nonce.val();
        self.new_second.next = self.second.q.val();
        self.new_code.next = self.code_word.q.val();
        if self.put_value.val() {
            self.new_value.next = self.value.val();
            if self.adds.val() {
                self.new_value.next = self.sum.q.val();
            }
        }
        if self.put_nonce.val() {
            self.new_nonce.next = self.nonce.val();
        }
        if self.put_code.val() {
            self.new_second.next = self.code_hash.val();
            self.new_code.next = self.code.val();
        }
        if self.deletes.val() {
            self.new_value.next = self.zero256.val();
            self.new_nonce.next = self.zero64.val();
            self.new_second.next = self.no_code.val();
            self.new_code.next = self.zero64.val();
        }
        if self.is_storage.val() {
            self.new_value.next = self.zero256.val();
        }
        self.new_bytes.next = self.new_code.val().get_bits::<32>(0);
        self.value_differs.d.next = self.new_value.val() != self.balance.q.val();
        self.nonce_differs.d.next = self.new_nonce.val() != self.head_nonce.val();
        self.code_differs.d.next =
            (self.new_second.val() != self.second.q.val()) | (self.new_code.val() != self.code_word.q.val());
        self.value_any.d.next = self.new_value.val().any();
        self.nonce_any.d.next = self.new_nonce.val().any();
        self.code_any.d.next = self.new_bytes.val().any();
        self.recent.d.next = self.seq.val() >= self.requested.q.val();
        self.new_known_value.next = self.known_value.val() | self.put_value.val() | self.is_storage.val();
        self.new_known_nonce.next = self.known_nonce.val() | self.put_nonce.val();
        self.new_known_code.next = self.known_code.val() | self.put_code.val();
        self.new_exists.next = self.exists.val();
        if self.is_write.val() {
            self.new_exists.next = self.account.val()
                & (!self.deletes.val())
                & (self.value_any.q.val()
                    | self.nonce_any.q.val()
                    | self.code_any.q.val()
                    | (self.exists.val() & !self.flag_delete_empty.val()));
        }
        if self.is_fill.val()
            & self.account.val()
            & self.flag_exists.val()
            & (self.put_value.val() | self.put_nonce.val() | self.put_code.val())
        {
            self.new_exists.next = true;
        }
        self.new_unavailable.next = self.unavailable.val() | (self.is_fill.val() & self.flag_unavailable.val());
        self.new_pending.next = self.waits.val() & !self.is_fill.val();
        if (self.op.val() < bits::<4>(3)) & self.fresh.q.val() {
            self.new_pending.next = true;
        }
        self.new_flags.next = (bits_w256(self.head_kind.val()) << 160_u64)
            | (bits_w256(self.new_known_value.val()) << 162_u64)
            | (bits_w256(self.new_known_nonce.val()) << 163_u64)
            | (bits_w256(self.new_known_code.val()) << 164_u64)
            | (bits_w256(self.new_exists.val()) << 165_u64)
            | (bits_w256(self.new_unavailable.val()) << 166_u64)
            | (bits_w256(self.new_pending.val()) << 167_u64);
        self.new_head.next =
            bits_w256(self.head_address.val()) | self.new_flags.val() | (bits_w256(self.new_nonce.val()) << 192_u64);

        // Whom a write concerns.
        self.change_value.next = self.put_value.val() & (self.value_differs.q.val() | !self.known_value.val());
        self.change_nonce.next = self.put_nonce.val() & (self.nonce_differs.q.val() | !self.known_nonce.val());
        self.change_code.next = self.put_code.val() & (self.code_differs.q.val() | !self.known_code.val());
        self.change_exists.next = self.new_exists.val() ^ self.exists.val();
        self.changes.next = bits_w64(self.change_value.val())
            | (bits_w64(self.change_nonce.val()) << 1_u64)
            | (bits_w64(self.change_code.val()) << 2_u64)
            | (bits_w64(self.change_exists.val()) << 3_u64);
        self.concern_value.next = bits::<32>(0);
        if self.change_value.val() {
            self.concern_value.next = self.value_mask.q.val();
        }
        self.concern_nonce.next = bits::<32>(0);
        if self.change_nonce.val() {
            self.concern_nonce.next = self.nonce_mask.q.val();
        }
        self.concern_code.next = bits::<32>(0);
        if self.change_code.val() {
            self.concern_code.next = self.code_mask.q.val();
        }
        self.concerned.next = self.concern_value.val() | self.concern_nonce.val() | self.concern_code.val();

        // Bits of the slot.
        self.new_value_mask.next = self.value_mask.q.val();
        self.new_nonce_mask.next = self.nonce_mask.q.val();
        self.new_code_mask.next = self.code_mask.q.val();
        self.new_wait_mask.next = self.wait_mask.q.val();
        if self.is_read.val() & self.settled.val() {
            if self.account.val() & self.field.val().get_bit(1) {
                self.new_code_mask.next = self.code_mask.q.val() | self.who_bit.val();
            } else if self.account.val() & self.field.val().get_bit(0) {
                self.new_nonce_mask.next = self.nonce_mask.q.val() | self.who_bit.val();
            } else {
                self.new_value_mask.next = self.value_mask.q.val() | self.who_bit.val();
            }
        }
        if self.is_need.val() {
            self.new_value_mask.next = self.value_mask.q.val() | self.who_bit.val();
        }
        if self.is_read.val() | self.is_need.val() {
            self.new_wait_mask.next = self.wait_mask.q.val() & !self.who_bit.val();
            if !self.settled.val() {
                self.new_wait_mask.next = self.wait_mask.q.val() | self.who_bit.val();
            }
        }
        if self.state.q.val() == State::Walk {
            self.new_value_mask.next = self.value_mask.q.val() & !self.who_bit.val();
            self.new_nonce_mask.next = self.nonce_mask.q.val() & !self.who_bit.val();
            self.new_code_mask.next = self.code_mask.q.val() & !self.who_bit.val();
            self.new_wait_mask.next = self.wait_mask.q.val() & !self.who_bit.val();
        }

        // Row of the set.
        self.way_bit.next = bits::<8>(1) << bit_cast::<8, 16>(self.way.q.val());
        self.row_occupied.next = self.row.q.val().get_bits::<8>(0);
        self.row_used.next = self.row.q.val().get_bits::<8>(8);
        self.row_hand.next = self.row.q.val().get_bits::<8>(16);
        self.hand.next = bit_cast::<16, 8>(self.row_hand.val());
        self.hand_bit.next = bits::<8>(1) << self.row_hand.val();
        self.hand_next.next = (self.hand.val() + bits::<16>(1)) & self.way_mask.val();
        self.hand_test.next = self.idle_ways.q.val() & self.hand_bit.val();
        self.hand_idle.next = self.hand_test.val().any();
        self.hand_spare.next = self.row_used.val() & self.hand_bit.val();
        self.hand_used.next = self.hand_spare.val().any();
        self.row_update.next = false;
        self.occupied_next.next = self.row_occupied.val() | self.way_bit.val();
        self.used_next.next = self.row_used.val() | self.way_bit.val();
        self.hand_kept.next = self.row_hand.val();
        if self.state.q.val() == State::Clock {
            self.occupied_next.next = self.row_occupied.val();
            self.used_next.next = self.row_used.val();
            if self.hand_idle.val() {
                self.used_next.next = self.row_used.val() & !self.hand_bit.val();
            }
            self.hand_kept.next = bit_cast::<8, 16>(self.hand_next.val());
        }
        self.row_next.next = bit_cast::<24, 8>(self.occupied_next.val())
            | (bit_cast::<24, 8>(self.used_next.val()) << bits::<24>(8))
            | (bit_cast::<24, 8>(self.hand_kept.val()) << bits::<24>(16));

        // List of the slot.
        self.list_count.next = self.counts.data.val() & bits::<16>(0x7fff);
        self.list_over.next = self.counts.data.val().get_bit(15);
        self.list_full.next = self.list_count.val() == self.list_room.val();
        self.list_base.next = self.who16.val() << self.list_shift.val();

        // Walks: number from the list, entry from the memories, entry in the registers.
        self.more.next = self.next.q.val() < self.total.q.val();
        self.lists_next.next = false;
        self.looks_next.next = false;
        self.held_way.next = self.held_entry.q.val() & self.way_mask.val();
        self.held_bit.next = bits::<8>(1) << bit_cast::<8, 16>(self.held_way.val());
        self.held_test.next = self.row_occupied.val() & self.held_bit.val();
        self.held_occupied.next = self.held_test.val().any();
        self.held_storage.next = self.head_kind.val() == bits::<2>(2);
        self.held_same.next = self.head_address.val() == self.address.val();
        self.held_newer.next = self.last_write.q.val() == self.seq.val();
        self.clears.next =
            self.held_occupied.val() & (!self.held_newer.val()) & self.held_storage.val() & self.held_same.val();

        // Adder.
        match self.step.q.val().index() {
            0 => {
                self.x.next = self.balance.q.val().get_value_limb0();
                self.y.next = self.value.val().get_value_limb0();
            }
            1 => {
                self.x.next = self.balance.q.val().get_value_limb1();
                self.y.next = self.value.val().get_value_limb1();
            }
            2 => {
                self.x.next = self.balance.q.val().get_value_limb2();
                self.y.next = self.value.val().get_value_limb2();
            }
            _ => {
                self.x.next = self.balance.q.val().get_value_limb3();
                self.y.next = self.value.val().get_value_limb3();
            }
        }
        self.sum_limb.next = bits_w65(self.x.val()) + bits_w65(self.y.val()) + bits_w65(self.carry.q.val());
        self.sum_low.next = bits_w64(self.sum_limb.val());

        // Floor.
        self.rise.next = self.seq.val();
        if self.state.q.val() == State::Begin {
            self.rise.next = self.written.data.val();
        }
        self.below.next = self.rise.val() < self.barrier.q.val();
        self.above.next = self.rise.val() > self.barrier.q.val();

        // Defaults of what the states decide.
        self.ready.next = false;
        self.captures.next = false;
        self.begins.next = false;
        self.takes.next = false;
        self.put_contents.next = false;
        self.put_second.next = false;
        self.put_written.next = false;
        self.put_request.next = false;
        self.put_marks.next = false;
        self.pushes.next = false;
        self.rises.next = false;
        self.set_write.next = false;
        self.set_target.next = self.set.q.val();
        self.set_data.next = self.row_next.val();
        self.count_write.next = false;
        self.count_target.next = self.who16.val();
        self.count_data.next = bits::<16>(0);
        self.stored_write.next = false;
        self.stored_target.next = self.set.q.val();
        self.stored_data.next = bits::<2>(1);
        self.target.next = self.here.val();
        self.target_written.next = self.seq.val();
        self.listed.d.next = false;
        self.looked.d.next = false;
        self.held.d.next = false;
        self.looked_entry.d.next = self.look.val();
        self.held_entry.d.next = self.looked_entry.q.val();

        match self.state.q.val() {
            State::Idle => {
                if self.valid.val() {
                    self.ended.d.next = bits::<4>(0);
                    self.hit_readers.d.next = bits::<32>(0);
                    self.hit_waiting.d.next = bits::<32>(0);
                    self.differs.d.next = bits::<4>(0);
                    self.evicts.d.next = false;
                    self.fresh.d.next = false;
                    self.probed.d.next = false;
                    self.vacant.d.next = bits::<8>(0);
                    self.idle_ways.d.next = bits::<8>(0);
                    self.carry.d.next = false;
                    self.next.d.next = bits::<17>(0);
                    self.by_list.d.next = false;
                    self.set.d.next = (self.entry.val() >> self.way_shift.val()) & self.set_mask.val();
                    self.way.d.next = self.entry.val() & self.way_mask.val();
                    match self.op.val().index() {
                        5 => {
                            self.state.d.next = State::Fetch;
                        }
                        6 => {
                            self.state.d.next = State::Fetch;
                        }
                        7 => {
                            self.state.d.next = State::Fetch;
                        }
                        8 => {
                            self.state.d.next = State::Forget;
                        }
                        9 => {
                            self.total.d.next = self.entries.val();
                            self.set.d.next = self.hashed.val();
                            self.way.d.next = bits::<16>(0);
                            self.limb.d.next = bits::<3>(1);
                            self.state.d.next = State::Hash;
                        }
                        10 => {
                            self.total.d.next = self.wiped.val();
                            self.barrier.d.next = self.seq.val();
                            self.outstanding.d.next = bits::<17>(0);
                            self.state.d.next = State::Wipe;
                        }
                        11 => {
                            self.ended.d.next = bits::<4>(7);
                            self.state.d.next = State::Finish;
                        }
                        12 => {
                            self.ended.d.next = bits::<4>(7);
                            self.state.d.next = State::Finish;
                        }
                        13 => {
                            self.ended.d.next = bits::<4>(7);
                            self.state.d.next = State::Finish;
                        }
                        14 => {
                            self.ended.d.next = bits::<4>(7);
                            self.state.d.next = State::Finish;
                        }
                        15 => {
                            self.ended.d.next = bits::<4>(7);
                            self.state.d.next = State::Finish;
                        }
                        _ => {
                            self.set.d.next = self.hashed.val();
                            self.way.d.next = bits::<16>(0);
                            self.limb.d.next = bits::<3>(1);
                            self.state.d.next = State::Hash;
                        }
                    }
                }
            }

            State::Hash => {
                self.set.d.next = self.set.q.val() ^ self.hashed.val();
                self.limb.d.next = self.limb.q.val() + bits::<3>(1);
                if self.is_storage.val() {
                    // The hash of two limbs; the filter is read; it decides.
                    if self.limb.q.val().get_bit(1) {
                        self.set.d.next = self.set.q.val();
                    }
                    if self.limb.q.val() == bits::<3>(3) {
                        self.limb.d.next = bits::<3>(0);
                        self.state.d.next = State::Walk;
                        if !self.stored.data.val().any() {
                            self.rises.next = true;
                            self.state.d.next = State::Finish;
                        }
                    }
                } else {
                    // Whoever looks for a slot may make an entry of it.
                    self.stored_write.next = (self.limb.q.val() == bits::<3>(2)) & (self.kind.val() == bits::<2>(2));
                    if self.limb.q.val() == self.last_limb.val() {
                        self.limb.d.next = bits::<3>(0);
                        self.state.d.next = State::Probe;
                    }
                }
            }
            State::Probe => {
                self.probed.d.next = true;
                self.tested.d.next = self.way.q.val();
                if self.way.q.val() != self.way_mask.val() {
                    self.way.d.next = self.way.q.val() + bits::<16>(1);
                }
                if self.probed.q.val() {
                    if self.is_key.val() {
                        self.captures.next = true;
                        self.way.d.next = self.tested.q.val();
                        self.state.d.next = State::Evaluate;
                        if self.is_fill.val() {
                            self.state.d.next = State::Check;
                        }
                        if self.is_write.val() {
                            self.state.d.next = State::Check;
                            if self.key_account.val() & self.flag_sum.val() {
                                self.state.d.next = State::Add;
                            }
                        }
                    } else {
                        self.row.d.next = self.sets.data.val();
                        if !self.read_occupied.val() {
                            self.vacant.d.next = self.vacant.q.val() | self.tested_bit.val();
                        } else if !(self.read_pending.val() | self.read_marks.val().any()) {
                            self.idle_ways.d.next = self.idle_ways.q.val() | self.tested_bit.val();
                        }
                        if self.tested.q.val() == self.way_mask.val() {
                            self.state.d.next = State::Miss;
                        }
                    }
                }
            }
            State::Miss => {
                if self.is_probe.val() {
                    self.ended.d.next = bits::<4>(8);
                    self.state.d.next = State::Finish;
                } else if self.is_write.val() {
                    self.rises.next = true;
                    self.ended.d.next = bits::<4>(8);
                    self.state.d.next = State::Finish;
                } else if self.is_fill.val() & self.below.val() {
                    self.ended.d.next = bits::<4>(7);
                    self.state.d.next = State::Finish;
                } else if self.vacant.q.val().any() {
                    // The first vacant way.
                    self.way.d.next = bits::<16>(7);
                    if self.vacant.q.val().get_bit(6) {
                        self.way.d.next = bits::<16>(6);
                    }
                    if self.vacant.q.val().get_bit(5) {
                        self.way.d.next = bits::<16>(5);
                    }
                    if self.vacant.q.val().get_bit(4) {
                        self.way.d.next = bits::<16>(4);
                    }
                    if self.vacant.q.val().get_bit(3) {
                        self.way.d.next = bits::<16>(3);
                    }
                    if self.vacant.q.val().get_bit(2) {
                        self.way.d.next = bits::<16>(2);
                    }
                    if self.vacant.q.val().get_bit(1) {
                        self.way.d.next = bits::<16>(1);
                    }
                    if self.vacant.q.val().get_bit(0) {
                        self.way.d.next = bits::<16>(0);
                    }
                    self.begins.next = true;
                    self.state.d.next = State::Evaluate;
                } else if self.idle_ways.q.val().any() {
                    self.state.d.next = State::Clock;
                } else {
                    self.ended.d.next = bits::<4>(4);
                    if self.is_fill.val() {
                        self.ended.d.next = bits::<4>(7);
                    }
                    self.state.d.next = State::Finish;
                }
            }
            State::Clock => {
                self.row.d.next = self.row_next.val();
                self.way.d.next = self.hand.val();
                if self.hand_idle.val() & (!self.hand_used.val()) {
                    self.state.d.next = State::Evict;
                }
            }
            State::Evict => {
                self.evicts.d.next = true;
                self.state.d.next = State::Begin;
            }
            State::Begin => {
                self.rises.next = true;
                self.begins.next = true;
                self.state.d.next = State::Evaluate;
            }

            State::Fetch => {
                self.state.d.next = State::Capture;
            }
            State::Capture => {
                self.captures.next = true;
                self.state.d.next = State::Evaluate;
                if self.is_write.val() {
                    self.state.d.next = State::Check;
                    if self.read_account.val() & self.flag_sum.val() {
                        self.state.d.next = State::Add;
                    }
                }
            }
            State::Add => {
                self.sum.d.next = (self.sum.q.val() >> 64_u64) | (bits_w256(self.sum_low.val()) << 192_u64);
                self.carry.d.next = self.sum_limb.val().get_bit(64);
                self.step.d.next = self.step.q.val() + bits::<2>(1);
                if self.step.q.val() == bits::<2>(3) {
                    self.state.d.next = State::Check;
                }
            }
            State::Check => {
                self.state.d.next = State::Evaluate;
            }

            State::Evaluate => {
                self.state.d.next = State::Finish;
                self.put_contents.next = self.fresh.q.val();
                self.put_second.next = self.fresh.q.val();
                self.put_written.next = self.fresh.q.val();
                self.put_marks.next = self.fresh.q.val();
                self.set_write.next = self.fresh.q.val();
                if self.fresh.q.val() {
                    self.target_written.next = self.zero64.val();
                }
                match self.op.val().index() {
                    3 => {
                        if self.fresh.q.val() {
                            self.takes.next = true;
                            self.ended.d.next = bits::<4>(6);
                        } else if self.waits.val() & self.recent.q.val() {
                            self.takes.next = true;
                            self.put_contents.next = true;
                            self.put_second.next = true;
                            self.hit_waiting.d.next = self.wait_mask.q.val();
                            self.outstanding.d.next = self.outstanding.q.val() - bits::<17>(1);
                            self.ended.d.next = bits::<4>(5);
                        } else {
                            self.ended.d.next = bits::<4>(7);
                        }
                    }
                    2 => {
                        self.ended.d.next = bits::<4>(0);
                        if self.waits.val() {
                            self.ended.d.next = bits::<4>(2);
                        }
                    }
                    5 => {}
                    _ => {
                        if self.is_write.val() {
                            if self.adds.val() & (!self.known_value.val()) {
                                self.ended.d.next = bits::<4>(10);
                            } else if self.adds.val() & self.carry.q.val() {
                                self.ended.d.next = bits::<4>(9);
                            } else {
                                self.takes.next = true;
                                self.hit_readers.d.next = self.concerned.val();
                                self.hit_waiting.d.next = self.wait_mask.q.val();
                                self.differs.d.next = self.changes.val().get_bits::<4>(0);
                                if !self.is_try.val() {
                                    self.put_contents.next = true;
                                    self.put_second.next = true;
                                    self.put_written.next = true;
                                    self.set_write.next = true;
                                }
                            }
                        } else {
                            // READ, NEED.
                            self.takes.next = true;
                            if self.fresh.q.val() {
                                self.put_request.next = true;
                                self.outstanding.d.next = self.outstanding.q.val() + bits::<17>(1);
                            }
                            if self.is_read.val() | self.is_need.val() {
                                self.put_marks.next = true;
                                self.set_write.next = true;
                                self.pushes.next = !self.was_marked.val();
                            }
                            if self.wanted.val() {
                                self.ended.d.next = bits::<4>(0);
                            } else if self.unavailable.val() {
                                self.ended.d.next = bits::<4>(3);
                            } else if self.fresh.q.val() {
                                self.ended.d.next = bits::<4>(1);
                            } else {
                                self.ended.d.next = bits::<4>(2);
                            }
                        }
                    }
                }
            }

            State::Forget => {
                self.by_list.d.next = !self.list_over.val();
                self.total.d.next = bit_cast::<17, 16>(self.list_count.val());
                if self.list_over.val() {
                    self.total.d.next = self.entries.val();
                }
                self.state.d.next = State::Walk;
            }
            State::Walk => {
                self.lists_next.next = self.by_list.q.val() & self.more.val();
                self.looks_next.next = self.listed.q.val() | ((!self.by_list.q.val()) & self.more.val());
                if self.more.val() {
                    self.next.d.next = self.next.q.val() + bits::<17>(1);
                }
                self.listed.d.next = self.lists_next.val();
                self.looked.d.next = self.looks_next.val();
                self.held.d.next = self.looked.q.val();
                self.captures.next = self.looked.q.val();
                self.target.next = self.held_entry.q.val();
                if self.held.q.val() {
                    if self.is_storage.val() {
                        if self.clears.val() {
                            self.put_contents.next = true;
                            self.put_written.next = true;
                            self.hit_waiting.d.next = self.hit_waiting.q.val() | self.wait_mask.q.val();
                            if (!self.known_value.val()) | self.balance.q.val().any() {
                                self.hit_readers.d.next = self.hit_readers.q.val() | self.value_mask.q.val();
                                self.differs.d.next = bits::<4>(1);
                            }
                        }
                    } else {
                        self.put_marks.next = true;
                    }
                }
                if !(self.more.val() | self.listed.q.val() | self.looked.q.val() | self.held.q.val()) {
                    self.count_write.next = !self.is_storage.val();
                    self.rises.next = self.is_storage.val();
                    self.state.d.next = State::Finish;
                }
            }
            State::Wipe => {
                self.set_write.next = true;
                self.set_target.next = self.next16.val();
                self.set_data.next = bits::<24>(0);
                self.count_write.next = true;
                self.count_target.next = self.next16.val();
                self.stored_write.next = true;
                self.stored_target.next = self.next16.val();
                self.stored_data.next = bits::<2>(0);
                self.next.d.next = self.next.q.val() + bits::<17>(1);
                if !self.more.val() {
                    self.set_write.next = false;
                    self.count_write.next = false;
                    self.stored_write.next = false;
                    self.state.d.next = State::Finish;
                }
            }
            State::Finish => {
                self.ready.next = true;
                self.state.d.next = State::Idle;
            }
        }

        // Registers of the entry.
        if self.takes.val() {
            self.head.d.next = self.new_head.val();
            self.second.d.next = self.new_second.val();
            self.balance.d.next = self.new_value.val();
            self.code_word.d.next = self.new_code.val();
        }
        if self.captures.val() {
            self.row.d.next = self.sets.data.val();
            self.head.d.next = self.heads.data.val();
            self.second.d.next = self.seconds.data.val();
            self.balance.d.next = self.values.data.val();
            self.code_word.d.next = self.codes.data.val();
            self.last_write.d.next = self.written.data.val();
            self.requested.d.next = self.requests.data.val();
            self.value_mask.d.next = self.value_marks.data.val();
            self.nonce_mask.d.next = self.nonce_marks.data.val();
            self.code_mask.d.next = self.code_marks.data.val();
            self.wait_mask.d.next = self.wait_marks.data.val();
        }
        if self.begins.val() {
            self.fresh.d.next = true;
            self.head.d.next = bits_w256(self.address.val()) | (bits_w256(self.kind.val()) << 160_u64);
            self.second.d.next = self.slot_key.val();
            if self.key_account.val() {
                self.second.d.next = self.no_code.val();
            }
            self.balance.d.next = self.zero256.val();
            self.code_word.d.next = self.zero64.val();
            self.value_mask.d.next = bits::<32>(0);
            self.nonce_mask.d.next = bits::<32>(0);
            self.code_mask.d.next = bits::<32>(0);
            self.wait_mask.d.next = bits::<32>(0);
        }
        if self.rises.val() & self.above.val() {
            self.barrier.d.next = self.rise.val();
        }

        // Memories of entries.
        self.heads.address.next = self.look.val();
        self.heads.read.next = true;
        self.heads.write.next = self.put_contents.val();
        self.heads.write_address.next = self.target.val();
        self.heads.write_data.next = self.new_head.val();
        self.seconds.address.next = self.look.val();
        self.seconds.read.next = true;
        self.seconds.write.next = self.put_second.val();
        self.seconds.write_address.next = self.target.val();
        self.seconds.write_data.next = self.new_second.val();
        self.values.address.next = self.look.val();
        self.values.read.next = true;
        self.values.write.next = self.put_contents.val();
        self.values.write_address.next = self.target.val();
        self.values.write_data.next = self.new_value.val();
        self.codes.address.next = self.look.val();
        self.codes.read.next = true;
        self.codes.write.next = self.put_second.val();
        self.codes.write_address.next = self.target.val();
        self.codes.write_data.next = self.new_code.val();
        self.written.address.next = self.look.val();
        self.written.read.next = true;
        self.written.write.next = self.put_written.val();
        self.written.write_address.next = self.target.val();
        self.written.write_data.next = self.target_written.val();
        self.requests.address.next = self.look.val();
        self.requests.read.next = true;
        self.requests.write.next = self.put_request.val();
        self.requests.write_address.next = self.target.val();
        self.requests.write_data.next = self.barrier.q.val();
        self.value_marks.address.next = self.look.val();
        self.value_marks.read.next = true;
        self.value_marks.write.next = self.put_marks.val();
        self.value_marks.write_address.next = self.target.val();
        self.value_marks.write_data.next = self.new_value_mask.val();
        self.nonce_marks.address.next = self.look.val();
        self.nonce_marks.read.next = true;
        self.nonce_marks.write.next = self.put_marks.val();
        self.nonce_marks.write_address.next = self.target.val();
        self.nonce_marks.write_data.next = self.new_nonce_mask.val();
        self.code_marks.address.next = self.look.val();
        self.code_marks.read.next = true;
        self.code_marks.write.next = self.put_marks.val();
        self.code_marks.write_address.next = self.target.val();
        self.code_marks.write_data.next = self.new_code_mask.val();
        self.wait_marks.address.next = self.look.val();
        self.wait_marks.read.next = true;
        self.wait_marks.write.next = self.put_marks.val();
        self.wait_marks.write_address.next = self.target.val();
        self.wait_marks.write_data.next = self.new_wait_mask.val();

        // Sets and lists.
        self.sets.address.next = self.look_set.val();
        self.sets.read.next = true;
        self.sets.write.next = self.set_write.val();
        self.sets.write_address.next = self.set_target.val();
        self.sets.write_data.next = self.set_data.val();
        self.stored.address.next = self.set.q.val();
        self.stored.read.next = true;
        self.stored.write.next = self.stored_write.val();
        self.stored.write_address.next = self.stored_target.val();
        self.stored.write_data.next = self.stored_data.val();
        self.lists.address.next = self.list_base.val() | self.next16.val();
        self.lists.read.next = true;
        self.lists.write.next = self.pushes.val() & (!self.list_full.val());
        self.lists.write_address.next = self.list_base.val() | self.list_count.val();
        self.lists.write_data.next = self.here.val();
        self.counts.address.next = self.who16.val();
        self.counts.read.next = true;
        if self.pushes.val() {
            self.count_write.next = true;
            self.count_data.next = self.counts.data.val() + bits::<16>(1);
            if self.list_full.val() {
                self.count_data.next = self.counts.data.val() | bits::<16>(0x8000);
            }
        }
        self.counts.write.next = self.count_write.val();
        self.counts.write_address.next = self.count_target.val();
        self.counts.write_data.next = self.count_data.val();

        // Results.
        self.outcome.next = self.ended.q.val();
        self.found_entry.next = self.here.val();
        self.found_value.next = self.balance.q.val();
        self.found_nonce.next = self.head_nonce.val();
        self.found_code_hash.next = self.second.q.val();
        self.found_code.next = self.code_word.q.val();
        self.found_exists.next = self.exists.val();
        self.found_known.next = self.head.q.val().get_bits::<3>(162);
        self.readers.next = self.hit_readers.q.val();
        self.waiting.next = self.hit_waiting.q.val();
        self.changed.next = self.differs.q.val();
        self.evicted.next = self.evicts.q.val();
        self.floor.next = self.barrier.q.val();
        self.pending.next = self.outstanding.q.val();
    }
}
