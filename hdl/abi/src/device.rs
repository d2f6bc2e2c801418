//! The one interface through which a driver reaches a card, simulated or real.

use crate::link::LinkError;
use crate::pci::PciError;
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
    /// Commands are outstanding, and the card's clock stands.
    #[error("card stands still: its cycle counter has not moved for {0:?}")]
    Stalled(Duration),
    /// The link to the card does not work.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The card is a PCI device, and it cannot be reached.
    #[error(transparent)]
    Pci(#[from] PciError),
}

/// Why [`Device::wait`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// The card raised an interrupt: completions may be waiting.
    Interrupt,
    /// The card has nothing to do and nothing outstanding (cards that are simulated in process know; others never say so).
    Idle,
    /// No interrupt came for a while. It is time to look whether one was lost, and whether the card is still there.
    Quiet,
}

/// Memory of the host that a card shall reach.
#[derive(Clone, Copy, Debug)]
pub struct DmaMemory {
    /// Its start, a multiple of 4096.
    pub start: NonNull<u8>,
    /// Its length, a multiple of 4096.
    pub len_bytes: usize,
    /// The file that it is a shared mapping of, for cards in another process: descriptor and offset of the start in the file.
    pub file: Option<(i32, u64)>,
}

impl DmaMemory {
    /// Memory of this process alone.
    pub const fn private(start: NonNull<u8>, len_bytes: usize) -> Self {
        Self { start, len_bytes, file: None }
    }
}

/// A range of IOVAs that mappings may use, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IovaRange {
    /// First address.
    pub first: u64,
    /// Last address.
    pub last: u64,
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
    /// The memory must stay allocated, and its file open, until it is unmapped or the device is
    /// dropped, and the caller must access it only through raw pointers with volatile or atomic
    /// operations, or while the card is known not to use that part of it: no Rust reference may
    /// exist to memory that the card writes.
    unsafe fn dma_map(&mut self, iova: u64, memory: DmaMemory) -> Result<(), DeviceError>;

    /// Ends a mapping that starts at `iova`. The card no longer touches the memory when this returns.
    fn dma_unmap(&mut self, iova: u64) -> Result<(), DeviceError>;

    /// Waits until the card signals or `timeout` has passed. A simulated card advances its clock here; it returns
    /// `Timeout` at once when it can only go on after the host has answered a request.
    fn wait(&mut self, timeout: Duration) -> Result<Wake, DeviceError>;

    /// Function-level reset: registers at their reset values, nothing in flight, mappings kept.
    fn reset(&mut self) -> Result<(), DeviceError>;

    /// Where mappings may lie, ascending.
    fn iova_ranges(&self) -> &[IovaRange] {
        &[IovaRange { first: 0, last: u64::MAX }]
    }

    /// Whether the card works while the host does something else, so that looking at the completion ring for a while before
    /// [`Self::wait`] makes sense.
    fn works_alone(&self) -> bool {
        false
    }
}
