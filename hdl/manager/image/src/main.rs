//! Start of the management processor. Data RAM is as it was loaded, zeros included; the stack grows down from its end.

#![no_std]
#![no_main]

use core::arch::global_asm;
use core::ptr::addr_of_mut;
use gaslane_abi::manage::map::{Config, DATA};
use gaslane_manager::Manager;

global_asm!(".section .text.start", ".globl _start", "_start:", "la sp, _stack", "call main", "1: j 1b");

static mut MANAGER: Manager = Manager::new();

#[unsafe(no_mangle)]
extern "C" fn main() -> ! {
    // SAFETY: called once, at the start; nothing else uses it.
    let manager = unsafe { &mut *addr_of_mut!(MANAGER) };
    // SAFETY: the configuration stands there before the processor starts.
    manager.begin(unsafe { core::ptr::read_volatile(DATA as *const Config) });
    loop {
        manager.turn();
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    // An illegal instruction halts the processor, which the panel shows.
    // SAFETY: nothing runs afterwards.
    unsafe { core::arch::asm!("ebreak", options(noreturn)) }
}
