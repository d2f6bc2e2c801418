//! The panel: every register of the map, at the number that the map gives it.

use gaslane_abi::manage::map::{event, read, write};
use gaslane_hdl::{
    card::Panel,
    word::{W64, W160, W256, W512},
};
use rand::Rng;
use rust_hdl_core::prelude::*;

use crate::{dut, harness::Bench, random::rng};

dut!(Panel, clocked,
    [valid, write, number, data_out, entry_valid, entry, running, stalled, lane_select, far_ended, far_failed, far_done, far_address, near_busy,
        near_failed, launch_busy, launch_failed, launch_bad, launched_lane, lane_ready, stopped, blocked, waited, keys_asked, fill_works, fill_failed, fill_bad, fill_tag, fill_address, woken,
        outcome, serving, serving_lane, state_reads, evictions, pending,
        server_idle, server_failed, table_busy, table_outcome, table_evicted, table_changed, table_readers, table_waiting,
        commit_busy, commit_done, commit_waits, commit_reason, counted, changes, asked, asked_kind, asked_address, asked_slot,
        record_ready, record_done, record_error, abort_valid, aborts, completion_ready]
    => [data_in, entry_ready, far_start, far_quiet, far_seen, near_start, launch_start, launch_lane, launch_block, source, destination, source_address, destination_address, beats,
        valid_bytes, lane_valid, lane_number, lane_all, lane_op, lane_address, lane_data, outcome_lane, door_enable,
        door_retry, map_write, map_lane, map_slot, map_tag, ask_hold, fill_enable, server_hold, directory_base, directory_handles, table_start, table_op,
        table_slot, table_flags, table_row, table_gather, seq, commit_start, commit_entries, commit_slot, commit_seq, proceed,
        refuse, asked_ready, head_write, head_number, head_word, record_valid, record_address, record_beats, finish, finish_slot, occupied, aborts_ready,
        completion_valid, completion, fault, fault_error, fault_info, idle, committed, committed_host, aborts_counted, escapes,
        assists, state_reads_shown, program_words, firmware_words, evm_instructions, evictions_shown, lane_busy_cycles,
        lane_state_wait_cycles, lane_commit_wait_cycles, lane_aborted_cycles, lane_idle_cycles]);

const CYCLES: u64 = 30_000;

/// What was written to each register last, and what is under way.
struct Model {
    words: [u32; 128],
    /// Written in the cycle before.
    pulse: Option<(u32, u32)>,
    lane_waits: bool,
    posting: bool,
    ended: bool,
    record_waits: bool,
    record_works: bool,
    record_bad: bool,
    idle: bool,
    faulted: bool,
    commit_seq: u64,
    cycles: u64,
    high: u32,
}

impl Model {
    fn word(&self, number: u32) -> u64 {
        self.words[number as usize].into()
    }

    fn pair(&self, low: u32) -> u64 {
        self.word(low + 1) << 32 | self.word(low)
    }

    fn pulsed(&self, number: u32) -> bool {
        self.pulse.is_some_and(|(pulsed, _)| pulsed == number)
    }
}

fn bits(from: u64, at: u32, count: u32) -> u64 {
    from >> at & ((1 << count) - 1)
}

#[test]
fn panel() {
    let mut rng = rng();
    let mut bench = Bench::<Panel>::new("panel");
    let mut model = Model {
        words: [0; 128],
        pulse: None,
        lane_waits: false,
        posting: false,
        ended: false,
        record_waits: false,
        record_works: false,
        record_bad: false,
        idle: false,
        faulted: false,
        commit_seq: 0,
        cycles: 0,
        high: 0,
    };
    // Value of the read of the cycle before.
    let mut expected: Option<(u32, u32)> = None;
    let mut reads = [0_u32; 64];
    for _ in 0..CYCLES {
        let mut flag = || rng.random_range(0..3) == 0;
        let [entry_valid, running, stalled, far_ended, far_failed, near_busy, near_failed, lane_ready] =
            std::array::from_fn(|_| flag());
        let [serving, server_idle, server_failed, table_busy, table_evicted, commit_busy, commit_done, commit_waits] =
            std::array::from_fn(|_| flag());
        let [counted, asked, record_ready, record_done, record_error, abort_valid, completion_ready] =
            std::array::from_fn(|_| flag());
        let [launch_busy, launch_failed, launch_bad] = std::array::from_fn(|_| flag());
        let [fill_works, fill_failed, fill_bad, woken] = std::array::from_fn(|_| flag());
        let wide: [u32; 16] = rng.random();
        let [lane_select, stopped, blocked, waited, readers, waiting, aborts, fill_tag]: [u32; 8] = rng.random();
        let [far_done, far_address]: [u32; 2] = rng.random();
        let [state_reads, evictions, keys_asked, fill_address]: [u64; 4] = rng.random();
        let (outcome, table_outcome, changed) =
            (bits(rng.random(), 0, 4), bits(rng.random(), 0, 4), bits(rng.random(), 0, 4));
        let (serving_lane, reason, kind) =
            (bits(rng.random(), 0, 5), bits(rng.random(), 0, 8), bits(rng.random(), 0, 2));
        let launched_lane = bits(rng.random(), 0, 5);
        let (pending, changes) = (bits(rng.random(), 0, 17), if rng.random() { 0 } else { bits(rng.random(), 0, 16) });
        let panel = &mut *bench;
        for (signal, value) in [
            (&mut panel.entry_valid, entry_valid),
            (&mut panel.running, running),
            (&mut panel.stalled, stalled),
            (&mut panel.far_ended, far_ended),
            (&mut panel.far_failed, far_failed),
            (&mut panel.near_busy, near_busy),
            (&mut panel.near_failed, near_failed),
            (&mut panel.lane_ready, lane_ready),
            (&mut panel.serving, serving),
            (&mut panel.server_idle, server_idle),
            (&mut panel.server_failed, server_failed),
            (&mut panel.table_busy, table_busy),
            (&mut panel.table_evicted, table_evicted),
            (&mut panel.commit_busy, commit_busy),
            (&mut panel.commit_done, commit_done),
            (&mut panel.commit_waits, commit_waits),
            (&mut panel.counted, counted),
            (&mut panel.asked, asked),
            (&mut panel.record_ready, record_ready),
            (&mut panel.record_done, record_done),
            (&mut panel.record_error, record_error),
            (&mut panel.abort_valid, abort_valid),
            (&mut panel.completion_ready, completion_ready),
            (&mut panel.fill_works, fill_works),
            (&mut panel.fill_failed, fill_failed),
            (&mut panel.fill_bad, fill_bad),
            (&mut panel.woken, woken),
            (&mut panel.launch_busy, launch_busy),
            (&mut panel.launch_failed, launch_failed),
            (&mut panel.launch_bad, launch_bad),
        ] {
            signal.next = value;
        }
        let limb = |index: usize| u64::from(wide[2 * index + 1]) << 32 | u64::from(wide[2 * index]);
        panel.entry.next = W512::from_limbs(std::array::from_fn(limb));
        panel.asked_slot.next = W256::from_limbs(std::array::from_fn(limb));
        panel.asked_address.next = W160::from_limbs([limb(0), limb(1), limb(2) & 0xffff_ffff]);
        for (signal, value) in [
            (&mut panel.lane_select, lane_select),
            (&mut panel.stopped, stopped),
            (&mut panel.blocked, blocked),
            (&mut panel.waited, waited),
            (&mut panel.table_readers, readers),
            (&mut panel.table_waiting, waiting),
            (&mut panel.aborts, aborts),
            (&mut panel.fill_tag, fill_tag),
            (&mut panel.far_done, far_done),
            (&mut panel.far_address, far_address),
        ] {
            signal.next = u64::from(value).into();
        }
        bench.state_reads.next = W64::from_limbs([state_reads]);
        bench.evictions.next = W64::from_limbs([evictions]);
        bench.keys_asked.next = W64::from_limbs([keys_asked]);
        bench.fill_address.next = W64::from_limbs([fill_address]);
        bench.outcome.next = outcome.into();
        bench.table_outcome.next = table_outcome.into();
        bench.table_changed.next = changed.into();
        bench.serving_lane.next = serving_lane.into();
        bench.launched_lane.next = launched_lane.into();
        bench.commit_reason.next = reason.into();
        bench.asked_kind.next = kind.into();
        bench.pending.next = pending.into();
        bench.changes.next = changes.into();
        // An access: a register of the map.
        let (valid, writes) = (rng.random_range(0..4) > 0, rng.random());
        let number = match (writes, rng.random_range(0..6)) {
            (true, 0) => write::COMPLETION + rng.random_range(0..16),
            (true, 1) => write::COUNTERS + rng.random_range(0..30),
            (true, 2) => write::HEADER + rng.random_range(0..24),
            (true, _) => rng.random_range(0..=write::FAR_SEEN),
            (false, 0) => read::ENTRY + rng.random_range(0..32),
            (false, _) => rng.random_range(0..=read::FAR_ADDRESS),
        };
        let data: u32 = if rng.random() { rng.random() } else { 1 << rng.random_range(0..32) };
        bench.valid.next = valid;
        bench.write.next = writes;
        bench.number.next = u64::from(number).into();
        bench.data_out.next = u64::from(data).into();
        bench.settle();

        // Outputs follow what was written before this cycle.
        if let Some((register, value)) = expected {
            assert_eq!(bench.data_in.val().to_u64(), u64::from(value), "register {register}");
        }
        let pulse = |number| model.pulse.filter(|(pulsed, _)| *pulsed == number).map(|(_, data)| u64::from(data));
        for (name, up, number) in [
            ("entry_ready", bench.entry_ready.val(), write::POP),
            ("far_start", bench.far_start.val(), write::FAR),
            ("far_seen", bench.far_seen.val(), write::FAR_SEEN),
            ("near_start", bench.near_start.val(), write::NEAR),
            ("launch_start", bench.launch_start.val(), write::LAUNCH),
            ("map_write", bench.map_write.val(), write::DOOR_MAP),
            ("table_start", bench.table_start.val(), write::TABLE),
            ("commit_start", bench.commit_start.val(), write::COMMIT),
            ("proceed", bench.proceed.val(), write::PROCEED),
            ("refuse", bench.refuse.val(), write::REFUSE),
            ("asked_ready", bench.asked_ready.val(), write::ASKED),
            ("finish", bench.finish.val(), write::FINISH),
            ("aborts_ready", bench.aborts_ready.val(), write::ABORTS_SEEN),
        ] {
            assert_eq!(up, pulse(number).is_some(), "{name}");
        }
        if let Some(go) = pulse(write::FAR).or(pulse(write::NEAR)) {
            assert_eq!(
                (bench.source.val().to_u64(), bench.destination.val().to_u64()),
                (bits(go, 0, 3), bits(go, 4, 3))
            );
        }
        if let Some(go) = pulse(write::FAR) {
            assert_eq!(bench.far_quiet.val(), bits(go, 8, 1) == 1);
        }
        let head = model.pulse.filter(|&(number, _)| number >= write::HEADER);
        assert_eq!(bench.head_write.val(), head.is_some());
        if let Some((number, word)) = head {
            let shown = (bench.head_number.val().to_u64(), bench.head_word.val().to_u64());
            assert_eq!(shown, (u64::from(number - write::HEADER), u64::from(word)));
        }
        if let Some(go) = pulse(write::DOOR_MAP) {
            assert_eq!(
                (bench.map_lane.val().to_u64(), bench.map_slot.val().to_u64()),
                (bits(go, 0, 5), bits(go, 8, 5))
            );
        }
        if let Some(go) = pulse(write::LAUNCH) {
            let shown = (bench.launch_lane.val().to_u64(), bench.launch_block.val());
            assert_eq!(shown, (bits(go, 0, 5), bits(go, 8, 1) == 1));
        }
        if let Some(go) = pulse(write::TABLE) {
            let shown = (bench.table_op.val().to_u64(), bench.table_slot.val().to_u64(), bench.table_gather.val());
            assert_eq!(shown, (bits(go, 0, 4), bits(go, 8, 5), bits(go, 16, 1) == 1));
        }
        if let Some(go) = pulse(write::COMMIT) {
            let shown = (bench.commit_entries.val().to_u64(), bench.commit_slot.val().to_u64());
            assert_eq!(shown, (bits(go, 0, 16), bits(go, 16, 5)));
        }
        if let Some(go) = pulse(write::FINISH) {
            assert_eq!(bench.finish_slot.val().to_u64(), bits(go, 0, 5));
        }
        assert_eq!(bench.door_retry.val().to_u64(), pulse(write::DOOR_RETRY).unwrap_or_default());
        for (name, shown, value) in [
            ("beats", bench.beats.val().to_u64(), bits(model.word(write::BEATS), 0, 20)),
            ("valid_bytes", bench.valid_bytes.val().to_u64(), model.word(write::VALID_BYTES)),
            ("lane_op", bench.lane_op.val().to_u64(), bits(model.word(write::LANE), 0, 4)),
            ("lane_number", bench.lane_number.val().to_u64(), bits(model.word(write::LANE), 8, 6)),
            ("lane_all", bench.lane_all.val().into(), bits(model.word(write::LANE), 16, 1)),
            ("lane_address", bench.lane_address.val().to_u64(), model.word(write::LANE_ADDRESS)),
            ("door_enable", bench.door_enable.val().to_u64(), model.word(write::DOOR_ENABLE)),
            ("map_tag", bench.map_tag.val().to_u64(), model.word(write::DOOR_TAG)),
            ("ask_hold", bench.ask_hold.val().into(), bits(model.word(write::ASK_HOLD), 0, 1)),
            ("fill_enable", bench.fill_enable.val().into(), bits(model.word(write::FILL_ENABLE), 0, 1)),
            ("server_hold", bench.server_hold.val().into(), bits(model.word(write::SERVER_HOLD), 0, 1)),
            ("table_flags", bench.table_flags.val().to_u64(), bits(model.word(write::TABLE_FLAGS), 0, 10)),
            ("table_row", bench.table_row.val().to_u64(), model.word(write::TABLE_ROW)),
            ("occupied", bench.occupied.val().to_u64(), model.word(write::OCCUPIED)),
            ("fault_info", bench.fault_info.val().to_u64(), model.word(write::FAULT_INFO)),
            ("fault_error", bench.fault_error.val().to_u64(), bits(model.word(write::FAULT), 0, 8)),
            ("outcome_lane", bench.outcome_lane.val().to_u64(), bits(model.word(write::OUTCOME_SELECT), 0, 5)),
            ("directory_handles", bench.directory_handles.val().to_u64(), model.word(write::DIRECTORY_HANDLES)),
            ("record_beats", bench.record_beats.val().to_u64(), 3 + 4 * changes),
        ] {
            assert_eq!(shown, value, "{name}");
        }
        let counter = |index: u32| model.pair(write::COUNTERS + 2 * index);
        for (name, shown, value) in [
            ("source_address", bench.source_address.val(), model.pair(write::FROM_LOW)),
            ("destination_address", bench.destination_address.val(), model.pair(write::TO_LOW)),
            ("seq", bench.seq.val(), model.pair(write::SEQ_LOW)),
            ("commit_seq", bench.commit_seq.val(), model.commit_seq),
            ("record_address", bench.record_address.val(), model.pair(write::RECORD_LOW)),
            ("directory_base", bench.directory_base.val(), model.word(write::DIRECTORY_BASE)),
            ("committed", bench.committed.val(), counter(0)),
            ("committed_host", bench.committed_host.val(), counter(1)),
            ("aborts_counted", bench.aborts_counted.val(), counter(2)),
            ("escapes", bench.escapes.val(), counter(3)),
            ("assists", bench.assists.val(), counter(4)),
            ("state_reads", bench.state_reads_shown.val(), counter(5)),
            ("program_words", bench.program_words.val(), counter(6)),
            ("firmware_words", bench.firmware_words.val(), counter(7)),
            ("evm_instructions", bench.evm_instructions.val(), counter(8)),
            ("evictions", bench.evictions_shown.val(), counter(9)),
            ("lane_busy", bench.lane_busy_cycles.val(), counter(10)),
            ("lane_state_wait", bench.lane_state_wait_cycles.val(), counter(11)),
            ("lane_commit_wait", bench.lane_commit_wait_cycles.val(), counter(12)),
            ("lane_aborted", bench.lane_aborted_cycles.val(), counter(13)),
            ("lane_idle", bench.lane_idle_cycles.val(), counter(14)),
        ] {
            assert_eq!(shown.limbs()[0], value, "{name}");
        }
        assert_eq!(*bench.lane_data.val().limbs(), [model.word(write::LANE_DATA), 0, 0, 0]);
        let completion = std::array::from_fn(|index| model.pair(write::COMPLETION + 2 * index as u32));
        assert_eq!(*bench.completion.val().limbs(), completion);
        let levels = [bench.lane_valid.val(), bench.completion_valid.val(), bench.record_valid.val(), bench.idle.val()];
        assert_eq!(levels, [model.lane_waits, model.posting, model.record_waits, model.idle]);
        assert_eq!(bench.fault.val(), model.faulted);

        // What a read gives in the next cycle.
        let pulsed = |number| model.pulsed(number);
        let events = [
            (event::ENTRY, entry_valid && !pulsed(write::POP)),
            (event::FAR_ENDED, far_ended && !pulsed(write::FAR_SEEN)),
            (event::FAR_FAILED, far_failed),
            (event::NEAR_BUSY, near_busy || launch_busy || pulsed(write::NEAR) || pulsed(write::LAUNCH)),
            (event::NEAR_FAILED, near_failed),
            (event::LANE_BUSY, model.lane_waits),
            (event::TABLE_BUSY, table_busy || pulsed(write::TABLE)),
            (event::COMMIT_BUSY, commit_busy || pulsed(write::COMMIT)),
            (event::COMMIT_DONE, model.ended),
            (event::COUNTED, counted && !pulsed(write::PROCEED) && !pulsed(write::REFUSE)),
            (event::ASKED, asked && !pulsed(write::ASKED)),
            (event::ABORTS, abort_valid && !pulsed(write::ABORTS_SEEN)),
            (event::POST_BUSY, model.posting),
            (event::STALLED, stalled),
            (event::RUNNING, running),
            (event::SERVER_IDLE, server_idle),
            (event::RECORD_BUSY, model.record_works),
            (event::RECORD_FAILED, model.record_bad),
            (event::SERVER_FAILED, server_failed),
            (event::FILL_BUSY, fill_works),
            (event::FILL_FAILED, fill_failed),
            (event::FILL_BAD, fill_bad),
            (event::WOKEN, woken),
            (event::LAUNCH_FAILED, launch_failed),
            (event::LAUNCH_BAD, launch_bad),
        ];
        expected = (valid && !writes).then(|| {
            reads[number as usize] += 1;
            let value = match number {
                read::EVENTS => events.iter().filter(|(_, up)| *up).fold(0, |all, (bit, _)| all | bit),
                read::STOPPED => stopped,
                read::BLOCKED => blocked,
                read::CYCLE_LOW => model.cycles as u32,
                read::CYCLE_HIGH => model.high,
                read::TABLE => (table_outcome | u64::from(table_evicted) << 4 | changed << 8) as u32,
                read::READERS => readers,
                read::WAITING => waiting,
                read::COMMIT => (reason | u64::from(commit_waits) << 8 | changes << 16) as u32,
                read::ABORTS => aborts,
                read::LOWEST => model.words[write::LOWEST as usize].trailing_zeros() % 32,
                read::OUTCOME => outcome as u32,
                read::SERVING => u32::from(serving) << 8 | if serving { serving_lane as u32 } else { 0 },
                read::LANE_SELECT => lane_select,
                read::STATE_READS_LOW => state_reads as u32,
                read::STATE_READS_HIGH => (state_reads >> 32) as u32,
                read::EVICTIONS_LOW => evictions as u32,
                read::EVICTIONS_HIGH => (evictions >> 32) as u32,
                read::PENDING => pending as u32,
                read::WAITED => waited,
                read::ASKS_LOW => keys_asked as u32,
                read::ASKS_HIGH => (keys_asked >> 32) as u32,
                read::FILL_TAG => fill_tag,
                read::FILL_ADDRESS => fill_address as u32,
                read::LAUNCH => launched_lane as u32,
                read::FAR_DONE => far_done,
                read::FAR_ADDRESS => far_address,
                read::ASKED_KIND => kind as u32,
                read::ENTRY..read::ASKED_KIND => wide[(number - read::ENTRY) as usize],
                read::ASKED_ADDRESS..54 => wide[(number - read::ASKED_ADDRESS) as usize],
                read::ASKED_SLOT..64 => wide[(number - read::ASKED_SLOT) as usize],
                _ => 0,
            };
            if number == read::CYCLE_LOW {
                model.high = (model.cycles >> 32) as u32;
            }
            (number, value)
        });

        // What this cycle changes.
        model.lane_waits &= !lane_ready;
        model.posting &= !completion_ready;
        model.ended |= commit_done;
        model.record_waits &= !record_ready;
        if record_done {
            model.record_works = false;
            model.record_bad = record_error;
        }
        model.pulse = None;
        if valid && writes {
            model.words[number as usize] = data;
            model.pulse = Some((number, data));
            if number == write::POP {
                model.words[write::FILL_ENABLE as usize] = 0;
            }
            match number {
                write::POP => model.idle = false,
                write::IDLE => model.idle = data & 1 == 1,
                write::LANE => model.lane_waits = true,
                write::COMMIT => model.commit_seq = model.pair(write::SEQ_LOW),
                write::COMMIT_SEEN => model.ended = false,
                write::PROCEED => {
                    model.record_waits = true;
                    model.record_works = true;
                    model.record_bad = false;
                }
                write::FAULT => model.faulted = true,
                write::POST => {
                    model.posting = true;
                    if data & 1 == 0 {
                        let rest = write::COMPLETION as usize + 3..write::COMPLETION as usize + 16;
                        model.words[rest].fill(0);
                    }
                }
                _ => {}
            }
        }
        model.cycles += 1;
        bench.tick();
    }
    assert!(reads[..=read::FAR_ADDRESS as usize].iter().all(|&count| count > 0), "{reads:?}");
    bench.cross_check();
}
