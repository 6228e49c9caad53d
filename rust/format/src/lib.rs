//! PSPF/2025: the bytes, decoded.
//!
//! Everything here works on slices that somebody else has read. Nothing is trusted: what comes out is
//! well formed, not verified (that is `flavor-reader`'s job). Normative text: `spec/pspf-2025.md`,
//! `spec/metadata.md`, `spec/operations.md`; numbers: `spec/tables.json`.

#![forbid(unsafe_code)]

#[rustfmt::skip]
mod constants_gen;
mod error;
mod gzip;
mod index_block;
mod json;
mod metadata;
mod operations;
mod slot;
mod tar;
mod trailer;

/// Constants generated from `spec/tables.json`.
pub mod constants {
    pub use crate::constants_gen::*;
}

pub use constants_gen::ErrorCode;
pub use error::{Error, Result};
pub use gzip::decode_stored as decode_stored_gzip;
pub use index_block::{Cosigner, IndexBlock, cosigners, index_checksum, index_fields_fault};
pub use metadata::{
    Directory, Entry, Execution, Frame, Metadata, Package, Requirements, RuntimeEnv, Seal, SetupCommand, SlotEntry, Verification, Words,
    Workenv, decode_frames,
};
pub use operations::{Chain, Operation};
pub use slot::Slot;
pub use tar::{Decoder as TarDecoder, Entry as TarEntry, Extension, Header, Kind, check_path, check_stays_inside};
pub use trailer::index_block_of_trailer;
