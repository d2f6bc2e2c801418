//! The serial link: check, UART, queue of reads, and the whole bridge between frames and buses.

use std::collections::VecDeque;

use gaslane_abi::link::{
    BEATS_MAX, Direction, Fault, Frame, FrameError, FrameReader, FrameWriter, PAD_BYTES, RESYNC, TO_CARD_PAYLOAD_BYTES,
    crc32, payload_bytes, to_host,
};
use gaslane_hdl::{
    board::{Crc32, ReadQueue, Receiver, Sender, Uart, uart::DEFAULT_CYCLES_PER_BIT},
    word::{W64, W256},
};
use rand::{Rng, rngs::SmallRng};
use rust_hdl_core::prelude::*;

use crate::{axi::Stable, dut, harness::Bench, random::rng};

dut!(Crc32, combinational, [earlier, byte_data] => [after]);
dut!(Uart, clocked, [rx, in_valid, in_data] => [tx, out_valid, out_bad, out_data, in_ready]);
dut!(ReadQueue, clocked, [reset, length, take, byte_valid, byte_data, index, error, last, commit, rready]
    => [fits, overrun, rvalid, rdata, rresp, rlast]);
dut!(Receiver, clocked, [byte_valid, byte_bad, byte_data, restart, refuse, refuse_reason]
    => [kind, payload_valid, index, frame, resync, fault, reason, listens]);
dut!(Sender, clocked,
    [reset, fault_valid, fault_reason, reply_valid, reply_kind, reply_value, interrupt_valid, byte_ready,
        host_arvalid, host_arfits, host_araddr, host_arlen, host_awvalid, host_awaddr, host_awlen, host_wvalid, host_wdata,
        host_wstrb, host_wlast, memory_arvalid, memory_arfits, memory_araddr, memory_arlen, memory_awvalid, memory_awaddr,
        memory_awlen, memory_wvalid, memory_wdata, memory_wstrb, memory_wlast]
    => [fault_ready, reply_ready, interrupt_ready, host_arready, host_awready, host_wready, memory_arready, memory_awready,
        memory_wready, byte_valid, byte_data]);

fn any_word(rng: &mut SmallRng) -> W256 {
    W256::from_limbs(rng.random())
}

#[test]
fn crc() {
    let mut bench = Bench::<Crc32>::new("crc32");
    let mut rng = rng();
    for _ in 0..10_000 {
        let (before, byte): (u32, u8) = (rng.random(), rng.random());
        bench.earlier.next = u64::from(before).into();
        bench.byte_data.next = u64::from(byte).into();
        bench.settle();
        assert_eq!(bench.after.val().to_u64() as u32, crc32(before, &[byte]));
        bench.tick();
    }
    bench.cross_check();
}

/// A line with bytes on it: levels of the cycles to come.
fn line(byte: u8, stop: bool, cycles: u64) -> impl Iterator<Item = bool> {
    let bits = u64::from(byte) << 1 | u64::from(stop) << 9;
    (0..10 * cycles).map(move |cycle| bits >> (cycle / cycles) & 1 == 1)
}

#[test]
fn uart() {
    const BIT: u64 = DEFAULT_CYCLES_PER_BIT;
    let mut bench = Bench::<Uart>::new("uart");
    let mut rng = rng();
    let (mut levels, mut expected) = (VecDeque::from([true; 40]), VecDeque::new());
    let (mut offer, mut sent, mut incoming) = (None::<u8>, VecDeque::new(), None::<(u64, u64)>);
    let (mut received, mut bad, mut arrived, mut pulses) = (0, 0, 0, 0);
    for cycle in 0..60_000_u64 {
        if levels.is_empty() {
            match rng.random_range(0..10) {
                // Shorter than half a bit.
                0 => {
                    levels.extend((0..BIT / 2).map(|_| false).chain((0..3 * BIT).map(|_| true)));
                    pulses += 1;
                }
                1 => levels.extend((0..rng.random_range(1..60)).map(|_| true)),
                2 => {
                    let byte: u8 = rng.random();
                    levels.extend(line(byte, false, BIT).chain((0..2 * BIT).map(|_| true)));
                    expected.push_back((byte, true));
                }
                _ => {
                    let byte: u8 = rng.random();
                    levels.extend(line(byte, true, BIT));
                    expected.push_back((byte, false));
                }
            }
        }
        let level = levels.pop_front().unwrap();
        bench.rx.next = level;
        if offer.is_none() && rng.random_bool([1.0, 0.02][cycle as usize / 3000 % 2]) {
            offer = Some(rng.random());
        }
        bench.in_valid.next = offer.is_some();
        bench.in_data.next = u64::from(offer.unwrap_or_else(|| rng.random())).into();
        bench.settle();
        if bench.in_ready.val() {
            sent.extend(offer.take());
        }
        if bench.out_valid.val() {
            let (byte, is_bad) = expected.pop_front().expect("a byte was on the line");
            assert_eq!(bench.out_bad.val(), is_bad);
            assert!(is_bad || bench.out_data.val().to_u64() == u64::from(byte));
            received += 1;
            bad += u64::from(is_bad);
            assert!(expected.len() <= 1, "it comes in time");
        }
        let tx = bench.tx.val();
        match &mut incoming {
            None if tx => {}
            None => incoming = Some((cycle, 0)),
            Some((begun, bits)) => {
                let (bit, at) = ((cycle - *begun) / BIT, (cycle - *begun) % BIT);
                // Every cycle of a bit is the same.
                match at {
                    0 => *bits |= u64::from(tx) << bit,
                    _ => assert_eq!(*bits >> bit & 1 == 1, tx, "bit {bit}"),
                }
                if bit == 9 && at == BIT - 1 {
                    assert_eq!(Some(*bits >> 1), sent.pop_front().map(|byte| u64::from(byte) | 1 << 8));
                    incoming = None;
                    arrived += 1;
                }
            }
        }
        bench.tick();
    }
    println!("{received} bytes in, {bad} of them bad, {pulses} pulses, {arrived} bytes out");
    assert!(received > 500 && bad > 50 && pulses > 50 && arrived > 500);
    bench.cross_check();
}

#[test]
fn read_queue() {
    let mut bench = Bench::<ReadQueue>::new("read_queue");
    let mut rng = rng();
    // Beats asked for that have not begun, those that are here.
    let (mut asked, mut here) = (VecDeque::<bool>::new(), VecDeque::<(W256, u64, bool)>::new());
    let mut data = Stable::new("R");
    let (mut refused, mut overruns, mut dropped, mut full) = (0, 0, 0, 0);
    // The beat whose bytes come.
    let mut beat: Option<(W256, bool, bool, u64)> = None;
    let mut commit = false;
    for cycle in 0..60_000_usize {
        let pace = [0.3, 1.0, 0.05, 0.6][cycle / 1000 % 4];
        let reset = rng.random_bool(0.0002);
        let length: u64 = if rng.random_bool(0.1) { rng.random_range(16..256) } else { rng.random_range(0..16) };
        let ready = rng.random_bool(pace);
        bench.reset.next = reset;
        bench.length.next = length.into();
        bench.rready.next = ready;
        if beat.is_none() && !commit && (!asked.is_empty() || rng.random_bool(0.01)) && rng.random_bool(pace) {
            let last = asked.front().copied().unwrap_or_else(|| rng.random());
            beat = Some((any_word(&mut rng), rng.random_bool(0.2), last, 0));
        }
        let byte = beat.is_some() && rng.random_bool(0.9);
        let (word, error, last, index) = beat.unwrap_or((any_word(&mut rng), rng.random(), rng.random(), 0));
        bench.byte_valid.next = byte;
        bench.byte_data.next = word.get_bits::<8>(8 * index as usize);
        bench.index.next = index.into();
        bench.error.next = error;
        bench.last.next = last;
        bench.commit.next = commit;
        // A burst is asked for if it fits.
        let waiting = asked.len() + here.len();
        bench.take.next = false;
        bench.settle();
        let (fits, room) = (bench.fits.val(), waiting + (length as usize) < BEATS_MAX as usize);
        // The beat in the register takes no room any more.
        assert!(!fits || length < 16 && waiting + length as usize <= BEATS_MAX as usize);
        assert!(fits || length >= 16 || !room);
        full += usize::from(length < 16 && !fits);
        let take = fits && rng.random_bool([0.2, 0.002][cycle / 5000 % 2]);
        bench.take.next = take;
        bench.settle();
        assert_eq!(bench.overrun.val(), byte && asked.is_empty());
        let beat_out = (bench.rdata.val(), bench.rresp.val().to_u64(), bench.rlast.val());
        if let Some(given) = data.cycle(bench.rvalid.val(), ready, beat_out) {
            assert_eq!(here.pop_front(), Some(given));
        }
        bench.tick();
        commit = false;
        if byte {
            if asked.is_empty() {
                overruns += 1;
                beat = None;
            } else if index < 31 {
                beat = Some((word, error, last, index + 1));
            } else if rng.random_bool(0.9) {
                here.push_back((word, if error { 2 } else { 0 }, last));
                asked.pop_front();
                commit = true;
                beat = None;
            } else {
                // Its check does not fit.
                dropped += 1;
                beat = None;
            }
        }
        if take {
            asked.extend((0..=length).map(|index| index == length));
        }
        if reset {
            (beat, commit) = (None, false);
            asked.clear();
            here.clear();
            data.reset();
            refused += 1;
        }
    }
    println!(
        "{} beats, {dropped} dropped, {overruns} that nobody asked for, {refused} resets, {full} cycles full",
        data.taken
    );
    assert!(data.taken > 500 && dropped > 50 && overruns > 20 && full > 1000 && refused > 3 && data.waited > 1000);
    bench.cross_check();
}

/// What the receiver says after a byte.
#[derive(Debug, PartialEq)]
enum Said {
    Nothing,
    Resync,
    Frame(u8),
    Fault(Fault),
}

/// The receiver's model: `None` while it hunts.
#[derive(Default)]
struct Ear {
    reader: Option<FrameReader>,
    matched: usize,
}

impl Ear {
    fn byte(&mut self, byte: u8, bad: bool) -> (Said, Option<Frame>) {
        let Some(reader) = &mut self.reader else {
            self.matched = match byte {
                _ if bad => 0,
                byte if byte == RESYNC[self.matched] => self.matched + 1,
                byte => usize::from(byte == RESYNC[0]),
            };
            if self.matched < RESYNC.len() {
                return (Said::Nothing, None);
            }
            (self.reader, self.matched) = (Some(FrameReader::new(Direction::ToCard)), 0);
            return (Said::Resync, None);
        };
        let fault = match (bad, if bad { Ok(None) } else { reader.push(byte) }) {
            (true, _) => Fault::Framing,
            (_, Ok(None)) => return (Said::Nothing, None),
            (_, Ok(Some(frame))) => return (Said::Frame(frame.kind()), Some(frame)),
            (_, Err(FrameError::Kind(_))) => Fault::Kind,
            (_, Err(FrameError::Check(_))) => Fault::Check,
        };
        self.reader = None;
        (Said::Fault(fault), None)
    }
}

/// A kind that there is, and its payload.
fn any_frame(rng: &mut SmallRng, writer: &mut FrameWriter) -> Frame {
    let kinds = [0x01, 0x02, 0x08, 0x0b, 0x40, 0x41, 0x42, 0x80, 0x87, 0xc0, 0xc1];
    let kind = kinds[rng.random_range(0..kinds.len())];
    let payload: [u8; 34] = std::array::from_fn(|_| rng.random());
    writer.frame(kind, &payload[..payload_bytes(&TO_CARD_PAYLOAD_BYTES, kind)])
}

#[test]
fn receiver() {
    let mut bench = Bench::<Receiver>::new("receiver");
    let mut rng = rng();
    let mut ear = Ear::default();
    let mut writer = FrameWriter::new(Direction::ToCard);
    let mut bytes = VecDeque::<(u8, bool)>::new();
    let mut payload = Vec::new();
    let (mut frames, mut faults, mut refused, mut restarts) = (0, [0; 6], 0, 0);
    for _ in 0..60_000 {
        if bytes.is_empty() {
            if ear.reader.is_none() {
                // Noise, sometimes with beginnings of what it hunts for.
                bytes.extend((0..rng.random_range(0..20)).map(|_| (rng.random(), rng.random_bool(0.1))));
                bytes.extend(RESYNC[..rng.random_range(0..8)].iter().map(|byte| (*byte, false)));
                bytes.extend(RESYNC.iter().map(|byte| (*byte, false)));
                writer = FrameWriter::new(Direction::ToCard);
            } else if rng.random_bool(0.02) {
                let pad = std::iter::repeat_n(0, PAD_BYTES).chain(RESYNC);
                bytes.extend(pad.map(|byte| (byte, false)));
                writer = FrameWriter::new(Direction::ToCard);
            }
            bytes.extend(any_frame(&mut rng, &mut writer).bytes().iter().map(|byte| (*byte, false)));
            if rng.random_bool(0.1) {
                let at = rng.random_range(0..bytes.len());
                match rng.random_range(0..4) {
                    0 => bytes[at].0 ^= 1 << rng.random_range(0..8),
                    1 => bytes[at].1 = true,
                    2 => drop(bytes.remove(at)),
                    _ => bytes.insert(at, bytes[at]),
                }
            }
        }
        for _ in 0..rng.random_range(4..8) {
            bench.byte_valid.next = false;
            bench.byte_data.next = u64::from(rng.random::<u8>()).into();
            bench.tick();
            assert!(!bench.frame.val() && !bench.resync.val() && !bench.fault.val());
        }
        let Some((byte, bad)) = bytes.pop_front() else { continue };
        assert_eq!(bench.listens.val(), ear.reader.is_some());
        bench.byte_valid.next = true;
        bench.byte_data.next = u64::from(byte).into();
        bench.byte_bad.next = bad;
        bench.settle();
        if bench.payload_valid.val() {
            assert_eq!(bench.index.val().to_u64(), payload.len() as u64);
            payload.push(byte);
        }
        bench.tick();
        bench.byte_valid.next = false;
        bench.settle();
        let (expected, frame) = ear.byte(byte, bad);
        let number = bench.reason.val().to_u64() as u8;
        let said = match (bench.resync.val(), bench.frame.val(), bench.fault.val()) {
            (false, false, false) => Said::Nothing,
            (true, false, false) => Said::Resync,
            (false, true, false) => Said::Frame(bench.kind.val().to_u64() as u8),
            (false, false, true) => Said::Fault(Fault::from_u8(number).unwrap()),
            several => panic!("{several:?}"),
        };
        assert_eq!(said, expected);
        if said != Said::Nothing {
            if let Some(frame) = frame {
                assert_eq!(payload, frame.payload());
                frames += 1;
                if rng.random_bool(0.02) {
                    bench.refuse.next = true;
                    bench.refuse_reason.next = (Fault::Overrun as u64).into();
                    ear.reader = None;
                    refused += 1;
                } else if rng.random_bool(0.05) && bytes.is_empty() {
                    bench.restart.next = true;
                    ear.reader = Some(FrameReader::new(Direction::ToCard));
                    writer = FrameWriter::new(Direction::ToCard);
                    restarts += 1;
                }
            }
            if let Said::Fault(fault) = said {
                faults[fault as usize] += 1;
            }
            payload.clear();
        }
        bench.tick();
        bench.restart.next = false;
        if bench.refuse.val() {
            bench.refuse.next = false;
            bench.settle();
            assert_eq!((bench.fault.val(), bench.reason.val().to_u64()), (true, Fault::Overrun as u64));
            bench.tick();
        }
    }
    println!("{frames} frames, faults by number {faults:?}, {refused} refused, {restarts} restarts");
    assert!(frames > 1000 && faults[1..4].iter().all(|count| *count > 10) && refused > 10 && restarts > 20);
    bench.cross_check();
}

/// Something for the sender: kind and payload of its frame.
type Wish = Option<(u8, Vec<u8>)>;

#[test]
fn sender() {
    let mut bench = Bench::<Sender>::new("sender");
    let mut rng = rng();
    bench.reset.next = true;
    bench.tick();
    bench.reset.next = false;
    // Fault, answer, interrupt; then AR, AW and W of both memories.
    let mut wishes: [Wish; 9] = Default::default();
    let mut reader = FrameReader::new(Direction::ToHost);
    let (mut frames, mut last_frame) = ([0; 9], None);
    for cycle in 0..40_000 {
        for index in 0..9 {
            if wishes[index].is_some()
                || !rng.random_bool([0.0005, 0.003, 0.003, 0.003, 0.003, 0.003, 0.003, 0.01, 0.01][index])
            {
                continue;
            }
            let memory = 1 - index as u8 % 2;
            let of_memory = memory * to_host::BURST_MEMORY;
            let length = rng.random_range(0..16);
            let (kind, bytes) = match index {
                0 => (to_host::FAULT | rng.random_range(1..6), 0),
                1 => (
                    [to_host::HELLO, to_host::REGISTER, to_host::STORED][rng.random_range(0..3)]
                        | rng.random_range(0..2),
                    4,
                ),
                2 => (to_host::INTERRUPT, 0),
                3 | 4 => (to_host::BURST | length | of_memory, 8),
                5 | 6 => (to_host::BURST | to_host::BURST_WRITE | length | of_memory, 8),
                _ => (to_host::BEAT | (memory * to_host::MEMORY) | (rng.random_range(0..2) * to_host::LAST), 36),
            };
            wishes[index] = Some((kind, (0..bytes).map(|_| rng.random()).collect()));
        }
        let wish = |index: usize| wishes[index].clone().unwrap_or((0, vec![0; 36]));
        let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte));
        bench.fault_valid.next = wishes[0].is_some();
        bench.fault_reason.next = u64::from(wish(0).0 & 7).into();
        bench.reply_valid.next = wishes[1].is_some();
        bench.reply_kind.next = u64::from(wish(1).0).into();
        bench.reply_value.next = number(&wish(1).1[..4]).into();
        bench.interrupt_valid.next = wishes[2].is_some();
        let fits = [rng.random_bool(0.5), rng.random_bool(0.5)];
        macro_rules! offer {
            ($read:literal $write:literal $beat:literal $fits:expr, $arvalid:ident $arfits:ident $araddr:ident $arlen:ident
                $awvalid:ident $awaddr:ident $awlen:ident $wvalid:ident $wdata:ident $wstrb:ident $wlast:ident) => {
                let (kind, bytes) = wish($read);
                bench.$arvalid.next = wishes[$read].is_some();
                // What fits goes on fitting.
                bench.$arfits.next = $fits || bench.$arfits.val() && wishes[$read].is_some();
                bench.$araddr.next = W64::from_limbs([number(&bytes[..8])]);
                bench.$arlen.next = u64::from(kind & 15).into();
                let (kind, bytes) = wish($write);
                bench.$awvalid.next = wishes[$write].is_some();
                bench.$awaddr.next = W64::from_limbs([number(&bytes[..8])]);
                bench.$awlen.next = u64::from(kind & 15).into();
                let (kind, bytes) = wish($beat);
                bench.$wvalid.next = wishes[$beat].is_some();
                bench.$wdata.next = W256::from_limbs(std::array::from_fn(|limb| number(&bytes[4 + 8 * limb..][..8])));
                bench.$wstrb.next = number(&bytes[..4]).into();
                bench.$wlast.next = kind & to_host::LAST != 0;
            };
        }
        offer!(3 5 7 fits[0], host_arvalid host_arfits host_araddr host_arlen host_awvalid host_awaddr host_awlen
            host_wvalid host_wdata host_wstrb host_wlast);
        offer!(4 6 8 fits[1], memory_arvalid memory_arfits memory_araddr memory_arlen memory_awvalid memory_awaddr memory_awlen
            memory_wvalid memory_wdata memory_wstrb memory_wlast);
        let ready = rng.random_bool([1.0, 0.1][cycle / 2000 % 2]);
        bench.byte_ready.next = ready;
        bench.settle();
        if bench.byte_valid.val() && ready {
            let frame = reader.push(bench.byte_data.val().to_u64() as u8).expect("it sends frames");
            if let Some(frame) = frame {
                assert!(last_frame.replace(frame).is_none(), "one frame, one ready");
            }
        }
        let taken = [
            bench.fault_ready.val(),
            bench.reply_ready.val(),
            bench.interrupt_ready.val(),
            bench.host_arready.val(),
            bench.memory_arready.val(),
            bench.host_awready.val(),
            bench.memory_awready.val(),
            bench.host_wready.val(),
            bench.memory_wready.val(),
        ];
        bench.tick();
        for index in (0..9).filter(|index| taken[*index]) {
            let (kind, payload) = wishes[index].take().expect("it was offered");
            let frame = last_frame.take().expect("its frame has gone out");
            assert_eq!((frame.kind(), frame.payload()), (kind, payload.as_slice()));
            frames[index] += 1;
        }
    }
    println!("frames by source: {frames:?}");
    assert!(frames.iter().all(|count| *count > 10), "{frames:?}");
    bench.cross_check();
}
