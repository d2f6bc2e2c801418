"""What AXI and the contract ask of the card in every cycle, whatever the test does."""

from collections import deque

from cocotb.triggers import Event, RisingEdge

CHANNELS = {
    "host_ar": ("araddr", "arlen", "arsize", "arburst", "arid"),
    "host_aw": ("awaddr", "awlen", "awsize", "awburst", "awid"),
    "host_w": ("wdata", "wstrb", "wlast"),
    "memory_ar": ("araddr", "arlen", "arsize", "arburst", "arid"),
    "memory_aw": ("awaddr", "awlen", "awsize", "awburst", "awid"),
    "memory_w": ("wdata", "wstrb", "wlast"),
    "bar_b": ("bresp",),
    "bar_r": ("rdata", "rresp"),
}
"""Channels whose `valid` the card drives, and what it offers there."""


class Channel:
    """One channel: what `valid` offers stays until it is taken."""

    def __init__(self, dut, name, payload):
        self.name = name
        self.valid = getattr(dut, f"{name}valid")
        self.ready = getattr(dut, f"{name}ready")
        bus = name.split("_")[0]
        self.payload = [getattr(dut, f"{bus}_{signal}") for signal in payload]
        self.offer = None
        self.taken = 0
        self.stalls = 0

    def sample(self):
        """Checks a cycle; whether something is taken in it."""
        valid, ready = bool(self.valid.value), bool(self.ready.value)
        if self.offer is not None:
            offer = [int(signal.value) for signal in self.payload]
            assert valid and offer == self.offer, f"{self.name}: an offer changed before it was taken"
        stalled = valid and not ready
        self.offer = [int(signal.value) for signal in self.payload] if stalled else None
        self.stalls += stalled
        self.taken += valid and ready
        return valid and ready


class Watch:
    """Watches all channels and interrupts of a card from its reset on."""

    def __init__(self, dut):
        self.dut = dut
        self.channels = {name: Channel(dut, name, payload) for name, payload in CHANNELS.items()}
        self.host_writes = deque()
        self.interrupts = 0
        self.interrupt = Event()
        self.ring = None
        """Completion ring in use, if there is one."""

    async def run(self):
        """Every cycle, for ever."""
        edge = RisingEdge(self.dut.clock)
        asking = False
        while True:
            await edge
            if self.dut.reset.value:
                assert not asking, "reset while an interrupt waits"
                continue
            taken = {name for name, channel in self.channels.items() if channel.sample()}
            self._host(taken)
            valid, ready = bool(self.dut.interrupt_valid.value), bool(self.dut.interrupt_ready.value)
            assert valid or not asking, "an interrupt was taken back"
            if valid and not asking:
                self._interrupt()
            asking = valid and not ready

    def _host(self, taken):
        """A completion begins only when what was written before it has been answered, other than completions."""
        if self.dut.host_bvalid.value and self.dut.host_bready.value:
            assert self.host_writes, "an answer without a write"
            self.host_writes.popleft()
        if "host_aw" in taken:
            address = int(self.dut.host_awaddr.value)
            if self.ring is not None and self.ring.covers(address):
                early = [hex(other) for other in self.host_writes if not self.ring.covers(other)]
                assert not early, f"a completion goes out before writes to {early} are done"
            self.host_writes.append(address)

    def _interrupt(self):
        """None without a cause: there are as many completions in memory as interrupts have begun."""
        self.interrupts += 1
        if self.ring is not None:
            count = len(self.ring.poll())
            assert count >= self.interrupts, f"interrupt {self.interrupts} with {count} completions in memory"
        self.interrupt.set()
