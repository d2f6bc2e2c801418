//! A card for the driver's own tests: it commits plain transfers from what it was told, gives everything else
//! back, and can be told to break the contract.

use alloy_primitives::{Address, U256};
use gaslane_abi::codes::{Assist, Escape, KeyKind};
use gaslane_abi::env;
use gaslane_abi::image::{IMAGE_MAGIC, ImageHeader};
use gaslane_abi::record::{
    CLEAR_STORAGE, DELETED, EXISTS, HAS_BALANCE, HAS_CODE, HAS_NONCE, ResultHeader, StateRecord,
};
use gaslane_abi::ring::{Command, Completion, CompletionKind, FLAG_DEPENDS, FLAG_ESCAPE, Submission};
use gaslane_abi::word::{Address20, Word};
use gaslane_abi::{ABI_VERSION, CARD_ID, Device, DeviceError, DmaMemory, Wake, regs};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;
use zerocopy::{FromBytes, IntoBytes};

/// How the card breaks the contract, from the first transaction's completion on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Fault {
    #[default]
    None,
    /// A tag that was never submitted.
    Tag,
    /// A phase byte that is no phase.
    Phase,
    /// An unknown kind.
    Kind,
    /// A record longer than its buffer.
    Length,
    /// A record with a wrong tag inside.
    Record,
    /// An error completion.
    Error,
    /// No completion at all.
    Lost,
    /// A second completion for the same transaction.
    Twice,
    /// An escape reason that does not exist.
    Reason,
    /// An assist for a transaction that is not in flight.
    Assist,
    /// The card is pulled out.
    Gone,
    /// Interrupts without end, no completion.
    Storm,
    /// One bit of one completion entry is wrong: entry, bit.
    Flip(u32, u32),
}

#[derive(Clone, Copy, Debug, Default)]
struct Account {
    balance: U256,
    nonce: u64,
    code_handle: u32,
}

/// The card.
#[derive(Debug, Default)]
pub(crate) struct FakeCard {
    fault: Fault,
    /// Version that the card claims.
    abi: Option<u32>,
    /// Forget an account after each commit, so that it is asked for again.
    forgetful: bool,
    pub(crate) assists: u32,
    pub(crate) depends: u32,
    maps: BTreeMap<u64, (usize, usize)>,
    registers: HashMap<u32, u32>,
    sq_head: u32,
    cq_tail: u32,
    passes: u32,
    written: bool,
    storm: bool,
    state: HashMap<Address, Account>,
    images: HashMap<u32, usize>,
    coinbase: Address,
    transactions: VecDeque<Submission>,
    escaped: bool,
    asked: Option<Address>,
    commits: u64,
    completions: u32,
    broken: bool,
    gone: bool,
}

impl FakeCard {
    pub(crate) fn with_fault(fault: Fault) -> Self {
        Self { fault, ..Self::default() }
    }

    pub(crate) fn forgetful(forgetful: bool) -> Self {
        Self { forgetful, ..Self::default() }
    }

    pub(crate) fn with_abi(abi: u32) -> Self {
        Self { abi: Some(abi), ..Self::default() }
    }

    fn register(&self, offset: u32) -> u32 {
        self.registers.get(&offset).copied().unwrap_or_default()
    }

    fn address(&self, iova: u64, len: usize) -> *mut u8 {
        let (&start, &(memory, bytes)) = self.maps.range(..=iova).next_back().expect("mapped");
        assert!(iova + len as u64 <= start + bytes as u64, "DMA outside of a mapping");
        (memory + (iova - start) as usize) as *mut u8
    }

    fn dma_read(&self, iova: u64, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        if len > 0 {
            // SAFETY: the range is mapped, and the driver does not touch it meanwhile: everything is one thread.
            unsafe { self.address(iova, len).copy_to_nonoverlapping(bytes.as_mut_ptr(), len) };
        }
        bytes
    }

    fn dma_write(&self, iova: u64, bytes: &[u8]) {
        // SAFETY: the range is mapped, and the driver does not touch it meanwhile: everything is one thread.
        unsafe { self.address(iova, bytes.len()).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
    }

    fn base(&self, offset: u32) -> u64 {
        u64::from(self.register(offset)) | u64::from(self.register(offset + 4)) << 32
    }

    fn complete(&mut self, mut entry: Completion) {
        let entries = self.register(regs::CQ_ENTRIES);
        entry.phase = 1 - (self.passes % 2) as u8;
        if self.broken && self.fault == Fault::Phase {
            entry.phase = 7;
        }
        if let Fault::Flip(index, bit) = self.fault {
            if self.completions == index {
                entry.as_mut_bytes()[bit as usize / 8] ^= 1 << (bit % 8);
                self.broken = true;
            }
            self.completions += 1;
        }
        self.dma_write(self.base(regs::CQ_BASE) + u64::from(self.cq_tail) * 64, entry.as_bytes());
        self.cq_tail = (self.cq_tail + 1) % entries;
        self.passes += u32::from(self.cq_tail == 0);
        self.written = true;
    }

    /// Completion of a transaction, broken as told.
    fn complete_transaction(&mut self, mut entry: Completion) {
        self.broken |= !matches!(self.fault, Fault::None | Fault::Flip(..));
        match self.fault {
            Fault::Tag => entry.tag ^= 0x100,
            Fault::Kind => entry.kind = 99,
            Fault::Length => entry.record_bytes = 1 << 30,
            Fault::Error => (entry.kind, entry.code) = (CompletionKind::Error as u8, 3),
            Fault::Lost => return,
            Fault::Storm => {
                self.storm = true;
                return;
            }
            Fault::Twice => self.complete(entry),
            Fault::Reason => (entry.kind, entry.code) = (CompletionKind::Escaped as u8, 200),
            Fault::Assist => {
                entry.kind = CompletionKind::AssistRequest as u8;
                (entry.code, entry.key_kind, entry.tag) = (1, 1, 0x4000_0000);
            }
            Fault::Gone => self.gone = true,
            Fault::None | Fault::Phase | Fault::Record | Fault::Flip(..) => {}
        }
        self.complete(entry);
    }

    fn fetch(&mut self) {
        while self.sq_head != self.register(regs::SQ_TAIL) {
            let bytes = self.dma_read(self.base(regs::SQ_BASE) + u64::from(self.sq_head) * 64, 64);
            let entry = Submission::read_from_bytes(&bytes).unwrap();
            self.sq_head = (self.sq_head + 1) % self.register(regs::SQ_ENTRIES);
            let payload = self.dma_read(entry.addr, entry.len_bytes as usize);
            if self.broken {
                // Whatever the driver does now, it was misled.
                let kind = CompletionKind::Done as u8;
                self.complete(Completion { kind, tag: entry.tag, ..Default::default() });
                continue;
            }
            match Command::from_u8(entry.command).expect("command") {
                Command::Execute => {
                    self.depends += u32::from(entry.flags & FLAG_DEPENDS != 0);
                    self.transactions.push_back(entry);
                    continue;
                }
                Command::CommitHost => {
                    let head = self.transactions.pop_front().expect("a transaction");
                    assert!(self.escaped && head.tag == entry.tag, "not the escaped head");
                    self.escaped = false;
                    self.commits += 1;
                    self.records(&payload, entry.count, None);
                    let kind = CompletionKind::Committed as u8;
                    self.complete_transaction(Completion { kind, tag: entry.tag, ..Default::default() });
                    continue;
                }
                Command::Fill => {
                    // Older values are a prefetch that crossed commits: good for accounts that no commit has changed.
                    assert!(entry.seq <= self.commits, "values of another time");
                    if entry.seq == self.commits || !self.forgetful {
                        self.records(&payload, entry.count, Some(entry.seq));
                    }
                }
                Command::LoadImage => {
                    let (header, _) = ImageHeader::read_from_prefix(&payload).expect("header");
                    assert_eq!((header.magic, header.total_bytes as usize), (IMAGE_MAGIC, payload.len()));
                    self.images.insert(entry.handle, header.raw_bytes as usize);
                }
                Command::SetBlock => {
                    assert_eq!(payload.len(), 32 * env::BLOCK_WORDS);
                    let word = Word::read_from_bytes(&payload[..32]).unwrap();
                    self.coinbase = Address::new(word.to_address());
                }
                Command::ResetState => self.state.clear(),
                Command::ResetCode => self.images.retain(|handle, _| *handle == u32::MAX),
                Command::Drain | Command::PatchImage | Command::Answer => {}
            }
            self.complete(Completion { kind: CompletionKind::Done as u8, tag: entry.tag, ..Default::default() });
        }
    }

    /// Takes records of a write set, or of a fill that is as old as that many commits.
    fn records(&mut self, payload: &[u8], count: u32, fill: Option<u64>) {
        assert_eq!(payload.len(), 128 * count as usize);
        for record in payload.chunks_exact(128).map(|bytes| StateRecord::read_from_bytes(bytes).unwrap()) {
            if record.kind != KeyKind::Account as u8 {
                continue;
            }
            let address = Address::new(record.address.to_be());
            let all = HAS_BALANCE | HAS_NONCE | HAS_CODE;
            if fill.is_some() {
                assert_eq!(record.flags & all, all);
                assert!(record.code_handle == 0 || self.images[&record.code_handle] == record.code_bytes as usize);
                assert!(record.flags & EXISTS != 0 || record.value.is_zero());
            }
            let known = self.state.contains_key(&address);
            if fill.map_or(!known, |seq| known && seq < self.commits) {
                continue;
            }
            let account = self.state.entry(address).or_default();
            if record.flags & (DELETED | CLEAR_STORAGE) != 0 {
                *account = Account::default();
            }
            if record.flags & HAS_BALANCE != 0 {
                account.balance = U256::from_limbs(record.value.0);
            }
            if record.flags & HAS_NONCE != 0 {
                account.nonce = record.nonce;
            }
            if record.flags & HAS_CODE != 0 {
                account.code_handle = record.code_handle;
            }
        }
    }

    fn ask(&mut self, tag: u32, address: Address) {
        if self.asked.replace(address) != Some(address) {
            self.assists += 1;
            self.complete(Completion {
                kind: CompletionKind::AssistRequest as u8,
                code: Assist::State as u8,
                key_kind: KeyKind::Account as u8,
                tag,
                address: Address20::from_be(address.0.0),
                ..Default::default()
            });
        }
    }

    fn run_head(&mut self) -> bool {
        let Some(entry) = self.transactions.front().copied() else { return false };
        if self.escaped || self.broken {
            return false;
        }
        let tag = entry.tag;
        let escape = |card: &mut Self, reason: u8| {
            card.escaped = true;
            card.complete(Completion { kind: CompletionKind::Escaped as u8, code: reason, tag, ..Default::default() });
            false
        };
        if entry.flags & FLAG_ESCAPE != 0 {
            return escape(self, entry.count as u8);
        }
        let payload = self.dma_read(entry.addr, entry.len_bytes as usize);
        let word = |index: u8| Word::read_from_bytes(&payload[index as usize * 32..][..32]).unwrap();
        let number = |index: u8| U256::from_limbs(word(index).0);
        let (sender, to) = (Address::new(word(env::ORIGIN).to_address()), Address::new(word(env::TO).to_address()));
        for address in [sender, to, self.coinbase] {
            if !self.state.contains_key(&address) {
                self.ask(tag, address);
                return false;
            }
        }
        self.asked = None;
        let plain = [env::CALLDATA_LEN, env::AUTH_COUNT, env::CREATE].iter().all(|index| number(*index).is_zero());
        if self.state[&to].code_handle != 0 || !plain {
            return escape(self, Escape::Watchdog as u8);
        }
        let from = self.state[&sender];
        if U256::from(from.nonce) != number(env::NONCE) || from.balance < number(env::MAX_COST) {
            return escape(self, Escape::Invalid as u8);
        }
        let gas = number(env::INTRINSIC_GAS);
        let change = |card: &mut Self, address, change: &dyn Fn(&mut U256)| {
            change(&mut card.state.get_mut(&address).unwrap().balance);
        };
        change(self, sender, &|balance| *balance -= gas * number(env::GAS_PRICE) + number(env::VALUE));
        self.state.get_mut(&sender).unwrap().nonce += 1;
        change(self, to, &|balance| *balance += number(env::VALUE));
        let coinbase = self.coinbase;
        change(self, coinbase, &|balance| *balance += gas * number(env::TIP));
        let mut touched = vec![sender, to, coinbase];
        touched.sort();
        touched.dedup();
        let writes: Vec<StateRecord> = touched
            .into_iter()
            .map(|address| StateRecord {
                kind: KeyKind::Account as u8,
                flags: HAS_BALANCE | if address == sender { HAS_NONCE } else { 0 },
                address: Address20::from_be(address.0.0),
                value: Word(self.state[&address].balance.into_limbs()),
                nonce: self.state[&address].nonce,
                ..Default::default()
            })
            .collect();
        let record_tag = if self.fault == Fault::Record { tag + 1 } else { tag };
        let header = ResultHeader { status: 1, tag: record_tag, gas_used: gas.to(), ..Default::default() };
        let record = crate::records::tests::build(header, &writes, &[], &[]);
        self.dma_write(entry.record_addr, record.as_bytes());
        self.transactions.pop_front();
        self.commits += 1;
        if self.forgetful {
            self.state.remove(&to);
        }
        let (kind, record_bytes) = (CompletionKind::Committed as u8, record.len() as u32 * 8);
        self.complete_transaction(Completion { kind, tag, record_bytes, ..Default::default() });
        true
    }
}

impl Device for FakeCard {
    fn read(&mut self, offset: u32) -> Result<u32, DeviceError> {
        Ok(match offset {
            _ if self.gone => u32::MAX,
            regs::ID => CARD_ID,
            regs::ABI => self.abi.unwrap_or(ABI_VERSION),
            regs::LANES => 2,
            regs::SLOTS => 4,
            regs::ACCESS_ENTRIES => 64,
            regs::LOG_BYTES | regs::RETURN_BYTES | regs::PAYLOAD_BYTES => 4096,
            regs::CODE_BYTES => 1 << 16,
            regs::STATE_ENTRIES => 1024,
            regs::SQ_HEAD => self.sq_head,
            regs::COMMITTED => self.commits as u32,
            _ => self.register(offset),
        })
    }

    fn write(&mut self, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.registers.insert(offset, value);
        Ok(())
    }

    unsafe fn dma_map(&mut self, iova: u64, memory: DmaMemory) -> Result<(), DeviceError> {
        self.maps.insert(iova, (memory.start.as_ptr() as usize, memory.len_bytes));
        Ok(())
    }

    fn dma_unmap(&mut self, iova: u64) -> Result<(), DeviceError> {
        self.maps.remove(&iova).map(|_| ()).ok_or(DeviceError::BadMapping { iova, len_bytes: 0, why: "not mapped" })
    }

    fn wait(&mut self, timeout: Duration) -> Result<Wake, DeviceError> {
        if self.gone {
            return Ok(Wake::Idle);
        }
        if self.storm {
            std::thread::sleep(timeout.min(Duration::from_millis(1)));
            return Ok(Wake::Interrupt);
        }
        self.written = false;
        self.fetch();
        while self.run_head() {}
        Ok(if self.written { Wake::Interrupt } else { Wake::Idle })
    }

    fn reset(&mut self) -> Result<(), DeviceError> {
        *self = Self {
            abi: self.abi,
            fault: if self.broken { Fault::None } else { self.fault },
            forgetful: self.forgetful,
            assists: self.assists,
            depends: self.depends,
            maps: std::mem::take(&mut self.maps),
            ..Default::default()
        };
        Ok(())
    }
}
