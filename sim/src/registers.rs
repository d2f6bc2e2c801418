//! Registers and the [`Device`] interface of the card.

use crate::attempt::Attempt;
use crate::card::{Card, Fault};
use crate::counters::LaneCounters;
use crate::step::{Step, Stepped};
use gaslane_abi::codes::CardError;
use gaslane_abi::regs::CardKind;
use gaslane_abi::{ABI_VERSION, CARD_ID, Device, DeviceError, DmaMemory, Wake, regs};
use std::time::Duration;

impl<L: Attempt> Card<L> {
    fn check_rings(&self) -> Result<(), Fault> {
        match (self.submissions.valid(&self.memory), self.completions.valid(&self.memory)) {
            (true, true) => Ok(()),
            (false, _) => Err(Fault::new(CardError::BadRing, regs::SQ_BASE)),
            (true, false) => Err(Fault::new(CardError::BadRing, regs::CQ_BASE)),
        }
    }

    fn control(&mut self, run: bool) {
        if !run || self.error.is_some() {
            self.running = false;
        } else if !self.running {
            self.guard(|card| {
                card.check_rings()?;
                card.running = true;
                card.take_commands()
            });
        }
    }

    fn doorbell(&mut self, offset: u32, value: u32) {
        self.guard(|card| {
            if offset == regs::SQ_TAIL {
                if card.running && value >= card.submissions.entries {
                    return Err(Fault::new(CardError::BadRing, offset));
                }
                card.submissions.tail = value;
            } else if !card.running {
                card.completions.head = value;
            } else if value >= card.completions.entries {
                return Err(Fault::new(CardError::BadRing, offset));
            } else if !card.completions.consume(value) {
                return Err(Fault::new(CardError::CompletionOverrun, offset));
            }
            card.take_commands()
        });
    }

    /// The 64-bit counter whose low word is at `offset`.
    fn counter(&self, offset: u32) -> Option<u64> {
        let counters = self.counters();
        let lane = self.lanes.get(self.lane_select as usize).map(|unit| unit.counters);
        let of_lane = |pick: fn(&LaneCounters) -> u64| lane.as_ref().map_or(0, pick);
        Some(match offset {
            regs::SQ_BASE => self.submissions.base,
            regs::CQ_BASE => self.completions.base,
            regs::WATCHDOG_CYCLES => self.config.watchdog_cycles,
            regs::CYCLES => counters.cycles,
            regs::COMMITTED => counters.committed,
            regs::COMMITTED_HOST => counters.committed_host,
            regs::ABORTS => counters.aborts,
            regs::ESCAPES => counters.escapes,
            regs::ASSISTS => counters.assists,
            regs::STATE_READS => counters.state_reads,
            regs::PROGRAM_WORDS => counters.program_words,
            regs::FIRMWARE_WORDS => counters.firmware_words,
            regs::EVM_INSTRUCTIONS => counters.evm_instructions,
            regs::EVICTIONS => counters.evictions,
            regs::LANE_BUSY_CYCLES => of_lane(|lane| lane.busy),
            regs::LANE_STATE_WAIT_CYCLES => of_lane(|lane| lane.state_wait),
            regs::LANE_COMMIT_WAIT_CYCLES => of_lane(|lane| lane.commit_wait),
            regs::LANE_ABORTED_CYCLES => of_lane(|lane| lane.aborted),
            regs::LANE_IDLE_CYCLES => lane.map_or(0, |lane| self.now.saturating_sub(lane.occupied())),
            _ => return None,
        })
    }

    fn register(&self, offset: u32) -> u32 {
        match offset {
            regs::ID => CARD_ID,
            regs::ABI => ABI_VERSION,
            regs::CARD_KIND => CardKind::Model as u32,
            regs::FEATURES => 1,
            regs::LANES => self.config.lanes,
            regs::SLOTS => self.config.slots,
            regs::CLOCK_KHZ => self.config.clock_khz,
            regs::STATE_ENTRIES => self.config.state_entries,
            regs::STACK_WORDS => self.config.stack_words,
            regs::MEMORY_BYTES => self.config.memory_bytes,
            regs::FRAMES => self.config.frames,
            regs::ACCESS_ENTRIES => self.config.access_entries,
            regs::UNDO_ENTRIES => self.config.undo_entries,
            regs::LOG_BYTES => self.config.log_bytes,
            regs::RETURN_BYTES => self.config.return_bytes,
            regs::PAYLOAD_BYTES => self.config.payload_bytes,
            regs::CODE_BYTES => self.config.code_bytes,
            regs::CONTROL => self.running as u32,
            regs::STATUS => {
                let bit = |set: bool, bit: u32| if set { bit } else { 0 };
                bit(self.running, regs::STATUS_RUNNING)
                    | bit(self.idle(), regs::STATUS_IDLE)
                    | bit(self.error.is_some(), regs::STATUS_ERROR)
            }
            regs::ERROR => self.error.map_or(0, |fault| fault.error as u32),
            regs::ERROR_INFO => self.error.map_or(0, |fault| fault.info),
            regs::SQ_ENTRIES => self.submissions.entries,
            regs::SQ_TAIL => self.submissions.tail,
            regs::SQ_HEAD => self.submissions.head,
            regs::CQ_ENTRIES => self.completions.entries,
            regs::CQ_HEAD => self.completions.head,
            regs::CQ_TAIL => self.completions.tail,
            regs::IRQ_ENABLE => self.irq_enable,
            regs::IRQ_MODERATION_CYCLES => self.irq_moderation_cycles,
            regs::LANE_SELECT => self.lane_select,
            _ => 0,
        }
    }
}

/// The row of the register map that holds an offset.
fn row(offset: u32) -> Result<&'static regs::Register, DeviceError> {
    let at = regs::MAP.partition_point(|row| row.offset <= offset);
    match at.checked_sub(1).map(|at| &regs::MAP[at]) {
        Some(row) if offset.is_multiple_of(4) && offset < row.offset + 4 * row.count => Ok(row),
        _ => Err(DeviceError::BadRegister { offset }),
    }
}

fn set_half(value: &mut u64, high: bool, half: u32) {
    let shift = if high { 32 } else { 0 };
    *value = *value & !(0xffff_ffff << shift) | u64::from(half) << shift;
}

impl<L: Attempt> Device for Card<L> {
    fn read(&mut self, offset: u32) -> Result<u32, DeviceError> {
        let row = row(offset)?;
        Ok(match self.counter(row.offset) {
            Some(value) => (value >> (8 * (offset - row.offset))) as u32,
            None => self.register(row.offset),
        })
    }

    /// Writes to read-only registers, and to ring bases and sizes while the card runs, are ignored.
    fn write(&mut self, offset: u32, value: u32) -> Result<(), DeviceError> {
        let row = row(offset)?;
        let high = offset != row.offset;
        match row.offset {
            regs::CONTROL => self.control(value & 1 == 1),
            regs::SQ_BASE if !self.running => set_half(&mut self.submissions.base, high, value),
            regs::CQ_BASE if !self.running => set_half(&mut self.completions.base, high, value),
            regs::SQ_ENTRIES if !self.running => self.submissions.entries = value,
            regs::CQ_ENTRIES if !self.running => self.completions.entries = value,
            regs::SQ_TAIL | regs::CQ_HEAD if self.error.is_none() => self.doorbell(row.offset, value),
            regs::IRQ_ENABLE => self.irq_enable = value & 3,
            regs::IRQ_MODERATION_CYCLES => self.irq_moderation_cycles = value,
            regs::LANE_SELECT => self.lane_select = value,
            _ => {}
        }
        Ok(())
    }

    unsafe fn dma_map(&mut self, iova: u64, memory: DmaMemory) -> Result<(), DeviceError> {
        // SAFETY: the caller's promise is the same.
        unsafe { self.memory.map(iova, memory.start, memory.len_bytes) }
    }

    fn dma_unmap(&mut self, iova: u64) -> Result<(), DeviceError> {
        self.memory.unmap(iova)
    }

    fn wait(&mut self, timeout: Duration) -> Result<Wake, DeviceError> {
        self.guard(Self::advance);
        while self.paused() {
            self.guard(Self::advance);
        }
        if self.stepped() == Step::Interrupt {
            Ok(Wake::Interrupt)
        } else if self.idle() {
            Ok(Wake::Idle)
        } else if self.irq_enable & 1 != 0 && self.completions.used() > 0 {
            Ok(Wake::Interrupt)
        } else {
            Err(DeviceError::Timeout(timeout))
        }
    }

    fn reset(&mut self) -> Result<(), DeviceError> {
        let memory = std::mem::take(&mut self.memory);
        *self = Self::fresh(self.config.clone(), self.sim.clone(), memory);
        Ok(())
    }
}

impl<L: Attempt> Stepped for Card<L> {
    fn step(&mut self) -> Step {
        self.guard(Self::advance);
        self.stepped()
    }
}

impl<L: Attempt> Card<L> {
    /// What the last steps have brought.
    fn stepped(&mut self) -> Step {
        let posted = std::mem::take(&mut self.posted) > 0;
        let stopped = std::mem::take(&mut self.error_unsignalled);
        if posted && self.irq_enable & 1 != 0 || stopped && self.irq_enable & 2 != 0 {
            Step::Interrupt
        } else if posted || self.paused() {
            Step::Works
        } else {
            Step::Rests
        }
    }
}
