//! The executable at the start of a package: verifies it, extracts it once, starts its program.
//!
//! Order of one start: spec/launch.md. Odd choices are explained in ../README.md.

// On Unix, Rust's own start-up code sets SIGPIPE to "ignore" before `main` runs, and what was inherited is lost. The program
// must inherit it unchanged, so `main` is C's. (For the same reason arguments come from here: std has not seen them.)
#![cfg_attr(all(unix, not(test)), no_main)]

mod cache;
mod caller;
mod carry;
mod cli;
mod command;
mod environment;
mod execute;
mod extract;
mod lock;
mod marker;
mod placeholders;
mod progress;
mod requirements;
mod setup;
mod shebang;
mod start;
#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(windows, path = "windows.rs")]
mod system;
mod tree;
mod workenv;

use caller::Caller;
use flavor_format::{Error, ErrorCode};
use flavor_messages::Log;
#[cfg(unix)]
use std::ffi::{c_char, c_int};

/// # Safety
/// Called by the C runtime, with the argument and environment vectors that the kernel made.
#[cfg(unix)]
#[cfg_attr(not(test), unsafe(no_mangle))]
pub unsafe extern "C" fn main(argc: c_int, argv: *const *const c_char, envp: *const *const c_char) -> c_int {
    // SAFETY: by this function's own contract.
    launch(&unsafe { system::caller(argc, argv, envp) })
}

#[cfg(windows)]
fn main() {
    std::process::exit(launch(&system::caller()));
}

/// Returns the status to end with.
fn launch(caller: &Caller) -> i32 {
    marker::keep();
    std::panic::set_hook(Box::new(|panic| {
        Log::from_environment(None)
            .error(&Error::new(ErrorCode::Internal, format!("defect of the launcher: {}", panic.to_string().replace('\n', ": "))));
        // The profile aborts on panic; without this the status would be that of SIGABRT.
        system::exit_now(ErrorCode::Internal.exit())
    }));
    let log = Log::from_environment(caller.variable("FLAVOR_LOG_LEVEL"));
    start::run(caller, log).unwrap_or_else(|error| {
        log.error(&error);
        i32::from(error.code().exit())
    })
}
