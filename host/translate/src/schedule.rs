//! Reorders nodes so that a result is not used by the very next word where something else can run between.

use crate::block::{Block, Item, Kind};
use crate::value::Value;
use gaslane_abi::isa::Format;

/// How many items ahead to look for one that can run earlier.
const WINDOW: usize = 12;

/// Fills gaps between a result and its use. `places` is memory for the place of each node.
pub fn schedule(block: &mut Block, places: &mut Vec<u32>) {
    let mut items = std::mem::take(&mut block.items);
    places.clear();
    places.resize(block.nodes.len(), 0);
    for (place, item) in items.iter().enumerate() {
        if let Item::Node(node) = *item {
            places[node as usize] = place as u32;
        }
    }
    let mut position = 0;
    while position + 2 < items.len() {
        if let Item::Node(producer) = items[position]
            && takes_two_cycles(block, producer)
            && uses(block, items[position + 1], producer)
            && let Some(filler) = filler(block, &items, places, position)
        {
            items[position + 1..=filler].rotate_right(1);
            for (place, item) in (position + 1..).zip(&items[position + 1..=filler]) {
                if let Item::Node(node) = *item {
                    places[node as usize] = place as u32;
                }
            }
        }
        position += 1;
    }
    block.items = items;
}

fn takes_two_cycles(block: &Block, node: u32) -> bool {
    let node = &block.nodes[node as usize];
    node.result && matches!(node.format, Format::DstAb | Format::DstA)
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
fn filler(block: &Block, items: &[Item], places: &[u32], position: usize) -> Option<usize> {
    let end = items.len().min(position + 2 + WINDOW);
    // Whether everything that the candidate would overtake is pure.
    let mut all_pure = is_pure(block, items[position + 1]);
    for (candidate, item) in items[..end].iter().enumerate().skip(position + 2) {
        let Item::Node(node) = *item else {
            all_pure = false;
            continue;
        };
        let node = &block.nodes[node as usize];
        let pure = node.kind == Kind::Pure;
        // It needs no result from `position` on.
        let independent =
            |arg: &Value| !matches!(*arg, Value::Node(needed) if places[needed as usize] as usize >= position);
        if (pure || all_pure) && node.args().iter().all(independent) {
            return Some(candidate);
        }
        all_pure &= pure;
    }
    None
}

fn is_pure(block: &Block, item: Item) -> bool {
    matches!(item, Item::Node(node) if block.nodes[node as usize].kind == Kind::Pure)
}
