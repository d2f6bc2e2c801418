//! Registers of the hardware around the processor.

use core::sync::atomic::{Ordering, compiler_fence};
use gaslane_abi::manage::lane::{LaneOp, rows_address};
use gaslane_abi::manage::map::{DATA, REGISTERS, event, read, write};
use gaslane_abi::manage::mover::MoverPort;
use gaslane_abi::manage::table::TableOp;

/// Data RAM is shared with movers and the state table: what was written before stands there, what is read after is read anew.
#[inline(always)]
pub fn fence() {
    compiler_fence(Ordering::SeqCst);
}

/// Reads what a mover has written.
pub fn fresh<T: Copy>(thing: &T) -> T {
    // SAFETY: a reference to a plain value.
    unsafe { core::ptr::read_volatile(thing) }
}

/// Writes words, four at a time: what is loaded is not used by the next instruction, so nothing waits for it.
#[inline(always)]
pub fn words(to: &mut [u32], word: impl Fn(usize) -> u32) {
    let (fours, rest) = to.as_chunks_mut::<4>();
    for (index, four) in fours.iter_mut().enumerate() {
        let at = 4 * index;
        let (a, b, c, d) = (word(at), word(at + 1), word(at + 2), word(at + 3));
        [four[0], four[1], four[2], four[3]] = [a, b, c, d];
    }
    let at = 4 * fours.len();
    for (index, place) in rest.iter_mut().enumerate() {
        *place = word(at + index);
    }
}

/// Reads a register.
#[inline(always)]
pub fn get(number: u32) -> u32 {
    // SAFETY: on the card this address is a register whose reads have no effect on memory. Elsewhere this code does not run.
    unsafe { core::ptr::read_volatile((REGISTERS + 4 * number) as *const u32) }
}

/// Writes a register.
#[inline(always)]
pub fn set(number: u32, value: u32) {
    // SAFETY: on the card this address is a register; what it starts touches only memory that was handed over for it.
    unsafe { core::ptr::write_volatile((REGISTERS + 4 * number) as *mut u32, value) }
}

/// Whether an event is up.
#[inline(always)]
pub fn is(event: u32) -> bool {
    get(read::EVENTS) & event != 0
}

/// Byte offset of something in data RAM, as movers and table take it.
pub fn offset<T>(thing: *const T) -> u32 {
    thing as usize as u32 - DATA
}

/// Cycles since reset.
pub fn cycles() -> u64 {
    let low = get(read::CYCLE_LOW);
    u64::from(get(read::CYCLE_HIGH)) << 32 | u64::from(low)
}

/// Number of the lowest bit of a mask that is not zero.
#[inline(always)]
pub fn lowest(mask: u32) -> usize {
    set(write::LOWEST, mask);
    get(read::LOWEST) as usize
}

/// A place that movers read or write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Host memory.
    Host(u64),
    /// Card memory.
    Card(u32),
    /// Data RAM, by byte offset.
    Data(u32),
    /// A lane: operation, first address.
    Lane(u8, LaneOp, u32),
    /// Rows of the commit unit's access table.
    Commit(u32),
    /// Zeros, as a source.
    Zero,
}

impl Place {
    #[inline(always)]
    fn encode(self) -> (u32, u32, u32) {
        match self {
            Self::Host(address) => (MoverPort::Host as u32, address as u32, (address >> 32) as u32),
            Self::Card(address) => (MoverPort::Card as u32, address, 0),
            Self::Data(offset) => (MoverPort::Data as u32, offset, 0),
            Self::Lane(lane, op, address) => {
                let address = rows_address(lane, op, address);
                (MoverPort::Lane as u32, address as u32, (address >> 32) as u32)
            }
            Self::Commit(row) => (MoverPort::Commit as u32, row, 0),
            Self::Zero => (MoverPort::Zeros as u32, 0, 0),
        }
    }
}

/// A move of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// From here.
    pub from: Place,
    /// To here.
    pub to: Place,
    /// Rows, at least one.
    pub beats: u32,
    /// Bytes that count.
    pub valid_bytes: u32,
}

impl Move {
    /// A move of whole rows.
    pub fn rows(from: Place, to: Place, beats: u32) -> Self {
        Self { from, to, beats, valid_bytes: 32 * beats }
    }

    /// A move of bytes, padded with zeros.
    pub fn bytes(from: Place, to: Place, bytes: u32) -> Self {
        Self { from, to, beats: bytes.div_ceil(32), valid_bytes: bytes }
    }

    /// As the registers take it.
    #[inline(always)]
    pub fn encode(self) -> Encoded {
        let (source, from_low, from_high) = self.from.encode();
        let (destination, to_low, to_high) = self.to.encode();
        Encoded {
            places: source | destination << 4,
            from_low,
            from_high,
            to_low,
            to_high,
            beats: self.beats,
            valid_bytes: self.valid_bytes,
        }
    }

    /// Moves with the near mover; whether it went well. Nothing happens without rows.
    #[inline(always)]
    pub fn near(self) -> bool {
        self.begin() && near_ended()
    }

    /// Starts a move with the near mover, whose last one has ended or is waited for; whether that went well. What it reads and writes is left
    /// alone until [`near_ended`].
    #[inline(always)]
    pub fn begin(self) -> bool {
        let well = near_ended();
        self.start();
        well
    }

    /// The same when the near mover is known to be free.
    #[inline(always)]
    pub fn start(self) {
        if self.beats > 0 {
            self.encode().start_near();
        }
    }
}

/// Waits for the last near move; whether it went well.
#[inline(always)]
pub fn near_ended() -> bool {
    let mut events = get(read::EVENTS);
    while events & event::NEAR_BUSY != 0 {
        events = get(read::EVENTS);
    }
    fence();
    events & event::NEAR_FAILED == 0
}

/// A move as the registers take it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoded {
    places: u32,
    from_low: u32,
    from_high: u32,
    to_low: u32,
    to_high: u32,
    beats: u32,
    valid_bytes: u32,
}

impl Encoded {
    /// Queues it for the far mover, which has room for it.
    #[inline(always)]
    pub fn queue_far(self, quiet: bool) {
        fence();
        set(write::FROM_LOW, self.from_low);
        set(write::FROM_HIGH, self.from_high);
        set(write::TO_LOW, self.to_low);
        set(write::TO_HIGH, self.to_high);
        set(write::BEATS, self.beats);
        set(write::VALID_BYTES, self.valid_bytes);
        set(write::FAR, self.places | u32::from(quiet) << 8);
    }

    /// Starts the near mover with a move that is made here and now.
    #[inline(always)]
    fn start_near(self) {
        fence();
        set(write::FROM_LOW, self.from_low);
        set(write::FROM_HIGH, self.from_high);
        set(write::TO_LOW, self.to_low);
        set(write::TO_HIGH, self.to_high);
        set(write::BEATS, self.beats);
        set(write::VALID_BYTES, self.valid_bytes);
        set(write::NEAR, self.places);
    }
}

/// An operation on a lane without wide data. It is on the lane bus when this ends.
pub fn lane(lane: u8, op: LaneOp, address: u32, data: u32) {
    lane_later(lane, op, address, data);
    lane_ops_done();
}

/// The same, on the lane bus before the next such operation.
#[inline(always)]
pub fn lane_later(lane: u8, op: LaneOp, address: u32, data: u32) {
    lane_ops_done();
    set(write::LANE_ADDRESS, address);
    set(write::LANE_DATA, data);
    set(write::LANE, op as u32 | u32::from(lane) << 8);
}

/// The same on all lanes.
pub fn all_lanes(op: LaneOp, address: u32) {
    all_lanes_later(op, address);
    lane_ops_done();
}

/// The same on all lanes, on the lane bus before the next such operation.
#[inline(always)]
pub fn all_lanes_later(op: LaneOp, address: u32) {
    lane_ops_done();
    set(write::LANE_ADDRESS, address);
    set(write::LANE, op as u32 | 1 << 16);
}

/// Waits until the last operation on the lane bus is there.
#[inline(always)]
pub fn lane_ops_done() {
    while is(event::LANE_BUSY) {}
}

/// Has all lanes forget lines of code; the last one may be on its way when this returns.
#[inline(always)]
pub fn drop_lines(lines: core::ops::Range<u32>) {
    lines.for_each(|line| all_lanes_later(LaneOp::Drop, line));
}

/// An operation on the state table; returns its outcome.
pub fn table(op: TableOp, slot: u32, gather: bool) -> u32 {
    fence();
    set(write::TABLE, op as u32 | slot << 8 | (gather as u32) << 16);
    while is(event::TABLE_BUSY) {}
    get(read::TABLE) & 0xf
}
