//! The one interface through which a driver reaches a card, simulated or real.

use crate::link::LinkError;
use core::ptr::NonNull;
use core::time::Duration;

/// Failure of the transport to a card (not of a transaction).
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeviceError {
    /// Register access outside the map, or not a multiple of four bytes.
    #[error("register offset {offset:#x} is outside BAR0 or unaligned")]
    BadRegister {
        /// Byte offset in BAR0.
        offset: u32,
    },
    /// Mapping overlaps another one, is empty or is not page-aligned.
    #[error("cannot map {len_bytes:#x} bytes at IOVA {iova:#x}: {why}")]
    BadMapping {
        /// Start of the mapping.
        iova: u64,
        /// Length.
        len_bytes: u64,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Nothing happened within the time that the driver gave.
    #[error("card did not signal within {0:?}")]
    Timeout(Duration),
    /// The card is gone: every register reads as all ones.
    #[error("card reads as all ones: it was removed, powered off or hangs in reset")]
    Gone,
    /// The link to the card does not work.
    #[error(transparent)]
    Link(#[from] LinkError),
}

/// Why [`Device::wait`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// The card raised an interrupt: completions may be waiting.
    Interrupt,
    /// The card has nothing to do and nothing outstanding (simulated cards know; real ones never say so).
    Idle,
}

/// A card. Registers are 32 bits wide (see [`crate::regs`]); host memory is reached by DMA.
pub trait Device {
    /// Reads the register at a byte offset of BAR0.
    fn read(&mut self, offset: u32) -> Result<u32, DeviceError>;

    /// Writes the register at a byte offset of BAR0.
    fn write(&mut self, offset: u32, value: u32) -> Result<(), DeviceError>;

    /// Makes host memory visible to the card at `iova` (both multiples of 4096 bytes).
    ///
    /// # Safety
    /// `memory..memory + len_bytes` must stay allocated until it is unmapped or the device is
    /// dropped, and the caller must access it only through raw pointers with volatile or atomic
    /// operations, or while the card is known not to use that part of it: no Rust reference may
    /// exist to memory that the card writes.
    unsafe fn dma_map(&mut self, iova: u64, memory: NonNull<u8>, len_bytes: usize) -> Result<(), DeviceError>;

    /// Ends a mapping that starts at `iova`. The card no longer touches the memory when this returns.
    fn dma_unmap(&mut self, iova: u64) -> Result<(), DeviceError>;

    /// Waits until the card signals or `timeout` has passed. A simulated card advances its clock here; it returns
    /// `Timeout` at once when it can only go on after the host has answered a request.
    fn wait(&mut self, timeout: Duration) -> Result<Wake, DeviceError>;

    /// Function-level reset: registers at their reset values, nothing in flight, mappings kept.
    fn reset(&mut self) -> Result<(), DeviceError>;
}
