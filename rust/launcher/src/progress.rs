//! One line on a terminal while a first start takes long, erased at its end.

use crate::system;
use flavor_messages::{Log, visible};
use std::io::{Write, stderr};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

const QUIET: Duration = Duration::from_millis(300);
const INTERVAL: Duration = Duration::from_millis(100);

pub struct Progress<'a> {
    name: &'a str,
    verb: &'static str,
    total: u64,
    done: AtomicU64,
    shown: AtomicBool,
    next: Mutex<Instant>,
    wanted: bool,
}

impl<'a> Progress<'a> {
    pub fn new(name: &'a str, verb: &'static str, total: u64, log: Log) -> Self {
        let wanted = log.allows_progress() && system::is_terminal();
        Self { name, verb, total, done: AtomicU64::new(0), shown: AtomicBool::new(false), next: Mutex::new(Instant::now() + QUIET), wanted }
    }

    /// Count bytes that are done. Any thread may call it.
    pub fn advance(&self, bytes: u64) {
        let done = self.done.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if !self.wanted {
            return;
        }
        // Another thread that is about to print does it for both.
        let Ok(mut next) = self.next.try_lock() else { return };
        let now = Instant::now();
        if now >= *next {
            *next = now + INTERVAL;
            self.shown.store(true, Ordering::Relaxed);
            let name = visible(self.name);
            let percent = done.min(self.total).saturating_mul(100).checked_div(self.total).unwrap_or(100);
            let _ = stderr().write_all(format!("\r{name}: {}, {percent} %\x1b[K", self.verb).as_bytes());
        }
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        if self.shown.load(Ordering::Relaxed) {
            let _ = stderr().write_all(b"\r\x1b[K");
        }
    }
}
