//! The serial link: registers, host memory and card memory over one stream of bytes each way.
//!
//! It is AXI cut into frames: what one channel of a bus transfers in one handshake is one frame.
//!
//! # Frames
//! A frame is a byte that says what it is (*kind*), a payload whose length follows from the kind's two highest bits, and four bytes of
//! check. Numbers are little-endian. The check is the CRC-32 of Ethernet ([`crc32`]) over kinds and payloads of **all** frames in that
//! direction since the link began, this one included, without a final complement: so a frame that is lost or doubled is found with the next one.
//! Checks themselves are not part of it. [`CRC_START`] is where both directions begin.
//!
//! | to the card ([`to_card`]) | kind | payload |
//! |---|---|---|
//! | `RESET`: the card is at rest, so reset it | `0x01` | |
//! | `RELEASE` the processor | `0x02` | |
//! | `WRITTEN`: a burst of writes has its response | `0x08`, memory, error << 1 | |
//! | `HELLO` | `0x40` | 2 bytes of zero, 4 bytes that come back |
//! | `READ` a register | `0x41` | its offset: 2; 4 of zero |
//! | `WRITE` a register | `0x42` | its offset: 2; its value: 4 |
//! | `BEAT` of a burst of reads | `0x80`, memory, error << 1, last << 2 | 32 |
//! | `BOOT`: eight words of the processor's data RAM or program | `0xc0`, program | number of the first word: 2; 32 |
//!
//! | to the host ([`to_host`]) | kind | payload |
//! |---|---|---|
//! | `INTERRUPT` | `0x01` | |
//! | `FAULT`: the card will listen to nothing but [`RESYNC`] | `0x08`, [`Fault`] | |
//! | `HELLO` | `0x40`, used | what came with the other one: 4 |
//! | `REGISTER`: what was read | `0x44`, error | 4 |
//! | `STORED`: the register was written | `0x48`, error | 4 of zero |
//! | `BURST`: a burst of reads or writes begins | `0x80`, beats − 1, memory << 4, write << 5 | address of its first beat: 8 |
//! | `BEAT` of a burst of writes | `0xc0`, memory, last << 1 | byte strobes: 4; 32 |
//!
//! Memory: 0 host memory, 1 card memory. Bursts are INCR, of 32-byte beats, 16 at most. An error is answered to the card's bus as SLVERR, one of the
//! card's registers came as SLVERR or DECERR. "Used": the processor has been released since the card was configured, other than before a `RESET`.
//!
//! # Who may send what when
//! The card can always take what it has asked for, and the host sends nothing else: `BEAT` as many as `BURST`s of reads asked for, those of one
//! memory in order; `WRITTEN` one for each `BURST` of writes when its last `BEAT` has come; one of `HELLO`, `READ` and `WRITE` until its answer has
//! come. `BOOT` and `RELEASE` only before `RELEASE`. The two memories, and reads and writes of each, are independent. What the card
//! was not ready for is a [`Fault::Overrun`] or [`Fault::Order`].
//!
//! # Beginning, and beginning anew
//! A card that was configured, or that has found a fault, ignores everything until it sees [`RESYNC`]. After [`RESYNC`] or `RESET` all is as at the beginning, both
//! checks included, and the processor waits for `RELEASE`. The host sends [`PAD_BYTES`] zeros first: they end whatever frame the card takes itself
//! to be in, and zero is no kind. Then it sends `HELLO` and drops what comes until a `HELLO` brings its number back.

mod frame;

pub use frame::{Direction, Frame, FrameError, FrameReader, FrameWriter};

/// What makes a card that does not listen begin anew. It names the version of this protocol too: a card with another one does not answer.
pub const RESYNC: [u8; 8] = *b"GASLANE\x01";
/// Zeros before [`RESYNC`]: more than the bytes of any frame to the card.
pub const PAD_BYTES: usize = 48;
/// Beats of a burst, at most.
pub const BURST_BEATS: u32 = 16;
/// Bytes of a beat.
pub const BEAT_BYTES: usize = 32;
/// Bytes of a check.
pub const CHECK_BYTES: usize = 4;
/// Words of a `BOOT` frame.
pub const BOOT_WORDS: usize = 8;
/// Beats that the card has asked for and not taken yet, at most, of each memory.
pub const BEATS_MAX: u32 = 64;
/// Bursts of writes without response, at most, of each memory.
pub const WRITES_MAX: u32 = 16;

/// Bytes of the payload to the card, by the two highest bits of the kind.
pub const TO_CARD_PAYLOAD_BYTES: [usize; 4] = [0, 6, BEAT_BYTES, 2 + BEAT_BYTES];
/// Bytes of the payload to the host, by the two highest bits of the kind.
pub const TO_HOST_PAYLOAD_BYTES: [usize; 4] = [0, 4, 8, 4 + BEAT_BYTES];
/// Bytes of a frame, at most.
pub const FRAME_BYTES_MAX: usize = 1 + 4 + BEAT_BYTES + CHECK_BYTES;

/// Kinds of frames to the card.
pub mod to_card {
    /// Reset the card, which is at rest.
    pub const RESET: u8 = 0x01;
    /// Let the processor go.
    pub const RELEASE: u8 = 0x02;
    /// Response of a burst of writes; or [`MEMORY`], [`ERROR`].
    pub const WRITTEN: u8 = 0x08;
    /// Answer with the same value.
    pub const HELLO: u8 = 0x40;
    /// Read a register.
    pub const READ: u8 = 0x41;
    /// Write a register.
    pub const WRITE: u8 = 0x42;
    /// A beat that was read; or [`MEMORY`], [`ERROR`], [`LAST`].
    pub const BEAT: u8 = 0x80;
    /// Words for data RAM; or [`PROGRAM`].
    pub const BOOT: u8 = 0xc0;
    /// Of card memory.
    pub const MEMORY: u8 = 1;
    /// With an error response.
    pub const ERROR: u8 = 2;
    /// The last one of its burst.
    pub const LAST: u8 = 4;
    /// For the program.
    pub const PROGRAM: u8 = 1;
}

/// Kinds of frames to the host.
pub mod to_host {
    /// Completions may be waiting.
    pub const INTERRUPT: u8 = 0x01;
    /// The card has stopped listening; or a [`super::Fault`].
    pub const FAULT: u8 = 0x08;
    /// Answer to a hello; or [`USED`].
    pub const HELLO: u8 = 0x40;
    /// What a register holds; or [`ERROR`].
    pub const REGISTER: u8 = 0x44;
    /// A register was written; or [`ERROR`].
    pub const STORED: u8 = 0x48;
    /// A burst; or beats − 1, [`BURST_MEMORY`], [`BURST_WRITE`].
    pub const BURST: u8 = 0x80;
    /// A beat to write; or [`MEMORY`], [`LAST`].
    pub const BEAT: u8 = 0xc0;
    /// The processor has been released since the card was configured.
    pub const USED: u8 = 1;
    /// With an error response.
    pub const ERROR: u8 = 1;
    /// Of card memory.
    pub const BURST_MEMORY: u8 = 0x10;
    /// Of writes.
    pub const BURST_WRITE: u8 = 0x20;
    /// Of card memory.
    pub const MEMORY: u8 = 1;
    /// The last one of its burst.
    pub const LAST: u8 = 2;
}

/// Why a card has stopped listening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Fault {
    /// A byte without a stop bit.
    Framing = 1,
    /// A kind that there is not.
    Kind = 2,
    /// A check that does not fit.
    Check = 3,
    /// A frame that the card has no place for.
    Overrun = 4,
    /// A frame that may not come now.
    Order = 5,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Framing, Self::Kind, Self::Check, Self::Overrun, Self::Order];

    /// The fault with a number.
    pub fn from_u8(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| *fault as u8 == number)
    }

    /// What the card has found.
    pub const fn doc(self) -> &'static str {
        match self {
            Self::Framing => "a byte without a stop bit",
            Self::Kind => "a frame of a kind that there is not",
            Self::Check => "a frame whose check does not fit",
            Self::Overrun => "a frame that it has no place for",
            Self::Order => "a frame that may not come then",
        }
    }
}

/// Why a link does not work.
#[derive(Debug, thiserror::Error, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkError {
    /// Nothing answers.
    #[error(
        "nothing answers on the link: is it the right device and baud rate, and is the card configured with a design of this version?"
    )]
    NoAnswer,
    /// The stream of bytes has ended.
    #[error("the link has been closed by the other side")]
    Closed,
    /// The stream of bytes fails.
    #[error("the link's device fails (error {0:?} of the operating system)")]
    Stream(Option<i32>),
    /// Bytes from the card were lost or garbled.
    #[error("bytes from the card were lost or garbled: the check of a frame of kind {kind:#04x} does not fit")]
    Check {
        /// Its kind.
        kind: u8,
    },
    /// Bytes from the card were lost or garbled, or it has another version.
    #[error("the card sent a frame of kind {0:#04x}, which there is not")]
    Kind(u8),
    /// The card sent what it may not send now.
    #[error("the card sent a frame of kind {0:#04x}, which may not come now")]
    Order(u8),
    /// Bytes to the card were lost or garbled.
    #[error("the card has stopped listening: it received {}", .0.doc())]
    Card(Fault),
    /// The bus of the card's registers gave an error response.
    #[error("the card answers the access of a register with an error")]
    Register,
    /// Parts of the card have no reset.
    #[error(
        "the card was not at rest when its use ended, and parts of it have no reset: configure it anew (load its bitstream)"
    )]
    Used,
    /// Card and configuration differ.
    #[error("the card's register {offset:#05x} is {found:#x}, the configuration says {expected:#x}")]
    Configuration {
        /// Byte offset of the register.
        offset: u32,
        /// What the card says.
        found: u32,
        /// What the configuration says.
        expected: u32,
    },
    /// The link has failed before.
    #[error("the link has failed before: reset the card")]
    Broken,
}

/// Value of the check before the first frame.
pub const CRC_START: u32 = crc::CRC_32_JAMCRC.init;
/// Polynomial of the check, lowest power most significant.
pub const CRC_POLYNOMIAL: u32 = crc::CRC_32_JAMCRC.poly.reverse_bits();

/// That of Ethernet without a final complement, so that what comes out goes on with further bytes.
const CRC: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_JAMCRC);

/// The check after further bytes.
pub fn crc32(check: u32, bytes: &[u8]) -> u32 {
    // The crate takes the first value as the standard's tables have it: most significant bit first.
    let mut digest = CRC.digest_with_initial(check.reverse_bits());
    digest.update(bytes);
    digest.finalize()
}

/// Bytes of the payload that follows a kind, in one of the directions' tables.
pub const fn payload_bytes(table: &[usize; 4], kind: u8) -> usize {
    table[(kind >> 6) as usize]
}

/// Whether there is a frame of that kind to the card.
pub const fn is_to_card(kind: u8) -> bool {
    matches!(kind, 0x01 | 0x02 | 0x08..=0x0b | 0x40..=0x42 | 0x80..=0x87 | 0xc0..=0xc1)
}

/// Whether there is a frame of that kind to the host.
pub fn is_to_host(kind: u8) -> bool {
    match kind {
        0x08..=0x0f => Fault::from_u8(kind & 7).is_some(),
        _ => matches!(kind, 0x01 | 0x40..=0x41 | 0x44..=0x45 | 0x48..=0x49 | 0x80..=0xbf | 0xc0..=0xc3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_is_that_of_ethernet() {
        assert_eq!(!crc32(CRC_START, b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(crc32(CRC_START, b"1234"), b"56789"), crc32(CRC_START, b"123456789"));
    }

    #[test]
    fn kinds_that_are_named_exist() {
        use to_card as c;
        for kind in [c::RESET, c::RELEASE, c::HELLO, c::READ, c::WRITE, c::BOOT, c::BOOT | c::PROGRAM] {
            assert!(is_to_card(kind), "{kind:#x}");
        }
        for flags in 0..4 {
            assert!(is_to_card(c::WRITTEN | flags) && is_to_card(c::BEAT | c::LAST | flags));
        }
        assert!(!is_to_card(0) && (0..=u8::MAX).filter(|kind| is_to_card(*kind)).count() == 19);
        assert!(
            Fault::ALL.iter().all(|fault| is_to_host(to_host::FAULT | *fault as u8)) && !is_to_host(to_host::FAULT)
        );
        assert!(!is_to_host(0) && is_to_host(to_host::HELLO | to_host::USED));
        // The zeros end any frame, and the first byte of RESYNC does not come again in it.
        let longest = TO_CARD_PAYLOAD_BYTES.iter().max().unwrap();
        assert!(1 + longest + CHECK_BYTES < PAD_BYTES);
        assert!(RESYNC[1..].iter().all(|byte| *byte != RESYNC[0]));
    }
}
