//! A card behind a [`Transport`].

use super::{Transport, config, system};
use gaslane_abi::pci::PciError;
use gaslane_abi::{Device, DeviceError, DmaMemory, IovaRange, Wake, regs};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How long nothing has to come before the driver is told to look for itself.
const QUIET_TIME: Duration = Duration::from_millis(100);

/// A PCI device that is taken for a card.
#[derive(Debug)]
pub struct PciCard<T: Transport> {
    transport: T,
    /// Lengths of the mappings.
    mapped: BTreeMap<u64, u64>,
}

impl<T: Transport> PciCard<T> {
    /// Enables the device: memory, bus mastering, its interrupt. Whether it is a card is for [`crate::queue::Queue::open`] to see.
    pub fn open(mut transport: T) -> Result<Self, DeviceError> {
        if config::read32(&mut transport, config::IDS)? == u32::MAX {
            return Err(DeviceError::Gone);
        }
        if config::capability(&mut transport, config::MSIX)?.is_none() {
            return Err(PciError::Missing { what: "MSI-X" }.into());
        }
        let mut card = Self { transport, mapped: BTreeMap::new() };
        card.enable()?;
        card.transport.enable_interrupt()?;
        Ok(card)
    }

    /// What carries it.
    pub fn transport(&mut self) -> &mut T {
        &mut self.transport
    }

    /// Mappings at present.
    pub fn mappings(&self) -> usize {
        self.mapped.len()
    }

    fn enable(&mut self) -> Result<(), PciError> {
        config::set_command(&mut self.transport, config::COMMAND_MEMORY | config::COMMAND_BUS_MASTER)
    }

    fn check(offset: u32) -> Result<(), DeviceError> {
        match offset.is_multiple_of(4) && offset < regs::BAR0_BYTES {
            true => Ok(()),
            false => Err(DeviceError::BadRegister { offset }),
        }
    }
}

impl<T: Transport> Device for PciCard<T> {
    fn read(&mut self, offset: u32) -> Result<u32, DeviceError> {
        Self::check(offset)?;
        Ok(self.transport.read_register(offset)?)
    }

    fn write(&mut self, offset: u32, value: u32) -> Result<(), DeviceError> {
        Self::check(offset)?;
        Ok(self.transport.write_register(offset, value)?)
    }

    unsafe fn dma_map(&mut self, iova: u64, memory: DmaMemory) -> Result<(), DeviceError> {
        // SAFETY: the caller's promise is the same.
        unsafe { self.transport.dma_map(iova, memory)? };
        self.mapped.insert(iova, memory.len_bytes as u64);
        Ok(())
    }

    fn dma_unmap(&mut self, iova: u64) -> Result<(), DeviceError> {
        let refuse = DeviceError::BadMapping { iova, len_bytes: 0, why: "not mapped" };
        let len_bytes = *self.mapped.get(&iova).ok_or(refuse)?;
        self.transport.dma_unmap(iova, len_bytes)?;
        self.mapped.remove(&iova);
        Ok(())
    }

    fn wait(&mut self, timeout: Duration) -> Result<Wake, DeviceError> {
        let begun = Instant::now();
        let slice = timeout.min(QUIET_TIME);
        loop {
            let left = slice.saturating_sub(begun.elapsed());
            let mut events = [0; 8];
            let (signalled, gone) = {
                let interrupt = self.transport.interrupt();
                let mut fds = vec![PollFd::new(&interrupt, PollFlags::IN)];
                let gone = self.transport.gone();
                fds.extend(gone.as_ref().map(|fd| PollFd::new(fd, PollFlags::IN)));
                let span = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() };
                match poll(&mut fds, Some(&span)) {
                    Ok(_) | Err(rustix::io::Errno::INTR) => {}
                    Err(error) => return Err(system("wait for the card's interrupt")(error.into()).into()),
                }
                let raised = |index: usize| fds.get(index).is_some_and(|fd: &PollFd<'_>| !fd.revents().is_empty());
                if raised(0) {
                    // Nothing to read is no error: somebody else may have taken it.
                    let _ = rustix::io::read(interrupt, &mut events);
                }
                (raised(0), raised(1))
            };
            if signalled {
                return Ok(Wake::Interrupt);
            }
            if gone {
                return Err(PciError::Closed.into());
            }
            if begun.elapsed() >= slice {
                return if timeout > QUIET_TIME { Ok(Wake::Quiet) } else { Err(DeviceError::Timeout(timeout)) };
            }
        }
    }

    fn reset(&mut self) -> Result<(), DeviceError> {
        self.transport.reset()?;
        // The reset has taken that away.
        self.enable()?;
        // An interrupt of before is void.
        let _ = rustix::io::read(self.transport.interrupt(), &mut [0; 8]);
        for register in [regs::CONTROL, regs::SQ_BASE, regs::SQ_BASE + 4] {
            match self.read(register)? {
                0 => {}
                u32::MAX if self.read(regs::ID)? == u32::MAX => return Err(DeviceError::Gone),
                value => return Err(PciError::ResetIneffective { register, value }.into()),
            }
        }
        Ok(())
    }

    fn iova_ranges(&self) -> &[IovaRange] {
        self.transport.iova_ranges()
    }

    fn works_alone(&self) -> bool {
        true
    }
}
