//! When rules change: Ethereum mainnet's forks, their names, and their blob parameters.

use alloy_eips::eip7840::BlobParams;
use revm::primitives::hardfork::SpecId;

/// Mainnet forks by block number (EIP-606, 608, 609, 779, 1013, 1679, 1716, 2070, 2387, 3675, 4345, 5133).
/// Arrow Glacier and Gray Glacier only move the difficulty bomb, Muir Glacier likewise.
const BY_NUMBER: [(u64, SpecId); 10] = [
    (15_537_394, SpecId::MERGE),
    (12_965_000, SpecId::LONDON),
    (12_244_000, SpecId::BERLIN),
    (9_069_000, SpecId::ISTANBUL),
    (7_280_000, SpecId::PETERSBURG),
    (4_370_000, SpecId::BYZANTIUM),
    (2_675_000, SpecId::SPURIOUS_DRAGON),
    (2_463_000, SpecId::TANGERINE),
    (1_150_000, SpecId::HOMESTEAD),
    (0, SpecId::FRONTIER),
];

/// Mainnet forks by time, in seconds (EIP-6953, 7568, 7600, 7607).
const BY_TIME: [(u64, SpecId); 4] = [
    (1_764_798_551, SpecId::OSAKA),
    (1_746_612_311, SpecId::PRAGUE),
    (1_710_338_135, SpecId::CANCUN),
    (1_681_338_455, SpecId::SHANGHAI),
];

/// Start of the first blob-parameter-only fork, in seconds (EIP-7892).
const BPO1: u64 = 1_765_290_071;
/// Start of the second one.
const BPO2: u64 = 1_767_747_671;

/// Rules of a block: the EVM's, and the blob market's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// EVM rules.
    pub spec: SpecId,
    /// Blob parameters; `None` before Cancun.
    pub blobs: Option<BlobParams>,
}

impl Rules {
    /// The rules of a fork with the blob parameters that it came with.
    pub const fn of(spec: SpecId) -> Self {
        let blobs = match spec {
            SpecId::CANCUN => Some(BlobParams::cancun()),
            SpecId::PRAGUE => Some(BlobParams::prague()),
            SpecId::OSAKA | SpecId::AMSTERDAM => Some(BlobParams::osaka()),
            _ => None,
        };
        Self { spec, blobs }
    }

    /// The rules of a mainnet block. The irregular state change of the DAO fork (block 1,920,000) is not a rule of
    /// the EVM and is not supported.
    pub fn mainnet(number: u64, timestamp: u64) -> Self {
        let merged = number >= BY_NUMBER[0].0;
        let by_time = BY_TIME.iter().find(|(start, _)| merged && timestamp >= *start);
        let by_number = BY_NUMBER.iter().find(|(start, _)| number >= *start);
        let mut rules = Self::of(by_time.or(by_number).map_or(SpecId::FRONTIER, |(_, spec)| *spec));
        if rules.spec == SpecId::OSAKA {
            rules.blobs = Some(match timestamp {
                BPO2.. => BlobParams::bpo2(),
                BPO1.. => BlobParams::bpo1(),
                _ => BlobParams::osaka(),
            });
        }
        rules
    }

    /// The rules of that name, in any of the usual spellings and any case.
    pub fn named(name: &str) -> Option<Self> {
        let name: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        let spec = match name.as_str() {
            "frontier" | "frontierthawing" => SpecId::FRONTIER,
            "homestead" | "dao" | "daofork" => SpecId::HOMESTEAD,
            "tangerine" | "tangerinewhistle" | "eip150" => SpecId::TANGERINE,
            "spurious" | "spuriousdragon" | "eip158" | "eip161" => SpecId::SPURIOUS_DRAGON,
            "byzantium" => SpecId::BYZANTIUM,
            "petersburg" | "constantinoplefix" => SpecId::PETERSBURG,
            "istanbul" | "muirglacier" => SpecId::ISTANBUL,
            "berlin" => SpecId::BERLIN,
            "london" | "arrowglacier" | "grayglacier" => SpecId::LONDON,
            "merge" | "paris" | "themerge" => SpecId::MERGE,
            "shanghai" | "shapella" => SpecId::SHANGHAI,
            "cancun" | "dencun" => SpecId::CANCUN,
            "prague" | "pectra" => SpecId::PRAGUE,
            "osaka" | "fusaka" => SpecId::OSAKA,
            "bpo1" => return Some(Self { spec: SpecId::OSAKA, blobs: Some(BlobParams::bpo1()) }),
            "bpo2" => return Some(Self { spec: SpecId::OSAKA, blobs: Some(BlobParams::bpo2()) }),
            _ => return None,
        };
        Some(Self::of(spec))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mainnet_forks_start_where_they_did() {
        let starts = [
            (1_150_000, SpecId::HOMESTEAD),
            (2_463_000, SpecId::TANGERINE),
            (2_675_000, SpecId::SPURIOUS_DRAGON),
            (4_370_000, SpecId::BYZANTIUM),
            (7_280_000, SpecId::PETERSBURG),
            (9_069_000, SpecId::ISTANBUL),
            (12_244_000, SpecId::BERLIN),
            (12_965_000, SpecId::LONDON),
            (15_537_394, SpecId::MERGE),
        ];
        let mut before = SpecId::FRONTIER;
        for (number, spec) in starts {
            assert_eq!(Rules::mainnet(number - 1, 0).spec, before);
            assert_eq!(Rules::mainnet(number, 0).spec, spec);
            before = spec;
        }
        for (time, spec) in BY_TIME.into_iter().rev() {
            assert_eq!(Rules::mainnet(25_000_000, time - 1).spec, before);
            assert_eq!(Rules::mainnet(25_000_000, time).spec, spec);
            before = spec;
        }
    }

    #[test]
    fn blob_parameters_follow_the_schedule() {
        let at = |time| Rules::mainnet(25_000_000, time).blobs.map(|b| (b.max_blob_count, b.update_fraction));
        assert_eq!(at(1_710_338_134), None);
        assert_eq!(at(1_710_338_135), Some((6, 3_338_477)));
        assert_eq!(at(1_746_612_311), Some((9, 5_007_716)));
        assert_eq!(at(1_764_798_551), Some((9, 5_007_716)));
        assert_eq!(at(1_765_290_071), Some((15, 8_346_193)));
        assert_eq!(at(1_767_747_671), Some((21, 11_684_671)));
    }

    #[test]
    fn names_have_many_spellings() {
        for (name, spec) in [
            ("Merge", SpecId::MERGE),
            ("Paris", SpecId::MERGE),
            ("ConstantinopleFix", SpecId::PETERSBURG),
            ("EIP158", SpecId::SPURIOUS_DRAGON),
            ("spurious_dragon", SpecId::SPURIOUS_DRAGON),
            ("Tangerine Whistle", SpecId::TANGERINE),
            ("CANCUN", SpecId::CANCUN),
            ("BPO2", SpecId::OSAKA),
        ] {
            assert_eq!(Rules::named(name).unwrap().spec, spec, "{name}");
        }
        for name in ["", "Constantinople", "London+1", "Verkle"] {
            assert_eq!(Rules::named(name), None, "{name}");
        }
    }
}
