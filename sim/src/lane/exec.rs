//! Execution loop: fetch, operands, arithmetic, memory, control flow.
//!
//! Each word either retires, or stops without effect and is executed again later (it waits for state,
//! or its memory access traps into firmware first), or leaves the program (trap, halt, end of frame).

use super::alu;
use super::{Calldata, GUARD, Lane, Retired, TrapRegisters, Yield, memory};
use crate::image::{CodeStore, DecodedWord, Image, Jump, Source, SourceKind};
use alloy_primitives::{U256, keccak256};
use gaslane_abi::codes::{CardError, Escape, Halt, Status};
use gaslane_abi::env::{CALLDATA_SIZE, G_EXP_BYTE, RETURNDATA_SIZE, S_MEM_END, S_OUT_LEN, S_OUT_OFFSET, S_STATUS};
use gaslane_abi::isa::{Format, GAS_DEBT_LIMIT, GROW_BYTES_MAX, Op, vector};
use gaslane_abi::ring::FIRMWARE_HANDLE;
use gaslane_hdl::timing::{
    CODE_BURST_LINES, CODE_LINE_CYCLES, CODE_MISS_CYCLES, COPY_BYTES_PER_CYCLE, GROW_CYCLES, JUMP_CYCLES,
    JUMP_TABLE_CYCLES, KECCAK_PERMUTATION_CYCLES, KECCAK_SETUP_CYCLES, TAKEN_BRANCH_CYCLES, TRAP_CYCLES,
    ZERO_BYTES_PER_CYCLE, power_cycles, product_cycles, quotient_cycles,
};

/// Why a word did not simply retire.
pub(super) enum Stop {
    /// Execution goes on elsewhere; the word has retired.
    Switch,
    /// Execution goes on elsewhere; the word will be executed again.
    Trap,
    /// The lane stops; the word will be executed again.
    Yield(Yield),
    /// The attempt is over.
    End(Yield),
}

pub(super) type Step = Result<(), Stop>;

/// EVM stack limit (yellow paper 9.1).
const EVM_STACK_LIMIT: usize = 1024;

/// Sections of an image as the code cache tells them apart.
const PROGRAM: u64 = 0;
const JUMP_INDEX: u64 = 1;
const JUMP_ENTRIES: u64 = 2;

pub(super) fn escape<T>(reason: Escape) -> Result<T, Stop> {
    Err(Stop::End(Yield::Escape(reason)))
}

pub(super) fn defect<T>() -> Result<T, Stop> {
    Err(Stop::End(Yield::Error(CardError::BadInstruction)))
}

impl Lane {
    /// Executes until the lane needs the card.
    pub fn run(&mut self, code: &CodeStore) -> Yield {
        loop {
            match self.run_for(code, self.watchdog_cycles) {
                Yield::Pause => {}
                stopped => return stopped,
            }
        }
    }

    /// Executes until the lane needs the card, or for about so many cycles ([`Yield::Pause`]).
    pub fn run_for(&mut self, code: &CodeStore, cycles: u64) -> Yield {
        self.pause_cycle = self.cycle.saturating_add(cycles);
        loop {
            // Superblock heads check too; this is for loops that meet none: between program and firmware, or between two pauses.
            if let Err(Stop::End(escaped)) = self.check_watchdog() {
                return escaped;
            }
            let handle = if self.in_firmware { FIRMWARE_HANDLE } else { self.image };
            let Some(image) = code.get(handle) else { return Yield::Error(CardError::BadImage) };
            if image.no_program {
                return Yield::Escape(Escape::Image);
            }
            let stopped = match self.trace.is_some() || self.op_cycles.is_some() {
                true => self.run_image::<true>(image, code),
                false => self.run_image::<false>(image, code),
            };
            if let Some(result) = stopped {
                return result;
            }
        }
    }

    /// Executes words of one image until it is left (`None`) or the lane stops.
    fn run_image<const TRACE: bool>(&mut self, image: &Image, code: &CodeStore) -> Option<Yield> {
        let in_firmware = self.in_firmware;
        self.fetched = std::mem::replace(&mut self.paused_line, u32::MAX);
        loop {
            let Some(word) = image.program.get(self.pc as usize) else {
                return Some(Yield::Error(CardError::BadInstruction));
            };
            if self.cycle >= self.pause_cycle {
                self.paused_line = self.fetched;
                return Some(Yield::Pause);
            }
            let begun = self.cycle;
            if self.pc >> 2 != self.fetched {
                self.fetched = self.pc >> 2;
                self.look_up(PROGRAM, self.pc >> 2);
            }
            self.cycle += u64::from(word.instr.bubble);
            if self.ready_until > self.cycle {
                self.stall_for_operands(word);
            }
            let issued = self.cycle;
            if let Some((next, stall)) = self.simple(word, image) {
                self.cycle += u64::from(word.issue) + stall;
                if word.latency > 2 || self.ready_until > issued {
                    self.note_result(word, issued + u64::from(word.latency));
                }
                self.count_word(in_firmware);
                if TRACE {
                    let place = self.place(word.instr.dst);
                    self.note_retired(word, in_firmware, place, begun);
                }
                self.pc = next;
                continue;
            }
            self.next = self.pc + 1;
            (self.extra_latency, self.stall) = (0, 0);
            let place = if TRACE { self.written_place(word) } else { 0 };
            let step = self.step(word, image, code);
            if !matches!(step, Err(Stop::Trap | Stop::Yield(_))) {
                self.cycle += u64::from(word.issue) + self.stall;
                let latency = u64::from(word.latency) + self.extra_latency;
                if latency > 2 || self.ready_until > issued {
                    self.note_result(word, issued + latency);
                }
                self.count_word(in_firmware);
                if TRACE {
                    self.note_retired(word, in_firmware, place, begun);
                }
            }
            match step {
                Ok(()) => self.pc = self.next,
                Err(Stop::Switch | Stop::Trap) => {
                    self.pc = self.next;
                    return None;
                }
                Err(Stop::Yield(reason) | Stop::End(reason)) => return Some(reason),
            }
        }
    }

    /// Place that a word writes, if it writes a slot.
    fn written_place(&self, word: &DecodedWord) -> usize {
        if word.instr.op == Op::Tres { self.trap.dst } else { self.place(word.instr.dst) }
    }

    /// Keeps a retired word that was looked at since a cycle. What halts writes no slot.
    fn note_retired(&mut self, word: &DecodedWord, firmware: bool, place: usize, begun: u64) {
        if let Some(cycles) = &mut self.op_cycles {
            cycles.add(word.instr.op, firmware, self.cycle.saturating_sub(begun));
        }
        if self.trace.is_none() {
            return;
        }
        let writes = word.instr.op == Op::Tres
            || matches!(
                word.instr.op.format(),
                Format::DstAb
                    | Format::DstA
                    | Format::DstAbc
                    | Format::Dst
                    | Format::Gas
                    | Format::Get
                    | Format::ReadSpecial
                    | Format::Link
                    | Format::Ask
            );
        let halted = !firmware && self.in_firmware && word.instr.op.format() != Format::Trap;
        let write = (writes && !halted).then(|| (place as u32, self.stack[place]));
        let image = if firmware { FIRMWARE_HANDLE } else { self.image };
        let retired = Retired { firmware, image, pc: self.pc, gas: self.gas, write };
        if let Some(trace) = &mut self.trace {
            trace.push(retired);
        }
    }

    #[inline(always)]
    fn count_word(&mut self, in_firmware: bool) {
        if in_firmware {
            self.counters.firmware_words += 1;
        } else {
            self.counters.program_words += 1;
        }
    }

    #[inline(always)]
    fn place(&self, slot: i8) -> usize {
        self.sp.wrapping_add_signed(slot.into())
    }

    fn stall_for_operands(&mut self, word: &DecodedWord) {
        let third = if word.instr.op.format() == Format::DstAbc { word.c() } else { word.a };
        for source in [word.a, word.b, third] {
            if let SourceKind::Slot(slot) = source.kind() {
                let ready = self.ready[self.place(slot)];
                self.cycle = self.cycle.max(ready.min(self.ready_until));
            }
        }
    }

    fn note_result(&mut self, word: &DecodedWord, ready: u64) {
        if matches!(
            word.instr.op.format(),
            Format::DstAb
                | Format::DstA
                | Format::DstAbc
                | Format::Dst
                | Format::Gas
                | Format::Get
                | Format::ReadSpecial
        ) {
            let place = self.place(word.instr.dst);
            self.ready[place] = ready;
            self.ready_high = self.ready_high.max(place + 1);
            self.ready_until = self.ready_until.max(ready);
        }
    }

    /// Reads a line of an image through the code cache; a miss takes time and brings the lines after it too.
    fn look_up(&mut self, section: u64, line: u32) {
        let handle = if self.in_firmware { FIRMWARE_HANDLE } else { self.image };
        let tag = |line: u64| u64::from(handle) << 20 ^ section << 60 ^ line;
        let lines = self.cached.len();
        let place = |line: u64| (u64::from(handle).wrapping_mul(0x9e37_79b9) + 997 * section + line) as usize % lines;
        let line = u64::from(line);
        if self.cached[place(line)] != tag(line) {
            for line in line..line + CODE_BURST_LINES {
                let place = place(line);
                self.cached[place] = tag(line);
            }
            self.cycle += CODE_MISS_CYCLES;
        }
    }

    #[inline(always)]
    fn value(&self, source: Source, image: &Image) -> U256 {
        match source.kind() {
            SourceKind::Slot(slot) => self.stack[self.place(slot)],
            SourceKind::Short(value) => U256::from(value),
            SourceKind::Constant(entry) => image.constants[entry as usize],
            SourceKind::Env(index) => self.env[(index & 0x7f) as usize],
        }
    }

    #[inline(always)]
    pub(super) fn put(&mut self, slot: i8, value: U256) {
        let place = self.place(slot);
        self.stack[place] = value;
    }

    /// Executes a word that always retires, and in a fixed time: most words are of this kind. Gives the
    /// next word and the cycles that a taken branch stalls; `None` leaves the word to [`Self::step`].
    #[inline(always)]
    fn simple(&mut self, word: &DecodedWord, image: &Image) -> Option<(u32, u64)> {
        let a = |lane: &Self| lane.value(word.a, image);
        let b = |lane: &Self| lane.value(word.b, image);
        let next = self.pc + 1;
        let branch = |taken: bool| Some(if taken { (word.extra, TAKEN_BRANCH_CYCLES) } else { (next, 0) });
        let truth = |holds: bool| U256::from(u8::from(holds));
        let result = match word.instr.op {
            Op::Beq => return branch(a(self) == b(self)),
            Op::Bne => return branch(a(self) != b(self)),
            Op::Blt => return branch(a(self) < b(self)),
            Op::Bge => return branch(a(self) >= b(self)),
            Op::Mov => a(self),
            Op::Add => a(self).wrapping_add(b(self)),
            Op::Sub => a(self).wrapping_sub(b(self)),
            Op::And => a(self) & b(self),
            Op::Or => a(self) | b(self),
            Op::Xor => a(self) ^ b(self),
            Op::Not => !a(self),
            Op::Eq => truth(a(self) == b(self)),
            Op::Lt => truth(a(self) < b(self)),
            Op::Iszero => truth(a(self).is_zero()),
            _ => return None,
        };
        self.put(word.instr.dst, result);
        Some((next, 0))
    }

    fn step(&mut self, word: &DecodedWord, image: &Image, code: &CodeStore) -> Step {
        macro_rules! a {
            () => {
                self.value(word.a, image)
            };
        }
        macro_rules! b {
            () => {
                self.value(word.b, image)
            };
        }
        macro_rules! put {
            ($value:expr) => {{
                let value = $value;
                self.put(word.instr.dst, value);
            }};
        }
        macro_rules! branch {
            ($condition:expr) => {
                if $condition {
                    self.next = word.extra;
                    self.stall = TAKEN_BRANCH_CYCLES;
                }
            };
        }
        match word.instr.op {
            Op::Seg => return self.segment(word, image),
            Op::Jmp => {
                self.count_evm(image);
                self.next = word.extra;
                self.stall = JUMP_CYCLES;
                return self.move_sp(word.instr.dst, word.instr.refund());
            }
            Op::Miss => return Err(Stop::Yield(Yield::Code(self.image, word.extra))),
            Op::JmpDyn => {
                let pc = a!().saturating_to::<usize>();
                let target = match image.jumps.get(pc) {
                    Jump::Word(target) => target,
                    Jump::Miss => return Err(Stop::Yield(Yield::Code(self.image, pc as u32))),
                    Jump::Invalid => return self.halt(Halt::BadJump),
                };
                self.count_evm(image);
                self.look_up(JUMP_INDEX, pc as u32 >> 7);
                self.look_up(JUMP_ENTRIES, target >> 5);
                self.next = target;
                self.stall = JUMP_TABLE_CYCLES;
                return self.move_sp(word.instr.dst, word.instr.refund());
            }
            Op::Bslt => branch!(alu::slt(a!(), b!())),
            Op::Bsge => branch!(!alu::slt(a!(), b!())),
            Op::Stop => return self.end_frame(Status::Success, 0, 0),
            Op::Return | Op::Revert => {
                let (offset, len) = self.memory_range(a!(), b!())?;
                let status = if word.instr.op == Op::Return { Status::Success } else { Status::Revert };
                return self.end_frame(status, offset, len);
            }
            Op::Halt => {
                self.count_evm(image);
                return self.halt(Halt::from_u8(word.instr.imm as u8).unwrap_or(Halt::BadOpcode));
            }
            Op::Gas => {
                let gas = self.gas + word.instr.ahead() as i64;
                if gas < 0 {
                    return self.halt(Halt::OutOfGas);
                }
                put!(U256::from(gas as u64));
            }

            Op::Mul => {
                let (a, b) = (a!(), b!());
                self.stall = product_cycles(a.bit_len().max(b.bit_len()));
                put!(a.wrapping_mul(b))
            }
            Op::Div | Op::Sdiv | Op::Mod | Op::Smod => {
                let (a, b) = (a!(), b!());
                self.stall = match word.instr.op {
                    Op::Div | Op::Mod => quotient_cycles(a.bit_len(), b.bit_len()),
                    _ => 12 + quotient_cycles(alu::magnitude(a).bit_len(), alu::magnitude(b).bit_len()),
                };
                if matches!(word.instr.op, Op::Mod | Op::Smod) {
                    self.stall += 11;
                }
                put!(match word.instr.op {
                    Op::Div => alu::div(a, b),
                    Op::Sdiv => alu::sdiv(a, b),
                    Op::Mod => alu::rem(a, b),
                    _ => alu::smod(a, b),
                });
            }
            Op::Addmod | Op::Mulmod => {
                let (a, b, c) = (a!(), b!(), self.value(word.c(), image));
                self.stall = match word.instr.op {
                    Op::Addmod => 25 + quotient_cycles(a.bit_len().max(b.bit_len()) + 1, c.bit_len()),
                    _ if c == U256::MAX => 39,
                    _ => 35 + quotient_cycles(a.bit_len() + b.bit_len(), c.bit_len()),
                };
                put!(if word.instr.op == Op::Addmod { a.add_mod(b, c) } else { a.mul_mod(b, c) });
            }
            Op::Exp => {
                let (a, b) = (a!(), b!());
                let bytes = b.byte_len() as u64;
                self.charge(U256::from(bytes) * self.env[G_EXP_BYTE as usize])?;
                self.stall = power_cycles(b.bit_len() as u64, b.count_ones() as u64);
                put!(a.wrapping_pow(b));
            }
            Op::Signextend => put!(alu::signextend(a!(), b!())),
            Op::Slt => put!(U256::from(u8::from(alu::slt(a!(), b!())))),
            Op::Byte => put!(alu::byte(a!(), b!())),
            Op::Shl => put!(alu::shl(a!(), b!())),
            Op::Shr => put!(alu::shr(a!(), b!())),
            Op::Sar => put!(alu::sar(a!(), b!())),
            Op::Clz => put!(U256::from(a!().leading_zeros())),
            Op::Keccak => {
                let (offset, len) = self.memory_range(a!(), b!())?;
                self.charge(U256::from(6 * len.div_ceil(32)))?;
                let permutations = len as u64 / 136 + 1;
                let words = len.div_ceil(32) as u64;
                self.stall = KECCAK_SETUP_CYCLES + words + KECCAK_PERMUTATION_CYCLES * permutations;
                put!(U256::from_be_bytes(keccak256(self.arena.get(offset, len)).0));
            }

            Op::Mload => {
                let (offset, _) = self.memory_range(a!(), U256::from(32))?;
                put!(U256::from_be_slice(self.arena.get(offset, 32)));
            }
            Op::Mstore => {
                let (offset, _) = self.memory_range(a!(), U256::from(32))?;
                let bytes = b!().to_be_bytes::<32>();
                self.arena.get_mut(offset, 32).copy_from_slice(&bytes);
            }
            Op::Mstore8 => {
                let (offset, _) = self.memory_range(a!(), U256::from(1))?;
                self.arena.get_mut(offset, 1)[0] = b!().byte(0);
            }
            Op::Msize => put!(U256::from(self.arena.size)),
            Op::Cdload => {
                let mut bytes = [0; 32];
                let (source, start, len) = match self.calldata {
                    Calldata::Payload { start, len } => (&self.payload[..], start, len),
                    Calldata::Arena { start, len } => (self.arena.absolute(0, start + len), start, len),
                };
                memory::copy_padded(&mut bytes, &source[start..start + len], a!());
                put!(U256::from_be_bytes(bytes));
            }
            Op::Cdcopy | Op::Codecopy | Op::Rdcopy | Op::Mcopy | Op::Extcopy => {
                let target = self.stack[self.place(word.instr.dst)];
                return self.copy(word.instr.op, target, a!(), b!(), image, code);
            }
            _ => return self.step_state(word, a!(), b!(), code),
        }
        Ok(())
    }

    /// Counts the EVM instructions that the profile credits to this word.
    fn count_evm(&mut self, image: &Image) {
        if let Some(profile) = image.profile.get(self.pc as usize) {
            let retired = i64::from(profile.evm_instructions);
            self.counters.evm_instructions = self.counters.evm_instructions.saturating_add_signed(retired);
        }
    }

    fn segment(&mut self, word: &DecodedWord, image: &Image) -> Step {
        let (need, grow, used) = (word.instr.seg_need(), word.instr.seg_grow(), word.instr.seg_used());
        let height = self.sp.wrapping_sub(self.frame_base);
        if height < need.into() || height + usize::from(grow) > EVM_STACK_LIMIT {
            if word.instr.seg_alt() != 0 {
                self.next = self.pc.wrapping_add_signed(word.instr.seg_alt());
                self.stall = TAKEN_BRANCH_CYCLES;
                return Ok(());
            }
            return self.halt(Halt::Stack);
        }
        if self.gas < 0 {
            return self.halt(Halt::OutOfGas);
        }
        self.gas -= word.instr.seg_gas() as i64;
        if self.gas < 0 && !word.instr.seg_late() {
            return self.halt(Halt::OutOfGas);
        }
        self.count_evm(image);
        self.used = used.into();
        if self.sp + self.used > self.stack_limit {
            return escape(Escape::StackCapacity);
        }
        self.check_watchdog()
    }

    /// The watchdog counts what the lane does, not what it waits for: neither the host's time nor the turn of a
    /// transaction that others delay is its own.
    fn check_watchdog(&self) -> Step {
        let own_cycles = self.cycle - self.start_cycle - self.counters.wait_cycles;
        if own_cycles > self.watchdog_cycles { escape(Escape::Watchdog) } else { Ok(()) }
    }

    fn move_sp(&mut self, delta: i8, refund: u64) -> Step {
        self.gas += refund as i64;
        self.sp = self.sp.wrapping_add_signed(delta.into());
        if self.sp < GUARD || self.sp > self.stack_limit { defect() } else { Ok(()) }
    }

    /// Charges gas; halts when the debt is certain (see `gaslane_abi::isa`, Gas).
    pub(super) fn charge(&mut self, amount: U256) -> Step {
        // No counter exceeds 63 bits, so a charge of more has certainly run out.
        self.gas = self.gas.saturating_sub(i64::try_from(amount).unwrap_or(i64::MAX));
        if self.gas < -GAS_DEBT_LIMIT { self.halt(Halt::OutOfGas) } else { Ok(()) }
    }

    /// Ends the frame exceptionally.
    pub(super) fn halt(&mut self, reason: Halt) -> Step {
        if self.frames.is_empty() || self.halt == Halt::None {
            self.halt = reason;
        }
        self.env[S_STATUS as usize] = U256::from(Status::Halt as u8);
        self.enter_frame_end(0, 0)
    }

    fn end_frame(&mut self, status: Status, offset: usize, len: usize) -> Step {
        if self.gas < 0 {
            return self.halt(Halt::OutOfGas);
        }
        self.env[S_STATUS as usize] = U256::from(status as u8);
        self.enter_frame_end(offset, len)
    }

    fn enter_frame_end(&mut self, offset: usize, len: usize) -> Step {
        self.topics.clear();
        self.env[S_OUT_OFFSET as usize] = U256::from(offset);
        self.env[S_OUT_LEN as usize] = U256::from(len);
        self.sp = self.frame_base;
        self.in_firmware = true;
        self.next = vector::FRAME_END.into();
        self.stall += TRAP_CYCLES;
        Err(Stop::Switch)
    }

    /// Range of the frame's memory, expanded if it ends beyond; traps first if that is far. Length 0 needs no memory.
    pub(super) fn memory_range(&mut self, offset: U256, len: U256) -> Result<(usize, usize), Stop> {
        if len.is_zero() {
            return Ok((0, 0));
        }
        let size = self.arena.size;
        if let (Ok(offset), Ok(len)) = (usize::try_from(offset), usize::try_from(len))
            && offset.checked_add(len).is_some_and(|end| end <= size)
        {
            return Ok((offset, len));
        }
        if self.in_firmware {
            return defect();
        }
        let end = offset.saturating_add(len);
        if self.grow(end)? {
            return Ok((offset.to(), len.to()));
        }
        self.env[S_MEM_END as usize] = end;
        self.trap = TrapRegisters { pc: self.pc, sp: self.sp, dst: 0, ahead: 0 };
        self.enter_trap(vector::MEMORY);
        self.cycle += TRAP_CYCLES;
        Err(Stop::Trap)
    }

    /// Expands the frame's memory to an end in bytes and charges for it (yellow paper, C_mem). `false` if the end is too
    /// far for the lane's own arithmetic.
    pub(super) fn grow(&mut self, end: U256) -> Result<bool, Stop> {
        let Some(end) = usize::try_from(end).ok().filter(|end| *end <= GROW_BYTES_MAX) else { return Ok(false) };
        let (old, new) = ((self.arena.size / 32) as u64, end.div_ceil(32) as u64);
        if new > old {
            self.charge(U256::from(3 * (new - old) + new * new / 512 - old * old / 512))?;
            if !self.arena.expand(32 * new as usize) {
                return escape(Escape::MemoryCapacity);
            }
            self.cycle += GROW_CYCLES + 32 * (new - old) / ZERO_BYTES_PER_CYCLE;
        }
        Ok(true)
    }

    /// Starts a firmware routine above the superblock's slots.
    pub(super) fn enter_trap(&mut self, vector: u8) {
        self.sp += self.used;
        self.in_firmware = true;
        self.next = vector.into();
    }

    fn copy(&mut self, op: Op, target: U256, source: U256, len: U256, image: &Image, code: &CodeStore) -> Step {
        if op == Op::Rdcopy {
            let end = source.checked_add(len);
            if end.is_none_or(|end| end > self.env[RETURNDATA_SIZE as usize]) {
                return self.halt(Halt::ReturnData);
            }
        }
        let (target, bytes) = self.memory_range(target, len)?;
        let from = match op {
            Op::Mcopy => self.memory_range(source, len)?.0,
            _ => 0,
        };
        let ext_code = match op {
            Op::Extcopy if (self.ext_account as usize) < self.access.accounts.len() => {
                let reference = self.need_code(self.ext_account)?;
                super::state::image_of(reference, code)?
            }
            _ => None,
        };
        self.charge(U256::from(3 * bytes.div_ceil(32)))?;
        self.stall = (bytes as u64).div_ceil(COPY_BYTES_PER_CYCLE);
        if matches!(op, Op::Codecopy | Op::Extcopy) {
            self.stall *= CODE_LINE_CYCLES;
        }
        match op {
            Op::Cdcopy => match self.calldata {
                Calldata::Payload { start, len } => {
                    self.arena.write_padded(target, bytes, &self.payload[start..start + len], source)
                }
                Calldata::Arena { start, len } => self.arena.copy_from_absolute(start, len, source, target, bytes),
            },
            Op::Codecopy => self.arena.write_padded(target, bytes, &image.raw, source),
            Op::Rdcopy => self.arena.write_padded(target, bytes, &self.return_buffer, source),
            Op::Mcopy => self.arena.copy_within(from, target, bytes),
            _ => {
                let raw = ext_code.map_or(&[][..], |image| &image.raw);
                self.arena.write_padded(target, bytes, raw, source);
            }
        }
        Ok(())
    }

    /// Calldata window of the frame, for CALLDATASIZE.
    pub(super) fn set_calldata(&mut self, calldata: Calldata) {
        let (Calldata::Payload { len, .. } | Calldata::Arena { len, .. }) = calldata;
        self.calldata = calldata;
        self.env[CALLDATA_SIZE as usize] = U256::from(len);
    }
}
