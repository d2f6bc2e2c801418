"""Registers by AXI4-Lite: what the map says, and nothing else. Every access under random pauses. The processor stands still."""

import random

import cocotb

import pauses
from card import Card
from contract import CONTRACT, REGISTERS, load, register

COUNTING = {"CYCLES"}
"""What moves by itself on a card that does nothing."""
HELD = {name for name, row in REGISTERS.items() if row["access"] == "rw" and name != "CONTROL"}
"""Registers that keep what is written (CONTROL starts the card)."""
BITS = {"IRQ_ENABLE": 0b11}
"""Registers of which the contract defines some bits only."""


def words(name):
    """Offsets of the 32-bit registers of a row."""
    row = REGISTERS[name]
    return [row["offset"] + 4 * index for index in range(row["count"])]


def mapped():
    """Offsets of the whole map."""
    return [offset for name in REGISTERS for offset in words(name)]


async def still(card):
    """All registers that do not count."""
    return {offset: await card.read(offset) for name in REGISTERS if name not in COUNTING for offset in words(name)}


async def unchanged(card, before):
    """Fails if a register that does not count is not what it was."""
    now = await still(card)
    changed = [f"{offset:#x}: {before[offset]:#x}, now {now[offset]:#x}" for offset in before if now[offset] != before[offset]]
    assert not changed, f"registers that changed: {changed}"


async def start(dut, default):
    """A card after reset, paused at random; its source of randomness."""
    seed = pauses.seed(default)
    card = Card(dut)
    await card.reset()
    card.pause(seed)
    return card, random.Random(seed)


@cocotb.test()
async def identification(dut):
    """What the card says of itself is what its configuration and straps are."""
    card, _ = await start(dut, 1)
    assert await card.get("ID") == CONTRACT["card_id"]
    assert await card.get("ABI") == CONTRACT["abi_version"]
    straps = {register("LANES"): load("boot")["straps"]["lanes"], register("SLOTS"): load("boot")["straps"]["slots"]}
    for index, word in enumerate(CONTRACT["fixed"]):
        value = await card.read(4 * index)
        assert value == word + straps.get(4 * index, 0), f"register {4 * index:#x} is {value:#x}"


@cocotb.test()
async def reset_values(dut):
    """After reset everything that is not identification is zero, but that the card is idle."""
    card, _ = await start(dut, 2)
    fixed = 4 * len(CONTRACT["fixed"])
    for offset, value in (await still(card)).items():
        if offset >= fixed and offset != register("STATUS"):
            assert value == 0, f"register {offset:#x} is {value:#x} after reset"
    status = await card.get("STATUS")
    assert status & ~CONTRACT["status"]["idle"] == 0, f"STATUS {status:#x}"


@cocotb.test()
async def registers_that_hold(dut):
    """Writable registers keep what is written, in any order, and each is one of its own."""
    card, source = await start(dut, 3)
    held = {}
    for _ in range(4):
        offsets = [(offset, BITS.get(name, 0xFFFF_FFFF)) for name in sorted(HELD) for offset in words(name)]
        source.shuffle(offsets)
        for offset, bits in offsets:
            held[offset] = source.getrandbits(32) & bits
            await card.write(offset, held[offset])
        for offset, value in held.items():
            found = await card.read(offset)
            assert found == value, f"register {offset:#x} is {found:#x}, was written {value:#x}"


@cocotb.test()
async def read_only_registers(dut):
    """Writes to read-only registers are answered and change nothing."""
    card, source = await start(dut, 4)
    before = await still(card)
    for name, row in REGISTERS.items():
        if row["access"] == "ro":
            for offset in words(name):
                await card.write(offset, source.getrandbits(32))
    await unchanged(card, before)
    first = await card.get("CYCLES")
    await card.cycles(100)
    second = await card.get("CYCLES")
    assert 100 <= second - first < 4096, f"CYCLES went from {first} to {second}"


@cocotb.test()
async def write_strobes(dut):
    """Registers are written whole: a write without all four strobes changes nothing."""
    card, source = await start(dut, 5)
    for name in sorted(HELD):
        for offset in words(name):
            await card.write(offset, source.getrandbits(32) & BITS.get(name, 0xFFFF_FFFF))
    before = await still(card)
    for offset in mapped():
        for first, size in [(0, 1), (1, 1), (2, 1), (3, 1), (0, 2), (2, 2), (0, 3), (1, 3)]:
            await card.write(offset + first, source.getrandbits(8 * size), size)
    await unchanged(card, before)


@cocotb.test()
async def unmapped_addresses(dut):
    """Offsets that the map does not name read as zero; writes to them are answered and change nothing."""
    card, source = await start(dut, 6)
    before = await still(card)
    others = sorted(set(range(0, CONTRACT["bar_bytes"], 4)) - set(mapped()))
    for offset in others:
        await card.write(offset, source.getrandbits(32) | 1)
    for offset in others:
        value = await card.read(offset)
        assert value == 0, f"offset {offset:#x} reads {value:#x}"
    await unchanged(card, before)


@cocotb.test()
async def many_at_once(dut):
    """Reads and writes that wait for each other on the bus: each is answered once, with its own data."""
    card, source = await start(dut, 7)
    low, high = words("SQ_BASE")
    for _ in range(50):
        values = [source.getrandbits(32), source.getrandbits(32)]
        tasks = [
            cocotb.start_soon(card.write(low, values[0])),
            cocotb.start_soon(card.write(high, values[1])),
            cocotb.start_soon(card.get("ID")),
            cocotb.start_soon(card.get("ABI")),
        ]
        results = [await task for task in tasks]
        assert results[2:] == [CONTRACT["card_id"], CONTRACT["abi_version"]]
        assert [await card.read(low), await card.read(high)] == values
    stalls = {name: card.watch.channels[name].stalls for name in ("bar_b", "bar_r")}
    assert sum(stalls.values()) > 0, "no answer was held back"
