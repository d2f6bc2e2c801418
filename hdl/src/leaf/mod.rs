//! Leaf blocks: Verilog text with a Rust model of the same behaviour. The two descriptions are independent, so each is
//! compared by a random test of its own.

pub mod byte_ram;
pub mod keep_mask;
pub mod limb_product;
pub mod operand_ram;
pub mod ram;

pub use byte_ram::ByteRam;
pub use keep_mask::KeepMask;
pub use limb_product::LimbProduct;
pub use operand_ram::OperandRam;
pub use ram::Ram;
