//! Hardware blocks against their models, in RustHDL and as Verilog in Verilator.

mod access;
mod alu;
mod arbiter;
mod axi;
mod bus;
mod code;
mod code_cache;
mod commit;
mod copy;
mod harness;
mod hash;
mod host_side;
mod lane;
mod leaf;
mod lint;
mod memory;
mod muldiv;
mod queue;
mod random;
mod registers;
mod table;
mod traps;
mod verilator;
mod word;
