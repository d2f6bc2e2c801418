//! The rings: submission, completion, doorbells, and the DMA memory behind them.
//!
//! What the card writes is untrusted. A completion entry is copied once, and its kind, code and phase
//! are checked here; whether its tag and order make sense is checked by whoever knows what is in flight.

mod error;

use crate::dma::{DmaBuffer, IovaSpace, Ring};
use alloy_primitives::{Address, U256};
pub use error::QueueError;
use gaslane_abi::codes::{Assist, CardError, Escape, KeyKind};
use gaslane_abi::record::AssistAnswer;
use gaslane_abi::ring::{Command, Completion, CompletionKind, RING_ENTRIES_MAX, Submission};
use gaslane_abi::{ABI_VERSION, CARD_ID, Device, DeviceError, Wake, pad32, regs};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::time::{Duration, Instant};
use zerocopy::{FromBytes, IntoBytes};

/// Tags of commands without transaction have this bit; the rest is a running number.
pub const COMMAND_TAG: u32 = 1 << 31;
/// Largest result record that the driver prepares for; what exceeds it escapes.
pub const RECORD_BYTES_MAX: usize = 512 << 10;
/// Room for the payloads of transactions in flight, at most.
const PAYLOAD_ARENA_MAX: usize = 16 << 20;

/// How long an interrupt may come after its completion.
const INTERRUPT_DELAY: Duration = Duration::from_millis(20);
/// Time between two looks at a card that interrupts and completes nothing.
const LOOK_TIME: Duration = Duration::from_millis(100);
/// A card whose clock stands for so long although it has work is dead.
const STALL_TIME: Duration = Duration::from_millis(1200);
/// So many looks in a row at a card that has nothing to do, though it has not said so of all commands: a doorbell may be on its way at the first.
const IDLE_LOOKS: u32 = 3;

/// What was seen of a card that is silent.
struct QuietTime {
    looked: Instant,
    idle_looks: u32,
    /// Its cycle counter, and since when that has this value.
    cycles: Option<(u64, Instant)>,
}

impl QuietTime {
    fn new() -> Self {
        Self { looked: Instant::now(), idle_looks: 0, cycles: None }
    }
}

/// How a driver uses its card.
#[derive(Clone, Debug)]
pub struct DriverOptions {
    /// Longest wait without any completion.
    pub timeout: Duration,
    /// Entries of the submission ring: a power of two, 64..=65536.
    pub sq_entries: u32,
    /// Entries of the completion ring: a power of two, at least twice the submission ring, at most 65536.
    pub cq_entries: u32,
    /// Memory for code images, fills and write sets on their way to the card, in bytes.
    pub staging_bytes: usize,
    /// Transactions submitted and not yet committed, at most; 0 for twice the card's slots plus eight.
    pub inflight: u32,
    /// Transactions whose state is prefetched together.
    pub prefetch: usize,
    /// How long the completion ring is looked at before the driver sleeps until an interrupt; for cards that work while the host does.
    pub spin: Duration,
    /// Rings and buffers in huge pages of 2 MiB.
    pub huge_pages: bool,
    /// A block whose card fails is executed by the host, instead of giving an error.
    pub fallback_on_device_error: bool,
    /// Set from elsewhere (another thread, a signal), it ends the block at hand with [`QueueError::Cancelled`]; the card is reset then.
    pub cancel: Option<Arc<AtomicBool>>,
}

impl Default for DriverOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            sq_entries: 1024,
            cq_entries: 4096,
            staging_bytes: 8 << 20,
            inflight: 0,
            prefetch: 64,
            spin: Duration::from_micros(50),
            huge_pages: false,
            fallback_on_device_error: false,
            cancel: None,
        }
    }
}

impl DriverOptions {
    /// Transactions that may be in flight.
    fn inflight(&self, info: &CardInfo) -> u32 {
        let wanted = if self.inflight == 0 { 2 * info.slots + 8 } else { self.inflight };
        wanted.min(self.sq_entries / 2)
    }

    /// Lengths in bytes of what is mapped for a card while it is open: both rings, staging memory, payloads, result records.
    pub fn buffer_bytes(&self, info: &CardInfo) -> [usize; 5] {
        let inflight = self.inflight(info) as usize;
        let payload_bytes = (info.payload_bytes as usize).min(PAYLOAD_ARENA_MAX / 2);
        [
            self.sq_entries as usize * size_of::<Submission>(),
            self.cq_entries as usize * size_of::<Completion>(),
            self.staging_bytes.max(1 << 16),
            (payload_bytes * inflight).clamp(2 * payload_bytes, PAYLOAD_ARENA_MAX),
            info.record_bytes() * inflight,
        ]
    }
}

/// Configuration of the opened card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardInfo {
    /// Kind of card: 1 model, 2 RTL in simulation, 3 board.
    pub kind: u32,
    /// Git hash of the RTL.
    pub git_hash: [u8; 20],
    /// Lanes.
    pub lanes: u32,
    /// Transaction slots.
    pub slots: u32,
    /// Clock in kHz, or 0.
    pub clock_khz: u32,
    /// Entries of the state table.
    pub state_entries: u32,
    /// Entries of a slot's access table.
    pub access_entries: u32,
    /// Log buffer of a slot in bytes.
    pub log_bytes: u32,
    /// Return buffer of a slot in bytes.
    pub return_bytes: u32,
    /// Payload buffer of a slot in bytes.
    pub payload_bytes: u32,
    /// Code store in bytes (saturates).
    pub code_bytes: u32,
}

impl CardInfo {
    /// Size of the largest result record that the card can produce, bounded to [`RECORD_BYTES_MAX`].
    fn record_bytes(&self) -> usize {
        let writes = self.access_entries as usize * 128;
        let whole = (4096 + writes).saturating_add(self.log_bytes as usize).saturating_add(self.return_bytes as usize);
        whole.next_multiple_of(64).min(RECORD_BYTES_MAX)
    }
}

/// Key of the state table, as an assist names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StateKey {
    /// Kind.
    pub kind: KeyKind,
    /// Account; zero for a block hash.
    pub address: Address,
    /// Storage slot or block number; zero for an account.
    pub slot: U256,
}

/// A checked completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A transaction committed.
    Committed {
        /// Tag.
        tag: u32,
        /// Bytes of its record.
        record_bytes: u32,
    },
    /// The head transaction is for the host.
    Escaped {
        /// Tag.
        tag: u32,
        /// Why.
        reason: Escape,
    },
    /// A lane needs state.
    Assist {
        /// Tag of the transaction.
        tag: u32,
        /// What it needs.
        key: StateKey,
    },
    /// A lane asks the host to compute something.
    Ask {
        /// Tag of the transaction.
        tag: u32,
        /// What.
        kind: Assist,
        /// Number of the request.
        request: u64,
        /// Bytes of the request in the transaction's record buffer.
        request_bytes: u32,
    },
    /// A lane needs words of an EVM program counter.
    Code {
        /// Tag of the transaction.
        tag: u32,
        /// Handle of the code.
        handle: u32,
        /// What it asks for (see `gaslane_abi::image`).
        pc: u32,
    },
    /// The card stopped.
    Failed {
        /// Tag that the error refers to.
        tag: u32,
        /// Why.
        code: CardError,
    },
}

#[derive(Debug)]
struct Staged {
    end: u64,
    done: bool,
    dedicated: Option<DmaBuffer>,
}

/// A payload in staging memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StagedId(u32);

/// The opened card: device, rings and all memory that it may touch.
///
/// When it is dropped, the card is stopped and reset before its memory is unmapped and freed.
#[derive(Debug)]
pub struct Queue<D: Device> {
    device: D,
    info: CardInfo,
    timeout: Duration,
    iovas: IovaSpace,

    sq: DmaBuffer,
    sq_entries: u32,
    sq_tail: u32,
    sq_head: u32,
    sq_rung: u32,
    cq: DmaBuffer,
    cq_entries: u32,
    cq_head: u32,
    cq_credited: u32,
    phase: u8,
    outstanding: u32,
    backlog: VecDeque<Event>,

    staging: DmaBuffer,
    staging_ring: Ring,
    staged: VecDeque<Staged>,
    staged_first: u32,

    payloads: DmaBuffer,
    payload_ring: Ring,
    records: DmaBuffer,
    record_bytes: usize,
    inflight: u32,

    spin: Duration,
    cancel: Option<Arc<AtomicBool>>,
    card_ns: u64,
    lost_interrupts: u64,
}

/// A card that is being opened. Fields are dropped in this order.
struct Opening<D> {
    device: D,
    buffers: Vec<DmaBuffer>,
}

/// Allocates and maps a buffer.
fn map<D: Device>(
    device: &mut D,
    iovas: &mut IovaSpace,
    len_bytes: usize,
    huge_pages: bool,
) -> Result<DmaBuffer, QueueError> {
    let buffer = DmaBuffer::with_pages(len_bytes, 0, huge_pages)?;
    let iova = iovas.take(buffer.len_bytes())?;
    let buffer = buffer.at(iova);
    // SAFETY: the buffer is accessed through raw pointers only and lives until it is unmapped; if unmapping
    // fails, it is leaked.
    let mapped = unsafe { device.dma_map(iova, buffer.memory()) };
    if let Err(error) = mapped {
        iovas.give(iova, buffer.len_bytes());
        return Err(error.into());
    }
    Ok(buffer)
}

/// Reads a register; all ones from it and from the identification means that the card is gone.
fn read<D: Device>(device: &mut D, offset: u32) -> Result<u32, DeviceError> {
    let value = device.read(offset)?;
    if value == u32::MAX && device.read(regs::ID)? == u32::MAX { Err(DeviceError::Gone) } else { Ok(value) }
}

fn write64<D: Device>(device: &mut D, offset: u32, value: u64) -> Result<(), DeviceError> {
    device.write(offset, value as u32)?;
    device.write(offset + 4, (value >> 32) as u32)
}

fn identify<D: Device>(device: &mut D) -> Result<CardInfo, QueueError> {
    let id = read(device, regs::ID)?;
    if id != CARD_ID {
        return Err(QueueError::NotACard { found: id, expected: CARD_ID });
    }
    let abi = read(device, regs::ABI)?;
    if abi != ABI_VERSION {
        return Err(QueueError::Abi { card: abi, driver: ABI_VERSION });
    }
    let mut git_hash = [0; 20];
    for (index, chunk) in git_hash.chunks_exact_mut(4).enumerate() {
        chunk.copy_from_slice(&read(device, regs::GIT_HASH + 4 * index as u32)?.to_le_bytes());
    }
    let mut register = |offset| read(device, offset);
    let info = CardInfo {
        kind: register(regs::CARD_KIND)?,
        git_hash,
        lanes: register(regs::LANES)?,
        slots: register(regs::SLOTS)?,
        clock_khz: register(regs::CLOCK_KHZ)?,
        state_entries: register(regs::STATE_ENTRIES)?,
        access_entries: register(regs::ACCESS_ENTRIES)?,
        log_bytes: register(regs::LOG_BYTES)?,
        return_bytes: register(regs::RETURN_BYTES)?,
        payload_bytes: register(regs::PAYLOAD_BYTES)?,
        code_bytes: register(regs::CODE_BYTES)?,
    };
    let plausible: [(&'static str, u32, u32, u32); 4] = [
        ("LANES", info.lanes, 1, 1 << 10),
        ("SLOTS", info.slots, info.lanes, 1 << 12),
        ("ACCESS_ENTRIES", info.access_entries, 1, 1 << 24),
        ("PAYLOAD_BYTES", info.payload_bytes, 512, u32::MAX),
    ];
    for (what, value, least, most) in plausible {
        if !(least..=most).contains(&value) {
            let why = "outside what a Gaslane card can have";
            return Err(QueueError::Config { what, value: value.into(), why });
        }
    }
    Ok(info)
}

impl<D: Device> Queue<D> {
    /// Identifies the card, allocates and maps memory, and starts the rings.
    pub fn open(device: D, options: &DriverOptions) -> Result<Self, QueueError> {
        let ring = |what, value: u32, least| {
            if value.is_power_of_two() && (least..=RING_ENTRIES_MAX).contains(&value) {
                Ok(())
            } else {
                Err(QueueError::Config { what, value: value.into(), why: "not a power of two in range" })
            }
        };
        ring("sq_entries", options.sq_entries, 64)?;
        ring("cq_entries", options.cq_entries, options.sq_entries.saturating_mul(2))?;
        // If something fails the device goes before the buffers that it reaches.
        let mut opening = Opening { device, buffers: Vec::new() };
        let info = identify(&mut opening.device)?;
        opening.device.reset()?;
        let record_bytes = info.record_bytes();
        let inflight = options.inflight(&info);
        let mut iovas = IovaSpace::new(opening.device.iova_ranges());
        for len_bytes in options.buffer_bytes(&info) {
            let buffer = map(&mut opening.device, &mut iovas, len_bytes, options.huge_pages)?;
            opening.buffers.push(buffer);
        }
        let Opening { device, buffers } = opening;
        let Ok([sq, cq, staging, payloads, records]) = <[DmaBuffer; 5]>::try_from(buffers) else {
            unreachable!("a buffer for each length")
        };
        let mut queue = Self {
            info,
            timeout: options.timeout,
            iovas,
            sq,
            sq_entries: options.sq_entries,
            sq_tail: 0,
            sq_head: 0,
            sq_rung: 0,
            cq,
            cq_entries: options.cq_entries,
            cq_head: 0,
            cq_credited: 0,
            phase: 1,
            outstanding: 0,
            backlog: VecDeque::new(),
            staging_ring: Ring::new(staging.len_bytes()),
            staging,
            staged: VecDeque::new(),
            staged_first: 0,
            payload_ring: Ring::new(payloads.len_bytes()),
            payloads,
            records,
            record_bytes,
            inflight,
            spin: options.spin,
            cancel: options.cancel.clone(),
            card_ns: 0,
            lost_interrupts: 0,
            device,
        };
        queue.start()?;
        Ok(queue)
    }

    /// Programs the rings of a card that was just reset, and lets it run.
    fn start(&mut self) -> Result<(), QueueError> {
        self.cq.clear();
        (self.sq_tail, self.sq_head, self.sq_rung) = (0, 0, 0);
        (self.cq_head, self.cq_credited, self.phase) = (0, 0, 1);
        self.outstanding = 0;
        self.backlog.clear();
        write64(&mut self.device, regs::SQ_BASE, self.sq.iova())?;
        self.device.write(regs::SQ_ENTRIES, self.sq_entries)?;
        write64(&mut self.device, regs::CQ_BASE, self.cq.iova())?;
        self.device.write(regs::CQ_ENTRIES, self.cq_entries)?;
        self.device.write(regs::IRQ_ENABLE, 3)?;
        self.device.write(regs::CONTROL, 1)?;
        Ok(())
    }

    /// Resets the card and starts the rings afresh. Whatever was in flight is forgotten.
    pub fn reset(&mut self) -> Result<(), QueueError> {
        self.device.reset()?;
        identify(&mut self.device)?;
        self.payload_ring.clear();
        while let Some(mut staged) = self.staged.pop_front() {
            self.staged_first = self.staged_first.wrapping_add(1) & !COMMAND_TAG;
            self.release(staged.dedicated.take());
        }
        self.staging_ring.clear();
        self.start()
    }

    /// Configuration of the card.
    pub fn info(&self) -> &CardInfo {
        &self.info
    }

    /// Transactions that may be in flight.
    pub fn inflight(&self) -> u32 {
        self.inflight
    }

    /// The device, for reading registers.
    pub fn device(&mut self) -> &mut D {
        &mut self.device
    }

    /// Nanoseconds spent inside `Device::wait` and doorbell writes so far, where a simulated card works.
    pub fn card_ns(&self) -> u64 {
        self.card_ns
    }

    /// Completions so far that were found without the interrupt that should have told of them.
    pub fn lost_interrupts(&self) -> u64 {
        self.lost_interrupts
    }

    /// A 32-bit register.
    pub fn read32(&mut self, offset: u32) -> Result<u32, QueueError> {
        Ok(read(&mut self.device, offset)?)
    }

    /// A 64-bit register, consistent even while it counts.
    pub fn read64(&mut self, offset: u32) -> Result<u64, QueueError> {
        let mut high = read(&mut self.device, offset + 4)?;
        for _ in 0..4 {
            let low = self.device.read(offset)?;
            let again = read(&mut self.device, offset + 4)?;
            if again == high {
                return Ok(u64::from(high) << 32 | u64::from(low));
            }
            high = again;
        }
        Ok(u64::from(high) << 32)
    }

    // Submission.

    /// Puts an entry into the submission ring, after room was made with [`Self::make_room`].
    fn push(&mut self, entry: &Submission) -> Result<(), QueueError> {
        let offset = self.sq_tail as usize * size_of::<Submission>();
        self.sq.write(offset, entry.as_bytes())?;
        self.sq_tail = (self.sq_tail + 1) % self.sq_entries;
        Ok(())
    }

    /// Rings the submission doorbell if entries were added.
    pub fn ring(&mut self) -> Result<(), QueueError> {
        if self.sq_rung != self.sq_tail {
            // Entries and payloads must be visible before the doorbell.
            fence(Ordering::SeqCst);
            self.doorbell(regs::SQ_TAIL, self.sq_tail)?;
            self.sq_rung = self.sq_tail;
        }
        Ok(())
    }

    /// A simulated card works inside the doorbell's write, so its time is the card's.
    fn doorbell(&mut self, register: u32, value: u32) -> Result<(), QueueError> {
        let start = Instant::now();
        let written = self.device.write(register, value);
        self.card_ns += start.elapsed().as_nanos() as u64;
        Ok(written?)
    }

    /// Tells the card which completions the host has consumed.
    fn credit(&mut self) -> Result<(), QueueError> {
        if self.cq_credited != self.cq_head {
            fence(Ordering::SeqCst);
            self.doorbell(regs::CQ_HEAD, self.cq_head)?;
            self.cq_credited = self.cq_head;
        }
        Ok(())
    }

    fn sq_room(&self) -> u32 {
        self.sq_entries - 1 - (self.sq_tail.wrapping_sub(self.sq_head) % self.sq_entries)
    }

    fn update_head(&mut self) -> Result<(), QueueError> {
        let head = self.read32(regs::SQ_HEAD)?;
        let entries = self.sq_entries;
        let (moved, used) =
            (head.wrapping_sub(self.sq_head) % entries, self.sq_rung.wrapping_sub(self.sq_head) % entries);
        if head >= entries || moved > used {
            return Err(QueueError::BadHead { head, from: self.sq_head, to: self.sq_rung, entries });
        }
        self.sq_head = head;
        Ok(())
    }

    /// Waits until one more entry fits into the rings. Events that arrive meanwhile are kept.
    fn make_room(&mut self) -> Result<(), QueueError> {
        // Every outstanding command ends in one completion; assists and escapes come on top.
        while self.sq_room() == 0 || self.outstanding > self.cq_entries / 2 {
            self.ring()?;
            self.update_head()?;
            if self.sq_room() > 0 && self.outstanding <= self.cq_entries / 2 {
                break;
            }
            self.absorb()?;
        }
        Ok(())
    }

    /// Takes one completion into the backlog, waiting for it if there is none.
    fn absorb(&mut self) -> Result<(), QueueError> {
        loop {
            let before = self.cq_head;
            if let Some(event) = self.poll_ring()? {
                self.backlog.push_back(event);
                return Ok(());
            }
            if self.cq_head != before {
                return Ok(());
            }
            self.wait()?;
        }
    }

    fn staged_id(&self) -> u32 {
        self.staged_first.wrapping_add(self.staged.len() as u32) & !COMMAND_TAG
    }

    /// Copies a payload where the card can read it.
    fn stage(&mut self, parts: &[&[u8]]) -> Result<(u64, StagedId), QueueError> {
        let len_bytes: usize = parts.iter().map(|part| part.len()).sum();
        // What does not fit at the moment gets memory of its own: waiting here could wait for a commit that only
        // the caller can handle.
        let place = if len_bytes > self.staging.len_bytes() / 4 { None } else { self.staging_ring.take(len_bytes) };
        let (offset, staged) = match place {
            Some((offset, end)) => (offset, Staged { end, done: false, dedicated: None }),
            None => {
                let buffer = map(&mut self.device, &mut self.iovas, len_bytes, false)?;
                (0, Staged { end: 0, done: false, dedicated: Some(buffer) })
            }
        };
        let iova = {
            let target = staged.dedicated.as_ref().unwrap_or(&self.staging);
            let mut at = offset;
            for part in parts {
                target.write(at, part)?;
                at += part.len();
            }
            target.iova() + offset as u64
        };
        let id = self.staged_id();
        self.staged.push_back(staged);
        Ok((iova, StagedId(id)))
    }

    /// Submits a command with a payload (possibly empty) made of parts; its `Done` is handled here.
    pub fn command(&mut self, mut entry: Submission, parts: &[&[u8]]) -> Result<(), QueueError> {
        self.make_room()?;
        let (iova, id) = self.stage(parts)?;
        entry.addr = if parts.is_empty() { 0 } else { iova };
        entry.tag = COMMAND_TAG | id.0;
        self.push(&entry)?;
        self.outstanding += 1;
        Ok(())
    }

    /// Answers a lane's request.
    pub fn answer(&mut self, request: u64, answer: &AssistAnswer, output: &[u8]) -> Result<(), QueueError> {
        let padding = pad32(output.len()) - output.len();
        let len_bytes = (size_of::<AssistAnswer>() + output.len() + padding) as u32;
        let entry = Submission { command: Command::Answer as u8, seq: request, len_bytes, ..Default::default() };
        self.command(entry, &[answer.as_bytes(), output, &[0; 32][..padding]])
    }

    /// Submits the write set of an escaped transaction; free it with [`Self::unstage`] when it has committed.
    pub fn commit_host(&mut self, tag: u32, count: u32, records: &[u8]) -> Result<StagedId, QueueError> {
        self.make_room()?;
        let (iova, id) = self.stage(&[records])?;
        let addr = if count == 0 { 0 } else { iova };
        let len_bytes = records.len() as u32;
        let command = Command::CommitHost as u8;
        self.push(&Submission { command, tag, addr, len_bytes, count, ..Default::default() })?;
        Ok(id)
    }

    /// Copies the payload of a transaction; the position is freed by [`Self::free_payload`]. `None` when full.
    pub fn stage_payload(&mut self, words: &[u64], bytes: &[u8]) -> Result<Option<(u64, u64)>, QueueError> {
        let Some((offset, position)) = self.payload_ring.take(words.len() * 8 + bytes.len().next_multiple_of(32))
        else {
            return Ok(None);
        };
        self.payloads.write(offset, words.as_bytes())?;
        let at = offset + words.len() * 8;
        self.payloads.write(at, bytes)?;
        let padding = bytes.len().next_multiple_of(32) - bytes.len();
        self.payloads.write(at + bytes.len(), &[0; 32][..padding])?;
        Ok(Some((self.payloads.iova() + offset as u64, position)))
    }

    /// Largest payload that can be staged.
    pub fn payload_bytes_max(&self) -> usize {
        (self.info.payload_bytes as usize).min(self.payloads.len_bytes() / 2)
    }

    /// Frees payloads up to a position: their transactions have committed.
    pub fn free_payload(&mut self, position: u64) {
        self.payload_ring.free_to(position);
    }

    /// Submits a transaction; its record goes to the buffer of that number.
    pub fn execute(&mut self, mut entry: Submission, record: u32) -> Result<(), QueueError> {
        self.make_room()?;
        entry.command = Command::Execute as u8;
        entry.record_addr = self.records.iova() + u64::from(record % self.inflight) * self.record_bytes as u64;
        entry.record_bytes = self.record_bytes as u32;
        self.push(&entry)?;
        self.outstanding += 1;
        Ok(())
    }

    /// Copies a result record of `record_bytes` into `words`. `None` if that is no possible length.
    pub fn read_record(&self, record: u32, record_bytes: u32, words: &mut Vec<u64>) -> Result<Option<()>, QueueError> {
        let len_bytes = record_bytes as usize;
        if len_bytes > self.record_bytes || !len_bytes.is_multiple_of(32) {
            return Ok(None);
        }
        words.clear();
        words.resize(len_bytes / 8, 0);
        self.records.read((record % self.inflight) as usize * self.record_bytes, words)?;
        Ok(Some(()))
    }

    // Completion.

    fn release(&mut self, buffer: Option<DmaBuffer>) {
        if let Some(mut buffer) = buffer {
            let (iova, len_bytes) = (buffer.iova(), buffer.len_bytes());
            match self.device.dma_unmap(iova) {
                Ok(()) => self.iovas.give(iova, len_bytes),
                // The card may still reach it: neither memory nor range may be used again.
                Err(_) => buffer.keep(),
            }
        }
    }

    /// Frees staged memory. `false` if nothing of that number is outstanding.
    pub fn unstage(&mut self, id: StagedId) -> bool {
        let index = id.0.wrapping_sub(self.staged_first) & !COMMAND_TAG;
        match self.staged.get_mut(index as usize) {
            Some(staged) if !staged.done => staged.done = true,
            _ => return false,
        }
        while self.staged.front().is_some_and(|staged| staged.done) {
            if let Some(staged) = self.staged.pop_front() {
                self.staged_first = self.staged_first.wrapping_add(1) & !COMMAND_TAG;
                if staged.dedicated.is_some() {
                    self.release(staged.dedicated);
                } else {
                    self.staging_ring.free_to(staged.end);
                }
            }
        }
        true
    }

    fn has_completion(&self) -> Result<bool, QueueError> {
        Ok(self.cq.read_u8(self.cq_head as usize * size_of::<Completion>() + 3)? == self.phase)
    }

    /// Takes the next entry of the ring; `Done` entries are handled here and yield nothing.
    fn poll_ring(&mut self) -> Result<Option<Event>, QueueError> {
        let (index, offset) = (self.cq_head, self.cq_head as usize * size_of::<Completion>());
        let bad = |what, value: u64| QueueError::BadCompletion { index, what, value };
        let phase = self.cq.read_u8(offset + 3)?;
        if phase != self.phase {
            return if phase > 1 { Err(bad("phase", phase.into())) } else { Ok(None) };
        }
        // The card writes the phase last; nothing of the entry may be read before it.
        fence(Ordering::Acquire);
        let mut words = [0u64; size_of::<Completion>() / 8];
        self.cq.read(offset, &mut words)?;
        let entry = Completion::read_from_bytes(words.as_bytes()).map_err(|_| bad("size", 0))?;
        self.cq_head = (self.cq_head + 1) % self.cq_entries;
        if self.cq_head == 0 {
            self.phase ^= 1;
        }
        if (self.cq_head.wrapping_sub(self.cq_credited) % self.cq_entries) >= self.cq_entries / 4 {
            self.credit()?;
        }
        let code = || bad("code", entry.code.into());
        let tag = entry.tag;
        let kind = CompletionKind::from_u8(entry.kind).ok_or(bad("kind", entry.kind.into()))?;
        if matches!(kind, CompletionKind::Committed | CompletionKind::Done) {
            self.outstanding = self.outstanding.checked_sub(1).ok_or(bad("tag", tag.into()))?;
        }
        Ok(Some(match kind {
            CompletionKind::Done => {
                if tag & COMMAND_TAG == 0 || !self.unstage(StagedId(tag & !COMMAND_TAG)) {
                    return Err(bad("tag", tag.into()));
                }
                return Ok(None);
            }
            CompletionKind::Committed => Event::Committed { tag, record_bytes: entry.record_bytes },
            CompletionKind::Escaped => Event::Escaped { tag, reason: Escape::from_u8(entry.code).ok_or_else(code)? },
            CompletionKind::Error => Event::Failed { tag, code: CardError::from_u8(entry.code).ok_or_else(code)? },
            CompletionKind::AssistRequest => match Assist::from_u8(entry.code).ok_or_else(code)? {
                Assist::State => {
                    let kind = KeyKind::from_u8(entry.key_kind).ok_or(bad("key kind", entry.key_kind.into()))?;
                    let (address, slot) = (Address::new(entry.address.to_be()), U256::from_limbs(entry.key.0));
                    Event::Assist { tag, key: StateKey { kind, address, slot } }
                }
                Assist::Code => {
                    let [handle, pc, ..] = entry.key.0;
                    let narrow = |field, value| u32::try_from(value).map_err(|_| bad(field, value));
                    Event::Code { tag, handle: narrow("handle", handle)?, pc: narrow("pc", pc)? }
                }
                kind => {
                    let request = entry.key.0[0];
                    Event::Ask { tag, kind, request, request_bytes: entry.record_bytes }
                }
            },
        }))
    }

    /// The next event, if there is one.
    pub fn poll(&mut self) -> Result<Option<Event>, QueueError> {
        if let Some(event) = self.backlog.pop_front() {
            return Ok(Some(event));
        }
        loop {
            let before = self.cq_head;
            match self.poll_ring()? {
                Some(event) => return Ok(Some(event)),
                None if self.cq_head == before => return Ok(None),
                None => {}
            }
        }
    }

    /// Whether commands are outstanding.
    pub fn outstanding(&self) -> u32 {
        self.outstanding
    }

    /// The card stopped without saying so in the ring.
    fn check_stopped(&mut self) -> Result<u32, QueueError> {
        let status = self.read32(regs::STATUS)?;
        if status & regs::STATUS_ERROR != 0 && !self.has_completion()? {
            let code = self.read32(regs::ERROR)?;
            let name = u8::try_from(code).ok().and_then(CardError::from_u8).map_or("unknown", CardError::name);
            let info = self.read32(regs::ERROR_INFO)?;
            return Err(QueueError::Stopped { code, name, info });
        }
        Ok(status)
    }

    /// Waits until the card has written a completion. Bounded by the time-out.
    pub fn wait(&mut self) -> Result<(), QueueError> {
        self.ring()?;
        self.credit()?;
        let start = Instant::now();
        let result = self.wait_from(start);
        self.card_ns += start.elapsed().as_nanos() as u64;
        result
    }

    /// Another flag that ends what is under way; the last one.
    pub fn set_cancel(&mut self, cancel: Option<Arc<AtomicBool>>) -> Option<Arc<AtomicBool>> {
        std::mem::replace(&mut self.cancel, cancel)
    }

    /// An error if nobody wants any more.
    pub fn check_cancelled(&self) -> Result<(), QueueError> {
        match self.cancel.as_ref().is_some_and(|cancel| cancel.load(Ordering::Relaxed)) {
            true => Err(QueueError::Cancelled),
            false => Ok(()),
        }
    }

    fn wait_from(&mut self, start: Instant) -> Result<(), QueueError> {
        if self.device.works_alone() {
            while start.elapsed() < self.spin {
                if self.has_completion()? {
                    return Ok(());
                }
                std::hint::spin_loop();
            }
        }
        let mut quiet = QuietTime::new();
        let mut left = Some(self.timeout);
        while !self.has_completion()? {
            let wake = match left {
                Some(left) => self.device.wait(left),
                None => Err(DeviceError::Timeout(self.timeout)),
            };
            if self.has_completion()? {
                if matches!(wake, Ok(Wake::Quiet) | Err(DeviceError::Timeout(_))) && self.device.works_alone() {
                    self.note_lost_interrupt()?;
                }
                break;
            }
            match wake {
                // An interrupt without completion tells nothing of a card that stands still.
                Ok(Wake::Interrupt) if quiet.looked.elapsed() > LOOK_TIME && self.device.works_alone() => {
                    self.look(&mut quiet)?;
                }
                Ok(Wake::Interrupt) => {
                    self.check_stopped()?;
                }
                Ok(Wake::Idle) => {
                    self.check_stopped()?;
                    return Err(QueueError::LostCompletion { outstanding: self.outstanding });
                }
                Ok(Wake::Quiet) => self.look(&mut quiet)?,
                Err(DeviceError::Timeout(_)) => {
                    let status = self.check_stopped()?;
                    return Err(QueueError::Timeout { after: self.timeout, outstanding: self.outstanding, status });
                }
                Err(error) => return Err(error.into()),
            }
            left = self.timeout.checked_sub(start.elapsed()).filter(|left| !left.is_zero());
        }
        Ok(())
    }

    /// A completion stands in the ring, and no interrupt came. It may be on its way.
    fn note_lost_interrupt(&mut self) -> Result<(), QueueError> {
        match self.device.wait(INTERRUPT_DELAY) {
            Ok(Wake::Interrupt) => Ok(()),
            Ok(Wake::Idle | Wake::Quiet) | Err(DeviceError::Timeout(_)) => {
                self.lost_interrupts += 1;
                tracing::warn!(lost = self.lost_interrupts, "a completion came without its interrupt");
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Nothing has come for a while: whether the card is there, has work, and goes on.
    fn look(&mut self, quiet: &mut QuietTime) -> Result<(), QueueError> {
        self.check_cancelled()?;
        quiet.looked = Instant::now();
        let status = self.check_stopped()?;
        let cycles = self.read64(regs::CYCLES)?;
        quiet.idle_looks = if status & regs::STATUS_IDLE != 0 { quiet.idle_looks + 1 } else { 0 };
        if quiet.idle_looks >= IDLE_LOOKS && !self.has_completion()? {
            return Err(QueueError::LostCompletion { outstanding: self.outstanding });
        }
        match &mut quiet.cycles {
            Some((last, since)) if *last == cycles => {
                let stood = since.elapsed();
                if stood > STALL_TIME {
                    return Err(DeviceError::Stalled(stood).into());
                }
            }
            other => *other = Some((cycles, Instant::now())),
        }
        Ok(())
    }

    /// Waits until nothing is outstanding; events other than `Done` are an error of the card.
    pub fn drain(&mut self) -> Result<(), QueueError> {
        loop {
            let index = self.cq_head;
            match self.poll()? {
                Some(Event::Failed { tag, code }) => {
                    return Err(QueueError::Stopped { code: code as u32, name: code.name(), info: tag });
                }
                Some(_) => return Err(QueueError::BadCompletion { index, what: "kind while draining", value: 0 }),
                None if self.outstanding == 0 => return Ok(()),
                None => self.wait()?,
            }
        }
    }
}

impl<D: Device> Drop for Queue<D> {
    fn drop(&mut self) {
        // The card must be quiet before its memory goes away. Where it cannot be reached, memory is leaked.
        let _ = self.device.write(regs::CONTROL, 0);
        let _ = self.device.reset();
        while let Some(staged) = self.staged.pop_front() {
            self.release(staged.dedicated);
        }
        for buffer in [&mut self.sq, &mut self.cq, &mut self.staging, &mut self.payloads, &mut self.records] {
            if self.device.dma_unmap(buffer.iova()).is_err() {
                buffer.keep();
            }
        }
    }
}
