//! The fill unit between a ring, host memory that hesitates, the table's share, a processor that uses the table too, and a writer of completions.

use std::collections::VecDeque;

use gaslane_abi::{
    codes::KeyKind,
    record::{EXISTS, HAS_BALANCE, HAS_CODE, HAS_NONCE, UNAVAILABLE},
    ring::{Command, CompletionKind},
};
use gaslane_hdl::{
    card::fill_unit::{CHUNK, FillUnit},
    table::layout::TableOp,
    word::{W64, W256, W512},
};
use rand::{Rng, rngs::SmallRng};
use rust_hdl_core::prelude::*;

use crate::{
    axi::Stable,
    dut,
    harness::Bench,
    random::{rng, word},
};

dut!(FillUnit, clocked, [
    reset, enable, run, entry_valid, entry, request_ready, data_valid, data, data_error, start, op, seq, flags, gather, share_busy,
    share_outcome, share_readers, share_waiting, share_changed, share_evicted, share_request_valid, share_data_ready,
    ram_request_ready, ram_data_valid, ram_data, post_valid, post, completion_ready, map_write, map_lane, map_slot,
    commit_start, commit_slot
] => [
    claims, entry_ready, request_valid, request_address, request_beats, data_ready, busy, outcome, readers, waiting, changed,
    evicted, share_start, share_op, share_seq, share_flags, share_gather, share_request_ready, share_data_valid, share_data,
    ram_request_valid, ram_data_ready, post_ready, completion_valid, completion, retry, woken, works, failed, bad, tag, address
]);

const ALL: u8 = HAS_BALANCE | HAS_NONCE | HAS_CODE;

fn wide(words: [u32; 16]) -> W512 {
    W512::from_limbs(std::array::from_fn(|i| u64::from(words[2 * i + 1]) << 32 | u64::from(words[2 * i])))
}

/// A command, and whether it is a fill that the unit takes.
fn any_entry(rng: &mut SmallRng, tag: u32) -> ([u32; 16], bool) {
    let mut words = [0; 16];
    words[0] = Command::Fill as u32;
    words[1] = tag;
    (words[2], words[3]) = (rng.random::<u32>() & !31, rng.random());
    words[4] = rng.random();
    words[5] = [0, 1, 1, 1, 2, 3, 7, 8, 9, 16, 21][rng.random_range(0..11)];
    (words[6], words[7], words[8], words[9]) = (rng.random::<u32>() & !31, rng.random(), rng.random(), rng.random());
    (words[10], words[11]) = (rng.random(), rng.random());
    let fits = rng.random_range(0..3) > 0;
    if !fits {
        match rng.random_range(0..6) {
            0 => words[0] = rng.random_range(0..12),
            1 => words[0] |= 1 << rng.random_range(8..32),
            2 => words[2] |= 1 << rng.random_range(0..5),
            3 => words[6] |= 1 << rng.random_range(0..5),
            4 => words[5] |= 1 << rng.random_range(16..32),
            _ => words[rng.random_range(12..16)] |= 1 << rng.random_range(0..32),
        }
    }
    let fits = fits
        || words[0] == Command::Fill as u32
            && words[2] & 31 == 0
            && words[6] & 31 == 0
            && words[5] >> 16 == 0
            && words[12..] == [0; 4];
    (words, fits)
}

/// A record's rows, and whether it is well-formed: as the contract says it, in bytes.
fn any_record(rng: &mut SmallRng, faults: bool) -> ([W256; 4], bool) {
    let mut bytes: [u8; 128] = rng.random();
    let fault = if faults { rng.random_range(0..14) } else { 99 };
    let kind = rng.random_range(1..4_u8);
    bytes[0] = kind;
    bytes[2..4].fill(0);
    let exists = rng.random();
    bytes[1] = match rng.random_range(0..8) {
        0 => UNAVAILABLE,
        _ if kind == KeyKind::Account as u8 => ALL | if exists { EXISTS } else { 0 },
        _ => rng.random_range(0..16),
    };
    if kind == KeyKind::BlockHash as u8 {
        bytes[4..24].fill(0);
    }
    if kind == KeyKind::Account as u8 && bytes[1] == ALL {
        // There is none: so it has nothing. Hash and handle do not count.
        bytes[28..32].fill(0);
        bytes[64..96].fill(0);
        bytes[96..104].fill(0);
    }
    match fault {
        0 => bytes[0] = rng.random(),
        1 => bytes[1] = rng.random(),
        2 => bytes[1] ^= 1 << rng.random_range(0..8),
        3 => bytes[rng.random_range(2..4)] = 1 << rng.random_range(0..8),
        4 => bytes[rng.random_range(4..24)] = rng.random(),
        5 => bytes[rng.random_range(24..32)] = rng.random(),
        6 => bytes[rng.random_range(64..96)] = rng.random(),
        7 => bytes[rng.random_range(96..128)] = rng.random(),
        _ => {}
    }
    let [kind, flags, ..] = bytes;
    let account = kind == KeyKind::Account as u8;
    let known =
        account || kind == KeyKind::Storage as u8 || kind == KeyKind::BlockHash as u8 && bytes[4..24] == [0; 20];
    let given = match flags {
        UNAVAILABLE => true,
        _ if flags & !(ALL | EXISTS) != 0 => false,
        _ if !account => true,
        _ => flags & ALL == ALL && (flags & EXISTS != 0 || [&bytes[28..32], &bytes[64..104]].concat() == [0; 44]),
    };
    let row = |row: usize| {
        let limb = |i: usize| u64::from_le_bytes(bytes[32 * row + 8 * i..][..8].try_into().expect("8 bytes"));
        W256::from_limbs(std::array::from_fn(limb))
    };
    (std::array::from_fn(row), bytes[2..4] == [0, 0] && known && given)
}

/// Results of the share.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Results {
    outcome: u64,
    readers: u32,
    waiting: u32,
    changed: u64,
    evicted: bool,
}

impl Results {
    fn any(rng: &mut SmallRng) -> Self {
        let few = rng.random::<u32>() & rng.random::<u32>() & rng.random::<u32>();
        let waiting = if rng.random() { few } else { 0 };
        Self {
            outcome: rng.random_range(0..16),
            readers: rng.random(),
            waiting,
            changed: rng.random_range(0..16),
            evicted: rng.random(),
        }
    }
}

/// The share as the unit sees it; the flag says whether it works for a fill.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Share {
    Idle,
    /// It wants a record.
    Request(bool),
    /// Rows that it has.
    Rows(bool, usize),
    /// Cycles at the table.
    Table(bool, u32),
}

/// Where the unit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Unit {
    Idle,
    Request,
    Start,
    Table,
    Wake,
    Post,
    Bad,
    Failed,
}

/// The command at work.
#[derive(Clone, Copy, Default)]
struct Work {
    tag: u32,
    seq: u64,
    address: u64,
    unasked: u64,
    left: u64,
}

/// A record on its way: its rows, whether it is well-formed, whether one could not be read.
type Record = ([W256; 4], bool, bool);

#[test]
fn fill_unit() {
    let mut bench = Bench::<FillUnit>::new("fill_unit");
    let mut rng = rng();
    let (mut request, mut completion) = (Stable::new("request"), Stable::new("completion"));
    let (mut unit, mut work) = (Unit::Idle, Work::default());
    let (mut entry, mut post) = (None::<([u32; 16], bool)>, None::<W512>);
    let (mut beats, mut records) = (VecDeque::<(W256, bool)>::new(), VecDeque::<Record>::new());
    let (mut share, mut ram_rows) = (Share::Idle, VecDeque::<W256>::new());
    let (mut results, mut kept) = (Results::default(), None::<Results>);
    // A fill is at the share, or has been in the cycle before.
    let mut owns = false;
    // The processor's operation: whether the share has been given it.
    let mut operation = None::<bool>;
    let mut passing = false;
    let (mut lanes, mut sleepers) = ([0_u32; 32], VecDeque::<usize>::new());
    let (mut woken, mut commit_slot) = (false, 3_u32);
    let (mut tag, mut stops, mut filled, mut dones, mut operations, mut wakes, mut resets) = (0, [0, 0], 0, 0, 0, 0, 0);
    let (mut contested, mut dropped) = (0, 0);
    for cycle in 0..60_000_u32 {
        let pace = [0.9, 0.3, 0.05][cycle as usize / 700 % 3];
        let faults = cycle / 2000 % 3 == 2;
        let reset = unit >= Unit::Bad && share == Share::Idle && operation.is_none() && rng.random_range(0..20) == 0;
        bench.reset.next = reset;
        let (enable, run) = (rng.random_range(0..4) > 0, rng.random_range(0..4) > 0);
        bench.enable.next = enable;
        bench.run.next = run;
        if entry.is_none() && rng.random_bool(pace) {
            tag += 1;
            entry = Some(any_entry(&mut rng, tag));
        }
        let (words, fits) = entry.unwrap_or_else(|| (rng.random(), false));
        bench.entry_valid.next = entry.is_some();
        bench.entry.next = wide(words);
        let request_ready = rng.random_bool(0.5);
        bench.request_ready.next = request_ready;
        let gives = !beats.is_empty() && rng.random_bool(0.7);
        let (beat, error) = if gives { beats[0] } else { (word(&mut rng), rng.random()) };
        bench.data_valid.next = gives;
        bench.data.next = beat;
        bench.data_error.next = error;

        // The share. Its results stand when it is idle.
        let idle = share == Share::Idle;
        bench.share_busy.next = !idle;
        bench.share_request_valid.next = matches!(share, Share::Request(_));
        bench.share_data_ready.next = matches!(share, Share::Rows(..));
        let shown = if idle { results } else { Results::any(&mut rng) };
        bench.share_outcome.next = shown.outcome.into();
        bench.share_readers.next = u64::from(shown.readers).into();
        bench.share_waiting.next = u64::from(shown.waiting).into();
        bench.share_changed.next = shown.changed.into();
        bench.share_evicted.next = shown.evicted;
        let ram_ready = rng.random_bool(0.5);
        let ram_gives = !ram_rows.is_empty() && rng.random_bool(0.6);
        let ram_row = if ram_gives { ram_rows[0] } else { word(&mut rng) };
        bench.ram_request_ready.next = ram_ready;
        bench.ram_data_valid.next = ram_gives;
        bench.ram_data.next = ram_row;

        // The processor. Operands stay while an operation is under way.
        let starts = operation.is_none() && !reset && rng.random_bool(pace / 4.0);
        bench.start.next = starts;
        if operation.is_none() {
            bench.op.next = rng.random_range(0..16_u64).into();
            bench.seq.next = W64::from_limbs([rng.random()]);
            bench.flags.next = rng.random_range(0..1024_u64).into();
            bench.gather.next = rng.random();
        }
        if post.is_none() && rng.random_bool(pace / 8.0) {
            post = Some(W512::from_limbs(rng.random()));
        }
        bench.post_valid.next = post.is_some();
        bench.post.next = post.unwrap_or_else(|| W512::from_limbs(rng.random()));
        let completion_ready = rng.random_bool(0.4);
        bench.completion_ready.next = completion_ready;
        let (map_write, map_lane, map_slot) =
            (rng.random_range(0..8) == 0, rng.random_range(0..32_u32), rng.random_range(0..32_u32));
        bench.map_write.next = map_write;
        bench.map_lane.next = u64::from(map_lane).into();
        bench.map_slot.next = u64::from(map_slot).into();
        let commit_start = rng.random_range(0..12) == 0;
        if commit_start {
            commit_slot = rng.random_range(0..32);
        }
        bench.commit_start.next = commit_start;
        bench.commit_slot.next = u64::from(commit_slot).into();
        bench.settle();

        // What is claimed.
        let claims = entry.is_some() && enable && fits;
        let takes = claims && run && unit == Unit::Idle;
        assert_eq!((bench.claims.val(), bench.entry_ready.val()), (claims, takes));
        assert_eq!(bench.works.val(), unit != Unit::Idle);
        assert_eq!((bench.bad.val(), bench.failed.val()), (unit == Unit::Bad, unit == Unit::Failed));
        if unit != Unit::Idle {
            assert_eq!(bench.tag.val().to_u64(), u64::from(work.tag));
            assert_eq!(bench.address.val().limbs()[0], work.address);
        }

        // Who gets the share, with what.
        let free = idle && !owns;
        let start_processor = free && operation == Some(false);
        let start_fill = free && !start_processor && unit == Unit::Start;
        contested += u32::from(start_processor && unit == Unit::Start);
        assert_eq!(bench.share_start.val(), start_processor || start_fill);
        let given = (bench.share_op.val().to_u64(), bench.share_seq.val().limbs()[0], bench.share_flags.val().to_u64());
        if start_fill {
            assert_eq!((given, bench.share_gather.val()), ((TableOp::Fill as u64, work.seq, 0), false));
        }
        if start_processor {
            let its = (bench.op.val().to_u64(), bench.seq.val().limbs()[0], bench.flags.val().to_u64());
            assert_eq!((given, bench.share_gather.val()), (its, bench.gather.val()));
        }
        assert_eq!(bench.busy.val(), operation.is_some());
        if let (None, Some(kept)) = (operation, kept) {
            let found = Results {
                outcome: bench.outcome.val().to_u64(),
                readers: bench.readers.val().to_u64() as u32,
                waiting: bench.waiting.val().to_u64() as u32,
                changed: bench.changed.val().to_u64(),
                evicted: bench.evicted.val(),
            };
            assert_eq!(found, kept);
        }

        // Rows.
        assert_eq!(bench.ram_request_valid.val(), share == Share::Request(false));
        let drops = unit >= Unit::Bad;
        assert_eq!(bench.data_ready.val(), drops || matches!(share, Share::Rows(true, _)));
        assert_eq!(bench.ram_data_ready.val(), matches!(share, Share::Rows(false, _)));
        if let Share::Rows(own, row) = share {
            assert_eq!(bench.share_data_valid.val(), if own { gives } else { ram_gives });
            if bench.share_data_valid.val() {
                assert_eq!(bench.share_data.val(), if own { records[0].0[row] } else { ram_row });
            }
        }
        let asked = (bench.request_address.val().limbs()[0], bench.request_beats.val().to_u64());
        assert_eq!(bench.request_valid.val(), unit == Unit::Request);
        if request.cycle(bench.request_valid.val(), request_ready, asked).is_some() {
            assert_eq!(asked, (work.address, 4 * work.unasked.min(CHUNK)));
        }

        // Who is woken.
        let wakened = sleepers.front().filter(|_| unit == Unit::Wake).map_or(0, |&slot| 1 << lanes[slot]);
        assert_eq!(bench.retry.val().to_u64(), wakened);
        assert_eq!(bench.woken.val(), woken);

        // Completions.
        let gives_done = unit == Unit::Post && !passing;
        let done = wide(std::array::from_fn(|word| [CompletionKind::Done as u32, work.tag, 0][word.min(2)]));
        assert_eq!(bench.completion_valid.val(), gives_done || post.is_some());
        assert_eq!(bench.post_ready.val(), completion_ready && !gives_done);
        let taken = completion.cycle(bench.completion_valid.val(), completion_ready, bench.completion.val());
        let expected = if gives_done { Some(done) } else { post };
        assert!(taken.is_none() || taken == expected);
        passing = post.is_some() && !gives_done && !completion_ready && !reset;
        if taken.is_some() && !gives_done {
            post = None;
        }

        // What follows.
        let fill_done = owns && idle;
        woken &= !commit_start;
        woken |= fill_done && results.waiting >> commit_slot & 1 == 1;
        woken &= !reset;
        match unit {
            Unit::Idle if takes => {
                let pair = |low: usize| u64::from(words[low + 1]) << 32 | u64::from(words[low]);
                let number = u64::from(words[5]);
                work = Work { tag: words[1], seq: pair(10), address: pair(2), unasked: number, left: number };
                unit = if number == 0 { Unit::Post } else { Unit::Request };
            }
            Unit::Request if request_ready => {
                let count = work.unasked.min(CHUNK);
                for _ in 0..count {
                    let (rows, fine) = any_record(&mut rng, faults);
                    let unread = if faults && rng.random_range(0..12) == 0 { rng.random_range(0..4) } else { 4 };
                    beats.extend(rows.iter().enumerate().map(|(row, data)| (*data, row == unread)));
                    records.push_back((rows, fine, unread < 4));
                }
                work.unasked -= count;
                work.address = work.address.wrapping_add(128 * count);
                unit = Unit::Start;
            }
            Unit::Start if start_fill => unit = Unit::Table,
            Unit::Table if fill_done => {
                work.left -= 1;
                filled += 1;
                sleepers = (0..32).filter(|slot| results.waiting >> slot & 1 == 1).collect();
                unit = Unit::Wake;
            }
            Unit::Wake => {
                wakes += u32::from(sleepers.front().is_some());
                if sleepers.pop_front().is_none() {
                    let (_, fine, unread) = records.pop_front().expect("a record has been filled");
                    unit = match (unread, fine) {
                        (true, _) => Unit::Failed,
                        (_, false) => Unit::Bad,
                        _ if work.left == 0 => Unit::Post,
                        _ if records.is_empty() => Unit::Request,
                        _ => Unit::Start,
                    };
                    stops[0] += u32::from(unit == Unit::Bad);
                    stops[1] += u32::from(unit == Unit::Failed);
                }
            }
            Unit::Post if gives_done && completion_ready => {
                unit = Unit::Idle;
                dones += 1;
            }
            _ => {}
        }
        if drops && gives {
            beats.pop_front();
            dropped += 1;
        }
        if takes || entry.is_some() && !claims && rng.random_bool(0.2) {
            entry = None;
        }
        if operation == Some(true) && idle {
            (operation, kept) = (None, Some(results));
            operations += 1;
        }
        if starts {
            operation = Some(false);
        }
        owns = (owns || start_fill) && !fill_done;
        share = match share {
            Share::Idle if start_fill => Share::Request(true),
            Share::Idle if start_processor => {
                operation = Some(true);
                // FORGET and CLEAR want no record.
                if rng.random() { Share::Request(false) } else { Share::Table(false, rng.random_range(0..20)) }
            }
            Share::Request(own) if own || ram_ready => {
                if !own {
                    ram_rows.extend((0..4).map(|_| word(&mut rng)));
                }
                Share::Rows(own, 0)
            }
            Share::Rows(own, row) if if own { gives } else { ram_gives } => {
                if own {
                    beats.pop_front();
                } else {
                    ram_rows.pop_front();
                }
                if row == 3 { Share::Table(own, rng.random_range(0..20)) } else { Share::Rows(own, row + 1) }
            }
            Share::Table(_, 0) => {
                results = Results::any(&mut rng);
                Share::Idle
            }
            Share::Table(own, cycles) => Share::Table(own, cycles - 1),
            same => same,
        };
        if map_write {
            lanes[map_slot as usize] = map_lane;
        }
        if reset {
            // Beats that were asked for do not come any more.
            (unit, owns, resets) = (Unit::Idle, false, resets + 1);
            beats.clear();
            records.clear();
        }
        bench.tick();
    }
    println!(
        "{filled} records, {dones} commands, {operations} operations, {contested} contested, {wakes} wakes, stops {stops:?}, {resets} resets"
    );
    assert!(filled > 500 && dones > 100 && operations > 500 && contested > 20 && wakes > 200 && resets > 20);
    println!("{dropped} beats dropped");
    assert!(stops[0] > 10 && stops[1] > 10 && dropped > 20);
    bench.cross_check();
}
