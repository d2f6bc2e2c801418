//! Boards for which `gaslane bench --project` turns cycles into time, with every assumption spelt out. No board has run: clocks,
//! lanes and power are assumptions until one has.

use gaslane_hdl::CardConfig;
use gaslane_sim::rtl::LinkOptions;
use gaslane_sim::rtl::card::Generation;
use std::str::FromStr;

/// A board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Lattice LFE5UM5G-85F.
    Ecp5_85k,
    /// AMD VU47P, as on AWS F2.
    Vu47p,
}

impl FromStr for Profile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|profile| profile.name() == text);
        found.ok_or_else(|| format!("possible are {}", Self::ALL.map(Self::name).join(", ")))
    }
}

/// What is assumed of a board.
#[derive(Clone, Debug)]
pub struct Board {
    /// Sizes of the card.
    pub config: CardConfig,
    /// Clock of the card in kHz.
    pub clock_khz: u32,
    /// The link: round trip of a read, and bytes a second in each direction.
    pub link: Link,
    /// Most that card and board take, in watts.
    pub watts: f64,
    /// Where each of these comes from, one sentence each.
    pub assumptions: Vec<String>,
}

/// A link of PCI Express.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Generation.
    pub generation: Generation,
    /// Lanes.
    pub lanes: u32,
}

impl Link {
    /// Payload bytes a second in each direction.
    pub fn bytes_per_second(self) -> u64 {
        LinkOptions::payload_bytes_per_second(self.generation, self.lanes)
    }
}

/// LUT4 of `lane_small` on ECP5; a test holds it against docs/area-and-timing.md.
const LANE_LUT4: &str = "33,799";
/// LUT of `lane_small` on UltraScale+; likewise.
const LANE_LUT: &str = "27,348";
/// LUT4 of the core of configuration `small` on ECP5: `cargo xtask synth` does not write it down.
const CORE_LUT4: &str = "23,900";

/// From a request of the card to the effect of the host's answer.
const HOST_ANSWER_NS: u64 = 2_000;

impl Profile {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Ecp5_85k, Self::Vu47p];

    /// Name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ecp5_85k => "ecp5-85k",
            Self::Vu47p => "vu47p",
        }
    }

    /// What is assumed, with another clock or number of lanes if given.
    pub fn board(self, clock_khz: Option<u32>, lanes: Option<u32>) -> Board {
        let (config, clock, link, watts) = match self {
            Self::Ecp5_85k => (CardConfig::small(), 28_900, Link { generation: Generation::Gen2, lanes: 1 }, 10.0),
            Self::Vu47p => {
                (CardConfig::large().with_lanes(16), 250_000, Link { generation: Generation::Gen3, lanes: 16 }, 75.0)
            }
        };
        let (own_clock, own_lanes) = (clock_khz.is_none(), lanes.is_none());
        let clock_khz = clock_khz.unwrap_or(clock);
        let config = lanes.map_or(config.clone(), |lanes| config.with_lanes(lanes));
        let mhz = f64::from(clock_khz) / 1000.0;
        let mut assumptions = vec![
            match (self, own_clock) {
                (_, false) => format!("Clock {mhz} MHz: given on the command line."),
                (Self::Ecp5_85k, true) => format!(
                    "Clock {mhz} MHz: an estimate of nextpnr after placement of one lane; the lane does not route yet (docs/status.md)."
                ),
                (Self::Vu47p, true) => format!(
                    "Clock {mhz} MHz: assumed, a rule of thumb for such a pipeline at 70 % fill; no vendor's tool has been run."
                ),
            },
            match (self, own_lanes) {
                (_, false) => {
                    format!("{} lanes: given on the command line; whether they fit was not looked at.", config.lanes)
                }
                (Self::Ecp5_85k, true) => format!(
                    "{} lane: it takes {LANE_LUT4} LUT4 after synthesis, and the core some {CORE_LUT4}, of the chip's 83,640 (docs/area-and-timing.md); not routed.",
                    config.lanes
                ),
                (Self::Vu47p, true) => format!(
                    "{} lanes: 16 times the {LANE_LUT} LUT of lane_small (docs/area-and-timing.md) are a third of the chip's 1,303,680; lanes of the \
                     large configuration have more memory, and were not synthesised.",
                    config.lanes
                ),
            },
        ];
        let (generation, width) = match link.generation {
            Generation::Gen2 => (2, link.lanes),
            Generation::Gen3 => (3, link.lanes),
            Generation::Gen4 => (4, link.lanes),
        };
        assumptions.push(format!(
            "Link PCI Express {generation}.0 x{width}, {:.1} GB/s each way, {} ns from a request of the card to the effect of the host's answer: \
             assumed; time of the host's answers is in the measured host time.",
            link.bytes_per_second() as f64 / 1e9,
            HOST_ANSWER_NS,
        ));
        assumptions.push(match self {
            Self::Ecp5_85k => format!(
                "{watts} W: the most that a x1 card may take from its slot after start-up without asking for more."
            ),
            Self::Vu47p => format!(
                "{watts} W: the most that a card may take from its slot; boards with more connectors can take more."
            ),
        });
        assumptions.push(
            "Host time was measured with a simulated card in the same process: doorbells, interrupts and waking up on a PCI device come on top."
                .into(),
        );
        assumptions.push(
            "Host and card work one after the other: the driver runs one block at a time, and what overlaps is not counted."
                .into(),
        );
        Board { config, clock_khz, link, watts, assumptions }
    }
}

impl Board {
    /// Cycles from a request to the effect of its answer, at the board's clock.
    pub fn host_latency_cycles(&self) -> u64 {
        HOST_ANSWER_NS * u64::from(self.clock_khz) / 1_000_000
    }

    /// Time of so many cycles in nanoseconds.
    pub fn ns(&self, cycles: u64) -> f64 {
        cycles as f64 * 1e6 / f64::from(self.clock_khz)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_those_of_the_page() {
        let page = include_str!("../../../docs/area-and-timing.md");
        let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| lane_small |")).collect();
        for (row, area) in rows.iter().zip([LANE_LUT4, LANE_LUT]) {
            assert!(row.starts_with(&format!("| lane_small | {area} |")), "{row}");
        }
        assert!(rows.len() >= 2);
    }

    #[test]
    fn every_profile_is_a_card_and_says_what_it_assumes() {
        for profile in Profile::ALL {
            assert_eq!(profile.name().parse(), Ok(profile));
            for (clock, lanes) in [(None, None), (Some(100_000), Some(3))] {
                let board = profile.board(clock, lanes);
                board.config.check().unwrap();
                assert_eq!(board.assumptions.len(), 6);
                assert_eq!(lanes.is_some(), board.assumptions[1].contains("given"), "{:?}", board.assumptions);
            }
            assert_eq!(profile.board(Some(100_000), None).host_latency_cycles(), 200);
            assert_eq!(profile.board(Some(100_000), None).ns(5), 50.0);
        }
        assert!("u50".parse::<Profile>().unwrap_err().contains("vu47p"));
    }
}
