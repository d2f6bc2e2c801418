//! The card around its lanes.
//!
//! - [`layout`]: operations of the lane bus, rows of a lane's state;
//! - `ports`: ports of the core and of a lane's port as plain data;
//! - `lane_port`, `ported_lane`, `lane_bus`, `lane_rows`: between the card's parts and its lanes;
//! - `state_door`, `table_share`, `completion_share`: state reads of lanes; one state table for all its users, one way for completions;
//! - `fill_unit`: state that the host sends;
//! - `launch`: attempts begin; `record_head`: the header of a result record;
//! - `code_server`: code refills;
//! - `panel`: registers of the management processor;
//! - `core`: everything but the lanes.

#[cfg(feature = "rtl")]
pub mod code_server;
#[cfg(feature = "rtl")]
pub mod completion_share;
#[cfg(feature = "rtl")]
pub mod core;
#[cfg(feature = "rtl")]
pub mod fill_unit;
#[cfg(feature = "rtl")]
pub mod lane_bus;
#[cfg(feature = "rtl")]
pub mod lane_port;
#[cfg(feature = "rtl")]
pub mod lane_rows;
#[cfg(feature = "rtl")]
pub mod lane_turn;
#[cfg(feature = "rtl")]
pub mod launch;
pub mod layout;
#[cfg(feature = "rtl")]
pub mod panel;
#[cfg(feature = "rtl")]
pub mod ported_lane;
#[cfg(feature = "rtl")]
pub mod ports;
#[cfg(feature = "rtl")]
pub mod record_head;
#[cfg(feature = "rtl")]
pub mod size;
#[cfg(feature = "rtl")]
pub mod state_door;
#[cfg(feature = "rtl")]
pub mod table_share;

#[cfg(feature = "rtl")]
pub use self::{
    code_server::CodeServer,
    completion_share::CompletionShare,
    core::Core,
    fill_unit::FillUnit,
    lane_bus::LaneBus,
    lane_port::LanePort,
    lane_rows::LaneRows,
    lane_turn::LaneTurn,
    launch::LaunchUnit,
    panel::Panel,
    ported_lane::PortedLane,
    record_head::RecordHead,
    size::{LargeCore, SmallCore, core_size, core_words, slots},
    state_door::StateDoor,
    table_share::TableShare,
};
pub use layout::{LaneOp, SetRegister, StatusRow};
