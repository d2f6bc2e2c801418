//! Gives each result a stack slot.
//!
//! A result goes straight to its slot at the end of the path if what that slot holds is not needed
//! any more; otherwise to a free slot, and a move follows at the exit. Slots that a side exit or
//! the end expects unchanged stay so.

use crate::block::{Block, Item};
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
    /// By [`place`]: last position at which the content or result is needed.
    last: Vec<i32>,
    /// By [`place`]: the slot where a result is wanted, at the end of the path or else at the first side exit.
    wanted: Vec<i8>,
    /// By position: slots that are free from there on, the first of a list.
    freed: Vec<i8>,
    /// By side exit: position.
    exits: Vec<i32>,
}

/// Place of what no slot holds, and of the first node.
const NOWHERE: usize = SLOTS / 2;
const NODES: usize = NOWHERE + 1;

/// Where arrays keep what they tell of a value: first come the slots below entry, then nodes. Without branches, as
/// values are all mixed.
#[inline]
fn place(value: Value) -> usize {
    match value {
        Value::Entry(slot) => (slot - i32::from(SLOT_MIN)) as usize,
        Value::Node(node) => NODES + node as usize,
        _ => NOWHERE,
    }
}

/// Gives each result a slot. `places` is the position of each node.
pub fn allocate(block: &Block, places: &[u32], allocation: &mut Allocation) -> Result<(), NoSlot> {
    let Allocation { slots, used, last, wanted, freed, exits } = allocation;
    let (nodes, end) = (block.nodes.len(), block.items.len());
    slots.clear();
    slots.resize(nodes, 0);
    last.clear();
    last.resize(NODES + nodes, NEVER);
    wanted.clear();
    wanted.resize(NODES + nodes, NONE);
    freed.clear();
    freed.resize(end + 1, NONE);
    exits.clear();

    // The last positions at which contents and results are needed.
    for (position, item) in block.items.iter().enumerate() {
        let position = position as i32;
        match *item {
            Item::Node(node) => {
                for value in block.nodes[node as usize].args {
                    last[place(value)] = position;
                }
            }
            Item::Exit(exit) => {
                exits.push(position);
                let exit = &block.exits[exit as usize];
                for value in [exit.args[0], exit.args[1], exit.target.value()] {
                    last[place(value)] = position;
                }
                for &(_, value) in block.changed(exit.stack) {
                    last[place(value)] = position;
                }
            }
        }
    }
    let path_end = block.end.stack();
    let at_end = path_end.map_or(&[][..], |stack| block.changed(stack));
    for value in block.end_values() {
        last[place(value)] = end as i32;
    }
    for &(_, value) in at_end {
        last[place(value)] = end as i32;
    }
    // An exit needs the slots that it does not restore as they were on entry.
    let mut seen = 0u64;
    let stacks = block.exits.iter().map(|exit| exit.stack).zip(exits.iter().copied());
    for (stack, position) in stacks.chain(path_end.map(|stack| (stack, end as i32))).rev() {
        let mut new = stack.unchanged(block.need) & !seen;
        seen |= new;
        while new != 0 {
            let slot = new.trailing_zeros() as usize;
            last[slot] = last[slot].max(position);
            new &= new - 1;
        }
    }
    let mut next = [NONE; SLOTS];
    let mut free = Slots::up_from(-block.need);
    for slot in -block.need..0 {
        let slot = slot as i8;
        let last = last[index(slot)];
        if last != NEVER {
            free.0 &= !Slots::one(slot).0;
            next[index(slot)] = std::mem::replace(&mut freed[last as usize], slot);
        }
    }

    // Where results are wanted; what comes first wins, and the end before all exits.
    for exit in block.exits.iter().rev() {
        for &(slot, value) in block.changed(exit.stack).iter().rev() {
            wanted[place(value)] = slot;
        }
    }
    for &(slot, value) in at_end.iter().rev() {
        wanted[place(value)] = slot;
    }
    // Slots where results are wanted at the end that have not arrived, and when they do: temporaries must be gone by then.
    let mut claimed = Slots::default();
    let mut claims = [0; SLOTS];
    for &(slot, value) in at_end {
        if let Value::Node(node) = value
            && wanted[place(value)] == slot
        {
            claimed.0 |= Slots::one(slot).0;
            claims[index(slot)] = places[node as usize] as i32;
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
        let end = last[NODES + node].max(position);
        let wanted = wanted[NODES + node];
        let fits = |slot: i8| !claimed.contains(slot) || end <= claims[index(slot)] || claims[index(slot)] <= position;
        let slot = if wanted != NONE && free.contains(wanted) && fits(wanted) {
            wanted
        } else {
            free.into_iter().find(|&slot| fits(slot)).ok_or(NoSlot)?
        };
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
