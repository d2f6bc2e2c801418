//! Self-test of a card: the same steps for a simulated one in another thread, one behind a socket, a device in a virtual machine, and a board.

use super::{PciCard, Transport, config};
use crate::dma::{DmaBuffer, DmaError, PAGE_BYTES};
use crate::driver::{BlockError, Driver, DriverError, DriverOptions};
use crate::oracle::{OracleError, execute_sequential};
use crate::source::samples::SAMPLES;
use crate::source::{SourceError, bundle};
use crate::verify::{check_claims, compare};
use gaslane_abi::codes::{CardError, KeyKind};
use gaslane_abi::pci::{KNOWN, PciError};
use gaslane_abi::record::{HAS_BALANCE, HAS_CODE, HAS_NONCE, StateRecord};
use gaslane_abi::ring::{Command, Completion, CompletionKind, Submission};
use gaslane_abi::{ABI_VERSION, CARD_ID, Device, DeviceError, Wake, regs};
use std::sync::atomic::{Ordering, fence};
use std::time::{Duration, Instant};
use zerocopy::{FromBytes, IntoBytes};

/// Longest wait for a completion. A card that is simulated as hardware takes its time.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long an interrupt may come after its completion.
const INTERRUPT_TIME: Duration = Duration::from_secs(2);
/// How often it is looked whether a silent card is still there.
const LOOK_TIME: Duration = Duration::from_millis(100);
/// Entries of both rings.
const ENTRIES: u32 = 64;
/// Where the rings lie; data follow.
const SUBMISSIONS: u64 = 1 << 32;
const COMPLETIONS: u64 = SUBMISSIONS + 0x1000;
const DATA: u64 = SUBMISSIONS + 0x10_0000;
const DATA_BYTES: u64 = 2 * PAGE_BYTES as u64;
/// Nothing is ever mapped here.
const NOWHERE: u64 = SUBMISSIONS + 0x4000_0000;

/// Why a card fails its self-test.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SelftestError {
    /// It cannot be opened.
    #[error("cannot open the card: {0}")]
    Open(String),
    /// It cannot be reached.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// DMA memory is short.
    #[error(transparent)]
    Dma(#[from] DmaError),
    /// It does not do what it should.
    #[error("{what}: expected {expected}, found {found}")]
    Wrong {
        /// What was looked at.
        what: &'static str,
        /// What it should be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// Nothing came.
    #[error("no completion of `{command}` within {PATIENCE:?}")]
    Silent {
        /// The command.
        command: &'static str,
    },
    /// The driver cannot use it.
    #[error(transparent)]
    Driver(#[from] DriverError),
    /// A block fails.
    #[error("{block}: {source}")]
    Block {
        /// Which.
        block: &'static str,
        /// Why.
        source: BlockError,
    },
    /// A sample cannot be read, or fails on the host.
    #[error("{block}: {message}")]
    Sample {
        /// Which.
        block: &'static str,
        /// Why.
        message: String,
    },
    /// A block's outcome differs.
    #[error("{block}: {difference}")]
    Differs {
        /// Which.
        block: &'static str,
        /// The first difference.
        difference: String,
    },
}

impl From<PciError> for SelftestError {
    fn from(error: PciError) -> Self {
        Self::Device(error.into())
    }
}

fn wrong(what: &'static str, expected: impl ToString, found: impl ToString) -> SelftestError {
    SelftestError::Wrong { what, expected: expected.to_string(), found: found.to_string() }
}

/// What to test.
#[derive(Clone, Copy, Debug)]
pub struct Selftest {
    /// Sample blocks to execute and compare with sequential revm.
    pub blocks: usize,
    /// Empty commands whose latency is measured.
    pub latencies: usize,
    /// Rings and buffers of the blocks' driver in huge pages.
    pub huge_pages: bool,
}

impl Default for Selftest {
    fn default() -> Self {
        Self { blocks: 3, latencies: 1000, huge_pages: false }
    }
}

/// A step that passed: its name, and what was found.
pub type Step = (&'static str, String);

impl Selftest {
    /// Runs all steps; `tell` hears of each that passed. `open` opens the card anew, which nobody else has open.
    pub fn run<T: Transport>(
        &self,
        mut open: impl FnMut() -> Result<PciCard<T>, String>,
        mut tell: impl FnMut(Step),
    ) -> Result<(), SelftestError> {
        let mut card = open().map_err(SelftestError::Open)?;
        tell(("configuration space", configuration(card.transport())?));
        tell(("identification", identification(&mut card)?));
        tell(("reset", reset(&mut card)?));
        let mut rings = Rings::new(card)?;
        tell(("completion and interrupt", rings.interrupt()?));
        tell(("DMA isolation", rings.isolation()?));
        tell(("latency", rings.latency(self.latencies)?));
        drop(rings);
        let options = DriverOptions { timeout: PATIENCE, huge_pages: self.huge_pages, ..DriverOptions::default() };
        let mut driver = Driver::open(open().map_err(SelftestError::Open)?, options)?;
        for (name, bytes) in SAMPLES.iter().take(self.blocks) {
            tell(("block", block(&mut driver, name, bytes)?));
        }
        Ok(())
    }
}

fn configuration<T: Transport>(transport: &mut T) -> Result<String, SelftestError> {
    let ids = config::read32(transport, config::IDS)?;
    let (vendor, device) = (ids as u16, (ids >> 16) as u16);
    let name =
        KNOWN.iter().find(|id| id.vendor == vendor && id.device == device).map_or("not a known board", |id| id.name);
    let express = config::capability(transport, config::EXPRESS)?;
    let express = express.ok_or(PciError::Missing { what: "PCI Express capability" })?;
    if config::read32(transport, express + 4)? & 1 << 28 == 0 {
        return Err(PciError::Missing { what: "function level reset" }.into());
    }
    let msix = config::capability(transport, config::MSIX)?.ok_or(PciError::Missing { what: "MSI-X" })?;
    let vectors = (config::read16(transport, msix + 2)? & 0x7ff) + 1;
    let vectors = if vectors == 1 { "one MSI-X vector".to_owned() } else { format!("{vectors} MSI-X vectors") };
    Ok(format!("{vendor:04x}:{device:04x} ({name}), function level reset, {vectors}"))
}

fn identification<D: Device>(card: &mut D) -> Result<String, SelftestError> {
    for (what, register, expected) in [("ID register", regs::ID, CARD_ID), ("ABI register", regs::ABI, ABI_VERSION)] {
        let found = card.read(register)?;
        if found != expected {
            return Err(wrong(what, format_args!("{expected:#010x}"), format_args!("{found:#010x}")));
        }
    }
    let (lanes, slots) = (card.read(regs::LANES)?, card.read(regs::SLOTS)?);
    Ok(format!("a Gaslane card, {lanes} lanes, {slots} slots"))
}

fn reset<D: Device>(card: &mut D) -> Result<String, SelftestError> {
    let pattern = 0x5a5a_5a40;
    card.write(regs::SQ_BASE, pattern)?;
    let found = card.read(regs::SQ_BASE)?;
    if found != pattern {
        return Err(wrong("SQ_BASE after a write", format_args!("{pattern:#x}"), format_args!("{found:#x}")));
    }
    // It looks at what it has cleared.
    card.reset()?;
    Ok("registers hold what is written, and a reset clears them".to_owned())
}

/// A card with rings, without the driver around them.
struct Rings<T: Transport> {
    card: PciCard<T>,
    submissions: DmaBuffer,
    completions: DmaBuffer,
    data: DmaBuffer,
    mapped: Vec<u64>,
    tail: u32,
}

impl<T: Transport> Rings<T> {
    fn new(card: PciCard<T>) -> Result<Self, SelftestError> {
        let submissions = DmaBuffer::new(PAGE_BYTES, SUBMISSIONS)?;
        let completions = DmaBuffer::new(PAGE_BYTES, COMPLETIONS)?;
        let data = DmaBuffer::new(DATA_BYTES as usize, DATA)?;
        let mut rings = Self { card, submissions, completions, data, mapped: Vec::new(), tail: 0 };
        for buffer in [&rings.submissions, &rings.completions, &rings.data] {
            // SAFETY: the buffers are reached through raw pointers alone; what is mapped is unmapped before they go, or kept for ever.
            unsafe { rings.card.dma_map(buffer.iova(), buffer.memory())? };
            rings.mapped.push(buffer.iova());
        }
        rings.start()?;
        Ok(rings)
    }

    /// Resets the card, and starts it with empty rings.
    fn start(&mut self) -> Result<(), SelftestError> {
        self.card.reset()?;
        self.completions.clear();
        self.tail = 0;
        for (register, value) in [
            (regs::SQ_BASE, SUBMISSIONS as u32),
            (regs::SQ_BASE + 4, (SUBMISSIONS >> 32) as u32),
            (regs::SQ_ENTRIES, ENTRIES),
            (regs::CQ_BASE, COMPLETIONS as u32),
            (regs::CQ_BASE + 4, (COMPLETIONS >> 32) as u32),
            (regs::CQ_ENTRIES, ENTRIES),
            (regs::IRQ_ENABLE, 3),
            (regs::CONTROL, 1),
        ] {
            self.card.write(register, value)?;
        }
        Ok(())
    }

    fn submit(&mut self, entry: &Submission) -> Result<(), SelftestError> {
        self.submissions.write((self.tail % ENTRIES) as usize * size_of::<Submission>(), entry.as_bytes())?;
        self.tail += 1;
        fence(Ordering::SeqCst);
        Ok(self.card.write(regs::SQ_TAIL, self.tail % ENTRIES)?)
    }

    /// The completion of the last command, if it is there.
    fn completion(&mut self) -> Result<Option<Completion>, SelftestError> {
        let number = self.tail - 1;
        let offset = (number % ENTRIES) as usize * size_of::<Completion>();
        let phase = 1 - (number / ENTRIES % 2) as u8;
        if self.completions.read_u8(offset + 3)? != phase {
            return Ok(None);
        }
        fence(Ordering::Acquire);
        let mut words = [0_u64; size_of::<Completion>() / 8];
        self.completions.read(offset, &mut words)?;
        self.card.write(regs::CQ_HEAD, self.tail % ENTRIES)?;
        Ok(Completion::read_from_bytes(words.as_bytes()).ok())
    }

    /// Waits for it by interrupt, or by looking.
    fn complete(&mut self, command: Command, by_interrupt: bool) -> Result<Completion, SelftestError> {
        let start = Instant::now();
        let mut looked = start;
        let mut interrupted = false;
        loop {
            if (interrupted || !by_interrupt)
                && let Some(completion) = self.completion()?
            {
                return Ok(completion);
            }
            if start.elapsed() > PATIENCE {
                return Err(SelftestError::Silent { command: command.name() });
            }
            if by_interrupt {
                match self.card.wait(PATIENCE) {
                    Ok(Wake::Interrupt) => interrupted = true,
                    Ok(Wake::Quiet | Wake::Idle) | Err(DeviceError::Timeout(_)) => {
                        self.look()?;
                        if start.elapsed() > INTERRUPT_TIME && self.completion()?.is_some() {
                            return Err(wrong(
                                "interrupt of a completion",
                                "MSI-X vector 0",
                                "none, but the completion is there",
                            ));
                        }
                    }
                    Err(error) => return Err(error.into()),
                }
            } else if start.elapsed() > Duration::from_millis(1) {
                // Somebody else may need the processor to simulate the card.
                std::thread::sleep(Duration::from_micros(50));
                if looked.elapsed() > LOOK_TIME {
                    looked = Instant::now();
                    self.look()?;
                }
            }
        }
    }

    /// Whether the card is still there, and what has stopped it if it has told nobody.
    fn look(&mut self) -> Result<(), SelftestError> {
        let status = self.card.read(regs::STATUS)?;
        if status == u32::MAX && self.card.read(regs::ID)? == u32::MAX {
            return Err(DeviceError::Gone.into());
        }
        if status & regs::STATUS_ERROR != 0 && self.completion()?.is_none() {
            return Err(wrong("card", "running", crate::dump::line(&mut self.card)));
        }
        Ok(())
    }

    fn done(&mut self, entry: Submission, by_interrupt: bool) -> Result<(), SelftestError> {
        self.submit(&entry)?;
        let command = Command::from_u8(entry.command).unwrap_or(Command::Drain);
        let completion = self.complete(command, by_interrupt)?;
        let told = (completion.kind, completion.code, completion.tag);
        match told == (CompletionKind::Done as u8, 0, entry.tag) {
            true => Ok(()),
            false => Err(wrong("completion", format_args!("done, tag {}", entry.tag), format_args!("{told:?}"))),
        }
    }

    fn interrupt(&mut self) -> Result<String, SelftestError> {
        for tag in 1..=2 * ENTRIES {
            self.done(Submission { command: Command::Drain as u8, tag, ..Default::default() }, true)?;
        }
        Ok(format!("{} commands completed, each with its interrupt, twice around the ring", 2 * ENTRIES))
    }

    /// A fill whose record is at an address.
    fn fill(tag: u32, addr: u64) -> Submission {
        Submission { command: Command::Fill as u8, tag, addr, count: 1, ..Default::default() }
    }

    /// The fill stops the card because of the address.
    fn faults(&mut self, what: &'static str, addr: u64) -> Result<(), SelftestError> {
        self.submit(&Self::fill(9, addr))?;
        let completion = self.complete(Command::Fill, false)?;
        let told = (completion.kind, completion.code);
        if told != (CompletionKind::Error as u8, CardError::DmaFault as u8) {
            return Err(wrong(what, "the error `dma-fault`", format_args!("{told:?}")));
        }
        let status = self.card.read(regs::STATUS)?;
        if status & regs::STATUS_ERROR == 0 {
            return Err(wrong("STATUS after an error", "the error bit", format_args!("{status:#x}")));
        }
        self.start()
    }

    /// Memory that is mapped is reached, and nothing else.
    fn isolation(&mut self) -> Result<String, SelftestError> {
        let record = StateRecord {
            kind: KeyKind::Account as u8,
            flags: HAS_BALANCE | HAS_NONCE | HAS_CODE,
            ..Default::default()
        };
        self.data.write(0, record.as_bytes())?;
        self.done(Self::fill(1, DATA), false)?;
        self.faults("read of memory that was never mapped", NOWHERE)?;
        self.faults("read past the end of a mapping", DATA + DATA_BYTES - 64)?;
        self.done(Self::fill(2, DATA), false)?;
        self.card.dma_unmap(DATA)?;
        self.mapped.retain(|&iova| iova != DATA);
        self.faults("read of memory that is not mapped any more", DATA)?;
        Ok("never mapped, past the end, no longer mapped: all three end in `dma-fault`".to_owned())
    }

    fn latency(&mut self, count: usize) -> Result<String, SelftestError> {
        let mut times = Vec::with_capacity(count);
        for tag in 0..count as u32 {
            let start = Instant::now();
            self.submit(&Submission { command: Command::Drain as u8, tag, ..Default::default() })?;
            self.complete(Command::Drain, false)?;
            times.push(start.elapsed());
        }
        times.sort_unstable();
        let Some(last) = times.len().checked_sub(1) else { return Ok("not measured".to_owned()) };
        let us = |share: usize| times[last * share / 100].as_secs_f64() * 1e6;
        Ok(format!("doorbell to completion: median {:.1} µs, 99 % within {:.1} µs, of {count}", us(50), us(99)))
    }
}

impl<T: Transport> Drop for Rings<T> {
    fn drop(&mut self) {
        let _ = self.card.reset();
        for buffer in [&mut self.submissions, &mut self.completions, &mut self.data] {
            if self.mapped.contains(&buffer.iova()) && self.card.dma_unmap(buffer.iova()).is_err() {
                buffer.keep();
            }
        }
    }
}

fn block<D: Device>(driver: &mut Driver<D>, name: &'static str, bytes: &[u8]) -> Result<String, SelftestError> {
    let sample = |error: &dyn std::fmt::Display| SelftestError::Sample { block: name, message: error.to_string() };
    let (block, state) = bundle::parse(name, bytes).map_err(|error: SourceError| sample(&error))?;
    let outcome =
        driver.execute_block(&block, &state).map_err(|source| SelftestError::Block { block: name, source })?;
    let expected = execute_sequential(&block, &state).map_err(|error: OracleError| sample(&error))?;
    let claims = block.expected.as_ref().map(|claims| check_claims(&outcome, claims)).unwrap_or_default();
    if let Some(difference) = compare(&outcome, &expected).into_iter().chain(claims).next() {
        return Err(SelftestError::Differs { block: name, difference: difference.to_string() });
    }
    let metrics = &outcome.metrics;
    Ok(format!("{}: {} of {} transactions on the card, as revm", block.number(), metrics.on_card_txs, metrics.txs))
}
