//! Ports of a block as plain data: from a list of names and kinds a struct and a table.
//!
//! Kinds: `word` 256 bits, `address` 160, `half` 64, `number` up to 32, `flag` one.

macro_rules! port_type {
    (word) => {
        [u64; 4]
    };
    (address) => {
        [u64; 3]
    };
    (half) => {
        u64
    };
    (number) => {
        u32
    };
    (flag) => {
        bool
    };
}

macro_rules! port_struct {
    ([$name:ident $names:ident $what:literal] $($field:ident: $kind:ident,)*) => {
        #[doc = concat!($what, " in a cycle; wide ones in limbs, least significant first.")]
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[allow(missing_docs)]
        #[repr(C)]
        pub struct $name { $(pub $field: $crate::port_struct::port_type!($kind),)* }

        #[doc = concat!($what, ": name and kind of each.")]
        pub const $names: &[(&str, &str)] = &[$((stringify!($field), stringify!($kind)),)*];
    };
}

pub(crate) use {port_struct, port_type};
