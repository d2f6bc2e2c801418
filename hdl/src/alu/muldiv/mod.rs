pub mod instruction;
pub mod model;
pub mod program;
