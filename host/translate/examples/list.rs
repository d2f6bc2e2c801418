//! Lists the bytecode given as hex.

use gaslane_abi::fork::Fork;
use gaslane_translate::{Options, listing};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let hex = std::env::args().nth(1).ok_or("usage: list HEX")?;
    let code = alloy_primitives::hex::decode(hex)?;
    print!("{}", listing(&code, Fork::Osaka, &Options::default()));
    Ok(())
}
