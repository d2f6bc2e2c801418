//! Hardware blocks against their models, in RustHDL and as Verilog in Verilator.

mod alu;
mod code;
mod code_cache;
mod harness;
mod hash;
mod lane_memory;
mod lane;
mod leaf;
mod lint;
mod muldiv;
mod multiply;
mod random;
mod traps;
mod verilator;
mod word;
