//! Frames of the link, written and read a byte at a time.

use super::{
    CHECK_BYTES, CRC_START, FRAME_BYTES_MAX, TO_CARD_PAYLOAD_BYTES, TO_HOST_PAYLOAD_BYTES, crc32, is_to_card,
    is_to_host, payload_bytes,
};

/// Where frames go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From host to card.
    ToCard,
    /// From card to host.
    ToHost,
}

impl Direction {
    const fn table(self) -> &'static [usize; 4] {
        match self {
            Self::ToCard => &TO_CARD_PAYLOAD_BYTES,
            Self::ToHost => &TO_HOST_PAYLOAD_BYTES,
        }
    }

    fn exists(self, kind: u8) -> bool {
        match self {
            Self::ToCard => is_to_card(kind),
            Self::ToHost => is_to_host(kind),
        }
    }
}

/// A frame with its check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    bytes: [u8; FRAME_BYTES_MAX],
    len: usize,
}

impl Frame {
    const EMPTY: Self = Self { bytes: [0; FRAME_BYTES_MAX], len: 0 };

    /// What it is.
    pub const fn kind(&self) -> u8 {
        self.bytes[0]
    }

    /// What it carries.
    pub fn payload(&self) -> &[u8] {
        &self.bytes[1..self.len - CHECK_BYTES]
    }

    /// The number in four bytes of its payload; bytes that it does not have are zero.
    pub fn number(&self, at: usize) -> u32 {
        let byte = |index| u32::from(self.payload().get(at + index).copied().unwrap_or(0));
        (0..4).fold(0, |number, index| number | byte(index) << (8 * index))
    }

    /// All its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// Makes frames of one direction.
#[derive(Clone, Debug)]
pub struct FrameWriter {
    direction: Direction,
    crc: u32,
}

impl FrameWriter {
    /// A writer at the beginning.
    pub const fn new(direction: Direction) -> Self {
        Self { direction, crc: CRC_START }
    }

    /// The next frame. Its payload is filled up with zeros.
    ///
    /// # Panics
    /// If the payload is longer than its kind has it.
    pub fn frame(&mut self, kind: u8, payload: &[u8]) -> Frame {
        let checked = 1 + payload_bytes(self.direction.table(), kind);
        let mut frame = Frame { len: checked + CHECK_BYTES, ..Frame::EMPTY };
        frame.bytes[0] = kind;
        frame.bytes[1..checked][..payload.len()].copy_from_slice(payload);
        self.crc = crc32(self.crc, &frame.bytes[..checked]);
        frame.bytes[checked..frame.len].copy_from_slice(&self.crc.to_le_bytes());
        frame
    }
}

/// Why bytes are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// There is no such kind.
    Kind(u8),
    /// The check of a frame of that kind does not fit.
    Check(u8),
}

/// Finds frames of one direction in bytes.
#[derive(Clone, Debug)]
pub struct FrameReader {
    direction: Direction,
    crc: u32,
    frame: Frame,
}

impl FrameReader {
    /// A reader at the beginning.
    pub const fn new(direction: Direction) -> Self {
        Self { direction, crc: CRC_START, frame: Frame::EMPTY }
    }

    /// Takes a byte; gives the frame that it ends. After an error the stream has no beginning any more.
    pub fn push(&mut self, byte: u8) -> Result<Option<Frame>, FrameError> {
        let at = self.frame.len;
        if at == 0 && !self.direction.exists(byte) {
            return Err(FrameError::Kind(byte));
        }
        self.frame.bytes[at] = byte;
        self.frame.len += 1;
        let kind = self.frame.kind();
        let checked = 1 + payload_bytes(self.direction.table(), kind);
        if at < checked {
            self.crc = crc32(self.crc, &[byte]);
        } else if byte != self.crc.to_le_bytes()[at - checked] {
            return Err(FrameError::Check(kind));
        }
        Ok((self.frame.len == checked + CHECK_BYTES).then(|| core::mem::replace(&mut self.frame, Frame::EMPTY)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::{to_card, to_host};

    #[test]
    fn what_is_written_is_read() {
        let (mut writer, mut reader) = (FrameWriter::new(Direction::ToCard), FrameReader::new(Direction::ToCard));
        for (kind, payload) in [(to_card::RELEASE, &[][..]), (to_card::WRITE, &[1, 2, 3]), (to_card::BOOT, &[7; 34])] {
            let frame = writer.frame(kind, payload);
            let (last, first) = frame.bytes().split_last().unwrap();
            assert!(first.iter().all(|byte| reader.push(*byte) == Ok(None)));
            assert_eq!(reader.push(*last), Ok(Some(frame)));
            assert!(frame.payload().starts_with(payload));
        }
        assert_eq!(reader.push(0), Err(FrameError::Kind(0)));
    }

    #[test]
    fn lost_doubled_and_garbled_frames_are_found() {
        let mut writer = FrameWriter::new(Direction::ToHost);
        let frames = [7, 8, 9].map(|value| writer.frame(to_host::REGISTER, &[value; 4]));
        let read = |frames: &[Frame]| {
            let mut reader = FrameReader::new(Direction::ToHost);
            frames.iter().flat_map(|frame| frame.bytes()).try_for_each(|byte| reader.push(*byte).map(drop))
        };
        assert_eq!(read(&frames), Ok(()));
        for wrong in [&[frames[1]][..], &[frames[0], frames[2]], &[frames[0], frames[0]]] {
            assert_eq!(read(wrong), Err(FrameError::Check(to_host::REGISTER)));
        }
        for bit in 0..8 * frames[0].bytes().len() {
            let mut garbled = frames[0];
            garbled.bytes[bit / 8] ^= 1 << (bit % 8);
            // A byte of another frame may be missing to a wrong kind.
            let mut reader = FrameReader::new(Direction::ToHost);
            let bytes = [garbled, frames[1], frames[2], frames[2], frames[2]];
            let result = bytes.iter().flat_map(|frame| frame.bytes()).find_map(|byte| match reader.push(*byte) {
                Ok(None) => None,
                other => Some(other),
            });
            assert!(matches!(result, Some(Err(_))), "{bit}: {result:?}");
        }
    }
}
