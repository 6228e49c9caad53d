//! One line on a terminal's stderr for builds above a second, erased at the end.

use crate::interrupt::Interrupt;
use flavor_format::Result;
use flavor_messages::{Log, visible};
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

const QUIET: Duration = Duration::from_secs(1);
const STEP: Duration = Duration::from_millis(100);

pub struct Progress {
    shown: bool,
    enabled: bool,
    next: Instant,
    title: String,
    total: u64,
    done: u64,
    interrupt: Interrupt,
}

impl Progress {
    pub fn new(log: Log, interrupt: Interrupt) -> Self {
        let enabled = log.allows_progress() && std::io::stderr().is_terminal();
        Self { shown: false, enabled, next: Instant::now() + QUIET, title: String::new(), total: 0, done: 0, interrupt }
    }

    /// Begin another step. `total` is in bytes.
    pub fn step(&mut self, title: String, total: u64) {
        self.title = title;
        self.total = total;
        self.done = 0;
    }

    /// So many bytes more are done.
    ///
    /// Errors: `interrupted`: every piece of work passes here.
    pub fn advance(&mut self, bytes: usize) -> Result<()> {
        self.done += bytes as u64;
        if self.enabled && Instant::now() >= self.next {
            self.next = Instant::now() + STEP;
            self.shown = true;
            let percent = (100 * self.done).checked_div(self.total).unwrap_or(0).min(100);
            let _ = write!(std::io::stderr(), "\r\x1b[K{}, {percent} %", visible(&self.title));
        }
        self.interrupt.check()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
