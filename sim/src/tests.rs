//! Tests of the shell with scripted lanes.

mod commits;
mod host;
mod protocol;
mod random;
pub(crate) mod script;
mod table;
