"""Host memory as the card sees it, and the rings in it."""

from cocotbext.axi.address_space import Region

from contract import COMPLETION


class HostMemory(Region):
    """Mapped ranges. Everything else is not there: the AXI memory of cocotbext-axi answers it with SLVERR."""

    def __init__(self):
        super().__init__(2**64)
        self.mappings = {}
        self.writes = []
        """What the card wrote, in order: address and bytes."""

    def map(self, iova, length):
        """Zeroed memory at an address."""
        self.mappings[iova] = bytearray(length)

    def _place(self, address, length):
        for iova, data in self.mappings.items():
            if iova <= address and address + length <= iova + len(data):
                return data, address - iova
        raise LookupError(f"nothing is mapped at {address:#x}")

    def load(self, address, length):
        """Bytes, as the host reads them."""
        data, at = self._place(address, length)
        return bytes(data[at : at + length])

    def store(self, address, new):
        """Bytes, as the host writes them."""
        data, at = self._place(address, len(new))
        data[at : at + len(new)] = new

    async def _read(self, address, length, **kwargs):
        return self.load(address, length)

    async def _write(self, address, data, **kwargs):
        self.store(address, data)
        self.writes.append((address, bytes(data)))


class CompletionRing:
    """A completion ring, read as a host does: an entry is new if its phase bit is that of the pass."""

    def __init__(self, memory, base, entries):
        self.memory, self.base, self.entries = memory, base, entries
        self.seen = []

    def phase(self, index):
        """Phase bit of the entry with a running number: 1 in the first pass."""
        return 1 ^ (index // self.entries & 1)

    def address(self, index):
        """Where that entry stands."""
        return self.base + index % self.entries * COMPLETION.bytes

    def poll(self):
        """All completions so far."""
        while True:
            index = len(self.seen)
            entry = self.memory.load(self.address(index), COMPLETION.bytes)
            if COMPLETION.get(entry, "phase") != self.phase(index):
                return self.seen
            self.seen.append(entry)

    def covers(self, address):
        """Whether an address is inside the ring."""
        return self.base <= address < self.base + self.entries * COMPLETION.bytes
