//! Configuration file of a run.
//!
//! ```toml
//! base = "small"        # named configuration to start from, "large" if absent
//! [card]                # fields of CardConfig that differ from it
//! lanes = 2
//! [driver]              # options of the driver
//! timeout_ms = 5000
//! [sim]                 # options of a simulated card
//! host_latency_cycles = 1000
//! ```

use super::device::Pcie;
use anyhow::{Context, bail};
use gaslane::driver::DriverOptions;
use gaslane_hdl::CardConfig;
use gaslane_sim::SimOptions;
use std::path::Path;
use std::time::Duration;

/// Card and driver as configured.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) card: CardConfig,
    pub(crate) driver: DriverOptions,
    pub(crate) sim: SimOptions,
    pub(crate) pcie: Pcie,
}

/// Table `[driver]`; see [`DriverOptions`].
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
struct DriverTable {
    timeout_ms: Option<u64>,
    sq_entries: Option<u32>,
    cq_entries: Option<u32>,
    staging_bytes: Option<usize>,
    inflight: Option<u32>,
    prefetch: Option<usize>,
    spin_us: Option<u64>,
    huge_pages: Option<bool>,
    fallback_on_device_error: Option<bool>,
}

impl DriverTable {
    fn options(self) -> DriverOptions {
        let base = DriverOptions::default();
        DriverOptions {
            timeout: self.timeout_ms.map_or(base.timeout, Duration::from_millis),
            sq_entries: self.sq_entries.unwrap_or(base.sq_entries),
            cq_entries: self.cq_entries.unwrap_or(base.cq_entries),
            staging_bytes: self.staging_bytes.unwrap_or(base.staging_bytes),
            inflight: self.inflight.unwrap_or(base.inflight),
            prefetch: self.prefetch.unwrap_or(base.prefetch),
            spin: self.spin_us.map_or(base.spin, Duration::from_micros),
            huge_pages: self.huge_pages.unwrap_or(base.huge_pages),
            fallback_on_device_error: self.fallback_on_device_error.unwrap_or(base.fallback_on_device_error),
            cancel: None,
        }
    }
}

/// Table `[sim]`; see [`SimOptions`].
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SimTable {
    host_latency_cycles: Option<u64>,
}

impl SimTable {
    fn options(self) -> SimOptions {
        let base = SimOptions::default();
        SimOptions { host_latency_cycles: self.host_latency_cycles.unwrap_or(base.host_latency_cycles), ..base }
    }
}

impl Config {
    /// Reads the file, if any, and applies the number of lanes, if any.
    pub(crate) fn load(path: Option<&Path>, lanes: Option<u32>) -> anyhow::Result<Self> {
        let mut config = match path {
            None => Self::parse("")?,
            Some(path) => {
                let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
                Self::parse(&text).with_context(|| path.display().to_string())?
            }
        };
        if let Some(lanes) = lanes {
            config.card = config.card.with_lanes(lanes);
        }
        match config.card.check() {
            Ok(()) => Ok(config),
            Err(text) => bail!("card configuration: {text}"),
        }
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let mut table: toml::Table = toml::from_str(text)?;
        let base = match table.remove("base") {
            None => CardConfig::default(),
            Some(toml::Value::String(name)) => CardConfig::named(&name)
                .with_context(|| format!("base = {name:?} is no named configuration (\"large\", \"small\")"))?,
            Some(_) => bail!("base must be the name of a configuration (\"large\", \"small\")"),
        };
        let mut take = |name: &str| match table.remove(name) {
            None => Ok(toml::Table::new()),
            Some(toml::Value::Table(inner)) => Ok(inner),
            Some(_) => bail!("{name} must be a table"),
        };
        let (card, driver, sim) = (take("card")?, take("driver")?, take("sim")?);
        if let Some(key) = table.keys().next() {
            bail!("unknown key {key:?} (known are base, card, driver, sim)");
        }
        let mut fields = toml::Table::try_from(base).context("card")?;
        fields.extend(card);
        let driver: DriverTable = driver.try_into().context("driver")?;
        let sim: SimTable = sim.try_into().context("sim")?;
        Ok(Self {
            card: fields.try_into().context("card")?,
            driver: driver.options(),
            sim: sim.options(),
            pcie: Pcie::default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_override_the_base() {
        let config = Config::parse(
            "base = \"small\"\n[card]\nframes = 40\n[driver]\ntimeout_ms = 7\n[sim]\nhost_latency_cycles = 9\n",
        )
        .unwrap();
        assert_eq!(config.card, CardConfig { frames: 40, ..CardConfig::small() });
        assert_eq!(config.driver.timeout, Duration::from_millis(7));
        assert_eq!(config.sim.host_latency_cycles, 9);
        assert_eq!(Config::parse("").unwrap().card, CardConfig::large());
    }

    #[test]
    fn mistakes_are_named() {
        for (text, part) in [
            ("base = \"huge\"", "huge"),
            ("[card]\nlane = 2", "lane"),
            ("cards = 1", "cards"),
            ("card = 1", "table"),
            ("[card]\nlanes = \"four\"", "invalid type"),
        ] {
            let error = format!("{:#}", Config::parse(text).unwrap_err());
            assert!(error.contains(part), "{error}");
        }
        assert!(Config::load(None, Some(0)).unwrap_err().to_string().contains("lanes"));
    }
}
