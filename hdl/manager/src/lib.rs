//! Firmware of the card's management processor: what is bookkeeping rather than datapath.
//!
//! It takes commands from the submission ring, gives transactions to lanes, sends what lanes need from the host, and has the head
//! committed. State reads, code refills, transfers, the look-up and writing of committed state are hardware; see `gaslane_hdl::card`.
//! The rules are those of the model card (`gaslane_sim`), in the same order of things, but for when an aborted transaction starts again ([`dispatch`]).
//!
//! One loop, no interrupts, no allocation. Host memory is far away: what needs it goes through a queue of moves ([`far`]) and is continued when
//! its data are there. Moves within the card take some ten to some hundred cycles and are waited for.

#![cfg_attr(not(test), no_std)]

pub mod bus;
pub mod code;
pub mod commands;
pub mod commit;
pub mod dispatch;
pub mod far;
pub mod host;
pub mod in_order;
pub mod manager;
pub mod numbers;
pub mod slots;

pub use manager::Manager;

/// A row of 32 bytes, as words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C, align(32))]
pub struct Row(pub [u32; 8]);

impl Row {
    /// Zeros.
    pub const ZERO: Self = Self([0; 8]);
}

/// The program for the processor, from address 0. Made from this crate by `cargo xtask manager`.
#[cfg(not(target_arch = "riscv32"))]
pub const PROGRAM: &[u8] = include_bytes!("../program.bin");
/// Its data, from [`DATA_START`] on in data RAM.
#[cfg(not(target_arch = "riscv32"))]
pub const DATA: &[u8] = include_bytes!("../data.bin");
/// Byte offset of the data in data RAM, behind the configuration; as in `image/memory.x`.
pub const DATA_START: usize = 0x200;
/// Where its functions begin: address in hexadecimal and name, a line each, by address. For profiles of simulated cards.
#[cfg(not(target_arch = "riscv32"))]
pub const FUNCTIONS: &str = include_str!("../functions.txt");
