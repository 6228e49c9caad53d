//! Open, verify and decode PSPF/2025 packages.
//!
//! [`open`] reads the trailer and everything from copy A to the slot table, and returns the package together with what it
//! found wrong: whether a finding stops a start depends on the validation level, which the metadata may raise. [`verify`]
//! holds the checks over the rest of the file, one named step each. [`SlotStream`] and [`FrameDecoder`] turn stored bytes into
//! content; the bytes that they hash are the bytes that they decode.

#![forbid(unsafe_code)]

mod archive;
mod content;
mod frames;
mod levels;
mod open;
mod signature;
mod stream;
pub mod verify;
mod wheel;
mod xz;

pub use archive::read_archive;
pub use content::{SlotStream, frames_of};
pub use frames::FrameDecoder;
pub use levels::{Action, Fault, Finding, Level};
pub use open::{Opened, Package, open};
pub use signature::{SEAL, key_id, seal_message, verify_signature};
pub use stream::{ContentStream, window_limit};
pub use wheel::plain_wheel;
