//! Slots as written into slots as built: sources found, defaults filled in, targets and ids held to the launcher's rules.

use super::Value;
use flavor_format::{Chain, Error, ErrorCode, Result, check_target, lifecycle_name};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A slot with every default filled in.
pub struct ManifestSlot {
    pub id: String,
    /// A folder (the builder archives it) or a file.
    pub source: PathBuf,
    /// Path below the workenv, `.` for its root. An archive is unpacked into it, a single file is written at it.
    pub target: String,
    pub operations: Chain,
    pub purpose: String,
    pub lifecycle: String,
    /// Mode of a single file; `None` takes it from the source's executable bit.
    pub permissions: Option<u16>,
    pub platform: Option<String>,
}

/// The purpose of the slot that makes a package a wheel. Source: spec/pspf-2025.md#the-wheel-slot.
pub const WHEEL: &str = "wheel";

impl ManifestSlot {
    pub fn is_wheel(&self) -> bool {
        self.purpose == WHEEL
    }
}

/// Errors: `file-missing`, `path-unsafe`, `entry-conflict`, `operation-unknown`, `manifest-invalid`, each naming the slot.
pub fn resolve_slots(inputs: &[Value], base: &Path, place: &str) -> Result<Vec<ManifestSlot>> {
    let mut slots: Vec<ManifestSlot> = Vec::new();
    for (position, input) in inputs.iter().enumerate() {
        let id = input.text_at("id").unwrap_or_default();
        let key = format!("{place}: slots[{position}] ({id:?})");
        if let Some(number) = input.get("slot").and_then(Value::integer)
            && usize::try_from(number) != Ok(position)
        {
            return Err(invalid(format!("{key}.slot: expected {position}, its position, found {number}")));
        }
        if slots.iter().any(|slot| slot.id == id) {
            return Err(invalid(format!("{key}: two slots have this id")));
        }
        let slot = resolve_slot(input, id, base, &key)?;
        if slot.is_wheel() {
            check_wheel(&slot, position + 1 == inputs.len(), &key)?;
        }
        slots.push(slot);
    }
    let mut targets = HashMap::new();
    for slot in slots.iter().filter(|slot| !slot.operations.is_archive()) {
        if let Some(other) = targets.insert(&slot.target, &slot.id) {
            let message = format!("{place}: slots {other} and {} have the target {}", slot.id, slot.target);
            return Err(Error::new(ErrorCode::EntryConflict, message));
        }
    }
    Ok(slots)
}

fn resolve_slot(input: &Value, id: &str, base: &Path, key: &str) -> Result<ManifestSlot> {
    let written = input.text_at("source").unwrap_or_default();
    if written.starts_with("$SELF") {
        return Err(invalid(format!("{key}.source: $SELF (the launcher as a slot) is not supported")));
    }
    let relative = match written.strip_prefix("{workenv}") {
        Some("") => ".",
        Some(rest) => rest.strip_prefix('/').unwrap_or(written),
        None => written,
    };
    let source = base.join(relative);
    let is_folder = is_folder(&source, key)?;
    let operations = slot_operations(input.text_at("operations"), is_folder, key)?;
    let is_archive = operations.is_archive();
    let file_name = || source.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let target = match input.text_at("target") {
        Some(target) => target.to_owned(),
        None if is_archive => ".".to_owned(),
        None => file_name(),
    };
    let target = check_target(&target).map_err(|error| at_key(&format!("{key}.target"), error))?.to_owned();
    if !is_archive && target == "." {
        return Err(invalid(format!("{key}.target: a single file needs a name, found the workenv itself")));
    }
    let purpose = input.text_at("purpose").unwrap_or("data").to_owned();
    let lifecycle = if purpose == WHEEL { "lazy" } else { "runtime" };
    Ok(ManifestSlot {
        id: id.to_owned(),
        source,
        target,
        operations,
        purpose,
        lifecycle: lifecycle_name(input.text_at("lifecycle").unwrap_or(lifecycle)).to_owned(),
        permissions: input.text_at("permissions").and_then(|mode| u16::from_str_radix(mode, 8).ok()),
        platform: input.text_at("platform").filter(|platform| *platform != "any").map(str::to_owned),
    })
}

/// Absent operations: a folder becomes `tar.zst`, a file stays as it is.
fn slot_operations(text: Option<&str>, is_folder: bool, key: &str) -> Result<Chain> {
    let Some(text) = text else { return Ok(if is_folder { Chain::tar_zstd() } else { Chain::default() }) };
    let operations = Chain::parse(text).map_err(|error| at_key(&format!("{key}.operations"), error))?;
    if is_folder && !operations.is_archive() {
        return Err(invalid(format!("{key}.operations: {text:?} makes no archive, but the source is a folder"))
            .with_hint("use tar, tar.gz or tar.zst"));
    }
    Ok(operations)
}

fn check_wheel(slot: &ManifestSlot, is_last: bool, key: &str) -> Result<()> {
    if !is_last {
        return Err(invalid(format!("{key}.purpose: \"wheel\" is for the last slot: the wheel ends where the package's trailer begins")));
    }
    if slot.operations != Chain::default() {
        return Err(invalid(format!("{key}.operations: a wheel is stored raw, found {:?}", slot.operations.canonical())));
    }
    if slot.lifecycle != "lazy" {
        return Err(invalid(format!("{key}.lifecycle: a wheel is lazy, found {:?}", slot.lifecycle)));
    }
    Ok(())
}

fn is_folder(source: &Path, key: &str) -> Result<bool> {
    let found = std::fs::metadata(source).map_err(|error| at_key(&format!("{key}.source"), crate::files::unreadable(source, &error)))?;
    if found.is_dir() || found.is_file() {
        return Ok(found.is_dir());
    }
    Err(Error::new(ErrorCode::FileUnreadable, format!("{key}.source: {} is neither a file nor a folder", source.display())))
}

/// Says which key an error belongs to.
pub fn at_key(key: &str, mut error: Error) -> Error {
    error.message = format!("{key}: {}", error.message);
    error
}

pub fn invalid(what: String) -> Error {
    Error::new(ErrorCode::ManifestInvalid, what)
}
