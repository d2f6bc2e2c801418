//! A card at the other end of a stream of bytes ([`gaslane_abi::link`]): registers, both memories and the boot of its processor.
//!
//! **Not yet run on hardware.**
//!
//! The card's memory is here too, in [`CardMemory`]: a board without memory of its own reads and writes it over the link, like host memory.
//! What the card asks for is served while the driver waits in one of [`Device`]'s functions, at no other time; so nothing here runs beside
//! the driver. Accesses of host memory are checked against the mappings, anything else gets an error response.
//!
//! # Resets
//! Parts of the card have no reset. So [`Device::reset`] resets a card that is at rest, and refuses any other one ([`LinkError::Used`]); and a card that another program
//! has not left at rest is refused when it is opened. Both need their bitstream loaded again.

mod memory;
mod session;
#[cfg(test)]
mod tests;

pub use memory::CardMemory;
pub use session::{LinkOptions, LinkTraffic};

use gaslane_abi::link::{BOOT_WORDS, LinkError, to_card};
use gaslane_abi::regs::CardKind;
use gaslane_abi::{Device, DeviceError, DmaMemory, Wake, regs};
use gaslane_hdl::CardConfig;
use gaslane_hdl::bus::register_map::Identity;
use gaslane_hdl::card::core_words;
use gaslane_sim::rtl::card::firmware;
use session::Session;
use std::io::{Read, Write};
use std::time::{Duration, Instant};

/// The card behind a stream of bytes. Reads of the stream may end without bytes (`TimedOut`, `WouldBlock`) and must do so after a while; what is written
/// goes out without a flush.
#[derive(Debug)]
pub struct LinkCard<S: Read + Write> {
    config: CardConfig,
    session: Session<S>,
    /// The processor has its firmware and runs.
    released: bool,
}

impl<S: Read + Write> LinkCard<S> {
    /// Finds the card at the other end, and compares it with the configuration that its firmware is to have.
    pub fn open(stream: S, config: CardConfig, options: LinkOptions) -> Result<Self, DeviceError> {
        let mut session = Session::new(stream, options);
        if session.begin(true)? {
            return Err(LinkError::Used.into());
        }
        let mut card = Self { config, session, released: false };
        card.compare()?;
        Ok(card)
    }

    /// The card's registers that never change are those of the configuration.
    fn compare(&mut self) -> Result<(), DeviceError> {
        let mut expected = core_words(&self.config, &Identity::of(CardKind::Board));
        expected[regs::LANES as usize / 4] = self.config.lanes;
        expected[regs::SLOTS as usize / 4] = self.config.slots;
        for (offset, expected) in (0..).step_by(4).zip(expected) {
            let found = self.session.read_register(offset)?;
            // The hash says which design it is, not what it can do.
            let is_hash = (regs::GIT_HASH..regs::GIT_HASH + 20).contains(&offset);
            if found != expected && !is_hash {
                return Err(LinkError::Configuration { offset, found, expected }.into());
            }
        }
        Ok(())
    }

    /// Loads the processor's memories, and lets it go.
    fn boot(&mut self) -> Result<(), LinkError> {
        let words: Vec<_> = firmware::words(&self.config).collect();
        for memory in words.chunk_by(|one, next| one.0 == next.0) {
            for chunk in memory.chunks(BOOT_WORDS) {
                let &[(program, address, _), ..] = chunk else { continue };
                let mut payload = vec![(address / 4) as u8, ((address / 4) >> 8) as u8];
                payload.extend(chunk.iter().flat_map(|(_, _, word)| word.to_le_bytes()));
                let kind = if program { to_card::BOOT | to_card::PROGRAM } else { to_card::BOOT };
                self.session.send(kind, &payload)?;
            }
        }
        self.session.send(to_card::RELEASE, &[])?;
        // An answer: the card has taken everything.
        self.session.read_register(regs::ID)?;
        self.released = true;
        Ok(())
    }

    /// Bytes and frames so far.
    pub fn traffic(&self) -> LinkTraffic {
        self.session.traffic
    }

    /// The stream.
    pub fn stream(&mut self) -> &mut S {
        &mut self.session.stream
    }

    /// Nothing is under way on the card. What a lane had asked for before the first answer has been served when the second one is here.
    fn rests(&mut self) -> Result<bool, LinkError> {
        for _ in 0..2 {
            let status = self.session.read_register(regs::STATUS)?;
            if status & (regs::STATUS_IDLE | regs::STATUS_ERROR) != regs::STATUS_IDLE {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn check(offset: u32) -> Result<(), DeviceError> {
    match regs::MAP.iter().any(|row| (row.offset..row.offset + 4 * row.count).contains(&offset))
        && offset.is_multiple_of(4)
    {
        true => Ok(()),
        false => Err(DeviceError::BadRegister { offset }),
    }
}

impl<S: Read + Write> Device for LinkCard<S> {
    fn read(&mut self, offset: u32) -> Result<u32, DeviceError> {
        check(offset)?;
        Ok(self.session.read_register(offset)?)
    }

    fn write(&mut self, offset: u32, value: u32) -> Result<(), DeviceError> {
        check(offset)?;
        if !self.released {
            self.boot()?;
        }
        Ok(self.session.write_register(offset, value)?)
    }

    unsafe fn dma_map(&mut self, iova: u64, memory: DmaMemory) -> Result<(), DeviceError> {
        // SAFETY: the caller's promise is the same.
        unsafe { self.session.host.map(iova, memory.start, memory.len_bytes) }
    }

    fn dma_unmap(&mut self, iova: u64) -> Result<(), DeviceError> {
        // Memory is touched within calls of this trait alone.
        self.session.host.unmap(iova)
    }

    fn wait(&mut self, timeout: Duration) -> Result<Wake, DeviceError> {
        let begun = Instant::now();
        while !std::mem::take(&mut self.session.interrupted) {
            if begun.elapsed() > timeout {
                return Err(DeviceError::Timeout(timeout));
            }
            self.session.serve()?;
        }
        Ok(Wake::Interrupt)
    }

    fn reset(&mut self) -> Result<(), DeviceError> {
        if self.released {
            if self.session.broken {
                return Err(LinkError::Used.into());
            }
            let begun = Instant::now();
            while !self.rests()? {
                if begun.elapsed() > self.session.options.answer {
                    return Err(LinkError::Used.into());
                }
            }
            self.session.send(to_card::RESET, &[])?;
            self.released = false;
            if self.session.begin(false)? {
                return Err(LinkError::Used.into());
            }
        } else if self.session.broken && self.session.begin(true)? {
            return Err(LinkError::Used.into());
        }
        Ok(())
    }
}
