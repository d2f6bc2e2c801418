//! A lane comes back from whatever its image makes it do.

use crate::image::{CodeStore, Image};
use crate::lane::{BlockContext, Job, Lane, Yield};
use alloy_primitives::U256;
use gaslane_abi::ABI_VERSION;
use gaslane_abi::codes::Escape;
use gaslane_abi::env::{BLOCK_WORDS, TX_WORDS};
use gaslane_abi::image::{FLAG_FIRMWARE, IMAGE_MAGIC, ImageHeader};
use gaslane_abi::isa::{Instr, Op, vector};
use gaslane_abi::ring::FIRMWARE_HANDLE;
use gaslane_hdl::CardConfig;
use std::sync::Arc;
use zerocopy::{FromZeros, IntoBytes};

/// Firmware whose every vector is a branch to itself: no word of it is the head of a superblock.
fn branches() -> CodeStore {
    let header = ImageHeader {
        magic: IMAGE_MAGIC,
        abi_version: ABI_VERSION,
        flags: FLAG_FIRMWARE,
        program_words: vector::COUNT as u32,
        program_offset: size_of::<ImageHeader>() as u32,
        ..ImageHeader::new_zeroed()
    };
    let mut bytes = header.as_bytes().to_vec();
    for _ in 0..vector::COUNT {
        bytes.extend(Instr::new(Op::Beq, 0, -1, -1).encode().to_le_bytes());
    }
    let mut code = CodeStore::default();
    code.insert(FIRMWARE_HANDLE, Image::parse(&bytes).unwrap());
    code
}

#[test]
fn the_watchdog_ends_a_loop_of_simple_words() {
    let (code, watchdog_cycles, pause_cycles) = (branches(), 1 << 16, 1 << 12);
    let config = CardConfig { watchdog_cycles, ..CardConfig::small() };
    let job = Job {
        tag: 0,
        payload: vec![0; 32 * TX_WORDS].into(),
        block: Arc::new(BlockContext { words: [U256::ZERO; BLOCK_WORDS] }),
        record_bytes: 1 << 16,
    };
    let mut lane = Lane::new(&config);
    lane.start(job.clone(), 0);
    assert_eq!(lane.run(&code), Yield::Escape(Escape::Watchdog));
    lane.start(job, 0);
    let mut pauses = 0;
    let stopped = loop {
        let begun = lane.cycle;
        match lane.run_for(&code, pause_cycles) {
            Yield::Pause => assert!((pause_cycles..pause_cycles + 100).contains(&(lane.cycle - begun))),
            stopped => break stopped,
        }
        pauses += 1;
    };
    assert_eq!(stopped, Yield::Escape(Escape::Watchdog));
    assert!((15..=17).contains(&pauses), "{pauses} pauses");
}
