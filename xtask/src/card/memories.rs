//! What the vendor's tools need to know of the card's large RAMs.
//!
//! Generated RAMs fill themselves with zeros at power-up by a loop. RAM blocks of UltraScale+ are zero then unless told otherwise (UG573),
//! UltraRAM cannot be told otherwise, and a tool unrolls the loop: for large RAMs it is left out. RAMs that would take most of a device's block
//! RAM go to UltraRAM, which is used only where a design asks for it.

/// RAMs of fewer words keep their loop.
const LOOP_WORDS: usize = 1 << 10;
/// RAMs of fewer bits stay block RAM.
const ULTRA_BITS: usize = 1 << 21;

/// The same Verilog with that done.
pub fn for_fpga(verilog: &str) -> String {
    let mut text = String::with_capacity(verilog.len());
    for line in verilog.lines() {
        if zero_loop(line).is_some_and(|words| words >= LOOP_WORDS) {
            continue;
        }
        match ram(line) {
            Some((bits, declaration)) if bits >= ULTRA_BITS => {
                text += &format!("    (* no_rw_check, ram_style = \"ultra\" *) {declaration}");
            }
            _ => text += line,
        }
        text.push('\n');
    }
    text
}

/// Words of `initial for (i = 0; i <= 1023; i = i + 1) words[i] = 0;`.
fn zero_loop(line: &str) -> Option<usize> {
    let rest = line.trim().strip_prefix("initial for (i = 0; i <= ")?;
    let (last, body) = rest.split_once("; i = i + 1) ")?;
    body.ends_with("[i] = 0;").then_some(last.parse::<usize>().ok()? + 1)
}

/// Bits of a RAM, and its declaration: `(* no_rw_check *) reg [255:0] words [0:1023];` without the attributes.
fn ram(line: &str) -> Option<(usize, &str)> {
    let (_, declaration) = line.trim().strip_prefix("(* no_rw_check")?.split_once("*) ")?;
    let (high, rest) = declaration.strip_prefix("reg [")?.split_once(":0] ")?;
    let (_, last) = rest.strip_suffix("];")?.split_once(" [0:")?;
    Some(((high.parse::<usize>().ok()? + 1) * (last.parse::<usize>().ok()? + 1), declaration))
}

#[cfg(test)]
mod tests {
    use super::for_fpga;

    #[test]
    fn large_memories_are_changed_alone() {
        let small = "    (* no_rw_check *) reg [31:0] words [0:511];\n    initial for (i = 0; i <= 511; i = i + 1) words[i] = 0;\n";
        assert_eq!(for_fpga(small), small);
        let ones = "    initial for (i = 0; i <= 4095; i = i + 1) tags[i] = 32'hffffffff;\n";
        assert_eq!(for_fpga(ones), ones);
        let large = "    (* no_rw_check, ram_style = \"block\" *) reg [255:0] rows [0:8191];\n    initial for (i = 0; i <= 8191; i = i + 1) rows[i] = 0;\n";
        assert_eq!(for_fpga(large), "    (* no_rw_check, ram_style = \"ultra\" *) reg [255:0] rows [0:8191];\n");
    }
}
