//! Registers of BAR0 by AXI4-Lite, against their model.

use gaslane_abi::regs::{self, Access, CardKind};
use gaslane_hdl::{
    CardConfig,
    bus::{
        Registers,
        register_map::{Identity, Model, ROWS, Shown, Strobe, fixed_words},
    },
    word::W64,
};
use rand::{Rng, rngs::SmallRng};
use rust_hdl_core::prelude::*;

use crate::{axi::Stable, dut, harness::Bench, random::rng};

dut!(Registers, clocked,
    [reset, strap_lanes, strap_slots, running, idle, error, error_info, sq_tail, sq_head, cq_head, cq_tail, cycles, committed, committed_host, aborts, escapes,
        assists, state_reads, program_words, firmware_words, evm_instructions, evictions, lane_busy_cycles,
        lane_state_wait_cycles, lane_commit_wait_cycles, lane_aborted_cycles, lane_idle_cycles,
        awvalid, awaddr, wvalid, wdata, wstrb, bready, arvalid, araddr, rready]
    => [control_write, control_run, sq_doorbell, cq_doorbell, doorbell, sq_base, sq_entries, cq_base, cq_entries,
        irq_enable, irq_moderation, lane_select,
        awready, wready, bvalid, bresp, arready, rvalid, rdata, rresp]);

fn any_shown(rng: &mut SmallRng) -> Shown {
    Shown {
        running: rng.random(),
        idle: rng.random(),
        error: if rng.random_bool(0.3) { rng.random_range(1..10) } else { 0 },
        error_info: rng.random(),
        sq: (rng.random(), rng.random()),
        cq: (rng.random(), rng.random()),
        counters: rng.random(),
    }
}

fn show(bench: &mut Bench<Registers>, shown: &Shown) {
    let counters = shown.counters.map(|counter| W64::from_limbs([counter]));
    bench.running.next = shown.running;
    bench.idle.next = shown.idle;
    bench.error.next = u64::from(shown.error).into();
    bench.error_info.next = u64::from(shown.error_info).into();
    bench.sq_tail.next = u64::from(shown.sq.0).into();
    bench.sq_head.next = u64::from(shown.sq.1).into();
    bench.cq_head.next = u64::from(shown.cq.0).into();
    bench.cq_tail.next = u64::from(shown.cq.1).into();
    bench.cycles.next = counters[0];
    bench.committed.next = counters[1];
    bench.committed_host.next = counters[2];
    bench.aborts.next = counters[3];
    bench.escapes.next = counters[4];
    bench.assists.next = counters[5];
    bench.state_reads.next = counters[6];
    bench.program_words.next = counters[7];
    bench.firmware_words.next = counters[8];
    bench.evm_instructions.next = counters[9];
    bench.evictions.next = counters[10];
    bench.lane_busy_cycles.next = counters[11];
    bench.lane_state_wait_cycles.next = counters[12];
    bench.lane_commit_wait_cycles.next = counters[13];
    bench.lane_aborted_cycles.next = counters[14];
    bench.lane_idle_cycles.next = counters[15];
}

fn strobes(bench: &Bench<Registers>) -> Vec<Strobe> {
    let rung = bench.doorbell.val().to_u64() as u32;
    let control = bench.control_write.val().then_some(Strobe::Control(bench.control_run.val()));
    let submissions = bench.sq_doorbell.val().then_some(Strobe::Submissions(rung));
    let completions = bench.cq_doorbell.val().then_some(Strobe::Completions(rung));
    [control, submissions, completions].into_iter().flatten().collect()
}

fn held(bench: &Bench<Registers>) -> [u64; 7] {
    [
        bench.sq_base.val().limbs()[0],
        bench.sq_entries.val().to_u64(),
        bench.cq_base.val().limbs()[0],
        bench.cq_entries.val().to_u64(),
        bench.irq_enable.val().to_u64(),
        bench.irq_moderation.val().to_u64(),
        bench.lane_select.val().to_u64(),
    ]
}

fn model_held(model: &Model) -> [u64; 7] {
    [
        model.sq_base,
        model.sq_entries.into(),
        model.cq_base,
        model.cq_entries.into(),
        model.irq_enable.into(),
        model.irq_moderation.into(),
        model.lane_select.into(),
    ]
}

/// A register of the map, or anything in BAR0.
fn any_offset(rng: &mut SmallRng) -> u32 {
    let row = &regs::MAP[rng.random_range(0..regs::MAP.len())];
    match rng.random_range(0..8) {
        0 => rng.random_range(0..regs::BAR0_BYTES),
        _ => row.offset + 4 * rng.random_range(0..row.count),
    }
}

#[test]
fn every_row_of_the_map_is_there() {
    let fixed = fixed_words(&CardConfig::small(), &Identity::of(CardKind::Model));
    for row in regs::MAP {
        let is_fixed = row.offset / 4 < fixed.len() as u32;
        assert_eq!(is_fixed, !ROWS.contains(&row.offset), "{}", row.name);
        assert!(!is_fixed || row.access == Access::Ro, "{}", row.name);
        assert!(is_fixed || row.count <= 2, "{}", row.name);
    }
    let rows = regs::MAP.iter().filter(|row| row.offset / 4 >= fixed.len() as u32);
    assert_eq!(rows.count(), ROWS.len());
    assert!(fixed[..2].iter().all(|&word| word != 0));
}

#[test]
fn registers() {
    let mut bench = Bench::<Registers>::new("registers");
    let mut rng = rng();
    let fixed = fixed_words(&CardConfig::small(), &Identity::of(CardKind::Simulation));
    let mut model = Model::default();
    let mut shown = Shown::default();
    // What waits on each channel, and what is under way.
    let (mut aw, mut w, mut ar) = (None::<u32>, None::<(u32, u8)>, None::<u32>);
    let (mut writing, mut reading) = ((None::<u32>, None::<(u32, u8)>), None::<u32>);
    let (mut b, mut r) = (Stable::new("B"), Stable::new("R"));
    let (mut answered, mut read) = (false, false);
    let (mut rung, mut refused, mut seen) = (0, 0, std::collections::BTreeSet::new());
    for cycle in 0..60_000 {
        let pace = [0.5, 1.0, 0.1, 0.8][cycle / 500 % 4];
        // A response that is new belongs to an access of the cycle before.
        let (bvalid, rvalid) = (bench.bvalid.val(), bench.rvalid.val());
        let new = (bvalid && !answered, rvalid && !read);
        assert!(new != (true, true), "one access at a time");
        let mut expected = vec![];
        if new.0 {
            let (Some(offset), Some((value, bytes))) = writing else { panic!("a response without a write") };
            writing = (None, None);
            let before = model_held(&model);
            expected.extend(model.write(&shown, offset, value, bytes));
            rung += expected.len();
            refused += usize::from(expected.is_empty() && before == model_held(&model));
        }
        assert_eq!(strobes(&bench), expected);
        assert_eq!(held(&bench), model_held(&model));
        if new.1 {
            let offset = reading.take().expect("a response without a read");
            assert_eq!(bench.rdata.val().to_u64() as u32, model.read(&fixed, &shown, offset), "{offset:#x}");
            seen.insert(offset & !3);
        }
        assert_eq!((bench.bresp.val().to_u64(), bench.rresp.val().to_u64()), (0, 0));

        if aw.is_none() && rng.random_bool(pace) {
            aw = Some(any_offset(&mut rng));
        }
        if w.is_none() && rng.random_bool(pace) {
            w = Some((rng.random(), if rng.random_bool(0.8) { 15 } else { rng.random_range(0..16) }));
        }
        if ar.is_none() && rng.random_bool(pace) {
            ar = Some(any_offset(&mut rng));
        }
        if rng.random_bool(0.2) {
            shown = any_shown(&mut rng);
        }
        let (bready, rready) = (rng.random_bool(pace), rng.random_bool(pace));
        let reset = rng.random_bool(0.0005);
        show(&mut bench, &shown);
        bench.reset.next = reset;
        bench.awvalid.next = aw.is_some();
        bench.awaddr.next = u64::from(aw.unwrap_or_else(|| rng.random_range(0..4096))).into();
        bench.wvalid.next = w.is_some();
        let (value, bytes) = w.unwrap_or_else(|| (rng.random(), 15));
        bench.wdata.next = u64::from(value).into();
        bench.wstrb.next = u64::from(bytes).into();
        bench.bready.next = bready;
        bench.arvalid.next = ar.is_some();
        bench.araddr.next = u64::from(ar.unwrap_or_else(|| rng.random_range(0..4096))).into();
        bench.rready.next = rready;
        if bench.awready.val() && aw.is_some() {
            assert!(writing.0.is_none());
            writing.0 = aw.take();
        }
        if bench.wready.val() && w.is_some() {
            assert!(writing.1.is_none());
            writing.1 = w.take();
        }
        if bench.arready.val() && ar.is_some() {
            assert!(reading.is_none());
            reading = ar.take();
        }
        (answered, read) = (bvalid && !bready, rvalid && !rready);
        b.cycle(bvalid, bready, ());
        r.cycle(rvalid, rready, bench.rdata.val().to_u64());
        bench.tick();
        if reset {
            model = Model::default();
            (aw, w, ar, writing, reading) = (None, None, None, (None, None), None);
            (answered, read) = (false, false);
            b.reset();
            r.reset();
        }
    }
    println!("{} writes, {} reads, {rung} strobes, {refused} writes without effect", b.taken, r.taken);
    assert!(b.taken > 5_000 && r.taken > 5_000 && rung > 200 && b.waited > 1_000 && r.waited > 1_000);
    for row in regs::MAP {
        assert!((0..row.count).all(|i| seen.contains(&(row.offset + 4 * i))), "{} was not read", row.name);
    }
    bench.cross_check();
}
