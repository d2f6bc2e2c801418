//! Lane memory: 32 KiB, any 32 bytes or any single byte in each access.
//!
//! Algorithm: rows of 32 bytes alternate between two banks ([`ByteRam`]), so 32 bytes at any address touch each bank once.
//! Bytes rotate by the offset in the row, and byte enables say which belong to the first row and which to the second.
//! An access beyond the last byte wraps around; the lane checks bounds before.
//!
//! Handshake: none, a new access every cycle, in order: a load sees every earlier store. Latency: 3 cycles to the data of a
//! load (rotation of what is stored, bank, rotation of what was loaded). Reset: none; contents and `data` start at
//! zero.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

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

/// The memory.
#[derive(LogicBlock, Default)]
pub struct LaneMemory {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Address of the first byte.
    pub address: Signal<In, Bits<15>>,
    /// Store 32 bytes.
    pub store: Signal<In, Bit>,
    /// Store the lowest byte of `store_data`.
    pub store_byte: Signal<In, Bit>,
    /// What to store, first byte most significant.
    pub store_data: Signal<In, W256>,
    /// The 32 bytes that were at `address` three cycles ago, before what that cycle stored.
    pub data: Signal<Out, W256>,
    even: ByteRam<9>,
    odd: ByteRam<9>,
    aligner: ByteRotator,
    unaligner: ByteRotator,
    row: Signal<Local, Bits<10>>,
    next_row: Signal<Local, Bits<10>>,
    offset: Signal<Local, Bits<5>>,
    first_bytes: Signal<Local, Bits<32>>,
    first_enable: Signal<Local, Bits<32>>,
    second_enable: Signal<Local, Bits<32>>,
    // First stage.
    even_row: DFF<Bits<9>>,
    odd_row: DFF<Bits<9>>,
    even_enable: DFF<Bits<32>>,
    odd_enable: DFF<Bits<32>>,
    aligned: DFF<W256>,
    stage1_offset: DFF<Bits<5>>,
    stage1_odd: DFF<Bit>,
    // Second stage, beside the banks.
    stage2_offset: DFF<Bits<5>>,
    stage2_odd: DFF<Bit>,
    // Third stage.
    first: Signal<Local, W256>,
    second: Signal<Local, W256>,
    mask: RowMask,
    loaded: DFF<W256>,
}

/// Mask of a row's bytes from an offset to its end; combinational.
#[derive(LogicBlock, Default)]
pub struct RowMask {
    /// Offset of the first byte, from the most significant one.
    pub offset: Signal<In, Bits<5>>,
    /// The mask.
    pub mask: Signal<Out, W256>,
    keep: crate::leaf::KeepMask,
}

impl Logic for RowMask {
    #[hdl_gen]
    fn update(&mut self) {
        self.keep.left.next = false;
        self.keep.count.next = bit_cast::<8, 5>(self.offset.val()) << bits::<8>(3);
        self.mask.next = self.keep.mask.val();
    }
}

impl Logic for LaneMemory {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            even_row,
            odd_row,
            even_enable,
            odd_enable,
            aligned,
            stage1_offset,
            stage1_odd,
            stage2_offset,
            stage2_odd,
            loaded
        );
        clock!(self, clock, even, odd);

        // First stage: rows, enables, rotation to the right by the offset.
        self.row.next = self.address.val().get_bits::<10>(5);
        self.next_row.next = self.row.val() + bits::<10>(1);
        self.offset.next = self.address.val().get_bits::<5>(0);
        self.stage1_offset.d.next = self.offset.val();
        self.stage1_odd.d.next = self.row.val().get_bit(0);
        self.odd_row.d.next = self.row.val().get_bits::<9>(1);
        self.even_row.d.next = self.row.val().get_bits::<9>(1);
        self.aligner.value.next = self.store_data.val();
        self.aligner.bytes.next = bits::<5>(0) - self.offset.val();
        self.first_bytes.next = bits::<32>(0xffff_ffff_u64) >> self.offset.val();
        self.first_enable.next = bits::<32>(0);
        self.second_enable.next = bits::<32>(0);
        if self.store.val() {
            self.first_enable.next = self.first_bytes.val();
            self.second_enable.next = !self.first_bytes.val();
        }
        if self.store_byte.val() {
            // The lowest byte takes the place of the first.
            self.aligner.bytes.next = bits::<5>(31) - self.offset.val();
            self.first_enable.next = bits::<32>(0x8000_0000_u64) >> self.offset.val();
            self.second_enable.next = bits::<32>(0);
        }
        self.aligned.d.next = self.aligner.rotated.val();
        self.even_enable.d.next = self.first_enable.val();
        self.odd_enable.d.next = self.second_enable.val();
        if self.row.val().get_bit(0) {
            self.even_row.d.next = self.next_row.val().get_bits::<9>(1);
            self.even_enable.d.next = self.second_enable.val();
            self.odd_enable.d.next = self.first_enable.val();
        }

        // Second stage: the banks.
        self.even.address.next = self.even_row.q.val();
        self.even.write_address.next = self.even_row.q.val();
        self.even.write_data.next = self.aligned.q.val();
        self.even.enable.next = self.even_enable.q.val();
        self.odd.address.next = self.odd_row.q.val();
        self.odd.write_address.next = self.odd_row.q.val();
        self.odd.write_data.next = self.aligned.q.val();
        self.odd.enable.next = self.odd_enable.q.val();
        self.stage2_offset.d.next = self.stage1_offset.q.val();
        self.stage2_odd.d.next = self.stage1_odd.q.val();

        // Third stage: the bytes of both rows, rotated left by the offset.
        self.first.next = self.even.data.val();
        self.second.next = self.odd.data.val();
        if self.stage2_odd.q.val() {
            self.first.next = self.odd.data.val();
            self.second.next = self.even.data.val();
        }
        self.mask.offset.next = self.stage2_offset.q.val();
        self.unaligner.value.next =
            (self.first.val() & self.mask.mask.val()) | (self.second.val() & (!self.mask.mask.val()));
        self.unaligner.bytes.next = self.stage2_offset.q.val();
        self.loaded.d.next = self.unaligner.rotated.val();
        self.data.next = self.loaded.q.val();
    }
}
