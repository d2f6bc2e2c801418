//! Writes the Verilog of every hardware block into a folder: `cargo run -p gaslane-hdl --example verilog -- FOLDER`.

use std::{env, error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::args().nth(1).ok_or("usage: verilog FOLDER")?);
    fs::create_dir_all(&folder)?;
    for (name, verilog) in gaslane_hdl::blocks::all() {
        fs::write(folder.join(name).with_extension("v"), verilog)?;
        println!("{name}");
    }
    Ok(())
}
