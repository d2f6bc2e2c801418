//! Cache of the code store: direct-mapped lines of 32 bytes, refilled in bursts of [`BURST`].
//!
//! Algorithm: a line address chooses its row by its low bits; those of the directory (bit 31) are half a cache further on, so that they do not meet
//! the first lines of the code memory, where the firmware stands: every transaction wants both. The row's tag is the line address with these bits replaced by
//! a generation number, so one comparison decides both; a flush only begins the next generation. When their numbers run
//! out, a sweep empties row after row, and the first number can be used again. Of the 2^`INDEX_BITS` numbers the last marks empty
//! rows and the one before stands for the sweep: neither is the generation of a line.
//!
//! Handshake: a `read` is answered in the next cycle by `hit`, and `data` with it. One that misses while nothing is under way
//! begins a refill of [`BURST`] lines from its own on: `fill_request` is up with `fill_line` until a cycle with `fill_ready`; after
//! that each cycle with `fill_valid` takes one line, in order. `filling` is up from the cycle after the miss until the last line is
//! taken, and during a sweep; reads are answered then too, but begin nothing. A read of the very row that is being written is
//! not a hit and begins nothing. So whoever misses waits while `filling`, and reads again (or just reads every cycle).
//! `flush` takes effect for reads in its cycle and later; `drop` forgets the one row of `drop_line` for reads in its cycle and later.
//! Lines of a refill that has begun (from the cycle of its miss) are dropped as they come after either.
//!
//! Latency: [`READ_CYCLES`] to an answer; a refill adds what the code store takes: the request is up the cycle after the miss, and a line
//! hits for a read in the cycle after it was taken. Every [`flushes_per_sweep`] flushes there is a sweep of [`sweep_cycles`].
//! Reset: none (`flush` forgets the lines, a refill runs to its end); the cache starts empty.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

use crate::{leaf::LineRam, timing::CODE_BURST_LINES, word::W256};

/// Lines of a refill.
pub const BURST: u32 = CODE_BURST_LINES as u32;
/// Cycles from a read to its answer.
pub const READ_CYCLES: u64 = 1;

/// Every so many flushes there is a sweep.
pub const fn flushes_per_sweep(index_bits: usize) -> u64 {
    (1 << index_bits) - 2
}

/// Cycles of a sweep, from the one after the flush.
pub const fn sweep_cycles(index_bits: usize) -> u64 {
    1 << index_bits
}

/// The cache, of 2^`INDEX_BITS` lines; `INDEX_BITS` is 2 to 16.
#[derive(LogicBlock)]
pub struct CodeCache<const INDEX_BITS: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Forget every line.
    pub flush: Signal<In, Bit>,
    /// Forget one line.
    pub drop: Signal<In, Bit>,
    /// Its address; others with the same index are forgotten too.
    pub drop_line: Signal<In, Bits<32>>,
    /// Read a line.
    pub read: Signal<In, Bit>,
    /// Its address, in lines.
    pub line: Signal<In, Bits<32>>,
    /// Whether the line that was read a cycle ago is here.
    pub hit: Signal<Out, Bit>,
    /// That line, if it is a hit.
    pub data: Signal<Out, W256>,
    /// Whether a burst is asked for.
    pub fill_request: Signal<Out, Bit>,
    /// Its first line.
    pub fill_line: Signal<Out, Bits<32>>,
    /// The request is taken.
    pub fill_ready: Signal<In, Bit>,
    /// A line of the burst is here.
    pub fill_valid: Signal<In, Bit>,
    /// That line.
    pub fill_data: Signal<In, W256>,
    /// Whether a refill or a sweep is under way.
    pub filling: Signal<Out, Bit>,
    ram: LineRam<INDEX_BITS>,
    /// Bits of a line address above the index.
    above_index: Constant<Bits<32>>,
    empty: Constant<Bits<32>>,
    last_generation: Constant<Bits<INDEX_BITS>>,
    last_row: Constant<Bits<INDEX_BITS>>,
    half: Constant<Bits<INDEX_BITS>>,
    zero: Constant<Bits<INDEX_BITS>>,
    one: Constant<Bits<INDEX_BITS>>,
    generation: DFF<Bits<INDEX_BITS>>,
    sweeping: DFF<Bit>,
    swept: DFF<Bits<INDEX_BITS>>,
    /// A read that counts is being answered.
    asked: DFF<Bit>,
    asked_line: DFF<Bits<32>>,
    refilling: DFF<Bit>,
    requesting: DFF<Bit>,
    /// The refill's lines are to be dropped.
    dropping: DFF<Bit>,
    /// Line that the refill takes next; without refill that of the last read.
    next_line: DFF<Bits<32>>,
    taken: DFF<Bits<3>>,
    index: Signal<Local, Bits<INDEX_BITS>>,
    expected: Signal<Local, Bits<32>>,
    tag_fits: Signal<Local, Bit>,
    begins: Signal<Local, Bit>,
    takes: Signal<Local, Bit>,
    writes: Signal<Local, Bit>,
    write_line: Signal<Local, Bits<32>>,
    write_index: Signal<Local, Bits<INDEX_BITS>>,
    write_tag: Signal<Local, Bits<32>>,
    collides: Signal<Local, Bit>,
    last_line: Constant<Bits<3>>,
}

impl<const INDEX_BITS: usize> Default for CodeCache<INDEX_BITS> {
    fn default() -> Self {
        const { assert!(INDEX_BITS >= 2 && INDEX_BITS <= 16) };
        let last_row = (1_u64 << INDEX_BITS) - 1;
        CodeCache {
            clock: Default::default(),
            flush: Default::default(),
            drop: Default::default(),
            drop_line: Default::default(),
            read: Default::default(),
            line: Default::default(),
            hit: Default::default(),
            data: Default::default(),
            fill_request: Default::default(),
            fill_line: Default::default(),
            fill_ready: Default::default(),
            fill_valid: Default::default(),
            fill_data: Default::default(),
            filling: Default::default(),
            ram: Default::default(),
            above_index: Constant::new((u64::from(u32::MAX) - last_row).into()),
            empty: Constant::new(u64::from(u32::MAX).into()),
            last_generation: Constant::new((last_row - 2).into()),
            last_row: Constant::new(last_row.into()),
            half: Constant::new((1_u64 << (INDEX_BITS - 1)).into()),
            zero: Constant::new(0_u64.into()),
            one: Constant::new(1_u64.into()),
            generation: Default::default(),
            sweeping: Default::default(),
            swept: Default::default(),
            asked: Default::default(),
            asked_line: Default::default(),
            refilling: Default::default(),
            requesting: Default::default(),
            dropping: Default::default(),
            next_line: Default::default(),
            taken: Default::default(),
            index: Default::default(),
            expected: Default::default(),
            tag_fits: Default::default(),
            begins: Default::default(),
            takes: Default::default(),
            writes: Default::default(),
            write_line: Default::default(),
            write_index: Default::default(),
            write_tag: Default::default(),
            collides: Default::default(),
            last_line: Constant::new(u64::from(BURST - 1).into()),
        }
    }
}

impl<const INDEX_BITS: usize> Logic for CodeCache<INDEX_BITS> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, generation, sweeping, swept, asked, asked_line, refilling, requesting, dropping, next_line,
            taken
        );
        clock!(self, clock, ram);

        // The answer: tag RAM, comparison, out.
        self.expected.next =
            (self.asked_line.q.val() & self.above_index.val()) | bit_cast::<32, INDEX_BITS>(self.generation.q.val());
        self.tag_fits.next = self.ram.tag.val() == self.expected.val();
        self.hit.next = self.asked.q.val() & self.tag_fits.val();
        self.data.next = self.ram.data.val();

        // What is written: a line of the refill, or an empty row of the sweep (whose line does not matter).
        self.takes.next = self.refilling.q.val() & (!self.requesting.q.val()) & self.fill_valid.val();
        self.writes.next = self.takes.val() & (!self.dropping.q.val());
        self.write_line.next = self.next_line.q.val();
        if self.drop.val() {
            self.write_line.next = self.drop_line.val();
        }
        self.write_index.next = bit_cast::<INDEX_BITS, 32>(self.write_line.val());
        if self.write_line.val().get_bit(31) {
            self.write_index.next = bit_cast::<INDEX_BITS, 32>(self.write_line.val()) ^ self.half.val();
        }
        self.write_tag.next =
            (self.next_line.q.val() & self.above_index.val()) | bit_cast::<32, INDEX_BITS>(self.generation.q.val());
        if self.sweeping.q.val() & (!self.drop.val()) {
            // A refill that is still under way is void.
            self.writes.next = true;
            self.write_index.next = self.swept.q.val();
            self.write_tag.next = self.empty.val();
        }
        if self.drop.val() {
            // Lines of a refill need not be written; a row of the sweep, which stands still, is next.
            self.writes.next = true;
            self.write_tag.next = self.empty.val();
        }
        self.ram.write.next = self.writes.val();
        self.ram.write_address.next = self.write_index.val();
        self.ram.write_tag.next = self.write_tag.val();
        self.ram.write_data.next = self.fill_data.val();

        // A read.
        self.index.next = bit_cast::<INDEX_BITS, 32>(self.line.val());
        if self.line.val().get_bit(31) {
            self.index.next = bit_cast::<INDEX_BITS, 32>(self.line.val()) ^ self.half.val();
        }
        self.ram.address.next = self.index.val();
        self.collides.next = self.writes.val() & (self.index.val() == self.write_index.val());
        self.asked.d.next = self.read.val() & (!self.collides.val());
        self.asked_line.d.next = self.line.val();

        // The refill.
        self.begins.next =
            self.asked.q.val() & (!self.tag_fits.val()) & (!self.refilling.q.val()) & (!self.sweeping.q.val());
        if !self.refilling.q.val() {
            self.next_line.d.next = self.asked_line.q.val();
        }
        if self.begins.val() {
            self.refilling.d.next = true;
            self.requesting.d.next = true;
            self.dropping.d.next = false;
        }
        if self.requesting.q.val() & self.fill_ready.val() {
            self.requesting.d.next = false;
        }
        if self.takes.val() {
            self.next_line.d.next = self.next_line.q.val() + bits::<32>(1);
            self.taken.d.next = self.taken.q.val() + bits::<3>(1);
            if self.taken.q.val() == self.last_line.val() {
                self.refilling.d.next = false;
                self.taken.d.next = bits::<3>(0);
            }
        }
        self.fill_request.next = self.requesting.q.val();
        self.fill_line.next = self.next_line.q.val();
        self.filling.next = self.refilling.q.val() | self.sweeping.q.val();

        // Generations. A flush during a sweep finds nothing to forget.
        if self.sweeping.q.val() {
            if !self.drop.val() {
                self.swept.d.next = self.swept.q.val() + self.one.val();
                if self.swept.q.val() == self.last_row.val() {
                    self.sweeping.d.next = false;
                    self.generation.d.next = self.zero.val();
                }
            }
        } else if self.flush.val() {
            self.generation.d.next = self.generation.q.val() + self.one.val();
            if self.generation.q.val() == self.last_generation.val() {
                self.sweeping.d.next = true;
            }
        }
        if self.flush.val() | self.drop.val() {
            self.dropping.d.next = true;
        }
    }
}

/// Inputs of a cycle.
#[derive(Clone, Copy, Debug, Default)]
pub struct Inputs {
    /// Forget every line.
    pub flush: bool,
    /// Forget this line.
    pub drop: Option<u32>,
    /// Line to read.
    pub read: Option<u32>,
    /// The request is taken.
    pub fill_ready: bool,
    /// A line of the burst.
    pub fill: Option<W256>,
}

/// Outputs of a cycle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outputs {
    /// The line that was read in the cycle before, if it is a hit.
    pub hit: Option<W256>,
    /// First line of the burst that is asked for.
    pub request: Option<u32>,
    /// Whether a refill or a sweep is under way.
    pub filling: bool,
}

/// A refill under way.
#[derive(Clone, Copy, Debug)]
struct Refill {
    next: u32,
    taken: u32,
    requested: bool,
    void: bool,
}

/// Row of a line, of so many.
pub fn row(line: u32, rows: usize) -> usize {
    (line as usize % rows) ^ (rows / 2 * (line >> 31) as usize)
}

/// The cache in plain Rust, cycle by cycle.
#[derive(Clone, Debug)]
pub struct Model {
    lines: Vec<Option<(u32, W256)>>,
    /// Flushes since the last sweep.
    flushes: u64,
    /// Cycles of the sweep to come.
    sweep: u64,
    refill: Option<Refill>,
    /// Line of a read that is being answered, and the answer.
    answer: Option<(u32, Option<W256>)>,
}

impl Model {
    /// An empty cache.
    pub fn new(index_bits: usize) -> Self {
        Self { lines: vec![None; 1 << index_bits], flushes: 0, sweep: 0, refill: None, answer: None }
    }

    /// Outputs of this cycle.
    pub fn outputs(&self) -> Outputs {
        Outputs {
            hit: self.answer.and_then(|(_, data)| data),
            request: self.refill.and_then(|refill| (!refill.requested).then_some(refill.next)),
            filling: self.refill.is_some() || self.sweep > 0,
        }
    }

    /// Passes on to the next cycle.
    pub fn tick(&mut self, inputs: Inputs) {
        let rows = self.lines.len();
        let row = |line: u32| row(line, rows);
        let missed = self.answer.filter(|(_, data)| data.is_none()).map(|(line, _)| line);
        let mut written = None;
        if let Some(refill) = &mut self.refill {
            match inputs.fill {
                Some(data) if refill.requested => {
                    let line = refill.next;
                    if !refill.void && inputs.drop.is_none() {
                        written = Some(row(line));
                        self.lines[row(line)] = Some((line, data));
                    }
                    refill.next = line.wrapping_add(1);
                    refill.taken += 1;
                }
                _ => refill.requested |= inputs.fill_ready,
            }
            refill.void |= inputs.flush || inputs.drop.is_some();
            if refill.taken == BURST {
                self.refill = None;
            }
        } else if let Some(next) = missed
            && self.sweep == 0
        {
            self.refill =
                Some(Refill { next, taken: 0, requested: false, void: inputs.flush || inputs.drop.is_some() });
        }
        if let Some(line) = inputs.drop {
            written = Some(row(line));
            self.lines[row(line)] = None;
        }
        if self.sweep > 0 {
            if inputs.drop.is_none() {
                written = Some(rows - self.sweep as usize);
                self.sweep -= 1;
            }
        } else if inputs.flush {
            self.lines.fill(None);
            self.flushes += 1;
            if self.flushes == flushes_per_sweep(rows.ilog2() as usize) {
                (self.flushes, self.sweep) = (0, sweep_cycles(rows.ilog2() as usize));
            }
        }
        self.answer = inputs
            .read
            .filter(|&line| written != Some(row(line)))
            .map(|line| (line, self.lines[row(line)].and_then(|(found, data)| (found == line).then_some(data))));
    }
}
