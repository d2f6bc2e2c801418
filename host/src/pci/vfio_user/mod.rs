//! A card that another process serves over a Unix socket: the client's side of vfio-user.
//!
//! One request at a time; every one is bounded in time, and its reply is checked: number, command, length, error. After anything but an error reply of
//! the server the connection is not used any more.

mod wire;

use super::{Transport, system};
use gaslane_abi::pci::{PciError, REGISTER_BAR};
use gaslane_abi::{DmaMemory, IovaRange, regs};
use std::io::{self, IoSlice, Read};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};
use vmm_sys_util::eventfd::{EFD_CLOEXEC, EFD_NONBLOCK, EventFd};
use wire::{Command, Header};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// How long a server may take for a register. One that is simulated executes in between.
const REGISTER_TIME: Duration = Duration::from_millis(1500);
/// How long it may take for anything else: a reset builds a simulated card anew.
const REQUEST_TIME: Duration = Duration::from_secs(30);

/// How long it may take for its first answer. One that serves somebody else gives none.
const GREETING_TIME: Duration = Duration::from_secs(5);

/// The text after the version.
const CAPABILITIES: &str = r#"{"capabilities":{"max_msg_fds":1,"max_data_xfer_size":4096}}"#;

/// The connection.
#[derive(Debug)]
pub struct VfioUser {
    stream: UnixStream,
    next_id: u16,
    /// Why the connection is of no use any more.
    broken: Option<PciError>,
    interrupt: EventFd,
}

/// Splits bytes into a structure and what follows it.
fn take<T: FromBytes>(command: Command, bytes: &[u8]) -> Result<(T, &[u8]), PciError> {
    T::read_from_prefix(bytes)
        .map_err(|_| PciError::Protocol { request: command.name(), what: "the reply is too short" })
}

impl VfioUser {
    /// Connects to a server, and looks whether it serves a PCI device with registers and MSI-X that can be reset.
    pub fn connect(path: &Path) -> io::Result<Self> {
        Self::over(UnixStream::connect(path)?)
    }

    fn over(stream: UnixStream) -> io::Result<Self> {
        let interrupt = EventFd::new(EFD_NONBLOCK | EFD_CLOEXEC)?;
        let mut client = Self { stream, next_id: 0, broken: None, interrupt };
        client.negotiate().map_err(|error| match error {
            PciError::NoReply { request, after } if request == Command::Version.name() => io::Error::new(
                io::ErrorKind::TimedOut,
                format!("no answer within {after:?}: the server hangs, or serves another driver"),
            ),
            error => io::Error::other(error),
        })?;
        Ok(client)
    }

    /// Closes the connection without a word to the server, as the end of the process does.
    pub fn sever(&mut self) {
        let _ = self.stream.shutdown(std::net::Shutdown::Both);
        self.broken.get_or_insert(PciError::Closed);
    }

    fn negotiate(&mut self) -> Result<(), PciError> {
        let mut text = CAPABILITIES.as_bytes().to_vec();
        text.push(0);
        let version = wire::Version { major: 0, minor: 1 };
        let reply = self.request(Command::Version, &[version.as_bytes(), &text], None, GREETING_TIME)?;
        let (theirs, _) = take::<wire::Version>(Command::Version, &reply)?;
        if theirs.major != 0 {
            let what = "it speaks another major version";
            return Err(PciError::Protocol { request: Command::Version.name(), what });
        }
        let info = wire::DeviceInfo { argsz: size_of::<wire::DeviceInfo>() as u32, ..Default::default() };
        let info = self.ask(Command::DeviceInfo, &info)?;
        if info.flags & wire::DEVICE_PCI == 0 {
            return Err(PciError::Missing { what: "PCI configuration space" });
        }
        if info.flags & wire::DEVICE_RESET == 0 {
            return Err(PciError::Missing { what: "reset of its own" });
        }
        for (index, least, what) in [
            (REGISTER_BAR, regs::BAR0_BYTES, "BAR0 with room for the registers"),
            (wire::CONFIG_REGION, 256, "configuration space"),
        ] {
            let region = wire::RegionInfo { argsz: size_of::<wire::RegionInfo>() as u32, index, ..Default::default() };
            if index >= info.regions || self.ask(Command::RegionInfo, &region)?.size < u64::from(least) {
                return Err(PciError::Missing { what });
            }
        }
        let irq =
            wire::IrqInfo { argsz: size_of::<wire::IrqInfo>() as u32, index: wire::IRQ_MSIX, ..Default::default() };
        if wire::IRQ_MSIX >= info.irqs || self.ask(Command::IrqInfo, &irq)?.count == 0 {
            return Err(PciError::Missing { what: "MSI-X vector" });
        }
        Ok(())
    }

    /// A request whose reply has the same form.
    fn ask<T: FromBytes + IntoBytes + Immutable + KnownLayout>(
        &mut self,
        command: Command,
        request: &T,
    ) -> Result<T, PciError> {
        let reply = self.request(command, &[request.as_bytes()], None, REQUEST_TIME)?;
        self.checked(take(command, &reply).map(|(structure, _)| structure))
    }

    /// Sends a request and takes its reply, without the header.
    fn request(
        &mut self,
        command: Command,
        parts: &[&[u8]],
        file: Option<BorrowedFd<'_>>,
        time: Duration,
    ) -> Result<Vec<u8>, PciError> {
        if let Some(error) = &self.broken {
            return Err(error.clone());
        }
        let reply = self.exchange(command, parts, file, time);
        self.checked(reply)
    }

    /// After an error other than a refusal the connection is not used: what comes later could be taken for the reply to something else.
    fn checked<T>(&mut self, result: Result<T, PciError>) -> Result<T, PciError> {
        if let Err(error) = &result
            && !matches!(error, PciError::Refused { .. })
        {
            self.broken = Some(error.clone());
            let _ = self.stream.shutdown(std::net::Shutdown::Both);
        }
        result
    }

    fn exchange(
        &mut self,
        command: Command,
        parts: &[&[u8]],
        file: Option<BorrowedFd<'_>>,
        time: Duration,
    ) -> Result<Vec<u8>, PciError> {
        let request = command.name();
        let deadline = Instant::now() + time;
        let late = PciError::NoReply { request, after: time };
        self.next_id = self.next_id.wrapping_add(1);
        let bytes = size_of::<Header>() + parts.iter().map(|part| part.len()).sum::<usize>();
        let header = Header { id: self.next_id, command: command as u16, bytes: bytes as u32, ..Default::default() };
        let mut message = header.as_bytes().to_vec();
        parts.iter().for_each(|part| message.extend_from_slice(part));
        self.send(&message, file, deadline, &late)?;
        let mut header = [0; size_of::<Header>()];
        self.receive(&mut header, deadline, &late)?;
        let (reply, _) = take::<Header>(command, &header)?;
        let wrong = |what| Err(PciError::Protocol { request, what });
        if reply.flags & wire::TYPE_MASK != wire::TYPE_REPLY {
            return wrong("a command came instead of the reply");
        }
        if reply.id != self.next_id || reply.command != command as u16 {
            return wrong("the reply belongs to another request");
        }
        let Some(body) =
            (reply.bytes as usize).checked_sub(size_of::<Header>()).filter(|&body| body <= wire::REPLY_BYTES_MAX)
        else {
            return wrong("the length is out of range");
        };
        let mut data = vec![0; body];
        self.receive(&mut data, deadline, &late)?;
        if reply.flags & wire::FLAG_ERROR != 0 {
            return Err(PciError::Refused { request, errno: reply.error as i32 });
        }
        Ok(data)
    }

    /// The time left, as time-out of the socket's next call.
    fn limit(deadline: Instant, late: &PciError) -> Result<Option<Duration>, PciError> {
        match deadline.saturating_duration_since(Instant::now()) {
            Duration::ZERO => Err(late.clone()),
            left => Ok(Some(left)),
        }
    }

    fn failed(error: &io::Error, late: &PciError) -> PciError {
        match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => late.clone(),
            io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof => {
                PciError::Closed
            }
            _ => PciError::System { what: "talk to the server of the card", errno: error.raw_os_error().unwrap_or(0) },
        }
    }

    fn send(
        &mut self,
        mut bytes: &[u8],
        file: Option<BorrowedFd<'_>>,
        deadline: Instant,
        late: &PciError,
    ) -> Result<(), PciError> {
        use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
        let mut file = file.as_ref().map(std::slice::from_ref);
        while !bytes.is_empty() {
            let limit = Self::limit(deadline, late)?;
            self.stream.set_write_timeout(limit).map_err(system("set a time-out"))?;
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
            let mut ancillary = SendAncillaryBuffer::new(&mut space);
            if let Some(file) = file {
                ancillary.push(SendAncillaryMessage::ScmRights(file));
            }
            match sendmsg(&self.stream, &[IoSlice::new(bytes)], &mut ancillary, SendFlags::NOSIGNAL) {
                Ok(sent) => {
                    bytes = &bytes[sent..];
                    // It goes with the first byte.
                    file = None;
                }
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(Self::failed(&error.into(), late)),
            }
        }
        Ok(())
    }

    fn receive(&mut self, mut bytes: &mut [u8], deadline: Instant, late: &PciError) -> Result<(), PciError> {
        while !bytes.is_empty() {
            let limit = Self::limit(deadline, late)?;
            self.stream.set_read_timeout(limit).map_err(system("set a time-out"))?;
            match self.stream.read(bytes) {
                Ok(0) => return Err(PciError::Closed),
                Ok(count) => bytes = &mut bytes[count..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Self::failed(&error, late)),
            }
        }
        Ok(())
    }

    fn read_region(&mut self, region: u32, offset: u64, data: &mut [u8], time: Duration) -> Result<(), PciError> {
        let access = wire::RegionAccess { offset, region, count: data.len() as u32 };
        let reply = self.request(Command::RegionRead, &[access.as_bytes()], None, time)?;
        let parsed = take::<wire::RegionAccess>(Command::RegionRead, &reply).and_then(|(theirs, rest)| {
            if theirs.count != access.count || rest.len() != data.len() {
                let what = "another count of bytes came than was asked for";
                return Err(PciError::Protocol { request: Command::RegionRead.name(), what });
            }
            data.copy_from_slice(rest);
            Ok(())
        });
        self.checked(parsed)
    }

    fn write_region(&mut self, region: u32, offset: u64, data: &[u8], time: Duration) -> Result<(), PciError> {
        let access = wire::RegionAccess { offset, region, count: data.len() as u32 };
        self.request(Command::RegionWrite, &[access.as_bytes(), data], None, time)?;
        Ok(())
    }
}

impl Transport for VfioUser {
    fn read_register(&mut self, offset: u32) -> Result<u32, PciError> {
        let mut bytes = [0; 4];
        self.read_region(REGISTER_BAR, offset.into(), &mut bytes, REGISTER_TIME)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn write_register(&mut self, offset: u32, value: u32) -> Result<(), PciError> {
        self.write_region(REGISTER_BAR, offset.into(), &value.to_le_bytes(), REGISTER_TIME)
    }

    fn read_config(&mut self, offset: u16, data: &mut [u8]) -> Result<(), PciError> {
        self.read_region(wire::CONFIG_REGION, offset.into(), data, REQUEST_TIME)
    }

    fn write_config(&mut self, offset: u16, data: &[u8]) -> Result<(), PciError> {
        self.write_region(wire::CONFIG_REGION, offset.into(), data, REQUEST_TIME)
    }

    unsafe fn dma_map(&mut self, iova: u64, memory: DmaMemory) -> Result<(), PciError> {
        let Some((file, offset)) = memory.file else { return Err(PciError::NoFile { iova }) };
        // SAFETY: the caller keeps the file open until the mapping ends.
        let file = unsafe { BorrowedFd::borrow_raw(file) };
        let map = wire::DmaMap {
            argsz: size_of::<wire::DmaMap>() as u32,
            flags: 3,
            offset,
            address: iova,
            size: memory.len_bytes as u64,
        };
        self.request(Command::DmaMap, &[map.as_bytes()], Some(file), REQUEST_TIME)?;
        Ok(())
    }

    fn dma_unmap(&mut self, iova: u64, len_bytes: u64) -> Result<(), PciError> {
        let unmap =
            wire::DmaUnmap { argsz: size_of::<wire::DmaUnmap>() as u32, flags: 0, address: iova, size: len_bytes };
        match self.request(Command::DmaUnmap, &[unmap.as_bytes()], None, REQUEST_TIME) {
            // What the server may yet write is a mapping of its own of a file that nobody else uses.
            Err(_) if self.broken.is_some() => Ok(()),
            result => result.map(|_| ()),
        }
    }

    fn enable_interrupt(&mut self) -> Result<(), PciError> {
        let set = wire::SetIrqs {
            argsz: size_of::<wire::SetIrqs>() as u32,
            flags: wire::SET_EVENTFD,
            index: wire::IRQ_MSIX,
            start: 0,
            count: 1,
        };
        // SAFETY: the eventfd is open as long as this borrow lives.
        let event = unsafe { BorrowedFd::borrow_raw(std::os::fd::AsRawFd::as_raw_fd(&self.interrupt)) };
        // The request needs `self` for itself.
        let event = event.try_clone_to_owned().map_err(system("duplicate an eventfd"))?;
        self.request(Command::SetIrqs, &[set.as_bytes()], Some(event.as_fd()), REQUEST_TIME)?;
        Ok(())
    }

    fn interrupt(&self) -> BorrowedFd<'_> {
        // SAFETY: the eventfd is open as long as `self` is borrowed.
        unsafe { BorrowedFd::borrow_raw(std::os::fd::AsRawFd::as_raw_fd(&self.interrupt)) }
    }

    fn reset(&mut self) -> Result<(), PciError> {
        self.request(Command::DeviceReset, &[], None, REQUEST_TIME)?;
        Ok(())
    }

    fn gone(&self) -> Option<BorrowedFd<'_>> {
        Some(self.stream.as_fd())
    }

    fn iova_ranges(&self) -> &[IovaRange] {
        &[IovaRange { first: 0, last: u64::MAX }]
    }
}

#[cfg(test)]
mod tests;
