//! The thread that the simulated card lives in. It steps the card and, between steps, does what the connection asks for.

use crate::dma::Reachable;
use crate::fault::{Fault, FaultKind, Trigger};
use crate::shadow::Shadow;
use crossbeam_channel::{Receiver, RecvError, Sender, TryRecvError};
use gaslane_abi::{DeviceError, DmaMemory, regs};
use gaslane_sim::memory::HostMemory;
use gaslane_sim::{Step, Stepped};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::time::{Duration, Instant};

/// How long a server that hangs keeps an access waiting.
const HANG_TIME: Duration = Duration::from_secs(10);
/// How long interrupts are lost: longer than a driver waits before it looks for itself.
const SILENT_TIME: Duration = Duration::from_millis(300);

/// What the connection asks for. Answers are waited for.
pub(crate) enum Request {
    /// A register.
    Read(u32, Sender<u32>),
    /// Writes a register.
    Write(u32, u32),
    /// The card reaches this from now on.
    Map(Reachable, Sender<Result<(), DeviceError>>),
    /// It no longer does.
    Unmap(u64, Sender<()>),
    /// Who is told of interrupts.
    Interrupt(Option<File>, Sender<()>),
    /// Resets the card.
    Reset(Sender<()>),
    /// The connection has ended: what was lost is back.
    End(Sender<()>),
    /// Whether all of the device reads as ones.
    IsGone(Sender<bool>),
}

/// The card and what is around it.
pub(crate) struct Worker<C> {
    card: C,
    requests: Receiver<Request>,
    interrupt: Option<File>,
    trigger: Trigger,
    shadow: Option<Shadow>,
    /// The client's memory, for the shadow.
    host: HostMemory,
    /// Registers of a card that stands still.
    frozen: Option<BTreeMap<u32, u32>>,
    gone: bool,
    hangs: bool,
    /// No interrupt is raised before.
    silent_until: Option<Instant>,
}

impl<C: Stepped> Worker<C> {
    pub(crate) fn new(mut card: C, requests: Receiver<Request>, fault: Option<Fault>) -> std::io::Result<Self> {
        let tampers = fault.is_some_and(|fault| fault.kind.tampers());
        let shadow = if tampers { Some(Shadow::new(&mut card)?) } else { None };
        Ok(Self {
            card,
            requests,
            interrupt: None,
            trigger: Trigger::new(fault),
            shadow,
            host: HostMemory::default(),
            frozen: None,
            gone: false,
            hangs: false,
            silent_until: None,
        })
    }

    /// Works until nobody asks any more.
    pub(crate) fn run(mut self) {
        let mut works = true;
        loop {
            let request = match works {
                true => self.requests.try_recv(),
                false => self.requests.recv().map_err(|RecvError| TryRecvError::Disconnected),
            };
            match request {
                Ok(request) => {
                    self.serve(request);
                    works = true;
                }
                Err(TryRecvError::Empty) => works = self.step(),
                Err(TryRecvError::Disconnected) => return,
            }
        }
    }

    /// Whether there is more to do.
    fn step(&mut self) -> bool {
        if self.frozen.is_some() || self.gone {
            return false;
        }
        let step = self.card.step();
        if let Some(shadow) = &mut self.shadow
            && let Err(error) = shadow.copy(&mut self.card, &mut self.host, &mut self.trigger)
        {
            tracing::warn!(%error, "completions are not copied");
        }
        if step == Step::Interrupt && self.trigger.event(&[FaultKind::LostInterrupt]).is_some() {
            self.silent_until = Some(Instant::now() + SILENT_TIME);
        }
        if step == Step::Interrupt
            && self.silent_until.is_none_or(|until| Instant::now() >= until)
            && let Some(mut event) = self.interrupt.as_ref()
            && let Err(error) = event.write_all(&1_u64.to_ne_bytes())
        {
            tracing::warn!(%error, "an interrupt is lost");
        }
        step != Step::Rests
    }

    fn serve(&mut self, request: Request) {
        // Whoever asked may be gone.
        match request {
            Request::Read(register, answer) => {
                let _ = answer.send(self.read(register));
            }
            Request::Write(register, value) => self.write(register, value),
            Request::Map(range, answer) => {
                let _ = answer.send(self.map(range));
            }
            Request::Unmap(iova, answer) => {
                self.unmap(iova);
                let _ = answer.send(());
            }
            Request::Interrupt(event, answer) => {
                self.interrupt = event;
                let _ = answer.send(());
            }
            Request::Reset(answer) => {
                self.reset();
                let _ = answer.send(());
            }
            Request::End(answer) => {
                (self.interrupt, self.gone, self.hangs) = (None, false, false);
                self.reset();
                let _ = answer.send(());
            }
            Request::IsGone(answer) => {
                let _ = answer.send(self.gone);
            }
        }
    }

    fn read(&mut self, register: u32) -> u32 {
        if self.hangs {
            std::thread::sleep(HANG_TIME);
        }
        if self.gone {
            return u32::MAX;
        }
        if let Some(frozen) = &self.frozen {
            return frozen.get(&register).copied().unwrap_or(0);
        }
        // What no register answers to reads as zero.
        let value = self.card.read(register).unwrap_or(0);
        self.shadow.as_ref().map_or(value, |shadow| shadow.read(register, value))
    }

    fn write(&mut self, register: u32, value: u32) {
        if register == regs::SQ_TAIL {
            let kinds = [FaultKind::Crash, FaultKind::Stall, FaultKind::Hang, FaultKind::AllOnes];
            match self.trigger.event(&kinds) {
                Some(FaultKind::Crash) => std::process::exit(70),
                Some(FaultKind::Stall) => self.frozen = Some(self.registers()),
                Some(FaultKind::Hang) => self.hangs = true,
                Some(_) => self.gone = true,
                None => {}
            }
        }
        if self.gone || self.frozen.is_some() {
            return;
        }
        let value = self.shadow.as_mut().map_or(value, |shadow| shadow.write(register, value));
        if let Err(error) = self.card.write(register, value) {
            tracing::debug!(%error, "a write is ignored");
        }
    }

    /// All registers as they are.
    fn registers(&mut self) -> BTreeMap<u32, u32> {
        let offsets = regs::MAP.iter().flat_map(|row| (0..row.count).map(|index| row.offset + 4 * index));
        offsets.map(|offset| (offset, self.read(offset))).collect()
    }

    fn map(&mut self, range: Reachable) -> Result<(), DeviceError> {
        let Reachable { iova, start, len_bytes } = range;
        // SAFETY: whoever asks keeps the mapping until he has taken it away here; it is reached through raw pointers alone.
        unsafe { self.card.dma_map(iova, DmaMemory::private(start, len_bytes))? };
        if self.shadow.is_some() {
            // SAFETY: as above.
            unsafe { self.host.map(iova, start, len_bytes)? };
        }
        Ok(())
    }

    fn unmap(&mut self, iova: u64) {
        if let Err(error) = self.card.dma_unmap(iova) {
            tracing::debug!(%error, "nothing is unmapped");
        }
        if self.shadow.is_some() {
            let _ = self.host.unmap(iova);
        }
    }

    fn reset(&mut self) {
        if self.gone {
            return;
        }
        self.frozen = None;
        if let Err(error) = self.card.reset() {
            tracing::error!(%error, "the card cannot be reset");
        }
        if let Some(shadow) = &mut self.shadow {
            shadow.reset();
        }
    }
}
