//! Lane bus, the ports of lanes on it, and streams of rows over it.

use std::collections::VecDeque;

use gaslane_hdl::{
    CardConfig,
    card::{
        LaneBus, LaneOp, LanePort, LaneRows, SetRegister, StatusRow,
        lane_bus::BUS_RESPONSE_CYCLES,
        lane_port::{ENV_CYCLES, HOLD_CYCLES, RESPONSE_CYCLES, STORE_CYCLES},
        lane_rows::PLACES,
        layout::{
            AttemptField, END_HALT_BYTE, END_STATUS_BYTE, KEY_ADDRESS, KEY_FIELD, KEY_KIND, REASON_BYTE, STATUS_BYTE,
            WAITS_FOR_HEAD, WAITS_FOR_STATE, WantsField, rows_address,
        },
    },
    lane::size::SMALL,
    word::{W64, W160, W256},
};
use rand::{Rng, rngs::SmallRng};
use rust_hdl_core::prelude::*;

use crate::{
    axi::Stable,
    dut,
    harness::Bench,
    random::{rng, word},
};

dut!(LanePort, clocked,
    [number, down_valid, down_lane, down_all, down_op, down_tag, down_address, down_data, down_code,
        status, reason, port_loaded, env_word, drain_data, entries, state_request, state_kind, state_address, state_slot, state_field,
        head_wait, fill_request, fill_line, missing_handle, missing_number, ask_kind, ask_address, ask_available, ask_bytes,
        end_status, end_halt, output_bytes, log_count, log_bytes, program_words, firmware_words]
    => [up_valid, up_tag, up_data, stopped, asks_state, wants_line,
        reset, start, is_head, port_store, port_address, port_data, env_write, env_index, drain_row, state_valid, state_value,
        state_code, fill_ready, fill_valid, fill_data, code_flush, code_drop, drop_line, code_resume, answer_valid,
        answer_bytes, calldata_start, calldata_bytes, payload_bytes, record_bytes]);
dut!(LaneBus, clocked,
    [valid0, lane0, op0, address0, data0, code0, valid1, lane1, op1, address1, data1, valid2, lane2, op2, address2, data2,
        valid3, lane3, all3, op3, address3, data3, up_valid, up_tag, up_data]
    => [ready0, response_valid0, ready1, response_valid1, ready2, response_valid2, ready3, response_valid3, response_data,
        down_valid, down_lane, down_all, down_op, down_tag, down_address, down_data, down_code]);
dut!(LaneRows, clocked,
    [reset, read_valid, read_address, read_beats, read_data_ready, write_valid, write_address, write_beats, write_data_valid, write_data,
        write_done_ready, bus_ready, response_valid, response_data]
    => [read_ready, read_data_valid, read_data, write_ready, write_data_ready, write_done_valid,
        bus_valid, bus_lane, bus_op, bus_address, bus_data]);

fn w64(value: u64) -> W64 {
    W64::from_limbs([value])
}

fn reversed(word: W256) -> W256 {
    let limbs = word.limbs();
    W256::from_limbs(std::array::from_fn(|i| limbs[3 - i].swap_bytes()))
}

/// An operation on the bus.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Op {
    lane: u64,
    all: bool,
    op: LaneOp,
    tag: u64,
    address: u32,
    data: W256,
    code: u64,
}

macro_rules! drive {
    ($bench:expr, $op:expr) => {{
        let op: Option<Op> = $op;
        $bench.down_valid.next = op.is_some();
        if let Some(op) = op {
            $bench.down_lane.next = op.lane.into();
            $bench.down_all.next = op.all;
            $bench.down_op.next = (op.op as u64).into();
            $bench.down_tag.next = op.tag.into();
            $bench.down_address.next = u64::from(op.address).into();
            $bench.down_data.next = op.data;
            $bench.down_code.next = w64(op.code);
        }
    }};
}

/// What a lane says, at random.
#[derive(Clone, Copy)]
struct Says {
    words: [W256; 4],
    address: W160,
    numbers: [u64; 18],
    state_request: bool,
    head_wait: bool,
    fill_request: bool,
}

/// Widths of the numbers, in the order of [`Says::numbers`].
const WIDTHS: [u32; 18] = [4, 8, 16, 2, 2, 32, 32, 32, 8, 20, 20, 20, 2, 8, 20, 16, 20, 32];

impl Says {
    fn random(rng: &mut SmallRng) -> Self {
        let mut numbers = WIDTHS.map(|bits| rng.random::<u64>() & ((1 << bits) - 1));
        if rng.random() {
            numbers[0] = rng.random_range(0..3);
        }
        Self {
            words: std::array::from_fn(|_| word(rng)),
            address: W160::from_limbs(rng.random()),
            numbers,
            state_request: rng.random_bool(0.3),
            head_wait: rng.random_bool(0.3),
            fill_request: rng.random_bool(0.2),
        }
    }

    fn row(&self, row: StatusRow, firmware_words: u64) -> W256 {
        let n = &self.numbers;
        let mut bits = W256::ZERO;
        let mut put = |at: u32, value: u64| {
            bits = bits | W256::from_limbs([value, 0, 0, 0]) << u64::from(at);
        };
        match row {
            StatusRow::Slot => return self.words[3],
            StatusRow::Key => {
                for (i, limb) in self.address.limbs().iter().enumerate() {
                    put(KEY_ADDRESS + 64 * i as u32, *limb);
                }
                put(KEY_KIND, n[3]);
                put(KEY_FIELD, n[4]);
            }
            StatusRow::Attempt => {
                put(8 * STATUS_BYTE, n[0]);
                put(8 * REASON_BYTE, n[1]);
                put(8 * END_STATUS_BYTE, n[12]);
                put(8 * END_HALT_BYTE, n[13]);
                put(32 * AttemptField::Entries as u32, n[2]);
                put(32 * AttemptField::OutputBytes as u32, n[14]);
                put(32 * AttemptField::LogCount as u32, n[15]);
                put(32 * AttemptField::LogBytes as u32, n[16]);
                put(32 * AttemptField::ProgramWords as u32, n[17]);
                put(32 * AttemptField::FirmwareWords as u32, firmware_words);
                put(32 * AttemptField::AskKind as u32, n[8]);
            }
            StatusRow::Wants => {
                put(32 * WantsField::FillLine as u32, n[5]);
                put(32 * WantsField::MissingHandle as u32, n[6]);
                put(32 * WantsField::MissingNumber as u32, n[7]);
                put(32 * WantsField::AskAddress as u32, n[9]);
                put(32 * WantsField::AskAvailable as u32, n[10]);
                put(32 * WantsField::AskBytes as u32, n[11]);
                let waits = |set: bool, bit: u32| if set { u64::from(bit) } else { 0 };
                let waits = waits(self.head_wait, WAITS_FOR_HEAD) | waits(self.state_request, WAITS_FOR_STATE);
                put(32 * WantsField::Waits as u32, waits);
            }
        }
        bits
    }

    fn drive(&self, bench: &mut Bench<LanePort>, firmware_words: u64) {
        let n = self.numbers;
        bench.port_loaded.next = self.words[0];
        bench.env_word.next = self.words[1];
        bench.drain_data.next = self.words[2];
        bench.state_slot.next = self.words[3];
        bench.state_address.next = self.address;
        bench.status.next = n[0].into();
        bench.reason.next = n[1].into();
        bench.entries.next = n[2].into();
        bench.state_kind.next = n[3].into();
        bench.state_field.next = n[4].into();
        bench.fill_line.next = n[5].into();
        bench.missing_handle.next = n[6].into();
        bench.missing_number.next = n[7].into();
        bench.ask_kind.next = n[8].into();
        bench.ask_address.next = n[9].into();
        bench.ask_available.next = n[10].into();
        bench.ask_bytes.next = n[11].into();
        bench.end_status.next = n[12].into();
        bench.end_halt.next = n[13].into();
        bench.output_bytes.next = n[14].into();
        bench.log_count.next = n[15].into();
        bench.log_bytes.next = n[16].into();
        bench.program_words.next = n[17].into();
        bench.firmware_words.next = firmware_words.into();
        bench.state_request.next = self.state_request;
        bench.head_wait.next = self.head_wait;
        bench.fill_request.next = self.fill_request;
    }
}

/// The port in plain Rust.
#[derive(Default)]
struct PortModel {
    cycle: u64,
    /// Operation that the lane takes in this cycle.
    taken: Option<Op>,
    set: [u64; 5],
    wants: bool,
    takes_request: bool,
    stopped: bool,
    asks_state: bool,
    rests_until: u64,
    /// Responses: cycle of the operation, the operation, its word as soon as it is known.
    responses: VecDeque<(u64, Op, W256)>,
}

impl PortModel {
    fn check(&self, bench: &Bench<LanePort>) {
        let is = |op| self.taken.is_some_and(|taken| taken.op == op);
        let pulses = [
            (bench.reset.val(), LaneOp::Reset),
            (bench.port_store.val(), LaneOp::Store),
            (bench.env_write.val(), LaneOp::Env),
            (bench.start.val(), LaneOp::Start),
            (bench.state_valid.val(), LaneOp::State),
            (bench.code_resume.val(), LaneOp::Resume),
            (bench.answer_valid.val(), LaneOp::Answer),
            (bench.fill_valid.val(), LaneOp::Fill),
            (bench.code_drop.val(), LaneOp::Drop),
            (bench.code_flush.val(), LaneOp::Flush),
        ];
        for (pulse, op) in pulses {
            assert_eq!(pulse, is(op), "{op:?}");
        }
        if let Some(op) = self.taken {
            match op.op {
                LaneOp::Store => {
                    assert_eq!(bench.port_address.val().to_u64(), u64::from(op.address & 0xf_ffff));
                    assert_eq!(bench.port_data.val(), reversed(op.data));
                }
                LaneOp::Env => {
                    assert_eq!(bench.env_index.val().to_u64(), u64::from(op.address & 0x7f));
                    assert_eq!(bench.port_data.val(), op.data);
                }
                LaneOp::State => {
                    assert_eq!(bench.state_value.val(), op.data);
                    assert_eq!(bench.state_code.val(), w64(op.code));
                }
                LaneOp::Answer => {
                    assert_eq!(bench.port_data.val(), op.data);
                    assert_eq!(bench.answer_bytes.val().to_u64(), u64::from(op.address & 0xf_ffff));
                }
                LaneOp::Fill => assert_eq!(bench.fill_data.val(), reversed(op.data)),
                LaneOp::Drop => assert_eq!(bench.drop_line.val().to_u64(), u64::from(op.address)),
                LaneOp::Load => assert_eq!(bench.port_address.val().to_u64(), u64::from(op.address & 0xf_ffff)),
                LaneOp::GetEnv => assert_eq!(bench.env_index.val().to_u64(), u64::from(op.address & 0x7f)),
                LaneOp::Drain => assert_eq!(bench.drain_row.val().to_u64(), u64::from(op.address & 0xffff)),
                _ => {}
            }
        }
        let set = [
            bench.calldata_start.val().to_u64(),
            bench.calldata_bytes.val().to_u64(),
            bench.payload_bytes.val().to_u64(),
            bench.record_bytes.val().to_u64(),
            u64::from(bench.is_head.val()),
        ];
        assert_eq!(set, self.set);
        assert_eq!((bench.wants_line.val(), bench.fill_ready.val()), (self.wants, self.takes_request));
        assert_eq!((bench.stopped.val(), bench.asks_state.val()), (self.stopped, self.asks_state));
        let due = self.responses.front().filter(|(at, ..)| *at + RESPONSE_CYCLES == self.cycle);
        let (tag, data) = due.map_or((0, W256::ZERO), |(_, op, data)| (op.tag, *data));
        let response = (bench.up_valid.val(), bench.up_tag.val().to_u64(), bench.up_data.val());
        assert_eq!(response, (due.is_some(), tag, data), "{due:?}");
    }

    fn tick(&mut self, op: Option<Op>, says: &Says, firmware_words: u64) {
        if self.responses.front().is_some_and(|(at, ..)| *at + RESPONSE_CYCLES == self.cycle) {
            self.responses.pop_front();
        }
        for (at, op, data) in &mut self.responses {
            match (op.op, self.cycle - *at) {
                (LaneOp::Load, 4) => *data = reversed(says.words[0]),
                (LaneOp::GetEnv, 2) => *data = says.words[1],
                (LaneOp::Drain, 2) => *data = says.words[2],
                (LaneOp::Status, 2) => *data = says.row(StatusRow::ALL[op.address as usize & 3], firmware_words),
                _ => {}
            }
        }
        let was_head = self.set[4] == 1;
        self.taken = op;
        let requested = says.fill_request && self.takes_request;
        let mut fills = false;
        if let Some(op) = op {
            let mut goes_on =
                matches!(op.op, LaneOp::Reset | LaneOp::Start | LaneOp::State | LaneOp::Resume | LaneOp::Answer);
            match op.op {
                LaneOp::Reset => self.set[4] = 0,
                LaneOp::Set => {
                    let register = op.address as usize & 7;
                    if let Some(register) = SetRegister::ALL.get(register) {
                        let mask = (1 << register.bits()) - 1;
                        self.set[*register as usize] = op.data.limbs()[0] & mask;
                        goes_on |= *register == SetRegister::IsHead;
                    }
                }
                LaneOp::Fill => fills = true,
                _ => {}
            }
            if goes_on {
                self.rests_until = self.cycle + HOLD_CYCLES + 1;
            }
            if op.op.responds() {
                self.responses.push_back((self.cycle, op, W256::ZERO));
            }
        }
        self.takes_request = !(self.wants && !fills || requested);
        self.wants = !self.takes_request;
        let rests = self.cycle < self.rests_until;
        self.stopped = !rests && (says.numbers[0] > 1 || says.head_wait && !was_head);
        self.asks_state = !rests && says.state_request;
        self.cycle += 1;
    }
}

#[test]
fn lane_port_random_operations() {
    let mut bench = Bench::<LanePort>::new("lane_port");
    let mut rng = rng();
    // The power-up state offers no place for a request; one cycle later it does.
    let mut model = PortModel::default();
    let mut says = Says::random(&mut rng);
    let mut counts = [0; 15];
    let mut levels = [0; 4];
    for cycle in 0..20_000 {
        if cycle % 5_000 == 0 {
            bench.number.next = rng.random_range(0..64_u64).into();
        }
        let number = bench.number.next.to_u64();
        // Lanes that rest say the same for a while.
        if rng.random_bool([1.0, 0.1][cycle / 500 % 2]) {
            says = Says::random(&mut rng);
        }
        let firmware_words = u64::from(rng.random::<u32>());
        let busy = [0.9, 0.1, 0.3][cycle / 300 % 3];
        let mut op = rng.random_bool(busy).then(|| Op {
            lane: if rng.random_bool(0.8) { number } else { rng.random_range(0..64) },
            all: rng.random_bool(0.1),
            op: LaneOp::ALL[rng.random_range(0..15)],
            tag: rng.random_range(0..4),
            address: if rng.random() { rng.random() } else { rng.random_range(0..8) },
            data: word(&mut rng),
            code: rng.random(),
        });
        // Often enough the head, which every RESET ends.
        if let Some(op) = &mut op
            && rng.random_bool(0.1)
        {
            (op.op, op.address, op.data) = (LaneOp::Set, SetRegister::IsHead as u32, W256::MAX);
        }
        says.drive(&mut bench, firmware_words);
        drive!(bench, op);
        bench.settle();
        model.check(&bench);
        for (count, level) in levels.iter_mut().zip([model.stopped, model.asks_state, model.wants, model.set[4] == 1]) {
            *count += u32::from(level);
        }
        bench.tick();
        let mine = op.filter(|op| op.lane == number || op.all);
        if let Some(op) = mine {
            counts[op.op as usize] += 1;
        }
        model.tick(mine, &says, firmware_words);
    }
    assert!(counts.iter().all(|count| *count > 300), "{counts:?}");
    assert!(levels.iter().all(|count| (1_000..19_000).contains(count)), "{levels:?}");
    bench.cross_check();
}

/// A lane with its port.
type PortedLane =
    gaslane_hdl::card::PortedLane<{ SMALL[0] }, { SMALL[1] }, { SMALL[2] }, { SMALL[3] }, { SMALL[4] }, { SMALL[5] }>;

/// That lane in the RustHDL simulation alone; the port has its cross-check above.
struct LaneRig {
    block: Box<PortedLane>,
    cycle: u64,
    responses: VecDeque<(u64, u64, W256)>,
}

impl LaneRig {
    fn new() -> Self {
        let mut block = Box::new(PortedLane::new(&CardConfig::small()));
        block.number.next = bits::<6>(5);
        block.connect_all();
        Self { block, cycle: 0, responses: VecDeque::new() }
    }

    fn settle(&mut self) {
        assert!(simulate(self.block.as_mut(), 100));
    }

    fn cycle(&mut self, op: Option<Op>) {
        drive!(self.block, op);
        self.settle();
        if self.block.up_valid.val() {
            let (tag, data) = (self.block.up_tag.val().to_u64(), self.block.up_data.val());
            self.responses.push_back((self.cycle, tag, data));
        }
        for clk in [true, false] {
            self.block.clock.next = Clock { clk };
            self.settle();
        }
        self.cycle += 1;
    }

    fn op(&mut self, op: LaneOp, address: u32, data: W256) {
        self.cycle(Some(Op { lane: 5, all: false, op, tag: self.cycle % 4, address, data, code: 0 }));
    }

    fn rest(&mut self, cycles: u64) {
        for _ in 0..cycles {
            self.cycle(None);
        }
    }

    /// Responses of operations, one a cycle.
    fn ask(&mut self, ops: &[(LaneOp, u32)]) -> Vec<W256> {
        assert!(self.responses.is_empty());
        let first = self.cycle;
        for (op, address) in ops {
            self.op(*op, *address, W256::MAX);
        }
        self.rest(RESPONSE_CYCLES);
        let found: Vec<_> = self.responses.drain(..).collect();
        assert_eq!(found.len(), ops.len());
        for (at, (cycle, tag, _)) in (first..).zip(&found) {
            assert_eq!((*cycle, *tag), (at + RESPONSE_CYCLES, at % 4), "a response a cycle, after the cycles of all");
        }
        found.into_iter().map(|(.., data)| data).collect()
    }

    fn status(&mut self) -> u64 {
        self.ask(&[(LaneOp::Status, StatusRow::Attempt as u32)])[0].limbs()[0] & 0xff
    }
}

#[test]
fn lane_port_with_a_lane() {
    let mut rng = rng();
    let mut rig = LaneRig::new();
    rig.op(LaneOp::Reset, 0, W256::ZERO);
    rig.rest(2);

    // Lane memory, bytes in the order of the bus.
    let mut bytes = vec![0_u8; 32 << 11];
    let store = |rig: &mut LaneRig, bytes: &mut [u8], address: usize, rng: &mut SmallRng| {
        let row: [u8; 32] = rng.random();
        bytes[address..address + 32].copy_from_slice(&row);
        let limbs = std::array::from_fn(|i| u64::from_le_bytes(row[8 * i..8 * i + 8].try_into().unwrap()));
        rig.op(LaneOp::Store, address as u32, W256::from_limbs(limbs));
    };
    let row = |bytes: &[u8], address: usize| {
        let limb = |i: usize| u64::from_le_bytes(bytes[address + 8 * i..address + 8 * i + 8].try_into().unwrap());
        W256::from_limbs(std::array::from_fn(limb))
    };
    for start in [0_usize, 96, 4096, 65_536 - 32 * 40, 12_345] {
        for i in 0..32 {
            store(&mut rig, &mut bytes, start + 32 * i, &mut rng);
        }
        // The shortest time from a STORE to a LOAD of its row.
        rig.rest(STORE_CYCLES - 1);
        let last = start + 32 * 31;
        assert_eq!(rig.ask(&[(LaneOp::Load, last as u32)])[0], row(&bytes, last));
        let places: Vec<usize> =
            (0..40).map(|i| start + if i < 20 { 32 * i } else { rng.random_range(0..31 * 32) }).collect();
        let asked: Vec<_> = places.iter().map(|place| (LaneOp::Load, *place as u32)).collect();
        for (place, found) in places.iter().zip(rig.ask(&asked)) {
            assert_eq!(found, row(&bytes, *place), "{place:#x}");
        }
    }
    // Loads and stores in turn.
    let mut due = vec![];
    for i in 0..20_usize {
        store(&mut rig, &mut bytes, 64 * i, &mut rng);
        let place = 2_000 + 33 * i;
        rig.op(LaneOp::Load, place as u32, W256::ZERO);
        due.push(row(&bytes, place));
    }
    rig.rest(RESPONSE_CYCLES);
    assert!(rig.responses.drain(..).map(|(.., data)| data).eq(due));

    // The environment.
    let words: Vec<W256> = (0..64).map(|_| word(&mut rng)).collect();
    for (index, word) in words.iter().enumerate() {
        rig.op(LaneOp::Env, index as u32, *word);
    }
    rig.rest(ENV_CYCLES - 1);
    assert_eq!(rig.ask(&[(LaneOp::GetEnv, 63)])[0], words[63]);
    let asked: Vec<_> = (0..64).map(|i| (LaneOp::GetEnv, 63 - i)).collect();
    assert!(rig.ask(&asked).iter().eq(words.iter().rev()));

    // Different kinds a cycle after each other, an operation for another lane between.
    let kinds = [LaneOp::Load, LaneOp::GetEnv, LaneOp::Drain, LaneOp::Status];
    let asked: Vec<_> = (0..16).map(|i| (kinds[i * 7 % 4], 2)).collect();
    let found = rig.ask(&asked);
    for ((kind, _), data) in asked.iter().zip(&found) {
        match kind {
            LaneOp::Load => assert_eq!(*data, row(&bytes, 2)),
            LaneOp::GetEnv => assert_eq!(*data, words[2]),
            LaneOp::Status => assert_eq!(data.limbs()[0] & 0xff, 0),
            _ => {}
        }
    }
    rig.cycle(Some(Op { lane: 4, all: false, op: LaneOp::Load, tag: 0, address: 0, data: W256::ZERO, code: 0 }));
    rig.rest(RESPONSE_CYCLES + 1);
    assert!(rig.responses.is_empty());

    // An attempt: it asks for lines, finds that they are no firmware, and ends with an error.
    for round in 0..2 {
        rig.op(LaneOp::Start, 0, W256::ZERO);
        let mut waited = 0;
        while !rig.block.wants_line.val() {
            assert!(!rig.block.stopped.val() && waited < 50);
            rig.rest(1);
            waited += 1;
        }
        rig.rest(20);
        assert!(rig.block.wants_line.val() && rig.status() == 1);
        let wants = rig.ask(&[(LaneOp::Status, StatusRow::Wants as u32)])[0];
        assert_ne!(wants.limbs()[3] >> 32, 0, "the line of the firmware's entry");
        for i in 0..8 {
            assert_eq!(rig.block.wants_line.val(), i == 0);
            rig.op(LaneOp::Fill, 0, W256::ZERO);
        }
        let mut waited = 0;
        while !rig.block.stopped.val() {
            assert!(!rig.block.wants_line.val() && waited < 100);
            rig.rest(1);
            waited += 1;
        }
        assert!(rig.status() > 4);
        if round == 0 {
            // The cache holds the lines: without FLUSH nothing would be asked for.
            rig.op(LaneOp::Flush, 0, W256::ZERO);
        }
        rig.op(LaneOp::Reset, 0, W256::ZERO);
        for _ in 0..20 {
            assert!(!rig.block.stopped.val());
            rig.rest(1);
        }
        assert_eq!(rig.status(), 0);
    }
}

/// What a requester has; `code` and `all` do not count for every one.
fn random_op(rng: &mut SmallRng, tag: u64) -> Op {
    Op {
        lane: rng.random_range(0..64),
        all: tag == 3 && rng.random_bool(0.2),
        op: LaneOp::ALL[rng.random_range(0..15)],
        tag,
        address: rng.random(),
        data: word(rng),
        code: if tag == 0 { rng.random() } else { 0 },
    }
}

#[test]
fn lane_bus() {
    let mut bench = Bench::<LaneBus>::new("lane_bus");
    let mut rng = rng();
    let mut offers = [None::<Op>; 4];
    let mut down = None::<Op>;
    let mut up = None::<(u64, W256)>;
    let mut taken = [0; 4];
    for cycle in 0..20_000 {
        let paces = [[0.2; 4], [0.05, 0.1, 0.9, 1.0], [1.0, 0.5, 0.5, 0.5], [0.0, 0.3, 0.3, 0.9]][cycle / 200 % 4];
        for (tag, offer) in offers.iter_mut().enumerate() {
            if offer.is_none() && rng.random_bool(paces[tag]) {
                *offer = Some(random_op(&mut rng, tag as u64));
            }
        }
        macro_rules! offer {
            ($tag:literal $valid:ident $lane:ident $op:ident $address:ident $data:ident) => {
                let shown = offers[$tag].unwrap_or_else(|| random_op(&mut rng, $tag));
                bench.$valid.next = offers[$tag].is_some();
                bench.$lane.next = shown.lane.into();
                bench.$op.next = (shown.op as u64).into();
                bench.$address.next = u64::from(shown.address).into();
                bench.$data.next = shown.data;
            };
        }
        offer!(0 valid0 lane0 op0 address0 data0);
        offer!(1 valid1 lane1 op1 address1 data1);
        offer!(2 valid2 lane2 op2 address2 data2);
        offer!(3 valid3 lane3 op3 address3 data3);
        bench.code0.next = w64(offers[0].map_or_else(|| rng.random(), |op| op.code));
        bench.all3.next = offers[3].map_or_else(|| rng.random(), |op| op.all);
        let response = rng.random_bool(0.5).then(|| (rng.random_range(0..4_u64), word(&mut rng)));
        bench.up_valid.next = response.is_some();
        bench.up_tag.next = response.map_or(0, |(tag, _)| tag).into();
        bench.up_data.next = response.map_or(W256::ZERO, |(_, data)| data);
        bench.settle();
        let ready = [bench.ready0.val(), bench.ready1.val(), bench.ready2.val(), bench.ready3.val()];
        let first = (0..4).find(|tag| offers[*tag].is_some());
        for (tag, ready) in ready.into_iter().enumerate() {
            assert_eq!(ready, first.is_none_or(|first| tag <= first), "requester {tag}");
        }
        assert_eq!(bench.down_valid.val(), down.is_some());
        if let Some(expected) = down {
            let found = Op {
                lane: bench.down_lane.val().to_u64(),
                all: bench.down_all.val(),
                op: LaneOp::ALL[bench.down_op.val().index()],
                tag: bench.down_tag.val().to_u64(),
                address: bench.down_address.val().to_u64() as u32,
                data: bench.down_data.val(),
                code: bench.down_code.val().limbs()[0],
            };
            assert_eq!(found, expected);
        }
        let responses = [
            bench.response_valid0.val(),
            bench.response_valid1.val(),
            bench.response_valid2.val(),
            bench.response_valid3.val(),
        ];
        assert_eq!(responses, std::array::from_fn(|tag| up.is_some_and(|(found, _)| found == tag as u64)));
        if let Some((_, data)) = up {
            assert_eq!(bench.response_data.val(), data);
        }
        bench.tick();
        down = first.and_then(|first| offers[first].take());
        if let Some(first) = first {
            taken[first] += 1;
        }
        up = response;
    }
    assert!(taken.iter().all(|count| *count > 1_000), "{taken:?}");
    bench.cross_check();
}

/// How often everybody is ready.
#[derive(Clone, Copy)]
struct Pace {
    bus: f64,
    requests: f64,
    data: f64,
}

const PACES: [Pace; 5] = [
    Pace { bus: 1.0, requests: 1.0, data: 1.0 },
    Pace { bus: 0.5, requests: 0.3, data: 0.9 },
    Pace { bus: 0.9, requests: 1.0, data: 0.2 },
    Pace { bus: 0.2, requests: 1.0, data: 1.0 },
    Pace { bus: 0.8, requests: 0.05, data: 0.5 },
];

/// What an operation with a response finds.
fn row_of(lane: u64, op: LaneOp, address: u32) -> W256 {
    let seed = lane << 40 | (op as u64) << 32 | u64::from(address);
    W256::from_limbs(std::array::from_fn(|i| (seed ^ (i as u64) << 50).wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}

/// Operations of a request.
fn operations(lane: u64, op: LaneOp, address: u32, beats: u64) -> impl Iterator<Item = (u64, LaneOp, u32)> {
    (0..beats as u32).map(move |i| (lane, op, address.wrapping_add(i * op.step())))
}

struct RowsRig {
    bench: Bench<LaneRows>,
    rng: SmallRng,
    read: Option<(u64, LaneOp, u32, u64)>,
    write: Option<(u64, LaneOp, u32, u64)>,
    given: Option<W256>,
    /// What must go out, what must come, rows that the user still has to give.
    reads: VecDeque<(u64, LaneOp, u32)>,
    rows: VecDeque<W256>,
    writes: VecDeque<(u64, LaneOp, u32)>,
    data: VecDeque<W256>,
    to_give: u64,
    done_due: bool,
    /// Responses on their way, by the cycle in which they come.
    coming: VecDeque<(u64, W256)>,
    bus: Stable<(u64, u64, u64, Option<W256>)>,
    output: Stable<W256>,
    done: Stable<()>,
    cycle: u64,
    counts: [u64; 3],
}

impl RowsRig {
    fn request(rng: &mut SmallRng, ops: &[LaneOp]) -> (u64, LaneOp, u32, u64) {
        let beats = if rng.random() { rng.random_range(1..4) } else { rng.random_range(1..80) };
        (rng.random_range(0..64), ops[rng.random_range(0..ops.len())], rng.random(), beats)
    }

    fn cycle(&mut self, pace: Pace, reads: bool, writes: bool) {
        let (bench, rng) = (&mut self.bench, &mut self.rng);
        // The user.
        if reads && self.read.is_none() && rng.random_bool(pace.requests) {
            self.read = Some(Self::request(rng, &[LaneOp::Load, LaneOp::GetEnv, LaneOp::Drain, LaneOp::Status]));
        }
        if writes && self.write.is_none() && rng.random_bool(pace.requests) {
            self.write = Some(Self::request(rng, &[LaneOp::Store, LaneOp::Env, LaneOp::Answer]));
        }
        if self.given.is_none() && self.to_give > 0 && rng.random_bool(pace.data) {
            self.given = Some(word(rng));
        }
        let data_ready = rng.random_bool(pace.data);
        let done_ready = rng.random_bool(pace.requests.max(0.2));
        bench.read_valid.next = self.read.is_some();
        let (lane, op, address, beats) = self.read.unwrap_or((0, LaneOp::Reset, rng.random(), rng.random_range(0..9)));
        bench.read_address.next = w64(rows_address(lane as u8, op, address));
        bench.read_beats.next = beats.into();
        bench.write_valid.next = self.write.is_some();
        let (lane, op, address, beats) = self.write.unwrap_or((0, LaneOp::Reset, rng.random(), rng.random_range(0..9)));
        bench.write_address.next = w64(rows_address(lane as u8, op, address));
        bench.write_beats.next = beats.into();
        bench.write_data_valid.next = self.given.is_some();
        bench.write_data.next = self.given.unwrap_or_else(|| word(rng));
        bench.read_data_ready.next = data_ready;
        bench.write_done_ready.next = done_ready;
        // The bus.
        let bus_ready = rng.random_bool(pace.bus);
        bench.bus_ready.next = bus_ready;
        let due = self.coming.front().is_some_and(|(cycle, _)| *cycle == self.cycle);
        let response = if due { self.coming.pop_front().map(|(_, data)| data) } else { None };
        bench.response_valid.next = response.is_some();
        bench.response_data.next = response.unwrap_or_else(|| word(rng));
        bench.settle();
        let op = LaneOp::ALL[bench.bus_op.val().index()];
        let (lane, address) = (bench.bus_lane.val().to_u64(), bench.bus_address.val().to_u64());
        let data = (!op.responds()).then(|| bench.bus_data.val());
        if let Some((lane, _, address, data)) =
            self.bus.cycle(bench.bus_valid.val(), bus_ready, (lane, op as u64, address, data))
        {
            let address = address as u32;
            if op.responds() {
                assert_eq!(self.reads.pop_front(), Some((lane, op, address)));
                let row = row_of(lane, op, address);
                self.rows.push_back(row);
                self.coming.push_back((self.cycle + BUS_RESPONSE_CYCLES, row));
                self.counts[0] += 1;
            } else {
                assert_eq!(self.writes.pop_front(), Some((lane, op, address)));
                assert_eq!(self.data.pop_front(), data);
                self.counts[1] += 1;
                self.done_due |= self.writes.is_empty();
            }
        }
        assert!(self.rows.len() as u64 <= PLACES);
        if let Some(row) = self.output.cycle(bench.read_data_valid.val(), data_ready, bench.read_data.val()) {
            assert_eq!(self.rows.pop_front(), Some(row));
        }
        if self.done.cycle(bench.write_done_valid.val(), done_ready, ()).is_some() {
            assert!(std::mem::take(&mut self.done_due), "done without a cause");
            self.counts[2] += 1;
        }
        if bench.read_ready.val()
            && let Some((lane, op, address, beats)) = self.read.take()
        {
            assert!(self.reads.is_empty());
            self.reads.extend(operations(lane, op, address, beats));
        }
        if bench.write_ready.val()
            && let Some((lane, op, address, beats)) = self.write.take()
        {
            assert!(self.writes.is_empty() && !self.done_due);
            self.writes.extend(operations(lane, op, address, beats));
            self.to_give = beats;
        }
        if bench.write_data_ready.val()
            && let Some(row) = self.given.take()
        {
            self.data.push_back(row);
            self.to_give -= 1;
        }
        bench.tick();
        self.cycle += 1;
    }

    fn rests(&self) -> bool {
        self.read.is_none()
            && self.write.is_none()
            && self.reads.is_empty()
            && self.rows.is_empty()
            && self.writes.is_empty()
            && !self.done_due
    }

    fn finish(&mut self) {
        let limit = self.cycle + 500;
        while !self.rests() {
            assert!(self.cycle < limit, "something hangs");
            self.cycle(PACES[0], false, false);
        }
    }
}

#[test]
fn lane_rows() {
    let mut rig = RowsRig {
        bench: Bench::new("lane_rows"),
        rng: rng(),
        read: None,
        write: None,
        given: None,
        reads: VecDeque::new(),
        rows: VecDeque::new(),
        writes: VecDeque::new(),
        data: VecDeque::new(),
        to_give: 0,
        done_due: false,
        coming: VecDeque::new(),
        bus: Stable::new("bus"),
        output: Stable::new("output"),
        done: Stable::new("done"),
        cycle: 0,
        counts: [0; 3],
    };
    for round in 0..100 {
        let pace = PACES[round % PACES.len()];
        for _ in 0..200 {
            rig.cycle(pace, round % 4 != 1, round % 4 != 2);
        }
        rig.finish();
        if round % 10 == 9 {
            // A reset in the middle of something: requests, and rows that wait.
            for _ in 0..rig.rng.random_range(1..40) {
                rig.cycle(Pace { data: 0.1, ..pace }, true, true);
            }
            for _ in 0..BUS_RESPONSE_CYCLES {
                rig.cycle(Pace { bus: 0.0, data: 0.0, ..pace }, false, false);
            }
            assert!(rig.coming.is_empty());
            rig.bench.reset.next = true;
            rig.bench.read_valid.next = false;
            rig.bench.write_valid.next = false;
            rig.bench.write_data_valid.next = false;
            rig.bench.tick();
            rig.cycle += 1;
            rig.bench.reset.next = false;
            (rig.read, rig.write, rig.given, rig.to_give, rig.done_due) = (None, None, None, 0, false);
            rig.reads.clear();
            rig.rows.clear();
            rig.writes.clear();
            rig.data.clear();
            rig.bus.reset();
            rig.output.reset();
            rig.done.reset();
        }
    }
    assert!(rig.counts.iter().all(|count| *count > 100), "{:?}", rig.counts);
    // A row a cycle, both ways alone.
    for (reads, op) in [(true, LaneOp::Load), (false, LaneOp::Store)] {
        let request = Some((7, op, 64, 300));
        if reads {
            rig.read = request;
        } else {
            rig.write = request;
        }
        let before = rig.cycle;
        rig.finish();
        let cycles = rig.cycle - before;
        println!("{op:?}: 300 rows in {cycles} cycles");
        assert!(cycles <= 300 + BUS_RESPONSE_CYCLES + 4, "{op:?}: {cycles}");
    }
    rig.bench.cross_check();
}
