//! Access unit: accounts, storage and transient slots that an attempt has touched, with warmth (EIP-2929), what was read and what
//! was written, an undo log, and the port to the state table.
//!
//! Algorithm: entries in order of first touch; a hash index with open addressing, twice as long as the table, whose slots
//! carry a generation so that clearing is a count. A handle is entry << 1, plus 1 for a storage slot. Each change first
//! appends a record to the undo log; UNDO walks it back. What is not known yet is asked for at the state port, and the
//! operation goes on with the answer. Sums of 256 bits take four cycles.
//!
//! Handshake: `start` with the operands while not `busy`; `done` is up for one cycle, results stay until the next start.
//! `state_request` stays up until `state_valid`. `clear` makes the unit idle and empty. Latency from `start` to `done`, first probe and
//! everything known: OPENA, OPENS, TLOAD 5, SLOAD, XACC 5 (cold 6), WARM, GET 3 (cold 4), SET 4, UNDO 4 a record. Reset: none;
//! starts idle and empty.

// Kernels know no `&&`.
#![allow(clippy::collapsible_if)]

use gaslane_abi::codes::{Escape, KeyKind};
use gaslane_abi::env;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use crate::{
    leaf::WordRam,
    word::{W64, W65, W160, W256, bits_w64, bits_w65, bits_w160, bits_w256},
};

/// State of the unit.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
enum Work {
    Idle,
    Sweep,
    Hash,
    Probe,
    Look,
    Match,
    Create,
    Fetch,
    Act,
    Created,
    CreatedAct,
    Ask,
    Add,
    Added,
    Undo,
    UndoRead,
    UndoFetch,
    UndoAct,
    Finish,
}

macro_rules! unit {
    (fields { $($(#[$doc:meta])* $vis:vis $field:ident: $type:ty,)* } constants { $($constant:ident: $ctype:ty = $value:expr;)* }) => {
        /// The unit: 2^`E` entries, 2^`I` = 2^(`E` + 1) slots of the index, 2^`U` undo records.
        #[derive(LogicBlock)]
        pub struct AccessUnit<const E: usize, const I: usize, const U: usize> {
            $($(#[$doc])* $vis $field: $type,)*
            $($constant: Constant<$ctype>,)*
            capacity: Constant<Bits<16>>,
            undo_capacity: Constant<Bits<16>>,
        }

        impl<const E: usize, const I: usize, const U: usize> AccessUnit<E, I, U> {
            /// A unit that escapes beyond these numbers of entries and undo records.
            pub fn new(capacity: u32, undo_capacity: u32) -> Self {
                Self {
                    $($field: Default::default(),)*
                    $($constant: Constant::new($value),)*
                    capacity: Constant::new(u64::from(capacity).into()),
                    undo_capacity: Constant::new(u64::from(undo_capacity).into()),
                }
            }
        }

        impl<const E: usize, const I: usize, const U: usize> Default for AccessUnit<E, I, U> {
            fn default() -> Self {
                Self::new(1 << E, (1 << U) - 1)
            }
        }
    };
}

unit! {
    fields {
        /// Clock.
        pub clock: Signal<In, Clock>,
        /// An attempt begins: everything is forgotten.
        pub clear: Signal<In, Bit>,
        /// Take the operation.
        pub start: Signal<In, Bit>,
        /// Operation: 0 OPENA, 1 OPENS, 2 SLOAD, 3 TLOAD, 4 TSTORE, 5 XACC, 6 WARM, 7 GET, 8 SET, 9 CREDIT, 10 BLKHASH, 11 SETCODE, 12 code of a handle, 13 UNDO.
        pub op: Signal<In, Bits<4>>,
        /// Address, slot, handle, block number, or mark.
        pub a: Signal<In, W256>,
        /// Value, amount or hash.
        pub b: Signal<In, W256>,
        /// SETCODE: handle << 32, bytes.
        pub given_code: Signal<In, W64>,
        /// GET, SET: field.
        pub field: Signal<In, Bits<4>>,
        /// An environment word is written.
        pub env_write: Signal<In, Bit>,
        /// Which.
        pub env_index: Signal<In, Bits<7>>,
        /// Its value.
        pub env_data: Signal<In, W256>,
        /// The transaction is the head.
        pub is_head: Signal<In, Bit>,
        /// The state table answers.
        pub state_valid: Signal<In, Bit>,
        /// Balance, nonce, value or hash.
        pub state_value: Signal<In, W256>,
        /// Code: handle << 32, bytes.
        pub state_code: Signal<In, W64>,
        /// Row to read while idle: entry × 4 + row.
        pub drain_row: Signal<In, Bits<16>>,
        /// An operation is under way.
        pub busy: Signal<Out, Bit>,
        /// It has ended; the results stay.
        pub done: Signal<Out, Bit>,
        /// Handle or value.
        pub result: Signal<Out, W256>,
        /// The entry was cold.
        pub cold: Signal<Out, Bit>,
        /// 0, an escape, or 0x80 for a defect.
        pub outcome: Signal<Out, Bits<8>>,
        /// Undo records.
        pub mark: Signal<Out, Bits<16>>,
        /// A balance with its credits exceeds 256 bits.
        pub overflow: Signal<Out, Bit>,
        /// Waits to be the head.
        pub head_wait: Signal<Out, Bit>,
        /// Asks for a committed value.
        pub state_request: Signal<Out, Bit>,
        /// Kind of key.
        pub state_kind: Signal<Out, Bits<2>>,
        /// Account.
        pub state_address: Signal<Out, W160>,
        /// Slot or block number.
        pub state_slot: Signal<Out, W256>,
        /// 0 balance or value, 1 nonce, 2 code.
        pub state_field: Signal<Out, Bits<2>>,
        /// The row, a cycle later.
        pub drain_data: Signal<Out, W256>,
        /// Entries in use.
        pub entries: Signal<Out, Bits<16>>,
        addresses: WordRam<W160, E>,
        flags: WordRam<Bits<16>, E>,
        firsts: WordRam<W256, E>,
        seconds: WordRam<W256, E>,
        thirds: WordRam<W256, E>,
        index: WordRam<Bits<32>, I>,
        undo_tags: WordRam<Bits<32>, U>,
        undo_values: WordRam<W256, U>,
        undo_codes: WordRam<W64, U>,

        // Environment.
        own_address: DFF<W160>,
        coinbase: DFF<W160>,
        number: DFF<W64>,
        precompile_last: DFF<Bits<32>>,
        precompile_extra: DFF<Bits<32>>,

        // Operation.
        work: DFF<Work>,
        operation: DFF<Bits<4>>,
        left: DFF<W256>,
        right: DFF<W256>,
        code: DFF<W64>,
        what: DFF<Bits<4>>,
        pending: DFF<Bit>,

        // Look-up.
        generation: DFF<Bits<16>>,
        sweep: DFF<Bits<I>>,
        key_kind: DFF<Bits<2>>,
        key_address: DFF<W160>,
        place: DFF<Bits<I>>,
        entry: DFF<Bits<16>>,
        kept_entry: DFF<Bits<16>>,
        used: DFF<Bits<16>>,
        created: DFF<Bits<16>>,

        // Writes, in the next cycle.
        write_address: DFF<Bit>,
        write_flags: DFF<Bit>,
        write_first: DFF<Bit>,
        write_second: DFF<Bit>,
        write_third: DFF<Bit>,
        write_entry: DFF<Bits<16>>,
        new_flags: DFF<Bits<16>>,
        new_first: DFF<W256>,
        new_second: DFF<W256>,
        new_third: DFF<W256>,
        write_undo: DFF<Bit>,
        undo_place: DFF<Bits<16>>,
        undo_tag: DFF<Bits<32>>,
        undo_value: DFF<W256>,
        undo_code: DFF<W64>,
        undos: DFF<Bits<16>>,

        // Results.
        value: DFF<W256>,
        was_cold: DFF<Bit>,
        ending: DFF<Bits<8>>,
        overflowed: DFF<Bit>,

        // State port.
        ask_field: DFF<Bits<2>>,
        ask_hash: DFF<Bit>,
        last_number: DFF<W64>,
        last_hash: DFF<W256>,
        last_known: DFF<Bit>,

        // Sum or difference, 64 bits a cycle.
        add_left: DFF<W256>,
        add_right: DFF<W256>,
        add_sum: DFF<W256>,
        add_carry: DFF<Bit>,
        add_step: DFF<Bits<2>>,
        subtracting: DFF<Bit>,
        add_limb: Signal<Local, W65>,
        add_addend: Signal<Local, W64>,

        drained: DFF<Bits<2>>,
        row_entry: Signal<Local, Bits<16>>,
        here: Signal<Local, Bits<16>>,
        is_account: Signal<Local, Bit>,
        is_storage: Signal<Local, Bit>,
        valid_handle: Signal<Local, Bit>,
        fold: Signal<Local, W64>,
        folded: Signal<Local, Bits<16>>,
        slot: Signal<Local, W256>,
        precompile_number: Signal<Local, Bits<32>>,
        key_precompile: Signal<Local, Bit>,
        entry_precompile: Signal<Local, Bit>,
        log: Signal<Local, Bit>,
        log_kind: Signal<Local, Bits<32>>,
        log_value: Signal<Local, W256>,
        log_code: Signal<Local, W64>,
        ends: Signal<Local, Bit>,
        outcome_now: Signal<Local, Bits<8>>,
        need_code: Signal<Local, Bit>,
        need_nonce: Signal<Local, Bit>,
        need_balance: Signal<Local, Bit>,
        need_original: Signal<Local, Bit>,
        asks: Signal<Local, Bit>,
        empty: Signal<Local, Bit>,
        code_here: Signal<Local, W64>,
        nonce_here: Signal<Local, W64>,
        same_key: Signal<Local, Bit>,
        age: Signal<Local, W64>,
        handle_of: Signal<Local, Bits<16>>,
        saturated: Signal<Local, W64>,
        undo_left: Signal<Local, Bit>,
        step_place: Signal<Local, Bits<I>>,
        undo_at: Signal<Local, Bits<16>>,
        second_nonce: Signal<Local, W256>,
        second_code: Signal<Local, W256>,
        sticky_here: Signal<Local, Bit>,
        warm_now: Signal<Local, Bit>,
        is_cold: Signal<Local, Bit>,
        same_number: Signal<Local, Bit>,
        of_storage: Signal<Local, Bit>,
        wrong_kind: Signal<Local, Bit>,
        of_beneficiary: Signal<Local, Bit>,
    }
    constants {
        zero: W256 = W256::ZERO;
        zero64: W64 = W64::ZERO;
        ones64: W64 = W64::MAX;
        three: W160 = W160::from_limbs([3, 0, 0]);
        zero160: W160 = W160::ZERO;
        i_address: Bits<7> = u64::from(env::ADDRESS).into();
        i_coinbase: Bits<7> = u64::from(env::COINBASE).into();
        i_number: Bits<7> = u64::from(env::NUMBER).into();
        i_precompile_last: Bits<7> = u64::from(env::PRECOMPILE_LAST).into();
        i_precompile_extra: Bits<7> = u64::from(env::PRECOMPILE_EXTRA).into();
        escape_access: Bits<8> = (Escape::AccessCapacity as u64).into();
        escape_undo: Bits<8> = (Escape::UndoCapacity as u64).into();
        escape_balance: Bits<8> = (Escape::BalanceOverflow as u64).into();
        defect: Bits<8> = 0x80_u64.into();
        kind_account: Bits<2> = (KeyKind::Account as u64).into();
        kind_storage: Bits<2> = (KeyKind::Storage as u64).into();
        kind_hash: Bits<2> = (KeyKind::BlockHash as u64).into();
        hash_reach: W64 = W64::from_limbs([256]);
    }
}

impl<const E: usize, const I: usize, const U: usize> Logic for AccessUnit<E, I, U> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            own_address,
            coinbase,
            number,
            precompile_last,
            precompile_extra,
            work,
            operation,
            left,
            right,
            code,
            what,
            pending,
            generation,
            sweep,
            key_kind,
            key_address,
            place,
            entry,
            kept_entry,
            used,
            created,
            write_address,
            write_flags,
            write_first,
            write_second,
            write_third,
            write_entry,
            new_flags,
            new_first,
            new_second,
            new_third,
            write_undo,
            undo_place,
            undo_tag,
            undo_value,
            undo_code,
            undos,
            value,
            was_cold,
            ending,
            overflowed,
            ask_field,
            ask_hash,
            last_number,
            last_hash,
            last_known,
            add_left,
            add_right,
            add_sum,
            add_carry,
            add_step,
            subtracting,
            drained
        );
        clock!(self, clock, addresses, flags, firsts, seconds, thirds, index, undo_tags, undo_values, undo_codes);

        // Environment words that matter here.
        if self.env_write.val() {
            if self.env_index.val() == self.i_address.val() {
                self.own_address.d.next = bits_w160(self.env_data.val());
            }
            if self.env_index.val() == self.i_coinbase.val() {
                self.coinbase.d.next = bits_w160(self.env_data.val());
            }
            if self.env_index.val() == self.i_number.val() {
                self.number.d.next = bits_w64(self.env_data.val());
            }
            if self.env_index.val() == self.i_precompile_last.val() {
                self.precompile_last.d.next = self.env_data.val().get_bits::<32>(0);
            }
            if self.env_index.val() == self.i_precompile_extra.val() {
                self.precompile_extra.d.next = self.env_data.val().get_bits::<32>(0);
            }
        }

        // Entry at hand: what the RAMs show is that of the address of the last cycle.
        self.here.next = self.flags.data.val();
        self.is_account.next = !self.here.val().get_bits::<2>(0).any();
        self.is_storage.next = self.here.val().get_bit(0);
        self.nonce_here.next = self.seconds.data.val().get_value_limb0();
        self.code_here.next = self.seconds.data.val().get_value_limb1();
        self.valid_handle.next = (self.left.q.val().get_bits::<16>(1) < self.used.q.val())
            & ((self.left.q.val() >> 17_u64) == self.zero.val());
        self.handle_of.next = self.entry.q.val() << bits::<16>(1);
        if self.is_storage.val() {
            self.handle_of.next = (self.entry.q.val() << bits::<16>(1)) | bits::<16>(1);
        }
        self.saturated.next = self.ones64.val();
        if (self.right.q.val() >> 64_u64) == self.zero.val() {
            self.saturated.next = bits_w64(self.right.q.val());
        }
        self.second_nonce.next = self.seconds.data.val();
        self.second_code.next = self.seconds.data.val();

        // Precompiles are warm from the start.
        self.precompile_number.next = self.key_address.q.val().get_bits::<32>(0);
        self.key_precompile.next = ((self.key_address.q.val() >> 32_u64) == self.zero160.val())
            & (self.precompile_number.val().any()
                & ((self.precompile_number.val() <= self.precompile_last.q.val())
                    | (self.precompile_number.val() == self.precompile_extra.q.val())));
        self.precompile_number.next = self.addresses.data.val().get_bits::<32>(0);
        self.entry_precompile.next = ((self.addresses.data.val() >> 32_u64) == self.zero160.val())
            & (self.precompile_number.val().any()
                & ((self.precompile_number.val() <= self.precompile_last.q.val())
                    | (self.precompile_number.val() == self.precompile_extra.q.val())));

        // Hash of the key.
        self.slot.next = self.left.q.val();
        if !self.key_kind.q.val().any() {
            self.slot.next = self.zero.val();
        }
        self.fold.next = (bits_w64(self.key_address.q.val().get_bits::<32>(0))
            ^ bits_w64(self.key_address.q.val().get_bits::<32>(64)))
            ^ (bits_w64(self.key_address.q.val().get_bits::<32>(128))
                ^ (bits_w64(self.key_address.q.val().get_bits::<32>(32)) << 7_u64));
        self.fold.next = self.fold.val()
            ^ ((self.slot.val().get_value_limb0() ^ (self.slot.val().get_value_limb1() << 3_u64))
                ^ ((self.slot.val().get_value_limb2() << 5_u64) ^ (self.slot.val().get_value_limb3() << 11_u64)));
        self.folded.next = (self.fold.val().get_bits::<16>(0) ^ self.fold.val().get_bits::<16>(16))
            ^ (self.fold.val().get_bits::<16>(32) ^ self.fold.val().get_bits::<16>(48));
        self.folded.next = self.folded.val() ^ (self.folded.val() >> bits::<16>(7));
        self.same_key.next = (self.here.val().get_bits::<2>(0) == self.key_kind.q.val())
            & (self.addresses.data.val() == self.key_address.q.val());
        if self.key_kind.q.val().any() & (self.firsts.data.val() != self.left.q.val()) {
            self.same_key.next = false;
        }

        // Sum.
        self.add_addend.next = self.add_right.q.val().get_value_limb0();
        if self.subtracting.q.val() {
            self.add_addend.next = !self.add_right.q.val().get_value_limb0();
        }
        self.add_limb.next = bits_w65(self.add_left.q.val().get_value_limb0());
        self.add_limb.next = self.add_limb.val() + bits_w65(self.add_addend.val());
        self.add_limb.next = self.add_limb.val() + bits_w65(self.add_carry.q.val());

        self.row_entry.next = self.entry.q.val();
        self.index.address.next = self.place.q.val();
        self.index.write.next = false;
        self.index.write_address.next = self.place.q.val();
        self.index.write_data.next =
            (bit_cast::<32, 16>(self.generation.q.val()) << bits::<32>(16)) | bit_cast::<32, 16>(self.used.q.val());
        self.step_place.next = self.place.q.val() + bits::<I>(1);
        self.undo_at.next = self.undos.q.val() - bits::<16>(1);
        self.write_address.d.next = false;
        self.write_flags.d.next = false;
        self.write_first.d.next = false;
        self.write_second.d.next = false;
        self.write_third.d.next = false;
        self.write_entry.d.next = self.entry.q.val();
        self.new_flags.d.next = self.here.val();
        self.write_undo.d.next = false;
        self.log.next = false;
        self.log_kind.next = bits::<32>(0);
        self.log_value.next = self.zero.val();
        self.log_code.next = self.code_here.val();
        self.ends.next = false;
        self.outcome_now.next = bits::<8>(0);
        self.need_code.next = false;
        self.need_nonce.next = false;
        self.need_balance.next = false;
        self.need_original.next = false;
        self.asks.next = false;
        self.empty.next = false;
        self.warm_now.next = false;
        self.is_cold.next = false;
        self.same_number.next = false;
        self.of_storage.next = false;
        self.wrong_kind.next = false;
        self.of_beneficiary.next = self.addresses.data.val() == self.coinbase.q.val();
        self.state_request.next = false;
        self.head_wait.next = false;
        self.age.next = self.number.q.val() - self.left.q.val().get_value_limb0();
        self.sticky_here.next = self.addresses.data.val() == self.three.val();
        self.undo_left.next = self.undos.q.val() > self.left.q.val().get_bits::<16>(0);

        match self.work.q.val() {
            Work::Idle => {
                self.row_entry.next = bit_cast::<16, 14>(self.drain_row.val().get_bits::<14>(2));
                if self.start.val() {
                    self.work.d.next = Work::Hash;
                }
            }
            Work::Sweep => {
                self.index.write.next = true;
                self.index.write_address.next = self.sweep.q.val();
                self.index.write_data.next = bits::<32>(0);
                self.sweep.d.next = self.sweep.q.val() + bits::<I>(1);
                if self.sweep.q.val().all() {
                    self.generation.d.next = bits::<16>(1);
                    self.work.d.next = Work::Idle;
                    if self.pending.q.val() | self.start.val() {
                        self.work.d.next = Work::Hash;
                    }
                }
                if self.start.val() {
                    self.pending.d.next = true;
                }
            }
            Work::Hash => {
                // What kind of operation.
                self.pending.d.next = false;
                self.place.d.next = bit_cast::<I, 16>(self.folded.val());
                self.work.d.next = Work::Probe;
                self.entry.d.next = self.left.q.val().get_bits::<16>(1);
                match self.operation.q.val().index() {
                    6 => {
                        self.work.d.next = Work::Fetch;
                    }
                    7 => {
                        self.work.d.next = Work::Fetch;
                    }
                    8 => {
                        self.work.d.next = Work::Fetch;
                    }
                    9 => {
                        self.work.d.next = Work::Fetch;
                    }
                    11 => {
                        self.work.d.next = Work::Fetch;
                    }
                    12 => {
                        self.work.d.next = Work::Fetch;
                    }
                    10 => {
                        self.ends.next = true;
                        self.value.d.next = self.zero.val();
                        if (((self.left.q.val() >> 64_u64) == self.zero.val())
                            & (self.left.q.val().get_value_limb0() < self.number.q.val()))
                            & (self.age.val() <= self.hash_reach.val())
                        {
                            self.value.d.next = self.last_hash.q.val();
                            self.same_number.next = self.last_number.q.val() == self.left.q.val().get_value_limb0();
                            if !(self.last_known.q.val() & self.same_number.val()) {
                                self.ends.next = false;
                                self.ask_hash.d.next = true;
                                self.ask_field.d.next = bits::<2>(0);
                                self.work.d.next = Work::Ask;
                            }
                        }
                    }
                    13 => {
                        self.work.d.next = Work::Undo;
                    }
                    _ => {
                        self.work.d.next = Work::Probe;
                    }
                }
            }
            Work::Probe => {
                self.work.d.next = Work::Look;
            }
            Work::Look => {
                self.row_entry.next = self.index.data.val().get_bits::<16>(0);
                self.entry.d.next = self.index.data.val().get_bits::<16>(0);
                self.work.d.next = Work::Match;
                if self.index.data.val().get_bits::<16>(16) != self.generation.q.val() {
                    self.work.d.next = Work::Create;
                    if self.operation.q.val() == bits::<4>(3) {
                        // A transient slot that is not there is zero.
                        self.value.d.next = self.zero.val();
                        self.ends.next = true;
                    }
                }
            }
            Work::Match => {
                self.work.d.next = Work::Act;
                if !self.same_key.val() {
                    self.place.d.next = self.step_place.val();
                    self.work.d.next = Work::Probe;
                }
            }
            Work::Create => {
                self.entry.d.next = self.used.q.val();
                self.work.d.next = Work::Fetch;
                if self.used.q.val() >= self.capacity.val() {
                    self.outcome_now.next = self.escape_access.val();
                    self.ends.next = true;
                } else {
                    self.index.write.next = true;
                    self.used.d.next = self.used.q.val() + bits::<16>(1);
                    self.write_entry.d.next = self.used.q.val();
                    self.write_address.d.next = true;
                    self.write_flags.d.next = true;
                    self.write_first.d.next = true;
                    self.write_second.d.next = true;
                    self.write_third.d.next = true;
                    self.new_flags.d.next = bit_cast::<16, 2>(self.key_kind.q.val());
                    if !self.key_kind.q.val().any() & self.key_precompile.val() {
                        self.new_flags.d.next = bits::<16>(4);
                    }
                    self.new_first.d.next = self.slot.val();
                    self.new_second.d.next = self.zero.val();
                    self.new_third.d.next = self.zero.val();
                }
            }
            Work::Fetch => {
                self.work.d.next = Work::Act;
                if (self.write_flags.q.val() | self.write_first.q.val())
                    | (self.write_second.q.val() | self.write_third.q.val())
                {
                    self.work.d.next = Work::Fetch;
                }
            }
            Work::Act => {
                self.work.d.next = Work::Finish;
                match self.operation.q.val().index() {
                    0 => {
                        self.value.d.next = bits_w256(self.handle_of.val());
                        self.ends.next = true;
                    }
                    1 => {
                        self.value.d.next = bits_w256(self.handle_of.val());
                        self.ends.next = true;
                    }
                    2 => {
                        self.value.d.next = self.thirds.data.val();
                        self.need_original.next = true;
                        if self.here.val().get_bit(12) {
                            self.warm_now.next = true;
                        }
                    }
                    3 => {
                        self.value.d.next = self.thirds.data.val();
                        self.ends.next = true;
                    }
                    4 => {
                        self.log.next = true;
                        self.log_kind.next = bits::<32>(0xb_0000);
                        self.log_value.next = self.thirds.data.val();
                        self.write_third.d.next = true;
                        self.new_third.d.next = self.right.q.val();
                    }
                    5 => {
                        self.value.d.next = bits_w256(self.handle_of.val());
                        self.warm_now.next = true;
                    }
                    6 => {
                        self.warm_now.next = true;
                    }
                    7 => {
                        self.ends.next = true;
                        self.value.d.next = self.zero.val();
                        self.need_code.next = false;
                        match self.what.q.val().index() {
                            0 => {
                                self.need_balance.next = self.is_account.val();
                                self.value.d.next = self.firsts.data.val();
                            }
                            1 => {
                                self.need_nonce.next = self.is_account.val();
                                self.value.d.next = bits_w256(self.nonce_here.val());
                            }
                            2 => {
                                self.need_code.next = self.is_account.val();
                                self.value.d.next = bits_w256(self.code_here.val().get_bits::<32>(0));
                            }
                            3 => {
                                self.need_code.next = self.is_account.val();
                                if !self.code_here.val().get_bits::<32>(0).any() {
                                    self.need_nonce.next = self.is_account.val();
                                    if !self.nonce_here.val().any() {
                                        self.need_balance.next = self.is_account.val();
                                        if !self.firsts.data.val().any() {
                                            self.value.d.next = bits_w256(self.is_account.val());
                                        }
                                    }
                                }
                            }
                            4 => {
                                self.need_code.next = self.is_account.val();
                                self.value.d.next = self.thirds.data.val();
                                if !self.code_here.val().get_bits::<32>(0).any() {
                                    self.need_nonce.next = self.is_account.val();
                                    if !self.nonce_here.val().any() {
                                        self.need_balance.next = self.is_account.val();
                                        if !self.firsts.data.val().any() {
                                            self.value.d.next = self.zero.val();
                                        }
                                    }
                                }
                            }
                            6 => {
                                self.value.d.next = bits_w256(self.here.val().get_bit(10));
                            }
                            7 => {
                                self.value.d.next = bits_w256(self.here.val().get_bit(11));
                            }
                            8 => {
                                self.need_original.next = self.is_storage.val();
                                self.value.d.next = self.thirds.data.val();
                            }
                            9 => {
                                self.need_original.next = self.is_storage.val();
                                self.value.d.next = self.seconds.data.val();
                            }
                            10 => {
                                self.value.d.next = bits_w256(self.entry_precompile.val());
                            }
                            _ => {
                                self.outcome_now.next = self.defect.val();
                            }
                        }
                        // Fields 8 and 9 belong to storage, the others to accounts.
                        self.of_storage.next = self.what.q.val().get_bit(3) & !self.what.q.val().get_bit(1);
                        if self.is_storage.val() != self.of_storage.val() {
                            self.outcome_now.next = self.defect.val();
                        }
                    }
                    8 => {
                        self.log.next = true;
                        self.write_flags.d.next = true;
                        match self.what.q.val().index() {
                            0 => {
                                self.log_kind.next = bits::<32>(0x3_0000);
                                if self.here.val().get_bit(4) {
                                    self.log_value.next = self.firsts.data.val();
                                }
                                self.write_first.d.next = true;
                                self.new_first.d.next = self.right.q.val();
                                self.new_flags.d.next = self.here.val() | bits::<16>(0x30);
                            }
                            1 => {
                                self.log_kind.next = bits::<32>(0x5_0000);
                                if self.here.val().get_bit(6) {
                                    self.log_value.next = bits_w256(self.nonce_here.val());
                                }
                                self.second_nonce.next.set_value_limb0(self.saturated.val());
                                self.write_second.d.next = true;
                                self.new_second.d.next = self.second_nonce.val();
                                self.new_flags.d.next = self.here.val() | bits::<16>(0xc0);
                            }
                            6 => {
                                self.log_kind.next = bits::<32>(0x7_0000);
                                self.new_flags.d.next = self.here.val() | bits::<16>(0x400);
                                self.created.d.next = self.created.q.val() + bits::<16>(1);
                            }
                            7 => {
                                self.log_kind.next = bits::<32>(0x8_0000);
                                self.new_flags.d.next = self.here.val() | bits::<16>(0x800);
                            }
                            8 => {
                                self.log_kind.next = bits::<32>(0x9_0000);
                                self.log_value.next = self.thirds.data.val();
                                self.write_third.d.next = true;
                                self.new_third.d.next = self.right.q.val();
                                self.new_flags.d.next = self.here.val() | bits::<16>(0x2000);
                            }
                            _ => {
                                self.log.next = false;
                                self.outcome_now.next = self.defect.val();
                            }
                        }
                        if self.is_storage.val() != self.what.q.val().get_bit(3) {
                            self.log.next = false;
                            self.outcome_now.next = self.defect.val();
                        }
                    }
                    9 => {
                        // First the touch, then the amount.
                        if !self.here.val().get_bit(3) {
                            self.log.next = !self.sticky_here.val();
                            self.log_kind.next = bits::<32>(0x2_0000);
                            self.write_flags.d.next = true;
                            self.new_flags.d.next = self.here.val() | bits::<16>(8);
                            self.work.d.next = Work::Fetch;
                        } else if self.right.q.val().any() {
                            self.log.next = true;
                            self.log_kind.next = bits::<32>(0x4_0000);
                            self.log_value.next = self.right.q.val();
                            self.add_left.d.next = self.firsts.data.val();
                            self.add_right.d.next = self.right.q.val();
                            self.add_carry.d.next = false;
                            self.add_step.d.next = bits::<2>(0);
                            self.subtracting.d.next = false;
                            self.work.d.next = Work::Add;
                        } else {
                            self.ends.next = true;
                        }
                    }
                    11 => {
                        self.need_code.next = true;
                        if self.here.val().get_bit(8) {
                            self.log.next = true;
                            self.log_kind.next = bits::<32>(0x6_0000);
                            self.log_value.next = self.thirds.data.val();
                            self.second_code.next.set_value_limb1(self.code.q.val());
                            self.write_flags.d.next = true;
                            self.write_second.d.next = true;
                            self.write_third.d.next = true;
                            self.new_second.d.next = self.second_code.val();
                            self.new_third.d.next = self.right.q.val();
                            self.new_flags.d.next = self.here.val() | bits::<16>(0x300);
                        }
                    }
                    _ => {
                        self.need_code.next = true;
                        self.value.d.next = bits_w256(self.code_here.val());
                        self.ends.next = true;
                    }
                }
                if self.operation.q.val() >= bits::<4>(6) {
                    self.wrong_kind.next = self.left.q.val().get_bit(0) != self.is_storage.val();
                    if !self.valid_handle.val() | self.wrong_kind.val() {
                        self.outcome_now.next = self.defect.val();
                    }
                }
                if self.warm_now.val() {
                    self.was_cold.d.next = !self.here.val().get_bit(2);
                    if self.operation.q.val() == bits::<4>(6) {
                        self.is_cold.next = !self.here.val().get_bit(2);
                        self.value.d.next = bits_w256(self.is_cold.val());
                    }
                    if !self.here.val().get_bit(2) {
                        self.log.next = true;
                        self.log_kind.next = bits::<32>(0x1_0000);
                        self.write_flags.d.next = true;
                        self.new_flags.d.next = self.here.val() | bits::<16>(4);
                    }
                }
                // What is not known is asked for, in this order.
                if self.need_code.val() & !self.here.val().get_bit(8) {
                    self.asks.next = true;
                    self.ask_field.d.next = bits::<2>(2);
                } else if self.need_nonce.val() & !self.here.val().get_bit(6) {
                    self.asks.next = true;
                    self.ask_field.d.next = bits::<2>(1);
                } else if self.need_balance.val() {
                    if self.overflowed.q.val() {
                        self.outcome_now.next = self.escape_balance.val();
                    } else if !self.here.val().get_bit(4) {
                        self.asks.next = true;
                        self.ask_field.d.next = bits::<2>(0);
                    }
                } else if self.need_original.val() & !self.here.val().get_bit(12) {
                    self.asks.next = true;
                    self.ask_field.d.next = bits::<2>(0);
                }
                if self.outcome_now.val().any() {
                    self.asks.next = false;
                    self.log.next = false;
                    self.ends.next = true;
                } else if self.log.val() & (self.undos.q.val() >= self.undo_capacity.val()) {
                    self.outcome_now.next = self.escape_undo.val();
                    self.log.next = false;
                    self.ends.next = true;
                }
                if self.asks.val() {
                    self.ends.next = false;
                    self.log.next = false;
                    self.ask_hash.d.next = false;
                    self.work.d.next = Work::Ask;
                    if self.is_storage.val() & self.created.q.val().any() {
                        // A contract that the transaction created had no storage before.
                        self.kept_entry.d.next = self.entry.q.val();
                        self.key_kind.d.next = bits::<2>(0);
                        self.key_address.d.next = self.addresses.data.val();
                        self.work.d.next = Work::Created;
                    }
                }
                if self.asks.val() | self.outcome_now.val().any() {
                    self.write_flags.d.next = false;
                    self.write_first.d.next = false;
                    self.write_second.d.next = false;
                    self.write_third.d.next = false;
                    self.created.d.next = self.created.q.val();
                }
            }
            Work::Created => {
                // Look for the account; the index holds it if it was created.
                self.place.d.next = bit_cast::<I, 16>(self.folded.val());
                self.work.d.next = Work::CreatedAct;
                self.add_step.d.next = bits::<2>(0);
            }
            Work::CreatedAct => {
                self.add_step.d.next = self.add_step.q.val() + bits::<2>(1);
                match self.add_step.q.val().index() {
                    0 => {
                        self.work.d.next = Work::CreatedAct;
                    }
                    1 => {
                        self.entry.d.next = self.index.data.val().get_bits::<16>(0);
                        self.row_entry.next = self.index.data.val().get_bits::<16>(0);
                        if self.index.data.val().get_bits::<16>(16) != self.generation.q.val() {
                            self.entry.d.next = self.kept_entry.q.val();
                            self.row_entry.next = self.kept_entry.q.val();
                            self.work.d.next = Work::Ask;
                        }
                    }
                    2 => {
                        if (self.is_account.val()) & (self.addresses.data.val() == self.key_address.q.val()) {
                            self.entry.d.next = self.kept_entry.q.val();
                            self.row_entry.next = self.kept_entry.q.val();
                            self.work.d.next = Work::Ask;
                            if self.here.val().get_bit(10) {
                                self.work.d.next = Work::CreatedAct;
                            }
                        } else {
                            self.place.d.next = self.step_place.val();
                            self.add_step.d.next = bits::<2>(0);
                        }
                    }
                    _ => {
                        // The slot again: its original value is zero.
                        self.write_flags.d.next = true;
                        self.write_second.d.next = true;
                        self.new_flags.d.next = self.here.val() | bits::<16>(0x1000);
                        self.new_second.d.next = self.zero.val();
                        self.work.d.next = Work::Fetch;
                    }
                }
            }
            Work::Ask => {
                if ((self.is_account.val() & !self.ask_hash.q.val()) & self.of_beneficiary.val())
                    & (!self.ask_field.q.val().any() & !self.is_head.val())
                {
                    self.head_wait.next = true;
                } else {
                    self.state_request.next = true;
                    if self.state_valid.val() {
                        self.work.d.next = Work::Fetch;
                        self.write_flags.d.next = !self.ask_hash.q.val();
                        if self.ask_hash.q.val() {
                            self.last_known.d.next = true;
                            self.last_number.d.next = self.left.q.val().get_value_limb0();
                            self.last_hash.d.next = self.state_value.val();
                            self.work.d.next = Work::Hash;
                        } else if self.is_storage.val() {
                            self.write_second.d.next = true;
                            self.write_third.d.next = true;
                            self.new_second.d.next = self.state_value.val();
                            self.new_third.d.next = self.state_value.val();
                            self.new_flags.d.next = self.here.val() | bits::<16>(0x1000);
                        } else {
                            match self.ask_field.q.val().index() {
                                1 => {
                                    self.second_nonce.next.set_value_limb0(bits_w64(self.state_value.val()));
                                    self.write_second.d.next = true;
                                    self.new_second.d.next = self.second_nonce.val();
                                    self.new_flags.d.next = self.here.val() | bits::<16>(0x40);
                                }
                                2 => {
                                    self.second_code.next.set_value_limb1(self.state_code.val());
                                    self.write_second.d.next = true;
                                    self.write_third.d.next = true;
                                    self.new_second.d.next = self.second_code.val();
                                    self.new_third.d.next = self.state_value.val();
                                    self.new_flags.d.next = self.here.val() | bits::<16>(0x100);
                                }
                                _ => {
                                    // The balance with what was credited before it was read.
                                    self.write_flags.d.next = false;
                                    self.add_left.d.next = self.firsts.data.val();
                                    self.add_right.d.next = self.state_value.val();
                                    self.add_carry.d.next = false;
                                    self.add_step.d.next = bits::<2>(0);
                                    self.subtracting.d.next = false;
                                    self.work.d.next = Work::Add;
                                }
                            }
                        }
                    }
                }
            }
            Work::Add => {
                self.add_left.d.next = self.add_left.q.val() >> 64_u64;
                self.add_right.d.next = self.add_right.q.val() >> 64_u64;
                self.add_sum.d.next =
                    (self.add_sum.q.val() >> 64_u64) | (bits_w256(self.add_limb.val().get_value_limb0()) << 192_u64);
                self.add_carry.d.next = self.add_limb.val().get_bit(64);
                self.add_step.d.next = self.add_step.q.val() + bits::<2>(1);
                if self.add_step.q.val().all() {
                    self.work.d.next = Work::Added;
                }
            }
            Work::Added => {
                self.write_first.d.next = true;
                self.new_first.d.next = self.add_sum.q.val();
                if self.operation.q.val() == bits::<4>(13) {
                    self.work.d.next = Work::Undo;
                } else if self.operation.q.val() == bits::<4>(9) {
                    self.write_flags.d.next = true;
                    if self.here.val().get_bit(4) {
                        self.new_flags.d.next = self.here.val() | bits::<16>(0x20);
                    }
                    self.ends.next = true;
                    if self.add_carry.q.val() {
                        self.outcome_now.next = self.escape_balance.val();
                        self.write_first.d.next = false;
                        self.write_flags.d.next = false;
                    }
                } else {
                    self.write_flags.d.next = true;
                    self.new_flags.d.next = self.here.val() | bits::<16>(0x10);
                    if self.firsts.data.val().any() {
                        self.new_flags.d.next = self.here.val() | bits::<16>(0x30);
                    }
                    if self.add_carry.q.val() {
                        self.overflowed.d.next = true;
                    }
                    self.work.d.next = Work::Fetch;
                }
            }
            Work::Undo => {
                self.work.d.next = Work::UndoRead;
                if !self.undo_left.val() {
                    self.ends.next = true;
                }
            }
            Work::UndoRead => {
                self.entry.d.next = self.undo_tags.data.val().get_bits::<16>(0);
                self.row_entry.next = self.undo_tags.data.val().get_bits::<16>(0);
                self.work.d.next = Work::UndoAct;
                if (self.write_flags.q.val() | self.write_first.q.val())
                    | (self.write_second.q.val() | self.write_third.q.val())
                {
                    self.work.d.next = Work::UndoFetch;
                }
            }
            Work::UndoFetch => {
                self.work.d.next = Work::UndoAct;
            }
            Work::UndoAct => {
                self.undos.d.next = self.undo_at.val();
                self.write_flags.d.next = true;
                self.work.d.next = Work::Undo;
                match self.undo_tags.data.val().get_bits::<4>(16).index() {
                    1 => {
                        self.new_flags.d.next = self.here.val() & bits::<16>(0xfffb);
                    }
                    2 => {
                        self.new_flags.d.next = self.here.val() & bits::<16>(0xfff7);
                    }
                    3 => {
                        self.write_first.d.next = true;
                        self.new_first.d.next = self.undo_values.data.val();
                    }
                    4 => {
                        self.write_flags.d.next = false;
                        self.add_left.d.next = self.firsts.data.val();
                        self.add_right.d.next = self.undo_values.data.val();
                        self.add_carry.d.next = true;
                        self.add_step.d.next = bits::<2>(0);
                        self.subtracting.d.next = true;
                        self.work.d.next = Work::Add;
                    }
                    5 => {
                        self.second_nonce.next.set_value_limb0(bits_w64(self.undo_values.data.val()));
                        self.write_second.d.next = true;
                        self.new_second.d.next = self.second_nonce.val();
                    }
                    6 => {
                        self.second_code.next.set_value_limb1(self.undo_codes.data.val());
                        self.write_second.d.next = true;
                        self.write_third.d.next = true;
                        self.new_second.d.next = self.second_code.val();
                        self.new_third.d.next = self.undo_values.data.val();
                    }
                    7 => {
                        self.new_flags.d.next = self.here.val() & bits::<16>(0xfbff);
                        self.created.d.next = self.created.q.val() - bits::<16>(1);
                    }
                    8 => {
                        self.new_flags.d.next = self.here.val() & bits::<16>(0xf7ff);
                    }
                    _ => {
                        self.write_third.d.next = true;
                        self.new_third.d.next = self.undo_values.data.val();
                    }
                }
            }
            Work::Finish => {
                self.work.d.next = Work::Idle;
            }
            _ => {
                self.work.d.next = Work::Idle;
            }
        }
        if self.log.val() {
            self.write_undo.d.next = true;
            self.undo_place.d.next = self.undos.q.val();
            self.undo_tag.d.next = self.log_kind.val() | bit_cast::<32, 16>(self.entry.q.val());
            self.undo_value.d.next = self.log_value.val();
            self.undo_code.d.next = self.log_code.val();
            self.undos.d.next = self.undos.q.val() + bits::<16>(1);
        }
        if self.ends.val() {
            self.ending.d.next = self.outcome_now.val();
            self.work.d.next = Work::Finish;
        }
        if self.start.val() {
            self.operation.d.next = self.op.val();
            self.left.d.next = self.a.val();
            self.right.d.next = self.b.val();
            self.code.d.next = self.given_code.val();
            self.what.d.next = self.field.val();
            self.ending.d.next = bits::<8>(0);
            self.was_cold.d.next = false;
            self.key_kind.d.next = bits::<2>(1);
            self.key_address.d.next = self.own_address.q.val();
            match self.op.val().index() {
                0 => {
                    self.key_kind.d.next = bits::<2>(0);
                    self.key_address.d.next = bits_w160(self.a.val());
                }
                5 => {
                    self.key_kind.d.next = bits::<2>(0);
                    self.key_address.d.next = bits_w160(self.a.val());
                }
                3 => {
                    self.key_kind.d.next = bits::<2>(2);
                }
                4 => {
                    self.key_kind.d.next = bits::<2>(2);
                }
                _ => {
                    self.key_kind.d.next = bits::<2>(1);
                }
            }
        }
        if self.clear.val() {
            self.work.d.next = Work::Idle;
            self.pending.d.next = false;
            self.generation.d.next = self.generation.q.val() + bits::<16>(1);
            if self.generation.q.val().all() | (self.work.q.val() == Work::Sweep) {
                self.sweep.d.next = bits::<I>(0);
                self.generation.d.next = bits::<16>(0xffff);
                self.work.d.next = Work::Sweep;
            }
            self.used.d.next = bits::<16>(0);
            self.created.d.next = bits::<16>(0);
            self.undos.d.next = bits::<16>(0);
            self.overflowed.d.next = false;
            self.last_known.d.next = false;
            self.write_address.d.next = false;
            self.write_flags.d.next = false;
            self.write_first.d.next = false;
            self.write_second.d.next = false;
            self.write_third.d.next = false;
            self.write_undo.d.next = false;
        }

        // RAMs.
        self.addresses.address.next = bit_cast::<E, 16>(self.row_entry.val());
        self.flags.address.next = bit_cast::<E, 16>(self.row_entry.val());
        self.firsts.address.next = bit_cast::<E, 16>(self.row_entry.val());
        self.seconds.address.next = bit_cast::<E, 16>(self.row_entry.val());
        self.thirds.address.next = bit_cast::<E, 16>(self.row_entry.val());
        self.addresses.write.next = self.write_address.q.val();
        self.addresses.write_address.next = bit_cast::<E, 16>(self.write_entry.q.val());
        self.addresses.write_data.next = self.key_address.q.val();
        self.flags.write.next = self.write_flags.q.val();
        self.flags.write_address.next = bit_cast::<E, 16>(self.write_entry.q.val());
        self.flags.write_data.next = self.new_flags.q.val();
        self.firsts.write.next = self.write_first.q.val();
        self.firsts.write_address.next = bit_cast::<E, 16>(self.write_entry.q.val());
        self.firsts.write_data.next = self.new_first.q.val();
        self.seconds.write.next = self.write_second.q.val();
        self.seconds.write_address.next = bit_cast::<E, 16>(self.write_entry.q.val());
        self.seconds.write_data.next = self.new_second.q.val();
        self.thirds.write.next = self.write_third.q.val();
        self.thirds.write_address.next = bit_cast::<E, 16>(self.write_entry.q.val());
        self.thirds.write_data.next = self.new_third.q.val();
        self.undo_tags.address.next = bit_cast::<U, 16>(self.undo_at.val());
        self.undo_values.address.next = bit_cast::<U, 16>(self.undo_at.val());
        self.undo_codes.address.next = bit_cast::<U, 16>(self.undo_at.val());
        self.undo_tags.write.next = self.write_undo.q.val();
        self.undo_tags.write_address.next = bit_cast::<U, 16>(self.undo_place.q.val());
        self.undo_tags.write_data.next = self.undo_tag.q.val();
        self.undo_values.write.next = self.write_undo.q.val();
        self.undo_values.write_address.next = bit_cast::<U, 16>(self.undo_place.q.val());
        self.undo_values.write_data.next = self.undo_value.q.val();
        self.undo_codes.write.next = self.write_undo.q.val();
        self.undo_codes.write_address.next = bit_cast::<U, 16>(self.undo_place.q.val());
        self.undo_codes.write_data.next = self.undo_code.q.val();

        // Ports.
        self.busy.next = self.work.q.val() != Work::Idle;
        self.done.next = self.work.q.val() == Work::Finish;
        self.result.next = self.value.q.val();
        self.cold.next = self.was_cold.q.val();
        self.outcome.next = self.ending.q.val();
        self.mark.next = self.undos.q.val();
        self.overflow.next = self.overflowed.q.val();
        self.entries.next = self.used.q.val();
        self.state_kind.next = self.kind_account.val();
        self.state_address.next = self.addresses.data.val();
        self.state_slot.next = self.zero.val();
        self.state_field.next = self.ask_field.q.val();
        if self.is_storage.val() {
            self.state_kind.next = self.kind_storage.val();
            self.state_slot.next = self.firsts.data.val();
        }
        if self.ask_hash.q.val() {
            self.state_kind.next = self.kind_hash.val();
            self.state_address.next = self.zero160.val();
            self.state_slot.next = self.left.q.val();
        }
        self.drained.d.next = self.drain_row.val().get_bits::<2>(0);
        match self.drained.q.val().index() {
            0 => {
                self.drain_data.next =
                    bits_w256(self.addresses.data.val()) | (bits_w256(self.flags.data.val()) << 160_u64);
            }
            1 => {
                self.drain_data.next = self.firsts.data.val();
            }
            2 => {
                self.drain_data.next = self.seconds.data.val();
            }
            _ => {
                self.drain_data.next = self.thirds.data.val();
            }
        }
    }
}
