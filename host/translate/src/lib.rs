//! Translator from EVM bytecode to lane programs.
