//! The Rust implementation as conformance asks it: one JSON question a line in, one answer a line out. Source: conformance/protocol.md.

#![forbid(unsafe_code)]

mod answer;
mod question;

use std::io::{self, BufRead, Write};

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let answer = match answer::answer(&line?) {
            Ok(value) => serde_json::json!({ "ok": value }),
            Err(error) => serde_json::json!({ "error": error.code().as_str() }),
        };
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}
