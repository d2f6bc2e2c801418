//! Configuration space of the card (PCI Local Bus Specification 3.0, chapter 6; PCI Express Base Specification, section 7.5).

use gaslane_abi::pci::SIMULATED;
use gaslane_abi::regs;

/// Its size in bytes.
pub const BYTES: usize = 4096;
/// BAR with the MSI-X table.
pub const MSIX_BAR: u32 = 2;
/// Size of that BAR in bytes.
pub const MSIX_BAR_BYTES: u32 = 4096;
/// Vectors.
pub const VECTORS: u16 = 1;

const COMMAND: usize = 0x04;
const BUS_MASTER: u8 = 1 << 2;
const PM: usize = 0x40;
const MSIX: usize = 0x50;
const EXPRESS: usize = 0x60;
const DEVICE_CONTROL: usize = EXPRESS + 8;
const FUNCTION_LEVEL_RESET: u8 = 1 << 7;
const PENDING_BITS: u32 = 0x800;

/// What a write has done beside changing bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// The device is to be reset.
    pub reset: bool,
}

/// The bytes, and which of their bits can be written.
#[derive(Clone, Debug)]
pub struct ConfigSpace {
    bytes: [u8; BYTES],
    writable: [u8; BYTES],
}

impl Default for ConfigSpace {
    fn default() -> Self {
        let mut space = Self { bytes: [0; BYTES], writable: [0; BYTES] };
        space.put(0x00, &SIMULATED.vendor.to_le_bytes());
        space.put(0x02, &SIMULATED.device.to_le_bytes());
        // Memory, bus master, parity, SERR, interrupt disable.
        space.allow(COMMAND, &0x0546_u16.to_le_bytes());
        // There are capabilities.
        space.put(0x06, &0x0010_u16.to_le_bytes());
        // Revision 1, processing accelerator.
        space.put(0x08, &[1, 0, 0, 0x12]);
        for (bar, bytes) in [(0, regs::BAR0_BYTES), (MSIX_BAR, MSIX_BAR_BYTES)] {
            space.allow(0x10 + 4 * bar as usize, &(!(bytes - 1)).to_le_bytes());
        }
        space.put(0x2c, &SIMULATED.vendor.to_le_bytes());
        space.put(0x2e, &SIMULATED.device.to_le_bytes());
        space.put(0x34, &[PM as u8]);
        space.allow(0x3c, &[0xff]);
        // Power management, version 3; a return from D3 resets nothing.
        space.put(PM, &[0x01, MSIX as u8, 0x03, 0x00, 0x08, 0x00]);
        space.allow(PM + 4, &[0x03]);
        space.put(MSIX, &[0x11, EXPRESS as u8]);
        space.put(MSIX + 2, &(VECTORS - 1).to_le_bytes());
        space.allow(MSIX + 2, &0xc000_u16.to_le_bytes());
        space.put(MSIX + 4, &MSIX_BAR.to_le_bytes());
        space.put(MSIX + 8, &(PENDING_BITS | MSIX_BAR).to_le_bytes());
        // An endpoint, version 2, that can be reset by itself; one lane of 2.5 GT/s as far as software is concerned.
        space.put(EXPRESS, &[0x10, 0x00, 0x02, 0x00]);
        space.put(EXPRESS + 4, &0x1000_8000_u32.to_le_bytes());
        space.allow(DEVICE_CONTROL, &0x7fff_u16.to_le_bytes());
        space.put(EXPRESS + 12, &0x0000_0011_u32.to_le_bytes());
        space.put(EXPRESS + 18, &0x0011_u16.to_le_bytes());
        space
    }
}

impl ConfigSpace {
    fn put(&mut self, at: usize, bytes: &[u8]) {
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
    }

    fn allow(&mut self, at: usize, mask: &[u8]) {
        self.writable[at..at + mask.len()].copy_from_slice(mask);
    }

    /// Whether the device may do DMA.
    pub fn bus_master(&self) -> bool {
        self.bytes[COMMAND] & BUS_MASTER != 0
    }

    /// Reads; what lies outside is all ones.
    pub fn read(&self, offset: u64, data: &mut [u8]) {
        for (index, byte) in data.iter_mut().enumerate() {
            let at = usize::try_from(offset).ok().and_then(|offset| offset.checked_add(index));
            *byte = at.and_then(|at| self.bytes.get(at)).copied().unwrap_or(0xff);
        }
    }

    /// Writes what can be written.
    pub fn write(&mut self, offset: u64, data: &[u8]) -> Effects {
        let mut effects = Effects::default();
        for (index, &byte) in data.iter().enumerate() {
            let Some(at) = usize::try_from(offset).ok().and_then(|offset| offset.checked_add(index)) else { break };
            let Some(&mask) = self.writable.get(at) else { break };
            // Reads as zero.
            let stays = if at == DEVICE_CONTROL + 1 { byte & !FUNCTION_LEVEL_RESET } else { byte };
            effects.reset |= at == DEVICE_CONTROL + 1 && byte & FUNCTION_LEVEL_RESET != 0;
            self.bytes[at] = self.bytes[at] & !mask | stays & mask;
        }
        effects
    }

    /// After a reset of the function.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read32(space: &ConfigSpace, at: u64) -> u32 {
        let mut bytes = [0; 4];
        space.read(at, &mut bytes);
        u32::from_le_bytes(bytes)
    }

    #[test]
    fn sizes_of_bars_are_found_and_other_bits_stay() {
        let mut space = ConfigSpace::default();
        for bar in 0..6 {
            space.write(0x10 + 4 * bar, &[0xff; 4]);
        }
        let sizes: Vec<u32> = (0..6).map(|bar| read32(&space, 0x10 + 4 * bar)).collect();
        assert_eq!(sizes, [!0xfff, 0, !0xfff, 0, 0, 0]);
        space.write(0, &[0; 4]);
        assert_eq!(read32(&space, 0), u32::from(SIMULATED.device) << 16 | u32::from(SIMULATED.vendor));
        assert_eq!(read32(&space, 4094), 0xffff_0000);
        assert_eq!(read32(&space, u64::MAX), u32::MAX);
        assert_eq!(space.write(u64::MAX, &[0; 4]), Effects::default());
    }

    #[test]
    fn capabilities_are_a_chain() {
        let space = ConfigSpace::default();
        let (mut at, mut found) = (read32(&space, 0x34) & 0xff, Vec::new());
        while at != 0 {
            let word = read32(&space, at.into());
            found.push(word & 0xff);
            at = word >> 8 & 0xff;
        }
        assert_eq!(found, [0x01, 0x11, 0x10]);
    }

    #[test]
    fn function_level_reset_takes_bus_mastering_away() {
        let mut space = ConfigSpace::default();
        assert!(!space.bus_master());
        space.write(0x04, &[0x06, 0x00]);
        assert!(space.bus_master());
        assert!(!space.write(0x68, &[0x00, 0x00]).reset);
        assert!(space.write(0x68, &[0x00, 0x80]).reset);
        assert_eq!(read32(&space, 0x68) & 0x8000, 0);
        space.reset();
        assert!(!space.bus_master());
    }
}
