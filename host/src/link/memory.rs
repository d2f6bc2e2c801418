//! What the card reaches over the link: host memory by its mappings, card memory here.

use gaslane_abi::link::BEAT_BYTES;
use gaslane_sim::memory::HostMemory;
use gaslane_sim::rtl::card::axi::Backing;
pub use gaslane_sim::rtl::card::axi::CardMemory;

/// Which memory, as the frames number them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    Host = 0,
    Card = 1,
}

/// Reads a beat, at a multiple of 32 bytes; `None` if there is nothing.
pub(super) fn read(host: &HostMemory, card: &mut CardMemory, which: Which, address: u64) -> Option<[u8; BEAT_BYTES]> {
    let mut data = [0; BEAT_BYTES];
    let found = match which {
        Which::Card => card.read(address, &mut data),
        Which::Host => {
            let mut bytes = Vec::new();
            let found = host.read(address, BEAT_BYTES, &mut bytes).is_ok();
            if found {
                data.copy_from_slice(&bytes);
            }
            found
        }
    };
    found.then_some(data)
}

/// Writes those bytes of a beat that `strobes` names; `false` if there is nothing.
pub(super) fn write(
    host: &mut HostMemory,
    card: &mut CardMemory,
    which: Which,
    address: u64,
    data: &[u8; BEAT_BYTES],
    strobes: u32,
) -> bool {
    match which {
        Which::Card => card.write(address, data, strobes),
        Which::Host if strobes == u32::MAX => host.write(address, data).is_ok(),
        Which::Host => {
            host.check(address, BEAT_BYTES).is_ok()
                && (0..BEAT_BYTES)
                    .filter(|index| strobes >> index & 1 == 1)
                    .all(|index| host.write(address + index as u64, &data[index..=index]).is_ok())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr::NonNull;

    #[test]
    fn only_what_is_mapped_is_reached() {
        let (mut host, mut card) = (HostMemory::default(), CardMemory::default());
        let mut page = vec![0_u64; 512].into_boxed_slice();
        let memory = NonNull::new(page.as_mut_ptr().cast()).unwrap();
        // SAFETY: the page lives longer than the mapping, and is reached through it alone.
        unsafe { host.map(0x4000, memory, 4096) }.unwrap();
        let data = std::array::from_fn(|index| index as u8 + 1);
        for (which, address, there) in [
            (Which::Host, 0x4000, true),
            (Which::Host, 0x4fe0, true),
            (Which::Host, 0x3fe0, false),
            (Which::Host, 0x5000, false),
            (Which::Host, u64::MAX - 31, false),
            (Which::Card, u64::MAX - 31, true),
        ] {
            assert_eq!(
                write(&mut host, &mut card, which, address, &data, 0x8000_0102),
                there,
                "{which:?} {address:#x}"
            );
            let mut expected = [0; 32];
            for index in [1, 8, 31] {
                expected[index] = data[index];
            }
            assert_eq!(read(&host, &mut card, which, address), there.then_some(expected));
            assert_eq!(write(&mut host, &mut card, which, address, &data, u32::MAX), there);
            assert_eq!(read(&host, &mut card, which, address), there.then_some(data));
        }
    }
}
