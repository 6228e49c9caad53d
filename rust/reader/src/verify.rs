//! The checks over the rest of the file, one named step each.
//!
//! [`crate::open`] has seen trailer, copy A, seal and metadata digest. What stands here runs before an extraction
//! ([`before_extraction`]) or over the whole file ([`whole_file`]): level strict, and `verify`.

use crate::levels::{Fault, Finding};
use crate::open::Package;
use crate::signature::{COSIGN, seal_message, verify_signature};
use flavor_format::constants::slot as codes;
use flavor_format::{ErrorCode, Result, check_target, cosigners, decode_frames, lifecycle_code, platform_code, purpose_code};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

const CHUNK: usize = 1 << 20;

/// One step, and what it found. `None`: nothing wrong.
#[derive(Debug)]
pub struct Check {
    pub name: String,
    pub finding: Option<Finding>,
}

/// What must hold before slots are read, at every level: metadata signature, co-signatures, descriptors, paddings.
///
/// Errors: what no level tolerates, for example `operation-unsupported`.
pub fn before_extraction(package: &Package) -> Result<Vec<Finding>> {
    check_contents(package)?;
    if !package.is_sealed() {
        return Ok(Vec::new());
    }
    let mut findings = vec![metadata_signature(package)];
    findings.extend(cosignatures(package)?.into_iter().map(Some));
    findings.push(descriptors(package)?);
    findings.push(padding(package)?);
    Ok(findings.into_iter().flatten().collect())
}

/// All that [`crate::open`] did not look at. In a package of an earlier implementation, only what was defined then.
///
/// `progress` is told how many bytes were hashed since it was last called.
///
/// Errors: what no level tolerates.
pub fn whole_file(package: &Package, mut progress: impl FnMut(u64)) -> Result<Vec<Check>> {
    let mut checks = Vec::new();
    let mut check = |name: &str, finding| checks.push(Check { name: name.to_owned(), finding });
    if let Err(error) = check_contents(package) {
        check("slots", Some(Finding { fault: Fault::Malformed, error }));
        return Ok(checks);
    }
    if package.is_sealed() {
        check("metadata signature", metadata_signature(package));
        check("co-signatures", cosignatures(package)?.into_iter().next());
        check("slot descriptors", descriptors(package)?);
        check("padding", padding(package)?);
        check("launcher digest", launcher(package, &mut progress)?);
    }
    for (position, entry) in package.metadata.slots.iter().enumerate() {
        check(&format!("slot {position} ({}) digest", entry.id), slot_digest(package, position, &mut progress)?);
    }
    Ok(checks)
}

/// What a builder of this format may never write, and no level lets pass: chains, targets, ids and frame lists that cannot be used.
fn check_contents(package: &Package) -> Result<()> {
    let mut ids = BTreeSet::new();
    for (position, entry) in package.metadata.slots.iter().enumerate() {
        let chain = package.chain(position)?;
        if !package.is_sealed() {
            continue;
        }
        if !ids.insert(entry.id.as_str()) {
            return Err(flavor_format::Error::new(ErrorCode::MetadataMalformed, format!("metadata: two slots have the id {:?}", entry.id)));
        }
        check_slot_target(&entry.target, chain.is_archive()).map_err(|mut error| {
            error.message = format!("slot {position} ({:?}): target: {}", entry.id, error.message);
            error
        })?;
        if let Some(range) = &entry.frames {
            if chain.canonical() != "tar.zst" {
                return Err(flavor_format::Error::new(
                    ErrorCode::FrameInvalid,
                    format!("slot {position} ({:?}) has a frame list and the operations {:?}", entry.id, chain.canonical()),
                ));
            }
            decode_frames(&package.metadata_json, entry, range)?;
        }
    }
    Ok(())
}

/// A single file needs a name; an archive may be unpacked into the workenv itself.
fn check_slot_target(target: &str, is_archive: bool) -> Result<()> {
    if check_target(target)? == "." && !is_archive {
        return Err(flavor_format::Error::new(ErrorCode::PathUnsafe, format!("path {target:?} is the workenv, and the slot is a file")));
    }
    Ok(())
}

fn metadata_signature(package: &Package) -> Option<Finding> {
    let index = &package.index;
    let valid = !index.has_signature() || verify_signature(&index.public_key, &package.metadata_json, &index.metadata_signature);
    (!valid).then(|| Finding::new(Fault::Signature, ErrorCode::MetadataSignatureWrong, "the signature over the metadata does not verify"))
}

fn cosignatures(package: &Package) -> Result<Option<Finding>> {
    // A malformed area was found by `open` as an invalid index field.
    let Ok(records) = cosigners(&package.block) else { return Ok(None) };
    let message = seal_message(COSIGN, &package.block, &package.slot_table);
    let wrong = records.iter().position(|record| !verify_signature(&record.public_key, &message, &record.signature));
    Ok(wrong.map(|number| Finding::new(Fault::Signature, ErrorCode::CosignerWrong, format!("co-signature {number} does not verify"))))
}

/// Every descriptor agrees with its slot's entry in the metadata.
fn descriptors(package: &Package) -> Result<Option<Finding>> {
    for (position, (slot, entry)) in package.slots.iter().zip(&package.metadata.slots).enumerate() {
        let invalid = |name: &str| {
            let message = format!("slot {position} ({:?}): descriptor field {name} holds a value that it may not hold", entry.id);
            Ok(Some(Finding::new(Fault::Consistency, ErrorCode::SlotFieldInvalid, message)))
        };
        if slot.priority != codes::PRIORITY_VALUE {
            return invalid("priority");
        }
        if slot.reserved != 0 {
            return invalid("reserved");
        }
        let chain = package.chain(position)?;
        let name_hash = Sha256::digest(&entry.id);
        let agreements = [
            ("id", slot.id == (position as u64) << 8),
            ("size", slot.size == entry.size),
            ("original_size", slot.original_size == entry.original_size),
            ("name_hash", name_hash[..8] == slot.name_hash.to_le_bytes()),
            ("checksum", entry.checksum.is_some_and(|digest| digest[..8] == slot.checksum.to_le_bytes())),
            ("operations", chain.canonical() == entry.operations),
            ("purpose", slot.purpose == purpose_code(&entry.purpose)),
            ("lifecycle", lifecycle_code(&entry.lifecycle) == Some(slot.lifecycle)),
            ("platform", platform_code(entry.platform.as_deref().unwrap_or("any")) == Some(slot.platform)),
            ("permissions", slot.permissions == entry.permissions.unwrap_or(0)),
        ];
        if let Some((name, _)) = agreements.iter().find(|(_, agrees)| !agrees) {
            let message = format!("slot {position} ({:?}): {name} differs between descriptor and metadata", entry.id);
            return Ok(Some(Finding::new(Fault::Consistency, ErrorCode::SlotMismatch, message)));
        }
    }
    Ok(None)
}

/// Every byte between regions is zero.
fn padding(package: &Package) -> Result<Option<Finding>> {
    let index = &package.index;
    let table_end = index.slot_table_offset + index.slot_table_size;
    let mut gaps = vec![(index.metadata_offset + index.metadata_size, index.slot_table_offset)];
    let mut end = table_end;
    for slot in &package.slots {
        gaps.push((end, slot.offset));
        end = slot.offset + slot.size;
    }
    gaps.push((end, package.trailer_offset()));
    for (from, to) in gaps {
        let mut bytes = [0; 16];
        let Some(gap) = to.checked_sub(from).and_then(|length| bytes.get_mut(..usize::try_from(length).ok()?)) else { continue };
        if gap.is_empty() {
            continue;
        }
        package.read_at(gap, from)?;
        if let Some(at) = gap.iter().position(|&byte| byte != 0) {
            let message = format!("the padding byte at {} is not zero", from + at as u64);
            return Ok(Some(Finding::new(Fault::Consistency, ErrorCode::PaddingNotZero, message)));
        }
    }
    Ok(None)
}

fn launcher(package: &Package, progress: &mut impl FnMut(u64)) -> Result<Option<Finding>> {
    let Some(launcher) = &package.metadata.launcher else { return Ok(None) };
    let size = package.index.launcher_size;
    let fits = launcher.size == Some(size) && launcher.checksum == Some(digest(package, 0, size, progress)?);
    Ok((!fits).then(|| {
        Finding::new(
            Fault::LauncherDigest,
            ErrorCode::LauncherDigestWrong,
            format!("the launcher (bytes 0..{size}) is not the one in the signed metadata"),
        )
    }))
}

/// Hash the stored bytes of a slot.
///
/// Errors: `file-unreadable`.
pub fn slot_digest(package: &Package, position: usize, mut progress: impl FnMut(u64)) -> Result<Option<Finding>> {
    let slot = &package.slots[position];
    let found = digest(package, slot.offset, slot.size, &mut progress)?;
    Ok((!package.is_slot_digest(position, &found)).then(|| slot_digest_finding(package, position)))
}

/// The finding for a slot whose digest is not the signed one.
pub fn slot_digest_finding(package: &Package, position: usize) -> Finding {
    let (slot, id) = (&package.slots[position], &package.metadata.slots[position].id);
    Finding::new(
        Fault::SlotDigest,
        ErrorCode::SlotDigestWrong,
        format!("slot {position} ({id:?}, bytes {}..{}) is not the one in the signed metadata", slot.offset, slot.offset + slot.size),
    )
}

fn digest(package: &Package, offset: u64, size: u64, progress: &mut impl FnMut(u64)) -> Result<[u8; 32]> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; CHUNK.min(usize::try_from(size).unwrap_or(CHUNK))];
    let mut done = 0;
    while done < size {
        let count = buffer.len().min(usize::try_from(size - done).unwrap_or(CHUNK));
        package.read_at(&mut buffer[..count], offset + done)?;
        hasher.update(&buffer[..count]);
        done += count as u64;
        progress(count as u64);
    }
    Ok(hasher.finalize().into())
}
