//! A card between the driver and another card that notes what passes: registers, and what either side wrote into host memory.
//!
//! Host memory is compared with a copy before and after every call: what has changed before it the host wrote, what changes during it the
//! card. The model card works inside calls alone.

use gaslane_abi::{Device, DeviceError, DmaMemory, Wake};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::ptr::NonNull;
use std::rc::Rc;
use std::time::Duration;

struct Mapping {
    iova: u64,
    memory: NonNull<u8>,
    known: Vec<u8>,
}

impl Mapping {
    /// What is new in the memory: stretches of changed 32-byte rows.
    fn changes(&mut self) -> Vec<(u64, Vec<u8>)> {
        let mut changes: Vec<(u64, Vec<u8>)> = Vec::new();
        for (index, known) in self.known.chunks_mut(32).enumerate() {
            let mut row = [0; 32];
            for (at, byte) in row.iter_mut().enumerate() {
                // SAFETY: the mapping has as many bytes as `known`, a multiple of 4096, and lives until it is unmapped; the
                // load is volatile because host and card write to it.
                *byte = unsafe { self.memory.as_ptr().add(32 * index + at).read_volatile() };
            }
            if row == *known {
                continue;
            }
            known.copy_from_slice(&row);
            let iova = self.iova + 32 * index as u64;
            match changes.last_mut() {
                Some((start, bytes)) if *start + bytes.len() as u64 == iova => bytes.extend(row),
                _ => changes.push((iova, row.to_vec())),
            }
        }
        changes
    }
}

/// What passes between driver and card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Host memory is mapped: IOVA, bytes.
    Map(u64, usize),
    /// The driver writes a register: offset, value.
    Register(u32, u32),
    /// The driver has written host memory.
    Host(u64, Vec<u8>),
    /// The card has.
    Card(u64, Vec<u8>),
}

impl Event {
    /// `{"map": [iova, bytes]}`, `{"register": [offset, value]}`, and `host` or `card` with an IOVA and bytes in hexadecimal digits.
    pub fn json(&self) -> Value {
        match self {
            Self::Map(iova, bytes) => json!({"map": [iova, bytes]}),
            Self::Register(offset, value) => json!({"register": [offset, value]}),
            Self::Host(iova, bytes) => json!({"host": [iova, alloy_primitives::hex::encode(bytes)]}),
            Self::Card(iova, bytes) => json!({"card": [iova, alloy_primitives::hex::encode(bytes)]}),
        }
    }
}

#[derive(Default)]
struct Notes {
    mappings: Vec<Mapping>,
    events: Vec<Event>,
    unmapped: bool,
    stopped: bool,
}

impl Notes {
    /// Notes what has changed in host memory, as the doing of `who`.
    fn changes(&mut self, who: fn(u64, Vec<u8>) -> Event) {
        if self.stopped {
            return;
        }
        for (iova, bytes) in self.mappings.iter_mut().flat_map(Mapping::changes) {
            self.events.push(who(iova, bytes));
        }
    }

    fn event(&mut self, event: Event) {
        if !self.stopped {
            self.events.push(event);
        }
    }
}

/// What was noted.
pub struct Recording(Rc<RefCell<Notes>>);

impl Recording {
    /// Ends the recording: the events in order. `None` if memory was unmapped, which the player of a session does not know.
    pub fn stop(&self) -> Option<Vec<Event>> {
        let mut notes = self.0.borrow_mut();
        notes.changes(Event::Host);
        notes.stopped = true;
        (!notes.unmapped).then(|| std::mem::take(&mut notes.events))
    }
}

/// The card in between.
pub struct Recorder<D> {
    inner: D,
    notes: Rc<RefCell<Notes>>,
}

impl<D: Device> Recorder<D> {
    /// Around a card.
    pub fn new(inner: D) -> (Self, Recording) {
        let notes = Rc::new(RefCell::new(Notes::default()));
        (Self { inner, notes: notes.clone() }, Recording(notes))
    }

    fn during<R>(&mut self, event: Option<Event>, call: impl FnOnce(&mut D) -> R) -> R {
        self.notes.borrow_mut().changes(Event::Host);
        if let Some(event) = event {
            self.notes.borrow_mut().event(event);
        }
        let result = call(&mut self.inner);
        self.notes.borrow_mut().changes(Event::Card);
        result
    }
}

impl<D: Device> Device for Recorder<D> {
    fn read(&mut self, offset: u32) -> Result<u32, DeviceError> {
        self.during(None, |inner| inner.read(offset))
    }

    fn write(&mut self, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.during(Some(Event::Register(offset, value)), |inner| inner.write(offset, value))
    }

    unsafe fn dma_map(&mut self, iova: u64, memory: DmaMemory) -> Result<(), DeviceError> {
        // SAFETY: the caller's promise is the same.
        unsafe { self.inner.dma_map(iova, memory)? };
        let mut notes = self.notes.borrow_mut();
        notes.mappings.push(Mapping { iova, memory: memory.start, known: vec![0; memory.len_bytes] });
        notes.event(Event::Map(iova, memory.len_bytes));
        Ok(())
    }

    fn dma_unmap(&mut self, iova: u64) -> Result<(), DeviceError> {
        let mut notes = self.notes.borrow_mut();
        notes.mappings.retain(|mapping| mapping.iova != iova);
        notes.unmapped |= !notes.stopped;
        self.inner.dma_unmap(iova)
    }

    fn wait(&mut self, timeout: Duration) -> Result<Wake, DeviceError> {
        self.during(None, |inner| inner.wait(timeout))
    }

    fn reset(&mut self) -> Result<(), DeviceError> {
        self.during(None, Device::reset)
    }
}
