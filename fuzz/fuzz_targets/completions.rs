//! See `gaslane_tests::fuzz::completions`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    gaslane_tests::fuzz::completions(data);
});
