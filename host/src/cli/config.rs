//! Configuration file of a run.
//!
//! ```toml
//! base = "small"        # named configuration to start from, "large" if absent
//! [card]                # fields of CardConfig that differ from it
//! lanes = 2
//! [driver]              # options of the driver
//! ```

use anyhow::{Context, bail};
use gaslane_hdl::CardConfig;
use std::path::Path;

/// Card and driver as configured.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) card: CardConfig,
    pub(crate) driver: toml::Table,
}

impl Config {
    /// Reads the file, if any, and applies the number of lanes, if any.
    pub(crate) fn load(path: Option<&Path>, lanes: Option<u32>) -> anyhow::Result<Self> {
        let mut config = match path {
            None => Self { card: CardConfig::default(), driver: toml::Table::new() },
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
        let (card, driver) = (take("card")?, take("driver")?);
        if let Some(key) = table.keys().next() {
            bail!("unknown key {key:?} (known are base, card, driver)");
        }
        let mut fields = toml::Table::try_from(base).context("card")?;
        fields.extend(card);
        Ok(Self { card: fields.try_into().context("card")?, driver })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_override_the_base() {
        let config = Config::parse("base = \"small\"\n[card]\nframes = 40\n[driver]\nx = 1\n").unwrap();
        assert_eq!(config.card, CardConfig { frames: 40, ..CardConfig::small() });
        assert_eq!(config.driver.len(), 1);
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
