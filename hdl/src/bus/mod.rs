//! The card's side of the buses: host memory by AXI4, registers by AXI4-Lite.
//!
//! Every port that is called `valid` keeps its place and its payload until the cycle with `ready`. No `ready` follows a
//! `valid` of the same cycle, and no `valid` a `ready`: what one block gives to the next comes from registers.

pub mod fifo;
pub mod host_side;
pub mod read_arbiter;
pub mod reader;
pub mod register_map;
pub mod registers;
pub mod request;
pub mod slice;
pub mod walk;
pub mod write_arbiter;
pub mod writer;

pub use fifo::Fifo;
pub use host_side::HostSide;
pub use read_arbiter::ReadArbiter;
pub use reader::HostReader;
pub use registers::Registers;
pub use slice::Slice;
pub use walk::BurstWalk;
pub use write_arbiter::WriteArbiter;
pub use writer::HostWriter;

/// Bytes of a beat.
pub const BEAT_BYTES: u64 = 32;
/// Most beats of a burst.
pub const BURST_BEATS: u64 = 16;
/// Most beats of a request.
pub const REQUEST_BEATS_MAX: u64 = (1 << 20) - 1;
/// Bursts that a reader or writer has on the bus at most.
pub const BURSTS_OUTSTANDING: u64 = 8;

/// Bursts of a request, as address and beats: they end at multiples of 512 bytes, and so never cross 4 KiB.
pub fn bursts(address: u64, beats: u64) -> Vec<(u64, u64)> {
    let (mut address, mut left, mut found) = (address & !(BEAT_BYTES - 1), beats, vec![]);
    while left > 0 {
        let length = left.min(BURST_BEATS - address / BEAT_BYTES % BURST_BEATS);
        found.push((address, length));
        address = address.wrapping_add(length * BEAT_BYTES);
        left -= length;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bursts_stay_in_their_page() {
        assert_eq!(bursts(0x1fe0, 18), [(0x1fe0, 1), (0x2000, 16), (0x2200, 1)]);
        assert_eq!(bursts(0x47, 1), [(0x40, 1)]);
        assert_eq!(bursts(0, 0), []);
        for (address, beats) in (0..200).flat_map(|i| [(i * 32, i % 37), (i * 96, 64)]) {
            let found = bursts(address, beats);
            assert_eq!(found.iter().map(|(_, length)| length).sum::<u64>(), beats);
            assert!(found.iter().all(|(from, length)| from / 4096 == (from + length * 32 - 1) / 4096));
        }
    }
}
