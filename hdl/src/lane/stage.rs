//! Stages of the sequencer, which executes the words that run alone.

use rust_hdl_core::prelude::*;

/// A stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, LogicState)]
pub enum Stage {
    /// No attempt.
    Off,
    /// Reads the directory entry of the firmware.
    Boot,
    /// Waits for it.
    BootWait,
    /// No serial word is under way.
    Idle,
    /// Dispatches a serial word.
    Dispatch,

    /// Range of memory [x1_a .. x1_a + x1_b]: sizes.
    Range,
    /// Decides whether memory must grow.
    RangeCheck,
    /// Price of the expansion, and zeros in the meantime.
    GrowPrice,
    /// Looks at what is left and at the capacity, waits for the zeros.
    GrowPay,
    /// S_MEM_END of an access that ends far away.
    FarTrap,
    /// The range is there.
    Ranged,

    /// Charges `charge`.
    Pay,
    /// Looks at what is left.
    PayCheck,
    /// Gas is paid.
    Paid,

    /// Frame end: S_STATUS.
    EndStatus,
    /// Frame end: S_OUT_OFFSET.
    EndOffset,
    /// Frame end: S_OUT_LEN, continues in firmware.
    EndLength,

    /// Dynamic jump: reads the block of the index.
    JumpIndex,
    /// Waits for it.
    JumpIndexWait,
    /// Reads the entry.
    JumpEntry,
    /// Waits for it, jumps.
    JumpEntryWait,
    /// Words are missing.
    CodeWait,
    /// Reads the directory entry of the current code.
    Directory,
    /// Waits for it.
    DirectoryWait,
    /// Goes on with the code whose entry was read.
    DirectoryDone,

    /// Waits for the multiplier and divider.
    ArithmeticWait,
    /// Waits for the hash.
    HashWait,
    /// Starts the access unit.
    StateStart,
    /// Waits for it.
    StateWait,
    /// Delegate: reads the directory entry of the account's code.
    Delegate,
    /// Waits for it.
    DelegateWait,
    /// Reads the target.
    DelegateTarget,
    /// Waits for it.
    DelegateTargetWait,

    /// EXTCOPY: asks for the account's code.
    ExternalCode,
    /// Waits for it.
    ExternalCodeWait,
    /// Reads its directory entry.
    External,
    /// Waits for it.
    ExternalWait,
    /// Price of a copy.
    CopyPrice,
    /// What of the source exists.
    CopySource,
    /// Starts the copy engine.
    CopyStart,
    /// Waits for it.
    CopyWait,

    /// Log: capacity and header.
    LogHeader,
    /// Log: starts the copy of the data.
    LogData,
    /// WRS of the memory size: zero fill.
    SizeWait,

    /// Saves environment words and registers of the frame.
    FrameSave,
    /// Restores them.
    FrameRestore,
    /// Takes the restored registers over.
    FrameTake,

    /// Payload word: loads.
    Payload,
    /// Waits for the load.
    PayloadWait,
    /// ASK: place of the input.
    AskInput,
    /// Waits for the answer.
    AskWait,

    /// The attempt has ended: done, escaped or error.
    Ended,
}
