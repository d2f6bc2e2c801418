//! Tests of the shell with scripted lanes.

mod commits;
mod host;
mod protocol;
mod random;
mod script;
mod table;
