//! PSPF/2025: the bytes, decoded and encoded.
//!
//! Everything here works on slices that somebody else has read. Nothing is trusted: what comes out is
//! well formed, not verified (that is `flavor-reader`'s job). Normative text: `spec/pspf-2025.md`,
//! `spec/metadata.md`, `spec/operations.md`; numbers: `spec/tables.json`.

#![forbid(unsafe_code)]

#[rustfmt::skip]
mod constants_gen;
mod cache_root;
mod command;
mod document;
mod error;
mod gzip;
mod index_block;
mod json;
mod json_value;
mod metadata;
mod operations;
mod path;
mod platform;
mod slot;
mod tar;
mod trailer;
mod workenv;

/// Constants generated from `spec/tables.json`.
pub mod constants {
    pub use crate::constants_gen::*;
}

pub use cache_root::{HOME_VARIABLE, cache_below, explicit_cache, own_cache};
pub use command::{quote_command, split_command};
pub use constants_gen::ErrorCode;
pub use document::{BuildInfo, Document, DocumentExecution, DocumentSlot, KeyLifetime, LauncherInfo, hex};
pub use error::{Error, Result};
pub use gzip::{decode_stored as decode_stored_gzip, encode_stored as encode_stored_gzip, stored_gzip_size};
pub use index_block::{Cosigner, IndexBlock, cosigners, index_checksum, index_fields_fault};
pub use json_value::Json;
pub use metadata::{
    Directory, Entry, Execution, Frame, Metadata, Package, Requirements, RuntimeEnv, Seal, SetupCommand, SlotEntry, Verification, Words,
    Workenv, decode_frames,
};
pub use operations::{Chain, Operation};
pub use path::{PathSet, check_path, check_stays_inside, check_target, is_device_name};
pub use platform::Platform;
pub use slot::{Slot, lifecycle_code, lifecycle_name, platform_code, purpose_code};
pub use tar::{Decoder as TarDecoder, Encoder as TarEncoder, Entry as TarEntry, Extension, Header, Kind, TAR_END, tar_padding};
pub use trailer::{encode_trailer, index_block_of_trailer};
pub use workenv::workenv_name;
