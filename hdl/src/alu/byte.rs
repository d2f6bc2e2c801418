//! BYTE and SIGNEXTEND.
//!
//! Algorithm: a variable slice selects the byte; SIGNEXTEND keeps the low bytes with [`KeepMask`] and fills the rest with
//! the sign bit. An index of 32 and more gives 0 (BYTE) or the value unchanged (SIGNEXTEND).
//!
//! Handshake: none, a new operation every cycle. Latency: 1 cycle, like the other pipelined units.
//! Reset: none; `result` is 0 until the first clock edge.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use crate::{
    leaf::KeepMask,
    word::{W256, bits_w256},
};

/// The unit.
#[derive(LogicBlock)]
pub struct ByteUnit {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// SIGNEXTEND instead of BYTE.
    pub extend: Signal<In, Bit>,
    /// Index of the byte: from the top for BYTE, from the bottom for SIGNEXTEND.
    pub index: Signal<In, W256>,
    /// Value.
    pub value: Signal<In, W256>,
    /// Result, a cycle later.
    pub result: Signal<Out, W256>,
    zero: Constant<W256>,
    beyond: Signal<Local, Bit>,
    low_index: Signal<Local, Bits<8>>,
    /// 248 - 8 × index.
    from_top: Signal<Local, Bits<8>>,
    offset: Signal<Local, Bits<8>>,
    selected: Signal<Local, Bits<8>>,
    keep: KeepMask,
    register: DFF<W256>,
}

impl Default for ByteUnit {
    fn default() -> Self {
        ByteUnit {
            clock: Default::default(),
            extend: Default::default(),
            index: Default::default(),
            value: Default::default(),
            result: Default::default(),
            zero: Constant::new(W256::ZERO),
            beyond: Default::default(),
            low_index: Default::default(),
            from_top: Default::default(),
            offset: Default::default(),
            selected: Default::default(),
            keep: Default::default(),
            register: Default::default(),
        }
    }
}

impl Logic for ByteUnit {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, register);
        self.beyond.next = (self.index.val() >> 5_u64) != self.zero.val();
        self.low_index.next = (self.index.val().get_bits::<8>(0) & bits::<8>(0x1f)) << bits::<8>(3);
        self.from_top.next = bits::<8>(248) - self.low_index.val();
        self.offset.next = self.from_top.val();
        if self.extend.val() {
            self.offset.next = self.low_index.val();
        }
        self.selected.next = self.value.val().get_bits::<8>(self.offset.val().index());
        self.keep.rotation.next = self.from_top.val();
        self.keep.left.next = false;
        self.keep.none.next = false;
        if self.extend.val() {
            self.register.d.next = self.value.val();
            if !self.beyond.val() {
                self.register.d.next = self.value.val() & self.keep.mask.val();
                if self.selected.val().get_bit(7) {
                    self.register.d.next = self.value.val() | !self.keep.mask.val();
                }
            }
        } else {
            self.register.d.next = self.zero.val();
            if !self.beyond.val() {
                self.register.d.next = bits_w256(self.selected.val());
            }
        }
        self.result.next = self.register.q.val();
    }
}

/// What the unit computes.
pub fn model(extend: bool, index: W256, value: W256) -> W256 {
    let &[low, rest @ ..] = index.limbs();
    match (extend, low > 31 || rest != [0; 3]) {
        (true, true) => value,
        (false, true) => W256::ZERO,
        (false, false) => (value << (8 * low)) >> 248,
        (true, false) => {
            let kept = W256::MAX >> (248 - 8 * low);
            if value.get_bit(8 * low as usize + 7) { value | !kept } else { value & kept }
        }
    }
}
