"""The card under test: clock, reset, boot, AXI-Lite manager, both AXI memories, interrupts."""

import logging
import random

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, RisingEdge, with_timeout
from cocotbext.axi import AxiBus, AxiLiteBus, AxiLiteMaster, AxiResp, AxiSlave, SparseMemoryRegion

import pauses
from contract import load, register
from host import HostMemory
from watch import Watch

CLOCK_NS = 10
ACCESS_CYCLES_MAX = 4096
"""Longest that a register access may take, pauses included."""


class Card:
    """A card and what it is connected to."""

    def __init__(self, dut):
        self.dut = dut
        for agent in ("bar", "host", "memory"):
            logging.getLogger(f"cocotb.{dut._name}.{agent}").setLevel(logging.WARNING)
        self._idle_inputs()
        cocotb.start_soon(Clock(dut.clock, CLOCK_NS, unit="ns").start())
        self.host_memory = HostMemory()
        self.bar = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "bar"), dut.clock, dut.reset)
        self.host = AxiSlave(AxiBus.from_prefix(dut, "host"), dut.clock, dut.reset, target=self.host_memory)
        memory = SparseMemoryRegion(2**64)
        self.memory = AxiSlave(AxiBus.from_prefix(dut, "memory"), dut.clock, dut.reset, target=memory)
        self.watch = Watch(dut)
        cocotb.start_soon(self.watch.run())

    def _idle_inputs(self):
        """Inputs that no agent drives."""
        straps = load("boot")["straps"]
        self.dut.strap_lanes.value = straps["lanes"]
        self.dut.strap_slots.value = straps["slots"]
        for name in ("boot_valid", "boot_program", "boot_address", "boot_word"):
            getattr(self.dut, name).value = 0
        self.dut.processor_reset.value = 1
        self.dut.interrupt_ready.value = 1
        self.dut.reset.value = 1

    async def cycles(self, count):
        """Lets cycles pass."""
        await ClockCycles(self.dut.clock, count)

    async def reset(self):
        """Resets the bus side; the processor waits."""
        self.dut.processor_reset.value = 1
        self.dut.reset.value = 1
        await self.cycles(4)
        self.dut.reset.value = 0
        await self.cycles(2)

    async def boot(self):
        """Loads both memories of the processor through the boot port and lets it go."""
        edge = RisingEdge(self.dut.clock)
        self.dut.boot_valid.value = 1
        for program, address, word in load("boot")["words"]:
            self.dut.boot_program.value = program
            self.dut.boot_address.value = address
            self.dut.boot_word.value = word
            await edge
            while not self.dut.boot_ready.value:
                await edge
        self.dut.boot_valid.value = 0
        await self.cycles(1)
        self.dut.processor_reset.value = 0
        await self.cycles(4096)

    def pause(self, seed):
        """Random pauses on every channel and of the interrupt."""
        source = random.Random(seed)
        pauses.apply(source, self.bar, self.host, self.memory)
        cocotb.start_soon(self._pause_interrupts(random.Random(source.random())))

    async def _pause_interrupts(self, source):
        for paused in pauses.generator(source):
            self.dut.interrupt_ready.value = not paused
            await RisingEdge(self.dut.clock)

    async def read(self, offset):
        """A register, 32 bits; the response must be OKAY."""
        answer = await with_timeout(self.bar.read(offset, 4), ACCESS_CYCLES_MAX * CLOCK_NS, "ns")
        assert answer.resp == AxiResp.OKAY, f"read of {offset:#x}: {answer.resp!r}"
        return int.from_bytes(answer.data, "little")

    async def write(self, offset, value, size=4):
        """Writes a register; fewer bytes than four leave strobes out."""
        data = value.to_bytes(size, "little")
        answer = await with_timeout(self.bar.write(offset, data), ACCESS_CYCLES_MAX * CLOCK_NS, "ns")
        assert answer.resp == AxiResp.OKAY, f"write to {offset:#x}: {answer.resp!r}"

    async def get(self, name):
        """A register by name."""
        return await self.read(register(name))

    async def put(self, name, value):
        """Writes a register by name."""
        await self.write(register(name), value)

    async def wait_until(self, true, cycles, what):
        """Looks after every interrupt whether something is true, as a driver does."""
        while not true():
            self.watch.interrupt.clear()
            try:
                await with_timeout(self.watch.interrupt.wait(), cycles * CLOCK_NS, "ns")
            except cocotb.triggers.SimTimeoutError:
                raise AssertionError(f"no interrupt in {cycles} cycles; {what()}") from None
