//! Constant operand of an instruction word, made from its immediate (see [`gaslane_abi::isa`]).
//!
//! Algorithm: bit 16 p + j of a constant is bit j of 16 shared bits, masked by one of two flags of block p: that for the bits
//! from the shift count's remainder on, or that for those below. Shifted values rotate into the shared bits and have one flag set
//! in their own block and the other in the next; runs of ones have all shared bits set and flags up to their end. So a bit
//! above the low 32 costs one four-input table. The low 32 choose among the immediate, its complement and that.
//!
//! Handshake: none, a new immediate every cycle. Latency: 1 cycle. Reset: none; `constant` is 0 until the first clock edge.

use gaslane_abi::isa::ExtForm;
use rust_hdl_core::prelude::*;

use crate::word::W256;

/// `kind`: `imm[31:0]`, zero-extended.
pub const KIND_IMM32: u8 = 0;
/// `kind`: `imm[15:0]`, zero-extended.
pub const KIND_LOW16: u8 = 1;
/// `kind`: `imm[31:16]`, zero-extended.
pub const KIND_HIGH16: u8 = 2;
/// `kind`: the form that `imm[31:28]` names ([`ExtForm`]).
pub const KIND_EXTENDED: u8 = 3;

/// The unit.
#[derive(LogicBlock, Default)]
pub struct ConstantUnit {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Immediate of the word.
    pub imm: Signal<In, Bits<32>>,
    /// What it stands for: `KIND_*`.
    pub kind: Signal<In, Bits<3>>,
    /// The constant, a cycle later; 0 for the pool, and for kinds and forms that are not defined.
    pub constant: Signal<Out, W256>,
}

/// What the unit computes.
pub fn model(kind: u8, imm: u32) -> W256 {
    let small = |value: u32| W256::from_limbs([u64::from(value), 0, 0, 0]);
    match kind {
        KIND_IMM32 => small(imm),
        KIND_LOW16 => small(imm & 0xffff),
        KIND_HIGH16 => small(imm >> 16),
        KIND_EXTENDED => match ExtForm::decode(imm) {
            Some(ExtForm::Ones(n)) => !(W256::MAX << u64::from(n)),
            Some(ExtForm::Shifted { value, shift }) => small(value.into()) << u64::from(shift),
            Some(ExtForm::Inverted(value)) => !small(value),
            Some(ExtForm::Pool(_)) | None => W256::ZERO,
        },
        _ => W256::ZERO,
    }
}

impl Logic for ConstantUnit {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            self.constant.next = model(self.kind.val().to_u64() as u8, self.imm.val().to_u64() as u32);
        }
    }

    fn connect(&mut self) {
        self.constant.connect();
    }

    fn hdl(&self) -> Verilog {
        Verilog::Custom(
            "\
wire extended = kind == 3'd3;
wire ones = extended & (imm[31:28] == 4'd1) & (~imm[8] | (imm[7:0] == 8'd0));
wire shifted = extended & (imm[31:28] == 4'd2) & ~imm[24];
wire inverted = extended & (imm[31:28] == 4'd3);
// Bits below the count, or the shift count.
wire [8:0] count = ones ? imm[8:0] : {1'b0, imm[23:16]};
reg [15:0] rotated;
reg [15:0] shared;
reg [15:0] from;
reg [15:0] upper_flag;
reg [15:0] lower_flag;
reg [31:0] low;
reg [255:0] next;
integer i;
initial constant = 0;
always @(*) begin
    rotated = imm[15:0];
    if (imm[16]) rotated = {rotated[14:0], rotated[15]};
    if (imm[17]) rotated = {rotated[13:0], rotated[15:14]};
    if (imm[18]) rotated = {rotated[11:0], rotated[15:12]};
    if (imm[19]) rotated = {rotated[7:0], rotated[15:8]};
    shared = shifted ? rotated : 16'hffff;
    for (i = 0; i < 16; i = i + 1) begin
        from[i] = i[3:0] >= count[3:0];
        // Block i: of the bits from the count's remainder on, and of those below.
        upper_flag[i] = (shifted & (count[7:4] == i[3:0])) | (ones & (count[8:4] > i[4:0])) | (inverted & (i > 1));
        lower_flag[i] = (shifted & (i > 0) & ({1'b0, count[7:4]} + 5'd1 == i[4:0])) | (ones & (count[8:4] >= i[4:0]))
                      | (inverted & (i > 1));
    end
    for (i = 0; i < 16; i = i + 1)
        next[16 * i +: 16] = shared & ((from & {16{upper_flag[i]}}) | (~from & {16{lower_flag[i]}}));
    low = 32'd0;
    case (kind)
        3'd0: low = imm;
        3'd1: low = {16'd0, imm[15:0]};
        3'd2: low = {16'd0, imm[31:16]};
        3'd3: if (inverted) low = ~{4'd0, imm[27:0]};
        default: low = 32'd0;
    endcase
    next[31:0] = next[31:0] | low;
end
always @(posedge clock) constant <= next;
"
            .into(),
        )
    }
}
