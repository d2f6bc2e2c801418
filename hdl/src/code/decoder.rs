//! Fields of an instruction word, and what its operation and mode make of them.
//!
//! Algorithm: a table over operation codes, written from [`Op::ALL`] and [`Format`] ([`OpTraits`]), beside a few gates over mode
//! and immediate. Handshake and latency: combinational. Reset: no state.
//!
//! The mode replaces sources in wide and split words alone; elsewhere its bits mean nothing, or something of the format's own. It
//! does so whether or not the operation uses the source: a pool entry that nobody uses is still read, as in the cycle table.

use std::fmt::Write as _;

use gaslane_abi::{
    env::{A2, A6},
    isa::{ExtForm, Format, Mode, Op},
};
use rust_hdl_core::prelude::*;

use crate::word::W64;

/// What an operation makes of the fields of its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpTraits {
    /// It uses source a.
    pub uses_a: bool,
    /// It uses source b.
    pub uses_b: bool,
    /// Its result goes to slot `dst`. Not so for traps, whose result firmware writes.
    pub writes_dst: bool,
    /// The mode replaces sources, and all of the immediate is for that.
    pub wide: bool,
    /// The mode replaces sources, and the immediate's high half is for something else.
    pub split: bool,
    /// It has a third source in the immediate: a slot, or with bit 15 a pool entry.
    pub third: bool,
    /// Only firmware may use it.
    pub privileged: bool,
    /// Others than firmware may use it for this many environment words from `dst` on, if all are trap arguments.
    pub arguments: u8,
}

/// Traits of a code that is no operation.
const UNDEFINED: OpTraits = OpTraits {
    uses_a: false,
    uses_b: false,
    writes_dst: false,
    wide: false,
    split: false,
    third: false,
    privileged: false,
    arguments: 0,
};

/// Traits of an operation.
pub const fn op_traits(op: Op) -> OpTraits {
    let format = op.format();
    let (uses_a, uses_b) = match format {
        Format::Branch
        | Format::Ab
        | Format::DstAb
        | Format::DstAbc
        | Format::SrcAb
        | Format::Trap
        | Format::Set
        | Format::Log
        | Format::SetEnv2
        | Format::FramePush
        | Format::Ask => (true, true),
        Format::JumpDynamic | Format::A | Format::DstA | Format::Get | Format::WriteSpecial | Format::SetEnv => {
            (true, false)
        }
        Format::Seg
        | Format::Jump
        | Format::None
        | Format::Dst
        | Format::Code
        | Format::Gas
        | Format::ReadSpecial
        | Format::Link => (false, false),
    };
    let writes_dst = matches!(
        format,
        Format::DstAb
            | Format::DstA
            | Format::Dst
            | Format::DstAbc
            | Format::Gas
            | Format::Get
            | Format::ReadSpecial
            | Format::Link
            | Format::Ask
    );
    let wide = matches!(
        format,
        Format::Ab
            | Format::A
            | Format::DstAb
            | Format::DstA
            | Format::SrcAb
            | Format::Set
            | Format::Log
            | Format::WriteSpecial
            | Format::SetEnv
            | Format::SetEnv2
    );
    let arguments = match op {
        Op::Sete => 1,
        Op::Sete2 => 2,
        _ => 0,
    };
    OpTraits {
        uses_a,
        uses_b,
        writes_dst,
        wide,
        split: op.split(),
        third: matches!(format, Format::DstAbc),
        privileged: op.privileged() || arguments > 0,
        arguments,
    }
}

/// A decoded word, as on the outputs of [`Decoder`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are the ports of the block")]
pub struct Decoded {
    pub valid: bool,
    pub privileged: bool,
    pub reads_a_slot: bool,
    pub reads_b_slot: bool,
    pub env_a: bool,
    pub env_b: bool,
    pub const_a: bool,
    pub const_b: bool,
    pub pool: bool,
    pub writes_dst: bool,
    pub split: bool,
}

/// What the block computes beside the fields.
pub const fn model(word: u64) -> Decoded {
    let imm = (word >> 32) as u32;
    let mode = Mode::from_bits((word >> 29) as u8);
    let op = Op::from_code(word as u8 & 0x7f);
    let traits = match op {
        Some(op) => op_traits(op),
        None => UNDEFINED,
    };
    let modal = traits.wide || traits.split;
    let extended = modal && matches!(mode, Mode::ExtA | Mode::ExtB);
    let both = traits.wide && matches!(mode, Mode::ImmAb);
    let form = ExtForm::decode(imm);
    let const_a = both || modal && matches!(mode, Mode::ImmA | Mode::ExtA);
    let const_b = both || modal && matches!(mode, Mode::ImmB | Mode::ExtB);
    let env_a = modal && matches!(mode, Mode::EnvA);
    let env_b = modal && matches!(mode, Mode::EnvB);
    let dst = (word >> 8) as u8 & 0x7f;
    let argument = traits.arguments > 0 && dst >= A2 && dst + traits.arguments <= A6 + 1;
    Decoded {
        valid: op.is_some()
            && !(traits.split && matches!(mode, Mode::ImmAb))
            && !(traits.wide && extended && form.is_none()),
        privileged: traits.privileged && !argument,
        reads_a_slot: traits.uses_a && !const_a && !env_a,
        reads_b_slot: traits.uses_b && !const_b && !env_b,
        env_a,
        env_b,
        const_a,
        const_b,
        pool: extended && (traits.split || matches!(form, Some(ExtForm::Pool(_)))) || traits.third && imm & 0x8000 != 0,
        writes_dst: traits.writes_dst,
        split: traits.split,
    }
}

/// The block.
#[derive(LogicBlock, Default)]
pub struct Decoder {
    /// The word.
    pub word: Signal<In, W64>,
    /// Operation code.
    pub op: Signal<Out, Bits<7>>,
    /// Issue one cycle late.
    pub bubble: Signal<Out, Bit>,
    /// Destination slot.
    pub dst: Signal<Out, Bits<7>>,
    /// First source slot.
    pub a: Signal<Out, Bits<7>>,
    /// Second source slot.
    pub b: Signal<Out, Bits<7>>,
    /// Mode.
    pub mode: Signal<Out, Bits<3>>,
    /// Immediate.
    pub imm: Signal<Out, Bits<32>>,
    /// The operation is defined, and so are mode and form of a constant where it has them.
    pub valid: Signal<Out, Bit>,
    /// Only firmware may have this word.
    pub privileged: Signal<Out, Bit>,
    /// Source a is used and is slot `a`.
    pub reads_a_slot: Signal<Out, Bit>,
    /// Source b is used and is slot `b`.
    pub reads_b_slot: Signal<Out, Bit>,
    /// Source a is an environment word.
    pub env_a: Signal<Out, Bit>,
    /// Source b is an environment word.
    pub env_b: Signal<Out, Bit>,
    /// Source a is a constant of the word or the pool.
    pub const_a: Signal<Out, Bit>,
    /// Source b is a constant of the word or the pool.
    pub const_b: Signal<Out, Bit>,
    /// A pool entry is read: for the source that is a constant, or else for the third source.
    pub pool: Signal<Out, Bit>,
    /// The result goes to slot `dst`.
    pub writes_dst: Signal<Out, Bit>,
    /// The immediate's high half is not for constants.
    pub split: Signal<Out, Bit>,
}

impl Logic for Decoder {
    fn update(&mut self) {
        let word = self.word.val().limbs()[0];
        self.op.next = (word & 0x7f).into();
        self.bubble.next = word & 0x80 != 0;
        self.dst.next = ((word >> 8) & 0x7f).into();
        self.a.next = ((word >> 15) & 0x7f).into();
        self.b.next = ((word >> 22) & 0x7f).into();
        self.mode.next = ((word >> 29) & 7).into();
        self.imm.next = (word >> 32).into();
        let decoded = model(word);
        self.valid.next = decoded.valid;
        self.privileged.next = decoded.privileged;
        self.reads_a_slot.next = decoded.reads_a_slot;
        self.reads_b_slot.next = decoded.reads_b_slot;
        self.env_a.next = decoded.env_a;
        self.env_b.next = decoded.env_b;
        self.const_a.next = decoded.const_a;
        self.const_b.next = decoded.const_b;
        self.pool.next = decoded.pool;
        self.writes_dst.next = decoded.writes_dst;
        self.split.next = decoded.split;
    }

    fn connect(&mut self) {
        self.op.connect();
        self.bubble.connect();
        self.dst.connect();
        self.a.connect();
        self.b.connect();
        self.mode.connect();
        self.imm.connect();
        self.valid.connect();
        self.privileged.connect();
        self.reads_a_slot.connect();
        self.reads_b_slot.connect();
        self.env_a.connect();
        self.env_b.connect();
        self.const_a.connect();
        self.const_b.connect();
        self.pool.connect();
        self.writes_dst.connect();
        self.split.connect();
    }

    fn hdl(&self) -> Verilog {
        let mut table = String::new();
        for &op in Op::ALL {
            let OpTraits { uses_a, uses_b, writes_dst, wide, split, third, privileged, arguments } = op_traits(op);
            let bits =
                [true, uses_a, uses_b, writes_dst, wide, split, third, privileged, arguments == 1, arguments == 2]
                    .map(|bit| if bit { "1" } else { "0" })
                    .concat();
            writeln!(table, "        7'd{}: traits = 10'b{bits};  // {}", op as u8, op.mnemonic()).unwrap();
        }
        let modes = [Mode::ImmB, Mode::ImmA, Mode::ExtB, Mode::ExtA, Mode::ImmAb, Mode::EnvB, Mode::EnvA]
            .map(|of| format!("wire mode_{} = word[31:29] == 3'd{};\n", format!("{of:?}").to_lowercase(), of as u8))
            .concat();
        let (first, last) = (A2, A6);
        Verilog::Custom(format!(
            "\
// Defined, uses a, uses b, writes dst, wide, split, third source, privileged, sets one environment word, sets two.
reg [9:0] traits;
{modes}\
wire wide = traits[5];
wire modal = traits[5] | traits[4];
wire extended = modal & (mode_extb | mode_exta);
wire both = wide & mode_immab;
wire form_pool = word[63:60] == 4'd0;
wire form_ones = (word[63:60] == 4'd1) & (~word[40] | (word[39:32] == 8'd0));
wire form_shifted = (word[63:60] == 4'd2) & ~word[56];
wire form_inverted = word[63:60] == 4'd3;
wire form_defined = form_pool | form_ones | form_shifted | form_inverted;
wire from_first = word[14:8] >= 7'd{first};
wire argument = from_first & ((traits[1] & (word[14:8] <= 7'd{last})) | (traits[0] & (word[14:8] < 7'd{last})));
always @(*) begin
    case (word[6:0])
{table}\
        default: traits = 10'b0;
    endcase
end
always @(*) begin
    op = word[6:0];
    bubble = word[7];
    dst = word[14:8];
    a = word[21:15];
    b = word[28:22];
    mode = word[31:29];
    imm = word[63:32];
    valid = traits[9] & ~(traits[4] & mode_immab) & ~(wide & extended & ~form_defined);
    privileged = traits[2] & ~argument;
    const_a = both | (modal & (mode_imma | mode_exta));
    const_b = both | (modal & (mode_immb | mode_extb));
    env_a = modal & mode_enva;
    env_b = modal & mode_envb;
    reads_a_slot = traits[8] & ~const_a & ~env_a;
    reads_b_slot = traits[7] & ~const_b & ~env_b;
    pool = (extended & (traits[4] | form_pool)) | (traits[3] & word[47]);
    writes_dst = traits[6];
    split = traits[4];
end
"
        ))
    }
}
