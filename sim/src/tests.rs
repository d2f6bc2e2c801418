//! Tests of the shell with scripted lanes, and of lanes that will not stop.

mod commits;
mod endless;
mod host;
mod protocol;
mod random;
pub(crate) mod script;
mod table;
