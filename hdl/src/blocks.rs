//! Every block with the Verilog that it becomes: what lint, synthesis and reports go through.

use rust_hdl_core::prelude::*;

use crate::{
    alu::{AddSub, ByteUnit, Clz, LogicUnit, Multiplier, Shifter},
    leaf::{ByteChoice, ByteRotator, KeepMask, LimbProduct, MemoryBank, OperandRam},
    memory::{CopyEngine, LaneMemory},
    word::W256,
};

/// Verilog of a block; its top module is called `top`.
pub fn verilog<B: Block>(mut block: B) -> String {
    block.connect_all();
    generate_verilog(&block)
}

/// Operand stack of a lane: 1,024 EVM words.
pub type OperandStack = OperandRam<W256, 10>;
/// Memory of a small lane: 64 KiB.
pub type SmallMemory = LaneMemory<11>;
/// One of its two banks.
pub type SmallBank = MemoryBank<11>;

/// Name and Verilog of every block.
pub fn all() -> Vec<(&'static str, String)> {
    vec![
        ("addsub", verilog(AddSub::default())),
        ("logic", verilog(LogicUnit::default())),
        ("shifter", verilog(Shifter::default())),
        ("byte", verilog(ByteUnit::default())),
        ("clz", verilog(Clz::default())),
        ("multiplier", verilog(Multiplier::default())),
        ("limb_product", verilog(LimbProduct::default())),
        ("keep_mask", verilog(KeepMask::default())),
        ("operand_ram", verilog(OperandStack::default())),
        ("byte_choice", verilog(ByteChoice::default())),
        ("byte_rotator", verilog(ByteRotator::<0, 5>::default())),
        ("memory_bank", verilog(SmallBank::default())),
        ("lane_memory", verilog(SmallMemory::default())),
        ("copy_engine", verilog(CopyEngine::default())),
    ]
}
