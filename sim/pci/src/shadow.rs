//! A completion ring of the server's own, for faults in completions: the card writes there, and the server copies, wrongly where it is told to.
//! So a driver that looks at its ring all the time sees nothing else.

use crate::fault::{FaultKind, Trigger};
use gaslane_abi::ring::{Completion, CompletionKind, RING_ENTRIES_MAX};
use gaslane_abi::{Device, DeviceError, DmaMemory, regs};
use gaslane_sim::memory::HostMemory;
use memmap2::{MmapOptions, MmapRaw};
use std::io;
use std::ptr::NonNull;

/// Where the card sees it: above all that drivers use.
const IOVA: u64 = 1 << 60;
const ENTRY_BYTES: usize = size_of::<Completion>();
const BYTES: usize = ENTRY_BYTES * RING_ENTRIES_MAX as usize;

/// The ring, and what the host has set.
#[derive(Debug)]
pub(crate) struct Shadow {
    memory: MmapRaw,
    base: u64,
    entries: u32,
    copied: u32,
}

impl Shadow {
    /// Maps it at a card.
    pub(crate) fn new<D: Device>(card: &mut D) -> io::Result<Self> {
        let memory = MmapRaw::from(MmapOptions::new().len(BYTES).map_anon()?);
        let start = NonNull::new(memory.as_mut_ptr()).ok_or(io::ErrorKind::OutOfMemory)?;
        // SAFETY: the mapping lives as long as the worker that owns both, and is reached through raw pointers alone.
        unsafe { card.dma_map(IOVA, DmaMemory::private(start, BYTES)) }.map_err(io::Error::other)?;
        Ok(Self { memory, base: 0, entries: 0, copied: 0 })
    }

    /// After a reset.
    pub(crate) fn reset(&mut self) {
        (self.base, self.entries, self.copied) = (0, 0, 0);
    }

    /// What the card is told instead.
    pub(crate) fn write(&mut self, register: u32, value: u32) -> u32 {
        const HIGH: u32 = regs::CQ_BASE + 4;
        match register {
            regs::CQ_BASE => {
                self.base = self.base & !0xffff_ffff | u64::from(value);
                IOVA as u32
            }
            HIGH => {
                self.base = self.base & 0xffff_ffff | u64::from(value) << 32;
                (IOVA >> 32) as u32
            }
            regs::CQ_ENTRIES => {
                self.entries = value;
                value
            }
            _ => value,
        }
    }

    /// What the host reads instead.
    pub(crate) fn read(&self, register: u32, value: u32) -> u32 {
        const HIGH: u32 = regs::CQ_BASE + 4;
        match register {
            regs::CQ_BASE => self.base as u32,
            HIGH => (self.base >> 32) as u32,
            _ => value,
        }
    }

    /// Copies what is new.
    pub(crate) fn copy<D: Device>(
        &mut self,
        card: &mut D,
        host: &mut HostMemory,
        trigger: &mut Trigger,
    ) -> Result<(), DeviceError> {
        if !self.entries.is_power_of_two() || self.entries > RING_ENTRIES_MAX {
            return Ok(());
        }
        let tail = card.read(regs::CQ_TAIL)?;
        while self.copied != tail % self.entries {
            let mut words = [0_u64; ENTRY_BYTES / 8];
            for (index, word) in words.iter_mut().enumerate() {
                let at = ENTRY_BYTES * self.copied as usize + 8 * index;
                // SAFETY: inside of the mapping and aligned; the card writes between its steps, not now.
                *word = unsafe { self.memory.as_mut_ptr().add(at).cast::<u64>().read_volatile() };
            }
            let place = self.base + ENTRY_BYTES as u64 * u64::from(self.copied);
            let committed = words[0] as u8 == CompletionKind::Committed as u8;
            let fault =
                committed.then(|| trigger.event(&[FaultKind::TornCompletion, FaultKind::ForgedCompletion])).flatten();
            // A fault of the host's memory was the card's to find: it did not write there.
            let _ = match fault {
                Some(FaultKind::TornCompletion) => host.write(place, &words[0].to_le_bytes()),
                Some(_) => {
                    words[0] ^= 1 << 40;
                    host.write_entry(place, words)
                }
                None => host.write_entry(place, words),
            };
            self.copied = (self.copied + 1) % self.entries;
        }
        Ok(())
    }
}
