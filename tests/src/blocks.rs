//! Blocks that are not in the repository.

use std::path::{Path, PathBuf};

/// Bundles of the folder in `GASLANE_BLOCKS`, or of `../shared/data/blocks` beside the repository, by name. None is fine; says so.
pub fn further_blocks() -> Vec<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/blocks");
    let folder = std::env::var_os("GASLANE_BLOCKS").map_or(beside, PathBuf::from);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("no folder {}: nothing to do", folder.display());
        return Vec::new();
    };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}
