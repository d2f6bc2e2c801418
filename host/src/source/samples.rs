//! Sample blocks that come with the crate: mainnet, Berlin to Cancun, as [`super::bundle`]s.

/// Lists the embedded files.
macro_rules! samples {
    ($($number:literal)*) => {
        /// File name and contents of each sample, oldest block first.
        pub const SAMPLES: &[(&str, &[u8])] = &[$((
            concat!("samples/", $number, ".json.gz"),
            include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/samples/", $number, ".json.gz")),
        ),)*];
    };
}

samples! {
    "12244000" "12300570" "13217637" "14396881" "15537393" "15537394"
    "15752489" "18085863" "19426587" "19923400" "19929064" "19933122"
}
