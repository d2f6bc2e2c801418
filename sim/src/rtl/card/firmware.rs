//! What the processor's memories hold at power-up: its program, its data, and the configuration of the card.

use gaslane_abi::manage::map::{Config, DATA_BYTES};
use gaslane_hdl::CardConfig;
use gaslane_manager::{DATA, DATA_START, PROGRAM};
use zerocopy::IntoBytes;

/// Places in card memory for a configuration.
pub fn places(config: &CardConfig) -> Config {
    // Code is given a quarter of the store that the host knows of: sections have room to grow, and old places are not used again.
    let directory_handles = (config.code_bytes / 1024).clamp(1024, 1 << 20);
    let directory_base = config.code_bytes;
    let images_base = directory_base + 64 * directory_handles;
    let queue_base = images_base + 64 * directory_handles;
    let slots_base = queue_base + 64 * gaslane_abi::ring::RING_ENTRIES_MAX;
    let tables = 128 * (config.access_entries + 1) + config.log_bytes + config.return_bytes;
    // Behind the results the input of a request: as much as a driver's record buffers hold, and all of a lane's memory.
    let input = (512 << 10).max(config.memory_bytes + config.payload_bytes);
    let slot_shift = (config.payload_bytes + tables + input).next_power_of_two().ilog2();
    let payload_start = config.memory_bytes;
    let return_start = payload_start + config.payload_bytes;
    Config {
        lanes: config.lanes,
        slots: config.slots,
        payload_bytes: config.payload_bytes,
        payload_start,
        return_start,
        return_bytes: config.return_bytes,
        log_start: return_start + config.return_bytes,
        log_bytes: config.log_bytes,
        access_entries: config.access_entries,
        code_bytes: config.code_bytes,
        directory_base,
        directory_handles,
        images_base,
        queue_base,
        slots_base,
        slot_shift,
    }
}

/// Every word to load: whether it is the program's, its byte address, its value. All of data RAM is written.
pub fn words(config: &CardConfig) -> impl Iterator<Item = (bool, u32, u32)> + use<> {
    let mut memory = vec![0; DATA_BYTES as usize];
    let places = places(config);
    memory[..size_of::<Config>()].copy_from_slice(places.as_bytes());
    memory[DATA_START..][..DATA.len()].copy_from_slice(DATA);
    let numbered = |program: bool, bytes: &[u8]| {
        let word = |bytes: &[u8]| bytes.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte));
        let words: Vec<u32> = bytes.chunks(4).map(word).collect();
        words.into_iter().enumerate().map(move |(index, word)| (program, 4 * index as u32, word))
    };
    numbered(true, PROGRAM).chain(numbered(false, &memory))
}
