//! Leaf blocks: Verilog text with a Rust model of the same behaviour. The two descriptions are independent, so each is
//! compared by a random test of its own.

pub mod byte_choice;
pub mod byte_rotator;
pub mod keep_mask;
pub mod limb_file;
pub mod limb_product;
pub mod line_ram;
pub mod memory_bank;
pub mod operand_ram;
pub mod power_of_two;
pub mod ram;
pub mod reciprocal_seed;
pub mod small_ram;

pub use byte_choice::ByteChoice;
pub use byte_rotator::ByteRotator;
pub use keep_mask::KeepMask;
pub use limb_file::LimbFile;
pub use limb_product::LimbProduct;
pub use line_ram::LineRam;
pub use memory_bank::MemoryBank;
pub use operand_ram::OperandRam;
pub use power_of_two::PowerOfTwo;
pub use ram::Ram;
pub use reciprocal_seed::ReciprocalSeed;
pub use small_ram::SmallRam;
