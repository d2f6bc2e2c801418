"""The card behind what AWS F2 has around it, without the vendor's part: it boots from its own memory, its buses are 512 bits wide, function level reset."""

import random

import cocotb
from cocotb.triggers import RisingEdge

import pauses
from card import Card
from contract import CONTRACT, load, register
from session import Session
from test_transaction import counters, order

BOOT_CYCLES_MAX = 100_000
DRAIN_CYCLES_MAX = 1_000
CONFIGURED_CYCLES = 4096
"""The firmware takes its configuration in them."""


class Board(Card):
    """A card that boots by itself."""

    def _idle_inputs(self):
        self.dut.flr.value = 0
        self.dut.interrupt_ready.value = 1
        self.dut.reset.value = 1

    async def reset(self):
        """Resets all of it."""
        self.dut.reset.value = 1
        await self.cycles(4)
        self.dut.reset.value = 0
        await self.cycles(2)

    async def until(self, signal, cycles):
        """Waits for a level."""
        for _ in range(cycles):
            await RisingEdge(self.dut.clock)
            if signal.value:
                return
        raise AssertionError(f"{signal._name} is not up after {cycles} cycles")

    async def boot(self):
        """Waits until the processor has been let go and knows its configuration."""
        await self.until(self.dut.booted, BOOT_CYCLES_MAX)
        await self.cycles(CONFIGURED_CYCLES)

    async def function_level_reset(self):
        """As the shell does it: a level until the card has finished."""
        self.dut.flr.value = 1
        await self.until(self.dut.flr_finished, DRAIN_CYCLES_MAX)
        await self.cycles(3)
        self.dut.flr.value = 0


async def identification(card):
    """What the card says of itself."""
    straps = load("boot")["straps"]
    assert await card.get("ID") == CONTRACT["card_id"]
    assert await card.get("LANES") == straps["lanes"]
    assert await card.get("SLOTS") == straps["slots"]


@cocotb.test()
async def registers(dut):
    """Registers answer while the card boots and after it; the processor runs."""
    card = Board(dut)
    await card.reset()
    card.pause(pauses.seed(41))
    await identification(card)
    assert not dut.booted.value
    await card.boot()
    await identification(card)
    assert not dut.halted.value


@cocotb.test()
async def accesses_in_resets(dut):
    """Every register access is answered, whenever a function level reset comes; what was written before it is gone."""
    card = Board(dut)
    await card.reset()
    source = random.Random(pauses.seed(43))
    card.pause(source.random())
    accesses = 0
    ends = False

    async def read():
        nonlocal accesses
        while not ends:
            assert await card.get("ID") == CONTRACT["card_id"]
            accesses += 1

    async def write():
        nonlocal accesses
        while not ends:
            await card.put("IRQ_MODERATION_CYCLES", source.randrange(2**32))
            accesses += 1

    tasks = [cocotb.start_soon(read()), cocotb.start_soon(write())]
    for _ in range(100):
        before = accesses
        await card.cycles(source.randint(30, 200))
        await card.function_level_reset()
        await card.cycles(100)
        assert accesses > before, "no access is answered any more"
    ends = True
    for task in tasks:
        await task


@cocotb.test()
async def transaction(dut):
    """The recorded transaction, through buses of 64 bytes; then a function level reset of the card at rest, and it boots again."""
    card = Board(dut)
    await card.reset()
    await card.boot()
    card.pause(pauses.seed(42))
    session = Session(card)
    await session.play()
    await card.cycles(2000)
    session.compare()
    order(card, session)
    await counters(card, session)
    status = await card.get("STATUS")
    assert status & CONTRACT["status"]["idle"]
    card.watch.ring = None
    await card.function_level_reset()
    assert not dut.booted.value
    await card.boot()
    await identification(card)
    assert await card.get("COMMITTED") == 0
    assert await card.read(register("SQ_TAIL")) == 0
    assert not dut.halted.value
