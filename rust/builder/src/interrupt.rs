//! SIGINT, SIGTERM and SIGHUP, unless it is ignored (nohup): a build notices them between two pieces of work and takes back what it began.

use flavor_format::{Error, ErrorCode, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the user wants the build to stop.
#[derive(Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Take the signals from now on.
    pub fn on_signals() -> Self {
        use signal_hook::consts;
        let interrupt = Self::default();
        #[cfg(unix)]
        let hangup = (!is_ignored(consts::SIGHUP)).then_some(consts::SIGHUP);
        #[cfg(windows)]
        let hangup = None;
        for signal in [consts::SIGINT, consts::SIGTERM].into_iter().chain(hangup) {
            // A signal that cannot be taken ends the process, as it would without this.
            let _ = signal_hook::flag::register(signal, interrupt.0.clone());
        }
        interrupt
    }

    /// Errors: `interrupted` once a signal came.
    pub fn check(&self) -> Result<()> {
        if self.0.load(Ordering::Relaxed) { Err(Error::new(ErrorCode::Interrupted, "interrupted while building")) } else { Ok(()) }
    }
}

/// Whether whoever started the builder has it ignore a signal. Only Linux tells without unsafe code.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|digits| u64::from_str_radix(digits.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}
