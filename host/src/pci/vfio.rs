//! A PCI device of this machine, behind the kernel's VFIO (`Documentation/driver-api/vfio.rst`): its IOMMU lets the device reach nothing but what was
//! mapped.

use super::sysfs::{self, Address, Function};
use super::{Transport, system, xdma};
use gaslane_abi::pci::{PciError, REGISTER_BAR};
use gaslane_abi::{DmaMemory, IovaRange, regs};
use memmap2::{MmapOptions, MmapRaw};
use rustix::io::Errno;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{Ordering, fence};
use vfio_ioctls::{VfioContainer, VfioDevice, VfioError, VfioOps};
use vmm_sys_util::eventfd::{EFD_CLOEXEC, EFD_NONBLOCK, EventFd};

/// Driver of the kernel that a device has to be bound to.
pub const KERNEL_DRIVER: &str = "vfio-pci";

/// Index of configuration space among VFIO's regions.
const CONFIG_REGION: u32 = 7;
/// Flag of a region that can be mapped.
const REGION_MMAP: u32 = 1 << 2;

/// Why a device cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no such device.
    #[error("there is no PCI device {address}: `gaslane device list` shows what is there")]
    NotFound {
        /// Its address.
        address: Address,
    },
    /// It is bound to another driver.
    #[error("{address} is bound to {driver}, not to {KERNEL_DRIVER}: `gaslane device bind {address}` (as root)")]
    NotBound {
        /// Its address.
        address: Address,
        /// The driver.
        driver: String,
    },
    /// No IOMMU is in use.
    #[error(
        "{address} has no IOMMU group: switch the IOMMU on in the firmware and the kernel (intel_iommu=on or amd_iommu=on)"
    )]
    NoIommu {
        /// Its address.
        address: Address,
    },
    /// Another device of its group is with another driver.
    #[error(
        "IOMMU group {group} of {address} also has {other}, bound to {driver}: bind it to {KERNEL_DRIVER} too, or use another slot"
    )]
    GroupInUse {
        /// Its address.
        address: Address,
        /// Its group.
        group: u32,
        /// The other device.
        other: Address,
        /// The driver of that.
        driver: String,
    },
    /// The kernel refuses.
    #[error("{address}: {source}; `gaslane doctor` says what VFIO needs")]
    Vfio {
        /// Its address.
        address: Address,
        /// What it says.
        source: VfioError,
    },
    /// The registers cannot be mapped.
    #[error("{address}: cannot map the registers: {source}")]
    Map {
        /// Its address.
        address: Address,
        /// What the system says.
        source: io::Error,
    },
    /// The device lacks something.
    #[error("{address}: {source}")]
    Device {
        /// Its address.
        address: Address,
        /// What it lacks.
        source: PciError,
    },
}

/// An opened device.
pub struct Vfio {
    container: Arc<VfioContainer>,
    device: VfioDevice,
    registers: MmapRaw,
    interrupt: EventFd,
    iova_ranges: Vec<IovaRange>,
}

impl std::fmt::Debug for Vfio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vfio").field("iova_ranges", &self.iova_ranges).finish_non_exhaustive()
    }
}

impl Vfio {
    /// Opens a device that is bound to [`KERNEL_DRIVER`].
    pub fn open(address: Address) -> Result<Self, OpenError> {
        let function = Function::read(address).map_err(|_| OpenError::NotFound { address })?;
        let driver = function.driver.unwrap_or_else(|| "no driver".to_owned());
        if driver != KERNEL_DRIVER {
            return Err(OpenError::NotBound { address, driver });
        }
        let group = function.iommu_group.ok_or(OpenError::NoIommu { address })?;
        let others = sysfs::group_members(group);
        let others = others.into_iter().filter(|other| other.address != address);
        for other in others {
            // Bridges of the kernel (pcieport) may stay.
            if let Some(driver) = other.driver.filter(|driver| driver != KERNEL_DRIVER && driver != "pcieport") {
                return Err(OpenError::GroupInUse { address, group, other: other.address, driver });
            }
        }
        let refused = |source| OpenError::Vfio { address, source };
        let container = Arc::new(VfioContainer::new(None).map_err(refused)?);
        let ops: Arc<dyn VfioOps> = container.clone();
        let device = VfioDevice::new(&sysfs::folder(address), ops, true).map_err(refused)?;
        let bytes = device.get_region_size(REGISTER_BAR);
        let lacks = |what| OpenError::Device { address, source: PciError::Missing { what } };
        if bytes < u64::from(regs::BAR0_BYTES) || device.get_region_flags(REGISTER_BAR) & REGION_MMAP == 0 {
            return Err(lacks("BAR0 that can be mapped, with room for the registers"));
        }
        if device.get_region_size(CONFIG_REGION) < 256 {
            return Err(lacks("configuration space"));
        }
        let map = |source| OpenError::Map { address, source };
        let registers = MmapOptions::new()
            .offset(device.get_region_offset(REGISTER_BAR))
            .len(regs::BAR0_BYTES as usize)
            .map_raw(&device)
            .map_err(map)?;
        let interrupt = EventFd::new(EFD_NONBLOCK | EFD_CLOEXEC).map_err(map)?;
        Ok(Self { container, device, registers, interrupt, iova_ranges: sysfs::iova_ranges(group) })
    }

    fn file(&self) -> BorrowedFd<'_> {
        // SAFETY: the device keeps its file open.
        unsafe { BorrowedFd::borrow_raw(self.device.as_raw_fd()) }
    }

    fn register(&self, offset: u32) -> *mut u32 {
        assert!(offset.is_multiple_of(4) && offset < regs::BAR0_BYTES);
        // SAFETY: the offset is inside of the mapping.
        unsafe { self.registers.as_mut_ptr().add(offset as usize).cast() }
    }

    /// Reads or writes all of some bytes of configuration space.
    fn config(
        &self,
        offset: u16,
        len: usize,
        what: &'static str,
        access: impl FnOnce(BorrowedFd<'_>, u64) -> Result<usize, Errno>,
    ) -> Result<(), PciError> {
        let at = self.device.get_region_offset(CONFIG_REGION) + u64::from(offset);
        match access(self.file(), at) {
            Ok(count) if count == len => Ok(()),
            Ok(_) => Err(PciError::System { what, errno: 0 }),
            Err(error) => Err(system(what)(error.into())),
        }
    }
}

/// BAR0 by its file: what lies behind the mapped registers.
struct Bar<'d> {
    file: BorrowedFd<'d>,
    start: u64,
}

impl xdma::Words for Bar<'_> {
    type Error = Errno;

    fn read(&mut self, offset: u64) -> Result<u32, Errno> {
        let mut word = [0; 4];
        match rustix::io::pread(self.file, &mut word, self.start + offset)? {
            4 => Ok(u32::from_le_bytes(word)),
            _ => Err(Errno::IO),
        }
    }

    fn write(&mut self, offset: u64, value: u32) -> Result<(), Errno> {
        match rustix::io::pwrite(self.file, &value.to_le_bytes(), self.start + offset)? {
            4 => Ok(()),
            _ => Err(Errno::IO),
        }
    }
}

/// The system's error behind VFIO's.
fn errno(error: &VfioError) -> i32 {
    match error {
        VfioError::IommuDmaMap(error) | VfioError::IommuDmaUnmap(error) => error.errno(),
        _ => 0,
    }
}

impl Transport for Vfio {
    fn read_register(&mut self, offset: u32) -> Result<u32, PciError> {
        // SAFETY: inside of the mapping and aligned; the device may change it at any time, so the load is volatile.
        Ok(unsafe { self.register(offset).read_volatile() })
    }

    fn write_register(&mut self, offset: u32, value: u32) -> Result<(), PciError> {
        // What stands in memory is to be there before the device is told.
        fence(Ordering::SeqCst);
        // SAFETY: inside of the mapping and aligned.
        unsafe { self.register(offset).write_volatile(value) };
        Ok(())
    }

    fn read_config(&mut self, offset: u16, data: &mut [u8]) -> Result<(), PciError> {
        let len = data.len();
        self.config(offset, len, "read configuration space", |file, at| rustix::io::pread(file, data, at))
    }

    fn write_config(&mut self, offset: u16, data: &[u8]) -> Result<(), PciError> {
        self.config(offset, data.len(), "write configuration space", |file, at| rustix::io::pwrite(file, data, at))
    }

    unsafe fn dma_map(&mut self, iova: u64, memory: DmaMemory) -> Result<(), PciError> {
        // SAFETY: the caller keeps the memory, and has no reference to it.
        unsafe { self.container.vfio_dma_map(iova, memory.len_bytes, memory.start.as_ptr()) }.map_err(|error| {
            PciError::System {
                what: "map memory for the card (is the limit of locked memory too low?)",
                errno: errno(&error),
            }
        })
    }

    fn dma_unmap(&mut self, iova: u64, len_bytes: u64) -> Result<(), PciError> {
        let failed = |error: VfioError| PciError::System { what: "unmap memory", errno: errno(&error) };
        self.container.vfio_dma_unmap(iova, len_bytes as usize).map_err(failed)
    }

    fn enable_interrupt(&mut self) -> Result<(), PciError> {
        let failed = |_| PciError::System { what: "enable MSI-X", errno: 0 };
        self.device.enable_msix(vec![&self.interrupt]).map_err(failed)?;
        let bytes = self.device.get_region_size(REGISTER_BAR);
        let mut bar = Bar { file: self.file(), start: self.device.get_region_offset(REGISTER_BAR) };
        xdma::unmask_interrupts(&mut bar, bytes).map(|_| ()).map_err(|error| PciError::System {
            what: "access the bridge's interrupt mask",
            errno: error.raw_os_error(),
        })
    }

    fn interrupt(&self) -> BorrowedFd<'_> {
        // SAFETY: the eventfd is open as long as `self` is borrowed.
        unsafe { BorrowedFd::borrow_raw(self.interrupt.as_raw_fd()) }
    }

    fn reset(&mut self) -> Result<(), PciError> {
        // It says nothing of its success: whoever calls looks at the registers.
        self.device.reset();
        Ok(())
    }

    fn iova_ranges(&self) -> &[IovaRange] {
        &self.iova_ranges
    }
}
