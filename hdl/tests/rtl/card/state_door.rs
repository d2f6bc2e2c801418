//! The state door with lanes behind a bus, a table that answers anything, and a processor that aborts lanes.

use std::collections::{BTreeMap, VecDeque};

use gaslane_hdl::{
    card::{
        LaneOp, StateDoor, StatusRow,
        layout::{KEY_FIELD, KEY_KIND},
    },
    table::{TableOutcome, layout::ACCOUNT},
    word::{W64, W160, W256},
};
use rand::{Rng, rngs::SmallRng};
use rust_hdl_core::prelude::*;

use crate::{
    axi::Stable,
    dut,
    harness::Bench,
    random::{rng, word},
};

dut!(StateDoor, clocked, [
    asks, enable, retry, map_write, map_lane, map_slot, map_tag, ask_ready, bus_ready, response_valid, response_data, door_ready, outcome,
    found_value, found_nonce, found_code_hash, found_code, outcome_lane
] => [
    bus_valid, bus_lane, bus_op, bus_address, bus_data, bus_code, door_valid, door_kind, door_address, door_slot_key,
    door_slot, door_field, blocked, refused, ask_valid, ask_tag, ask_kind, ask_address, ask_slot, outcome_value, waited_value,
    serving, serving_lane, reads, asked
]);

const LANES: usize = 32;

/// What a lane asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Question {
    kind: u8,
    field: u8,
    address: W160,
    slot: W256,
}

impl Question {
    fn any(rng: &mut SmallRng) -> Self {
        let [low, middle, high, _] = *word(rng).limbs();
        Self {
            kind: rng.random_range(1..4),
            field: rng.random_range(0..3),
            address: W160::from_limbs([low, middle, high]),
            slot: word(rng),
        }
    }

    /// A row, with anything where nothing is defined.
    fn row(&self, row: u64, rng: &mut SmallRng) -> W256 {
        if row == StatusRow::Slot as u64 {
            return self.slot;
        }
        assert_eq!(row, StatusRow::Key as u64);
        let [low, middle, high] = *self.address.limbs();
        let above = rng.random::<u64>() << 42;
        let bits = u64::from(self.kind) << (KEY_KIND - 128) | u64::from(self.field) << (KEY_FIELD - 128);
        let free = rng.random::<u64>() & 0x3f << 34;
        W256::from_limbs([low, middle, high | bits | above | free, rng.random()])
    }
}

/// A lane and what the processor has in mind for it.
#[derive(Clone, Copy, Default)]
struct Lane {
    asks: Option<Question>,
    /// Cycles until it asks again.
    rest: u32,
    slot: u8,
    tag: u32,
    /// Cycles that it stays disabled; the lane is reset when it is not served any more.
    disabled: u32,
    reset: bool,
    /// Others that were served while it could have been.
    passed_over: u32,
}

#[test]
fn state_door_random_lanes() {
    let mut bench = Bench::<StateDoor>::new("state_door");
    let mut rng = rng();
    let mut lanes = [Lane::default(); LANES];
    // Operations on their way down, rows on their way up, levels on their way to the door; with the cycle of their arrival.
    let (mut down, mut up) = (VecDeque::<(u64, u8, u64)>::new(), VecDeque::<(u64, W256)>::new());
    let mut levels: VecDeque<u32> = VecDeque::from(vec![0; 4]);
    let (mut bus, mut door) = (Stable::new("bus"), Stable::new("door"));
    // The service under way: its lane, whether it was cut short, the value it must give.
    let (mut served, mut cut, mut value) = (None::<usize>, false, None::<(W256, u64)>);
    let (mut blocked, mut refused, mut outcomes, mut reads) = (0_u32, 0_u32, [0_u64; LANES], 0);
    // Keys for the host, with tags: at most one that is offered and one that waits. Cycles that lanes have waited, and since when they do.
    let (mut keys, mut ask, mut keys_asked, mut full) = (VecDeque::<(u32, Question)>::new(), Stable::new("ask"), 0, 0);
    let mut waited = [(0_u64, None::<u64>); LANES];
    let mut seen = BTreeMap::<(bool, TableOutcome), u64>::new();
    let mut given = 0;
    for now in 0..60_000_u64 {
        let phase = (now / 1_000 % 4) as usize;
        let (pace, ready, latency) = ([0.5, 0.02, 0.005, 0.2][phase], [1.0, 0.3, 0.9, 0.6][phase], [2, 4, 3, 1][phase]);
        // Registers.
        assert_eq!(bench.blocked.val().to_u64(), u64::from(blocked));
        assert_eq!(bench.refused.val().to_u64(), u64::from(refused));
        assert_eq!(bench.asked.val().limbs()[0], keys_asked);
        assert_eq!(bench.reads.val().limbs()[0], reads);
        let lane = bench.serving_lane.val().to_u64() as usize;
        if bench.serving.val() {
            if served.is_none() {
                (cut, value) = (false, None);
                for (other, passed) in lanes.iter_mut().enumerate() {
                    let could = passed.asks.is_some() && passed.disabled == 0 && blocked >> other & 1 == 0;
                    passed.passed_over = if could && other != lane { passed.passed_over + 1 } else { 0 };
                    assert!(passed.passed_over <= LANES as u32, "lane {other} waits for ever");
                }
            }
            assert!(served.is_none_or(|before| before == lane));
            served = Some(lane);
        } else {
            served = None;
        }

        // What arrives at lanes.
        while down.front().is_some_and(|(cycle, ..)| *cycle <= now) {
            let (_, lane, row) = down.pop_front().expect("an operation");
            let lane = &mut lanes[usize::from(lane)];
            if row != u64::MAX {
                let question = lane.asks.unwrap_or_else(|| Question::any(&mut rng));
                up.push_back((now + latency, question.row(row, &mut rng)));
                continue;
            }
            lane.asks.take().expect("the lane gets an answer that it does not wait for");
            lane.rest = rng.random_range(5..40);
            given += 1;
        }
        let mut reset = None;
        for (number, lane) in lanes.iter_mut().enumerate() {
            if lane.disabled > 0 {
                // The reset goes down the bus behind what is there.
                let behind = down.iter().all(|(_, to, _)| usize::from(*to) != number);
                if lane.reset && served != Some(number) && behind {
                    (lane.reset, lane.asks) = (false, None);
                    lane.disabled = rng.random_range(12..60);
                    reset = Some(number);
                }
                lane.disabled -= u32::from(!lane.reset);
                lane.rest = 10;
            } else if rng.random_bool(0.0005) || served == Some(number) && rng.random_bool(0.01) {
                (lane.disabled, lane.reset) = (1_000, true);
            }
            lane.rest = lane.rest.saturating_sub(1);
            if lane.asks.is_none() && lane.rest == 0 && lane.disabled == 0 && rng.random_bool(pace) {
                lane.asks = Some(Question::any(&mut rng));
            }
        }
        let level = |yes: &dyn Fn(&Lane) -> bool| {
            lanes.iter().enumerate().fold(0_u32, |all, (number, lane)| all | u32::from(yes(lane)) << number)
        };
        levels.push_back(level(&|lane| lane.asks.is_some()));
        let enable = level(&|lane| lane.disabled == 0);
        let retry = rng.random::<u32>() & rng.random::<u32>() & if rng.random_bool(0.05) { u32::MAX } else { 0 };
        bench.asks.next = u64::from(levels.pop_front().expect("a level")).into();
        bench.enable.next = u64::from(enable).into();
        bench.retry.next = u64::from(retry).into();
        bench.map_write.next = reset.is_some();
        let target = reset.unwrap_or(rng.random_range(0..LANES));
        let slot = rng.random_range(0..32);
        bench.map_lane.next = (target as u64).into();
        let tag = rng.random::<u32>();
        bench.map_slot.next = u64::from(slot).into();
        bench.map_tag.next = u64::from(tag).into();
        if reset.is_some() {
            (lanes[target].slot, lanes[target].tag) = (slot, tag);
        }
        cut |= served.is_some_and(|lane| enable >> lane & 1 == 0);

        // The bus.
        let taken = rng.random_bool(ready);
        bench.bus_ready.next = taken;
        let op = (
            bench.bus_lane.val().to_u64() as u8,
            bench.bus_op.val().to_u64(),
            bench.bus_address.val().to_u64(),
            bench.bus_data.val(),
            bench.bus_code.val().limbs()[0],
        );
        if let Some((lane, op, row, data, code)) = bus.cycle(bench.bus_valid.val(), taken, op) {
            assert_eq!(Some(usize::from(lane)), served);
            if op == LaneOp::State as u64 {
                assert_eq!(Some((data, code)), value.take(), "STATE without READ");
                down.push_back((now + latency, lane, u64::MAX));
            } else {
                assert_eq!(op, LaneOp::Status as u64);
                down.push_back((now + latency, lane, row));
            }
        }
        let response = up.front().is_some_and(|(cycle, _)| *cycle <= now);
        bench.response_valid.next = response;
        bench.response_data.next =
            if response { up.pop_front().expect("a row").1 } else { W256::from_limbs(rng.random()) };

        // The table.
        let ready = bench.door_valid.val() && rng.random_bool(0.1);
        let outcome = match rng.random_range(0..8) {
            0..5 => TableOutcome::Done,
            5 => TableOutcome::Requested,
            6 => TableOutcome::Waits,
            _ => [TableOutcome::Unavailable, TableOutcome::Full][rng.random_range(0..2)],
        };
        let (found, nonce, hash, code) = (word(&mut rng), rng.random::<u64>(), word(&mut rng), rng.random::<u64>());
        bench.door_ready.next = ready;
        bench.outcome.next = (outcome as u64).into();
        bench.found_value.next = found;
        bench.found_nonce.next = W64::from_limbs([nonce]);
        bench.found_code_hash.next = hash;
        bench.found_code.next = W64::from_limbs([code]);
        let asked = (
            bench.door_kind.val().to_u64() as u8,
            bench.door_field.val().to_u64() as u8,
            bench.door_address.val(),
            bench.door_slot_key.val(),
            bench.door_slot.val().to_u64() as u8,
        );
        let (mut blocks, mut refuses) = (0, 0);
        // The host.
        assert_eq!(bench.ask_valid.val(), !keys.is_empty(), "cycle {now}");
        let takes = rng.random_bool([0.9, 0.02, 0.5, 0.1][phase]);
        bench.ask_ready.next = takes;
        let limbs = bench.ask_address.val();
        let offered =
            (bench.ask_tag.val().to_u64() as u32, bench.ask_kind.val().to_u64() as u8, limbs, bench.ask_slot.val());
        if let Some((tag, kind, address, slot)) = ask.cycle(bench.ask_valid.val(), takes, offered) {
            let (expected, question) = keys.pop_front().expect("a key");
            let of = if kind == ACCOUNT { W256::ZERO } else { question.slot };
            assert_eq!((tag, kind, address, slot), (expected, question.kind, question.address, of));
            keys_asked += 1;
        }
        if let Some((kind, field, address, slot_key, slot)) = door.cycle(bench.door_valid.val(), ready, asked) {
            let number = served.expect("a lane is served");
            let question = lanes[number].asks.expect("a READ for a lane that does not ask");
            assert_eq!((kind, address, slot_key), (question.kind, question.address, question.slot));
            assert_eq!(slot, lanes[number].slot);
            let expected = if kind == ACCOUNT { question.field } else { 0 };
            assert_eq!(field, expected);
            value = match (cut, outcome, field) {
                (true, ..) => None,
                (_, TableOutcome::Done, 0) => Some((found, 0)),
                (_, TableOutcome::Done, 1) => Some((W256::from_limbs([nonce, 0, 0, 0]), 0)),
                (_, TableOutcome::Done, _) => Some((hash, code)),
                _ => None,
            };
            let bad = outcome != TableOutcome::Done;
            blocks = u32::from(!cut && bad) << number;
            if blocks != 0 {
                outcomes[number] = outcome as u64;
                waited[number].1.get_or_insert(now);
            } else if !cut && let Some(since) = waited[number].1.take() {
                waited[number].0 += now - since - 1;
            }
            match outcome {
                // Also if nobody waits for it any more.
                TableOutcome::Requested => {
                    full += u32::from(!keys.is_empty());
                    keys.push_back((lanes[number].tag, question));
                }
                TableOutcome::Done | TableOutcome::Waits => {}
                _ => refuses = blocks,
            }
            reads += 1;
            *seen.entry((cut, outcome)).or_default() += 1;
        }
        let lane = rng.random_range(0..LANES);
        bench.outcome_lane.next = (lane as u64).into();
        bench.settle();
        if blocks == 0 {
            assert_eq!(bench.outcome_value.val().to_u64(), outcomes[lane]);
        }
        if served != Some(lane) && reset != Some(lane) {
            assert_eq!(bench.waited_value.val().to_u64(), waited[lane].0, "lane {lane}, cycle {now}");
        }
        if let Some(lane) = reset {
            waited[lane] = (0, None);
        }
        blocked = blocked & !retry & enable | blocks;
        refused = refused & !retry & enable | refuses;
        bench.tick();
    }
    println!("{seen:?}, {given} values given");
    assert!(
        seen.len() == 10 && given > 500 && keys_asked > 50 && full > 5,
        "{keys_asked} asked, {full} times without room"
    );
    assert!(waited.iter().any(|(waited, _)| *waited > 0));
    bench.cross_check();
}
