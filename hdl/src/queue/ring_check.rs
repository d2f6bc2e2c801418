//! Whether the registers of a ring are in range: a power of two of entries, 2 to 65,536, at a multiple of 64 bytes, with
//! head and tail inside.
//!
//! Algorithm: comparisons. Handshake: none. Latency: combinational. Reset: none.

use rust_hdl_core::prelude::*;

use crate::word::W64;

/// The block.
#[derive(LogicBlock, Default)]
pub struct RingCheck {
    /// IOVA of the ring.
    pub base: Signal<In, W64>,
    /// Its entries.
    pub entries: Signal<In, Bits<32>>,
    /// An index that must be inside.
    pub head: Signal<In, Bits<32>>,
    /// Another one.
    pub tail: Signal<In, Bits<32>>,
    /// All is in range.
    pub valid: Signal<Out, Bit>,
    /// Mask of an index.
    pub mask: Signal<Out, Bits<32>>,
    less_one: Signal<Local, Bits<32>>,
    common: Signal<Local, Bits<32>>,
    least: Signal<Local, Bits<32>>,
    most: Signal<Local, Bits<32>>,
    low: Signal<Local, Bits<6>>,
    in_range: Signal<Local, Bit>,
}

impl Logic for RingCheck {
    #[hdl_gen]
    fn update(&mut self) {
        self.less_one.next = self.entries.val() - bits::<32>(1);
        self.common.next = self.entries.val() & self.less_one.val();
        self.least.next = bits::<32>(2);
        self.most.next = bits::<32>(65536);
        self.low.next = self.base.val().get_bits::<6>(0);
        self.in_range.next = (self.entries.val() >= self.least.val())
            & (self.entries.val() <= self.most.val())
            & (self.head.val() < self.entries.val())
            & (self.tail.val() < self.entries.val());
        self.valid.next = self.in_range.val() & (!self.common.val().any()) & (!self.low.val().any());
        self.mask.next = self.less_one.val();
    }
}

/// The check.
pub fn model(base: u64, entries: u32, head: u32, tail: u32) -> bool {
    entries.is_power_of_two()
        && (2..=gaslane_abi::ring::RING_ENTRIES_MAX).contains(&entries)
        && base.is_multiple_of(super::ENTRY_BYTES)
        && head < entries
        && tail < entries
}
