//! Writes the blockchain tests of our own: `cargo run --release -p gaslane-tests --bin blocktests`.

use flate2::{Compression, GzBuilder};
use std::fs::File;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/block_tests.tar.gz");
    // Neither names nor times, so that the same tests give the same file.
    let mut archive = tar::Builder::new(GzBuilder::new().write(File::create(&path)?, Compression::best()));
    for (name, content) in gaslane_tests::chains::generate() {
        let text = serde_json::to_vec(&content)?;
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, &name, &text[..])?;
        println!("{name}: {} bytes", text.len());
    }
    archive.into_inner()?.finish()?;
    println!("{}: {} bytes", path.display(), path.metadata()?.len());
    Ok(())
}
