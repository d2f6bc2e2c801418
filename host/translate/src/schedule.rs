//! Reorders nodes so that a result is not used by the very next word where something else can run between.

use crate::block::{Block, Item, Kind};
use crate::value::Value;
use gaslane_abi::isa::Format;

/// How many items ahead to look for one that can run earlier.
const WINDOW: usize = 12;

/// Fills gaps between a result and its use.
pub fn schedule(block: &mut Block) {
    let mut items = std::mem::take(&mut block.items);
    let mut position = 0;
    while position + 2 < items.len() {
        if let Item::Node(producer) = items[position]
            && takes_two_cycles(block, producer)
            && uses(block, items[position + 1], producer)
            && let Some(filler) = filler(block, &items, position)
        {
            items[position + 1..=filler].rotate_right(1);
        }
        position += 1;
    }
    block.items = items;
}

fn takes_two_cycles(block: &Block, node: u32) -> bool {
    let node = &block.nodes[node as usize];
    node.result && matches!(node.op.format(), Format::DstAb | Format::DstA)
}

/// Whether an item's own word reads a result.
fn uses(block: &Block, item: Item, node: u32) -> bool {
    let value = Value::Node(node);
    match item {
        Item::Node(user) => block.nodes[user as usize].args().contains(&value),
        Item::Exit(exit) => block.exits[exit as usize].args.contains(&value),
    }
}

/// An item after the user of `position` that may run before it.
fn filler(block: &Block, items: &[Item], position: usize) -> Option<usize> {
    let end = items.len().min(position + 2 + WINDOW);
    // Whether everything that the candidate would overtake is pure.
    let mut all_pure = is_pure(block, items[position + 1]);
    for candidate in position + 2..end {
        let pure = is_pure(block, items[candidate]);
        if let Item::Node(node) = items[candidate]
            && (pure || all_pure)
            && independent(block, node, &items[position..candidate])
        {
            return Some(candidate);
        }
        all_pure &= pure;
    }
    None
}

fn is_pure(block: &Block, item: Item) -> bool {
    matches!(item, Item::Node(node) if block.nodes[node as usize].kind == Kind::Pure)
}

/// Whether a node needs no result of the items.
fn independent(block: &Block, node: u32, items: &[Item]) -> bool {
    block.nodes[node as usize].args().iter().all(|&arg| match arg {
        Value::Node(needed) => !items.contains(&Item::Node(needed)),
        _ => true,
    })
}
