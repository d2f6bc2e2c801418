//! Faults that a simulated card can be told to have, to see what a driver makes of them.

use std::fmt::{self, Display};
use std::str::FromStr;

/// Kinds of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The server's process ends at a submission doorbell, without a word.
    Crash,
    /// The card stands still from a submission doorbell on, its registers too, until it is reset.
    Stall,
    /// The server answers no read of a register in time, from a submission doorbell on.
    Hang,
    /// Registers and configuration space read as all ones from a submission doorbell on, until the connection ends: a device that fell off its bus.
    AllOnes,
    /// An interrupt is not raised, nor are those of the next 300 ms (one alone matters only if none follows).
    LostInterrupt,
    /// Of the completion of a commit the phase bit is written, and the rest is not.
    TornCompletion,
    /// The completion of a commit names another transaction.
    ForgedCompletion,
}

const NAMES: [(&str, FaultKind); 7] = [
    ("crash", FaultKind::Crash),
    ("stall", FaultKind::Stall),
    ("hang", FaultKind::Hang),
    ("all-ones", FaultKind::AllOnes),
    ("lost-interrupt", FaultKind::LostInterrupt),
    ("torn-completion", FaultKind::TornCompletion),
    ("forged-completion", FaultKind::ForgedCompletion),
];

impl FaultKind {
    /// Whether the host's completion ring is written by the server itself.
    pub(crate) const fn tampers(self) -> bool {
        matches!(self, Self::TornCompletion | Self::ForgedCompletion)
    }
}

/// A fault, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What happens.
    pub kind: FaultKind,
    /// At which of the events that the kind names, counted from 1 since the server has started.
    pub at: u32,
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = NAMES.iter().find(|(_, kind)| *kind == self.kind).map_or("", |(name, _)| name);
        write!(f, "{name}@{}", self.at)
    }
}

impl FromStr for Fault {
    type Err = String;

    /// `KIND` or `KIND@NUMBER`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, at) = text.split_once('@').unwrap_or((text, "1"));
        let at = at
            .parse()
            .ok()
            .filter(|&at| at > 0)
            .ok_or_else(|| format!("{text:?}: after @ comes a number from 1 on"))?;
        let kind = NAMES.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind).ok_or_else(|| {
            let known: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
            format!("no fault is called {name:?}: there are {}", known.join(", "))
        })?;
        Ok(Self { kind, at })
    }
}

/// Counts events, and says when the fault's has come.
#[derive(Debug, Default)]
pub(crate) struct Trigger {
    fault: Option<Fault>,
    seen: u32,
}

impl Trigger {
    pub(crate) const fn new(fault: Option<Fault>) -> Self {
        Self { fault, seen: 0 }
    }

    /// One of the events for these kinds: the fault, if it is its time.
    pub(crate) fn event(&mut self, kinds: &[FaultKind]) -> Option<FaultKind> {
        let fault = self.fault.filter(|fault| kinds.contains(&fault.kind))?;
        self.seen += 1;
        (self.seen == fault.at).then(|| {
            tracing::info!(%fault, "the fault begins");
            self.fault = None;
            fault.kind
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers() {
        for (name, kind) in NAMES {
            assert_eq!(name.parse(), Ok(Fault { kind, at: 1 }));
            assert_eq!(format!("{name}@7").parse::<Fault>().unwrap().to_string(), format!("{name}@7"));
        }
        for wrong in ["", "crash@", "crash@0", "crash@-1", "flood", "crash@1@2"] {
            assert!(wrong.parse::<Fault>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_fault_comes_once() {
        let mut trigger = Trigger::new(Some(Fault { kind: FaultKind::Stall, at: 2 }));
        assert_eq!(trigger.event(&[FaultKind::Crash]), None);
        let kinds = [FaultKind::Crash, FaultKind::Stall];
        let seen: Vec<_> = (0..4).map(|_| trigger.event(&kinds)).collect();
        assert_eq!(seen, [None, Some(FaultKind::Stall), None, None]);
    }
}
