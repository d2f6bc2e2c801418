//! The contract between the Gaslane card and its driver.
//!
//! Everything that hardware and software must agree on stands here once, as data: the BAR0
//! register map ([`regs`]), submission and completion entries ([`ring`]), result and state
//! records ([`record`]), transaction payload and environment words ([`mod@env`]), the code image
//! ([`image`]), the lane instruction set ([`isa`]), assist, escape and error codes ([`codes`]),
//! the EVM opcode table ([`evm`]), the fork rules ([`fork`]), the serial link ([`link`]), the PCI device ([`pci`]) and the one interface through which
//! a driver reaches any card ([`device`]).
//!
//! # Wire conventions
//! * All integers are little-endian.
//! * A 256-bit [`Word`] is four little-endian `u64` limbs, least significant first.
//! * An address or hash is the number that its big-endian bytes spell: an address is the low
//!   160 bits of a word, or 20 little-endian bytes where space is short.
//! * Byte strings (calldata, code, log data, output) keep their order and are padded with zero
//!   bytes to a multiple of 32.
//! * An IOVA is a device-visible address of host memory, in bytes.
#![no_std]

pub mod codes;
pub mod device;
pub mod env;
pub mod evm;
pub mod fork;
pub mod image;
pub mod isa;
pub mod link;
pub mod manage;
pub mod pci;
pub mod record;
pub mod regs;
pub mod ring;
pub mod word;

pub use device::{Device, DeviceError, DmaMemory, IovaRange, Wake};
pub use fork::{Fork, ForkRules};
pub use word::{Address20, Word};

/// Version of this contract: `major << 16 | minor`. A driver refuses a card whose version differs.
pub const ABI_VERSION: u32 = 0x0001_0003;

/// Contents of the identification register: `GSLN` in ASCII, first letter most significant.
pub const CARD_ID: u32 = 0x4753_4c4e;

/// Rounds a byte count up to a multiple of 32 bytes.
pub const fn pad32(len_bytes: usize) -> usize {
    len_bytes.div_ceil(32) * 32
}
