//! Hardware blocks against their models, in RustHDL and as Verilog in Verilator.

mod alu;
mod copy;
mod harness;
mod leaf;
mod lint;
mod memory;
mod multiply;
mod random;
mod traps;
mod verilator;
mod word;
