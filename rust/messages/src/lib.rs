//! What launcher and builder say on stderr, in one form. Source: spec/launch.md#messages.

#![forbid(unsafe_code)]

pub mod json;
mod log;

pub use log::{Log, visible};
