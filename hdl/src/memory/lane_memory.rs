//! Lane memory: loads of 32 bytes and stores of up to 32 at any byte address, one of each a cycle.
//!
//! Algorithm: rows of 32 bytes alternate between two banks ([`ByteRam`]), so 32 bytes at any address touch each bank once.
//! Bytes rotate by the offset in the row; byte enables say what belongs to the first row and what to the second.
//! Addresses wrap at the end.
//!
//! Handshake: none. A load sees every store of an earlier cycle, and none of its own or a later one. Latency: 3 cycles to the data
//! of a load (address, bank, rotation). Reset: none; contents and `load_data` start at zero.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use super::{ByteMask, StoreMask};
use crate::{leaf::ByteRam, word::W256};

/// Cycles from a load to its data.
pub const LOAD_CYCLES: u64 = 3;

/// Rotation left by bytes; combinational.
#[derive(LogicBlock, Default)]
pub struct ByteRotator {
    /// Bytes to rotate by.
    pub bytes: Signal<In, Bits<5>>,
    /// What to rotate.
    pub value: Signal<In, W256>,
    /// The value, rotated left.
    pub rotated: Signal<Out, W256>,
    steps: [Signal<Local, W256>; 5],
}

impl Logic for ByteRotator {
    #[hdl_gen]
    fn update(&mut self) {
        self.steps[0].next = self.value.val();
        if self.bytes.val().get_bit(0) {
            self.steps[0].next = (self.value.val() << 8_u64) | (self.value.val() >> 248_u64);
        }
        self.steps[1].next = self.steps[0].val();
        if self.bytes.val().get_bit(1) {
            self.steps[1].next = (self.steps[0].val() << 16_u64) | (self.steps[0].val() >> 240_u64);
        }
        self.steps[2].next = self.steps[1].val();
        if self.bytes.val().get_bit(2) {
            self.steps[2].next = (self.steps[1].val() << 32_u64) | (self.steps[1].val() >> 224_u64);
        }
        self.steps[3].next = self.steps[2].val();
        if self.bytes.val().get_bit(3) {
            self.steps[3].next = (self.steps[2].val() << 64_u64) | (self.steps[2].val() >> 192_u64);
        }
        self.steps[4].next = self.steps[3].val();
        if self.bytes.val().get_bit(4) {
            self.steps[4].next = (self.steps[3].val() << 128_u64) | (self.steps[3].val() >> 128_u64);
        }
        self.rotated.next = self.steps[4].val();
    }
}

/// Memory of two banks of 2^`BANK_BITS` rows.
#[derive(LogicBlock, Default)]
pub struct LaneMemory<const BANK_BITS: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Byte address to load from.
    pub load_address: Signal<In, Bits<20>>,
    /// The 32 bytes there, three cycles later; the first is most significant.
    pub load_data: Signal<Out, W256>,
    /// Byte address of the store's byte 0.
    pub store_address: Signal<In, Bits<20>>,
    /// Its data, byte 0 most significant.
    pub store_data: Signal<In, W256>,
    /// First byte stored.
    pub store_skip: Signal<In, Bits<5>>,
    /// First byte not stored any more; 0 stores nothing.
    pub store_end: Signal<In, Bits<6>>,
    even: ByteRam<BANK_BITS>,
    odd: ByteRam<BANK_BITS>,
    aligner: ByteRotator,
    unaligner: ByteRotator,
    enables: StoreMask,
    from_second: ByteMask,
    rows: Signal<Local, Bits<14>>,
    rows_after: Signal<Local, Bits<14>>,
    // Store: alignment.
    even_store: DFF<Bits<BANK_BITS>>,
    odd_store: DFF<Bits<BANK_BITS>>,
    even_enable: DFF<Bits<32>>,
    odd_enable: DFF<Bits<32>>,
    aligned: DFF<W256>,
    // Load: addresses.
    even_load: DFF<Bits<BANK_BITS>>,
    odd_load: DFF<Bits<BANK_BITS>>,
    offset1: DFF<Bits<5>>,
    swap1: DFF<Bit>,
    offset2: DFF<Bits<5>>,
    swap2: DFF<Bit>,
    first: Signal<Local, W256>,
    second: Signal<Local, W256>,
    loaded: DFF<W256>,
}

impl<const BANK_BITS: usize> Logic for LaneMemory<BANK_BITS> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, even_store, odd_store, even_enable, odd_enable, aligned, even_load, odd_load, offset1, swap1,
            offset2, swap2, loaded
        );
        clock!(self, clock, even, odd);

        // Store, first stage: rows, enables, rotation to the right by the offset.
        self.rows.next = self.store_address.val().get_bits::<14>(6);
        self.rows_after.next = self.rows.val() + bits::<14>(1);
        self.enables.offset.next = self.store_address.val().get_bits::<5>(0);
        self.enables.skip.next = self.store_skip.val();
        self.enables.stop.next = self.store_end.val();
        self.aligner.value.next = self.store_data.val();
        self.aligner.bytes.next = bits::<5>(0) - self.store_address.val().get_bits::<5>(0);
        self.aligned.d.next = self.aligner.rotated.val();
        self.odd_store.d.next = bit_cast::<BANK_BITS, 14>(self.rows.val());
        self.even_store.d.next = bit_cast::<BANK_BITS, 14>(self.rows.val());
        self.even_enable.d.next = self.enables.first.val();
        self.odd_enable.d.next = self.enables.second.val();
        if self.store_address.val().get_bit(5) {
            self.even_store.d.next = bit_cast::<BANK_BITS, 14>(self.rows_after.val());
            self.even_enable.d.next = self.enables.second.val();
            self.odd_enable.d.next = self.enables.first.val();
        }

        // Load, first stage: rows.
        self.rows.next = self.load_address.val().get_bits::<14>(6);
        self.rows_after.next = self.rows.val() + bits::<14>(1);
        self.odd_load.d.next = bit_cast::<BANK_BITS, 14>(self.rows.val());
        self.even_load.d.next = bit_cast::<BANK_BITS, 14>(self.rows.val());
        if self.load_address.val().get_bit(5) {
            self.even_load.d.next = bit_cast::<BANK_BITS, 14>(self.rows_after.val());
        }
        self.offset1.d.next = self.load_address.val().get_bits::<5>(0);
        self.swap1.d.next = self.load_address.val().get_bit(5);

        // Second stage: the banks.
        self.even.address.next = self.even_load.q.val();
        self.odd.address.next = self.odd_load.q.val();
        self.even.write_address.next = self.even_store.q.val();
        self.even.write_data.next = self.aligned.q.val();
        self.even.enable.next = self.even_enable.q.val();
        self.odd.write_address.next = self.odd_store.q.val();
        self.odd.write_data.next = self.aligned.q.val();
        self.odd.enable.next = self.odd_enable.q.val();
        self.offset2.d.next = self.offset1.q.val();
        self.swap2.d.next = self.swap1.q.val();

        // Third stage: the bytes of both rows, rotated left by the offset.
        self.first.next = self.even.data.val();
        self.second.next = self.odd.data.val();
        if self.swap2.q.val() {
            self.first.next = self.odd.data.val();
            self.second.next = self.even.data.val();
        }
        self.from_second.bytes.next = bit_cast::<6, 5>(self.offset2.q.val());
        self.unaligner.value.next = (self.second.val() & self.from_second.mask.val())
            | (self.first.val() & (!self.from_second.mask.val()));
        self.unaligner.bytes.next = self.offset2.q.val();
        self.loaded.d.next = self.unaligner.rotated.val();
        self.load_data.next = self.loaded.q.val();
    }
}
