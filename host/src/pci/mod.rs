//! Cards that are PCI devices: whatever carries registers, mappings and interrupts ([`Transport`]), and the [`Device`](gaslane_abi::Device) on top of it.
//!
//! [`Vfio`] is a device of this machine behind the kernel's VFIO, [`VfioUser`] one that another process serves over a socket.

mod card;
pub mod config;
pub mod selftest;
pub mod sysfs;
mod vfio;
mod vfio_user;
mod xdma;

pub use card::PciCard;
pub use vfio::{KERNEL_DRIVER, OpenError, Vfio};
pub use vfio_user::VfioUser;

use gaslane_abi::pci::PciError;
use gaslane_abi::{DmaMemory, IovaRange};
use std::os::fd::BorrowedFd;

/// A way to a PCI device. Requests are bounded in time; none is left half done when an error is returned.
pub trait Transport {
    /// Reads 32 bits at a byte offset of BAR0.
    fn read_register(&mut self, offset: u32) -> Result<u32, PciError>;

    /// Writes 32 bits at a byte offset of BAR0.
    fn write_register(&mut self, offset: u32, value: u32) -> Result<(), PciError>;

    /// Reads configuration space.
    fn read_config(&mut self, offset: u16, data: &mut [u8]) -> Result<(), PciError>;

    /// Writes configuration space.
    fn write_config(&mut self, offset: u16, data: &[u8]) -> Result<(), PciError>;

    /// Makes memory visible to the device.
    ///
    /// # Safety
    /// As for [`gaslane_abi::Device::dma_map`].
    unsafe fn dma_map(&mut self, iova: u64, memory: DmaMemory) -> Result<(), PciError>;

    /// Ends a mapping. The device no longer touches the memory afterwards, or cannot touch what this process has.
    fn dma_unmap(&mut self, iova: u64, len_bytes: u64) -> Result<(), PciError>;

    /// Has MSI-X vector 0 signal the eventfd that [`Self::interrupt`] gives.
    fn enable_interrupt(&mut self) -> Result<(), PciError>;

    /// Readable when the interrupt has come.
    fn interrupt(&self) -> BorrowedFd<'_>;

    /// Resets the device by itself.
    fn reset(&mut self) -> Result<(), PciError>;

    /// Readable or hung up when the device is gone.
    fn gone(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    /// Where mappings may lie, ascending.
    fn iova_ranges(&self) -> &[IovaRange];
}

/// The system's error of a failed call.
fn system(what: &'static str) -> impl FnOnce(std::io::Error) -> PciError {
    move |error| PciError::System { what, errno: error.raw_os_error().unwrap_or(0) }
}
