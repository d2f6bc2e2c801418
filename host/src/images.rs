//! Code images: translation, handles, and what the card's code store holds.

use crate::queue::{Queue, QueueError};
use alloy_primitives::B256;
use gaslane_abi::image::IMAGE_ROOM_BYTES;
use gaslane_abi::ring::{Command, FIRMWARE_HANDLE, Submission};
use gaslane_abi::{Device, Fork};
use gaslane_translate::{Cache, Growing, Shared, Version};
use revm::bytecode::Bytecode;
use revm::primitives::KECCAK_EMPTY;
use rustc_hash::FxHashMap;
use std::sync::PoisonError;
use std::time::Instant;

/// Code of an account as the card knows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CodeHandle {
    /// Handle in the code store; 0 without code, or if the store has no room for it.
    pub handle: u32,
    /// Size of the code in bytes.
    pub code_bytes: u32,
}

impl CodeHandle {
    /// As a word of a payload or an answer (see `gaslane_abi::record`).
    pub fn packed(self) -> u64 {
        u64::from(self.handle) << 32 | u64::from(self.code_bytes)
    }
}

/// Bytes of an EIP-7702 designator before the address.
const DESIGNATOR: [u8; 3] = [0xef, 0x01, 0x00];

/// Target of a delegation designator (EIP-7702).
pub fn delegate(code: &[u8]) -> Option<[u8; 20]> {
    code.strip_prefix(&DESIGNATOR).and_then(|rest| rest.try_into().ok())
}

/// What an image takes of the code store, as the card has it counted.
fn image_bytes(image: &[u8]) -> u64 {
    (image.len() as u64).next_multiple_of(64) + u64::from(IMAGE_ROOM_BYTES)
}

/// Counters of the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImageCounters {
    /// Code hashes translated.
    pub translations: u64,
    /// Time for translating code and submitting its images and patches, in nanoseconds.
    pub translate_ns: u64,
    /// Images loaded.
    pub loads: u64,
    /// Images loaded without their program because the store was nearly full.
    pub without_program: u64,
    /// Codes that the store had no room for at all: what runs them escapes.
    pub without_room: u64,
}

/// An image on the card.
#[derive(Debug)]
struct Held {
    translation: Shared,
    /// How much of the translation the card has.
    version: Version,
}

/// What the card's code store holds, and how more gets there.
#[derive(Debug)]
pub struct ImageStore {
    translations: Cache,
    firmware: Vec<u8>,
    handles: FxHashMap<(B256, Fork), CodeHandle>,
    /// By handle, from 1.
    held: Vec<Held>,
    next_handle: u32,
    used_bytes: u64,
    capacity_bytes: u64,
    counters: ImageCounters,
}

impl ImageStore {
    /// An empty store of a card with that capacity.
    pub fn new(capacity_bytes: u64) -> Self {
        Self {
            translations: Cache::default(),
            firmware: gaslane_firmware::image(),
            handles: FxHashMap::default(),
            held: Vec::new(),
            next_handle: 1,
            used_bytes: 0,
            capacity_bytes,
            counters: ImageCounters::default(),
        }
    }

    /// Counters since the driver was opened.
    pub fn counters(&self) -> ImageCounters {
        self.counters
    }

    /// The card forgot everything: loads the firmware again.
    pub fn reload<D: Device>(&mut self, queue: &mut Queue<D>) -> Result<(), QueueError> {
        self.forget();
        self.used_bytes = image_bytes(&self.firmware);
        let command = Command::LoadImage as u8;
        let len_bytes = self.firmware.len() as u32;
        queue.command(
            Submission { command, handle: FIRMWARE_HANDLE, len_bytes, ..Default::default() },
            &[&self.firmware],
        )
    }

    fn forget(&mut self) {
        self.handles.clear();
        self.held.clear();
        self.next_handle = 1;
        self.used_bytes = 0;
    }

    /// Between blocks: empties a code store that is more than half full.
    pub fn make_room<D: Device>(&mut self, queue: &mut Queue<D>) -> Result<(), QueueError> {
        if self.used_bytes > self.capacity_bytes / 2 && !self.handles.is_empty() {
            queue.command(Submission { command: Command::ResetCode as u8, ..Default::default() }, &[])?;
            self.forget();
            self.used_bytes = image_bytes(&self.firmware);
        }
        Ok(())
    }

    /// Handle of code that is already loaded, or of no code.
    pub fn loaded(&self, hash: B256, fork: Fork) -> Option<CodeHandle> {
        if hash == KECCAK_EMPTY || hash.is_zero() {
            return Some(CodeHandle::default());
        }
        self.handles.get(&(hash, fork)).copied()
    }

    /// Handle of that code; its image is submitted first if the card does not hold it and has room.
    pub fn load<D: Device>(
        &mut self,
        queue: &mut Queue<D>,
        bytecode: &Bytecode,
        hash: B256,
        fork: Fork,
    ) -> Result<CodeHandle, QueueError> {
        self.load_code(queue, bytecode, hash, fork, true)
    }

    /// The same for init code, whose translation is forgotten with its image: most of it runs once, and it shall not
    /// drive contracts out of the cache.
    pub fn load_init<D: Device>(
        &mut self,
        queue: &mut Queue<D>,
        bytecode: &Bytecode,
        hash: B256,
        fork: Fork,
    ) -> Result<CodeHandle, QueueError> {
        self.load_code(queue, bytecode, hash, fork, false)
    }

    fn load_code<D: Device>(
        &mut self,
        queue: &mut Queue<D>,
        bytecode: &Bytecode,
        hash: B256,
        fork: Fork,
        keep: bool,
    ) -> Result<CodeHandle, QueueError> {
        let code = bytecode.original_byte_slice();
        if code.is_empty() {
            return Ok(CodeHandle::default());
        }
        if let Some(handle) = self.loaded(hash, fork) {
            return Ok(handle);
        }
        let start = Instant::now();
        let code_bytes = code.len() as u32;
        let translation = match self.translations.get(hash, fork) {
            Some(translation) => translation,
            None => {
                self.counters.translations += 1;
                // revm has found the jump destinations already.
                let begin = |options: &_| match bytecode.legacy_jump_table() {
                    Some(jumps) => Growing::analysed(bytecode.original_bytes(), jumps.as_slice(), hash, fork, options),
                    None => Growing::new(code, hash, fork, options),
                };
                match keep {
                    true => self.translations.get_or_begin(hash, fork, code.len(), begin),
                    false => self.translations.begin(begin),
                }
            }
        };
        let growing = translation.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut image, version) = (growing.image(), growing.version());
        drop(growing);
        if image_bytes(&image) > self.left() {
            image = gaslane_translate::without_program(code, hash, fork).image;
            self.counters.without_program += 1;
        }
        if image_bytes(&image) > self.left() || self.next_handle == FIRMWARE_HANDLE {
            self.counters.without_room += 1;
            let handle = CodeHandle { handle: 0, code_bytes };
            self.handles.insert((hash, fork), handle);
            return Ok(handle);
        }
        let handle = CodeHandle { handle: self.next_handle, code_bytes };
        self.submit(queue, Command::LoadImage, handle.handle, &image)?;
        self.counters.translate_ns += start.elapsed().as_nanos() as u64;
        self.next_handle += 1;
        self.counters.loads += 1;
        self.handles.insert((hash, fork), handle);
        self.held.push(Held { translation, version });
        Ok(handle)
    }

    /// Answers a lane's request for words of an EVM program counter. `false` if there is no such handle.
    pub fn extend<D: Device>(&mut self, queue: &mut Queue<D>, handle: u32, pc: u32) -> Result<bool, QueueError> {
        let left = self.left();
        let Some(held) = (handle as usize).checked_sub(1).and_then(|index| self.held.get_mut(index)) else {
            return Ok(false);
        };
        let start = Instant::now();
        let mut growing = held.translation.lock().unwrap_or_else(PoisonError::into_inner);
        growing.extend(pc);
        let patch = growing.patch_since(held.version).filter(|patch| patch.len() as u64 <= left);
        held.version = growing.version();
        // Without room for the words, or none possible, the code loses its program: what runs it escapes.
        let replacement = patch.is_none().then(|| growing.without_program());
        drop(growing);
        if let Some(image) = replacement {
            self.counters.without_program += 1;
            self.submit(queue, Command::LoadImage, handle, &image)?;
        }
        self.submit(queue, Command::PatchImage, handle, &patch.unwrap_or_default())?;
        self.counters.translate_ns += start.elapsed().as_nanos() as u64;
        Ok(true)
    }

    fn left(&self) -> u64 {
        self.capacity_bytes.saturating_sub(self.used_bytes)
    }

    fn submit<D: Device>(
        &mut self,
        queue: &mut Queue<D>,
        command: Command,
        handle: u32,
        bytes: &[u8],
    ) -> Result<(), QueueError> {
        self.used_bytes += match command {
            Command::LoadImage => image_bytes(bytes),
            _ => (bytes.len() as u64).next_multiple_of(64),
        };
        let (command, len_bytes) = (command as u8, bytes.len() as u32);
        queue.command(Submission { command, handle, len_bytes, ..Default::default() }, &[bytes])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake_card::FakeCard;
    use crate::queue::DriverOptions;
    use alloy_primitives::keccak256;

    #[test]
    fn handles_are_cached_by_hash_and_fork() {
        let mut queue = Queue::open(FakeCard::default(), &DriverOptions::default()).unwrap();
        let mut store = ImageStore::new(1 << 20);
        let (code, hash) = (Bytecode::new_legacy([0x60, 0x00].into()), keccak256([0x60, 0x00]));
        let first = store.load(&mut queue, &code, hash, Fork::Cancun).unwrap();
        assert_eq!(store.load(&mut queue, &code, hash, Fork::Cancun).unwrap(), first);
        assert_ne!(store.load(&mut queue, &code, hash, Fork::Prague).unwrap(), first);
        assert_eq!(store.loaded(hash, Fork::Cancun), Some(first));
        assert_eq!(store.loaded(KECCAK_EMPTY, Fork::Cancun), Some(CodeHandle::default()));
        assert_eq!(store.counters().translations, 2);
        assert_eq!(store.counters().loads, 2);
        queue.drain().unwrap();
    }

    #[test]
    fn a_full_store_gives_no_handles_and_is_emptied_between_blocks() {
        const CAPACITY: u64 = 32 << 10;
        let mut queue = Queue::open(FakeCard::default(), &DriverOptions::default()).unwrap();
        let mut store = ImageStore::new(CAPACITY);
        let load = |store: &mut ImageStore, queue: &mut Queue<FakeCard>, byte: u8| {
            let code = [byte; 100];
            store.load(queue, &Bytecode::new_legacy(code.into()), keccak256(code), Fork::Cancun).unwrap()
        };
        let first_without = (0..100).find(|&byte| load(&mut store, &mut queue, byte).handle == 0).unwrap();
        let without = CodeHandle { handle: 0, code_bytes: 100 };
        assert_eq!(load(&mut store, &mut queue, first_without), without);
        assert_eq!(store.counters().without_room, 1);
        assert_ne!(load(&mut store, &mut queue, 0).handle, 0);
        store.make_room(&mut queue).unwrap();
        assert_ne!(load(&mut store, &mut queue, 1).handle, 0);
        queue.drain().unwrap();
    }

    #[test]
    fn designators_are_recognised() {
        let mut code = DESIGNATOR.to_vec();
        code.extend([7; 20]);
        assert_eq!(delegate(&code), Some([7; 20]));
        assert_eq!(delegate(&code[..22]), None);
    }
}
