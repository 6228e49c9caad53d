//! Open, verify and decode PSPF/2025 packages.
//!
//! [`open`] reads the trailer and everything from copy A to the slot table, and returns the package together with what it
//! found wrong: whether a finding stops a start depends on the validation level, which the metadata may raise. [`verify`]
//! holds the checks over the rest of the file, one named step each. [`SlotStream`] and [`FrameDecoder`] turn stored bytes into
//! content; the bytes that they hash are the bytes that they decode.

#![forbid(unsafe_code)]

mod extract;
mod levels;
mod open;
mod signature;
pub mod verify;
mod wheel;

pub use extract::{FrameDecoder, SlotStream};
pub use levels::{Action, Fault, Finding, Level};
pub use open::{Opened, Package, open};
pub use signature::{key_id, verify_signature};
pub use wheel::plain_wheel;
