//! The launch unit between a processor that moves rows and sends operations too, a mover and a lane bus that hesitate.

use gaslane_abi::{
    env::{ACCESS_WORDS, AUTH_COUNT, BLOB_COUNT, BLOCK_FIRST, BLOCK_WORDS, CALLDATA_LEN, PAYLOAD_LISTS},
    manage::{
        lane::{LaneOp, SetRegister, rows_address},
        mover::MoverPort,
    },
};
use gaslane_hdl::{
    card::LaunchUnit,
    word::{W64, W256},
};
use rand::{Rng, rngs::SmallRng};
use rust_hdl_core::prelude::*;

use crate::{
    axi::Stable,
    dut,
    harness::Bench,
    random::{rng, word},
};

dut!(LaunchUnit, clocked, [
    reset, start, start_lane, with_block, payload, payload_bytes, place, record_bytes, block, own_start, own_source,
    own_destination, own_source_address, own_destination_address, own_beats, own_valid_bytes, near_busy, near_failed, row_taken, row,
    own_valid, own_lane, own_all, own_op, own_address, own_data, bus_ready
] => [
    busy, launching, failed, bad, lane, near_start, source, destination, source_address, destination_address, beats, valid_bytes,
    own_ready, bus_valid, bus_lane, bus_all, bus_op, bus_address, bus_data
]);

/// A launch as the processor asks for it, with its payload's header.
#[derive(Clone, Copy, Debug)]
struct Launch {
    lane: u8,
    with_block: bool,
    payload: u32,
    bytes: u32,
    place: u32,
    record_bytes: u32,
    block: u32,
    header: [W256; PAYLOAD_LISTS],
}

/// What the unit does next.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    /// An operation: its number, address, word.
    Op(LaneOp, u32, u64),
    /// A move: source, destination, addresses, rows.
    Move(MoverPort, MoverPort, u64, u64, u64),
}

impl Launch {
    fn any(rng: &mut SmallRng) -> Self {
        let mut header: [W256; PAYLOAD_LISTS] = std::array::from_fn(|_| word(rng));
        let wild = rng.random_range(0..4) == 0;
        let mut count = |most: u64| match rng.random_range(0..if wild { 12 } else { 4 }) {
            0 => 0,
            4 => (1 << 20) - 1 - rng.random_range(0..40),
            5 => 1 << rng.random_range(0..64),
            _ => rng.random_range(0..=most),
        };
        let counts = [count(20), count(6), count(6), count(300)];
        for (row, count) in [ACCESS_WORDS, AUTH_COUNT, BLOB_COUNT, CALLDATA_LEN].into_iter().zip(counts) {
            let far = if wild && rng.random_range(0..8) == 0 { rng.random_range(0..4) } else { 0 };
            let mut limbs = [0; 4];
            limbs[far] = count;
            header[usize::from(row)] = W256::from_limbs(limbs);
        }
        let launch = Self {
            lane: rng.random_range(0..32),
            with_block: rng.random(),
            payload: rng.random::<u32>() & !31,
            bytes: 0,
            place: rng.random_range(0..1 << 19),
            record_bytes: rng.random(),
            block: rng.random_range(0..1 << 16),
            header,
        };
        // What it needs, or about that.
        let [access, auths, blobs, calldata] = counts.map(|count| count & 0xf_ffff);
        let needed = 32 * (PAYLOAD_LISTS as u64 + access + 4 * auths + blobs) + calldata;
        let bytes = match rng.random_range(0..4) {
            0 => needed.next_multiple_of(32),
            1 => (needed + 96).saturating_sub(rng.random_range(0..128)),
            2 => needed + rng.random_range(0..600),
            _ => rng.random_range(512..1 << 20),
        };
        Self { bytes: bytes.clamp(512, (1 << 20) - 1) as u32, ..launch }
    }

    fn count(&self, row: u8) -> u128 {
        let [low, high, above @ ..] = *self.header[usize::from(row)].limbs();
        if above == [0; 2] { u128::from(high) << 64 | u128::from(low) } else { u128::MAX }
    }

    /// Bytes before the calldata and their length, if they fit: as the contract says it.
    fn calldata(&self) -> Option<(u64, u64)> {
        let counts = [ACCESS_WORDS, AUTH_COUNT, BLOB_COUNT, CALLDATA_LEN].map(|row| self.count(row));
        if counts.iter().any(|&count| count > 1 << 40) {
            return None;
        }
        let [access, auths, blobs, calldata] = counts;
        let before = 32 * (PAYLOAD_LISTS as u128 + access + 4 * auths + blobs);
        let fits = before + calldata.next_multiple_of(32) <= u128::from(self.bytes);
        fits.then_some((before as u64, calldata as u64))
    }

    fn steps(&self) -> Vec<Step> {
        let rows = |op, address| rows_address(self.lane, op, address);
        let (lane, set) = (MoverPort::Lane, |register, value: u64| Step::Op(LaneOp::Set, register as u32, value));
        let mut steps = vec![
            Step::Op(LaneOp::Reset, 0, 0),
            set(SetRegister::PayloadBytes, self.bytes.into()),
            set(SetRegister::RecordBytes, self.record_bytes.into()),
            Step::Move(
                MoverPort::Card,
                lane,
                self.payload.into(),
                rows(LaneOp::Store, self.place),
                self.bytes.div_ceil(32).into(),
            ),
            Step::Move(lane, lane, rows(LaneOp::Load, self.place), rows(LaneOp::Env, 0), PAYLOAD_LISTS as u64),
        ];
        let Some((before, calldata)) = self.calldata() else { return steps };
        if self.with_block {
            let to = rows(LaneOp::Env, BLOCK_FIRST as u32);
            steps.push(Step::Move(MoverPort::Data, lane, self.block.into(), to, BLOCK_WORDS as u64));
        }
        steps.push(set(SetRegister::CalldataStart, (u64::from(self.place) + before) & 0xf_ffff));
        steps.push(set(SetRegister::CalldataBytes, calldata));
        steps.push(Step::Op(LaneOp::Start, 0, 0));
        steps
    }
}

/// The mover: rows that it still gives to the lane, of which the first ones are the header.
#[derive(Clone, Copy)]
struct Mover {
    rows: u64,
    given: usize,
    header: Option<[W256; PAYLOAD_LISTS]>,
    fails: bool,
}

#[test]
fn launch() {
    let mut bench = Bench::<LaunchUnit>::new("launch");
    let mut rng = rng();
    let mut bus = Stable::new("lane bus");
    let mut launch = None::<(Launch, std::collections::VecDeque<Step>)>;
    let (mut mover, mut failed_move) = (None::<Mover>, false);
    // An operation of the processor's, and a move that it starts.
    let mut own = None::<(u8, bool, u8, u32, W256)>;
    let (mut stopped_bad, mut stopped_failed) = (false, false);
    // The unit's move has been started.
    let mut moving = false;
    let (mut starts, mut bads, mut fails, mut blocks, mut own_moves, mut own_ops, mut contested) =
        (0, 0, 0, 0, 0, 0, 0);
    for cycle in 0..60_000_u32 {
        let pace = [0.95, 0.4, 0.1][cycle as usize / 900 % 3];
        let stopped = stopped_bad || stopped_failed;
        let reset = stopped && mover.is_none() && own.is_none() && rng.random_range(0..10) == 0;
        bench.reset.next = reset;
        let begins = launch.is_none() && mover.is_none() && !stopped && rng.random_bool(0.2);
        let next = Launch::any(&mut rng);
        bench.start.next = begins;
        bench.start_lane.next = u64::from(next.lane).into();
        bench.with_block.next = next.with_block;
        bench.payload.next = u64::from(next.payload).into();
        bench.payload_bytes.next = u64::from(next.bytes).into();
        bench.place.next = u64::from(next.place).into();
        bench.record_bytes.next = u64::from(next.record_bytes).into();
        bench.block.next = u64::from(next.block).into();

        // The mover.
        let row_taken = mover.is_some_and(|mover| mover.rows > 0) && rng.random_bool(pace);
        let row = match mover {
            Some(Mover { given, header: Some(header), .. }) if row_taken && given < header.len() => header[given],
            _ => word(&mut rng),
        };
        bench.near_busy.next = mover.is_some();
        bench.near_failed.next = if mover.is_some() { rng.random() } else { failed_move };
        bench.row_taken.next = row_taken;
        bench.row.next = row;

        // The processor.
        let moves = !begins && launch.is_none() && mover.is_none() && rng.random_bool(0.3);
        let (source, destination) = (rng.random_range(0..8_u64), rng.random_range(0..8_u64));
        let (from, to, beats, valid): (u64, u64, u64, u32) =
            (rng.random(), rng.random(), rng.random_range(0..1 << 20), rng.random());
        bench.own_start.next = moves;
        bench.own_source.next = source.into();
        bench.own_destination.next = destination.into();
        bench.own_source_address.next = W64::from_limbs([from]);
        bench.own_destination_address.next = W64::from_limbs([to]);
        bench.own_beats.next = beats.into();
        bench.own_valid_bytes.next = u64::from(valid).into();
        if own.is_none() && !reset && rng.random_bool(pace / 3.0) {
            own = Some((rng.random_range(0..64), rng.random(), rng.random_range(0..16), rng.random(), word(&mut rng)));
        }
        let (own_lane, own_all, own_op, own_address, own_data) =
            own.unwrap_or_else(|| (rng.random_range(0..64), rng.random(), 3, rng.random(), word(&mut rng)));
        bench.own_valid.next = own.is_some();
        bench.own_lane.next = u64::from(own_lane).into();
        bench.own_all.next = own_all;
        bench.own_op.next = u64::from(own_op).into();
        bench.own_address.next = u64::from(own_address).into();
        bench.own_data.next = own_data;
        let bus_ready = rng.random_bool(pace);
        bench.bus_ready.next = bus_ready;
        bench.settle();

        let at_work = launch.as_ref().map(|(launch, _)| launch.lane);
        assert_eq!(bench.busy.val(), at_work.is_some() && !stopped);
        assert_eq!(bench.launching.val().to_u64(), at_work.map_or(0, |lane| 1 << lane));
        assert_eq!((bench.bad.val(), bench.failed.val()), (stopped_bad, stopped_failed));
        if let Some(lane) = at_work {
            assert_eq!(bench.lane.val().to_u64(), u64::from(lane));
        }
        let step = launch.as_ref().filter(|_| !stopped).and_then(|(_, steps)| steps.front().copied());

        // Operations.
        let op = (
            bench.bus_lane.val().to_u64(),
            bench.bus_all.val(),
            bench.bus_op.val().to_u64(),
            bench.bus_address.val().to_u64(),
            *bench.bus_data.val().limbs(),
        );
        let own_shown = (own_lane.into(), own_all, own_op.into(), own_address.into(), *own_data.limbs());
        let mut taken = false;
        if let Some(Step::Op(number, address, data)) = step {
            contested += u32::from(own.is_some());
            assert!(bench.bus_valid.val() && !bench.own_ready.val());
            assert_eq!((op.0, op.1, op.2), (at_work.unwrap().into(), false, number as u64));
            if number == LaneOp::Set {
                assert_eq!((op.3, op.4), (address.into(), [data, 0, 0, 0]));
            }
            taken = bus_ready;
            // What waits is not exchanged.
            bus.cycle(true, bus_ready, op);
        } else {
            assert_eq!((bench.bus_valid.val(), bench.own_ready.val()), (own.is_some(), bus_ready));
            if own.is_some() {
                assert_eq!(op, own_shown);
                own_ops += u32::from(bus_ready);
                if bus_ready {
                    own = None;
                }
            }
        }

        // Moves.
        let shown = (
            (bench.source.val().to_u64(), bench.destination.val().to_u64()),
            (bench.source_address.val().limbs()[0], bench.destination_address.val().limbs()[0]),
            bench.beats.val().to_u64(),
        );
        let starts_move = matches!(step, Some(Step::Move(..))) && !moving;
        assert_eq!(bench.near_start.val(), starts_move || moves);
        if let (Some(Step::Move(from, to, first, second, rows)), true) = (step, starts_move) {
            assert_eq!(shown, ((from as u64, to as u64), (first, second), rows));
            assert!(bench.valid_bytes.val().to_u64() >= 32 * rows);
        }
        if moves {
            assert_eq!(shown, ((source, destination), (from, to), beats));
            assert_eq!(bench.valid_bytes.val().to_u64(), u64::from(valid));
            own_moves += 1;
        }

        // What follows.
        let moved = moving && mover.is_none();
        if row_taken {
            let mover = mover.as_mut().unwrap();
            mover.rows -= 1;
            mover.given += 1;
        } else if mover.is_some_and(|mover| mover.rows == 0) && rng.random_bool(0.5) {
            failed_move = mover.take().unwrap().fails;
        }
        if starts_move || moves {
            let header = launch.as_ref().filter(|_| matches!(step, Some(Step::Move(MoverPort::Card, ..))));
            let header = header.map(|(launch, _)| launch.header);
            let rows =
                if header.is_some() { PAYLOAD_LISTS as u64 + rng.random_range(0..40) } else { rng.random_range(1..8) };
            mover = Some(Mover { rows, given: 0, header, fails: rng.random_range(0..30) == 0 });
        }
        moving = (moving || starts_move) && !moved;
        if moved && failed_move {
            (stopped_failed, fails) = (true, fails + 1);
        } else if taken || moved {
            let (launched, steps) = launch.as_mut().unwrap();
            steps.pop_front();
            blocks += u32::from(matches!(step, Some(Step::Move(MoverPort::Data, ..))));
            if steps.is_empty() {
                if launched.calldata().is_some() {
                    starts += 1;
                    launch = None;
                } else {
                    (stopped_bad, bads) = (true, bads + 1);
                }
            }
        }
        if begins {
            launch = Some((next, next.steps().into()));
        }
        if reset {
            (launch, stopped_bad, stopped_failed) = (None, false, false);
        }
        bench.tick();
    }
    println!(
        "{starts} launches, {blocks} with a block, {bads} bad, {fails} failed, {own_moves} moves, {own_ops} operations, {contested} contested"
    );
    assert!(
        starts > 200 && blocks > 100 && bads > 50 && fails > 20 && own_moves > 200 && own_ops > 1000 && contested > 100
    );
    bench.cross_check();
}
