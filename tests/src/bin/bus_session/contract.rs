//! The numbers of the contract that a check of the bus needs, as JSON.

use gaslane_abi::codes::{CardError, Status};
use gaslane_abi::record::ResultHeader;
use gaslane_abi::regs::{self, Access, CardKind};
use gaslane_abi::ring::{Command, Completion, CompletionKind, Submission};
use gaslane_hdl::CardConfig;
use gaslane_hdl::bus::register_map::Identity;
use gaslane_hdl::card::core_words;
use serde_json::{Map, Value, json};
use std::mem::offset_of;

/// Offset and size of fields of a structure, and its own size.
macro_rules! layout {
    ($structure:ident: $($field:ident),*) => {{
        let value = $structure::default();
        let mut fields = Map::new();
        $(fields.insert(
            stringify!($field).to_owned(),
            json!([offset_of!($structure, $field), size_of_val(&value.$field)]),
        );)*
        json!({"bytes": size_of::<$structure>(), "fields": fields})
    }};
}

/// Names and numbers of a list of codes.
macro_rules! codes {
    ($list:ident) => {
        $list::ALL.iter().map(|code| (code.name().to_owned(), json!(*code as u8))).collect::<Map<String, Value>>()
    };
}

fn access(access: Access) -> &'static str {
    match access {
        Access::Ro => "ro",
        Access::Rw => "rw",
        Access::Wo => "wo",
    }
}

/// All of them; `fixed` are the registers at the beginning of the map as a core of this configuration has them before straps.
pub fn numbers(config: &CardConfig) -> Value {
    let registers: Map<_, _> = regs::MAP
        .iter()
        .map(|row| {
            let of = json!({"offset": row.offset, "count": row.count, "access": access(row.access)});
            (row.name.to_owned(), of)
        })
        .collect();
    json!({
        "card_id": gaslane_abi::CARD_ID,
        "abi_version": gaslane_abi::ABI_VERSION,
        "bar_bytes": regs::BAR0_BYTES,
        "registers": registers,
        "fixed": core_words(config, &Identity::of(CardKind::Simulation)),
        "status": {
            "running": regs::STATUS_RUNNING,
            "idle": regs::STATUS_IDLE,
            "error": regs::STATUS_ERROR,
        },
        "commands": codes!(Command),
        "completion_kinds": codes!(CompletionKind),
        "errors": codes!(CardError),
        "tx_status": codes!(Status),
        "submission": layout!(Submission: command, flags, tag, addr, len_bytes, count, record_addr, record_bytes),
        "completion": layout!(Completion: kind, code, phase, tag, record_bytes),
        "result": layout!(
            ResultHeader: status, tag, lane, evm_instructions, start_cycle, finish_cycle, commit_cycle, state_wait_cycles
        ),
    })
}
