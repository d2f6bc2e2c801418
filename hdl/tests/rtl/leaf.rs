//! Leaf blocks: random accesses, Verilog text against Rust model.

use gaslane_hdl::{
    blocks::{OperandStack, SmallBank},
    leaf::{ByteChoice, ByteRotator, KeepMask, byte_choice, byte_rotator, keep_mask, memory_bank::merge},
    word::W256,
};
use rand::Rng;
use rust_hdl_core::prelude::*;

use crate::{
    dut,
    harness::{Bench, Dut},
    random::{rng, word},
};

const ACCESSES: usize = 20_000;

dut!(KeepMask, combinational, [rotation, left, none] => [mask]);
dut!(OperandStack, clocked, [address_a, address_b, write, write_address, write_data] => [data_a, data_b]);
type AnyRotator = ByteRotator<0, 5>;
type OneRotator = ByteRotator<0, 1>;
type HighRotator = ByteRotator<1, 4>;
dut!(AnyRotator, combinational, [value, count] => [rotated]);
dut!(OneRotator, combinational, [value, count] => [rotated]);
dut!(HighRotator, combinational, [value, count] => [rotated]);
dut!(ByteChoice, combinational, [first, second, third, take_second, take_third] => [chosen]);
dut!(SmallBank, clocked, [row, enable, write_row, write_data] => [data]);

#[test]
fn keep_mask_every_input() {
    let mut bench = Bench::<KeepMask>::new("keep_mask");
    for (left, none) in [(false, false), (true, false), (false, true), (true, true)] {
        for rotation in 0..=255_u8 {
            bench.left.next = left;
            bench.none.next = none;
            bench.rotation.next = u64::from(rotation).into();
            bench.tick();
            let mask = bench.mask.val();
            assert_eq!(mask, keep_mask::model(rotation, left, none));
            let count = if left { rotation.wrapping_neg() } else { rotation };
            for bit in 0..256 {
                let from = if left { bit } else { 255 - bit };
                assert_eq!(mask.get_bit(bit), !none && from >= usize::from(count), "{rotation} {left} {none} {bit}");
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

fn bytes(word: W256) -> Vec<u8> {
    word.limbs().map(u64::to_le_bytes).concat()
}

#[test]
fn memory_bank_random_accesses() {
    let mut bench = Bench::<SmallBank>::new("memory_bank");
    let mut rng = rng();
    let mut rows = vec![[0_u8; 32]; 1 << 10];
    for _ in 0..ACCESSES {
        // Row numbers wrap.
        let [source, target] = std::array::from_fn(|_| address(&mut rng, 14));
        let enable: u32 = if rng.random() { rng.random() } else { 0 };
        let data = word(&mut rng);
        bench.row.next = source.into();
        bench.enable.next = u64::from(enable).into();
        bench.write_row.next = target.into();
        bench.write_data.next = data;
        bench.tick();
        let [source, target] = [source, target].map(|row| row as usize % rows.len());
        assert_eq!(merge(data, W256::ZERO, u32::MAX), W256::ZERO);
        for (i, (found, byte)) in bytes(bench.data.val()).into_iter().zip(bytes(data)).enumerate() {
            let written = (enable >> i) & 1 == 1;
            let inverted = if written && source == target { 0xff } else { 0 };
            assert_eq!(found, rows[source][i] ^ inverted);
            if written {
                rows[target][i] = byte;
            }
        }
    }
    bench.cross_check();
}

#[test]
fn byte_choice_random_choices() {
    let mut bench = Bench::<ByteChoice>::new("byte_choice");
    let mut rng = rng();
    for _ in 0..ACCESSES {
        let words = std::array::from_fn(|_| word(&mut rng));
        let takes: [u32; 2] = [rng.random(), rng.random::<u32>() & rng.random::<u32>()];
        [bench.first.next, bench.second.next, bench.third.next] = words;
        bench.take_second.next = u64::from(takes[0]).into();
        bench.take_third.next = u64::from(takes[1]).into();
        bench.tick();
        let chosen = bench.chosen.val();
        assert_eq!(chosen, byte_choice::model(words, takes[0], takes[1]));
        for (i, byte) in bytes(chosen).into_iter().enumerate() {
            let [second, third] = takes.map(|take| (take >> i) & 1 == 1);
            assert_eq!(byte, bytes(words[if third { 2 } else { usize::from(second) }])[i]);
        }
    }
    bench.cross_check();
}

fn rotations<const LOW: usize, const COUNT_BITS: usize>(name: &'static str)
where
    ByteRotator<LOW, COUNT_BITS>: Dut,
{
    let mut bench = Bench::<ByteRotator<LOW, COUNT_BITS>>::new(name);
    let mut rng = rng();
    for _ in 0..10_000 {
        let (value, count): (_, u64) = (word(&mut rng), rng.random_range(0..1 << COUNT_BITS));
        bench.value.next = value;
        bench.count.next = count.into();
        bench.tick();
        // Bytes from the least significant one.
        let mut expected = bytes(value);
        expected.rotate_right((count as usize) << LOW);
        assert_eq!(bytes(bench.rotated.val()), expected);
        assert_eq!(bench.rotated.val(), byte_rotator::model(value, count << LOW));
    }
    bench.cross_check();
}

#[test]
fn byte_rotator_random_rotations() {
    rotations::<0, 5>("byte_rotator");
    rotations::<0, 1>("byte_rotator_one");
    rotations::<1, 4>("byte_rotator_high");
}
