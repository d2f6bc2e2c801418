//! Small blocks of the lane: gas counter, price of memory, control table, lines.

use gaslane_hdl::lane::{
    control::{ControlTable, Kind, decode},
    gas::{GasCounter, model},
    growth::{GrowthPrice, PRICE_CYCLES, model as price},
    line::{ByteLength, JumpBlockLookup, LineFields, Reverse, number},
};
use gaslane_hdl::word::W64;
use rand::Rng;
use rust_hdl_core::prelude::*;

use crate::{
    dut,
    harness::Bench,
    random::{rng, word},
};

dut!(GasCounter, clocked, [replace, add, subtract, amount] => [gas, after, negative, debt]);
dut!(GrowthPrice, clocked, [old_words, new_words] => [price]);
dut!(LineFields, combinational, [line, index] => [word, number, field0, field1, field2, field3, field4, field5, field6, field7]);
dut!(JumpBlockLookup, combinational, [line, place] => [valid, entry]);
dut!(ByteLength, combinational, [value] => [bytes]);
dut!(Reverse, combinational, [value] => [reversed]);

/// Enums as numbers, so that the bench can record them.
#[derive(LogicBlock, Default)]
struct Control {
    op: Signal<In, Bits<7>>,
    action: Signal<Out, Bits<4>>,
    flags: Signal<Out, Bits<6>>,
    is_alu: Signal<Out, Bit>,
    is_serial: Signal<Out, Bit>,
    block: ControlTable,
}

impl Logic for Control {
    #[hdl_gen]
    fn update(&mut self) {
        self.block.op.next = self.op.val();
        self.action.next = self.block.action.val();
        self.flags.next = bits::<6>(0);
        if self.block.reads_a.val() {
            self.flags.next = self.flags.val() | bits::<6>(1);
        }
        if self.block.reads_b.val() {
            self.flags.next = self.flags.val() | bits::<6>(2);
        }
        if self.block.modes.val() {
            self.flags.next = self.flags.val() | bits::<6>(4);
        }
        if self.block.split.val() {
            self.flags.next = self.flags.val() | bits::<6>(8);
        }
        if self.block.writes.val() {
            self.flags.next = self.flags.val() | bits::<6>(16);
        }
        if self.block.privileged.val() {
            self.flags.next = self.flags.val() | bits::<6>(32);
        }
        self.is_alu.next = self.block.kind.val() == Kind::Alu;
        self.is_serial.next = self.block.kind.val() == Kind::Serial;
    }
}

dut!(Control, combinational, [op] => [action, flags, is_alu, is_serial]);

#[test]
fn control_table() {
    let mut bench = Bench::<Control>::new("control");
    for code in 0..128_u64 {
        bench.op.next = code.into();
        bench.settle();
        let control = decode(code as u8);
        assert_eq!(bench.action.val().to_u64(), u64::from(control.function));
        let flags =
            [control.reads_a, control.reads_b, control.modes, control.split, control.writes, control.privileged];
        let flags = flags.iter().rev().fold(0, |all, flag| all << 1 | u64::from(*flag));
        assert_eq!(bench.flags.val().to_u64(), flags, "{code:#x}");
        bench.tick();
    }
    bench.cross_check();
}

#[test]
fn gas_counter() {
    let mut bench = Bench::<GasCounter>::new("gas");
    let mut rng = rng();
    let mut gas = 0_i64;
    for _ in 0..20_000 {
        let amount = (rng.random::<u64>() >> rng.random_range(1..64)) as i64;
        let (set, add, subtract) = match rng.random_range(0..5) {
            0 => (true, false, false),
            1 => (false, true, false),
            2 | 3 => (false, false, true),
            _ => (false, false, false),
        };
        let amount = if set && rng.random() { -amount } else { amount };
        if add && gas.checked_add(amount).is_none() {
            continue;
        }
        (bench.replace.next, bench.add.next, bench.subtract.next) = (set, add, subtract);
        bench.amount.next = W64::from_limbs([amount as u64]);
        bench.settle();
        let after = if subtract { gas.wrapping_sub(amount) } else { gas.wrapping_add(amount) };
        assert_eq!(bench.after.val().limbs()[0] as i64, after);
        bench.tick();
        gas = model(gas, set, add, subtract, amount);
        assert_eq!(bench.gas.val().limbs()[0] as i64, gas);
        assert_eq!(bench.negative.val(), gas < 0);
        assert_eq!(bench.debt.val(), gas < -gaslane_abi::isa::GAS_DEBT_LIMIT, "{gas}");
    }
    bench.cross_check();
}

#[test]
fn growth_price() {
    let mut bench = Bench::<GrowthPrice>::new("growth");
    let mut rng = rng();
    for _ in 0..10_000 {
        let new = rng.random_range(0..=0xffff_u64) >> rng.random_range(0..12);
        let old = rng.random_range(0..=new);
        (bench.old_words.next, bench.new_words.next) = (old.into(), new.into());
        for _ in 0..PRICE_CYCLES {
            bench.tick();
        }
        assert_eq!(bench.price.val().to_u64(), price(old, new), "{old} to {new}");
    }
    bench.cross_check();
}

#[test]
fn lines() {
    let mut fields = Bench::<LineFields>::new("line_fields");
    let mut jumps = Bench::<JumpBlockLookup>::new("jump_block");
    let mut lengths = Bench::<ByteLength>::new("byte_length");
    let mut reverse = Bench::<Reverse>::new("reverse");
    let mut rng = rng();
    for i in 0..10_000_u64 {
        let line = word(&mut rng);
        let bytes: Vec<u8> = line.limbs().iter().rev().flat_map(|limb| limb.to_be_bytes()).collect();
        (fields.line.next, fields.index.next) = (line, (i % 4).into());
        fields.tick();
        let at = 8 * (i % 4) as usize;
        assert_eq!(fields.word.val().limbs()[0], u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()));
        assert_eq!(fields.field5.val().to_u64() as u32, u32::from_le_bytes(bytes[20..24].try_into().unwrap()));
        assert_eq!(fields.number.val(), number(line));
        let place = rng.random_range(0..128_usize);
        (jumps.line.next, jumps.place.next) = (line, (place as u64).into());
        jumps.tick();
        let block = place / 32;
        let bitmap = u32::from_le_bytes(bytes[8 * block..8 * block + 4].try_into().unwrap());
        let base = u32::from_le_bytes(bytes[8 * block + 4..8 * block + 8].try_into().unwrap());
        let before = (0..place % 32).filter(|bit| bitmap >> bit & 1 == 1).count() as u32;
        assert_eq!(jumps.valid.val(), bitmap >> (place % 32) & 1 == 1);
        assert_eq!(jumps.entry.val().to_u64() as u32, base.wrapping_add(before));
        lengths.value.next = line;
        lengths.tick();
        let significant = bytes.iter().position(|byte| *byte != 0).map_or(0, |first| 32 - first);
        assert_eq!(lengths.bytes.val().index(), significant);
        reverse.value.next = line;
        reverse.tick();
        assert_eq!(number(reverse.reversed.val()), line);
    }
    fields.cross_check();
    jumps.cross_check();
    lengths.cross_check();
    reverse.cross_check();
}
