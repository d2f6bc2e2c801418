//! Control table: what a lane does with each operation.
//!
//! The table is made from the instruction set of `gaslane_abi` and this file's [`control`]; Verilog text and model both
//! come from it. Combinational; no state.

use gaslane_abi::isa::{Format, Op};
use rust_hdl_core::prelude::*;

/// How a word goes through the pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, LogicState)]
pub enum Kind {
    /// Not an instruction.
    Invalid,
    /// `dst` ← unit(a, b), two cycles later.
    Alu,
    /// Moves a special register, the memory size or a link address to `dst`.
    Scalar,
    /// Compares and branches.
    Branch,
    /// JMP.
    Jump,
    /// SEG.
    Segment,
    /// Load from memory or calldata.
    Load,
    /// Store to memory.
    Store,
    /// SETE, SETE2.
    Environment,
    /// TRES.
    TrapResult,
    /// A trap: arguments go to A0 and A1, then the sequencer takes over.
    Trap,
    /// Runs alone, in the sequencer.
    Serial,
    /// Serial, with a target in `dst` that takes the place of a.
    Copy,
    /// Serial, with a third source.
    Third,
}

/// Where an ALU result comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, LogicState)]
pub enum Unit {
    /// Logic unit.
    Logic,
    /// Sum or difference.
    Sum,
    /// Truth of a comparison.
    Flag,
    /// Shifter.
    Shift,
    /// BYTE and SIGNEXTEND.
    Byte,
    /// CLZ.
    Zeros,
}

/// What the sequencer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, LogicState)]
pub enum Routine {
    /// Nothing.
    None,
    /// GAS.
    Gas,
    /// CHARGE.
    Charge,
    /// CHARGEX.
    ChargeExact,
    /// STOP.
    Stop,
    /// RETURN, REVERT.
    EndFrame,
    /// HALT.
    Halt,
    /// JMPD.
    JumpDynamic,
    /// MISS.
    Miss,
    /// JR.
    JumpRegister,
    /// MUL, DIV, SDIV, MOD, SMOD, ADDMOD, MULMOD.
    Arithmetic,
    /// EXP.
    Power,
    /// KECCAK.
    Keccak,
    /// Copies into memory, RBLOAD.
    Copy,
    /// Words that the access unit executes alone.
    State,
    /// LOG.
    Log,
    /// WRS.
    WriteSpecial,
    /// A trap's last step.
    Trap,
    /// FRT.
    TrapReturn,
    /// FPUSH.
    FramePush,
    /// FPOP.
    FramePop,
    /// CKPT.
    Checkpoint,
    /// ENTER.
    Enter,
    /// ENTERC.
    EnterCode,
    /// RBSAVE.
    ReturnSave,
    /// PLD.
    Payload,
    /// BLOBHASH.
    BlobHash,
    /// ESC.
    Escape,
    /// FIN.
    Finish,
    /// ASK.
    Ask,
    /// GROW, and loads and stores beyond the end of memory.
    Grow,
}

/// Control of one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Control {
    /// Kind.
    pub kind: Kind,
    /// Unit of an ALU word.
    pub unit: Unit,
    /// Routine of a serial word.
    pub routine: Routine,
    /// What the unit, the routine or the branch does in particular: see [`control`].
    pub function: u8,
    /// The format has a source a.
    pub reads_a: bool,
    /// The format has a source b.
    pub reads_b: bool,
    /// The mode field applies.
    pub modes: bool,
    /// Bits 31:16 of the immediate are not part of a constant.
    pub split: bool,
    /// The result goes to slot `dst`.
    pub writes: bool,
    /// Only firmware may use it.
    pub privileged: bool,
}

/// Function codes of [`Kind::Store`].
pub mod store {
    /// MSTORE.
    pub const WORD: u8 = 0;
    /// MSTORE8.
    pub const BYTE: u8 = 1;
    /// TOPIC.
    pub const TOPIC: u8 = 2;
}

/// Function codes of [`Routine::Copy`].
pub mod copy {
    /// CDCOPY.
    pub const CALLDATA: u8 = 0;
    /// CODECOPY.
    pub const CODE: u8 = 1;
    /// RDCOPY.
    pub const RETURN_DATA: u8 = 2;
    /// MCOPY.
    pub const MEMORY: u8 = 3;
    /// EXTCOPY.
    pub const EXTERNAL: u8 = 4;
    /// RBLOAD.
    pub const RETURN_BUFFER: u8 = 5;
}

/// Comparison of a branch or flag: 0 equal, 1 less, 2 less in two's complement; 4 inverts.
const INVERT: u8 = 4;

/// Control of an operation: the one table that model and Verilog come from.
pub const fn control(op: Op) -> Control {
    use Kind as K;
    use Routine as R;
    use Unit as U;
    let (kind, unit, routine, function) = match op {
        Op::Seg => (K::Segment, U::Logic, R::None, 0),
        Op::Jmp => (K::Jump, U::Logic, R::None, 0),
        Op::JmpDyn => (K::Serial, U::Logic, R::JumpDynamic, 0),
        Op::Beq => (K::Branch, U::Logic, R::None, 0),
        Op::Bne => (K::Branch, U::Logic, R::None, INVERT),
        Op::Blt => (K::Branch, U::Logic, R::None, 1),
        Op::Bge => (K::Branch, U::Logic, R::None, 1 | INVERT),
        Op::Bslt => (K::Branch, U::Logic, R::None, 2),
        Op::Bsge => (K::Branch, U::Logic, R::None, 2 | INVERT),
        Op::Stop => (K::Serial, U::Logic, R::Stop, 1),
        Op::Return => (K::Serial, U::Logic, R::EndFrame, 1),
        Op::Revert => (K::Serial, U::Logic, R::EndFrame, 2),
        Op::Halt => (K::Serial, U::Logic, R::Halt, 0),
        Op::Miss => (K::Serial, U::Logic, R::Miss, 0),
        Op::Gas => (K::Serial, U::Logic, R::Gas, 0),

        // AddSub: bit 0 subtracts.
        Op::Add => (K::Alu, U::Sum, R::None, 0),
        Op::Sub => (K::Alu, U::Sum, R::None, 1),
        Op::Lt => (K::Alu, U::Flag, R::None, 1),
        Op::Slt => (K::Alu, U::Flag, R::None, 2),
        Op::Eq | Op::Iszero => (K::Alu, U::Flag, R::None, 0),
        // LogicOp; a format without b reads it as zero.
        Op::And => (K::Alu, U::Logic, R::None, 0),
        Op::Or | Op::Mov => (K::Alu, U::Logic, R::None, 1),
        Op::Xor => (K::Alu, U::Logic, R::None, 2),
        Op::Not => (K::Alu, U::Logic, R::None, 3),
        Op::Byte => (K::Alu, U::Byte, R::None, 0),
        Op::Signextend => (K::Alu, U::Byte, R::None, 1),
        // ShiftOp.
        Op::Shl => (K::Alu, U::Shift, R::None, 0),
        Op::Shr => (K::Alu, U::Shift, R::None, 1),
        Op::Sar => (K::Alu, U::Shift, R::None, 2),
        Op::Clz => (K::Alu, U::Zeros, R::None, 0),

        // Operations of MulDiv.
        Op::Mul => (K::Serial, U::Logic, R::Arithmetic, 0),
        Op::Div => (K::Serial, U::Logic, R::Arithmetic, 1),
        Op::Sdiv => (K::Serial, U::Logic, R::Arithmetic, 2),
        Op::Mod => (K::Serial, U::Logic, R::Arithmetic, 3),
        Op::Smod => (K::Serial, U::Logic, R::Arithmetic, 4),
        Op::Addmod => (K::Third, U::Logic, R::Arithmetic, 5),
        Op::Mulmod => (K::Third, U::Logic, R::Arithmetic, 6),
        Op::Exp => (K::Serial, U::Logic, R::Power, 7),
        Op::Keccak => (K::Serial, U::Logic, R::Keccak, 0),

        // Bit 0: calldata.
        Op::Mload => (K::Load, U::Logic, R::Grow, 0),
        Op::Cdload => (K::Load, U::Logic, R::None, 1),
        Op::Mstore => (K::Store, U::Logic, R::Grow, store::WORD),
        Op::Mstore8 => (K::Store, U::Logic, R::Grow, store::BYTE),
        Op::Topic => (K::Store, U::Logic, R::None, store::TOPIC),
        Op::Cdcopy => (K::Copy, U::Logic, R::Copy, copy::CALLDATA),
        Op::Codecopy => (K::Copy, U::Logic, R::Copy, copy::CODE),
        Op::Rdcopy => (K::Copy, U::Logic, R::Copy, copy::RETURN_DATA),
        Op::Mcopy => (K::Copy, U::Logic, R::Copy, copy::MEMORY),
        Op::Extcopy => (K::Copy, U::Logic, R::Copy, copy::EXTERNAL),
        Op::Rbload => (K::Copy, U::Logic, R::Copy, copy::RETURN_BUFFER),

        // Operations of AccessUnit.
        Op::Opena => (K::Serial, U::Logic, R::State, 0),
        Op::Opens => (K::Serial, U::Logic, R::State, 1),
        Op::Sload => (K::Serial, U::Logic, R::State, 2),
        Op::Tload => (K::Serial, U::Logic, R::State, 3),
        Op::Tstore => (K::Serial, U::Logic, R::State, 4),
        Op::Xacc => (K::Serial, U::Logic, R::State, 5),
        Op::Warm => (K::Serial, U::Logic, R::State, 6),
        Op::Get => (K::Serial, U::Logic, R::State, 7),
        Op::Set => (K::Serial, U::Logic, R::State, 8),
        Op::Credit => (K::Serial, U::Logic, R::State, 9),
        Op::Blkhash => (K::Serial, U::Logic, R::State, 10),
        Op::Setcode => (K::Third, U::Logic, R::State, 11),
        Op::Undo => (K::Serial, U::Logic, R::State, 13),
        Op::Blobhash => (K::Serial, U::Logic, R::BlobHash, 0),
        Op::Log => (K::Serial, U::Logic, R::Log, 0),

        // Special register in the immediate; 8 memory size, 9 address of the next word.
        Op::Rds => (K::Scalar, U::Logic, R::None, 0),
        Op::Msize => (K::Scalar, U::Logic, R::None, 8),
        Op::Jal => (K::Scalar, U::Logic, R::None, 9),
        Op::Wrs => (K::Serial, U::Logic, R::WriteSpecial, 0),
        // Words written beyond the first.
        Op::Sete => (K::Environment, U::Logic, R::None, 0),
        Op::Sete2 => (K::Environment, U::Logic, R::None, 1),
        Op::Jr => (K::Serial, U::Logic, R::JumpRegister, 0),
        Op::Frt => (K::Serial, U::Logic, R::TrapReturn, 0),
        Op::Tres => (K::TrapResult, U::Logic, R::None, 0),
        Op::Charge => (K::Serial, U::Logic, R::Charge, 0),
        Op::Chargex => (K::Serial, U::Logic, R::ChargeExact, 0),
        Op::Fpush => (K::Serial, U::Logic, R::FramePush, 0),
        Op::Fpop => (K::Serial, U::Logic, R::FramePop, 0),
        Op::Ckpt => (K::Serial, U::Logic, R::Checkpoint, 0),
        Op::Enter => (K::Serial, U::Logic, R::Enter, 12),
        Op::Enterc => (K::Serial, U::Logic, R::EnterCode, 0),
        Op::Rbsave => (K::Serial, U::Logic, R::ReturnSave, 0),
        Op::Pld => (K::Serial, U::Logic, R::Payload, 0),
        Op::Esc => (K::Serial, U::Logic, R::Escape, 0),
        Op::Fin => (K::Serial, U::Logic, R::Finish, 0),
        Op::Ask => (K::Serial, U::Logic, R::Ask, 0),
        Op::Grow => (K::Serial, U::Logic, R::Grow, 0),

        // Vector of the trap.
        Op::Sstore
        | Op::Call
        | Op::Callcode
        | Op::Delegatecall
        | Op::Staticcall
        | Op::Create
        | Op::Create2
        | Op::Selfdestruct => (K::Trap, U::Logic, R::Trap, 8 | op as u8 & 7),
    };
    let format = op.format();
    let reads_a = !matches!(
        format,
        Format::Seg
            | Format::Jump
            | Format::None
            | Format::Dst
            | Format::Code
            | Format::Gas
            | Format::ReadSpecial
            | Format::Link
    );
    let reads_b = matches!(
        format,
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
            | Format::Ask
    );
    let modes = op.split()
        || matches!(
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
    let writes = matches!(
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
    let (split, privileged) = (op.split(), op.privileged());
    Control { kind, unit, routine, function, reads_a, reads_b, modes, split, writes, privileged }
}

const INVALID: Control = Control {
    kind: Kind::Invalid,
    unit: Unit::Logic,
    routine: Routine::None,
    function: 0,
    reads_a: false,
    reads_b: false,
    modes: false,
    split: false,
    writes: false,
    privileged: false,
};

/// Control of a code, defined or not.
pub fn decode(code: u8) -> Control {
    Op::from_code(code).map_or(INVALID, control)
}

/// The table as a block.
#[derive(LogicBlock, Default)]
pub struct ControlTable {
    /// Bits 6:0 of a word.
    pub op: Signal<In, Bits<7>>,
    /// [`Control::kind`].
    pub kind: Signal<Out, Kind>,
    /// [`Control::unit`].
    pub unit: Signal<Out, Unit>,
    /// [`Control::routine`].
    pub routine: Signal<Out, Routine>,
    /// [`Control::function`].
    pub action: Signal<Out, Bits<4>>,
    /// [`Control::reads_a`].
    pub reads_a: Signal<Out, Bit>,
    /// [`Control::reads_b`].
    pub reads_b: Signal<Out, Bit>,
    /// [`Control::modes`].
    pub modes: Signal<Out, Bit>,
    /// [`Control::split`].
    pub split: Signal<Out, Bit>,
    /// [`Control::writes`].
    pub writes: Signal<Out, Bit>,
    /// [`Control::privileged`].
    pub privileged: Signal<Out, Bit>,
}

impl Logic for ControlTable {
    fn update(&mut self) {
        let control = decode(self.op.val().to_u64() as u8);
        self.kind.next = control.kind;
        self.unit.next = control.unit;
        self.routine.next = control.routine;
        self.action.next = u64::from(control.function).into();
        self.reads_a.next = control.reads_a;
        self.reads_b.next = control.reads_b;
        self.modes.next = control.modes;
        self.split.next = control.split;
        self.writes.next = control.writes;
        self.privileged.next = control.privileged;
    }

    fn connect(&mut self) {
        self.kind.connect();
        self.unit.connect();
        self.routine.connect();
        self.action.connect();
        self.reads_a.connect();
        self.reads_b.connect();
        self.modes.connect();
        self.split.connect();
        self.writes.connect();
        self.privileged.connect();
    }

    fn hdl(&self) -> Verilog {
        let row = |control: Control| {
            format!(
                "begin kind = {}; unit = {}; routine = {}; action = {}; flags = 6'b{}{}{}{}{}{}; end",
                control.kind as u32,
                control.unit as u32,
                control.routine as u32,
                control.function,
                u8::from(control.reads_a),
                u8::from(control.reads_b),
                u8::from(control.modes),
                u8::from(control.split),
                u8::from(control.writes),
                u8::from(control.privileged),
            )
        };
        let rows: String = Op::ALL.iter().map(|&op| format!("    7'd{}: {}\n", op as u8, row(control(op)))).collect();
        Verilog::Custom(format!(
            "\
reg [5:0] flags;
always @(*) begin
    case (op)
{rows}    default: {}
    endcase
    {{reads_a, reads_b, modes, split, writes, privileged}} = flags;
end
",
            row(INVALID)
        ))
    }
}
