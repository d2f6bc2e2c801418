//! Frames to and from the card: accesses of registers, and what the card asks for meanwhile.

use super::memory::{CardMemory, Which, read, write};
use gaslane_abi::link::{
    BEAT_BYTES, Direction, FRAME_BYTES_MAX, Fault, Frame, FrameError, FrameReader, FrameWriter, LinkError, PAD_BYTES,
    RESYNC, WRITES_MAX, to_card, to_host,
};
use gaslane_sim::memory::HostMemory;
use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How a link behaves.
#[derive(Clone, Copy, Debug)]
pub struct LinkOptions {
    /// A card that does not answer for so long is lost.
    pub answer: Duration,
}

impl Default for LinkOptions {
    fn default() -> Self {
        Self { answer: Duration::from_secs(5) }
    }
}

/// What has gone over a link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkTraffic {
    /// Bytes to the card.
    pub sent_bytes: u64,
    /// Bytes from the card.
    pub received_bytes: u64,
    /// Beats of host memory read, card memory read.
    pub read_beats: [u64; 2],
    /// Beats of host memory written, card memory written.
    pub written_beats: [u64; 2],
    /// Accesses of registers.
    pub accesses: u64,
}

/// A burst of writes whose beats are coming.
#[derive(Clone, Copy, Debug)]
struct Burst {
    /// Of the next beat, at a multiple of 32 bytes; `None` behind the end of the address space.
    address: Option<u64>,
    beats: u32,
    failed: bool,
}

/// The link.
#[derive(Debug)]
pub(super) struct Session<S> {
    pub(super) stream: S,
    pub(super) options: LinkOptions,
    /// Host memory.
    pub(super) host: HostMemory,
    card: CardMemory,
    writer: FrameWriter,
    reader: FrameReader,
    /// Bursts of writes, by memory.
    bursts: [VecDeque<Burst>; 2],
    /// The card has raised an interrupt.
    pub(super) interrupted: bool,
    /// Answer to an access.
    answer: Option<Frame>,
    /// An access waits for its answer.
    asked: bool,
    /// It has failed: nothing is sent before it begins anew.
    pub(super) broken: bool,
    hellos: u32,
    pub(super) traffic: LinkTraffic,
}

impl<S: Read + Write> Session<S> {
    pub(super) fn new(stream: S, options: LinkOptions) -> Self {
        // Any number that the last program has probably not used.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            stream,
            options,
            host: HostMemory::default(),
            card: CardMemory::default(),
            writer: FrameWriter::new(Direction::ToCard),
            reader: FrameReader::new(Direction::ToHost),
            bursts: Default::default(),
            interrupted: false,
            answer: None,
            asked: false,
            broken: true,
            hellos: now.as_nanos() as u32,
            traffic: LinkTraffic::default(),
        }
    }

    /// Both sides begin anew, with empty card memory: a card that listens no more, if `resync`, or one that was just reset. Whether the card has been used.
    pub(super) fn begin(&mut self, resync: bool) -> Result<bool, LinkError> {
        self.writer = FrameWriter::new(Direction::ToCard);
        self.reader = FrameReader::new(Direction::ToHost);
        self.bursts.iter_mut().for_each(VecDeque::clear);
        self.card = CardMemory::default();
        (self.interrupted, self.answer, self.asked, self.broken) = (false, None, false, true);
        if resync {
            self.write_bytes(&[[0; PAD_BYTES].as_slice(), &RESYNC].concat())?;
        }
        self.hellos = self.hellos.wrapping_add(1);
        let hello = self.hellos.to_le_bytes();
        let frame = self.writer.frame(to_card::HELLO, &[&[0, 0], hello.as_slice()].concat());
        self.write_bytes(frame.bytes())?;
        // Whatever was on its way comes first. The answer is the card's first frame: each place is tried as its beginning.
        let mut window = VecDeque::new();
        let begun = Instant::now();
        loop {
            let mut bytes = [0; 256];
            let count = self.read_bytes(&mut bytes)?;
            for (at, byte) in bytes[..count].iter().enumerate() {
                window.push_back(*byte);
                window.drain(..window.len().saturating_sub(FRAME_BYTES_MAX));
                if let Some((reader, used)) = answers_hello(&window, hello) {
                    self.reader = reader;
                    self.broken = false;
                    bytes[at + 1..count].iter().try_for_each(|byte| self.byte(*byte))?;
                    return Ok(used);
                }
            }
            if begun.elapsed() > self.options.answer {
                return Err(LinkError::NoAnswer);
            }
        }
    }

    /// Sends a frame.
    pub(super) fn send(&mut self, kind: u8, payload: &[u8]) -> Result<(), LinkError> {
        if self.broken {
            return Err(LinkError::Broken);
        }
        let frame = self.writer.frame(kind, payload);
        self.write_bytes(frame.bytes())
    }

    fn write_bytes(&mut self, bytes: &[u8]) -> Result<(), LinkError> {
        self.traffic.sent_bytes += bytes.len() as u64;
        self.stream.write_all(bytes).map_err(|error| {
            tracing::warn!(%error, "writing to the link");
            self.broken = true;
            LinkError::Stream(error.raw_os_error())
        })
    }

    /// What has come, if only after a while; nothing is no error.
    fn read_bytes(&mut self, bytes: &mut [u8]) -> Result<usize, LinkError> {
        let error = match self.stream.read(bytes) {
            Ok(0) => LinkError::Closed,
            Ok(count) => {
                self.traffic.received_bytes += count as u64;
                return Ok(count);
            }
            Err(error)
                if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock | ErrorKind::Interrupted) =>
            {
                return Ok(0);
            }
            Err(error) => {
                tracing::warn!(%error, "reading from the link");
                LinkError::Stream(error.raw_os_error())
            }
        };
        self.broken = true;
        Err(error)
    }

    /// Takes what has come, and does what the card asks for.
    pub(super) fn serve(&mut self) -> Result<(), LinkError> {
        if self.broken {
            return Err(LinkError::Broken);
        }
        let mut bytes = [0; 1024];
        let count = self.read_bytes(&mut bytes)?;
        bytes[..count].iter().try_for_each(|byte| self.byte(*byte))
    }

    fn byte(&mut self, byte: u8) -> Result<(), LinkError> {
        let result = match self.reader.push(byte) {
            Ok(None) => Ok(()),
            Ok(Some(frame)) => self.frame(&frame),
            Err(FrameError::Kind(kind)) => Err(LinkError::Kind(kind)),
            Err(FrameError::Check(kind)) => Err(LinkError::Check { kind }),
        };
        self.broken |= result.is_err();
        result
    }

    fn frame(&mut self, frame: &Frame) -> Result<(), LinkError> {
        let kind = frame.kind();
        match kind >> 6 {
            0 if kind == to_host::INTERRUPT => self.interrupted = true,
            0 => return Err(Fault::from_u8(kind & 7).map_or(LinkError::Kind(kind), LinkError::Card)),
            1 if std::mem::take(&mut self.asked) => self.answer = Some(*frame),
            1 => return Err(LinkError::Order(kind)),
            2 => {
                let address = u64::from(frame.number(4)) << 32 | u64::from(frame.number(0));
                let which = if kind & to_host::BURST_MEMORY == 0 { Which::Host } else { Which::Card };
                let beats = u32::from(kind & 0xf) + 1;
                match kind & to_host::BURST_WRITE {
                    0 => self.read_burst(which, address, beats)?,
                    _ if self.bursts[which as usize].len() >= WRITES_MAX as usize => {
                        return Err(LinkError::Order(kind));
                    }
                    _ => self.bursts[which as usize].push_back(Burst {
                        address: Self::beat_address(address, 0),
                        beats,
                        failed: false,
                    }),
                }
            }
            _ => {
                let which = if kind & to_host::MEMORY == 0 { Which::Host } else { Which::Card };
                self.write_beat(which, frame)?;
            }
        }
        Ok(())
    }

    /// Address of a beat of a burst. Bursts do not cross 4 KiB, so one that would wrap around is none.
    fn beat_address(address: u64, index: u32) -> Option<u64> {
        (address & !(BEAT_BYTES as u64 - 1)).checked_add(u64::from(index) * BEAT_BYTES as u64)
    }

    fn read_burst(&mut self, which: Which, address: u64, beats: u32) -> Result<(), LinkError> {
        for index in 0..beats {
            let at = Self::beat_address(address, index);
            let data = at.and_then(|at| read(&self.host, &mut self.card, which, at));
            let error = if data.is_some() { 0 } else { to_card::ERROR };
            let last = if index + 1 == beats { to_card::LAST } else { 0 };
            self.send(to_card::BEAT | which as u8 | error | last, &data.unwrap_or_default())?;
        }
        self.traffic.read_beats[which as usize] += u64::from(beats);
        Ok(())
    }

    fn write_beat(&mut self, which: Which, frame: &Frame) -> Result<(), LinkError> {
        let order = LinkError::Order(frame.kind());
        let mut data = [0; BEAT_BYTES];
        data.copy_from_slice(frame.payload().get(4..).filter(|data| data.len() == BEAT_BYTES).ok_or(order)?);
        let burst = self.bursts[which as usize].front_mut().ok_or(order)?;
        burst.beats -= 1;
        let ends = burst.beats == 0;
        if ends != (frame.kind() & to_host::LAST != 0) {
            return Err(order);
        }
        let written =
            burst.address.is_some_and(|at| write(&mut self.host, &mut self.card, which, at, &data, frame.number(0)));
        burst.failed |= !written;
        burst.address = burst.address.and_then(|at| Self::beat_address(at, 1));
        self.traffic.written_beats[which as usize] += 1;
        if ends && let Some(burst) = self.bursts[which as usize].pop_front() {
            let error = if burst.failed { to_card::ERROR } else { 0 };
            self.send(to_card::WRITTEN | which as u8 | error, &[])?;
        }
        Ok(())
    }

    /// Sends an access and waits for its answer, of that kind.
    fn access(&mut self, kind: u8, offset: u32, value: u32, answers: u8) -> Result<u32, LinkError> {
        let place = (offset as u16).to_le_bytes();
        self.traffic.accesses += 1;
        (self.asked, self.answer) = (true, None);
        self.send(kind, &[place.as_slice(), &value.to_le_bytes()].concat())?;
        let mut heard = (Instant::now(), self.traffic.received_bytes);
        loop {
            if let Some(answer) = self.answer.take() {
                let error = answer.kind() & to_host::ERROR != 0;
                return match answer.kind() & !to_host::ERROR {
                    found if found != answers => Err(self.fail(LinkError::Order(answer.kind()))),
                    _ if error => Err(LinkError::Register),
                    _ => Ok(answer.number(0)),
                };
            }
            // The card may have much to ask for first.
            if heard.1 != self.traffic.received_bytes {
                heard = (Instant::now(), self.traffic.received_bytes);
            } else if heard.0.elapsed() > self.options.answer {
                return Err(self.fail(LinkError::NoAnswer));
            }
            self.serve()?;
        }
    }

    fn fail(&mut self, error: LinkError) -> LinkError {
        self.broken = true;
        error
    }

    /// Reads a register.
    pub(super) fn read_register(&mut self, offset: u32) -> Result<u32, LinkError> {
        self.access(to_card::READ, offset, 0, to_host::REGISTER)
    }

    /// Writes a register.
    pub(super) fn write_register(&mut self, offset: u32, value: u32) -> Result<(), LinkError> {
        self.access(to_card::WRITE, offset, value, to_host::STORED).map(drop)
    }
}

/// Whether the last bytes are the first frame of a card that answers a hello: the state after it, and whether the card has been used.
fn answers_hello(window: &VecDeque<u8>, hello: [u8; 4]) -> Option<(FrameReader, bool)> {
    for used in [0, to_host::USED] {
        let expected = FrameWriter::new(Direction::ToHost).frame(to_host::HELLO | used, &hello);
        let bytes = expected.bytes();
        if window.len() >= bytes.len() && window.iter().skip(window.len() - bytes.len()).eq(bytes) {
            let mut reader = FrameReader::new(Direction::ToHost);
            bytes.iter().try_for_each(|byte| reader.push(*byte).map(drop)).ok()?;
            return Some((reader, used != 0));
        }
    }
    None
}
