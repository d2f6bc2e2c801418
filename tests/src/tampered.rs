//! A card whose completions and records are changed, by choice of a fuzzer's bytes, before the driver sees them.

use crate::random::Random;
use gaslane_abi::ring::Completion;
use gaslane_abi::{Device, DeviceError, DmaMemory, IovaRange, Wake, regs};
use std::collections::BTreeMap;
use std::time::Duration;

const ENTRY_BYTES: u64 = size_of::<Completion>() as u64;

/// The card and what is done to it.
#[derive(Debug)]
pub struct Tampered<D> {
    inner: D,
    random: Random,
    memory: BTreeMap<u64, DmaMemory>,
    ring: u64,
    entries: u32,
    tail: u32,
}

impl<D: Device> Tampered<D> {
    /// A card that obeys; the bytes say what is changed.
    pub fn new(inner: D, random: Random) -> Self {
        Self { inner, random, memory: BTreeMap::new(), ring: 0, entries: 0, tail: 0 }
    }

    /// Leaves everything as it is from now on.
    pub fn rest(&mut self) {
        self.random = Random::from_bytes(&[]);
    }

    fn place(&self, iova: u64, len: u64) -> Option<*mut u8> {
        let (start, memory) = self.memory.range(..=iova).next_back()?;
        let offset = iova - start;
        let inside = offset.checked_add(len)? <= memory.len_bytes as u64;
        // SAFETY: inside of the mapping.
        inside.then(|| unsafe { memory.start.as_ptr().add(offset as usize) })
    }

    /// Changes a byte of what the driver will read.
    fn change(&mut self, iova: u64, value: impl FnOnce(u8) -> u8) {
        if let Some(place) = self.place(iova, 1) {
            // SAFETY: mapped memory, which the driver does not touch while the card's functions run.
            unsafe { place.write_volatile(value(place.read_volatile())) };
        }
    }

    /// New completions may be changed.
    fn tamper(&mut self) {
        if self.entries == 0 || self.random.exhausted() {
            return;
        }
        let tail = self.inner.read(regs::CQ_TAIL).unwrap_or(0) % self.entries;
        while self.tail != tail {
            let entry = self.ring + ENTRY_BYTES * u64::from(self.tail);
            match self.random.below(40) {
                0 => {
                    let (offset, bit) = (self.random.below(ENTRY_BYTES), self.random.below(8));
                    self.change(entry + offset, |byte| byte ^ 1 << bit);
                }
                1 => {
                    for offset in 0..ENTRY_BYTES {
                        let byte = self.random.below(256) as u8;
                        // Mostly as a completion that is there.
                        let keep = offset == 3 && self.random.chance(75);
                        self.change(entry + offset, |old| if keep { old } else { byte });
                    }
                }
                // A field of the head, to small values.
                2 => {
                    let (offset, byte) = (self.random.below(12), self.random.below(8) as u8);
                    self.change(entry + offset, |_| byte);
                }
                // Torn: all but the first word is that of the last pass, or nothing.
                3 => (8..ENTRY_BYTES).for_each(|offset| self.change(entry + offset, |_| 0)),
                // The next one, which was not written.
                4 => {
                    let next = self.ring + ENTRY_BYTES * u64::from((self.tail + 1) % self.entries);
                    self.change(next + 3, |byte| byte ^ 1);
                }
                // Something that the driver reads elsewhere: records, mostly.
                5..=7 => {
                    let ranges: Vec<(u64, usize)> = self.memory.iter().map(|(&iova, m)| (iova, m.len_bytes)).collect();
                    let (start, len) = *self.random.pick(&ranges);
                    // The beginning of a buffer is what is in use.
                    let offset = self.random.below(len.min(2048) as u64);
                    let byte = self.random.below(256) as u8;
                    self.change(start + offset, |_| byte);
                }
                _ => {}
            }
            self.tail = (self.tail + 1) % self.entries;
        }
    }
}

impl<D: Device> Device for Tampered<D> {
    fn read(&mut self, offset: u32) -> Result<u32, DeviceError> {
        let value = self.inner.read(offset)?;
        let changed = !self.random.exhausted() && offset >= regs::CONTROL && self.random.below(500) == 0;
        Ok(if changed { *self.random.pick(&[0, u32::MAX, value ^ 1, value.wrapping_add(1)]) } else { value })
    }

    fn write(&mut self, offset: u32, value: u32) -> Result<(), DeviceError> {
        match offset {
            regs::CQ_BASE => self.ring = self.ring & !0xffff_ffff | u64::from(value),
            regs::CQ_ENTRIES => (self.entries, self.tail) = (value, 0),
            _ if offset == regs::CQ_BASE + 4 => self.ring = self.ring & 0xffff_ffff | u64::from(value) << 32,
            _ => {}
        }
        let written = self.inner.write(offset, value);
        // Doorbells may bring completions.
        self.tamper();
        written
    }

    unsafe fn dma_map(&mut self, iova: u64, memory: DmaMemory) -> Result<(), DeviceError> {
        // SAFETY: the caller's promise is the same.
        unsafe { self.inner.dma_map(iova, memory)? };
        self.memory.insert(iova, memory);
        Ok(())
    }

    fn dma_unmap(&mut self, iova: u64) -> Result<(), DeviceError> {
        self.memory.remove(&iova);
        self.inner.dma_unmap(iova)
    }

    fn wait(&mut self, timeout: Duration) -> Result<Wake, DeviceError> {
        let woken = self.inner.wait(timeout);
        self.tamper();
        woken
    }

    fn reset(&mut self) -> Result<(), DeviceError> {
        (self.entries, self.tail) = (0, 0);
        self.inner.reset()
    }

    fn iova_ranges(&self) -> &[IovaRange] {
        self.inner.iova_ranges()
    }
}
