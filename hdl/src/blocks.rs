//! Every block with the Verilog that it becomes: what lint, synthesis and reports go through.

use gaslane_abi::regs::CardKind;
use rust_hdl_core::prelude::*;

use crate::{
    access::AccessUnit,
    alu::{AddSub, ByteUnit, Clz, LogicUnit, MulDiv, Shifter, muldiv::Microcode},
    board::{Crc32, Link, ReadQueue, Receiver, Sender, Uart},
    bus::{
        BurstWalk, Fifo, HostReader, HostSide, HostWriter, ReadArbiter, Registers, Slice, WriteArbiter,
        register_map::Identity, request::RequestWord,
    },
    card::{
        CodeServer, CompletionShare, FillUnit, LaneBus, LanePort, LaneRows, LaneTurn, LaunchUnit, Panel, RecordHead,
        SmallCore, StateDoor, TableShare, core_words,
    },
    code::{CodeCache, ConstantUnit},
    config::CardConfig,
    hash::{HashEngine, Sponge},
    lane::{
        LaneLayout, SmallLane, control::ControlTable, frame_records::FrameRecords, gas::GasCounter, growth::GrowthPrice,
    },
    leaf::{
        ByteChoice, ByteRotator, KeepMask, LimbFile, LimbProduct, LineRam, MemoryBank, OperandRam, PowerOfTwo, Ram,
        ReciprocalSeed, SmallRam,
    },
    manage::{DataRam, FarQueue, FirstBytes, Mover, Processor},
    memory::{CopyEngine, LaneMemory},
    queue::{CompletionWriter, Control, Interrupts, RingCheck, SubmissionFetch},
    table::{CommitUnit, ConflictDetector, KeyHash, StateTable},
    word::W256,
};

/// Verilog of a block; its top module is called `top`.
pub fn verilog<B: Block>(mut block: B) -> String {
    block.connect_all();
    generate_verilog(&block)
}

/// Operand stack of a lane: 1,024 EVM words.
pub type OperandStack = OperandRam<W256, 10>;
/// Code cache of a lane: 16 KiB.
pub type ProgramCache = CodeCache<9>;
/// Its RAM.
pub type ProgramCacheRam = LineRam<9>;
/// Memory of a small lane: 64 KiB.
pub type SmallMemory = LaneMemory<11>;
/// One of its two banks.
pub type SmallBank = MemoryBank<11>;

/// Access table of a small card: 256 entries, 512 undo records.
pub type SmallAccessUnit = AccessUnit<8, 9>;
/// RAM like the index of that table.
pub type AccessIndex = Ram<Bits<16>, 8, 1>;

/// Queue of requests of a reader or writer.
pub type RequestFifo = Fifo<RequestWord, 2>;
/// Its RAM.
pub type RequestRam = SmallRam<RequestWord, 2>;
/// Register slice of 256 bits.
pub type WordSlice = Slice<W256>;
/// State table of a small card: 4,096 entries in sets of four, 2 slots.
pub type SmallStateTable = StateTable<10, 2, 1, 8>;
/// The smallest that has everything, for proofs: 4 entries in sets of two, 2 slots.
pub type TinyStateTable = StateTable<1, 1, 1, 0>;

/// Data memory of the processor: 64 KiB.
pub type ManagerRam = DataRam<12>;

/// Commit unit for the access table of a small card.
pub type SmallCommitUnit = CommitUnit<8>;

/// Name and Verilog of every block.
pub fn all() -> Vec<(&'static str, String)> {
    vec![
        ("addsub", verilog(AddSub::default())),
        ("logic", verilog(LogicUnit::default())),
        ("shifter", verilog(Shifter::default())),
        ("byte", verilog(ByteUnit::default())),
        ("clz", verilog(Clz::default())),
        ("muldiv", verilog(MulDiv::default())),
        ("microcode", verilog(Microcode::default())),
        ("limb_file", verilog(LimbFile::default())),
        ("power_of_two", verilog(PowerOfTwo::default())),
        ("reciprocal_seed", verilog(ReciprocalSeed::default())),
        ("limb_product", verilog(LimbProduct::default())),
        ("keep_mask", verilog(KeepMask::default())),
        ("operand_ram", verilog(OperandStack::default())),
        ("ram", verilog(AccessIndex::default())),
        ("line_ram", verilog(ProgramCacheRam::default())),
        ("code_cache", verilog(ProgramCache::default())),
        ("constant", verilog(ConstantUnit::default())),
        ("sponge", verilog(Sponge::default())),
        ("hash_engine", verilog(HashEngine::default())),
        ("access", verilog(SmallAccessUnit::default())),
        ("control", verilog(ControlTable::default())),
        ("gas", verilog(GasCounter::default())),
        ("growth", verilog(GrowthPrice::default())),
        ("frame_records", verilog(FrameRecords::<5>::default())),
        ("byte_choice", verilog(ByteChoice::default())),
        ("byte_rotator", verilog(ByteRotator::<0, 5>::default())),
        ("memory_bank", verilog(SmallBank::default())),
        ("lane_memory", verilog(SmallMemory::default())),
        ("copy_engine", verilog(CopyEngine::default())),
        ("small_ram", verilog(RequestRam::default())),
        ("fifo", verilog(RequestFifo::default())),
        ("slice", verilog(WordSlice::default())),
        ("burst_walk", verilog(BurstWalk::default())),
        ("host_reader", verilog(HostReader::default())),
        ("host_writer", verilog(HostWriter::default())),
        ("registers", verilog(Registers::default())),
        ("read_arbiter", verilog(ReadArbiter::default())),
        ("write_arbiter", verilog(WriteArbiter::default())),
        ("ring_check", verilog(RingCheck::default())),
        ("submission_fetch", verilog(SubmissionFetch::default())),
        ("completion_writer", verilog(CompletionWriter::default())),
        ("interrupts", verilog(Interrupts::default())),
        ("card_control", verilog(Control::default())),
        ("host_side", verilog(HostSide::default())),
        ("key_hash", verilog(KeyHash::default())),
        ("state_table", verilog(SmallStateTable::default())),
        ("state_table_tiny", verilog(TinyStateTable::default())),
        ("commit", verilog(SmallCommitUnit::default())),
        ("conflict", verilog(ConflictDetector::default())),
        ("processor", verilog(Processor::default())),
        ("data_ram", verilog(ManagerRam::default())),
        ("first_bytes", verilog(FirstBytes::default())),
        ("far_queue", verilog(FarQueue::default())),
        ("mover", verilog(Mover::default())),
        ("lane_port", verilog(LanePort::default())),
        ("lane_bus", verilog(LaneBus::default())),
        ("lane_rows", verilog(LaneRows::default())),
        ("lane_turn", verilog(LaneTurn::default())),
        ("table_share", verilog(TableShare::default())),
        ("state_door", verilog(StateDoor::default())),
        ("completion_share", verilog(CompletionShare::default())),
        ("fill_unit", verilog(FillUnit::default())),
        ("record_head", verilog(RecordHead::default())),
        ("launch", verilog(LaunchUnit::default())),
        ("code_server", verilog(CodeServer::default())),
        ("panel", verilog(Panel::default())),
        ("crc32", verilog(Crc32::default())),
        ("uart", verilog(Uart::default())),
        ("receiver", verilog(Receiver::default())),
        ("sender", verilog(Sender::default())),
        ("read_queue", verilog(ReadQueue::default())),
        ("link", verilog(Link::default())),
        ("lane_small", verilog(SmallLane::new(&LaneLayout::new(&CardConfig::small())))),
    ]
}

/// The core of a small card, of many of these blocks.
pub fn core() -> (&'static str, String) {
    ("core_small", verilog(SmallCore::new(&core_words(&CardConfig::small(), &Identity::of(CardKind::Simulation)))))
}
