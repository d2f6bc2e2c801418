//! A lane of the model card: executes one attempt of one transaction, privately.
//!
//! The lane never touches shared state. When it needs some it stops with a [`Yield`], the card answers
//! at the right cycle, and the lane goes on. Between two yields it runs ahead of the card's clock, which is
//! exact because everything it does there is private to the attempt.

mod access;
mod alu;
mod ask;
mod exec;
mod memory;
mod state;
mod system;

use crate::notes::OpCycles;
use access::AccessTable;
use alloy_primitives::{Address, B256, U256};
pub use ask::{HostAnswer, HostRequest};
use gaslane_abi::codes::{CardError, Escape, Halt, KeyKind, Status};
use gaslane_abi::env::{
    ACCESS_WORDS, AUTH_COUNT, AUTH_RECORD_WORDS, BLOB_COUNT, BLOCK_FIRST, BLOCK_WORDS, CALLDATA_LEN, COINBASE,
    ENV_WORDS, PRECOMPILE_EXTRA, PRECOMPILE_LAST, TX_WORDS,
};
use gaslane_abi::isa::vector;
use gaslane_hdl::CardConfig;
use gaslane_hdl::timing::{BOOT_CYCLES, CODE_CACHE_LINES};
use memory::Arena;
use std::sync::Arc;

/// Key of the state table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Kind.
    pub kind: KeyKind,
    /// Account; zero for a block hash.
    pub address: Address,
    /// Storage slot or block number; zero for an account.
    pub slot: U256,
}

/// Part of a state-table entry that a lane reads; each has its own reader mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReadField {
    /// Balance of an account.
    Balance,
    /// Nonce of an account.
    Nonce,
    /// Code (hash, handle, size) of an account.
    Code,
    /// Value of a storage slot, or a block hash.
    Value,
}

/// Code of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CodeRef {
    /// Keccak-256 of the bytecode.
    pub hash: B256,
    /// Handle in the code store; 0 without code.
    pub handle: u32,
    /// Size in bytes.
    pub bytes: u32,
}

/// What the state table answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateValue {
    /// Balance, or storage value, or block hash as a number.
    Word(U256),
    /// Nonce, and whether the account exists.
    Nonce(u64),
    /// Code.
    Code(CodeRef),
}

/// Why a lane stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Yield {
    /// First touch: the lane needs a committed value as of `Lane::cycle`; answer with [`Lane::supply`].
    State(Key, ReadField),
    /// The code with a handle has no words for an EVM program counter; call [`Lane::run`] again when it has
    /// ([`Lane::resume`] tells the cycle).
    Code(u32, u32),
    /// The lane needs an answer to [`Lane::request`]; give it with [`Lane::answer`].
    Ask,
    /// The lane goes on when its transaction is the head; answer with [`Lane::resume_as_head`].
    Head,
    /// Nothing is needed: the lane has used up the cycles that [`Lane::run_for`] gave it.
    Pause,
    /// The attempt ended; take it with [`Lane::take_outcome`].
    Done,
    /// The card does not do this.
    Escape(Escape),
    /// A defect of image or firmware stops the card.
    Error(CardError),
}

/// Words that SET_BLOCK set, environment words 16 and up.
#[derive(Clone, Debug)]
pub struct BlockContext {
    /// Block values and fork parameters.
    pub words: [U256; BLOCK_WORDS],
}

/// What the dispatcher hands to a lane.
#[derive(Clone, Debug)]
pub struct Job {
    /// Tag of the transaction.
    pub tag: u32,
    /// Payload as transferred (see `gaslane_abi::env`), at least `TX_WORDS` words, already bounds-checked
    /// against its own counts by the card.
    pub payload: Arc<[u8]>,
    /// Block context.
    pub block: Arc<BlockContext>,
    /// Capacity of the result record in bytes.
    pub record_bytes: u32,
}

/// An account that the attempt touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountEntry {
    /// Its address.
    pub address: Address,
    /// Warm (EIP-2929).
    pub warm: bool,
    /// Touched in the sense of EIP-161: deleted at the end if empty.
    pub touched: bool,
    /// Balance as read and changed; `None` while never read.
    pub balance: Option<U256>,
    /// The balance differs from what was read (or may).
    pub balance_dirty: bool,
    /// Credits while the balance is unread; they commute.
    pub delta: U256,
    /// Nonce as read and changed.
    pub nonce: Option<u64>,
    /// The nonce was written.
    pub nonce_dirty: bool,
    /// Code as read and changed.
    pub code: Option<CodeRef>,
    /// The code was written.
    pub code_dirty: bool,
    /// The transaction created the account.
    pub created: bool,
    /// The account ceases to exist at the end of the transaction.
    pub destroyed: bool,
}

/// A storage slot that the attempt touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageEntry {
    /// Account.
    pub address: Address,
    /// Slot.
    pub slot: U256,
    /// Warm (EIP-2929).
    pub warm: bool,
    /// Committed value, once read.
    pub original: Option<U256>,
    /// Current value.
    pub value: U256,
    /// Written at least once (the value may equal the original).
    pub dirty: bool,
}

/// A log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Emitter.
    pub address: Address,
    /// Topics, at most four.
    pub topics: Vec<B256>,
    /// Data.
    pub data: Vec<u8>,
}

/// Counters of one attempt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AttemptCounters {
    /// Program words retired.
    pub program_words: u64,
    /// Firmware words retired.
    pub firmware_words: u64,
    /// EVM instructions retired, from the images' profiles.
    pub evm_instructions: u64,
    /// Cycles that the lane waited for state or for being the head.
    pub wait_cycles: u64,
}

/// A finished attempt.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How it ended.
    pub status: Status,
    /// Reason of a halt.
    pub halt: Halt,
    /// Gas used after refund.
    pub gas_used: u64,
    /// Gas refunded.
    pub gas_refunded: u64,
    /// Output of the transaction's frame.
    pub output: Vec<u8>,
    /// Accounts in order of first touch.
    pub accounts: Vec<AccountEntry>,
    /// Storage slots in order of first touch. Reverted frames leave entries whose value is the original.
    pub storage: Vec<StorageEntry>,
    /// Logs in order.
    pub logs: Vec<LogEntry>,
    /// Counters.
    pub counters: AttemptCounters,
}

/// Calldata of a frame.
#[derive(Clone, Copy, Debug)]
enum Calldata {
    /// Bytes of the payload.
    Payload { start: usize, len: usize },
    /// Bytes of the arena: a caller's memory.
    Arena { start: usize, len: usize },
}

/// Where a trap returns to.
#[derive(Clone, Copy, Debug, Default)]
struct TrapRegisters {
    pc: u32,
    sp: usize,
    dst: usize,
    ahead: i64,
}

/// What UNDO goes back to.
#[derive(Clone, Copy, Debug, Default)]
struct Mark {
    undo: usize,
    refund: i64,
    logs: usize,
    log_bytes: usize,
}

/// A saved frame.
#[derive(Clone, Debug)]
struct Frame {
    trap: TrapRegisters,
    sp: usize,
    frame_base: usize,
    used: usize,
    memory_base: usize,
    memory_size: usize,
    gas: i64,
    is_static: bool,
    calldata: Calldata,
    image: u32,
    env: [U256; FRAME_ENV_WORDS],
    mark: Mark,
}

/// Environment words that FPUSH saves, from ADDRESS on.
const FRAME_ENV_WORDS: usize = 7;
/// Slots below and above the operand stack that offsets of a word can reach.
const GUARD: usize = 64;

/// What a lane waits for.
#[derive(Clone, Copy, Debug)]
enum Waiting {
    Account(u32, ReadField),
    Storage(u32),
    BlockHash(U256),
}

/// A retired word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retired {
    /// It belongs to the firmware.
    pub firmware: bool,
    /// Handle of its image.
    pub image: u32,
    /// Its index.
    pub pc: u32,
    /// Gas counter after it.
    pub gas: i64,
    /// Slot that it wrote: place in the operand stack (the slots below it included) and value.
    pub write: Option<(u32, U256)>,
}

/// A lane. Its memories are reused from attempt to attempt and wiped between them.
#[derive(Debug)]
pub struct Lane {
    /// Local clock in card cycles.
    pub cycle: u64,
    start_cycle: u64,
    /// [`Lane::run_for`] returns when the clock has come so far.
    pause_cycle: u64,
    /// Line of words that was fetched last when it did, so that a pause costs no cycle; else `u32::MAX`.
    paused_line: u32,
    watchdog_cycles: u64,
    stack_limit: usize,
    frame_capacity: usize,
    log_capacity: usize,
    return_capacity: usize,

    /// Handle of the frame's code; 0 before the first.
    image: u32,
    in_firmware: bool,
    pc: u32,
    next: u32,
    sp: usize,
    frame_base: usize,
    next_frame_base: usize,
    used: usize,
    stack: Vec<U256>,
    /// Cycle at which a slot's value is ready; meaningful while `ready_until` is ahead of the clock.
    ready: Vec<u64>,
    ready_until: u64,
    /// Slots from here on have never been ready in this attempt.
    ready_high: usize,
    /// Tags of the code cache.
    cached: Box<[u64]>,
    /// Line of the last word, in the image that is executed.
    fetched: u32,
    extra_latency: u64,
    stall: u64,

    env: Box<[U256; ENV_WORDS]>,
    gas: i64,
    refund: i64,
    is_static: bool,
    trap: TrapRegisters,
    mark: Mark,
    frames: Vec<Frame>,
    calldata: Calldata,
    arena: Arena,
    return_buffer: Vec<u8>,
    access: AccessTable,
    ext_account: u32,
    /// The last block hash asked for: number and hash.
    block_hash: Option<(U256, U256)>,
    logs: Vec<LogEntry>,
    log_bytes: usize,
    topics: Vec<B256>,
    payload: Arc<[u8]>,
    precompile_last: u64,
    precompile_extra: u64,
    coinbase: Address,
    is_head: bool,
    waiting: Option<Waiting>,
    record_bytes: usize,
    request: HostRequest,
    answer: Option<HostAnswer>,
    halt: Halt,
    counters: AttemptCounters,
    outcome: Option<Outcome>,
    overflow: bool,
    /// Words retired since [`Lane::trace`] was called, if it was.
    trace: Option<Vec<Retired>>,
    /// Cycles of the attempt by operation, if they are counted.
    op_cycles: Option<Box<OpCycles>>,
}

impl Lane {
    /// A lane of that configuration.
    pub fn new(config: &CardConfig) -> Self {
        let stack_words = config.stack_words as usize;
        Self {
            cycle: 0,
            start_cycle: 0,
            pause_cycle: u64::MAX,
            paused_line: u32::MAX,
            watchdog_cycles: config.watchdog_cycles,
            stack_limit: GUARD + stack_words,
            frame_capacity: config.frames as usize,
            log_capacity: config.log_bytes as usize,
            return_capacity: config.return_bytes as usize,
            image: 0,
            in_firmware: true,
            pc: 0,
            next: 0,
            sp: GUARD,
            frame_base: GUARD,
            next_frame_base: GUARD,
            used: 0,
            stack: vec![U256::ZERO; stack_words + 4 * GUARD],
            ready: vec![0; stack_words + 4 * GUARD],
            ready_until: 0,
            ready_high: 0,
            cached: vec![0; CODE_CACHE_LINES].into(),
            fetched: 0,
            extra_latency: 0,
            stall: 0,
            env: Box::new([U256::ZERO; ENV_WORDS]),
            gas: 0,
            refund: 0,
            is_static: false,
            trap: TrapRegisters::default(),
            mark: Mark::default(),
            frames: Vec::new(),
            calldata: Calldata::Payload { start: 0, len: 0 },
            arena: Arena::new(config.memory_bytes as usize),
            return_buffer: Vec::new(),
            access: AccessTable::new(config.access_entries as usize, config.undo_entries as usize),
            ext_account: 0,
            block_hash: None,
            logs: Vec::new(),
            log_bytes: 0,
            topics: Vec::with_capacity(4),
            payload: Arc::from([]),
            precompile_last: 0,
            precompile_extra: 0,
            coinbase: Address::ZERO,
            is_head: false,
            waiting: None,
            record_bytes: 0,
            request: HostRequest::default(),
            answer: None,
            halt: Halt::None,
            counters: AttemptCounters::default(),
            outcome: None,
            overflow: false,
            trace: None,
            op_cycles: None,
        }
    }

    /// Keeps every retired word from now on, or no longer.
    pub fn trace(&mut self, keep: bool) {
        self.trace = keep.then(Vec::new);
    }

    /// Takes the words retired since the last call.
    pub fn take_trace(&mut self) -> Vec<Retired> {
        self.trace.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Begins an attempt at a card cycle. Whatever the lane did before is forgotten.
    pub fn start(&mut self, job: Job, cycle: u64) {
        self.cycle = cycle + BOOT_CYCLES;
        self.start_cycle = cycle;
        self.paused_line = u32::MAX;
        self.image = 0;
        self.in_firmware = true;
        self.pc = vector::PROLOGUE.into();
        self.sp = GUARD;
        self.frame_base = GUARD;
        self.next_frame_base = GUARD;
        self.used = 0;
        self.ready_until = 0;
        self.ready[..self.ready_high].fill(0);
        self.ready_high = 0;
        self.gas = 0;
        self.refund = 0;
        self.is_static = false;
        self.trap = TrapRegisters::default();
        self.mark = Mark::default();
        self.frames.clear();
        self.arena.clear();
        self.return_buffer.clear();
        self.access.clear();
        self.ext_account = 0;
        self.block_hash = None;
        self.logs.clear();
        self.log_bytes = 0;
        self.topics.clear();
        self.is_head = false;
        self.waiting = None;
        self.record_bytes = job.record_bytes as usize;
        self.answer = None;
        self.halt = Halt::None;
        self.counters = AttemptCounters::default();
        self.outcome = None;
        self.overflow = false;
        if let Some(cycles) = &mut self.op_cycles {
            **cycles = OpCycles::default();
        }
        for (index, word) in self.env.iter_mut().take(TX_WORDS).enumerate() {
            *word = job.payload.get(index * 32..index * 32 + 32).map_or(U256::ZERO, U256::from_le_slice);
        }
        self.env[BLOCK_FIRST..BLOCK_FIRST + BLOCK_WORDS].copy_from_slice(&job.block.words);
        let list_words = TX_WORDS
            + self.env[ACCESS_WORDS as usize].saturating_to::<usize>()
            + self.env[AUTH_COUNT as usize].saturating_to::<usize>().saturating_mul(AUTH_RECORD_WORDS)
            + self.env[BLOB_COUNT as usize].saturating_to::<usize>();
        let start = list_words.saturating_mul(32).min(job.payload.len());
        let len = self.env[CALLDATA_LEN as usize].saturating_to::<usize>().min(job.payload.len() - start);
        self.calldata = Calldata::Payload { start, len };
        self.precompile_last = self.env[PRECOMPILE_LAST as usize].saturating_to();
        self.precompile_extra = self.env[PRECOMPILE_EXTRA as usize].saturating_to();
        self.coinbase = to_address(self.env[COINBASE as usize]);
        self.payload = job.payload;
    }

    /// Answers [`Yield::State`]: the value, and the cycle at which it reaches the lane.
    pub fn supply(&mut self, value: StateValue, cycle: u64) {
        self.wait_until(cycle);
        match (self.waiting.take(), value) {
            (Some(Waiting::Account(entry, ReadField::Balance)), StateValue::Word(balance)) => {
                let account = &mut self.access.accounts[entry as usize];
                let (sum, overflow) = balance.overflowing_add(account.delta);
                self.overflow |= overflow;
                account.balance_dirty |= !account.delta.is_zero();
                account.balance = Some(sum);
                account.delta = U256::ZERO;
            }
            (Some(Waiting::Account(entry, _)), StateValue::Nonce(nonce)) => {
                self.access.accounts[entry as usize].nonce = Some(nonce);
            }
            (Some(Waiting::Account(entry, _)), StateValue::Code(code)) => {
                self.access.accounts[entry as usize].code = Some(code);
            }
            (Some(Waiting::Storage(entry)), StateValue::Word(value)) => {
                let slot = &mut self.access.storage[entry as usize];
                (slot.original, slot.value) = (Some(value), value);
            }
            (Some(Waiting::BlockHash(number)), StateValue::Word(hash)) => self.block_hash = Some((number, hash)),
            // An answer of another kind leaves the request open: the lane asks again.
            _ => {}
        }
    }

    /// Answers [`Yield::Head`]: the cycle at which the transaction became the head.
    pub fn resume_as_head(&mut self, cycle: u64) {
        self.wait_until(cycle);
        self.is_head = true;
    }

    /// What the lane asks of the host at [`Yield::Ask`].
    pub fn request(&self) -> &HostRequest {
        &self.request
    }

    /// Answers [`Yield::Ask`]: the host's answer, and the cycle at which it reaches the lane.
    pub fn answer(&mut self, answer: HostAnswer, cycle: u64) {
        self.wait_until(cycle);
        self.answer = Some(answer);
    }

    /// Answers [`Yield::Code`]: the cycle at which the words are there.
    pub fn resume(&mut self, cycle: u64) {
        self.wait_until(cycle);
    }

    /// Takes the outcome after [`Yield::Done`].
    pub fn take_outcome(&mut self) -> Option<Outcome> {
        self.outcome.take()
    }

    /// From now on counts cycles by operation, or not.
    pub fn count_op_cycles(&mut self, count: bool) {
        self.op_cycles = count.then(Box::default);
    }

    /// Cycles of the attempt by operation so far, if they are counted.
    pub fn op_cycles(&self) -> Option<&OpCycles> {
        self.op_cycles.as_deref()
    }

    fn wait_until(&mut self, cycle: u64) {
        self.counters.wait_cycles += cycle.saturating_sub(self.cycle);
        self.cycle = self.cycle.max(cycle);
    }
}

/// Low 160 bits of a word.
fn to_address(word: U256) -> Address {
    Address::from_word(B256::from(word))
}
