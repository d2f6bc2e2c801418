//! The transport against a card that is written here: what it answers, and that no bytes make it panic or believe.

use super::*;
use gaslane_abi::DmaMemory;
use gaslane_abi::link::{Direction, Fault, Frame, FrameReader, FrameWriter, PAD_BYTES, RESYNC, to_host};
use std::collections::VecDeque;
use std::io;
use std::ptr::NonNull;

/// A card with the registers of a configuration, which sends what a test wants.
struct Scripted {
    registers: Vec<u32>,
    used: bool,
    silent: bool,
    hunted: Vec<u8>,
    reader: Option<FrameReader>,
    writer: FrameWriter,
    sends: VecDeque<u8>,
    /// Frames of the host other than hellos and accesses.
    heard: Vec<Frame>,
    closed: bool,
}

impl Scripted {
    fn new(config: &CardConfig) -> Self {
        let mut registers = core_words(config, &Identity::of(CardKind::Board)).to_vec();
        registers[regs::LANES as usize / 4] = config.lanes;
        registers[regs::SLOTS as usize / 4] = config.slots;
        registers.resize(1024, 0);
        Self {
            registers,
            used: false,
            silent: false,
            hunted: Vec::new(),
            reader: None,
            writer: FrameWriter::new(Direction::ToHost),
            sends: VecDeque::new(),
            heard: Vec::new(),
            closed: false,
        }
    }

    fn say(&mut self, kind: u8, payload: &[u8]) {
        self.sends.extend(self.writer.frame(kind, payload).bytes());
    }

    fn byte(&mut self, byte: u8) {
        let Some(reader) = &mut self.reader else {
            self.hunted.push(byte);
            if self.hunted.ends_with(&RESYNC) {
                assert!(self.hunted.len() >= PAD_BYTES + RESYNC.len());
                self.restart();
            }
            return;
        };
        let Some(frame) = reader.push(byte).unwrap() else { return };
        let (place, value) = (usize::from(frame.number(0) as u16), frame.number(2));
        match frame.kind() {
            to_card::HELLO if !self.silent => self.say(to_host::HELLO | u8::from(self.used), &value.to_le_bytes()),
            to_card::READ => self.say(to_host::REGISTER, &self.registers[place / 4].to_le_bytes()),
            to_card::WRITE => {
                self.registers[place / 4] = value;
                self.say(to_host::STORED, &[]);
            }
            to_card::RESET => self.restart(),
            _ => self.heard.push(frame),
        }
    }

    fn restart(&mut self) {
        self.reader = Some(FrameReader::new(Direction::ToCard));
        self.writer = FrameWriter::new(Direction::ToHost);
    }
}

impl Read for Scripted {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match self.sends.read(bytes)? {
            0 if self.closed => Ok(0),
            0 => Err(io::ErrorKind::TimedOut.into()),
            count => Ok(count),
        }
    }
}

impl Write for Scripted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        bytes.iter().for_each(|byte| self.byte(*byte));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const OPTIONS: LinkOptions = LinkOptions { answer: Duration::from_millis(30) };

fn scripted() -> Scripted {
    Scripted::new(&CardConfig::small())
}

fn open(card: Scripted) -> Result<LinkCard<Scripted>, DeviceError> {
    LinkCard::open(card, CardConfig::small(), OPTIONS)
}

fn wait(card: &mut LinkCard<Scripted>) -> Result<Wake, DeviceError> {
    card.wait(Duration::from_millis(1))
}

/// What is refused when a card is opened.
#[test]
fn cards_that_are_not_opened() {
    let error = |card| match open(card).map(drop).unwrap_err() {
        DeviceError::Link(error) => error,
        other => panic!("{other}"),
    };
    assert_eq!(error(Scripted { silent: true, ..scripted() }), LinkError::NoAnswer);
    assert_eq!(error(Scripted { used: true, ..scripted() }), LinkError::Used);
    assert_eq!(error(Scripted { silent: true, closed: true, ..scripted() }), LinkError::Closed);
    let mut other = scripted();
    other.registers[regs::FRAMES as usize / 4] += 1;
    assert!(matches!(error(other), LinkError::Configuration { offset: regs::FRAMES, .. }));
    // What was on its way from before is dropped, even if it looks like an answer.
    let mut noisy = scripted();
    let old = FrameWriter::new(Direction::ToHost).frame(to_host::HELLO, &[1, 2, 3, 4]);
    noisy.sends.extend((0..700_u32).map(|number| number as u8).chain(old.bytes().iter().copied()));
    open(noisy).unwrap();
}

#[test]
fn registers_are_read_and_written_after_the_boot() {
    let mut card = open(scripted()).unwrap();
    assert_eq!(card.read(regs::ID), Ok(gaslane_abi::CARD_ID));
    assert!(card.stream().heard.is_empty());
    card.write(regs::SQ_ENTRIES, 64).unwrap();
    assert_eq!(card.read(regs::SQ_ENTRIES), Ok(64));
    // The boot came first: every word once, then the release.
    let (release, boot) = card.stream().heard.split_last().unwrap();
    assert_eq!(release.kind(), to_card::RELEASE);
    let words: Vec<(bool, u32, u32)> = boot
        .iter()
        .flat_map(|frame| {
            let (program, first) = (frame.kind() & to_card::PROGRAM != 0, frame.number(0) & 0xffff);
            (0..8).map(move |index| (program, 4 * (first + index), frame.number(2 + 4 * index as usize)))
        })
        .collect();
    // The last frame of a memory may be filled up with zeros.
    let padding = |word: &(bool, u32, u32)| word.2 == 0;
    let mut expected = firmware::words(&CardConfig::small()).peekable();
    for word in &words {
        if expected.peek() == Some(word) {
            expected.next();
        } else {
            assert!(padding(word), "{word:x?}");
        }
    }
    assert_eq!(expected.next(), None);
    assert_eq!(card.read(0x3), Err(DeviceError::BadRegister { offset: 3 }));
    assert!(matches!(card.write(1 << 20, 0), Err(DeviceError::BadRegister { .. })));
    // A reset of what rests; of what does not.
    card.stream().registers[regs::STATUS as usize / 4] = regs::STATUS_IDLE | regs::STATUS_RUNNING;
    card.reset().unwrap();
    card.write(regs::SQ_ENTRIES, 64).unwrap();
    card.stream().registers[regs::STATUS as usize / 4] = regs::STATUS_RUNNING;
    assert_eq!(card.reset(), Err(LinkError::Used.into()));
}

/// Reads and writes of both memories, mapped or not, and an interrupt.
#[test]
fn what_the_card_asks_for_is_served() {
    let mut card = open(scripted()).unwrap();
    let mut page = vec![0_u64; 512].into_boxed_slice();
    let memory = NonNull::new(page.as_mut_ptr().cast()).unwrap();
    // SAFETY: the page lives longer than the card, and is reached through it alone.
    unsafe { card.dma_map(0x4000, DmaMemory::private(memory, 4096)) }.unwrap();
    for (memory, address, found) in [(0, 0x4fe0_u64, [true, false]), (1, 0xffe0, [true, true])] {
        let flags = to_host::BURST | (to_host::BURST_MEMORY * memory) | 1;
        let stream = card.stream();
        stream.heard.clear();
        stream.say(flags | to_host::BURST_WRITE, &address.to_le_bytes());
        for (last, fill) in [(0, 0x11), (to_host::LAST, 0x22)] {
            let beat: Vec<u8> = [0xff; 4].into_iter().chain([fill; 32]).collect();
            stream.say(to_host::BEAT | (memory * to_host::MEMORY) | last, &beat);
        }
        stream.say(flags, &address.to_le_bytes());
        stream.say(to_host::INTERRUPT, &[]);
        assert_eq!(wait(&mut card), Ok(Wake::Interrupt));
        let error = |found: bool| if found { 0 } else { to_card::ERROR };
        let heard: Vec<_> = card.stream().heard.iter().map(|frame| (frame.kind(), frame.payload().to_vec())).collect();
        let data = |fill, found| if found { vec![fill; 32] } else { vec![0; 32] };
        assert_eq!(
            heard,
            [
                (to_card::WRITTEN | memory | error(found[1]), vec![]),
                (to_card::BEAT | memory | error(found[0]), data(0x11, found[0])),
                (to_card::BEAT | memory | to_card::LAST | error(found[1]), data(0x22, found[1])),
            ]
        );
    }
    assert_eq!(wait(&mut card), Err(DeviceError::Timeout(Duration::from_millis(1))));
    card.dma_unmap(0x4000).unwrap();
    card.stream().heard.clear();
    card.stream().say(to_host::BURST, &0x4000_u64.to_le_bytes());
    let _ = wait(&mut card);
    assert_eq!(card.stream().heard[0].kind(), to_card::BEAT | to_card::ERROR | to_card::LAST);
    // The end of the address space.
    card.stream().say(to_host::BURST | to_host::BURST_MEMORY | 15, &u64::MAX.to_le_bytes());
    let _ = wait(&mut card);
    assert_eq!(card.stream().heard.iter().skip(1).filter(|frame| frame.kind() & to_card::ERROR != 0).count(), 15);
    let stream = card.stream();
    stream.heard.clear();
    stream.say(to_host::BURST | to_host::BURST_MEMORY | to_host::BURST_WRITE | 1, &u64::MAX.to_le_bytes());
    for (last, fill) in [(0, 0x33), (to_host::LAST, 0x44)] {
        let beat: Vec<u8> = [0xff; 4].into_iter().chain([fill; 32]).collect();
        stream.say(to_host::BEAT | to_host::MEMORY | last, &beat);
    }
    stream.say(to_host::BURST | to_host::BURST_MEMORY, &u64::MAX.to_le_bytes());
    let _ = wait(&mut card);
    let heard: Vec<_> = card.stream().heard.iter().map(|frame| (frame.kind(), frame.payload().to_vec())).collect();
    let read = (to_card::BEAT | to_card::MEMORY | to_card::LAST, vec![0x33; 32]);
    assert_eq!(heard, [(to_card::WRITTEN | to_card::MEMORY | to_card::ERROR, vec![]), read]);
    // A reset of what has run empties card memory.
    card.write(regs::SQ_ENTRIES, 64).unwrap();
    card.stream().registers[regs::STATUS as usize / 4] = regs::STATUS_IDLE;
    card.reset().unwrap();
    card.stream().heard.clear();
    card.stream().say(to_host::BURST | to_host::BURST_MEMORY, &u64::MAX.to_le_bytes());
    let _ = wait(&mut card);
    assert_eq!(card.stream().heard[0].payload(), [0; 32]);
}

/// What a card may not send.
#[test]
fn broken_rules_are_errors() {
    let burst = |beats: u8| (to_host::BURST | to_host::BURST_WRITE | (beats - 1), vec![0; 8]);
    let beat = |last: bool| (to_host::BEAT | (u8::from(last) * to_host::LAST), vec![0; 36]);
    type Frames<'a> = &'a [(u8, Vec<u8>)];
    let cases: [(Frames, LinkError); 5] = [
        (&[beat(true)], LinkError::Order(to_host::BEAT | to_host::LAST)),
        (&[burst(2), beat(true)], LinkError::Order(to_host::BEAT | to_host::LAST)),
        (&[burst(1), beat(false)], LinkError::Order(to_host::BEAT)),
        (&[(to_host::REGISTER, vec![0; 4])], LinkError::Order(to_host::REGISTER)),
        (&[(to_host::FAULT | Fault::Check as u8, vec![])], LinkError::Card(Fault::Check)),
    ];
    for (frames, expected) in cases {
        let mut card = open(scripted()).unwrap();
        for (kind, payload) in frames {
            card.stream().say(*kind, payload);
        }
        assert_eq!(wait(&mut card), Err(DeviceError::Link(expected)));
        assert_eq!(wait(&mut card), Err(DeviceError::Link(LinkError::Broken)));
    }
    let mut card = open(scripted()).unwrap();
    for _ in 0..=gaslane_abi::link::WRITES_MAX {
        card.stream().say(burst(1).0, &burst(1).1);
    }
    assert_eq!(wait(&mut card), Err(DeviceError::Link(LinkError::Order(burst(1).0))));
}

/// Random bytes, and frames with a byte garbled, lost or doubled, never panic and always end in an error.
#[test]
fn noise_is_an_error() {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random >> 16) as usize % below
    };
    for round in 0..400 {
        let mut card = open(scripted()).unwrap();
        let stream = card.stream();
        if round % 2 == 0 {
            stream.sends.extend((0..600).map(|_| next(256) as u8));
        } else {
            let address = [next(256) as u8; 8];
            stream.say(to_host::BURST | to_host::BURST_MEMORY | next(16) as u8, &address);
            stream.say(to_host::INTERRUPT, &[]);
            let at = next(stream.sends.len());
            match round % 3 {
                0 => stream.sends[at] ^= 1 << next(8),
                1 => drop(stream.sends.remove(at)),
                _ => stream.sends.insert(at, stream.sends[at]),
            }
            // What comes later makes a frame complete that has swallowed others.
            (0..8).for_each(|_| stream.say(to_host::BURST | to_host::BURST_MEMORY, &address));
        }
        let result = (0..4).find_map(|_| match wait(&mut card) {
            Ok(_) | Err(DeviceError::Timeout(_)) => None,
            Err(error) => Some(error),
        });
        assert!(matches!(result, Some(DeviceError::Link(_))), "round {round}: {result:?}");
    }
}
