//! Leading zeros of a 256-bit word (CLZ; 256 for zero).
//!
//! Algorithm: the first stage counts in each of 16 groups of 16 bits ([`Clz16`]) and notes which are not zero; the second finds
//! the highest such group and takes its count.
//!
//! Handshake: none, a new operation every cycle. Latency: 1 cycle (one register between inputs and outputs).
//! Reset: none; `count` is 256 until the first clock edge.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use crate::word::W256;

/// Leading zeros of 16 bits that are not all zero; combinational.
#[derive(LogicBlock, Default)]
pub struct Clz16 {
    /// The bits.
    pub value: Signal<In, Bits<16>>,
    /// Whether any is set.
    pub any: Signal<Out, Bit>,
    /// Leading zeros, 15 if none is set.
    pub count: Signal<Out, Bits<4>>,
    /// 15 - i in the step of bit i.
    zeros: Signal<Local, Bits<4>>,
}

impl Logic for Clz16 {
    #[hdl_gen]
    fn update(&mut self) {
        self.any.next = self.value.val().any();
        self.count.next = bits::<4>(15);
        self.zeros.next = bits::<4>(15);
        // The highest set bit is assigned last.
        for i in 0..16 {
            if self.value.val().get_bit(i) {
                self.count.next = self.zeros.val();
            }
            self.zeros.next = self.zeros.val() - bits::<4>(1);
        }
    }
}

/// The unit.
#[derive(LogicBlock, Default)]
pub struct Clz {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// The word.
    pub value: Signal<In, W256>,
    /// Its leading zeros, a cycle later.
    pub count: Signal<Out, Bits<9>>,
    groups: [Clz16; 16],
    any: [DFF<Bit>; 16],
    counts: [DFF<Bits<4>>; 16],
    /// 240 - 16 i in the step of group i: the zeros of the groups above it.
    above: Signal<Local, Bits<9>>,
    low: Signal<Local, Bits<4>>,
}

impl Logic for Clz {
    #[hdl_gen]
    fn update(&mut self) {
        self.count.next = bits::<9>(256);
        self.above.next = bits::<9>(240);
        for i in 0..16 {
            self.any[i].clock.next = self.clock.val();
            self.counts[i].clock.next = self.clock.val();
            self.groups[i].value.next = self.value.val().get_bits::<16>(i * 16);
            self.any[i].d.next = self.groups[i].any.val();
            self.counts[i].d.next = self.groups[i].count.val();
            // The highest group that is not zero is assigned last.
            self.low.next = self.counts[i].q.val();
            if self.any[i].q.val() {
                self.count.next = self.above.val() | bit_cast::<9, 4>(self.low.val());
            }
            self.above.next = self.above.val() - bits::<9>(16);
        }
    }
}

/// What the unit computes.
pub fn model(value: W256) -> u32 {
    let mut zeros = 0;
    for limb in value.limbs().iter().rev() {
        zeros += limb.leading_zeros();
        if *limb != 0 {
            break;
        }
    }
    zeros
}
