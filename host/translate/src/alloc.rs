//! Gives each result a stack slot.
//!
//! A result goes straight to its slot at the end of the path if what that slot holds is not needed
//! any more; otherwise to a free slot, and a move follows at the exit. Slots that a side exit or
//! the end expects unchanged stay so.

use crate::block::{Block, ExitStack, Item};
use crate::moves::Slots;
use crate::value::Value;
use gaslane_abi::isa::{SLOT_MAX, SLOT_MIN};

/// The block needs more slots than words can name; a shorter one will not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSlot;

const SLOTS: usize = 128;

/// Position before every item.
const NEVER: i32 = -1;
/// No slot.
const NONE: i8 = i8::MAX;

fn index(slot: i8) -> usize {
    (i32::from(slot) - i32::from(SLOT_MIN)) as usize
}

/// Slots of a block's results. Its memory serves one block after the other.
#[derive(Debug, Default)]
pub struct Allocation {
    /// Slot by node.
    pub slots: Vec<i8>,
    /// Slots used above SP so far.
    pub used: i32,
    /// By node: last position at which its result is needed.
    last: Vec<i32>,
    /// By node: the slot where its result is wanted, at the end of the path or else at the first side exit.
    wanted: Vec<i8>,
    /// By position: slots that are free from there on, a list through `next`.
    freed: Vec<i8>,
}

/// Last positions at which contents are needed, found from the end of the block.
struct Liveness<'a> {
    /// By node: its result.
    last: &'a mut [i32],
    /// Slots whose content on entry is needed.
    seen: Slots,
    /// By position: slots that are free from there on, a list through `next`.
    freed: &'a mut [i8],
    next: &'a mut [i8; SLOTS],
}

impl Liveness<'_> {
    fn touch(&mut self, value: Value, position: usize) {
        match value {
            Value::Entry(slot) if !self.seen.contains(slot as i8) => {
                let slot = slot as i8;
                self.seen.0 |= Slots::one(slot).0;
                self.free(slot, position);
            }
            Value::Node(node) if self.last[node as usize] == NEVER => self.last[node as usize] = position as i32,
            _ => {}
        }
    }

    fn free(&mut self, slot: i8, position: usize) {
        self.next[index(slot)] = std::mem::replace(&mut self.freed[position], slot);
    }

    /// An exit needs the slots that it does not restore as they were on entry.
    fn touch_unchanged(&mut self, block: &Block, stack: ExitStack, position: usize) {
        let below = Slots::range(-block.need, i32::from(stack.height).min(0));
        let changed = block.changed(stack).iter().fold(0, |all, &(slot, _)| all | Slots::one(slot).0);
        let new = Slots(below.0 & !changed & !self.seen.0);
        self.seen.0 |= new.0;
        for slot in new {
            self.free(slot, position);
        }
    }
}

/// Gives each result a slot.
pub fn allocate(block: &Block, allocation: &mut Allocation) -> Result<(), NoSlot> {
    let Allocation { slots, used, last, wanted, freed } = allocation;
    let (nodes, end) = (block.nodes.len(), block.items.len());
    slots.clear();
    slots.resize(nodes, 0);
    last.clear();
    last.resize(nodes, NEVER);
    wanted.clear();
    wanted.resize(nodes, NONE);
    freed.clear();
    freed.resize(end + 1, NONE);
    let mut next = [NONE; SLOTS];

    let mut live = Liveness { last, seen: Slots::default(), freed, next: &mut next };
    block.end_values().for_each(|value| live.touch(value, end));
    if let Some(stack) = block.end.stack() {
        live.touch_unchanged(block, stack, end);
    }
    for (position, item) in block.items.iter().enumerate().rev() {
        match *item {
            Item::Node(node) => {
                block.nodes[node as usize].args().iter().for_each(|&value| live.touch(value, position));
            }
            Item::Exit(exit) => {
                let exit = &block.exits[exit as usize];
                block.exit_values(exit).for_each(|value| live.touch(value, position));
                live.touch_unchanged(block, exit.stack, position);
            }
        }
    }
    let mut free = Slots(!Slots::range(SLOT_MIN.into(), -block.need).0 & !live.seen.0);

    // Slots where results are wanted at the end that have not arrived: temporaries must be gone by then.
    let mut claimed = Slots::default();
    for &(slot, value) in block.end.stack().map_or(&[][..], |stack| block.changed(stack)) {
        if let Value::Node(node) = value
            && wanted[node as usize] == NONE
        {
            wanted[node as usize] = slot;
            claimed.0 |= Slots::one(slot).0;
        }
    }
    // When they arrive.
    let mut claims = [0; SLOTS];
    if claimed != Slots::default() {
        for (position, item) in block.items.iter().enumerate() {
            if let Item::Node(node) = *item
                && wanted[node as usize] != NONE
            {
                claims[index(wanted[node as usize])] = position as i32;
            }
        }
    }
    for exit in &block.exits {
        for &(slot, value) in block.changed(exit.stack) {
            if let Value::Node(node) = value
                && wanted[node as usize] == NONE
            {
                wanted[node as usize] = slot;
            }
        }
    }

    *used = 0;
    for (position, item) in block.items.iter().enumerate() {
        let mut slot = freed[position];
        while slot != NONE {
            free.0 |= Slots::one(slot).0;
            slot = next[index(slot)];
        }
        let Item::Node(node) = *item else { continue };
        if !block.nodes[node as usize].result {
            continue;
        }
        let (position, node) = (position as i32, node as usize);
        let end = last[node].max(position);
        let fits = |slot: i8| !claimed.contains(slot) || end <= claims[index(slot)] || claims[index(slot)] <= position;
        let slot = Some(wanted[node])
            .filter(|&slot| slot != NONE && free.contains(slot) && fits(slot))
            .or_else(|| free.into_iter().find(|&slot| fits(slot)))
            .ok_or(NoSlot)?;
        if end > position {
            free.0 &= !Slots::one(slot).0;
            next[index(slot)] = std::mem::replace(&mut freed[end as usize], slot);
        }
        slots[node] = slot;
        *used = (*used).max(i32::from(slot) + 1);
    }
    Ok(())
}

const _: () = assert!(SLOT_MAX as usize == SLOTS / 2 - 1);
