//! The generated Verilog passes Verilator's lint.

#[test]
fn generated_verilog_is_clean() {
    for (name, verilog) in gaslane_hdl::blocks::all().into_iter().chain([gaslane_hdl::blocks::core()]) {
        crate::verilator::lint(name, &verilog);
    }
}
