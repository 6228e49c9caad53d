//! The executable at the start of a package: verifies it, extracts it once, starts its program.
//!
//! Order of one start: spec/launch.md. Odd choices are explained in ../README.md.

// Rust's own start-up code sets SIGPIPE to "ignore" before `main` runs, and what was inherited is lost. The program must
// inherit it unchanged, so `main` is C's. (For the same reason arguments come from here: std has not seen them.)
#![cfg_attr(not(test), no_main)]

mod cache;
mod caller;
mod carry;
mod cli;
mod command;
mod environment;
mod execute;
mod extract;
mod json;
mod lock;
mod log;
mod marker;
mod placeholders;
mod progress;
mod requirements;
mod setup;
mod shebang;
mod start;
mod tree;
mod unix;
mod workenv;

use caller::Caller;
use flavor_format::{Error, ErrorCode};
use log::Log;
use std::ffi::{c_char, c_int};

/// # Safety
/// Called by the C runtime, with the argument and environment vectors that the kernel made.
#[cfg_attr(not(test), unsafe(no_mangle))]
pub unsafe extern "C" fn main(argc: c_int, argv: *const *const c_char, envp: *const *const c_char) -> c_int {
    std::panic::set_hook(Box::new(|panic| {
        Log::from_environment(None)
            .error(&Error::new(ErrorCode::Internal, format!("defect of the launcher: {}", panic.to_string().replace('\n', ": "))));
        // The profile aborts on panic; without this the status would be that of SIGABRT.
        unix::exit_now(ErrorCode::Internal.exit())
    }));
    // SAFETY: by this function's own contract.
    let caller = unsafe { Caller::from_main(argc, argv, envp) };
    let log = Log::from_environment(caller.variable("FLAVOR_LOG_LEVEL"));
    let status = start::run(&caller, log).unwrap_or_else(|error| {
        log.error(&error);
        error.code().exit()
    });
    c_int::from(status)
}
