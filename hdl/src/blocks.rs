//! Every block with the Verilog that it becomes: what lint, synthesis and reports go through.

use rust_hdl_core::prelude::*;

use crate::{
    access::AccessUnit,
    alu::{AddSub, ByteUnit, Clz, LogicUnit, Multiplier, Shifter},
    lane_memory::LaneMemory,
    leaf::{ByteRam, KeepMask, LimbProduct, OperandRam, Ram},
    word::W256,
};

/// Verilog of a block; its top module is called `top`.
pub fn verilog<B: Block>(mut block: B) -> String {
    block.connect_all();
    generate_verilog(&block)
}

/// Operand stack of a lane: 1,024 EVM words.
pub type OperandStack = OperandRam<W256, 10>;
/// One bank of lane memory: 16 KiB.
pub type MemoryBank = ByteRam<9>;

/// Access table of a small card: 256 entries, 512 undo records.
pub type SmallAccessUnit = AccessUnit<8, 9>;
/// RAM like the index of that table.
pub type AccessIndex = Ram<Bits<16>, 8, 1>;

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
        ("byte_ram", verilog(MemoryBank::default())),
        ("ram", verilog(AccessIndex::default())),
        ("access", verilog(SmallAccessUnit::default())),
        ("lane_memory", verilog(LaneMemory::default())),
    ]
}
