//! The check of the link's frames, a byte further: CRC-32 of Ethernet.
//!
//! Algorithm: eight steps of the shift register with the polynomial [`CRC_POLYNOMIAL`], least significant bit first.
//! Handshake and latency: combinational. Reset: no state.

use gaslane_abi::link::CRC_POLYNOMIAL;
use rust_hdl_core::prelude::*;

/// The block.
#[derive(LogicBlock)]
pub struct Crc32 {
    /// The check so far.
    pub earlier: Signal<In, Bits<32>>,
    /// The next byte.
    pub byte_data: Signal<In, Bits<8>>,
    /// The check with it.
    pub after: Signal<Out, Bits<32>>,
    polynomial: Constant<Bits<32>>,
    steps: [Signal<Local, Bits<32>>; 9],
}

impl Default for Crc32 {
    fn default() -> Self {
        Self {
            earlier: Default::default(),
            byte_data: Default::default(),
            after: Default::default(),
            polynomial: Constant::new(u64::from(CRC_POLYNOMIAL).into()),
            steps: Default::default(),
        }
    }
}

impl Logic for Crc32 {
    #[hdl_gen]
    fn update(&mut self) {
        self.steps[0].next = self.earlier.val() ^ bit_cast::<32, 8>(self.byte_data.val());
        for i in 0..8 {
            self.steps[i + 1].next = self.steps[i].val() >> bits::<32>(1);
            if self.steps[i].val().get_bit(0) {
                self.steps[i + 1].next = (self.steps[i].val() >> bits::<32>(1)) ^ self.polynomial.val();
            }
        }
        self.after.next = self.steps[8].val();
    }
}
