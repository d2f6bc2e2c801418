//! Why the rings fail.

use crate::dma::DmaError;
use gaslane_abi::DeviceError;
use std::time::Duration;

/// Failure of the rings: of the transport, or a card that breaks the contract.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueueError {
    /// The transport failed.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// DMA memory is short.
    #[error(transparent)]
    Dma(#[from] DmaError),
    /// Something else sits in the slot.
    #[error("identification register reads {found:#010x}, a Gaslane card has {expected:#010x}: not a Gaslane card")]
    NotACard {
        /// What the register reads.
        found: u32,
        /// What it should read.
        expected: u32,
    },
    /// The card speaks another version of the contract.
    #[error("card has ABI version {card:#010x}, this driver {driver:#010x}: load a matching bitstream or driver")]
    Abi {
        /// Version of the card.
        card: u32,
        /// Version of the driver.
        driver: u32,
    },
    /// A configuration register or option makes no sense.
    #[error("{what} is {value}: {why}")]
    Config {
        /// Register or option.
        what: &'static str,
        /// Its value.
        value: u64,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Whoever drives wants no more.
    #[error("interrupted: what was in flight is given up")]
    Cancelled,
    /// A completion entry that the contract does not allow.
    #[error("completion entry {index} is invalid: {what} is {value:#x}")]
    BadCompletion {
        /// Index in the ring.
        index: u32,
        /// Field.
        what: &'static str,
        /// Its value.
        value: u64,
    },
    /// The card says that it is idle although commands are outstanding.
    #[error("card is idle although {outstanding} commands are outstanding: a completion was lost")]
    LostCompletion {
        /// Commands without completion.
        outstanding: u32,
    },
    /// No completion in time.
    #[error("no completion within {after:?} with {outstanding} commands outstanding (status {status:#x})")]
    Timeout {
        /// The time-out.
        after: Duration,
        /// Commands without completion.
        outstanding: u32,
        /// Status register.
        status: u32,
    },
    /// The card stopped without a completion.
    #[error("card stopped with error {code} ({name}), info {info:#x}")]
    Stopped {
        /// Error register.
        code: u32,
        /// Its name.
        name: &'static str,
        /// Error information register.
        info: u32,
    },
    /// The submission head register moved where it cannot.
    #[error("submission head reads {head}, valid is {from}..={to} modulo {entries}")]
    BadHead {
        /// What the register reads.
        head: u32,
        /// Last known head.
        from: u32,
        /// Tail.
        to: u32,
        /// Entries of the ring.
        entries: u32,
    },
}
