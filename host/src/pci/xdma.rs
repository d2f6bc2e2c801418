//! What AMD's XDMA core, as a bridge in front of the card (Alveo U50), wants before it sends an interrupt of the card: its mask of user interrupts is zero after
//! a reset ([PG195](https://docs.amd.com/r/en-US/pg195-pcie-dma), "IRQ Block"). The registers of the core stand behind those of the card, as `hdl/board/alveo-u50`
//! maps them. The block names itself, so a device without it is left alone. Not tried on a board.

/// Where the IRQ block stands in BAR0.
const IRQ_BLOCK: u64 = 0x1_0000 + 0x2000;
/// Its identifier: the core in the high half of the word, then a version.
const IRQ_BLOCK_ID: u32 = 0x1fc2;
/// Offset of the mask of user interrupts in the block; a bit that is set lets one pass.
const USER_INTERRUPT_ENABLE_MASK: u64 = 4;
/// The card has one.
const CARD_INTERRUPT: u32 = 1;

/// Words of BAR0, by offset in bytes.
pub trait Words {
    /// What went wrong.
    type Error;
    /// Reads one.
    fn read(&mut self, offset: u64) -> Result<u32, Self::Error>;
    /// Writes one.
    fn write(&mut self, offset: u64, value: u32) -> Result<(), Self::Error>;
}

/// Lets the card's interrupt pass the core, if there is one; whether there is. `bar_bytes`: size of BAR0.
pub fn unmask_interrupts<W: Words>(words: &mut W, bar_bytes: u64) -> Result<bool, W::Error> {
    if bar_bytes < IRQ_BLOCK + 0x1000 || words.read(IRQ_BLOCK)? >> 16 != IRQ_BLOCK_ID {
        return Ok(false);
    }
    words.write(IRQ_BLOCK + USER_INTERRUPT_ENABLE_MASK, CARD_INTERRUPT)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// A BAR that answers ones where nothing is.
    #[derive(Default)]
    struct Bar(BTreeMap<u64, u32>);

    impl Words for Bar {
        type Error = u64;

        fn read(&mut self, offset: u64) -> Result<u32, u64> {
            Ok(self.0.get(&offset).copied().unwrap_or(u32::MAX))
        }

        fn write(&mut self, offset: u64, value: u32) -> Result<(), u64> {
            self.0.get_mut(&offset).map(|word| *word = value).ok_or(offset)
        }
    }

    #[test]
    fn the_mask_is_set_where_the_block_is() {
        let mut bar = Bar([(0x1_2000, 0x1fc2_0006), (0x1_2004, 0)].into());
        assert_eq!(unmask_interrupts(&mut bar, 128 << 10), Ok(true));
        assert_eq!(bar.0[&0x1_2004], 1);
    }

    #[test]
    fn other_devices_are_left_alone() {
        // The card's own registers, repeated over a large BAR.
        let mut bar = Bar([(0x1_2000, gaslane_abi::CARD_ID), (0x1_2004, 7)].into());
        assert_eq!(unmask_interrupts(&mut bar, 64 << 20), Ok(false));
        assert_eq!(bar.0[&0x1_2004], 7);
        assert_eq!(unmask_interrupts(&mut Bar::default(), 64 << 20), Ok(false));
        // Too small for the block: it is not even read.
        let mut bar = Bar([(0x1_2000, 0x1fc2_0006)].into());
        assert_eq!(unmask_interrupts(&mut bar, 4096), Ok(false));
    }
}
