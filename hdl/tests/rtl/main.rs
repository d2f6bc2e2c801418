//! Hardware blocks against their models, in RustHDL and as Verilog in Verilator.

mod alu;
mod harness;
mod hash;
mod lane_memory;
mod leaf;
mod lint;
mod multiply;
mod random;
mod traps;
mod verilator;
mod word;
