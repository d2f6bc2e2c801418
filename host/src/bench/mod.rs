//! Measurements of blocks: on the model card with all that it notes, on the hardware design where that is feasible, and by
//! sequential revm on the same input in the same run; and what they would mean on a board.
//!
//! * [`bound`]: the shortest time that the conflicts of a block permit, with any number of lanes.
//! * [`classes`]: where the cycles of lanes go.
//! * [`mod@measure`]: runs a block.
//! * [`profile`], [`project`]: boards, and what is projected for them.
//! * [`machine`]: what the measurement ran on, and its energy.
//! * [`result`]: what comes out, as `gaslane bench --json` writes it and `gaslane report` reads it.
//! * [`page`]: the report.

pub mod bound;
pub mod classes;
pub mod machine;
pub mod measure;
pub mod page;
pub mod profile;
pub mod project;
pub mod result;
pub mod table;

pub use measure::{BenchError, Subject, measure};
pub use profile::{Board, Profile};
pub use result::{Bench, Run};
