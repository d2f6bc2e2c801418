//! Gives each result a stack slot.
//!
//! A result goes straight to its slot at the end of the path if what that slot holds is not needed
//! any more; otherwise to a free slot, and a move follows at the exit. Slots that a side exit or
//! the end expects unchanged stay so.

use crate::block::{Block, ExitStack, Item};
use crate::value::Value;
use gaslane_abi::isa::{SLOT_MAX, SLOT_MIN};

/// The block needs more slots than words can name; a shorter one will not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSlot;

/// Slots of a block's results.
#[derive(Debug)]
pub struct Allocation {
    /// Slot by node.
    pub slots: Vec<i8>,
    /// Slots used above SP so far.
    pub used: i32,
}

const SLOTS: usize = 128;

/// Position before every item.
const NEVER: i32 = -1;

fn index(slot: i8) -> usize {
    (i32::from(slot) - i32::from(SLOT_MIN)) as usize
}

/// Last positions at which contents are needed.
struct Liveness {
    /// By slot: the content it has now.
    busy: [i32; SLOTS],
    /// By node: its result.
    last: Vec<i32>,
}

impl Liveness {
    fn of(block: &Block) -> Self {
        let mut live = Self { busy: [NEVER; SLOTS], last: vec![NEVER; block.nodes.len()] };
        for (position, item) in block.items.iter().enumerate() {
            let position = position as i32;
            match *item {
                Item::Node(node) => {
                    block.nodes[node as usize].args().iter().for_each(|&value| live.touch(value, position));
                }
                Item::Exit(exit) => {
                    let exit = &block.exits[exit as usize];
                    exit.values().for_each(|value| live.touch(value, position));
                    live.touch_unchanged(block, &exit.stack, position);
                }
            }
        }
        let end = block.items.len() as i32;
        block.end.values().for_each(|value| live.touch(value, end));
        if let Some(stack) = block.end.stack() {
            live.touch_unchanged(block, stack, end);
        }
        live
    }

    fn touch(&mut self, value: Value, position: i32) {
        match value {
            Value::Entry(slot) => self.busy[index(slot)] = position,
            Value::Node(node) => self.last[node as usize] = position,
            _ => {}
        }
    }

    /// An exit needs the slots that it does not restore as they were on entry.
    fn touch_unchanged(&mut self, block: &Block, stack: &ExitStack, position: i32) {
        let mut changed = stack.changed.iter().map(|&(slot, _)| i32::from(slot)).peekable();
        for slot in -block.need..i32::from(stack.height).min(0) {
            if changed.next_if_eq(&slot).is_none() {
                self.busy[index(slot as i8)] = position;
            }
        }
    }
}

/// Gives each result a slot.
pub fn allocate(block: &Block) -> Result<Allocation, NoSlot> {
    let mut live = Liveness::of(block);
    let mut position_of = vec![NEVER; block.nodes.len()];
    for (position, item) in block.items.iter().enumerate() {
        if let Item::Node(node) = *item {
            position_of[node as usize] = position as i32;
        }
    }
    // Where results are wanted: at the end of the path, else at the first side exit.
    let mut wanted: Vec<Option<i8>> = vec![None; block.nodes.len()];
    // When the result arrives that is wanted in a slot at the end; temporaries must be gone by then.
    let mut claimed = [i32::MAX; SLOTS];
    for &(slot, value) in block.end.stack().iter().flat_map(|stack| &stack.changed) {
        if let Value::Node(node) = value
            && wanted[node as usize].is_none()
        {
            wanted[node as usize] = Some(slot);
            claimed[index(slot)] = position_of[node as usize];
        }
    }
    for &(slot, value) in block.exits.iter().flat_map(|exit| &exit.stack.changed) {
        if let Value::Node(node) = value {
            wanted[node as usize].get_or_insert(slot);
        }
    }

    let mut allocation = Allocation { slots: vec![0; block.nodes.len()], used: 0 };
    for (position, item) in block.items.iter().enumerate() {
        let Item::Node(node) = *item else { continue };
        if !block.nodes[node as usize].result {
            continue;
        }
        let (position, node) = (position as i32, node as usize);
        let end = live.last[node].max(position);
        let free = |slot: i8| {
            let claim = claimed[index(slot)];
            live.busy[index(slot)] <= position && (end <= claim || claim <= position)
        };
        let slot = wanted[node]
            .filter(|&slot| free(slot))
            .or_else(|| (-block.need as i8..=SLOT_MAX).find(|&slot| free(slot)))
            .ok_or(NoSlot)?;
        live.busy[index(slot)] = end;
        allocation.slots[node] = slot;
        allocation.used = allocation.used.max(i32::from(slot) + 1);
    }
    Ok(allocation)
}
