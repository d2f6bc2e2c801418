//! Merkle trees whose nodes are hashed in order of size, as many airdrops have them.

use alloy_primitives::{B256, keccak256};

/// All levels of a tree, leaves first.
pub(crate) struct Tree(Vec<Vec<B256>>);

impl Tree {
    /// A node without a neighbour goes up as it is.
    pub(crate) fn new(leaves: Vec<B256>) -> Self {
        let mut levels = vec![leaves];
        while let Some(last) = levels.last()
            && last.len() > 1
        {
            let next = last.chunks(2).map(|pair| if let [a, b] = pair { node(*a, *b) } else { pair[0] }).collect();
            levels.push(next);
        }
        Self(levels)
    }

    pub(crate) fn root(&self) -> B256 {
        self.0.last().and_then(|level| level.first()).copied().unwrap_or_default()
    }

    /// The neighbours on the way from a leaf to the root.
    pub(crate) fn proof(&self, mut index: usize) -> Vec<B256> {
        let mut proof = Vec::new();
        for level in &self.0 {
            proof.extend(level.get(index ^ 1));
            index /= 2;
        }
        proof
    }
}

fn node(a: B256, b: B256) -> B256 {
    let (first, second) = if a < b { (a, b) } else { (b, a) };
    keccak256([first, second].concat())
}
