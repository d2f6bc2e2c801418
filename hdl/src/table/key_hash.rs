//! Hash key of the state table, and what a limb of a key adds to its hash ([`super::layout::limb_hash`]).
//!
//! Algorithm: Toeplitz hash, 16 parities of 64 products of bits. The hash key is secret and random on a card, so that nobody can
//! choose keys that meet in one set; what is at stake is speed, never a result. Handshake: none. Latency: the hash
//! is combinational; a limb of the hash key takes effect in the cycle after it was written. Reset: none; starts with
//! [`DEFAULT_HASH_KEY`].

use rust_hdl_core::prelude::*;

use super::layout::{DEFAULT_HASH_KEY, HASH_KEY_LIMBS, limb_hash};
use crate::word::W64;

/// The block.
#[derive(LogicBlock)]
pub struct KeyHash {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Number of the limb, 0 to 6.
    pub index: Signal<In, Bits<3>>,
    /// The limb.
    pub limb: Signal<In, W64>,
    /// What it adds to the hash.
    pub hash: Signal<Out, Bits<16>>,
    /// Write a limb of the hash key.
    pub write: Signal<In, Bit>,
    /// Which.
    pub write_index: Signal<In, Bits<3>>,
    /// Its value.
    pub write_data: Signal<In, W64>,
    _key: [u64; HASH_KEY_LIMBS],
}

impl Default for KeyHash {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            index: Default::default(),
            limb: Default::default(),
            hash: Default::default(),
            write: Default::default(),
            write_index: Default::default(),
            write_data: Default::default(),
            _key: DEFAULT_HASH_KEY,
        }
    }
}

impl Logic for KeyHash {
    fn update(&mut self) {
        if self.clock.pos_edge() && self.write.val() {
            self._key[self.write_index.val().index()] = self.write_data.val().limbs()[0];
        }
        let hash = limb_hash(&self._key, self.index.val().index(), self.limb.val().limbs()[0]);
        self.hash.next = u64::from(hash).into();
    }

    fn connect(&mut self) {
        self.hash.connect();
    }

    fn hdl(&self) -> Verilog {
        let initial: String = DEFAULT_HASH_KEY
            .iter()
            .enumerate()
            .map(|(index, limb)| format!("    key[{index}] = 64'h{limb:016x};\n"))
            .collect();
        Verilog::Custom(format!(
            "\
reg [63:0] key [0:7];
initial begin
{initial}end
always @(posedge clock) if (write) key[write_index] <= write_data;
wire [2:0] following = index + 3'd1;
wire [127:0] window = {{key[following], key[index]}};
integer i;
always @(*) for (i = 0; i < 16; i = i + 1) hash[i] = ^(limb & window[i +: 64]);
"
        ))
    }
}
