//! Host memory that a card reaches by DMA, and where it appears in the card's address space.
//!
//! The card may write at any time to what it was told about, so no Rust reference to this memory ever
//! exists: everything goes through raw pointers, and what the card writes is read with volatile loads
//! into memory of the host's own before anybody looks at it.

use gaslane_abi::{DmaMemory, IovaRange};
use memmap2::{MmapOptions, MmapRaw};
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

/// Granularity of mappings.
pub const PAGE_BYTES: usize = 4096;

/// Granularity with huge pages.
pub const HUGE_PAGE_BYTES: usize = 2 << 20;

/// IOVAs that the driver hands out where the device allows them: from 4 GiB to 39 bits, the narrowest IOMMU in use. So they never meet the interrupts'
/// window at 0xfee0_0000.
const IOVAS: IovaRange = IovaRange { first: 1 << 32, last: (1 << 39) - 1 };

/// Misuse or shortage of DMA memory.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DmaError {
    /// The system has no memory of that size.
    #[error("cannot allocate {len_bytes} bytes of DMA memory: lower the driver's buffer sizes")]
    OutOfMemory {
        /// Bytes asked for.
        len_bytes: usize,
    },
    /// The system has no huge pages of that size.
    #[error(
        "cannot allocate {len_bytes} bytes of huge pages: raise /proc/sys/vm/nr_hugepages, or do without (`huge_pages = false`)"
    )]
    NoHugePages {
        /// Bytes asked for.
        len_bytes: usize,
    },
    /// The IOVA space is used up or fragmented.
    #[error("no free IOVA range of {len_bytes} bytes")]
    OutOfIova {
        /// Bytes asked for.
        len_bytes: usize,
    },
    /// An access outside the buffer, or not aligned as the access needs.
    #[error("access of {len_bytes} bytes at offset {offset} leaves a DMA buffer of {buffer_bytes} bytes")]
    OutOfRange {
        /// Start of the access.
        offset: usize,
        /// Length of the access.
        len_bytes: usize,
        /// Length of the buffer.
        buffer_bytes: usize,
    },
}

/// Memory with its address on the card's side: a shared mapping of a file without name, so that a card in another process can map it too.
/// (Where the system has no such files, memory of this process alone.)
///
/// It does not know the device: whoever mapped it must unmap it before it is dropped.
#[derive(Debug)]
pub struct DmaBuffer {
    mapping: ManuallyDrop<MmapRaw>,
    file: Option<File>,
    iova: u64,
    /// A card may reach it for ever.
    kept: bool,
}

/// A file in memory.
#[cfg(target_os = "linux")]
fn memory_file(len_bytes: usize, huge_pages: bool) -> io::Result<Option<File>> {
    use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, ftruncate, memfd_create};
    let mut flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    if huge_pages {
        flags |= MemfdFlags::HUGETLB | MemfdFlags::HUGE_2MB;
    }
    let file = memfd_create("gaslane", flags)?;
    ftruncate(&file, len_bytes as u64)?;
    // Whoever gets the file can't take the memory away.
    fcntl_add_seals(&file, SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
    Ok(Some(file.into()))
}

#[cfg(not(target_os = "linux"))]
fn memory_file(_: usize, huge_pages: bool) -> io::Result<Option<File>> {
    if huge_pages { Err(io::ErrorKind::Unsupported.into()) } else { Ok(None) }
}

impl DmaBuffer {
    /// Zeroed memory of at least `len_bytes` (rounded up to pages) that shall appear at `iova`.
    pub fn new(len_bytes: usize, iova: u64) -> Result<Self, DmaError> {
        Self::with_pages(len_bytes, iova, false)
    }

    /// The same, of huge pages if asked for.
    pub fn with_pages(len_bytes: usize, iova: u64, huge_pages: bool) -> Result<Self, DmaError> {
        let error = match huge_pages {
            true => DmaError::NoHugePages { len_bytes },
            false => DmaError::OutOfMemory { len_bytes },
        };
        let page = if huge_pages { HUGE_PAGE_BYTES } else { PAGE_BYTES };
        let rounded = len_bytes.max(1).checked_next_multiple_of(page).filter(|&len| len <= isize::MAX as usize);
        let rounded = rounded.ok_or_else(|| error.clone())?;
        let mut options = MmapOptions::new();
        options.len(rounded);
        let file = memory_file(rounded, huge_pages).map_err(|_| error.clone())?;
        let mapping = match &file {
            Some(file) => options.map_raw(file),
            None => options.map_anon().map(MmapRaw::from),
        };
        Ok(Self { mapping: ManuallyDrop::new(mapping.map_err(|_| error)?), file, iova, kept: false })
    }

    /// Appears elsewhere from now on. It is not mapped at the device.
    pub(crate) fn at(mut self, iova: u64) -> Self {
        self.iova = iova;
        self
    }

    /// Is never given back to the system: a card that could not be stopped may still write to it.
    pub fn keep(&mut self) {
        self.kept = true;
    }

    /// Length in bytes, a multiple of the page size.
    pub fn len_bytes(&self) -> usize {
        self.mapping.len()
    }

    /// Address on the card's side.
    pub const fn iova(&self) -> u64 {
        self.iova
    }

    /// The memory, for mapping.
    pub fn memory(&self) -> DmaMemory {
        #[cfg(unix)]
        let file = self.file.as_ref().map(|file| (std::os::fd::AsRawFd::as_raw_fd(file), 0));
        #[cfg(not(unix))]
        let file = None;
        DmaMemory { start: self.start(), len_bytes: self.len_bytes(), file }
    }

    fn start(&self) -> NonNull<u8> {
        // SAFETY: a mapping never starts at zero.
        unsafe { NonNull::new_unchecked(self.mapping.as_mut_ptr()) }
    }

    fn check(&self, offset: usize, len_bytes: usize, align: usize) -> Result<(), DmaError> {
        let inside = offset.checked_add(len_bytes).is_some_and(|end| end <= self.len_bytes());
        if inside && offset.is_multiple_of(align) {
            Ok(())
        } else {
            Err(DmaError::OutOfRange { offset, len_bytes, buffer_bytes: self.len_bytes() })
        }
    }

    /// Copies bytes into a part of the buffer that the card does not use at the moment.
    pub fn write(&self, offset: usize, bytes: &[u8]) -> Result<(), DmaError> {
        self.check(offset, bytes.len(), 1)?;
        // SAFETY: the range lies inside the allocation, and no Rust reference to it exists.
        unsafe { self.start().as_ptr().add(offset).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        Ok(())
    }

    /// Copies words out of the buffer with volatile loads; `offset` is a multiple of 8 bytes.
    pub fn read(&self, offset: usize, words: &mut [u64]) -> Result<(), DmaError> {
        self.check(offset, words.len() * 8, 8)?;
        // SAFETY: the offset lies inside the allocation and is a multiple of 8.
        let source = unsafe { self.start().as_ptr().add(offset).cast::<u64>() };
        for (index, word) in words.iter_mut().enumerate() {
            // SAFETY: the range was checked; it is aligned to 8 bytes, and the load is volatile because the card may write.
            *word = unsafe { source.add(index).read_volatile() };
        }
        Ok(())
    }

    /// Reads one byte with a volatile load.
    pub fn read_u8(&self, offset: usize) -> Result<u8, DmaError> {
        self.check(offset, 1, 1)?;
        // SAFETY: the offset lies inside the allocation; the load is volatile because the card may write.
        Ok(unsafe { self.start().as_ptr().add(offset).read_volatile() })
    }

    /// Clears the buffer. The card must not use it.
    pub fn clear(&self) {
        // SAFETY: the range is the whole allocation, and no Rust reference to it exists.
        unsafe { self.start().as_ptr().write_bytes(0, self.len_bytes()) };
    }
}

impl Drop for DmaBuffer {
    fn drop(&mut self) {
        if !self.kept {
            // SAFETY: it is dropped here alone, and not used afterwards.
            unsafe { ManuallyDrop::drop(&mut self.mapping) };
        }
    }
}

/// Allocator of IOVA ranges: first fit, neighbours merge when freed.
#[derive(Debug)]
pub struct IovaSpace {
    free: BTreeMap<u64, u64>,
}

impl IovaSpace {
    /// Of a device that allows these ranges, in pages. Without any in reach of every IOMMU and above the window of interrupts, what lies lower is used.
    pub fn new(allowed: &[IovaRange]) -> Self {
        let within = |bounds: IovaRange| {
            let mut free = BTreeMap::new();
            for range in allowed {
                let first = range.first.max(bounds.first).checked_next_multiple_of(PAGE_BYTES as u64);
                let end = (range.last.min(bounds.last) + 1) / PAGE_BYTES as u64 * PAGE_BYTES as u64;
                if let Some(first) = first
                    && first < end
                {
                    free.insert(first, end - first);
                }
            }
            free
        };
        let free = within(IOVAS);
        // Page 0 stays free: what goes there is a mistake.
        Self { free: if free.is_empty() { within(IovaRange { first: 1 << 12, last: 0xfedf_ffff }) } else { free } }
    }

    /// A free range, rounded up to pages.
    pub fn take(&mut self, len_bytes: usize) -> Result<u64, DmaError> {
        let error = DmaError::OutOfIova { len_bytes };
        let rounded = len_bytes.max(1).checked_next_multiple_of(PAGE_BYTES).ok_or(error.clone())? as u64;
        let (&start, &len) = self.free.iter().find(|&(_, &len)| len >= rounded).ok_or(error)?;
        self.free.remove(&start);
        if len > rounded {
            self.free.insert(start + rounded, len - rounded);
        }
        Ok(start)
    }

    /// Gives a range back.
    pub fn give(&mut self, start: u64, len_bytes: usize) {
        let (mut start, mut len) = (start, len_bytes as u64);
        if let Some((&before, &before_len)) = self.free.range(..start).next_back()
            && before + before_len == start
        {
            self.free.remove(&before);
            (start, len) = (before, before_len + len);
        }
        if let Some(after_len) = self.free.remove(&(start + len)) {
            len += after_len;
        }
        self.free.insert(start, len);
    }
}

/// First-in, first-out allocation inside a buffer. Positions count bytes since the beginning and never wrap.
#[derive(Debug)]
pub struct Ring {
    len_bytes: u64,
    head: u64,
    tail: u64,
}

impl Ring {
    /// Alignment of every allocation.
    const ALIGN: u64 = 64;

    /// A ring over `len_bytes`.
    pub const fn new(len_bytes: usize) -> Self {
        Self { len_bytes: len_bytes as u64, head: 0, tail: 0 }
    }

    /// Takes contiguous bytes: their offset in the buffer and the position to free up to. `None` when full.
    pub fn take(&mut self, len_bytes: usize) -> Option<(usize, u64)> {
        let len = (len_bytes as u64).max(1).checked_next_multiple_of(Self::ALIGN)?;
        let offset = self.head % self.len_bytes;
        let skip = if offset + len > self.len_bytes { self.len_bytes - offset } else { 0 };
        let end = self.head.checked_add(skip)?.checked_add(len)?;
        if end - self.tail > self.len_bytes {
            return None;
        }
        self.head = end;
        Some((((end - len) % self.len_bytes) as usize, end))
    }

    /// Frees everything up to a position that [`Self::take`] returned.
    pub fn free_to(&mut self, position: u64) {
        self.tail = self.tail.max(position.min(self.head));
        if self.tail == self.head {
            // Empty: start at the buffer's beginning, so that the largest request fits again.
            let start = self.head.next_multiple_of(self.len_bytes);
            (self.head, self.tail) = (start, start);
        }
    }

    /// Frees everything.
    pub fn clear(&mut self) {
        self.free_to(self.head);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffer_copies_and_checks_its_bounds() {
        let buffer = DmaBuffer::new(5000, 1 << 32).unwrap();
        assert_eq!(buffer.len_bytes(), 8192);
        buffer.write(8, &0x0123_4567_89ab_cdef_u64.to_le_bytes()).unwrap();
        let mut words = [0; 2];
        buffer.read(8, &mut words).unwrap();
        assert_eq!(words, [0x0123_4567_89ab_cdef, 0]);
        assert_eq!(buffer.read_u8(15), Ok(0x01));
        assert!(buffer.read(4, &mut words).is_err());
        assert!(buffer.write(8190, &[0; 3]).is_err());
        assert!(buffer.write(usize::MAX, &[0; 3]).is_err());
        buffer.clear();
        assert_eq!(buffer.read_u8(15), Ok(0));
    }

    #[test]
    fn iova_ranges_are_reused_and_merge() {
        let mut space = IovaSpace::new(&[IovaRange { first: 0, last: u64::MAX }]);
        let ranges: Vec<u64> = (0..4).map(|_| space.take(4096).unwrap()).collect();
        assert!(ranges.windows(2).all(|pair| pair[1] == pair[0] + 4096));
        for index in [1, 3, 0, 2] {
            space.give(ranges[index], 4096);
        }
        assert_eq!(space.free.len(), 1);
        assert_eq!(space.take(16384).unwrap(), ranges[0]);
    }

    #[test]
    fn iova_space_keeps_to_what_the_device_allows() {
        let range = |first, last| IovaRange { first, last };
        let mut space = IovaSpace::new(&[
            range(0, 0xfedf_ffff),
            range(0xfef0_0000, 0x1_0000_1fff),
            range(0x2_0000_0800, 0x2_0000_27ff),
        ]);
        let mut taken: Vec<u64> = std::iter::from_fn(|| space.take(4096).ok()).collect();
        taken.sort_unstable();
        assert_eq!(taken, [0x1_0000_0000, 0x1_0000_1000, 0x2_0000_1000]);
        let mut low = IovaSpace::new(&[range(0, 0x1fff)]);
        assert_eq!((low.take(4096).ok(), low.take(4096).ok()), (Some(0x1000), None));
        assert!(IovaSpace::new(&[]).take(1).is_err());
    }

    #[test]
    fn ring_allocates_contiguously_and_wraps() {
        let mut ring = Ring::new(1024);
        let (first, first_end) = ring.take(600).unwrap();
        assert_eq!(first, 0);
        let (second, second_end) = ring.take(300).unwrap();
        assert_eq!(second, 640);
        assert!(ring.take(128).is_none());
        ring.free_to(first_end);
        let (third, _) = ring.take(128).unwrap();
        assert_eq!(third, 0);
        assert!(ring.take(640).is_none());
        ring.free_to(second_end);
        ring.clear();
        assert_eq!(ring.take(1024).unwrap().0, 0);
        assert!(ring.take(1).is_none());
    }
}
