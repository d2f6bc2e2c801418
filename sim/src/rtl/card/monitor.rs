//! What the card does to host memory, watched in every simulated run.
//!
//! The monitor reads submissions when their doorbell arrives and completions as they are written, as a bus analyser at the link would, and knows
//! nothing of the card's inside. Rules:
//!
//! - the card writes only to its completion ring and to record buffers of transactions that have been submitted and not completed;
//! - completion entries come one after the other, each with the phase bit of its pass over the ring;
//! - every Execute and system CommitHost commits once, in the order of submission; an escape names the oldest one, and once;
//! - every other command is done once; nothing is lost when the card says that it is idle;
//! - when a transaction's completion stands in host memory, so does its record;
//! - what a transaction was told of the state is so when it commits (`ReadCheck`, which is told by the lanes what they read). A host that answers a key
//!   falsely breaks this one too.
//!
//! A broken rule is a defect of the design: the simulation ends with a panic that names it. After an Error completion, or a submission that the contract
//! does not allow, no more is checked: the card stops there.

use super::axi::Backing;
use super::reads::ReadCheck;
use crate::memory::HostMemory;
use gaslane_abi::record::{ResultHeader, StateRecord};
use gaslane_abi::regs;
use gaslane_abi::ring::{Command, Completion, CompletionKind, FLAG_SYSTEM, Submission};
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use zerocopy::FromBytes;

/// A ring as the registers describe it.
#[derive(Clone, Copy, Debug, Default)]
struct Ring {
    base: u64,
    entries: u32,
    /// Entries that have been seen, modulo the ring.
    next: u32,
}

impl Ring {
    fn entry(&self) -> u64 {
        self.base.wrapping_add(64 * u64::from(self.next))
    }

    fn step(&mut self) {
        self.next = (self.next + 1) % self.entries.max(1);
    }

    fn set_base(&mut self, high: bool, value: u32) {
        let value = u64::from(value);
        self.base = if high { self.base & 0xffff_ffff | value << 32 } else { self.base >> 32 << 32 | value };
        self.next = 0;
    }
}

/// A transaction or system write set on its way.
#[derive(Clone, Copy, Debug)]
struct Open {
    tag: u32,
    record_addr: u64,
    record_bytes: u32,
    escaped: bool,
    /// Write set of the host: where, how many records.
    writes: (u64, u32),
}

/// A transaction that a lane has finished and that has committed. Cycles are those of the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Tag: its place in the block.
    pub tag: u32,
    /// Lane of the last attempt.
    pub lane: u32,
    /// Attempts before it.
    pub aborts: u16,
    /// Gas used.
    pub gas_used: u64,
    /// The last attempt began.
    pub start_cycle: u64,
    /// It finished.
    pub finish_cycle: u64,
    /// Its commit had found everything that it changes.
    pub commit_cycle: u64,
    /// Its completion stood in host memory.
    pub completion_cycle: u64,
}

/// The monitor.
#[derive(Debug, Default)]
pub struct Monitor {
    submissions: Ring,
    completions: Ring,
    phase: u8,
    open: VecDeque<Open>,
    /// Other commands that are not done, by tag.
    others: FxHashMap<u32, u32>,
    /// No more is checked.
    ended: bool,
    /// Cycle at hand.
    pub now: u64,
    /// Whether [`Self::committed`] is kept.
    pub records: bool,
    /// What has committed.
    pub committed: Vec<Committed>,
    /// Completions so far.
    pub count: u64,
    /// What the lanes have read.
    pub(super) reads: ReadCheck,
    /// Transactions and system write sets submitted, and committed.
    opened: u64,
    closed: u64,
    /// Resets of the state: behind so many submissions, submitted in this cycle.
    resets: VecDeque<(u64, u64)>,
}

impl Monitor {
    /// A write of a register arrives at the card.
    pub fn register(&mut self, register: u32, value: u32, memory: &HostMemory) {
        match register {
            regs::SQ_BASE => self.submissions.set_base(false, value),
            regs::CQ_BASE => self.completions.set_base(false, value),
            regs::SQ_ENTRIES => (self.submissions.entries, self.submissions.next) = (value, 0),
            regs::CQ_ENTRIES => (self.completions.entries, self.completions.next) = (value, 0),
            regs::SQ_TAIL => self.doorbell(value, memory),
            _ if register == regs::SQ_BASE + 4 => self.submissions.set_base(true, value),
            _ if register == regs::CQ_BASE + 4 => self.completions.set_base(true, value),
            _ => {}
        }
    }

    fn doorbell(&mut self, tail: u32, memory: &HostMemory) {
        if tail >= self.submissions.entries {
            self.ended = true;
        }
        while !self.ended && self.submissions.next != tail {
            match read::<Submission>(memory, self.submissions.entry()) {
                Some(entry) => self.submitted(&entry),
                None => self.ended = true,
            }
            self.submissions.step();
        }
    }

    fn submitted(&mut self, entry: &Submission) {
        let system = entry.flags & FLAG_SYSTEM != 0;
        match Command::from_u8(entry.command) {
            None => self.ended = true,
            Some(Command::Execute) => self.opens(Open {
                tag: entry.tag,
                record_addr: entry.record_addr,
                record_bytes: entry.record_bytes,
                escaped: false,
                writes: (0, 0),
            }),
            Some(Command::CommitHost) if system => {
                let writes = (entry.addr, entry.count);
                self.opens(Open { tag: entry.tag, record_addr: 0, record_bytes: 0, escaped: true, writes });
            }
            // What answers an escape completes with the transaction.
            Some(Command::CommitHost) => {
                if let Some(open) = self.open.front_mut().filter(|open| open.tag == entry.tag) {
                    open.writes = (entry.addr, entry.count);
                }
            }
            Some(command) => {
                if command == Command::ResetState {
                    self.resets.push_back((self.opened, self.now));
                }
                *self.others.entry(entry.tag).or_default() += 1;
            }
        }
    }

    fn opens(&mut self, open: Open) {
        self.opened += 1;
        self.open.push_back(open);
    }

    /// The card has written 32 bytes.
    fn written(&mut self, address: u64, memory: &HostMemory) {
        if self.ended {
            return;
        }
        let ring = self.completions;
        // What is forged may reach beyond the address space.
        if address.checked_sub(ring.base).is_some_and(|offset| offset < 64 * u64::from(ring.entries)) {
            let entry = ring.entry();
            assert!(
                address & !63 == entry,
                "the card writes the completion entry at {:#x}, the next one is that at {entry:#x}",
                address & !63
            );
            // The half with the phase bit comes last.
            if address == entry
                && let Some(completion) = read::<Completion>(memory, entry)
            {
                self.completed(&completion, memory);
            }
            return;
        }
        let inside = |open: &Open| {
            let offset = address.checked_sub(open.record_addr);
            offset.is_some_and(|offset| offset < u64::from(open.record_bytes))
        };
        assert!(
            self.open.iter().any(inside),
            "the card writes to {address:#x}, which is neither its completion ring nor a record buffer of an open transaction"
        );
    }

    fn completed(&mut self, completion: &Completion, memory: &HostMemory) {
        if self.completions.next == 0 {
            self.phase ^= 1;
        }
        let (tag, phase) = (completion.tag, completion.phase);
        assert!(phase == self.phase, "completion of tag {tag}: phase {phase} in the wrong pass over the ring");
        self.completions.step();
        self.count += 1;
        match CompletionKind::from_u8(completion.kind) {
            Some(CompletionKind::Committed) => self.commit(completion, memory),
            Some(CompletionKind::Escaped) => match self.open.front_mut() {
                Some(open) if open.tag == tag && !open.escaped => open.escaped = true,
                oldest => panic!("the card gives back transaction {tag}, but the oldest open one is {oldest:?}"),
            },
            Some(CompletionKind::Done) => match self.others.get_mut(&tag) {
                Some(count) if *count > 0 => *count -= 1,
                _ => panic!("the card completes a command with tag {tag} that nobody has submitted"),
            },
            Some(CompletionKind::AssistRequest) => {}
            Some(CompletionKind::Error) => self.ended = true,
            None => panic!("completion of kind {}, which there is not", completion.kind),
        }
    }

    fn commit(&mut self, completion: &Completion, memory: &HostMemory) {
        let tag = completion.tag;
        let open = match self.open.pop_front() {
            Some(open) if open.tag == tag => open,
            oldest => panic!("transaction {tag} commits, but the oldest open one is {oldest:?}"),
        };
        let bytes = completion.record_bytes;
        assert!(
            (bytes == 0) == open.escaped && bytes <= open.record_bytes,
            "transaction {tag} commits with a record of {bytes} bytes: {open:?}"
        );
        while let Some(&(behind, cycle)) = self.resets.front()
            && behind <= self.closed
        {
            self.resets.pop_front();
            self.reads.forget(cycle);
        }
        self.closed += 1;
        if bytes == 0 {
            return self.reads.writes(&records(memory, open.writes.0, open.writes.1));
        }
        let header = read::<ResultHeader>(memory, open.record_addr)
            .unwrap_or_else(|| panic!("record of transaction {tag}: its buffer is not mapped any more"));
        assert!(
            header.tag == tag && header.total_bytes == bytes,
            "transaction {tag} is complete, but its record ({bytes} bytes) does not stand in host memory: {header:?}"
        );
        self.reads.commits(tag, header.lane, header.start_cycle);
        let first = open.record_addr + size_of::<ResultHeader>() as u64;
        self.reads.writes(&records(memory, first, header.write_count));
        if self.records {
            self.committed.push(Committed {
                tag,
                lane: header.lane,
                aborts: header.aborts,
                gas_used: header.gas_used,
                start_cycle: header.start_cycle,
                finish_cycle: header.finish_cycle,
                commit_cycle: header.commit_cycle,
                completion_cycle: self.now,
            });
        }
    }

    /// Fields of the state that committed transactions had read, and that held what they were told.
    pub fn reads_compared(&self) -> u64 {
        self.reads.compared()
    }

    /// The card has said that it is idle.
    pub fn idle(&self) {
        let others: u32 = self.others.values().sum();
        assert!(
            self.ended || self.open.is_empty() && others == 0,
            "the card is idle with {} transactions and {others} other commands open",
            self.open.len()
        );
    }
}

fn read<T: FromBytes>(memory: &HostMemory, address: u64) -> Option<T> {
    let mut bytes = Vec::new();
    memory.read(address, size_of::<T>(), &mut bytes).ok()?;
    T::read_from_bytes(&bytes).ok()
}

/// Records one after the other, as far as they are mapped.
fn records(memory: &HostMemory, first: u64, count: u32) -> Vec<StateRecord> {
    let address = |index: u32| first.wrapping_add(size_of::<StateRecord>() as u64 * u64::from(index));
    (0..count).map_while(|index| read(memory, address(index))).collect()
}

/// Host memory with a monitor.
#[derive(Debug, Default)]
pub struct Watched {
    /// The memory.
    pub memory: HostMemory,
    /// The monitor.
    pub monitor: Monitor,
}

impl Backing for Watched {
    fn read(&mut self, address: u64, data: &mut [u8; 32]) -> bool {
        let mut bytes = Vec::new();
        let found = self.memory.read(address & !31, 32, &mut bytes).is_ok();
        if found {
            data.copy_from_slice(&bytes);
        }
        found
    }

    fn write(&mut self, address: u64, data: &[u8; 32], strobes: u32) -> bool {
        let address = address & !31;
        let done = strobes == u32::MAX && self.memory.write(address, data).is_ok();
        if done {
            self.monitor.written(address, &self.memory);
        }
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr::NonNull;
    use zerocopy::IntoBytes;

    const SQ: u64 = 0x1000;
    const CQ: u64 = 0x2000;
    const RECORDS: u64 = 0x3000;

    /// A page for each ring and for records.
    struct Host {
        watched: Watched,
        tail: u32,
        completions: u32,
        _pages: Box<[u64; 3 * 512]>,
    }

    impl Host {
        fn new() -> Self {
            let mut pages = Box::new([0_u64; 3 * 512]);
            let mut watched = Watched::default();
            let memory = NonNull::new(pages.as_mut_ptr().cast()).unwrap();
            // SAFETY: the pages live as long as the memory, and only it uses them.
            unsafe { watched.memory.map(SQ, memory, 3 * 4096) }.unwrap();
            for (register, value) in
                [(regs::SQ_BASE, SQ as u32), (regs::SQ_ENTRIES, 8), (regs::CQ_BASE, CQ as u32), (regs::CQ_ENTRIES, 2)]
            {
                watched.monitor.register(register, value, &watched.memory);
            }
            Self { watched, tail: 0, completions: 0, _pages: pages }
        }

        fn submit(&mut self, command: Command, tag: u32) {
            let record_addr = RECORDS + 1024 * u64::from(tag);
            let entry =
                Submission { command: command as u8, tag, record_addr, record_bytes: 1024, ..Default::default() };
            self.watched.memory.write(SQ + 64 * u64::from(self.tail), entry.as_bytes()).unwrap();
            self.tail = (self.tail + 1) % 8;
            self.watched.monitor.register(regs::SQ_TAIL, self.tail, &self.watched.memory);
        }

        fn record(&mut self, tag: u32, total_bytes: u32) {
            let header = ResultHeader { tag, total_bytes, ..ResultHeader::default() };
            for (index, row) in header.as_bytes().chunks_exact(32).enumerate() {
                let address = RECORDS + 1024 * u64::from(tag) + 32 * index as u64;
                assert!(self.watched.write(address, row.try_into().unwrap(), u32::MAX));
            }
        }

        fn complete(&mut self, kind: CompletionKind, tag: u32, record_bytes: u32) {
            let phase = 1 - (self.completions / 2 % 2) as u8;
            let entry = Completion { kind: kind as u8, tag, record_bytes, phase, ..Completion::default() };
            let address = CQ + 64 * u64::from(self.completions % 2);
            self.completions += 1;
            let halves = entry.as_bytes();
            assert!(self.watched.write(address + 32, halves[32..].try_into().unwrap(), u32::MAX));
            assert!(self.watched.write(address, halves[..32].try_into().unwrap(), u32::MAX));
        }
    }

    #[test]
    fn what_the_contract_says_passes() {
        let mut host = Host::new();
        host.watched.monitor.records = true;
        host.submit(Command::Fill, 9);
        host.submit(Command::Execute, 0);
        host.submit(Command::Execute, 1);
        host.complete(CompletionKind::Done, 9, 0);
        host.record(0, 96);
        host.complete(CompletionKind::Committed, 0, 96);
        host.complete(CompletionKind::Escaped, 1, 0);
        host.complete(CompletionKind::Committed, 1, 0);
        host.watched.monitor.idle();
        assert_eq!(host.watched.monitor.committed.len(), 1);
        assert_eq!(host.watched.monitor.count, 4);
    }

    #[test]
    #[should_panic(expected = "the oldest open one")]
    fn commits_out_of_order_are_found() {
        let mut host = Host::new();
        host.submit(Command::Execute, 0);
        host.submit(Command::Execute, 1);
        host.record(1, 96);
        host.complete(CompletionKind::Committed, 1, 96);
    }

    #[test]
    #[should_panic(expected = "does not stand in host memory")]
    fn completions_before_their_records_are_found() {
        let mut host = Host::new();
        host.submit(Command::Execute, 0);
        host.complete(CompletionKind::Committed, 0, 96);
    }

    #[test]
    #[should_panic(expected = "nobody has submitted")]
    fn doubled_completions_are_found() {
        let mut host = Host::new();
        host.submit(Command::Drain, 0);
        host.complete(CompletionKind::Done, 0, 0);
        host.complete(CompletionKind::Done, 0, 0);
    }

    #[test]
    #[should_panic(expected = "neither its completion ring nor a record buffer")]
    fn writes_elsewhere_are_found() {
        let mut host = Host::new();
        host.submit(Command::Execute, 0);
        host.record(0, 96);
        host.record(1, 96);
    }

    #[test]
    #[should_panic(expected = "is idle with 1 transactions")]
    fn lost_transactions_are_found() {
        let mut host = Host::new();
        host.submit(Command::Execute, 0);
        host.watched.monitor.idle();
    }
}
