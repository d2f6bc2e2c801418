//! The card as a PCI device: its numbers, and why it cannot be reached.
//!
//! A card has registers in BAR0 ([`crate::regs`]) and MSI-X with at least one vector: vector 0 is its interrupt. It is an endpoint that can be
//! reset by itself (FLR) and does no DMA before it is made bus master.

use core::time::Duration;

/// BAR with the registers.
pub const REGISTER_BAR: u32 = 0;

/// Vendor and device that a board shows, as its own design sets them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PciId {
    /// Vendor.
    pub vendor: u16,
    /// Device.
    pub device: u16,
    /// What it is.
    pub name: &'static str,
}

/// A simulated card. Vendor 0x1234 belongs to nobody; emulators use it.
pub const SIMULATED: PciId = PciId { vendor: 0x1234, device: 0xca7d, name: "simulated card" };

/// What may be a card. Whether it is one is said by its identification register alone.
pub const KNOWN: [PciId; 2] = [SIMULATED, PciId { vendor: 0x1d0f, device: 0xf010, name: "AWS F2" }];

/// Why a PCI device cannot be reached. System errors are numbers of errno(3).
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PciError {
    /// The process that serves the device has ended, or has closed the connection.
    #[error("the server of the card has closed the connection")]
    Closed,
    /// It does not answer.
    #[error("the server of the card has not answered `{request}` within {after:?}: it hangs")]
    NoReply {
        /// What was asked for.
        request: &'static str,
        /// The time-out.
        after: Duration,
    },
    /// It answers with an error.
    #[error("the server of the card refuses `{request}` (errno {errno}, 0 if it gives none)")]
    Refused {
        /// What was asked for.
        request: &'static str,
        /// Its error.
        errno: i32,
    },
    /// It breaks the protocol.
    #[error("the server of the card answers `{request}` wrongly: {what}")]
    Protocol {
        /// What was asked for.
        request: &'static str,
        /// What is wrong.
        what: &'static str,
    },
    /// A system call failed.
    #[error("cannot {what}: errno {errno}")]
    System {
        /// What should be done.
        what: &'static str,
        /// Error of the system.
        errno: i32,
    },
    /// The device lacks something.
    #[error("the device has no {what}: it is no card, or its design is broken")]
    Missing {
        /// What it lacks.
        what: &'static str,
    },
    /// Memory that has to be shared is not backed by a file.
    #[error("memory at IOVA {iova:#x} is not backed by a file, so the card's process cannot reach it")]
    NoFile {
        /// Address.
        iova: u64,
    },
    /// A reset left the device as it was.
    #[error("reset without effect: register {register:#x} reads {value:#x} afterwards")]
    ResetIneffective {
        /// Byte offset of the register.
        register: u32,
        /// What it reads.
        value: u32,
    },
}
