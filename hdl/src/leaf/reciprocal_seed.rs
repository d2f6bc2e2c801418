//! Table of reciprocals: the first estimate of a division.
//!
//! For a limb with bit 63 set, taken as a fraction D of 1 between 1/2 and 1, the ten bits below bit 63 select the
//! reciprocal of the middle of their interval, rounded to 11 fractional bits: it is off by less than 2^-10.6 of itself.
//! A Newton step needs twice the estimate, here with 39 fractional bits, and its square, here with 37.
//!
//! Handshake: none; `read` moves on to the table's line for `limb`, otherwise the outputs stay. Latency: 1. Reset: none;
//! before the first look-up the outputs are those of an estimate with no bit but its highest, and of the square zero.

use rust_hdl_core::prelude::*;

use crate::word::W64;

/// The block.
#[derive(LogicBlock, Default)]
pub struct ReciprocalSeed {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Whether to look up `limb`.
    pub read: Signal<In, Bit>,
    /// The limb.
    pub limb: Signal<In, W64>,
    /// Twice the estimate.
    pub twice: Signal<Out, W64>,
    /// Square of the estimate.
    pub square: Signal<Out, W64>,
    _line: Option<usize>,
}

/// Line of the table for a limb.
pub fn index(limb: u64) -> usize {
    (limb >> 53) as usize & 0x3ff
}

/// Reciprocal of the middle of an interval, with 11 fractional bits.
fn estimate(line: usize) -> u64 {
    let middle = 2 * (1024 + line as u64) + 1;
    ((1 << 23) + middle / 2) / middle
}

/// Twice the estimate, with 39 fractional bits.
pub fn twice(line: usize) -> u64 {
    estimate(line) << 29
}

/// Square of the estimate, with 37 fractional bits.
pub fn square(line: usize) -> u64 {
    (estimate(line) * estimate(line)) << 15
}

impl Logic for ReciprocalSeed {
    fn update(&mut self) {
        if self.clock.pos_edge() && self.read.val() {
            self._line = Some(index(self.limb.val().limbs()[0]));
        }
        self.twice.next = W64::from_limbs([self._line.map_or(1 << 40, twice)]);
        self.square.next = W64::from_limbs([self._line.map_or(0, square)]);
    }

    fn connect(&mut self) {
        self.twice.connect();
        self.square.connect();
    }

    fn hdl(&self) -> Verilog {
        // The estimate's highest bit is always set.
        let lines: String = (0..1024)
            .map(|line| {
                format!("    lines[{line}] = {{11'd{}, 24'd{}}};\n", estimate(line) & 0x7ff, estimate(line).pow(2))
            })
            .collect();
        Verilog::Custom(format!(
            "\
reg [34:0] lines [0:1023];
reg [34:0] line;
initial begin
{lines}end
always @(posedge clock) if (read) line <= lines[limb[62:53]];
always @(*) begin
    twice = {{23'd0, 1'b1, line[34:24], 29'd0}};
    square = {{25'd0, line[23:0], 15'd0}};
end
"
        ))
    }
}
