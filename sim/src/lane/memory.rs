//! Memory arena of a lane: one byte array for all frames of a transaction, each frame above its caller.

use alloy_primitives::U256;

/// Arena with the window of the current frame.
#[derive(Debug)]
pub struct Arena {
    bytes: Vec<u8>,
    /// Start of the frame's memory.
    pub base: usize,
    /// Size of the frame's memory, a multiple of 32.
    pub size: usize,
}

impl Arena {
    /// An arena of that capacity.
    pub fn new(capacity: usize) -> Self {
        Self { bytes: vec![0; capacity], base: 0, size: 0 }
    }

    /// Memory of a new transaction.
    pub fn clear(&mut self) {
        (self.base, self.size) = (0, 0);
    }

    /// Grows the frame's memory with zeroes; false if the arena is full.
    pub fn expand(&mut self, size: usize) -> bool {
        let Some(end) = self.base.checked_add(size).filter(|end| *end <= self.bytes.len()) else { return false };
        if size > self.size {
            self.bytes[self.base + self.size..end].fill(0);
            self.size = size;
        }
        true
    }

    /// Bytes of the arena from an absolute start (inside memory that was expanded).
    pub fn absolute(&self, start: usize, len: usize) -> &[u8] {
        &self.bytes[start..start + len]
    }

    /// Bytes of the frame's memory.
    pub fn get(&self, offset: usize, len: usize) -> &[u8] {
        &self.bytes[self.base + offset..self.base + offset + len]
    }

    /// Bytes of the frame's memory, to write.
    pub fn get_mut(&mut self, offset: usize, len: usize) -> &mut [u8] {
        &mut self.bytes[self.base + offset..self.base + offset + len]
    }

    /// Copies within the frame's memory as if at once.
    pub fn copy_within(&mut self, source: usize, target: usize, len: usize) {
        let base = self.base;
        self.bytes.copy_within(base + source..base + source + len, base + target);
    }

    /// Writes `source[offset..]` to memory, zeroes beyond its end.
    pub fn write_padded(&mut self, target: usize, len: usize, source: &[u8], offset: U256) {
        copy_padded(self.get_mut(target, len), source, offset);
    }

    /// Copies from an absolute place of the arena (a caller's memory), zeroes beyond `available`.
    pub fn copy_from_absolute(&mut self, start: usize, available: usize, offset: U256, target: usize, len: usize) {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX).min(available);
        let present = len.min(available - offset);
        let target = self.base + target;
        self.bytes.copy_within(start + offset..start + offset + present, target);
        self.bytes[target + present..target + len].fill(0);
    }
}

/// Fills `target` with `source[offset..]`, zeroes beyond its end.
pub fn copy_padded(target: &mut [u8], source: &[u8], offset: U256) {
    let offset = usize::try_from(offset).unwrap_or(usize::MAX).min(source.len());
    let present = target.len().min(source.len() - offset);
    target[..present].copy_from_slice(&source[offset..offset + present]);
    target[present..].fill(0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expansion_zeroes_what_a_callee_left() {
        let mut arena = Arena::new(96);
        assert!(arena.expand(32));
        (arena.base, arena.size) = (32, 0);
        assert!(arena.expand(64));
        arena.get_mut(0, 64).fill(0xff);
        (arena.base, arena.size) = (0, 32);
        assert!(arena.expand(96));
        assert_eq!(arena.get(32, 64), [0; 64]);
        assert!(!arena.expand(128));
    }

    #[test]
    fn copies_pad_with_zeroes() {
        let mut target = [9; 4];
        copy_padded(&mut target, &[1, 2, 3], U256::from(1));
        assert_eq!(target, [2, 3, 0, 0]);
        copy_padded(&mut target, &[1], U256::MAX);
        assert_eq!(target, [0; 4]);
    }
}
