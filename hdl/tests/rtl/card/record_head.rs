//! The record head between a processor, a commit unit and a writer that hesitate.

use gaslane_hdl::{
    card::{RecordHead, record_head::HEADER_WORDS},
    word::W256,
};
use rand::Rng;
use rust_hdl_core::prelude::*;

use crate::{
    axi::Stable,
    dut,
    harness::Bench,
    random::{rng, word},
};

dut!(RecordHead, clocked, [reset, write, number, word, start, beat_valid, beat, out_ready] => [beat_ready, out_valid, out]);

/// A row of the header.
fn row(words: &[u32; HEADER_WORDS], row: usize) -> W256 {
    let limb = |limb: usize| u64::from(words[8 * row + 2 * limb + 1]) << 32 | u64::from(words[8 * row + 2 * limb]);
    W256::from_limbs(std::array::from_fn(limb))
}

#[test]
fn record_head() {
    let mut bench = Bench::<RecordHead>::new("record_head");
    let mut rng = rng();
    let mut out = Stable::new("row");
    let mut words = [0_u32; HEADER_WORDS];
    // Rows of the header to come, and cycles until the next one is whole.
    let (mut left, mut cycles_left) = (0, 0);
    let mut beat = None::<W256>;
    let (mut headers, mut beats, mut resets, mut ignored) = (0, 0, 0, 0);
    for cycle in 0..40_000_u32 {
        let pace = [0.9, 0.3, 0.05][cycle as usize / 500 % 3];
        let reset = rng.random_range(0..400) == 0;
        // A reset comes with that of the writer: nothing waits for it then.
        bench.reset.next = reset;
        // None of the commit unit's rows waits when a record begins.
        let begins = beat.is_none() && rng.random_range(0..60) == 0;
        let writes = left == 0 && !begins && rng.random_bool(0.5);
        let number = rng.random_range(0..HEADER_WORDS);
        let value: u32 = rng.random();
        bench.start.next = begins;
        bench.write.next = writes;
        bench.number.next = (number as u64).into();
        bench.word.next = u64::from(value).into();
        // Rows of the commit unit come some cycles behind the start.
        if beat.is_none() && !begins && rng.random_bool(pace) {
            beat = Some(word(&mut rng));
        }
        bench.beat_valid.next = beat.is_some();
        bench.beat.next = beat.unwrap_or_else(|| word(&mut rng));
        let ready = rng.random_bool(pace);
        bench.out_ready.next = ready;
        bench.settle();

        let whole = left > 0 && cycles_left == 0;
        assert_eq!(bench.out_valid.val(), whole || left == 0 && beat.is_some());
        assert_eq!(bench.beat_ready.val(), ready && left == 0);
        let expected = if whole { Some(row(&words, 3 - left)) } else { beat };
        let taken = out.cycle(bench.out_valid.val(), ready, bench.out.val());
        assert!(taken.is_none() || taken == expected);

        ignored += u32::from(begins && left > 0);
        let begins = begins && left == 0;
        if left > 0 {
            cycles_left = if cycles_left > 0 { cycles_left - 1 } else { 0 };
        }
        if taken.is_some() {
            if whole {
                left -= 1;
                cycles_left = 8;
                headers += u32::from(left == 0);
            } else {
                beat = None;
                beats += 1;
            }
        }
        if begins {
            (left, cycles_left) = (3, 8);
        }
        if writes {
            words[number] = value;
        }
        if reset {
            left = 0;
            resets += 1;
            out.reset();
            beat = None;
        }
        bench.tick();
    }
    println!("{headers} headers, {beats} rows, {resets} resets, {ignored} ignored");
    assert!(headers > 100 && beats > 1000 && resets > 20 && ignored > 20);
    bench.cross_check();
}
