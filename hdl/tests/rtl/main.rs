//! Hardware blocks against their models, in RustHDL and as Verilog in Verilator.

mod access;
mod alu;
mod harness;
mod lane_memory;
mod leaf;
mod lint;
mod multiply;
mod random;
mod traps;
mod verilator;
mod word;
