//! Leaf blocks: Verilog text with a Rust model of the same behaviour. The two descriptions are independent, so each is
//! compared by a random test of its own.

pub mod byte_ram;
pub mod keep_mask;
pub mod limb_file;
pub mod limb_product;
pub mod operand_ram;
pub mod power_of_two;
pub mod reciprocal_seed;

pub use byte_ram::ByteRam;
pub use keep_mask::KeepMask;
pub use limb_file::LimbFile;
pub use limb_product::LimbProduct;
pub use operand_ram::OperandRam;
pub use power_of_two::PowerOfTwo;
pub use reciprocal_seed::ReciprocalSeed;
