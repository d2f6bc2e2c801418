"""The numbers of the contract and what was recorded, as `cargo xtask cocotb` writes them from `gaslane_abi`: no second copy of them."""

import json
import os
from pathlib import Path

FOLDER = Path(os.environ["GASLANE_COCOTB"])


def load(name):
    """One of the files that were made for this run."""
    return json.loads((FOLDER / f"{name}.json").read_text())


CONTRACT = load("contract")
REGISTERS = CONTRACT["registers"]


def register(name):
    """Offset of a register in BAR0."""
    return REGISTERS[name]["offset"]


class Layout:
    """A structure in host memory: fields of little-endian numbers."""

    def __init__(self, name):
        self.bytes = CONTRACT[name]["bytes"]
        self.fields = CONTRACT[name]["fields"]

    def get(self, data, field):
        """A field of a structure's bytes."""
        offset, size = self.fields[field]
        return int.from_bytes(data[offset : offset + size], "little")

    def pack(self, **values):
        """The bytes of a structure with these fields, zero elsewhere."""
        data = bytearray(self.bytes)
        for field, value in values.items():
            offset, size = self.fields[field]
            data[offset : offset + size] = value.to_bytes(size, "little")
        return bytes(data)

    def without(self, data, *fields):
        """The bytes with zeros in place of some fields."""
        data = bytearray(data)
        for field in fields:
            offset, size = self.fields[field]
            data[offset : offset + size] = bytes(size)
        return bytes(data)


SUBMISSION = Layout("submission")
COMPLETION = Layout("completion")
RESULT = Layout("result")
