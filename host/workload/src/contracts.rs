//! The compiled contracts.

use crate::WorkloadError;
use alloy_primitives::{Bytes, hex};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::OnceLock;

/// The creation code of a contract in `contracts/`.
pub(crate) fn creation(name: &str) -> Result<&'static Bytes, WorkloadError> {
    static CODES: OnceLock<HashMap<String, Bytes>> = OnceLock::new();
    let codes = CODES.get_or_init(|| parse(include_str!("../contracts/compiled.json")).unwrap_or_default());
    codes.get(name).ok_or_else(|| WorkloadError::Contract(name.to_owned()))
}

/// Contracts whose entries are damaged are left out, and then missed by name.
fn parse(text: &str) -> Option<HashMap<String, Bytes>> {
    let Ok(Value::Object(entries)) = serde_json::from_str(text) else { return None };
    let code = |entry: &Value| hex::decode(entry.get("creation")?.as_str()?).ok();
    Some(entries.iter().filter_map(|(name, entry)| Some((name.clone(), code(entry)?.into()))).collect())
}
