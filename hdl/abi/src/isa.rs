//! The lane instruction set: 64-bit words, three addresses.
//!
//! # Word
//! | bits | field | meaning |
//! |---|---|---|
//! | 6:0 | `op` | [`Op`] |
//! | 7 | `bubble` | issue one cycle late: an operand is the previous word's two-cycle result |
//! | 14:8 | `dst` | destination slot, or as the format says |
//! | 21:15 | `a` | first source slot |
//! | 28:22 | `b` | second source slot |
//! | 31:29 | `mode` | [`Mode`]: which source is replaced by a constant or environment word |
//! | 63:32 | `imm` | immediate, see below |
//!
//! A **slot** is a signed 7-bit offset from the stack pointer SP: −1 is the top of the stack as the
//! superblock found it, −2 the one below, 0 and up are free slots. SP moves only where a word says
//! so (JMP, JD, ENTER, traps). Sources keep the EVM's order: `a` is the item nearer the top.
//!
//! # Immediates
//! *Wide* words have no other use for `imm`. Mode `Imm` is its 32 bits, zero-extended; mode `Ext` selects
//! a form by bits 31:28 ([`ExtForm`]). *Split* words (branches, TRAP) keep bits 31:16 for themselves:
//! mode `Imm` is bits 15:0 zero-extended, mode `Ext` is the pool entry of that index.
//!
//! # Gas
//! SEG charges the static gas of a whole superblock at its head. The counter may go negative
//! where the superblock has side exits (a JMP on the exit path gives back what was not executed), so
//! whether gas ran out is decided where it matters: at the next SEG, at a word that observes
//! gas, and at the end of the frame. Within a superblock gas only falls, so the late decision equals the
//! EVM's; a frame that runs out is reverted whole. Words that observe gas carry `ahead`: the
//! static gas already charged for what follows them.
//! A counter below −[`GAS_DEBT_LIMIT`] has certainly run out: the frame halts at once.

/// Greatest static gas of a superblock (14 bits).
pub const SEG_GAS_MAX: u64 = (1 << 14) - 1;
/// The gas counter never needs to go below minus this before a halt is certain.
pub const GAS_DEBT_LIMIT: i64 = 1 << 14;
/// ASK: bit of the immediate that makes calldata the input.
pub const ASK_CALLDATA: u32 = 1 << 8;
/// Memory up to this size, in bytes, is expanded by the lane itself: its words, at most 2^16, have a square of 32 bits.
/// Beyond, firmware computes the gas.
pub const GROW_BYTES_MAX: usize = 1 << 21;
/// Lowest slot.
pub const SLOT_MIN: i8 = -64;
/// Highest slot.
pub const SLOT_MAX: i8 = 63;
/// Greatest pool index of a word.
pub const POOL_INDEX_MAX: usize = 0xffff;
/// Greatest absolute JMP target, in words.
pub const TARGET_MAX: u32 = (1 << 20) - 1;

/// How a word's fields are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `imm[13:0]` static gas; `dst` items needed; `a` growth in EVM items; `b` slots used above SP; `mode`
    /// bit 0: late gas check; `imm[31:14]` signed distance in words to the careful version, or 0.
    Seg,
    /// `imm[19:0]` absolute target (MISS: request number); `dst` signed change of SP; bits 28:15 gas given back.
    Jump,
    /// `a` slot with the EVM program counter; `dst` signed change of SP; `imm[13:0]` gas given back.
    JumpDynamic,
    /// Split. `a`, `b` compared; `imm[31:16]` signed distance in words from this word to the target.
    Branch,
    /// No operands.
    None,
    /// Wide. `a`, `b`.
    Ab,
    /// Wide. `a`.
    A,
    /// Wide. `dst`, `a`, `b`.
    DstAb,
    /// Wide. `dst`, `a`.
    DstA,
    /// `dst` only.
    Dst,
    /// `dst`, `a`, `b` slots; `imm[15]` = 0: third source is the slot `imm[6:0]`; 1: it is pool entry `imm[14:0]`.
    DstAbc,
    /// Wide. `dst` is a third source slot; `a`, `b`.
    SrcAb,
    /// `imm[7:0]` code.
    Code,
    /// Split. `dst`, `a`, `b`; `imm[31:16]` `ahead`.
    Trap,
    /// `dst`; `imm[31:16]` `ahead`.
    Gas,
    /// `dst`, `a` slot with a handle, `imm[7:0]` [`Field`].
    Get,
    /// Wide. `dst` [`Field`], `a` slot with a handle, `b` value.
    Set,
    /// Wide. `dst` topic count, `a`, `b`.
    Log,
    /// `dst`, `imm[7:0]` [`Special`].
    ReadSpecial,
    /// Wide. `dst` [`Special`], `a`.
    WriteSpecial,
    /// Wide. `dst` environment index (unsigned), `a`.
    SetEnv,
    /// Wide. `dst` environment index (unsigned) of the first of two, `a`, `b`.
    SetEnv2,
    /// `dst`, `imm[19:0]` absolute target.
    Link,
    /// `a`, `b` slots; `imm[6:0]` firmware slots kept below the callee's stack.
    FramePush,
    /// `dst`, `a`, `b` slots; `imm[7:0]` [`crate::codes::Assist`], `imm[8]` 1: the input is calldata instead of memory.
    Ask,
}

/// Declares the operations with code, format and explanation in one place.
macro_rules! ops {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal, $format:ident, $mnemonic:literal;)*) => {
        /// Operation of a word (bits 6:0). Code 0 is none, so zeroed memory never executes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Op { $($(#[doc = $doc])+ $name = $code,)* }

        impl Op {
            /// Every operation, ascending by code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Decodes bits 6:0 of a word.
            pub const fn from_code(code: u8) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }

            /// How the word's fields are used.
            pub const fn format(self) -> Format {
                match self { $(Self::$name => Format::$format,)* }
            }

            /// Assembler mnemonic.
            pub const fn mnemonic(self) -> &'static str {
                match self { $(Self::$name => $mnemonic,)* }
            }

            /// Explanation, as in the generated page.
            pub const fn doc(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+).trim_ascii_start(),)* }
            }
        }
    };
}

ops! {
    /// Superblock head: halts with `stack` if the frame holds fewer than `need` items or would exceed 1024 (jumps to the careful version instead if there is one), escapes if the slots exceed the operand stack, halts with `out-of-gas` if the counter is negative, then charges the static gas and, unless the check is late, halts if it went negative.
    Seg = 0x01, Seg, "seg";
    /// Gives back gas, moves SP, continues at the target.
    Jmp = 0x02, Jump, "jmp";
    /// Reads the EVM program counter from slot a; halts with `bad-jump` if that is not a JUMPDEST; if it has no words yet, asks the host for them and executes again; else gives back gas, moves SP and continues at its superblock.
    JmpDyn = 0x03, JumpDynamic, "jmpd";
    /// Branches if a = b.
    Beq = 0x04, Branch, "beq";
    /// Branches if a ≠ b.
    Bne = 0x05, Branch, "bne";
    /// Branches if a < b, unsigned.
    Blt = 0x06, Branch, "blt";
    /// Branches if a ≥ b, unsigned.
    Bge = 0x07, Branch, "bge";
    /// Branches if a < b, two's complement.
    Bslt = 0x08, Branch, "bslt";
    /// Branches if a ≥ b, two's complement.
    Bsge = 0x09, Branch, "bsge";
    /// Ends the frame with success and no output.
    Stop = 0x0a, None, "stop";
    /// Ends the frame with success; output is memory[a .. a + b].
    Return = 0x0b, Ab, "return";
    /// Ends the frame with revert; output is memory[a .. a + b].
    Revert = 0x0c, Ab, "revert";
    /// Ends the frame with an exceptional halt ([`crate::codes::Halt`]).
    Halt = 0x0d, Code, "halt";
    /// A JMP whose target has no words yet: asks the host for them by the request number in place of the target, opaque to the card, and executes again, as the host has then made it a JMP.
    Miss = 0x0e, Jump, "miss";
    /// dst ← remaining gas (GAS).
    Gas = 0x0f, Gas, "gas";

    /// dst ← a + b mod 2^256.
    Add = 0x10, DstAb, "add";
    /// dst ← a × b mod 2^256.
    Mul = 0x11, DstAb, "mul";
    /// dst ← a − b mod 2^256.
    Sub = 0x12, DstAb, "sub";
    /// dst ← a ÷ b unsigned; 0 if b = 0.
    Div = 0x13, DstAb, "div";
    /// dst ← a ÷ b in two's complement, truncated; 0 if b = 0.
    Sdiv = 0x14, DstAb, "sdiv";
    /// dst ← a mod b; 0 if b = 0.
    Mod = 0x15, DstAb, "mod";
    /// dst ← a mod b with the sign of a; 0 if b = 0.
    Smod = 0x16, DstAb, "smod";
    /// dst ← (a + b) mod c with a 257-bit sum; 0 if c = 0.
    Addmod = 0x17, DstAbc, "addmod";
    /// dst ← (a × b) mod c with a 512-bit product; 0 if c = 0.
    Mulmod = 0x18, DstAbc, "mulmod";
    /// dst ← a to the power b mod 2^256; charges gas per byte of b (EIP-160).
    Exp = 0x19, DstAb, "exp";
    /// dst ← b sign-extended from byte a.
    Signextend = 0x1a, DstAb, "signextend";
    /// dst ← 1 if a < b unsigned, else 0.
    Lt = 0x1b, DstAb, "lt";
    /// dst ← 1 if a < b in two's complement, else 0.
    Slt = 0x1c, DstAb, "slt";
    /// dst ← 1 if a = b, else 0.
    Eq = 0x1d, DstAb, "eq";
    /// dst ← 1 if a = 0, else 0.
    Iszero = 0x1e, DstA, "iszero";
    /// dst ← a and b.
    And = 0x1f, DstAb, "and";
    /// dst ← a or b.
    Or = 0x20, DstAb, "or";
    /// dst ← a exclusive or b.
    Xor = 0x21, DstAb, "xor";
    /// dst ← complement of a.
    Not = 0x22, DstA, "not";
    /// dst ← byte a of b, byte 0 the most significant; 0 if a ≥ 32.
    Byte = 0x23, DstAb, "byte";
    /// dst ← b << a; 0 if a ≥ 256.
    Shl = 0x24, DstAb, "shl";
    /// dst ← b >> a; 0 if a ≥ 256.
    Shr = 0x25, DstAb, "shr";
    /// dst ← b >> a arithmetically; all sign bits if a ≥ 256.
    Sar = 0x26, DstAb, "sar";
    /// dst ← number of leading zero bits of a (EIP-7939).
    Clz = 0x27, DstA, "clz";
    /// dst ← a.
    Mov = 0x28, DstA, "mov";
    /// dst ← Keccak-256 of memory[a .. a + b]; charges 6 gas a word and memory.
    Keccak = 0x29, DstAb, "keccak";

    /// dst ← memory[a .. a + 32], big-endian.
    Mload = 0x30, DstA, "mload";
    /// memory[a .. a + 32] ← b, big-endian.
    Mstore = 0x31, Ab, "mstore";
    /// Byte a of memory ← low byte of b.
    Mstore8 = 0x32, Ab, "mstore8";
    /// dst ← size of the frame's memory in bytes (MSIZE).
    Msize = 0x33, Dst, "msize";
    /// dst ← calldata[a .. a + 32], zero beyond its end.
    Cdload = 0x34, DstA, "cdload";
    /// memory[dst ..] ← calldata[a .. a + b], zero beyond its end; charges 3 gas a word and memory.
    Cdcopy = 0x35, SrcAb, "cdcopy";
    /// memory[dst ..] ← the frame's code[a .. a + b], zero beyond its end; charges 3 gas a word and memory.
    Codecopy = 0x36, SrcAb, "codecopy";
    /// memory[dst ..] ← return data[a .. a + b]; halts beyond its end (EIP-211); charges 3 gas a word and memory.
    Rdcopy = 0x37, SrcAb, "rdcopy";
    /// memory[dst ..] ← memory[a .. a + b] as if at once (EIP-5656); charges 3 gas a word and memory.
    Mcopy = 0x38, SrcAb, "mcopy";
    /// memory[dst ..] ← code of the account that XACC opened last [a .. a + b], zero beyond its end; charges 3 gas a word and memory.
    Extcopy = 0x39, SrcAb, "extcopy";

    /// dst ← storage slot a of ADDRESS; charges a cold or warm access (EIP-2929).
    Sload = 0x40, DstA, "sload";
    /// dst ← transient slot a of ADDRESS (EIP-1153).
    Tload = 0x41, DstA, "tload";
    /// transient slot a of ADDRESS ← b; halts in a static frame (EIP-1153).
    Tstore = 0x42, Ab, "tstore";
    /// dst ← handle of account a (low 160 bits), made warm; charges a cold or warm access (EIP-2929).
    Xacc = 0x43, DstA, "xacc";
    /// dst ← handle of account a (low 160 bits), warmth unchanged, no charge.
    Opena = 0x44, DstA, "opena";
    /// dst ← handle of storage slot a of ADDRESS, warmth unchanged, no charge.
    Opens = 0x45, DstA, "opens";
    /// dst ← 1 if the entry was cold, else 0; makes it warm.
    Warm = 0x46, DstA, "warm";
    /// dst ← field of an entry, fetched from the state table at its first touch.
    Get = 0x47, Get, "get";
    /// field of an entry ← b.
    Set = 0x48, Set, "set";
    /// Adds b to the balance of account a and marks it touched (EIP-161); commutative while the balance has not been read.
    Credit = 0x49, Ab, "credit";
    /// dst ← hash of block a if it is one of the 256 before NUMBER, else 0.
    Blkhash = 0x4a, DstA, "blkhash";
    /// dst ← blob hash a of the transaction, 0 beyond (EIP-4844).
    Blobhash = 0x4b, DstA, "blobhash";
    /// Adds a to the topics of the LOG that follows.
    Topic = 0x4c, A, "topic";
    /// Emits a log of memory[a .. a + b] with `dst` topics; halts in a static frame; charges 8 gas a byte and memory.
    Log = 0x4d, Log, "log";

    /// dst ← special register.
    Rds = 0x50, ReadSpecial, "rds";
    /// special register ← a.
    Wrs = 0x51, WriteSpecial, "wrs";
    /// Environment word dst ← a.
    Sete = 0x52, SetEnv, "sete";
    /// Environment word dst ← a, the next one ← b.
    Sete2 = 0x53, SetEnv2, "sete2";
    /// dst ← address of the next word, continues at the target.
    Jal = 0x54, Link, "jal";
    /// Continues at the word whose address is in slot a.
    Jr = 0x55, A, "jr";
    /// Returns from a trap: SP, program and program counter from the trap registers, gas ← gas − `ahead`.
    Frt = 0x56, None, "frt";
    /// Destination slot of the trapped word ← a.
    Tres = 0x57, A, "tres";
    /// Charges a; halts with `out-of-gas` below −[`GAS_DEBT_LIMIT`].
    Charge = 0x58, A, "charge";
    /// Charges a; halts with `out-of-gas` below zero.
    Chargex = 0x59, A, "chargex";
    /// Saves the frame and starts one whose calldata is memory[a .. a + b] of the saved frame, with empty memory and return data, CREATING 0 and a mark for UNDO; escapes if the frame stack is full.
    Fpush = 0x5a, FramePush, "fpush";
    /// Restores the frame saved last (gas, memory, calldata, code, trap registers and environment words 64–70, except RETURNDATA_SIZE).
    Fpop = 0x5b, None, "fpop";
    /// Marks undo log, log buffer and refund counter for UNDO of this frame.
    Ckpt = 0x5c, None, "ckpt";
    /// Undoes state changes, warmth, logs and refunds since the frame's mark.
    Undo = 0x5d, None, "undo";
    /// Starts the code of account a (a handle) at its first word: CODE_SIZE, SP and the frame's stack base are set.
    Enter = 0x5e, A, "enter";
    /// Return buffer ← memory[a .. a + b] of the frame, no charge; escapes if it does not fit.
    Rbsave = 0x5f, Ab, "rbsave";
    /// memory[dst ..] ← return buffer[a .. a + b], no charge, already expanded.
    Rbload = 0x60, SrcAb, "rbload";
    /// dst ← payload word a (32-byte index).
    Pld = 0x61, DstA, "pld";
    /// Code of account a (a handle) ← hash b, packed code in slot `dst` (EIP-7702, creations).
    Setcode = 0x62, SrcAb, "setcode";
    /// Ends the attempt: the host runs the transaction ([`crate::codes::Escape`]).
    Esc = 0x63, Code, "esc";
    /// Ends the transaction with status a ([`crate::codes::Status`]); output is the return buffer, gas used is env S0, refunded gas env S1.
    Fin = 0x64, A, "fin";
    /// Asks the host ([`crate::codes::Assist`]) with A0, A1, A2 and memory or calldata [a .. a + b], and waits: dst ← `value` of the answer, environment word S3 ← `second`, S4 ← output length; return buffer ← output. Escapes if the request does not fit the record buffer, or the output the return buffer.
    Ask = 0x65, Ask, "ask";
    /// Starts the packed code a at its first word, as ENTER does.
    Enterc = 0x66, A, "enterc";
    /// Expands memory to cover [a .. a + b] (b = 0: nothing), charges; dst ← 0. If the range ends beyond [`GROW_BYTES_MAX`], only dst ← 1.
    Grow = 0x67, DstAb, "grow";

    /// Trap: storage slot a of ADDRESS ← b.
    Sstore = 0x70, Trap, "sstore";
    /// Trap: CALL with gas a, address b, value A2, arguments A3, A4, output A5, A6; dst ← success.
    Call = 0x71, Trap, "call";
    /// Trap: CALLCODE, arguments as CALL.
    Callcode = 0x72, Trap, "callcode";
    /// Trap: DELEGATECALL, arguments as CALL without value.
    Delegatecall = 0x73, Trap, "delegatecall";
    /// Trap: STATICCALL, arguments as CALL without value.
    Staticcall = 0x74, Trap, "staticcall";
    /// Trap: CREATE with value a, offset b, length A2; dst ← address.
    Create = 0x75, Trap, "create";
    /// Trap: CREATE2 with value a, offset b, length A2, salt A3; dst ← address.
    Create2 = 0x76, Trap, "create2";
    /// Trap: SELFDESTRUCT to address a.
    Selfdestruct = 0x77, Trap, "selfdestruct";
}

impl Op {
    /// Whether only firmware may use the operation. (Programs use SETE and SETE2 for A2..A6 alone.)
    pub const fn privileged(self) -> bool {
        matches!(self as u8, 0x45..=0x46 | 0x48..=0x49 | 0x50..=0x51 | 0x54..=0x67)
    }

    /// Whether bits 31:16 of the immediate are not part of a constant operand.
    pub const fn split(self) -> bool {
        matches!(self.format(), Format::Branch | Format::Trap)
    }

    /// Firmware vector of a trap operation.
    pub const fn vector(self) -> Option<u8> {
        match self.format() {
            Format::Trap => Some(vector::TRAP_FIRST + (self as u8 & 7)),
            _ => None,
        }
    }
}

/// Firmware entry points: indices of words at the start of the firmware program, each a JMP.
pub mod vector {
    /// Start of a transaction. SP is 0.
    pub const PROLOGUE: u8 = 0;
    /// End of a frame: S_STATUS, S_OUT_OFFSET, S_OUT_LEN hold how. SP is the frame's stack base.
    pub const FRAME_END: u8 = 1;
    /// Memory access beyond [`super::GROW_BYTES_MAX`]: S_MEM_END holds its end. SP is above the superblock's slots; FRT repeats the word.
    pub const MEMORY: u8 = 2;
    /// First of the trap operations, in the order of their codes. SP is above the superblock's slots.
    pub const TRAP_FIRST: u8 = 8;
    /// Number of vectors.
    pub const COUNT: usize = 16;
}

/// Which sources a word replaces (bits 31:29).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Mode {
    /// Both sources are slots.
    Slots = 0,
    /// b is the immediate.
    ImmB = 1,
    /// a is the immediate.
    ImmA = 2,
    /// b is an extended constant ([`ExtForm`], or a pool entry in split words).
    ExtB = 3,
    /// a is an extended constant.
    ExtA = 4,
    /// a is `imm[15:0]`, b is `imm[31:16]` (wide words only).
    ImmAb = 5,
    /// b is the environment word `imm[7:0]`.
    EnvB = 6,
    /// a is the environment word `imm[7:0]`.
    EnvA = 7,
}

impl Mode {
    /// Decodes bits 31:29.
    pub const fn from_bits(bits: u8) -> Self {
        match bits & 7 {
            0 => Self::Slots,
            1 => Self::ImmB,
            2 => Self::ImmA,
            3 => Self::ExtB,
            4 => Self::ExtA,
            5 => Self::ImmAb,
            6 => Self::EnvB,
            _ => Self::EnvA,
        }
    }
}

/// Constant that mode `Ext` of a wide word names: bits 31:28 of the immediate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExtForm {
    /// 0: pool entry `imm[15:0]`.
    Pool(u16),
    /// 1: 2^n − 1, n = `imm[8:0]` in 0..=256.
    Ones(u16),
    /// 2: `imm[15:0]` << n, n = `imm[24:16]` in 0..=255.
    Shifted {
        /// Significant bits.
        value: u16,
        /// Shift count.
        shift: u16,
    },
    /// 3: complement of `imm[27:0]` zero-extended.
    Inverted(u32),
}

impl ExtForm {
    /// Decodes the immediate of a wide word; `None` for an undefined form.
    pub const fn decode(imm: u32) -> Option<Self> {
        match imm >> 28 {
            0 => Some(Self::Pool(imm as u16)),
            1 if imm & 0x1ff <= 256 => Some(Self::Ones((imm & 0x1ff) as u16)),
            2 if (imm >> 16) & 0x1ff <= 255 => {
                Some(Self::Shifted { value: imm as u16, shift: ((imm >> 16) & 0x1ff) as u16 })
            }
            3 => Some(Self::Inverted(imm & 0x0fff_ffff)),
            _ => None,
        }
    }

    /// Encodes as the immediate of a wide word.
    pub const fn encode(self) -> u32 {
        match self {
            Self::Pool(index) => index as u32,
            Self::Ones(n) => 1 << 28 | n as u32,
            Self::Shifted { value, shift } => 2 << 28 | (shift as u32) << 16 | value as u32,
            Self::Inverted(value) => 3 << 28 | value,
        }
    }
}

/// Fields of an access-table entry for GET and SET.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Field {
    /// Account balance in wei. GET of the beneficiary's waits until the transaction is the head.
    Balance = 0,
    /// Account nonce.
    Nonce = 1,
    /// Code size in bytes (a delegation designator has 23). GET only.
    CodeSize = 2,
    /// 1 if the account is empty (EIP-161): no code, nonce 0, balance 0. Reads nonce and balance only as far as the code leaves it open. GET only.
    Empty = 3,
    /// EXTCODEHASH (EIP-1052): 0 for an empty account, else the code hash. GET only.
    ExtHash = 4,
    /// Target of an EIP-7702 designator with bit 160 set, or 0. GET only.
    Delegate = 5,
    /// 1 if the transaction created the account (EIP-6780). It has no storage but what the transaction wrote.
    Created = 6,
    /// 1 if the account ceases to exist at the end of the transaction (SELFDESTRUCT).
    Destroyed = 7,
    /// Storage: current value.
    Value = 8,
    /// Storage: value at the start of the transaction. GET only.
    Original = 9,
    /// 1 if the address is a precompile's. GET only.
    Precompile = 10,
}

impl Field {
    /// Every field.
    pub const ALL: &'static [Self] = &[
        Self::Balance,
        Self::Nonce,
        Self::CodeSize,
        Self::Empty,
        Self::ExtHash,
        Self::Delegate,
        Self::Created,
        Self::Destroyed,
        Self::Value,
        Self::Original,
        Self::Precompile,
    ];

    /// Decodes a field number.
    pub const fn from_u8(value: u8) -> Option<Self> {
        match value {
            0 => Some(Self::Balance),
            1 => Some(Self::Nonce),
            2 => Some(Self::CodeSize),
            3 => Some(Self::Empty),
            4 => Some(Self::ExtHash),
            5 => Some(Self::Delegate),
            6 => Some(Self::Created),
            7 => Some(Self::Destroyed),
            8 => Some(Self::Value),
            9 => Some(Self::Original),
            10 => Some(Self::Precompile),
            _ => None,
        }
    }

    /// Assembler name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Balance => "balance",
            Self::Nonce => "nonce",
            Self::CodeSize => "code_size",
            Self::Empty => "empty",
            Self::ExtHash => "ext_hash",
            Self::Delegate => "delegate",
            Self::Created => "created",
            Self::Destroyed => "destroyed",
            Self::Precompile => "precompile",
            Self::Value => "value",
            Self::Original => "original",
        }
    }
}

/// Special registers of a lane for RDS and WRS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Special {
    /// Gas counter, two's complement.
    Gas = 0,
    /// Refund counter, two's complement.
    Refund = 1,
    /// Memory size of the frame in bytes. Writing expands with zeroes, or escapes if the arena is full.
    Msize = 2,
    /// Call depth; 0 for the transaction's frame. Read only.
    Depth = 3,
    /// 1 in a static frame (EIP-214).
    Static = 4,
}

impl Special {
    /// Every special register.
    pub const ALL: &'static [Self] = &[Self::Gas, Self::Refund, Self::Msize, Self::Depth, Self::Static];

    /// Decodes a register number.
    pub const fn from_u8(value: u8) -> Option<Self> {
        if (value as usize) < Self::ALL.len() { Some(Self::ALL[value as usize]) } else { None }
    }

    /// Assembler name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gas => "gas",
            Self::Refund => "refund",
            Self::Msize => "msize",
            Self::Depth => "depth",
            Self::Static => "static",
        }
    }
}

/// A decoded instruction word. Field accessors below name the fields that formats reuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instr {
    /// Operation.
    pub op: Op,
    /// Issue one cycle late.
    pub bubble: bool,
    /// Destination slot, sign-extended from 7 bits.
    pub dst: i8,
    /// First source slot, sign-extended.
    pub a: i8,
    /// Second source slot, sign-extended.
    pub b: i8,
    /// Which sources the immediate replaces.
    pub mode: Mode,
    /// Immediate.
    pub imm: u32,
}

const fn sext7(bits: u64) -> i8 {
    (((bits & 0x7f) as u8) << 1) as i8 >> 1
}

impl Instr {
    /// A word with slots only.
    pub const fn new(op: Op, dst: i8, a: i8, b: i8) -> Self {
        Self { op, bubble: false, dst, a, b, mode: Mode::Slots, imm: 0 }
    }

    /// Replaces mode and immediate.
    pub const fn with(mut self, mode: Mode, imm: u32) -> Self {
        self.mode = mode;
        self.imm = imm;
        self
    }

    /// Superblock head. `need` and `grow` in items (0..=127), `used` slots above SP, `alt` signed words.
    pub const fn seg(gas: u16, need: u8, grow: u8, used: u8, late: bool, alt: i32) -> Self {
        Self {
            op: Op::Seg,
            bubble: false,
            dst: sext7(need as u64),
            a: sext7(grow as u64),
            b: sext7(used as u64),
            mode: if late { Mode::ImmB } else { Mode::Slots },
            imm: (gas as u32 & 0x3fff) | (alt as u32) << 14,
        }
    }

    /// MISS: a JMP to what has no words yet, named by a request number.
    pub const fn miss(request: u32, sp_delta: i8, refund: u16) -> Self {
        let mut word = Self::jmp(request, sp_delta, refund);
        word.op = Op::Miss;
        word
    }

    /// JMP to an absolute word with a change of SP and gas given back.
    pub const fn jmp(target: u32, sp_delta: i8, refund: u16) -> Self {
        Self {
            op: Op::Jmp,
            bubble: false,
            dst: sp_delta,
            a: sext7(refund as u64),
            b: sext7(refund as u64 >> 7),
            mode: Mode::Slots,
            imm: target & TARGET_MAX,
        }
    }

    /// Encodes the word.
    pub const fn encode(self) -> u64 {
        self.op as u64
            | (self.bubble as u64) << 7
            | (self.dst as u64 & 0x7f) << 8
            | (self.a as u64 & 0x7f) << 15
            | (self.b as u64 & 0x7f) << 22
            | (self.mode as u64) << 29
            | (self.imm as u64) << 32
    }

    /// Decodes a word; `None` if its operation is not defined.
    pub const fn decode(word: u64) -> Option<Self> {
        match Op::from_code(word as u8 & 0x7f) {
            None => None,
            Some(op) => Some(Self {
                op,
                bubble: word & 0x80 != 0,
                dst: sext7(word >> 8),
                a: sext7(word >> 15),
                b: sext7(word >> 22),
                mode: Mode::from_bits((word >> 29) as u8),
                imm: (word >> 32) as u32,
            }),
        }
    }

    /// SEG: static gas.
    pub const fn seg_gas(self) -> u64 {
        (self.imm & 0x3fff) as u64
    }

    /// SEG: items needed on entry.
    pub const fn seg_need(self) -> u8 {
        self.dst as u8 & 0x7f
    }

    /// SEG: greatest growth in EVM items.
    pub const fn seg_grow(self) -> u8 {
        self.a as u8 & 0x7f
    }

    /// SEG: slots used above SP, temporaries included.
    pub const fn seg_used(self) -> u8 {
        self.b as u8 & 0x7f
    }

    /// SEG: whether the gas check is late.
    pub const fn seg_late(self) -> bool {
        self.mode as u8 & 1 != 0
    }

    /// SEG: signed distance to the careful version, 0 if none.
    pub const fn seg_alt(self) -> i32 {
        self.imm as i32 >> 14
    }

    /// JMP, JAL: absolute target. MISS: request number.
    pub const fn target(self) -> u32 {
        self.imm & TARGET_MAX
    }

    /// JMP: gas given back.
    pub const fn refund(self) -> u64 {
        match self.op {
            Op::JmpDyn => (self.imm & 0x3fff) as u64,
            _ => (self.a as u64 & 0x7f) | (self.b as u64 & 0x7f) << 7,
        }
    }

    /// Branch: signed distance in words.
    pub const fn branch_distance(self) -> i32 {
        self.imm as i32 >> 16
    }

    /// GAS, traps: static gas already charged for what follows.
    pub const fn ahead(self) -> u64 {
        (self.imm >> 16) as u64
    }

    /// Environment index of SETE and SETE2.
    pub const fn env_index(self) -> u8 {
        self.dst as u8 & 0x7f
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_round_trips() {
        for &op in Op::ALL {
            assert_eq!(Op::from_code(op as u8), Some(op));
            for slot in SLOT_MIN..=SLOT_MAX {
                let word = Instr {
                    op,
                    bubble: slot & 1 == 0,
                    dst: slot,
                    a: -1 - slot,
                    b: slot / 2,
                    mode: Mode::from_bits(slot as u8),
                    imm: 0xdead_beef,
                };
                assert_eq!(Instr::decode(word.encode()), Some(word));
            }
        }
        assert_eq!(Instr::decode(0), None);
    }

    #[test]
    fn special_formats_round_trip() {
        for alt in [-131_072, -1, 0, 1, 131_071] {
            let seg = Instr::decode(Instr::seg(16_383, 64, 63, 127, true, alt).encode()).unwrap();
            assert_eq!((seg.seg_gas(), seg.seg_need(), seg.seg_grow(), seg.seg_used()), (16_383, 64, 63, 127));
            assert!(seg.seg_late());
            assert_eq!(seg.seg_alt(), alt);
        }
        for refund in [0, 1, 127, 128, 16_383] {
            let jump = Instr::decode(Instr::jmp(TARGET_MAX, -64, refund).encode()).unwrap();
            assert_eq!((jump.target(), jump.dst, jump.refund()), (TARGET_MAX, -64, u64::from(refund)));
        }
        let branch = Instr::new(Op::Beq, 0, -1, -2).with(Mode::ImmB, (-5i32 as u32) << 16 | 77);
        assert_eq!(Instr::decode(branch.encode()).unwrap().branch_distance(), -5);
    }

    #[test]
    fn extended_forms_round_trip() {
        for form in [
            ExtForm::Pool(65_535),
            ExtForm::Ones(160),
            ExtForm::Ones(256),
            ExtForm::Shifted { value: 0xffff, shift: 255 },
            ExtForm::Inverted(31),
        ] {
            assert_eq!(ExtForm::decode(form.encode()), Some(form));
        }
        assert_eq!(ExtForm::decode(0xf000_0000), None);
    }
}
