//! Look-up in the jump index (see [`gaslane_abi::image`]): whether an EVM program counter is a JUMPDEST, and its jump entry.
//!
//! Algorithm: the first stage selects the block of the line and makes a thermometer code of the bit's number, the second
//! counts the bits of the bitmap under that code, pair by pair, and adds the base. The order of bytes is undone by wiring: byte 0 of a
//! line is its most significant one, the block's two numbers are little-endian.
//!
//! Handshake: none, a new look-up every cycle. Latency: 1 cycle; behind the register lie a sum of six levels and an adder of 32
//! bits, so the outputs should go straight into a register. Reset: none; outputs are 0 until the first clock edge.

use gaslane_abi::image::JumpBlock;
use rust_hdl_core::prelude::*;

use crate::word::W256;

/// The block.
#[derive(LogicBlock, Default)]
pub struct JumpTable {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Line of the jump index: four blocks, that of program counter `pc` being line `pc / 128`.
    pub line: Signal<In, W256>,
    /// Low bits of the EVM program counter.
    pub pc: Signal<In, Bits<7>>,
    /// Whether it is a JUMPDEST, a cycle later.
    pub is_jumpdest: Signal<Out, Bit>,
    /// Its jump entry: those of the block before it, plus the block's base, modulo 2^32.
    pub entry: Signal<Out, Bits<32>>,
}

/// What the block computes: whether bit `pc` % 32 of the block is a JUMPDEST, and its entry.
pub fn model(block: JumpBlock, pc: u32) -> (bool, u32) {
    let bit = 1_u32 << (pc % 32);
    (block.bitmap & bit != 0, block.base.wrapping_add((block.bitmap & (bit - 1)).count_ones()))
}

impl Logic for JumpTable {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            let pc = self.pc.val().to_u64() as u32;
            let block = self.line.val().limbs()[3 - pc as usize / 32].swap_bytes();
            let (is_jumpdest, entry) = model(JumpBlock { bitmap: block as u32, base: (block >> 32) as u32 }, pc);
            self.is_jumpdest.next = is_jumpdest;
            self.entry.next = u64::from(entry).into();
        }
    }

    fn connect(&mut self) {
        self.is_jumpdest.connect();
        self.entry.connect();
    }

    fn hdl(&self) -> Verilog {
        Verilog::Custom(
            "\
reg [63:0] limb;
reg [31:0] bitmap;
reg [31:0] base;
// Bits below that of the program counter, and that bit.
reg [31:0] below;
reg [31:0] at;
reg [31:0] masked;
// Counts, in five bits each.
reg [79:0] twos;
reg [39:0] fours;
reg [19:0] eights;
reg [9:0] sixteens;
integer i;
integer n;
initial begin
    bitmap = 0;
    base = 0;
    below = 0;
    at = 0;
end
always @(*) begin
    case (pc[6:5])
        2'd0: limb = line[255:192];
        2'd1: limb = line[191:128];
        2'd2: limb = line[127:64];
        default: limb = line[63:0];
    endcase
end
always @(posedge clock) begin
    for (i = 0; i < 4; i = i + 1) begin
        bitmap[8 * i +: 8] <= limb[56 - 8 * i +: 8];
        base[8 * i +: 8] <= limb[24 - 8 * i +: 8];
    end
    for (i = 0; i < 32; i = i + 1) begin
        below[i] <= i[4:0] < pc[4:0];
        at[i] <= i[4:0] == pc[4:0];
    end
end
// Sum in plain logic: as `+`, counts this small would each go through a carry chain.
function [4:0] sum;
    input [3:0] x;
    input [3:0] y;
    reg carry;
    integer k;
    begin
        carry = 1'b0;
        for (k = 0; k < 4; k = k + 1) begin
            sum[k] = x[k] ^ y[k] ^ carry;
            carry = (x[k] & y[k]) | (carry & (x[k] ^ y[k]));
        end
        sum[4] = carry;
    end
endfunction
always @(*) begin
    masked = bitmap & below;
    for (n = 0; n < 16; n = n + 1) twos[5 * n +: 5] = sum({3'd0, masked[2 * n]}, {3'd0, masked[2 * n + 1]});
    for (n = 0; n < 8; n = n + 1) fours[5 * n +: 5] = sum({2'd0, twos[10 * n +: 2]}, {2'd0, twos[10 * n + 5 +: 2]});
    for (n = 0; n < 4; n = n + 1) eights[5 * n +: 5] = sum({1'b0, fours[10 * n +: 3]}, {1'b0, fours[10 * n + 5 +: 3]});
    for (n = 0; n < 2; n = n + 1) sixteens[5 * n +: 5] = sum(eights[10 * n +: 4], eights[10 * n + 5 +: 4]);
    // At most 31 bits are below.
    entry = base + {27'd0, sixteens[4:0] + sixteens[9:5]};
    is_jumpdest = |(bitmap & at);
end
"
            .into(),
        )
    }
}
