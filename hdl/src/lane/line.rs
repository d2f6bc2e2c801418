//! A 32-byte line of the code store taken apart. Byte 0 of a line is its most significant; numbers in it are
//! little-endian. Only wires and selection: combinational, no state.

use rust_hdl_core::prelude::*;

use crate::word::{W64, W256};

/// Fields of a line.
#[derive(LogicBlock, Default)]
pub struct LineFields {
    /// The line.
    pub line: Signal<In, W256>,
    /// Which 64-bit number to select.
    pub index: Signal<In, Bits<2>>,
    /// The 64-bit number: a program word.
    pub word: Signal<Out, W64>,
    /// The line as a number: a pool entry.
    pub number: Signal<Out, W256>,
    /// Its 32-bit numbers.
    pub field0: Signal<Out, Bits<32>>,
    /// Number 1.
    pub field1: Signal<Out, Bits<32>>,
    /// Number 2.
    pub field2: Signal<Out, Bits<32>>,
    /// Number 3.
    pub field3: Signal<Out, Bits<32>>,
    /// Number 4.
    pub field4: Signal<Out, Bits<32>>,
    /// Number 5.
    pub field5: Signal<Out, Bits<32>>,
    /// Number 6.
    pub field6: Signal<Out, Bits<32>>,
    /// Number 7.
    pub field7: Signal<Out, Bits<32>>,
}

/// The line as a little-endian number: its bytes reversed.
pub fn number(line: W256) -> W256 {
    let &[a, b, c, d] = line.limbs();
    W256::from_limbs([d.swap_bytes(), c.swap_bytes(), b.swap_bytes(), a.swap_bytes()])
}

impl Logic for LineFields {
    fn update(&mut self) {
        let number = number(self.line.val());
        let limbs = number.limbs();
        self.number.next = number;
        self.word.next = W64::from_limbs([limbs[self.index.val().index()]]);
        let field = |i: usize| -> Bits<32> { ((limbs[i / 2] >> (32 * (i % 2))) & 0xffff_ffff).into() };
        self.field0.next = field(0);
        self.field1.next = field(1);
        self.field2.next = field(2);
        self.field3.next = field(3);
        self.field4.next = field(4);
        self.field5.next = field(5);
        self.field6.next = field(6);
        self.field7.next = field(7);
    }

    fn connect(&mut self) {
        self.number.connect();
        self.word.connect();
        self.field0.connect();
        self.field1.connect();
        self.field2.connect();
        self.field3.connect();
        self.field4.connect();
        self.field5.connect();
        self.field6.connect();
        self.field7.connect();
    }

    fn hdl(&self) -> Verilog {
        let fields: String = (0..8).map(|i| format!("    field{i} = number[{} +: 32];\n", 32 * i)).collect();
        Verilog::Custom(format!(
            "\
integer n;
always @(*) begin
    for (n = 0; n < 32; n = n + 1) number[8 * n +: 8] = line[248 - 8 * n +: 8];
    word = number[64 * index +: 64];
{fields}end
"
        ))
    }
}

/// Whether an EVM program counter is a JUMPDEST, and which jump entry belongs to it.
#[derive(LogicBlock, Default)]
pub struct JumpBlockLookup {
    /// Line of the jump index.
    pub line: Signal<In, W256>,
    /// Bits 6:0 of the EVM program counter.
    pub place: Signal<In, Bits<7>>,
    /// It is a JUMPDEST.
    pub valid: Signal<Out, Bit>,
    /// Number of its jump entry.
    pub entry: Signal<Out, Bits<32>>,
}

impl Logic for JumpBlockLookup {
    fn update(&mut self) {
        let place = self.place.val().index();
        let block = number(self.line.val()).limbs()[place / 32];
        let (bitmap, base, bit) = (block as u32, (block >> 32) as u32, 1_u32 << (place % 32));
        self.valid.next = bitmap & bit != 0;
        self.entry.next = u64::from(base.wrapping_add((bitmap & (bit - 1)).count_ones())).into();
    }

    fn connect(&mut self) {
        self.valid.connect();
        self.entry.connect();
    }

    fn hdl(&self) -> Verilog {
        Verilog::Custom(
            "\
reg [255:0] number;
reg [31:0] bitmap;
reg [31:0] base;
reg [31:0] below;
reg [2:0] counts [0:7];
reg [3:0] pairs [0:3];
reg [5:0] earlier;
integer n;
// A tree: one sum after the other would be the longest path of the lane.
always @(*) begin
    for (n = 0; n < 32; n = n + 1) number[8 * n +: 8] = line[248 - 8 * n +: 8];
    bitmap = number[64 * place[6:5] +: 32];
    base = number[64 * place[6:5] + 32 +: 32];
    valid = bitmap[place[4:0]];
    below = bitmap & ~(32'hffffffff << place[4:0]);
    for (n = 0; n < 8; n = n + 1)
        case (below[4 * n +: 4])
            4'b0000: counts[n] = 3'd0;
            4'b0001, 4'b0010, 4'b0100, 4'b1000: counts[n] = 3'd1;
            4'b0111, 4'b1011, 4'b1101, 4'b1110: counts[n] = 3'd3;
            4'b1111: counts[n] = 3'd4;
            default: counts[n] = 3'd2;
        endcase
    for (n = 0; n < 4; n = n + 1) pairs[n] = {1'b0, counts[2 * n]} + {1'b0, counts[2 * n + 1]};
    earlier = ({2'b0, pairs[0]} + {2'b0, pairs[1]}) + ({2'b0, pairs[2]} + {2'b0, pairs[3]});
    entry = base + {26'b0, earlier};
end
"
            .into(),
        )
    }
}

/// Number of significant bytes of a word (0 for zero).
#[derive(LogicBlock, Default)]
pub struct ByteLength {
    /// The word.
    pub value: Signal<In, W256>,
    /// Its bytes without leading zeros.
    pub bytes: Signal<Out, Bits<6>>,
}

impl Logic for ByteLength {
    fn update(&mut self) {
        let limbs = self.value.val();
        let bits = limbs.limbs().iter().enumerate().rfind(|(_, limb)| **limb != 0);
        let bytes = bits.map_or(0, |(i, limb)| 8 * i as u64 + 8 - u64::from(limb.leading_zeros() / 8));
        self.bytes.next = bytes.into();
    }

    fn connect(&mut self) {
        self.bytes.connect();
    }

    fn hdl(&self) -> Verilog {
        Verilog::Custom(
            "\
integer n;
always @(*) begin
    bytes = 0;
    for (n = 0; n < 32; n = n + 1)
        if (value[8 * n +: 8] != 0) bytes = n[5:0] + 6'd1;
end
"
            .into(),
        )
    }
}

/// A word with its bytes reversed.
#[derive(LogicBlock, Default)]
pub struct Reverse {
    /// The word.
    pub value: Signal<In, W256>,
    /// Reversed.
    pub reversed: Signal<Out, W256>,
}

impl Logic for Reverse {
    fn update(&mut self) {
        self.reversed.next = number(self.value.val());
    }

    fn connect(&mut self) {
        self.reversed.connect();
    }

    fn hdl(&self) -> Verilog {
        Verilog::Custom(
            "\
integer n;
always @(*)
    for (n = 0; n < 32; n = n + 1) reversed[8 * n +: 8] = value[248 - 8 * n +: 8];
"
            .into(),
        )
    }
}
