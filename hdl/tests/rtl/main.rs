//! Hardware blocks against their models, in RustHDL and as Verilog in Verilator.

mod access;
mod alu;
mod code;
mod code_cache;
mod commit;
mod copy;
mod harness;
mod hash;
mod lane;
mod leaf;
mod lint;
mod memory;
mod muldiv;
mod random;
mod table;
mod traps;
mod verilator;
mod word;
