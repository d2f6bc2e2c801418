//! Configuration space: what the driver reads and sets in it.

use super::Transport;
use gaslane_abi::pci::PciError;

/// Vendor and device.
pub const IDS: u16 = 0x00;
/// Command register.
pub const COMMAND: u16 = 0x04;
/// Status register.
pub const STATUS: u16 = 0x06;
/// First capability.
pub const CAPABILITIES: u16 = 0x34;
/// COMMAND bit: the device answers to its memory BARs.
pub const COMMAND_MEMORY: u16 = 1 << 1;
/// COMMAND bit: the device may do DMA.
pub const COMMAND_BUS_MASTER: u16 = 1 << 2;
/// STATUS bit: there are capabilities.
pub const STATUS_CAPABILITIES: u16 = 1 << 4;

/// Capability: power management.
pub const POWER_MANAGEMENT: u8 = 0x01;
/// Capability: PCI Express.
pub const EXPRESS: u8 = 0x10;
/// Capability: MSI-X.
pub const MSIX: u8 = 0x11;

/// Reads 16 bits.
pub fn read16<T: Transport + ?Sized>(transport: &mut T, offset: u16) -> Result<u16, PciError> {
    let mut bytes = [0; 2];
    transport.read_config(offset, &mut bytes)?;
    Ok(u16::from_le_bytes(bytes))
}

/// Reads 32 bits.
pub fn read32<T: Transport + ?Sized>(transport: &mut T, offset: u16) -> Result<u32, PciError> {
    let mut bytes = [0; 4];
    transport.read_config(offset, &mut bytes)?;
    Ok(u32::from_le_bytes(bytes))
}

/// Sets bits of the command register, and sees that they are set.
pub fn set_command<T: Transport + ?Sized>(transport: &mut T, bits: u16) -> Result<(), PciError> {
    let command = read16(transport, COMMAND)?;
    transport.write_config(COMMAND, &(command | bits).to_le_bytes())?;
    match read16(transport, COMMAND)? & bits == bits {
        true => Ok(()),
        false => Err(PciError::Missing { what: "memory access and bus mastering that can be enabled" }),
    }
}

/// Where a capability stands, if the device has it. A list that goes round in a circle ends.
pub fn capability<T: Transport + ?Sized>(transport: &mut T, wanted: u8) -> Result<Option<u16>, PciError> {
    if read16(transport, STATUS)? & STATUS_CAPABILITIES == 0 {
        return Ok(None);
    }
    let mut at = read16(transport, CAPABILITIES)? & 0xfc;
    for _ in 0..48 {
        if at < 0x40 {
            break;
        }
        let [id, next] = read16(transport, at)?.to_le_bytes();
        if id == wanted {
            return Ok(Some(at));
        }
        at = u16::from(next & 0xfc);
    }
    Ok(None)
}
