//! SIGINT, SIGTERM and SIGHUP: a build notices them between two pieces of work and takes back what it began.

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
        let signals = [consts::SIGINT, consts::SIGTERM, consts::SIGHUP];
        #[cfg(windows)]
        let signals = [consts::SIGINT, consts::SIGTERM];
        for signal in signals {
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
