//! Synthesis of the hardware blocks: area, clock rate, check of the netlist.

pub mod area;
pub mod blocks;
mod netlist;
mod page;
mod place;

use crate::{root, tools};
use anyhow::bail;
use blocks::Block;
use page::{PAGE, Results, Row};

#[derive(clap::Args)]
pub struct Synth {
    /// Only these blocks.
    block: Vec<String>,
    /// Places and routes too. Takes minutes a block.
    #[arg(long)]
    place: bool,
    /// Writes nothing; fails if the page is not what the blocks give.
    #[arg(long, conflicts_with_all = ["place", "netlist", "block"])]
    check: bool,
    /// Simulates the ECP5 netlist of the blocks against their Verilog instead.
    #[arg(long, conflicts_with = "place", requires = "block")]
    netlist: bool,
    /// Clock cycles of that simulation.
    #[arg(long, default_value_t = 50_000, requires = "netlist")]
    cycles: u64,
    /// Seed of that simulation.
    #[arg(long, default_value_t = 1, requires = "netlist")]
    seed: u64,
}

pub fn run(args: &Synth) -> anyhow::Result<()> {
    let mut needs = vec![tools::YOSYS, tools::VERILATOR];
    if args.place {
        needs.push(tools::NEXTPNR);
    }
    if !tools::available(&needs, "synthesis")? {
        return Ok(());
    }
    let all = blocks::generate()?;
    if let Some(name) = args.block.iter().find(|name| all.iter().all(|block| block.name != **name)) {
        let names: Vec<_> = all.iter().map(|block| block.name.as_str()).collect();
        bail!("there is no block {name}; blocks: {}", names.join(", "));
    }
    let chosen = |block: &&Block| args.block.is_empty() || args.block.contains(&block.name);
    let chosen: Vec<_> = all.iter().filter(chosen).collect();
    if args.netlist {
        return chosen.iter().try_for_each(|block| netlist::check(block, args.cycles, args.seed));
    }
    let yosys = tools::version(tools::YOSYS)?;
    let nextpnr = if args.place { Some(tools::version(tools::NEXTPNR)?) } else { None };
    let old = Results::read()?;
    let measure = |block: &&Block| -> anyhow::Result<Row> {
        blocks::lint(block)?;
        let area = area::measure(block, &yosys)?;
        let timing = match &nextpnr {
            Some(nextpnr) => Some(place::measure(block, &yosys, nextpnr)?),
            None => old.find(&block.name).and_then(|row| row.timing.clone()),
        };
        let rate = timing.as_ref().filter(|t| t.verilog == block.hash()).map(|t| format!(", {:.1} MHz", t.mhz));
        println!("{}: {} LUT4, {} FF{}", block.name, area.ecp5.lut4, area.ecp5.ff, rate.unwrap_or_default());
        Ok(Row { name: block.name.clone(), verilog: block.hash(), yosys: yosys.clone(), area, timing })
    };
    let measured = tools::on_all_cores(&chosen, measure).into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    if args.check {
        return check(&old, &Results { block: measured });
    }
    // Blocks in the order of their list. One that was not chosen keeps its results; one that is gone loses them.
    let rows = all.iter().filter_map(|block| {
        measured.iter().find(|row| row.name == block.name).or_else(|| old.find(&block.name)).cloned()
    });
    Results { block: rows.collect() }.write()
}

/// Fails if the counts that stand in the repository are not those just measured; names clock rates that are stale.
fn check(old: &Results, new: &Results) -> anyhow::Result<()> {
    let mut stale = Vec::new();
    for row in &new.block {
        match old.find(&row.name) {
            None => stale.push(format!("{}: not on the page; run `cargo xtask synth {0}`", row.name)),
            Some(found) if found.verilog != row.verilog => {
                stale.push(format!("{}: the block has changed; run `cargo xtask synth {0}`", row.name));
            }
            Some(found) if found.yosys != row.yosys => stale.push(format!(
                "{}: the page is of Yosys {}, here is {}; install xtask/tools.txt",
                row.name, found.yosys, row.yosys
            )),
            Some(found) if found.area != row.area => stale.push(format!(
                "{}: the page has {:?}, synthesis gives {:?}; run `cargo xtask synth {0}`",
                row.name, found.area, row.area
            )),
            Some(_) => {}
        }
        // Place and route takes an hour for a lane: the page says which clock rates are of an older block.
        if row.timing.as_ref().is_some_and(|timing| timing.verilog != row.verilog) {
            println!("{}: its clock rate is stale; run `cargo xtask synth --place {0}`", row.name);
        }
    }
    for row in old.block.iter().filter(|row| new.find(&row.name).is_none()) {
        stale.push(format!("{}: on the page, but there is no such block; run `cargo xtask synth`", row.name));
    }
    if std::fs::read_to_string(root().join(PAGE)).unwrap_or_default() != page::page(old)? {
        stale.push("it is not what xtask/synth-results.toml gives; run `cargo xtask synth`".to_owned());
    }
    if !stale.is_empty() {
        bail!("{PAGE} is stale:\n{}", stale.join("\n"));
    }
    println!("{PAGE}: {} blocks, nothing stale", new.block.len());
    Ok(())
}
