//! The far queue between a processor and a mover that takes its time.

use std::collections::VecDeque;

use gaslane_hdl::{
    manage::{FarQueue, MoverPort, far_queue::PLACES},
    word::W64,
};
use rand::Rng;
use rust_hdl_core::prelude::*;

use crate::{dut, harness::Bench, random::rng};

dut!(FarQueue, clocked, [
    reset, push, quiet, push_source, push_destination, push_source_address, push_destination_address, push_beats, push_valid_bytes,
    seen, far_busy, far_failed
] => [
    ended, done, failed, failed_address, start, source, destination, source_address, destination_address, beats, valid_bytes
]);

/// Source, destination, their addresses, rows, bytes, whether it is quiet.
type Move = (u64, u64, u64, u64, u64, u64, bool);

#[test]
fn far_queue() {
    let mut bench = Bench::<FarQueue>::new("far_queue");
    let mut rng = rng();
    let mut queue = VecDeque::<Move>::new();
    // The move under way, and cycles that the mover still needs.
    let mut moving = None::<(Move, u32)>;
    let (mut failed, mut failed_move, mut unseen, mut done) = (None::<Move>, false, 0_u32, 0_u32);
    let (mut moves, mut fails, mut full, mut quiets, mut idle) = (0, 0, 0, 0, 0);
    for cycle in 0..50_000_u32 {
        let pace = [0.6, 0.1, 0.02][cycle as usize / 800 % 3];
        let mover_idle = moving.is_none_or(|(_, left)| left == 0);
        let reset = failed.is_some() && rng.random_range(0..40) == 0;
        bench.reset.next = reset;
        let under_way = queue.len() + usize::from(moving.is_some());
        let pushes = under_way < PLACES as usize && !reset && rng.random_bool(pace);
        full += u32::from(under_way == PLACES as usize);
        let host = MoverPort::Host as u64;
        let (source, destination) =
            if rng.random() { (host, rng.random_range(1..5)) } else { (rng.random_range(1..8), host) };
        let (from, to): (u64, u64) = (rng.random(), rng.random());
        let (beats, bytes, quiet) = (rng.random_range(1..1 << 20), u64::from(rng.random::<u32>()), rng.random());
        bench.push.next = pushes;
        bench.quiet.next = quiet;
        bench.push_source.next = source.into();
        bench.push_destination.next = destination.into();
        bench.push_source_address.next = W64::from_limbs([from]);
        bench.push_destination_address.next = W64::from_limbs([to]);
        bench.push_beats.next = beats.into();
        bench.push_valid_bytes.next = bytes.into();
        let seen = rng.random_bool(0.3);
        bench.seen.next = seen;
        bench.far_busy.next = !mover_idle;
        bench.far_failed.next = if mover_idle { failed_move } else { rng.random() };
        bench.settle();

        let starts = moving.is_none() && failed.is_none() && !queue.is_empty();
        assert_eq!(bench.start.val(), starts);
        if starts {
            let shown = (
                bench.source.val().to_u64(),
                bench.destination.val().to_u64(),
                bench.source_address.val().limbs()[0],
                bench.destination_address.val().limbs()[0],
                bench.beats.val().to_u64(),
                bench.valid_bytes.val().to_u64(),
                queue[0].6,
            );
            assert_eq!(shown, queue[0]);
        }
        assert_eq!((bench.ended.val(), bench.done.val().to_u64()), (unseen > 0, u64::from(done)));
        assert_eq!(bench.failed.val(), failed.is_some());
        if let Some((source, _, from, to, ..)) = failed {
            let address = if source == host { from } else { to };
            assert_eq!(bench.failed_address.val().to_u64(), address & 0xffff_ffff);
        }
        idle += u32::from(under_way == 0);

        unseen -= u32::from(seen && unseen > 0);
        if let Some((what, left)) = &mut moving {
            if *left == 0 {
                done = done.wrapping_add(1);
                unseen += u32::from(!what.6);
                quiets += u32::from(what.6);
                moves += 1;
                if failed_move {
                    failed = Some(*what);
                    fails += 1;
                }
                moving = None;
            } else {
                *left -= 1;
                if *left == 0 {
                    failed_move = rng.random_range(0..60) == 0;
                }
            }
        }
        if starts {
            moving = queue.pop_front().map(|what| (what, rng.random_range(1..12)));
        }
        if pushes {
            queue.push_back((source, destination, from, to, beats, bytes, quiet));
        }
        if reset {
            queue.clear();
            (moving, failed, unseen, done) = (None, None, 0, 0);
        }
        bench.tick();
    }
    println!("{moves} moves, {quiets} quiet, {fails} failed, {full} cycles full, {idle} idle");
    assert!(moves > 1000 && quiets > 400 && fails > 20 && full > 500 && idle > 500);
    bench.cross_check();
}
