//! The report: one page that needs no network, with a file of results in it.

use super::result::{FORMAT, VERSION};
use serde_json::Value;

const PAGE: &str = include_str!("../report_page/page.html");
const STYLE: &str = include_str!("../report_page/page.css");
/// One scope holds them all; the last one starts.
const SCRIPTS: &[&str] = &[
    include_str!("../report_page/dom.js"),
    include_str!("../report_page/format.js"),
    include_str!("../report_page/data.js"),
    include_str!("../report_page/selection.js"),
    include_str!("../report_page/theme.js"),
    include_str!("../report_page/tables.js"),
    include_str!("../report_page/about.js"),
    include_str!("../report_page/overview.js"),
    include_str!("../report_page/window.js"),
    include_str!("../report_page/timeline.js"),
    include_str!("../report_page/timeline_draw.js"),
    include_str!("../report_page/detail.js"),
    include_str!("../report_page/conflicts.js"),
    include_str!("../report_page/stack.js"),
    include_str!("../report_page/cycles.js"),
    include_str!("../report_page/placement.js"),
    include_str!("../report_page/scaling.js"),
    include_str!("../report_page/revm.js"),
    include_str!("../report_page/run.js"),
    include_str!("../report_page/main.js"),
];

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// It is not JSON.
    #[error("not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// It is something else.
    #[error(
        "no results of a benchmark: `format` is {0}, not \"{FORMAT}\"; `gaslane bench --json` writes what is wanted"
    )]
    Format(Value),
    /// It is of another version of this program.
    #[error(
        "results of version {0}, but this program reads version {VERSION}: measure again, or use the program that measured"
    )]
    Version(Value),
}

/// Makes the page from the text of a file of results.
pub fn page(results: &str) -> Result<String, PageError> {
    let results: Value = serde_json::from_str(results)?;
    if results["format"] != FORMAT {
        return Err(PageError::Format(results["format"].clone()));
    }
    if results["version"] != VERSION {
        return Err(PageError::Version(results["version"].clone()));
    }
    // Nothing in the data may end the script element that holds it.
    let data = serde_json::to_string(&results)?.replace('<', "\\u003c");
    // The data come last: they may hold anything, placeholders too.
    let page = PAGE.replacen("/*STYLE*/", STYLE, 1).replacen("/*SCRIPT*/", &SCRIPTS.join("\n"), 1);
    Ok(page.replacen("/*RUN*/", &data, 1))
}
