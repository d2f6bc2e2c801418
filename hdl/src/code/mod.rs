//! Blocks between the code store and the issue stage: cache of its lines, words in a line, fields and constants of a
//! word, jump index.

pub mod cache;
pub mod constant;
pub mod decoder;
pub mod jump;
pub mod line_word;

pub use cache::CodeCache;
pub use constant::ConstantUnit;
pub use decoder::Decoder;
pub use jump::JumpTable;
pub use line_word::LineWord;
