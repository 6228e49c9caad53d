//! The builder manifest: what a package is made of, before any byte of it exists.
//!
//! A file becomes a [`Value`]; the schema says whether it is one that a manifest may be; [`resolve`] fills in every default and
//! checks every value against the others and the file system. Source: spec/manifest.md.

mod nearest;
mod placeholders;
mod program;
mod resolve;
mod schema;
mod slots;
mod value;

pub use resolve::Resolved;
pub use slots::ManifestSlot;
use value::Value;

use flavor_format::{DocumentExecution, Json, Result};
use std::path::Path;

/// A manifest with every default filled in.
pub struct Manifest {
    pub name: String,
    pub version: String,
    pub description: Option<String>,
    /// Order of versions; 0 takes no part.
    pub sequence: u64,
    pub execution: DocumentExecution,
    pub slots: Vec<ManifestSlot>,
    /// What goes into the metadata as it is.
    pub runtime_env: Option<Json>,
    pub workenv: Option<Json>,
    pub setup_commands: Vec<Json>,
    pub cache_validation: Option<Json>,
    pub requirements: Option<Json>,
    pub minimum_level: Option<String>,
}

/// Read a manifest file. Relative sources start at `base`, which is absolute.
///
/// Errors: `file-missing`, `file-unreadable`, `manifest-invalid`, `manifest-key-unknown`, `placeholder-unknown`,
/// `entry-missing`, `path-unsafe`, `entry-conflict`, `operation-unknown`, `operation-unsupported`.
pub fn read(path: &Path, base: &Path) -> Result<Resolved> {
    let place = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let value = Value::read(path)?;
    schema::validate(&value, &place)?;
    resolve::resolve(&value, base, &place)
}
