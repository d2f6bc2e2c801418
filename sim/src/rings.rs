//! Submission and completion rings in host memory.
//!
//! The card reads submissions between its head and the host's tail, and writes completions at its tail, the phase
//! bit last. One completion entry always stays free. Completions that find the ring full wait in the card
//! in order, and the card stalls (its clock stands still) until the host has made room: nothing is overwritten.

use crate::memory::{DmaFault, HostMemory};
use gaslane_abi::ring::{Completion, RING_ENTRIES_MAX, Submission};
use std::collections::VecDeque;
use zerocopy::{FromBytes, IntoBytes, transmute};

fn valid(memory: &HostMemory, base: u64, entries: u32) -> bool {
    entries.is_power_of_two()
        && (2..=RING_ENTRIES_MAX).contains(&entries)
        && base.is_multiple_of(64)
        && memory.check(base, entries as usize * 64).is_ok()
}

/// Submission ring.
#[derive(Debug, Default)]
pub struct SubmissionRing {
    /// IOVA.
    pub base: u64,
    /// Entries.
    pub entries: u32,
    /// Next entry that the card fetches.
    pub head: u32,
    /// Index after the last valid entry, as the host said.
    pub tail: u32,
}

impl SubmissionRing {
    /// Whether its registers are in range and its memory is mapped.
    pub fn valid(&self, memory: &HostMemory) -> bool {
        valid(memory, self.base, self.entries) && self.head < self.entries && self.tail < self.entries
    }

    /// Whether nothing is left to fetch.
    pub fn is_empty(&self) -> bool {
        self.head == self.tail
    }

    /// Takes the next entry.
    pub fn fetch(&mut self, memory: &HostMemory) -> Result<Option<Submission>, DmaFault> {
        if self.is_empty() {
            return Ok(None);
        }
        let words = memory.read_entry(self.base + u64::from(self.head) * 64)?;
        self.head = (self.head + 1) & (self.entries - 1);
        Ok(Submission::read_from_bytes(words.as_bytes()).ok())
    }
}

/// Completion ring.
#[derive(Debug, Default)]
pub struct CompletionRing {
    /// IOVA.
    pub base: u64,
    /// Entries.
    pub entries: u32,
    /// Index after the last entry that the host has consumed, as it said.
    pub head: u32,
    /// Next entry that the card writes.
    pub tail: u32,
    /// The phase bit of this pass is 0.
    odd_pass: bool,
    waiting: VecDeque<Completion>,
}

impl CompletionRing {
    /// Whether its registers are in range and its memory is mapped.
    pub fn valid(&self, memory: &HostMemory) -> bool {
        valid(memory, self.base, self.entries) && self.head < self.entries && self.tail < self.entries
    }

    /// Entries that the host has not consumed.
    pub fn used(&self) -> u32 {
        self.tail.wrapping_sub(self.head) & self.entries.wrapping_sub(1)
    }

    /// Whether completions wait for room.
    pub fn stalled(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// The host has consumed up to `head`. `false` if that entry was never written.
    pub fn consume(&mut self, head: u32) -> bool {
        let consumed = head.wrapping_sub(self.head) & self.entries.wrapping_sub(1);
        let possible = head < self.entries && consumed <= self.used();
        if possible {
            self.head = head;
        }
        possible
    }

    /// Appends a completion; it is written by the next [`Self::flush`] that finds room.
    pub fn post(&mut self, completion: Completion) {
        self.waiting.push_back(completion);
    }

    /// Writes what waits and fits; returns how many entries it wrote.
    pub fn flush(&mut self, memory: &mut HostMemory) -> Result<u32, DmaFault> {
        let mut written = 0;
        while self.used() + 1 < self.entries
            && let Some(mut completion) = self.waiting.pop_front()
        {
            completion.phase = !self.odd_pass as u8;
            memory.write_entry(self.base + u64::from(self.tail) * 64, transmute!(completion))?;
            self.tail = (self.tail + 1) & (self.entries - 1);
            self.odd_pass ^= self.tail == 0;
            written += 1;
        }
        Ok(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr::NonNull;

    #[test]
    fn completions_wrap_with_phase_and_never_overwrite() {
        let mut memory = HostMemory::default();
        let page = NonNull::new(vec![0u64; 512].leak().as_mut_ptr().cast()).unwrap();
        // SAFETY: the page is leaked and never referenced again.
        unsafe { memory.map(0, page, 4096).unwrap() };
        let mut ring = CompletionRing { entries: 4, ..Default::default() };
        assert!(ring.valid(&memory));
        let (mut seen, mut head, mut phase) = (0, 0u32, 1);
        for round in 0..20u32 {
            for tag in 0..3 {
                ring.post(Completion { tag: round * 3 + tag, ..Default::default() });
            }
            while seen < (round + 1) * 3 {
                ring.flush(&mut memory).unwrap();
                assert!(ring.used() <= 3);
                let words = memory.read_entry(u64::from(head) * 64).unwrap();
                let entry = Completion::read_from_bytes(words.as_bytes()).unwrap();
                assert_eq!((entry.phase, entry.tag), (phase, seen));
                seen += 1;
                head = (head + 1) % 4;
                phase ^= (head == 0) as u8;
                assert!(ring.consume(head));
            }
        }
        assert!(!ring.stalled());
        assert!(!ring.consume((head + 1) % 4), "an entry that was never written");
        assert!(!ring.consume(4));
    }

    #[test]
    fn ring_registers_are_checked() {
        let mut memory = HostMemory::default();
        let page = NonNull::new(vec![0u64; 512].leak().as_mut_ptr().cast()).unwrap();
        // SAFETY: the page is leaked and never referenced again.
        unsafe { memory.map(0x1000, page, 4096).unwrap() };
        for (base, entries, ok) in [
            (0x1000, 64, true),
            (0x1000, 2, true),
            (0x1000, 1, false),
            (0x1000, 0, false),
            (0x1000, 48, false),
            (0x1000, 128, false),
            (0x1020, 2, false),
            (0x2000, 2, false),
            (0x1000, 1 << 17, false),
        ] {
            let ring = SubmissionRing { base, entries, ..Default::default() };
            assert_eq!(ring.valid(&memory), ok, "{base:#x} {entries}");
        }
    }
}
