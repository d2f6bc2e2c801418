//! Firmware words: special registers, environment, frames, traps, end of the transaction.

use super::exec::{Step, Stop, defect, escape};
use super::{AttemptCounters, Calldata, CodeRef, FRAME_ENV_WORDS, Frame, Lane, Mark, Outcome, TrapRegisters, Yield};
use crate::image::{CodeStore, DecodedWord};
use alloy_primitives::{B256, U256};
use gaslane_abi::codes::{Escape, Halt, Status};
use gaslane_abi::env::{ADDRESS, CODE_SIZE, CREATING, RETURNDATA_SIZE, S0, S1};
use gaslane_abi::isa::{Format, Op, Special};
use gaslane_hdl::timing::{COPY_BYTES_PER_CYCLE, JUMP_CYCLES, UNDO_ENTRY_CYCLES, ZERO_BYTES_PER_CYCLE};

const FRAME_ENV: std::ops::Range<usize> = ADDRESS as usize..ADDRESS as usize + FRAME_ENV_WORDS;

/// Two's complement of a counter as a word.
fn signed_word(value: i64) -> U256 {
    let magnitude = U256::from(value.unsigned_abs());
    if value < 0 { magnitude.wrapping_neg() } else { magnitude }
}

/// Packed code: handle and size.
pub(super) fn code_ref(packed: U256) -> CodeRef {
    let packed = packed.wrapping_to::<u64>();
    CodeRef { hash: B256::ZERO, handle: (packed >> 32) as u32, bytes: packed as u32 }
}

impl Lane {
    pub(super) fn step_system(&mut self, word: &DecodedWord, a: U256, b: U256, code: &CodeStore) -> Step {
        match word.instr.op {
            Op::Rds => {
                let value = match Special::from_u8(word.instr.imm as u8) {
                    Some(Special::Gas) => signed_word(self.gas),
                    Some(Special::Refund) => signed_word(self.refund),
                    Some(Special::Msize) => U256::from(self.arena.size),
                    Some(Special::Depth) => U256::from(self.frames.len()),
                    Some(Special::Static) => U256::from(u8::from(self.is_static)),
                    None => return defect(),
                };
                self.put(word.instr.dst, value);
                Ok(())
            }
            Op::Wrs => self.write_special(word.instr.dst, a),
            Op::Sete => {
                self.env[word.instr.env_index() as usize] = a;
                Ok(())
            }
            Op::Sete2 => {
                let index = word.instr.env_index() as usize;
                self.env[index] = a;
                match self.env.get_mut(index + 1) {
                    Some(second) => *second = b,
                    None => return defect(),
                }
                Ok(())
            }
            Op::Jal => {
                self.put(word.instr.dst, U256::from(self.pc + 1));
                self.next = word.extra;
                self.stall = JUMP_CYCLES;
                Ok(())
            }
            Op::Jr => {
                self.next = a.saturating_to();
                Ok(())
            }
            Op::Frt => {
                self.gas -= self.trap.ahead;
                (self.sp, self.next, self.in_firmware) = (self.trap.sp, self.trap.pc, false);
                Err(Stop::Switch)
            }
            Op::Tres => {
                self.stack[self.trap.dst] = a;
                self.ready[self.trap.dst] = 0;
                Ok(())
            }
            Op::Charge => self.charge(a),
            Op::Chargex => {
                self.charge(a)?;
                if self.gas < 0 { self.halt(Halt::OutOfGas) } else { Ok(()) }
            }
            Op::Fpush => self.frame_push(word, a, b),
            Op::Fpop => self.frame_pop(),
            Op::Ckpt => {
                self.mark = self.checkpoint();
                Ok(())
            }
            Op::Undo => {
                self.stall = UNDO_ENTRY_CYCLES * self.access.undo_to(self.mark.undo);
                self.refund = self.mark.refund;
                self.logs.truncate(self.mark.logs);
                self.log_bytes = self.mark.log_bytes;
                Ok(())
            }
            Op::Enter => self.enter(a, code),
            Op::Rbsave => {
                let (offset, len) = self.memory_range(a, b)?;
                if len > self.return_capacity {
                    return escape(Escape::ReturnCapacity);
                }
                self.return_buffer.clear();
                self.return_buffer.extend_from_slice(self.arena.get(offset, len));
                self.stall = (len as u64).div_ceil(COPY_BYTES_PER_CYCLE);
                Ok(())
            }
            Op::Rbload => {
                let target = self.stack[self.sp.wrapping_add_signed(word.instr.dst.into())];
                let (target, len) = self.memory_range(target, b)?;
                self.arena.write_padded(target, len, &self.return_buffer, a);
                self.stall = (len as u64).div_ceil(COPY_BYTES_PER_CYCLE);
                Ok(())
            }
            Op::Pld => {
                self.put(word.instr.dst, self.payload_word(a));
                Ok(())
            }
            Op::Setcode => {
                let packed = self.stack[self.sp.wrapping_add_signed(word.instr.dst.into())];
                self.set_code(a, b, packed)
            }
            Op::Ask => self.ask_host(word, a, b),
            Op::Grow => {
                let far = !b.is_zero() && !self.grow(a.saturating_add(b))?;
                self.put(word.instr.dst, U256::from(u8::from(far)));
                Ok(())
            }
            Op::Enterc => self.enter_code(code_ref(a).handle, code),
            Op::Esc => match Escape::from_u8(word.instr.imm as u8) {
                Some(reason) => escape(reason),
                None => defect(),
            },
            Op::Fin => self.finish(a),
            op if op.format() == Format::Trap => self.trap(word, a, b),
            _ => defect(),
        }
    }

    fn write_special(&mut self, register: i8, value: U256) -> Step {
        let counter = value.wrapping_to::<u64>() as i64;
        match Special::from_u8(register as u8) {
            Some(Special::Gas) => self.gas = counter,
            Some(Special::Refund) => self.refund = counter,
            Some(Special::Msize) => {
                let (old, size) = (self.arena.size, value.saturating_to::<usize>());
                if !self.arena.expand(size) {
                    return escape(Escape::MemoryCapacity);
                }
                self.stall = (self.arena.size - old) as u64 / ZERO_BYTES_PER_CYCLE;
            }
            Some(Special::Static) => self.is_static = !value.is_zero(),
            _ => return defect(),
        }
        Ok(())
    }

    /// A trap word: gas becomes exact, operands go to A0 and A1, firmware takes over.
    fn trap(&mut self, word: &DecodedWord, a: U256, b: U256) -> Step {
        let ahead = word.instr.ahead() as i64;
        self.env[gaslane_abi::env::A0 as usize] = a;
        self.env[gaslane_abi::env::A1 as usize] = b;
        self.gas += ahead;
        if self.gas < 0 {
            return self.halt(Halt::OutOfGas);
        }
        let Some(vector) = word.instr.op.vector() else { return defect() };
        let dst = self.sp.wrapping_add_signed(word.instr.dst.into());
        self.trap = TrapRegisters { pc: self.pc + 1, sp: self.sp, dst, ahead };
        self.enter_trap(vector);
        Err(Stop::Switch)
    }

    fn checkpoint(&self) -> Mark {
        Mark { undo: self.access.mark(), refund: self.refund, logs: self.logs.len(), log_bytes: self.log_bytes }
    }

    fn frame_push(&mut self, word: &DecodedWord, offset: U256, len: U256) -> Step {
        let (offset, len) = self.memory_range(offset, len)?;
        if self.frames.len() >= self.frame_capacity {
            return escape(Escape::FrameCapacity);
        }
        let mut env = [U256::ZERO; FRAME_ENV_WORDS];
        env.copy_from_slice(&self.env[FRAME_ENV]);
        self.frames.push(Frame {
            trap: self.trap,
            sp: self.sp,
            frame_base: self.frame_base,
            used: self.used,
            memory_base: self.arena.base,
            memory_size: self.arena.size,
            gas: self.gas,
            is_static: self.is_static,
            calldata: self.calldata,
            image: self.image,
            env,
            mark: self.mark,
        });
        self.mark = self.checkpoint();
        let start = self.arena.base + offset;
        self.arena.base += self.arena.size;
        self.arena.size = 0;
        self.set_calldata(Calldata::Arena { start, len });
        self.env[RETURNDATA_SIZE as usize] = U256::ZERO;
        self.env[CREATING as usize] = U256::ZERO;
        self.next_frame_base = self.sp + (word.instr.imm & 0x7f) as usize;
        Ok(())
    }

    fn frame_pop(&mut self) -> Step {
        let Some(frame) = self.frames.pop() else { return defect() };
        self.trap = frame.trap;
        self.sp = frame.sp;
        self.frame_base = frame.frame_base;
        self.used = frame.used;
        (self.arena.base, self.arena.size) = (frame.memory_base, frame.memory_size);
        self.gas = frame.gas;
        self.is_static = frame.is_static;
        self.calldata = frame.calldata;
        self.image = frame.image;
        self.mark = frame.mark;
        let return_data = self.env[RETURNDATA_SIZE as usize];
        self.env[FRAME_ENV].copy_from_slice(&frame.env);
        self.env[RETURNDATA_SIZE as usize] = return_data;
        self.halt = Halt::None;
        Ok(())
    }

    fn enter(&mut self, handle: U256, code: &CodeStore) -> Step {
        let (entry, _) = self.entry(handle)?;
        let account = self.access.accounts.get(entry as usize);
        let Some(reference) = account.and_then(|account| account.code) else { return defect() };
        self.enter_code(reference.handle, code)
    }

    fn enter_code(&mut self, handle: u32, code: &CodeStore) -> Step {
        let Some(image) = code.get(handle) else { return escape(Escape::Image) };
        self.env[CODE_SIZE as usize] = U256::from(image.raw.len());
        self.frame_base = self.next_frame_base;
        self.sp = self.frame_base;
        self.used = 0;
        if image.delegate.is_some() {
            // A designator that is not followed executes its first byte, 0xef.
            return self.halt(Halt::BadOpcode);
        }
        if image.no_program {
            return escape(Escape::Image);
        }
        if self.sp > self.stack_limit {
            return escape(Escape::StackCapacity);
        }
        self.image = handle;
        (self.in_firmware, self.next) = (false, 0);
        Err(Stop::Switch)
    }

    fn finish(&mut self, status: U256) -> Step {
        if self.overflow {
            return escape(Escape::BalanceOverflow);
        }
        let status = Status::from_u8(status.saturating_to()).unwrap_or(Status::Halt);
        self.outcome = Some(Outcome {
            status,
            halt: if status == Status::Halt { self.halt } else { Halt::None },
            gas_used: self.env[S0 as usize].saturating_to(),
            gas_refunded: self.env[S1 as usize].saturating_to(),
            output: std::mem::take(&mut self.return_buffer),
            accounts: std::mem::take(&mut self.access.accounts),
            storage: std::mem::take(&mut self.access.storage),
            logs: std::mem::take(&mut self.logs),
            // This word, which is counted after it, is one of them.
            counters: AttemptCounters { firmware_words: self.counters.firmware_words + 1, ..self.counters },
        });
        Err(Stop::End(Yield::Done))
    }
}
