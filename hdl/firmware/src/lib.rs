//! Firmware of the lanes, and the assembler that builds it.
