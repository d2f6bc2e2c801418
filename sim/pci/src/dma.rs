//! Memory of clients, by the files that they send.
//!
//! A virtual machine maps the same file in very many pieces: each file is mapped into this process once. A range without a file, or one that is not both
//! readable and writable, is known but cannot be reached.

use memmap2::{MmapOptions, MmapRaw};
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::ptr::NonNull;
use std::sync::{Arc, Weak};

/// A range of IOVAs.
#[derive(Clone, Debug)]
pub(crate) struct Range {
    /// Its last address.
    last: u64,
    /// The mapped file that it lies in, and where.
    place: Option<(Arc<MmapRaw>, usize)>,
}

/// A range that can be reached.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reachable {
    pub iova: u64,
    pub start: NonNull<u8>,
    pub len_bytes: usize,
}

// SAFETY: a place and a length; whoever reaches the memory answers for that.
unsafe impl Send for Reachable {}

/// What the client has mapped.
#[derive(Debug, Default)]
pub(crate) struct Ranges {
    ranges: BTreeMap<u64, Range>,
    files: HashMap<(u64, u64), Weak<MmapRaw>>,
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, what)
}

impl Ranges {
    /// Adds a range; how it is reached, if it can be.
    pub(crate) fn map(
        &mut self,
        iova: u64,
        len_bytes: u64,
        offset: u64,
        file: Option<&File>,
    ) -> io::Result<Option<Reachable>> {
        let last =
            len_bytes.checked_sub(1).and_then(|less| iova.checked_add(less)).ok_or(invalid("empty or too long"))?;
        let before = self.ranges.range(..=last).next_back();
        if before.is_some_and(|(_, range)| range.last >= iova) {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "overlaps another mapping"));
        }
        let place = match file {
            Some(file) => {
                let end = offset.checked_add(len_bytes).ok_or(invalid("offset out of range"))?;
                Some((self.file(file, end)?, offset as usize))
            }
            None => None,
        };
        let range = Range { last, place };
        let reachable = Self::reachable(iova, &range);
        self.ranges.insert(iova, range);
        Ok(reachable)
    }

    /// A mapping of the file that has so many bytes.
    fn file(&mut self, file: &File, end: u64) -> io::Result<Arc<MmapRaw>> {
        let data = file.metadata()?;
        if end > data.size() {
            return Err(invalid("the range leaves its file"));
        }
        let key = (data.dev(), data.ino());
        if let Some(known) = self.files.get(&key).and_then(Weak::upgrade)
            && known.len() as u64 >= end
        {
            return Ok(known);
        }
        let mapping = Arc::new(MmapOptions::new().len(data.size() as usize).map_raw(file)?);
        self.files.insert(key, Arc::downgrade(&mapping));
        Ok(mapping)
    }

    fn reachable(iova: u64, range: &Range) -> Option<Reachable> {
        let (mapping, offset) = range.place.as_ref()?;
        // SAFETY: the range was checked to lie inside of the file.
        let start = unsafe { mapping.as_mut_ptr().add(*offset) };
        Some(Reachable { iova, start: NonNull::new(start)?, len_bytes: (range.last - iova + 1) as usize })
    }

    /// The ranges that lie within these addresses. One that is cut in two by them is an error.
    pub(crate) fn within(&self, iova: u64, len_bytes: u64) -> io::Result<Vec<u64>> {
        let Some(less) = len_bytes.checked_sub(1) else { return Ok(Vec::new()) };
        // A range may end with the address space.
        let last = iova.saturating_add(less);
        let cut = self.ranges.range(..iova).next_back().is_some_and(|(_, range)| range.last >= iova)
            || self.ranges.range(iova..=last).next_back().is_some_and(|(_, range)| range.last > last);
        match cut {
            true => Err(invalid("cuts a mapping in two")),
            false => Ok(self.ranges.range(iova..=last).map(|(&iova, _)| iova).collect()),
        }
    }

    /// Where all ranges begin.
    pub(crate) fn all(&self) -> Vec<u64> {
        self.ranges.keys().copied().collect()
    }

    /// Whether a range can be reached.
    pub(crate) fn is_reachable(&self, iova: u64) -> bool {
        self.ranges.get(&iova).is_some_and(|range| range.place.is_some())
    }

    /// Forgets a range, which nobody reaches any more.
    pub(crate) fn remove(&mut self, iova: u64) {
        self.ranges.remove(&iova);
        self.files.retain(|_, mapping| mapping.strong_count() > 0);
    }

    /// All that can be reached.
    pub(crate) fn all_reachable(&self) -> Vec<Reachable> {
        self.ranges.iter().filter_map(|(&iova, range)| Self::reachable(iova, range)).collect()
    }

    /// Ranges, and files that are mapped.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.ranges.len(), self.files.values().filter(|mapping| mapping.strong_count() > 0).count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(len: u64) -> File {
        let path = std::env::temp_dir().join(format!("gaslane-dma-{}-{len}", std::process::id()));
        let file = File::options().create(true).read(true).write(true).truncate(true).open(&path).unwrap();
        std::fs::remove_file(path).unwrap();
        file.set_len(len).unwrap();
        file
    }

    #[test]
    fn files_are_mapped_once_and_dropped_with_their_last_range() {
        let memory = file(0x10000);
        let mut ranges = Ranges::default();
        let first = ranges.map(0x1000, 0x1000, 0, Some(&memory)).unwrap().unwrap();
        let second = ranges.map(0x8000, 0x2000, 0x4000, Some(&memory)).unwrap().unwrap();
        assert_eq!(second.start.as_ptr() as usize - first.start.as_ptr() as usize, 0x4000);
        assert!(ranges.map(0x20000, 0x1000, 0, None).unwrap().is_none());
        assert_eq!(ranges.counts(), (3, 1));
        assert_eq!(ranges.all_reachable().len(), 2);
        for (iova, len, offset) in [(0x1800, 0x1000, 0), (0x9000, 1, 0), (0x800, 0x801, 0), (0, u64::MAX, 0)] {
            assert!(ranges.map(iova, len, offset, Some(&memory)).is_err(), "{iova:#x} {len:#x}");
        }
        for (iova, len, offset) in
            [(0x30000, 0x1000, 0xf001), (0x30000, 0, 0), (u64::MAX, 2, 0), (0x30000, 1, u64::MAX)]
        {
            assert!(ranges.map(iova, len, offset, Some(&memory)).is_err(), "{iova:#x} {len:#x}");
        }
        assert_eq!(ranges.within(0, u64::MAX).unwrap(), [0x1000, 0x8000, 0x20000]);
        assert_eq!(ranges.within(0x8000, u64::MAX - 0x7fff).unwrap(), [0x8000, 0x20000]);
        assert!(ranges.within(0x1800, 0x1000).is_err());
        assert!(ranges.within(0x7000, 0x1800).is_err());
        // The last page of all: no length reaches over it from zero.
        ranges.map(u64::MAX - 0xfff, 0x1000, 0, None).unwrap();
        assert_eq!(ranges.all(), [0x1000, 0x8000, 0x20000, u64::MAX - 0xfff]);
        ranges.remove(u64::MAX - 0xfff);
        ranges.remove(0x1000);
        assert_eq!(ranges.counts(), (2, 1));
        ranges.remove(0x8000);
        assert_eq!(ranges.counts(), (1, 0));
    }
}
