//! One connection: configuration space, the MSI-X table, mappings; registers are the worker's.

use crate::config_space::{ConfigSpace, MSIX_BAR, MSIX_BAR_BYTES};
use crate::dma::{Ranges, Reachable};
use crate::worker::Request;
use crossbeam_channel::{Sender, bounded};
use gaslane_abi::pci::REGISTER_BAR;
use gaslane_abi::regs;
use std::fs::File;
use std::io;
use vfio_bindings::bindings::vfio::{
    VFIO_IRQ_SET_ACTION_TRIGGER, VFIO_IRQ_SET_DATA_EVENTFD, VFIO_IRQ_SET_DATA_NONE, VFIO_PCI_CONFIG_REGION_INDEX,
    VFIO_PCI_MSIX_IRQ_INDEX,
};
use vfio_user::{DmaMapFlags, DmaUnmapFlags, ServerBackend};

/// The connection's state.
pub(crate) struct Backend {
    worker: Sender<Request>,
    config: ConfigSpace,
    msix: Vec<u8>,
    ranges: Ranges,
}

impl Drop for Backend {
    fn drop(&mut self) {
        // However it ends, the card reaches nothing of the client's afterwards.
        if self.ranges.counts() != (0, 0)
            && let Err(error) = self.end()
        {
            // Without its thread there is no card either.
            tracing::error!(%error, "mappings of the client");
        }
    }
}

fn no_worker() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "the card's thread has ended")
}

impl Backend {
    pub(crate) fn new(worker: Sender<Request>) -> Self {
        let msix = vec![0; MSIX_BAR_BYTES as usize];
        Self { worker, config: ConfigSpace::default(), msix, ranges: Ranges::default() }
    }

    /// Asks the worker and waits for its answer.
    fn ask<T>(&self, request: impl FnOnce(Sender<T>) -> Request) -> io::Result<T> {
        let (sender, answer) = bounded(1);
        self.worker.send(request(sender)).map_err(|_| no_worker())?;
        answer.recv().map_err(|_| no_worker())
    }

    fn give(&self, range: Reachable) -> io::Result<()> {
        let given = self.ask(|answer| Request::Map(range, answer))?;
        given.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))
    }

    /// Gives the card all mappings, or takes them away, as bus mastering is switched.
    fn follow_bus_master(&self, before: bool) -> io::Result<()> {
        let now = self.config.bus_master();
        if now == before {
            return Ok(());
        }
        for range in self.ranges.all_reachable() {
            match now {
                true => self.give(range)?,
                false => self.ask(|answer| Request::Unmap(range.iova, answer))?,
            }
        }
        Ok(())
    }

    fn function_level_reset(&mut self) -> io::Result<()> {
        let before = self.config.bus_master();
        self.config.reset();
        self.follow_bus_master(before)?;
        self.ask(Request::Reset)
    }

    fn unmap_all(&mut self, wanted: &[u64]) -> io::Result<()> {
        for &iova in wanted {
            if self.config.bus_master() && self.ranges.is_reachable(iova) {
                self.ask(|answer| Request::Unmap(iova, answer))?;
            }
            self.ranges.remove(iova);
        }
        Ok(())
    }

    /// The connection has ended: the card keeps nothing of it. Ranges and files that the client had left mapped.
    pub(crate) fn end(&mut self) -> io::Result<(usize, usize)> {
        let left = self.ranges.counts();
        // First the card is made to rest.
        self.ask(Request::End)?;
        self.unmap_all(&self.ranges.all())?;
        Ok(left)
    }

    fn is_gone(&self) -> io::Result<bool> {
        self.ask(Request::IsGone)
    }
}

/// A part of some bytes; what lies outside is all ones.
fn read_bytes(bytes: &[u8], offset: u64, data: &mut [u8]) {
    let part = usize::try_from(offset).ok().and_then(|at| bytes.get(at..at.checked_add(data.len())?));
    match part {
        Some(part) => data.copy_from_slice(part),
        None => data.fill(0xff),
    }
}

impl ServerBackend for Backend {
    fn region_read(&mut self, region: u32, offset: u64, data: &mut [u8]) -> io::Result<()> {
        match region {
            REGISTER_BAR => {
                let inside =
                    offset.checked_add(data.len() as u64).is_some_and(|end| end <= u64::from(regs::BAR0_BYTES));
                if !inside || !offset.is_multiple_of(4) || !data.len().is_multiple_of(4) {
                    data.fill(0xff);
                    return Ok(());
                }
                for (index, word) in data.chunks_exact_mut(4).enumerate() {
                    let register = offset as u32 + 4 * index as u32;
                    let value = self.ask(|answer| Request::Read(register, answer))?;
                    word.copy_from_slice(&value.to_le_bytes());
                }
            }
            MSIX_BAR => read_bytes(&self.msix, offset, data),
            VFIO_PCI_CONFIG_REGION_INDEX if self.is_gone()? => data.fill(0xff),
            VFIO_PCI_CONFIG_REGION_INDEX => self.config.read(offset, data),
            _ => data.fill(0xff),
        }
        Ok(())
    }

    fn region_write(&mut self, region: u32, offset: u64, data: &[u8]) -> io::Result<()> {
        match region {
            REGISTER_BAR => {
                let inside =
                    offset.checked_add(data.len() as u64).is_some_and(|end| end <= u64::from(regs::BAR0_BYTES));
                if inside && offset.is_multiple_of(4) && data.len().is_multiple_of(4) {
                    for (index, word) in data.chunks_exact(4).enumerate() {
                        let register = offset as u32 + 4 * index as u32;
                        let value = u32::from_le_bytes([word[0], word[1], word[2], word[3]]);
                        // Posted, as on the bus: what reads later comes after it.
                        self.worker.send(Request::Write(register, value)).map_err(|_| no_worker())?;
                    }
                }
            }
            MSIX_BAR => {
                let part =
                    usize::try_from(offset).ok().and_then(|at| self.msix.get_mut(at..at.checked_add(data.len())?));
                if let Some(part) = part {
                    part.copy_from_slice(data);
                }
            }
            VFIO_PCI_CONFIG_REGION_INDEX if !self.is_gone()? => {
                let before = self.config.bus_master();
                let effects = self.config.write(offset, data);
                self.follow_bus_master(before)?;
                if effects.reset {
                    self.function_level_reset()?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn dma_map(&mut self, flags: DmaMapFlags, offset: u64, iova: u64, size: u64, fd: Option<File>) -> io::Result<()> {
        // What the card may only read it may not reach: there is no way to hold it to that.
        let file = fd.as_ref().filter(|_| flags.contains(DmaMapFlags::READ_WRITE));
        let reachable = self.ranges.map(iova, size, offset, file)?;
        tracing::debug!(iova, size, reachable = reachable.is_some(), "map");
        if let Some(range) = reachable
            && self.config.bus_master()
            && let Err(error) = self.give(range)
        {
            self.ranges.remove(iova);
            return Err(error);
        }
        Ok(())
    }

    fn dma_unmap(&mut self, flags: DmaUnmapFlags, iova: u64, size: u64) -> io::Result<()> {
        tracing::debug!(iova, size, "unmap");
        let wanted = match flags.contains(DmaUnmapFlags::UNMAP_ALL) {
            true => self.ranges.all(),
            false => self.ranges.within(iova, size)?,
        };
        self.unmap_all(&wanted)
    }

    fn reset(&mut self) -> io::Result<()> {
        self.function_level_reset()
    }

    fn set_irqs(&mut self, index: u32, flags: u32, start: u32, count: u32, fds: Vec<File>) -> io::Result<()> {
        if index != VFIO_PCI_MSIX_IRQ_INDEX || flags & VFIO_IRQ_SET_ACTION_TRIGGER == 0 {
            return Ok(());
        }
        if flags & VFIO_IRQ_SET_DATA_EVENTFD != 0 && start == 0 && count > 0 {
            // Without a file the vector is switched off.
            let event = fds.into_iter().next();
            self.ask(|answer| Request::Interrupt(event, answer))?;
        } else if flags & VFIO_IRQ_SET_DATA_NONE != 0 && count == 0 {
            self.ask(|answer| Request::Interrupt(None, answer))?;
        }
        Ok(())
    }
}
