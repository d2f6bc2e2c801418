//! The folder of a project: sources of the board, the generated card, a manifest.

use super::{Board, Request, hash, source, write};
use crate::card::parts::Parts;
use serde_json::json;
use std::path::Path;

/// Name of the boot memory's words, which the vendor's tool looks for among the project's files.
const BOOT: &str = "boot.mem";
/// Verilog of the card and its boot memory.
const CARD: &str = "gaslane_board.v";

/// Sources that a board is made of: where they stand in `hdl/board`, and where they go.
fn files(board: Board) -> &'static [(&'static str, &'static str)] {
    match board {
        Board::AwsF2 => &[
            ("boot_rom.v", "cl_gaslane/design/boot_rom.v"),
            ("irq_bridge.v", "cl_gaslane/design/irq_bridge.v"),
            ("wide_bridge.v", "cl_gaslane/design/wide_bridge.v"),
            ("lite_gate.v", "cl_gaslane/design/lite_gate.v"),
            ("reset_control.v", "cl_gaslane/design/reset_control.v"),
            ("gaslane_wide.v", "cl_gaslane/design/gaslane_wide.v"),
            ("aws-f2/cl_gaslane.sv", "cl_gaslane/design/cl_gaslane.sv"),
            ("aws-f2/cl_gaslane_defines.vh", "cl_gaslane/design/cl_gaslane_defines.vh"),
            ("aws-f2/cl_id_defines.vh", "cl_gaslane/design/cl_id_defines.vh"),
            ("aws-f2/cl_synth_user.xdc", "cl_gaslane/build/constraints/cl_synth_user.xdc"),
            ("aws-f2/cl_timing_user.xdc", "cl_gaslane/build/constraints/cl_timing_user.xdc"),
            ("aws-f2/small_shell_cl_pnr_user.xdc", "cl_gaslane/build/constraints/small_shell_cl_pnr_user.xdc"),
            ("aws-f2/synth_cl_gaslane.tcl", "cl_gaslane/build/scripts/synth_cl_gaslane.tcl"),
            ("aws-f2/README.txt", "README.txt"),
        ],
        Board::AlveoU50 => &[
            ("boot_rom.v", "rtl/boot_rom.v"),
            ("irq_bridge.v", "rtl/irq_bridge.v"),
            ("lite_gate.v", "rtl/lite_gate.v"),
            ("alveo-u50/gaslane_u50.v", "rtl/gaslane_u50.v"),
            ("alveo-u50/u50.xdc", "constraints/u50.xdc"),
            ("alveo-u50/project.tcl", "project.tcl"),
            ("alveo-u50/README.txt", "README.txt"),
        ],
    }
}

/// Folder of the board's Verilog.
pub fn rtl(board: Board) -> &'static str {
    match board {
        Board::AwsF2 => "cl_gaslane/design",
        Board::AlveoU50 => "rtl",
    }
}

/// The top module of all that needs nothing of the vendor's, and the board's own.
pub fn tops(board: Board) -> (&'static str, &'static str) {
    match board {
        Board::AwsF2 => ("gaslane_wide", "cl_gaslane"),
        Board::AlveoU50 => ("gaslane_u50", "gaslane_u50"),
    }
}

/// Writes all of it.
pub fn write_project(board: Board, request: &Request, parts: &Parts, place: &Path) -> anyhow::Result<()> {
    let card = parts.board(BOOT)?;
    let fill = |text: String| {
        text.replace("@CLOCK_MHZ@", &format!("{}.000", request.clock_mhz))
            .replace("@MEMORY_BYTES@", &parts.memory_bytes.to_string())
    };
    for (from, to) in files(board) {
        write(&place.join(to), &fill(source(from)?))?;
    }
    write(&place.join(rtl(board)).join(CARD), &card)?;
    write(&place.join(rtl(board)).join(BOOT), &parts.boot.memory())?;
    let manifest = json!({
        "board": board.name(),
        "part": board.part(),
        "status": "not yet run on hardware, not yet run through the vendor's tools",
        "configuration": request.config,
        "lanes": parts.lanes,
        "slots": parts.slots,
        "clock_mhz": request.clock_mhz,
        "card_memory_bytes": parts.memory_bytes,
        "git": request.git_hash.as_deref().unwrap_or("unknown: the checkout has changes"),
        "verilog": hash(&card),
        "boot": hash(&parts.boot.memory()),
    });
    write(&place.join("manifest.json"), &(serde_json::to_string_pretty(&manifest)? + "\n"))
}
