//! Messages of the vfio-user protocol, version 0.1, as far as the driver uses them (the protocol's specification is part of QEMU's and of
//! libvfio-user's documentation).

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Command {
    /// Versions and limits of both sides.
    Version = 1,
    /// A mapping begins.
    DmaMap = 2,
    /// It ends.
    DmaUnmap = 3,
    /// Regions, interrupts, what the device can.
    DeviceInfo = 4,
    /// A region.
    RegionInfo = 5,
    /// An interrupt of the device.
    IrqInfo = 7,
    /// Who is told of interrupts.
    SetIrqs = 8,
    /// Reads a region.
    RegionRead = 9,
    /// Writes a region.
    RegionWrite = 10,
    /// Resets the device.
    DeviceReset = 13,
}

impl Command {
    /// What errors call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::DmaMap => "map memory",
            Self::DmaUnmap => "unmap memory",
            Self::DeviceInfo => "device information",
            Self::RegionInfo => "region information",
            Self::IrqInfo => "interrupt information",
            Self::SetIrqs => "set interrupts",
            Self::RegionRead => "region read",
            Self::RegionWrite => "region write",
            Self::DeviceReset => "reset",
        }
    }
}

/// Before every message.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Header {
    /// Number of the message; its reply has the same.
    pub id: u16,
    /// [`Command`].
    pub command: u16,
    /// Bytes of the message with this header.
    pub bytes: u32,
    /// Bits 0..4: 0 a command, 1 a reply; [`FLAG_ERROR`].
    pub flags: u32,
    /// Error of a reply, as errno(3).
    pub error: u32,
}

/// Bits of `flags` that say whether it is a command or a reply.
pub const TYPE_MASK: u32 = 0xf;
/// A reply.
pub const TYPE_REPLY: u32 = 1;
/// The reply is an error.
pub const FLAG_ERROR: u32 = 1 << 5;
/// Longest message of a reply that is taken: a region's information or a few words.
pub const REPLY_BYTES_MAX: usize = 64 << 10;

/// Version, before a text (JSON, ended by a zero byte).
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Version {
    /// Major version: 0.
    pub major: u16,
    /// Minor version.
    pub minor: u16,
}

/// A mapping; the file comes beside it.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct DmaMap {
    /// Bytes of this structure.
    pub argsz: u32,
    /// Bit 0 read, bit 1 write.
    pub flags: u32,
    /// Offset in the file.
    pub offset: u64,
    /// IOVA.
    pub address: u64,
    /// Length in bytes.
    pub size: u64,
}

/// The end of mappings.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct DmaUnmap {
    /// Bytes of this structure.
    pub argsz: u32,
    /// None of them is used here.
    pub flags: u32,
    /// IOVA.
    pub address: u64,
    /// Length in bytes.
    pub size: u64,
}

/// What the device is.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct DeviceInfo {
    /// Bytes of this structure.
    pub argsz: u32,
    /// Bit 0: it can be reset; bit 1: it is a PCI device.
    pub flags: u32,
    /// Regions.
    pub regions: u32,
    /// Kinds of interrupt.
    pub irqs: u32,
}

/// DeviceInfo flag: it can be reset.
pub const DEVICE_RESET: u32 = 1;
/// DeviceInfo flag: it is a PCI device.
pub const DEVICE_PCI: u32 = 2;

/// A region.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct RegionInfo {
    /// Bytes of this structure with what follows.
    pub argsz: u32,
    /// Bit 0 read, bit 1 write, bit 2 mmap.
    pub flags: u32,
    /// Number: 0 to 5 the BARs, 7 configuration space.
    pub index: u32,
    /// Where capabilities begin.
    pub cap_offset: u32,
    /// Length in bytes.
    pub size: u64,
    /// Offset in the file for mmap.
    pub offset: u64,
}

/// Number of the region of configuration space.
pub const CONFIG_REGION: u32 = 7;

/// A kind of interrupt.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct IrqInfo {
    /// Bytes of this structure.
    pub argsz: u32,
    /// Bit 0: by eventfd.
    pub flags: u32,
    /// Kind.
    pub index: u32,
    /// Vectors.
    pub count: u32,
}

/// Kind of interrupt: MSI-X.
pub const IRQ_MSIX: u32 = 2;

/// Who is told of interrupts; the eventfds come beside it.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct SetIrqs {
    /// Bytes of this structure.
    pub argsz: u32,
    /// What is set how: [`SET_EVENTFD`].
    pub flags: u32,
    /// Kind.
    pub index: u32,
    /// First vector.
    pub start: u32,
    /// Vectors.
    pub count: u32,
}

/// SetIrqs flags: the vectors signal these eventfds.
pub const SET_EVENTFD: u32 = 1 << 2 | 1 << 5;

/// An access to a region, before the data.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct RegionAccess {
    /// Offset in the region.
    pub offset: u64,
    /// Region.
    pub region: u32,
    /// Bytes.
    pub count: u32,
}
