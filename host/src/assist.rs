//! State for the card: the answers to its assists, and what is sent ahead of them.
//!
//! Fills are collected and sent together. A fill is as old as the number of commits that the host had applied
//! when it read the values, so whatever is collected must be flushed before the next commit is applied.

use crate::driver::BlockError;
use crate::fallback::storage_record;
use crate::images::{ImageStore, delegate};
use crate::overlay::{AccountView, Overlay, StateError};
use crate::queue::{Queue, StateKey};
use alloy_primitives::{Address, B256, U256};
use gaslane_abi::codes::KeyKind;
use gaslane_abi::record::{EXISTS, HAS_BALANCE, HAS_CODE, HAS_NONCE, StateRecord, UNAVAILABLE};
use gaslane_abi::ring::{Command, Submission};
use gaslane_abi::word::{Address20, Word};
use gaslane_abi::{Device, Fork};
use revm::primitives::KECCAK_EMPTY;
use revm::{Database, DatabaseRef};
use zerocopy::IntoBytes;

/// Records in one fill, at most.
const FILL_RECORDS: usize = 512;

/// State records on their way to the card.
#[derive(Debug, Default)]
pub struct Fills {
    records: Vec<StateRecord>,
    /// Commits applied when the collected values were read.
    seq: u64,
}

/// What a fill needs besides the state.
pub struct Filler<'r, D: Device> {
    /// Rings.
    pub queue: &'r mut Queue<D>,
    /// Code images.
    pub images: &'r mut ImageStore,
    /// Rules: images differ by them.
    pub fork: Fork,
    /// Commits that the host has applied.
    pub seq: u64,
}

impl Fills {
    /// Adds a record, read after `seq` commits.
    fn add<D: Device>(&mut self, filler: &mut Filler<'_, D>, record: StateRecord) -> Result<(), BlockError> {
        if self.records.len() >= FILL_RECORDS || (self.seq != filler.seq && !self.records.is_empty()) {
            self.flush(filler.queue)?;
        }
        self.seq = filler.seq;
        self.records.push(record);
        Ok(())
    }

    /// Sends what was collected.
    pub fn flush<D: Device>(&mut self, queue: &mut Queue<D>) -> Result<(), BlockError> {
        if !self.records.is_empty() {
            let bytes = self.records.as_bytes();
            let fill = Submission {
                command: Command::Fill as u8,
                count: self.records.len() as u32,
                len_bytes: bytes.len() as u32,
                seq: self.seq,
                ..Default::default()
            };
            queue.command(fill, &[bytes])?;
            self.records.clear();
        }
        Ok(())
    }

    /// Adds an account, its image loaded before.
    fn account<D: Device, DB: DatabaseRef>(
        &mut self,
        filler: &mut Filler<'_, D>,
        overlay: &mut Overlay<'_, DB>,
        address: Address,
        view: &AccountView,
    ) -> Result<(), BlockError> {
        let code = match filler.images.loaded(view.code_hash, filler.fork) {
            Some(code) => code,
            None => {
                let code = overlay.code(view.code_hash)?;
                filler.images.load(filler.queue, code, view.code_hash, filler.fork)?
            }
        };
        let record = StateRecord {
            kind: KeyKind::Account as u8,
            flags: HAS_BALANCE | HAS_NONCE | HAS_CODE | if view.exists { EXISTS } else { 0 },
            address: Address20::from_be(address.0.0),
            code_handle: code.handle,
            code_bytes: code.code_bytes,
            key: Word::from_be_bytes(view.code_hash.0),
            value: Word(view.balance.into_limbs()),
            nonce: view.nonce,
            ..Default::default()
        };
        self.add(filler, record)
    }

    /// Sends an account ahead, and the account that its code delegates to. Each once per block.
    pub fn prefetch_account<D: Device, DB: DatabaseRef>(
        &mut self,
        filler: &mut Filler<'_, D>,
        overlay: &mut Overlay<'_, DB>,
        address: Address,
    ) -> Result<(), BlockError> {
        let (view, sent) = overlay.send_account(address)?;
        if sent {
            return Ok(());
        }
        self.account(filler, overlay, address, &view)?;
        self.follow_delegation(filler, overlay, &view)
    }

    fn follow_delegation<D: Device, DB: DatabaseRef>(
        &mut self,
        filler: &mut Filler<'_, D>,
        overlay: &mut Overlay<'_, DB>,
        view: &AccountView,
    ) -> Result<(), BlockError> {
        if filler.fork >= Fork::Prague
            && view.code_hash != KECCAK_EMPTY
            && let Some(target) = delegate(overlay.code(view.code_hash)?.original_byte_slice())
        {
            let target = Address::new(target);
            let (view, sent) = overlay.send_account(target)?;
            if !sent {
                self.account(filler, overlay, target, &view)?;
            }
        }
        Ok(())
    }

    /// Sends a storage slot ahead, once per block.
    pub fn prefetch_slot<D: Device, DB: DatabaseRef>(
        &mut self,
        filler: &mut Filler<'_, D>,
        overlay: &mut Overlay<'_, DB>,
        address: Address,
        slot: U256,
    ) -> Result<(), BlockError> {
        match overlay.send_slot(address, slot)? {
            (value, false) => self.add(filler, storage_record(Address20::from_be(address.0.0), slot, value)),
            (_, true) => Ok(()),
        }
    }

    /// Answers an assist, if need be with "unavailable". The card may ask for a key again: it may have evicted it.
    pub fn answer<D: Device, DB: DatabaseRef>(
        &mut self,
        filler: &mut Filler<'_, D>,
        overlay: &mut Overlay<'_, DB>,
        key: &StateKey,
        block: u64,
    ) -> Result<(), BlockError> {
        match self.read(filler, overlay, key, block) {
            // An attempt that a commit will abort may ask for what the block does not need.
            Err(BlockError::State(_)) => self.add(
                filler,
                StateRecord {
                    kind: key.kind as u8,
                    flags: UNAVAILABLE,
                    address: Address20::from_be(key.address.0.0),
                    key: Word(key.slot.into_limbs()),
                    ..Default::default()
                },
            ),
            other => other,
        }
    }

    fn read<D: Device, DB: DatabaseRef>(
        &mut self,
        filler: &mut Filler<'_, D>,
        overlay: &mut Overlay<'_, DB>,
        key: &StateKey,
        block: u64,
    ) -> Result<(), BlockError> {
        match key.kind {
            KeyKind::Account => {
                let (view, _) = overlay.send_account(key.address)?;
                self.account(filler, overlay, key.address, &view)?;
                self.follow_delegation(filler, overlay, &view)
            }
            KeyKind::Storage => {
                let (value, _) = overlay.send_slot(key.address, key.slot)?;
                self.add(filler, storage_record(Address20::from_be(key.address.0.0), key.slot, value))
            }
            KeyKind::BlockHash => {
                let hash = ancestor_hash(overlay, key.slot, block)?;
                let record = StateRecord {
                    kind: KeyKind::BlockHash as u8,
                    key: Word(key.slot.into_limbs()),
                    value: Word::from_be_bytes(hash.0),
                    ..Default::default()
                };
                self.add(filler, record)
            }
        }
    }
}

/// Hash of one of the last 256 blocks, zero for any other number.
fn ancestor_hash<DB: DatabaseRef>(overlay: &mut Overlay<'_, DB>, number: U256, block: u64) -> Result<B256, StateError> {
    match u64::try_from(number) {
        Ok(number) if number < block && block - number <= 256 => overlay.block_hash(number),
        _ => Ok(B256::ZERO),
    }
}
