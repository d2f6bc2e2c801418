//! Host memory as the card sees it: mappings from IOVA to memory, and bounds-checked copies.
//!
//! All unsafe code of the model card is here. Every access is checked against the mappings first; an access may
//! span mappings whose IOVAs adjoin. Payloads are copied in bulk; ring entries are read and written as volatile
//! 64-bit words, the word that holds the phase bit last, after a release fence.

use gaslane_abi::DeviceError;
use std::ptr::NonNull;
use std::sync::atomic::{Ordering, fence};

/// Granularity of mappings.
pub const PAGE_BYTES: u64 = 4096;

/// An access outside the mappings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DmaFault {
    /// First address that is not mapped.
    pub iova: u64,
}

#[derive(Clone, Copy, Debug)]
struct Mapping {
    iova: u64,
    len_bytes: u64,
    memory: NonNull<u8>,
}

/// Mappings, ascending by IOVA.
#[derive(Debug, Default)]
pub struct HostMemory {
    mappings: Vec<Mapping>,
}

// SAFETY: the pointers are used only through `&self` and `&mut self` of this type, and `map`'s contract
// (memory stays allocated, no Rust reference to it) does not depend on the thread.
unsafe impl Send for HostMemory {}

impl HostMemory {
    /// Adds a mapping.
    ///
    /// # Safety
    /// As for [`gaslane_abi::Device::dma_map`].
    pub unsafe fn map(&mut self, iova: u64, memory: NonNull<u8>, len_bytes: usize) -> Result<(), DeviceError> {
        let len_bytes = len_bytes as u64;
        let refuse = |why| Err(DeviceError::BadMapping { iova, len_bytes, why });
        if len_bytes == 0 {
            return refuse("empty");
        }
        if !iova.is_multiple_of(PAGE_BYTES) || !len_bytes.is_multiple_of(PAGE_BYTES) {
            return refuse("IOVA or length is not a multiple of 4096");
        }
        if memory.as_ptr().align_offset(8) != 0 {
            return refuse("memory is not aligned to 8 bytes");
        }
        let Some(end) = iova.checked_add(len_bytes) else { return refuse("runs over the end of the address space") };
        let at = self.mappings.partition_point(|mapping| mapping.iova < iova);
        if self.mappings.get(at).is_some_and(|next| next.iova < end)
            || at > 0 && self.mappings[at - 1].iova + self.mappings[at - 1].len_bytes > iova
        {
            return refuse("overlaps another mapping");
        }
        self.mappings.insert(at, Mapping { iova, len_bytes, memory });
        Ok(())
    }

    /// Removes the mapping that starts at `iova`.
    pub fn unmap(&mut self, iova: u64) -> Result<(), DeviceError> {
        match self.mappings.binary_search_by_key(&iova, |mapping| mapping.iova) {
            Ok(at) => {
                self.mappings.remove(at);
                Ok(())
            }
            Err(_) => Err(DeviceError::BadMapping { iova, len_bytes: 0, why: "no mapping starts there" }),
        }
    }

    /// Pointer to the memory at `iova`, and how many bytes follow it in its mapping.
    fn find(&self, iova: u64) -> Result<(NonNull<u8>, usize), DmaFault> {
        let at = self.mappings.partition_point(|mapping| mapping.iova <= iova);
        let mapping = at.checked_sub(1).map(|at| self.mappings[at]).ok_or(DmaFault { iova })?;
        let offset = iova - mapping.iova;
        if offset >= mapping.len_bytes {
            return Err(DmaFault { iova });
        }
        // SAFETY: `offset` is less than the mapping's length, and `map`'s caller promised that many bytes.
        Ok((unsafe { mapping.memory.add(offset as usize) }, (mapping.len_bytes - offset) as usize))
    }

    /// Calls `copy` for each contiguous piece of `iova .. iova + len_bytes` with its pointer, its offset and its length.
    fn pieces(
        &self,
        iova: u64,
        len_bytes: usize,
        mut copy: impl FnMut(NonNull<u8>, usize, usize),
    ) -> Result<(), DmaFault> {
        let mut done = 0;
        while done < len_bytes {
            let at = iova.checked_add(done as u64).ok_or(DmaFault { iova })?;
            let (pointer, available) = self.find(at)?;
            let piece = available.min(len_bytes - done);
            copy(pointer, done, piece);
            done += piece;
        }
        Ok(())
    }

    /// Checks that the range is mapped.
    pub fn check(&self, iova: u64, len_bytes: usize) -> Result<(), DmaFault> {
        self.pieces(iova, len_bytes, |_, _, _| ())
    }

    /// Replaces the contents of `out` by `len_bytes` bytes at `iova`. Nothing is allocated for a range that is not mapped.
    pub fn read(&self, iova: u64, len_bytes: usize, out: &mut Vec<u8>) -> Result<(), DmaFault> {
        self.check(iova, len_bytes)?;
        out.clear();
        out.reserve(len_bytes);
        self.pieces(iova, len_bytes, |pointer, offset, piece| {
            // SAFETY: `find` vouches for `piece` bytes at `pointer`, `out` has room for `len_bytes >= offset + piece`
            // bytes, and the two cannot overlap because `map`'s caller holds no reference into mapped memory and `out`
            // is ours.
            unsafe { pointer.as_ptr().copy_to_nonoverlapping(out.as_mut_ptr().add(offset), piece) }
        })?;
        // SAFETY: the pieces are contiguous and cover all `len_bytes` bytes, which were reserved.
        unsafe { out.set_len(len_bytes) };
        Ok(())
    }

    /// Writes bytes at `iova`; writes nothing if a part of the range is not mapped.
    pub fn write(&mut self, iova: u64, bytes: &[u8]) -> Result<(), DmaFault> {
        self.check(iova, bytes.len())?;
        self.pieces(iova, bytes.len(), |pointer, offset, piece| {
            // SAFETY: as in `read`, in the other direction; the card alone writes this range while it is submitted.
            unsafe { pointer.as_ptr().copy_from_nonoverlapping(bytes.as_ptr().add(offset), piece) }
        })
    }

    /// Pointer to a 64-byte ring entry. Mappings start and end at pages, so an aligned entry never spans two.
    fn entry(&self, iova: u64) -> Result<*mut u64, DmaFault> {
        if !iova.is_multiple_of(64) {
            return Err(DmaFault { iova });
        }
        Ok(self.find(iova)?.0.as_ptr().cast())
    }

    /// Reads a 64-byte ring entry.
    pub fn read_entry(&self, iova: u64) -> Result<[u64; 8], DmaFault> {
        let pointer = self.entry(iova)?;
        fence(Ordering::Acquire);
        // SAFETY: `entry` vouches for 64 bytes; `map` checked that the memory is aligned to 8 bytes.
        Ok(std::array::from_fn(|i| unsafe { pointer.add(i).read_volatile() }))
    }

    /// Writes a 64-byte ring entry, its first word (with the phase bit) last.
    pub fn write_entry(&mut self, iova: u64, words: [u64; 8]) -> Result<(), DmaFault> {
        let pointer = self.entry(iova)?;
        for i in (1..8).chain([0]) {
            if i == 0 {
                fence(Ordering::Release);
            }
            // SAFETY: as in `read_entry`.
            unsafe { pointer.add(i).write_volatile(words[i]) }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(fill: u8) -> NonNull<u8> {
        NonNull::new(vec![u64::from_ne_bytes([fill; 8]); 512].leak().as_mut_ptr().cast()).unwrap()
    }

    fn map(memory: &mut HostMemory, iova: u64, len_bytes: usize) -> Result<(), DeviceError> {
        assert!(len_bytes <= 4096);
        // SAFETY: the page is leaked and never referenced again.
        unsafe { memory.map(iova, page(iova as u8 >> 4 | 1), len_bytes) }
    }

    #[test]
    fn mappings_are_checked() {
        let mut memory = HostMemory::default();
        for (iova, len, ok) in [
            (0x1000, 4096, true),
            (0x1000, 4096, false),
            (0x2000, 4096, true),
            (0x4800, 4096, false),
            (0x5000, 100, false),
            (0x5000, 0, false),
            (0xffff_ffff_ffff_f000, 4096, false),
        ] {
            assert_eq!(map(&mut memory, iova, len).is_ok(), ok, "{iova:#x} {len}");
        }
        assert!(memory.unmap(0x1800).is_err());
        assert!(memory.unmap(0x1000).is_ok());
        assert_eq!(memory.check(0x1fff, 2), Err(DmaFault { iova: 0x1fff }));
    }

    #[test]
    fn accesses_stay_inside_and_may_span() {
        let mut memory = HostMemory::default();
        map(&mut memory, 0x1000, 4096).unwrap();
        map(&mut memory, 0x2000, 4096).unwrap();
        memory.write(0x1ffe, &[1, 2, 3, 4]).unwrap();
        let mut out = Vec::new();
        memory.read(0x1ffd, 6, &mut out).unwrap();
        assert_eq!(out[1..5], [1, 2, 3, 4]);
        assert_eq!(memory.write(0x2fff, &[9, 9]), Err(DmaFault { iova: 0x3000 }));
        memory.read(0x2fff, 1, &mut out).unwrap();
        assert_ne!(out[0], 9, "a refused write changes nothing");
        for (iova, len) in [(0, 1), (0xfff, 1), (0x3000, 1), (u64::MAX, 2), (0x1000, usize::MAX)] {
            assert!(memory.read(iova, len, &mut out).is_err(), "{iova:#x} {len}");
        }
        let words = [7, 1, 2, 3, 4, 5, 6, 7];
        memory.write_entry(0x2fc0, words).unwrap();
        assert_eq!(memory.read_entry(0x2fc0), Ok(words));
        assert!(memory.read_entry(0x2fc8).is_err());
    }
}
