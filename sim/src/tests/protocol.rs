//! Registers, malformed submissions, exact abort sets and escapes, step by step.

use super::host::{Host, IOVA, config, fill_record, key_of};
use super::script::*;
use crate::card::{Card, SimOptions};
use crate::commands::payload_valid;
use crate::lane::Key;
use crate::records::{FillValue, NO_CODE};
use alloy_primitives::U256;
use gaslane_abi::codes::{Assist, CardError, Escape, KeyKind};
use gaslane_abi::image::{FLAG_FIRMWARE, IMAGE_MAGIC, ImageHeader};
use gaslane_abi::record::{ResultHeader, StateRecord};
use gaslane_abi::ring::{
    Command, Completion, CompletionKind, FIRMWARE_HANDLE, FLAG_DEPENDS, FLAG_ESCAPE, FLAG_SYSTEM, Submission,
};
use gaslane_abi::{ABI_VERSION, CARD_ID, Device, DeviceError, Wake, env, regs};
use gaslane_hdl::CardConfig;
use zerocopy::{FromBytes, FromZeros, IntoBytes};

fn host(lanes: u32, slots: u32) -> Host {
    Host::new(config(lanes, slots, 64), SimOptions { check: true, ..Default::default() }, 64, 64)
}

/// Makes accounts 0 to 6 (balance 100) and storage slots (zero) of account 1 resident.
fn prefetch(host: &mut Host) {
    let mut records = Vec::new();
    for a in 0..7 {
        let value = FillValue::Account { balance: U256::from(100), nonce: 1, code: NO_CODE, exists: true };
        records.push(fill_record(&account(a), &value));
        records.push(fill_record(&storage(1, a), &FillValue::Word(U256::ZERO)));
    }
    let fill = host.records(Command::Fill, 999, 0, &records);
    host.submit(fill);
}

fn kinds(completions: &[Completion]) -> Vec<(CompletionKind, u32)> {
    completions.iter().map(|entry| (CompletionKind::from_u8(entry.kind).unwrap(), entry.tag)).collect()
}

fn header(host: &Host, submission: &Submission) -> ResultHeader {
    ResultHeader::read_from_prefix(&host.peek(submission.record_addr, 96)).unwrap().0
}

fn stops_with<D: Device>(host: &mut Host<D>, error: CardError, info: u32) {
    assert_eq!(host.wait(), Ok(Wake::Interrupt));
    let mut last = None;
    while let Some(completion) = host.take() {
        last = Some(completion);
    }
    let last = last.unwrap();
    assert_eq!((last.kind, last.code, last.tag), (CompletionKind::Error as u8, error as u8, info));
    assert_eq!(host.read(regs::STATUS) & (regs::STATUS_RUNNING | regs::STATUS_ERROR), regs::STATUS_ERROR);
    assert_eq!((host.read(regs::ERROR), host.read(regs::ERROR_INFO)), (error as u32, info));
    host.acknowledge();
    // Completion and error are two causes: there may be an interrupt for each.
    let wake = host.wait();
    let wake = if wake == Ok(Wake::Interrupt) { host.wait() } else { wake };
    assert_eq!(wake, Ok(Wake::Idle));
    host.card.write(regs::CONTROL, 1).unwrap();
    assert_eq!(host.read(regs::CONTROL), 0, "only a reset helps");
    host.card.reset().unwrap();
    assert_eq!((host.read(regs::STATUS), host.read(regs::ERROR)), (regs::STATUS_IDLE, 0));
}

#[test]
fn registers_report_the_card() {
    let mut host = host(3, 5);
    for (register, value) in [
        (regs::ID, CARD_ID),
        (regs::ABI, ABI_VERSION),
        (regs::CARD_KIND, 1),
        (regs::FEATURES, 1),
        (regs::LANES, 3),
        (regs::SLOTS, 5),
        (regs::STATE_ENTRIES, 64),
        (regs::GIT_HASH + 16, 0),
        (regs::WATCHDOG_CYCLES, 1 << 26),
        (regs::WATCHDOG_CYCLES + 4, 0),
        (regs::STATUS, regs::STATUS_RUNNING | regs::STATUS_IDLE),
        (regs::SQ_BASE, IOVA as u32),
    ] {
        assert_eq!(host.read(register), value, "{register:#x}");
        host.card.write(register, !value).unwrap();
        assert_eq!(host.read(register), value, "{register:#x} is read-only while the card runs");
    }
    for offset in [1, 2, 0x60, 0x7c, 0x204 + 1, 0x330, 0x1000, u32::MAX, u32::MAX - 3] {
        assert_eq!(host.card.read(offset), Err(DeviceError::BadRegister { offset }));
        assert_eq!(host.card.write(offset, 0), Err(DeviceError::BadRegister { offset }));
    }
    for row in regs::MAP {
        for index in 0..row.count {
            host.card.read(row.offset + 4 * index).unwrap();
        }
    }
    host.card.write(regs::LANE_SELECT, 99).unwrap();
    assert_eq!(host.read64(regs::LANE_IDLE_CYCLES), 0);
    assert!(Card::<Script>::new(CardConfig::small().with_lanes(65), SimOptions::default()).is_err());
}

#[test]
fn a_card_can_move_to_another_thread() {
    fn is_send<T: Send>() {}
    is_send::<crate::ModelCard>();
}

#[test]
fn bad_rings_stop_the_card() {
    for (base, entries, cq) in [(1, 64, false), (0, 64, true), (0, 48, false), (0, 1 << 17, true), (1 << 20, 64, true)]
    {
        let mut host = Host::stopped(config(1, 1, 64), SimOptions::default());
        let good = [(regs::SQ_BASE, IOVA as u32), (regs::SQ_ENTRIES, 64), (regs::CQ_ENTRIES, 64)];
        for (register, value) in good.into_iter().chain([(regs::CQ_BASE, IOVA as u32 + 4096)]) {
            host.card.write(register, value).unwrap();
        }
        let (base_at, entries_at) =
            if cq { (regs::CQ_BASE, regs::CQ_ENTRIES) } else { (regs::SQ_BASE, regs::SQ_ENTRIES) };
        let base = if base == 0 && cq && entries == 64 { 0 } else { IOVA as u32 + base };
        host.card.write(base_at, base).unwrap();
        host.card.write(entries_at, entries).unwrap();
        host.card.write(regs::CONTROL, 1).unwrap();
        let status = host.read(regs::STATUS);
        // 1 MiB into the mapping is a valid place.
        let valid = base == IOVA as u32 + (1 << 20);
        assert_eq!(status & regs::STATUS_ERROR == 0, valid, "{base:#x} {entries} {cq}");
        assert_eq!(host.read(regs::ERROR) == CardError::BadRing as u32, !valid);
    }
    for (register, value, error) in [
        (regs::SQ_TAIL, 64, CardError::BadRing),
        (regs::CQ_HEAD, 64, CardError::BadRing),
        (regs::CQ_HEAD, 1, CardError::CompletionOverrun),
    ] {
        let mut host = host(1, 1);
        host.card.write(register, value).unwrap();
        stops_with(&mut host, error, register);
    }
}

type Spoil<D> = fn(&mut Host<D>, &mut Submission);

/// Submissions that the contract does not allow, or whose addresses lead nowhere, each on a fresh card: it stops with the error, and a reset helps.
fn malformed_submissions_stop<D: Device>(open: impl Fn() -> Host<D>) {
    let cases: &[(CardError, Spoil<D>)] = &[
        (CardError::BadCommand, |_, s| s.command = 0),
        (CardError::BadCommand, |_, s| s.command = 99),
        (CardError::BadCommand, |_, s| s.flags = FLAG_SYSTEM),
        (CardError::BadCommand, |_, s| s.reserved[1] = 1),
        (CardError::BadCommand, |_, s| s.flags = FLAG_DEPENDS),
        (CardError::BadCommand, |_, s| (s.flags, s.depends) = (FLAG_DEPENDS, 1)),
        (CardError::BadCommand, |_, s| (s.flags, s.count) = (FLAG_ESCAPE, 0)),
        (CardError::BadCommand, |_, s| (s.flags, s.count) = (FLAG_ESCAPE, 300)),
        (CardError::BadPayload, |_, s| s.len_bytes = 32 * 15),
        (CardError::BadPayload, |_, s| s.len_bytes = 0),
        (CardError::BadPayload, |host, s| host.poke(s.addr + 32 * u64::from(env::ACCESS_WORDS), &[2])),
        (CardError::BadPayload, |host, s| host.poke(s.addr + 32 * u64::from(env::AUTH_COUNT) + 31, &[1])),
        (CardError::BadCommand, |_, s| s.command = Command::LoadImage as u8),
        (CardError::BadImage, |_, s| (s.command, s.handle) = (Command::LoadImage as u8, 1)),
        (CardError::BadPayload, |_, s| s.command = Command::SetBlock as u8),
        (CardError::BadPayload, |host, s| {
            *s = host.records(Command::Fill, s.tag, 0, &[StateRecord { kind: 7, ..Default::default() }]);
        }),
        (CardError::BadPayload, |host, s| {
            *s = host.records(Command::CommitHost, s.tag, 0, &[StateRecord { kind: 3, ..Default::default() }]);
            s.flags = FLAG_SYSTEM;
        }),
        (CardError::OutOfOrder, |_, s| s.command = Command::CommitHost as u8),
    ];
    for (index, (error, spoil)) in cases.iter().enumerate() {
        println!("case {index}");
        let mut host = open();
        let mut submission = host.execute(7, &payload(&[[WORK, 1, 0]]));
        spoil(&mut host, &mut submission);
        host.submit(submission);
        stops_with(&mut host, *error, 7);
    }
    let faults: &[Spoil<D>] = &[
        |_, s| s.addr = 0x40,
        |_, s| (s.command, s.handle, s.addr, s.len_bytes) = (Command::LoadImage as u8, 1, 0x40, u32::MAX),
        |_, s| (s.command, s.addr, s.count) = (Command::Fill as u8, 0x40, u32::MAX),
        |_, s| (s.command, s.flags, s.addr, s.count) = (Command::CommitHost as u8, FLAG_SYSTEM, 0x40, 1),
        |_, s| (s.command, s.addr, s.len_bytes) = (Command::SetBlock as u8, 0x40, 32 * env::BLOCK_WORDS as u32),
    ];
    for spoil in faults {
        let mut host = open();
        let mut submission = host.execute(7, &payload(&[[WORK, 1, 0]]));
        spoil(&mut host, &mut submission);
        host.submit(submission);
        stops_with(&mut host, CardError::DmaFault, 0x40);
    }
}

#[test]
fn malformed_submissions_stop_the_card() {
    malformed_submissions_stop(|| host(1, 2));
    let mut host = host(1, 2);
    let mut submission = host.execute(7, &payload(&[[WORK, 1, 0]]));
    submission.record_addr = 0x40;
    host.submit(submission);
    stops_with(&mut host, CardError::DmaFault, 0x40);
    // A lane that meets a defect.
    let mut host = self::host(1, 2);
    let submission = host.execute(7, &payload(&[[BREAK, 0, 0]]));
    host.submit(submission);
    stops_with(&mut host, CardError::BadInstruction, 7);
}

/// The same on the whole card as hardware.
#[cfg(feature = "rtl")]
#[test]
fn malformed_submissions_stop_the_hardware() {
    use crate::rtl::{LinkOptions, RtlCard, VERILATOR_AVAILABLE, VerilatorEngine};
    if !VERILATOR_AVAILABLE {
        println!(
            "skipped: the tests were built without Verilator (on Debian or Ubuntu: apt-get install verilator g++)"
        );
        return;
    }
    malformed_submissions_stop(|| {
        let card = RtlCard::<VerilatorEngine>::new(CardConfig::small(), LinkOptions::gen3x16(100_000));
        Host::with(card.unwrap()).started(64, 64)
    });
}

/// Starts a transaction that asks the host; returns its submission and the number of the request.
fn asking(host: &mut Host, tag: u32, script: &[[u8; 3]]) -> (Submission, u64) {
    let submission = host.execute(tag, &payload(script));
    host.submit(submission);
    let asked = host.drain().into_iter().find(|c| c.kind == CompletionKind::AssistRequest as u8).unwrap();
    assert_eq!((asked.tag, asked.code), (tag, Assist::Precompile as u8));
    assert_eq!(asked.record_bytes, 128 + 32);
    (submission, asked.key.0[0])
}

#[test]
fn answers_that_nobody_waits_for_stop_the_card() {
    type Spoil = fn(&mut Host, &mut Submission);
    let cases: &[(CardError, Spoil)] = &[
        (CardError::BadCommand, |_, s| s.seq += 1),
        (CardError::BadCommand, |_, s| s.flags = 1),
        (CardError::BadPayload, |_, s| s.len_bytes = 64),
        (CardError::BadPayload, |_, s| s.len_bytes += 32),
        (CardError::BadPayload, |host, s| host.poke(s.addr + 64, &[1])),
        (CardError::BadPayload, |host, s| host.poke(s.addr + 95, &[1])),
        (CardError::BadCommand, |host, s| host.push(*s)),
    ];
    for (index, (error, spoil)) in cases.iter().enumerate() {
        println!("case {index}");
        let mut host = host(1, 2);
        let (submission, number) = asking(&mut host, 7, &[[ASK, 0, 3]]);
        let mut answer = host.answer(submission.record_addr, number);
        spoil(&mut host, &mut answer);
        host.submit(answer);
        stops_with(&mut host, *error, u32::MAX);
    }
}

#[test]
fn an_answer_to_an_aborted_attempt_is_dropped() {
    let mut host = host(2, 4);
    prefetch(&mut host);
    host.drain();
    // The first transaction waits for the host and then commits what the second has read before it asked.
    let first = host.execute(0, &payload(&[[WORK, 0, 1], [SSTORE, 1, 0], [ASK, 0, 1]]));
    let second = host.execute(1, &payload(&[[SLOAD, 1, 0], [WORK, 100, 0], [ASK, 0, 5]]));
    host.push(first);
    host.submit(second);
    let asked = |completions: &[Completion]| -> Vec<_> {
        let asks = completions.iter().filter(|c| c.kind == CompletionKind::AssistRequest as u8);
        asks.map(|c| (c.tag, c.key.0[0])).collect()
    };
    let asks = asked(&host.drain());
    let [(0, number), (1, stale)] = asks[..] else { panic!("{asks:?}") };
    let answer = |host: &mut Host, submission: &Submission, number| {
        let answer = host.answer(submission.record_addr, number);
        host.submit(answer);
        host.drain()
    };
    let completions = answer(&mut host, &first, number);
    assert!(kinds(&completions).contains(&(CompletionKind::Committed, 0)), "{completions:?}");
    let completions = answer(&mut host, &second, stale);
    assert!(!kinds(&completions).contains(&(CompletionKind::Committed, 1)), "the stale answer was taken");
    let asks = asked(&completions);
    let [(1, fresh)] = asks[..] else { panic!("{asks:?}") };
    assert!(kinds(&answer(&mut host, &second, fresh)).contains(&(CompletionKind::Committed, 1)));
    assert_eq!(header(&host, &second).aborts, 1);
}

#[test]
fn payload_counts_must_fit() {
    let with = |words: usize, counts: &[(u8, u64)], lists: &[U256]| {
        let mut payload = vec![0; words * 32];
        for &(index, count) in counts {
            payload[32 * index as usize..][..8].copy_from_slice(&count.to_le_bytes());
        }
        for (index, word) in lists.iter().enumerate() {
            payload[32 * (16 + index)..][..32].copy_from_slice(&word.to_le_bytes::<32>());
        }
        payload_valid(&payload)
    };
    let keys = |count: u64| U256::from(count) << env::ACCESS_KEYS_SHIFT as usize;
    assert!(with(16, &[], &[]));
    assert!(with(17, &[(env::CALLDATA_LEN, 32)], &[]));
    assert!(!with(17, &[(env::CALLDATA_LEN, 33)], &[]));
    assert!(with(20, &[(env::AUTH_COUNT, 1)], &[]));
    assert!(!with(19, &[(env::AUTH_COUNT, 1)], &[]));
    assert!(!with(19, &[(env::BLOB_COUNT, u64::MAX)], &[]));
    assert!(!with(19, &[(env::AUTH_COUNT, u64::MAX / 4 + 1)], &[]));
    assert!(with(19, &[(env::ACCESS_WORDS, 3)], &[keys(1), keys(0), keys(0)]));
    assert!(!with(19, &[(env::ACCESS_WORDS, 3)], &[keys(3)]));
    assert!(!with(19, &[(env::ACCESS_WORDS, 3)], &[U256::MAX]));
    assert!(!with(20, &[(env::ACCESS_WORDS, 3), (env::BLOB_COUNT, 2)], &[keys(2)]));
}

#[test]
fn aborts_are_exact() {
    // Transaction 0 takes long, writes slot 0 and a balance, and slot 1 with its old value. The others have read by then.
    let scripts: [&[Op]; 7] = [
        &[[SLOAD, 1, 0], [SLOAD, 1, 1], [WORK, 255, 4], [SSTORE, 1, 1], [WORK, 0, 1], [SSTORE, 1, 0], [CREDIT, 2, 5]],
        &[[SLOAD, 1, 0]],
        &[[SLOAD, 1, 1]],
        &[[BALANCE, 2, 0]],
        &[[CODE, 2, 0]],
        &[[CREDIT, 2, 7]],
        &[[SLOAD, 1, 2], [SLOAD, 1, 0], [SLOAD, 1, 3]],
    ];
    let mut host = host(7, 8);
    prefetch(&mut host);
    let submissions: Vec<_> =
        scripts.iter().enumerate().map(|(tag, script)| host.execute(tag as u32, &payload(script))).collect();
    for &submission in &submissions {
        host.submit(submission);
    }
    let done = host.drain();
    let expected: Vec<_> = (0..7).map(|tag| (CompletionKind::Committed, tag)).collect();
    assert_eq!(kinds(&done)[1..], expected);
    let aborts: Vec<_> = submissions.iter().map(|submission| header(&host, submission).aborts).collect();
    assert_eq!(header(&host, &submissions[0]).write_count, 2);
    assert_eq!(aborts, [0, 1, 0, 1, 0, 0, 1]);
    assert_eq!(host.card.counters().aborts, 3);
    assert_eq!(host.card.counters().assists, 0);
}

#[test]
fn dependants_start_after_their_predecessor() {
    let mut host = host(4, 8);
    prefetch(&mut host);
    let long = host.execute(0, &payload(&[[WORK, 200, 0]]));
    let free = host.execute(1, &payload(&[[WORK, 1, 0]]));
    let after = Submission { flags: FLAG_DEPENDS, depends: 2, ..host.execute(2, &payload(&[[WORK, 1, 0]])) };
    for submission in [long, free, after] {
        host.submit(submission);
    }
    host.drain();
    let (long, free, after) = (header(&host, &long), header(&host, &free), header(&host, &after));
    assert!(free.start_cycle < long.finish_cycle);
    assert_eq!(after.start_cycle, long.commit_cycle);
    assert_eq!(after.commit_cycle.max(free.commit_cycle), after.commit_cycle);
}

#[test]
fn answers_take_effect_at_their_cycle() {
    let mut host = host(2, 2);
    let submission = host.execute(1, &payload(&[[SLOAD, 1, 9]]));
    host.submit(submission);
    let requests = host.drain();
    assert_eq!(kinds(&requests), [(CompletionKind::AssistRequest, 1)]);
    assert_eq!(key_of(&requests[0]), storage(1, 9));
    let due = host.read64(regs::CYCLES);
    // Without the answer the clock stands still.
    for _ in 0..3 {
        assert!(matches!(host.wait(), Err(DeviceError::Timeout(_))));
    }
    assert_eq!(host.read64(regs::CYCLES), due);
    let record = fill_record(&storage(1, 9), &FillValue::Word(U256::from(3)));
    let fill = host.records(Command::Fill, 5, 0, &[record]);
    host.submit(fill);
    assert_eq!(kinds(&host.drain()), [(CompletionKind::Done, 5), (CompletionKind::Committed, 1)]);
    assert_eq!(header(&host, &submission).state_wait_cycles, 500 + 16);
    assert_eq!(host.read(regs::STATUS), regs::STATUS_RUNNING | regs::STATUS_IDLE);
}

#[test]
fn an_escape_runs_on_the_host_at_its_turn() {
    let mut host = host(2, 4);
    prefetch(&mut host);
    let first = host.execute(1, &payload(&[[WORK, 250, 0]]));
    // The accumulator is zero, so it escapes at once, and waits for its turn.
    let second = host.execute(2, &payload(&[[ESCAPE, 0, 0]]));
    let third = host.execute(3, &payload(&[[SLOAD, 1, 0]]));
    for submission in [first, second, third] {
        host.submit(submission);
    }
    let events = host.drain();
    let expected = [(CompletionKind::Done, 999), (CompletionKind::Committed, 1), (CompletionKind::Escaped, 2)];
    assert_eq!(kinds(&events), expected);
    assert_eq!(events[2].code, Escape::Watchdog as u8);
    let record = StateRecord {
        value: gaslane_abi::Word::from_u64(9),
        ..fill_record(&storage(1, 0), &FillValue::Word(U256::ZERO))
    };
    let wrong = host.records(Command::CommitHost, 2, 0, &[record]);
    host.submit(wrong);
    assert_eq!(kinds(&host.drain()), [(CompletionKind::Committed, 2), (CompletionKind::Committed, 3)]);
    assert_eq!(header(&host, &third).aborts, 1);
    let counters = host.card.counters();
    assert_eq!((counters.committed, counters.committed_host, counters.escapes), (2, 1, 1));
    // A write set for a transaction that is not with the host.
    let again = host.records(Command::CommitHost, 2, 0, &[record]);
    host.submit(again);
    stops_with(&mut host, CardError::OutOfOrder, 2);
}

#[test]
fn oversized_payloads_and_records_escape() {
    let mut host = host(1, 2);
    prefetch(&mut host);
    let big = host.execute(1, &vec![0; 16 * 1024 + 32]);
    host.submit(big);
    let small_record = Submission { record_bytes: 96, ..host.execute(2, &payload(&[[WORK, 1, 0]])) };
    host.submit(small_record);
    for (tag, reason) in [(1, Escape::PayloadCapacity), (2, Escape::RecordCapacity)] {
        let last = host.drain().pop().unwrap();
        assert_eq!((last.kind, last.tag, last.code), (CompletionKind::Escaped as u8, tag, reason as u8));
        let set = host.records(Command::CommitHost, tag, 0, &[]);
        host.submit(set);
    }
    host.drain();
    assert_eq!(host.card.counters().committed_host, 2);
}

#[test]
fn the_head_preempts_the_youngest() {
    // One lane: 1 waits for its dependency, 2 runs and waits to be the head, so 1 must take its lane.
    let mut host = host(1, 3);
    prefetch(&mut host);
    let first = host.execute(1, &payload(&[[WORK, 9, 0]]));
    let second = Submission { flags: FLAG_DEPENDS, depends: 1, ..host.execute(2, &payload(&[[WORK, 9, 0]])) };
    let third = host.execute(3, &payload(&[[HEAD, 0, 0]]));
    for submission in [first, second, third] {
        host.push(submission);
    }
    host.ring();
    let expected = [
        (CompletionKind::Done, 999),
        (CompletionKind::Committed, 1),
        (CompletionKind::Committed, 2),
        (CompletionKind::Committed, 3),
    ];
    assert_eq!(kinds(&host.drain()), expected);
    assert_eq!(header(&host, &third).aborts, 1);
}

#[test]
fn resets_wait_for_answers_and_fills_stay_behind_them() {
    let mut host = host(1, 2);
    let key = Key { kind: KeyKind::BlockHash, address: Default::default(), slot: U256::from(4) };
    let first = host.execute(1, &payload(&[[BLOCK_HASH, 0, 4]]));
    let reset = Submission { command: Command::ResetState as u8, tag: 2, ..Default::default() };
    let next =
        host.records(Command::Fill, 3, u64::MAX, &[fill_record(&storage(1, 1), &FillValue::Word(U256::from(8)))]);
    let second = host.execute(4, &payload(&[[SLOAD, 1, 1]]));
    for submission in [first, reset, next, second] {
        host.submit(submission);
    }
    assert_eq!(kinds(&host.drain()), [(CompletionKind::AssistRequest, 1)]);
    let answer = host.records(Command::Fill, 5, 0, &[fill_record(&key, &FillValue::Word(U256::from(1)))]);
    host.submit(answer);
    let expected = [
        (CompletionKind::Done, 5),
        (CompletionKind::Committed, 1),
        (CompletionKind::Done, 2),
        (CompletionKind::Done, 3),
        (CompletionKind::Committed, 4),
    ];
    assert_eq!(kinds(&host.drain()), expected);
    assert_eq!(host.card.state_table().find(&key), None);
}

/// The smallest image: a header.
fn image(flags: u32, code_hash: u64) -> Vec<u8> {
    let header = ImageHeader {
        magic: IMAGE_MAGIC,
        abi_version: ABI_VERSION,
        flags,
        total_bytes: 128,
        code_hash: gaslane_abi::Word::from_u64(code_hash),
        ..ImageHeader::new_zeroed()
    };
    header.as_bytes().to_vec()
}

fn load(host: &mut Host, tag: u32, handle: u32, image: &[u8]) -> Submission {
    let (addr, len_bytes) = (host.place(image), image.len() as u32);
    Submission { command: Command::LoadImage as u8, tag, handle, addr, len_bytes, ..Default::default() }
}

#[test]
fn only_the_firmware_handle_takes_firmware() {
    for (handle, flags, good) in
        [(1, 0, true), (1, FLAG_FIRMWARE, false), (FIRMWARE_HANDLE, 0, false), (FIRMWARE_HANDLE, FLAG_FIRMWARE, true)]
    {
        let mut host = host(1, 1);
        let submission = load(&mut host, 1, handle, &image(flags, 0));
        host.submit(submission);
        match good {
            true => assert_eq!(kinds(&host.drain()), [(CompletionKind::Done, 1)]),
            false => stops_with(&mut host, CardError::BadImage, 1),
        }
    }
}

#[test]
fn images_overtake_transactions_but_not_a_reset_of_the_code() {
    let mut host = host(1, 1);
    let last_byte = |host: &Host, handle| host.card.code.get(handle).map(|image| image.code_hash.0[31]);
    // The transaction waits for an assist, so the reset waits too.
    let waiting = host.execute(1, &payload(&[[SLOAD, 1, 1]]));
    let first = load(&mut host, 2, 5, &image(0, 1));
    let reset = Submission { command: Command::ResetCode as u8, tag: 3, ..Default::default() };
    let other = load(&mut host, 4, 5, &image(0, 2));
    let new = load(&mut host, 5, 6, &image(0, 3));
    for submission in [waiting, first, reset, other, new] {
        host.submit(submission);
    }
    assert_eq!(kinds(&host.drain()), [(CompletionKind::Done, 2), (CompletionKind::AssistRequest, 1)]);
    assert_eq!((last_byte(&host, 5), last_byte(&host, 6)), (Some(1), Some(3)));
    let answer = host.records(Command::Fill, 6, 0, &[fill_record(&storage(1, 1), &FillValue::Word(U256::ZERO))]);
    host.submit(answer);
    let done = [6, 1, 3, 4, 5];
    assert_eq!(host.drain().iter().map(|entry| entry.tag).collect::<Vec<_>>(), done);
    assert_eq!((last_byte(&host, 5), last_byte(&host, 6)), (Some(2), Some(3)));
}
