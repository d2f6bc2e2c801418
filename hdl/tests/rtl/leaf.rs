//! Leaf blocks: random accesses, Verilog text against Rust model.

use gaslane_hdl::{
    blocks::{MemoryBank, OperandStack},
    leaf::{KeepMask, byte_ram::merge, keep_mask},
    word::W256,
};
use rand::Rng;
use rust_hdl_core::prelude::*;

use crate::{
    dut,
    harness::Bench,
    random::{rng, word},
};

const ACCESSES: usize = 20_000;

dut!(KeepMask, combinational, [count, left] => [mask]);
dut!(OperandStack, clocked, [address_a, address_b, write, write_address, write_data] => [data_a, data_b]);
dut!(MemoryBank, clocked, [address, enable, write_address, write_data] => [data]);

#[test]
fn keep_mask_every_input() {
    let mut bench = Bench::<KeepMask>::new("keep_mask");
    for left in [false, true] {
        for count in 0..=255_u8 {
            bench.left.next = left;
            bench.count.next = u64::from(count).into();
            bench.tick();
            let mask = bench.mask.val();
            assert_eq!(mask, keep_mask::model(count, left));
            for bit in 0..256 {
                let from = if left { bit } else { 255 - bit };
                assert_eq!(mask.get_bit(bit), from >= usize::from(count), "{count} {left} {bit}");
            }
        }
    }
    bench.cross_check();
}

/// Addresses that often collide.
fn address(rng: &mut impl Rng, bits: u32) -> u64 {
    let bits = if rng.random() { 2 } else { bits };
    rng.random_range(0..1 << bits)
}

#[test]
fn operand_ram_random_accesses() {
    let mut bench = Bench::<OperandStack>::new("operand_ram");
    let mut rng = rng();
    let mut words = vec![W256::ZERO; 1 << 10];
    for _ in 0..ACCESSES {
        let [a, b, target] = std::array::from_fn(|_| address(&mut rng, 10));
        let (write, data) = (rng.random(), word(&mut rng));
        bench.address_a.next = a.into();
        bench.address_b.next = b.into();
        bench.write.next = write;
        bench.write_address.next = target.into();
        bench.write_data.next = data;
        bench.tick();
        assert_eq!((bench.data_a.val(), bench.data_b.val()), (words[a as usize], words[b as usize]));
        if write {
            words[target as usize] = data;
        }
    }
    bench.cross_check();
}

#[test]
fn byte_ram_random_accesses() {
    let mut bench = Bench::<MemoryBank>::new("byte_ram");
    let mut rng = rng();
    let mut rows = vec![[0_u8; 32]; 1 << 9];
    for _ in 0..ACCESSES {
        let [source, target] = std::array::from_fn(|_| address(&mut rng, 9));
        let enable: u32 = if rng.random() { rng.random() } else { 0 };
        let data = word(&mut rng);
        bench.address.next = source.into();
        bench.enable.next = u64::from(enable).into();
        bench.write_address.next = target.into();
        bench.write_data.next = data;
        bench.tick();
        let bytes = |word: W256| word.limbs().map(u64::to_le_bytes).concat();
        assert_eq!(bytes(bench.data.val()), rows[source as usize]);
        assert_eq!(merge(data, W256::ZERO, u32::MAX), W256::ZERO);
        for (i, byte) in bytes(data).into_iter().enumerate() {
            if (enable >> i) & 1 == 1 {
                rows[target as usize][i] = byte;
            }
        }
    }
    bench.cross_check();
}
