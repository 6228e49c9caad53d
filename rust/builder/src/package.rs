//! A package from blobs: metadata, layout, index block, slot table, signatures, and the file itself.
//!
//! Everything is known before the first byte goes out, so the output is written once, front to back. Source: spec/pspf-2025.md.

use crate::blob::Blob;
use crate::keys::Signer;
use crate::layout::{Layout, lay_out};
use crate::output::{Content, Region, write_package};
use crate::progress::Progress;
use crate::wheel::WheelZip;
use flavor_format::constants::{capabilities, flags, limits, sizes, slot as codes};
use flavor_format::{
    Document, DocumentSlot, Error, ErrorCode, IndexBlock, KeyLifetime, Result, Slot, encode_stored_gzip, encode_trailer, lifecycle_code,
    platform_code, purpose_code, stored_gzip_size,
};
use flavor_reader::{SEAL, seal_message};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// What a wheel slot's end is modulo 16, so that the trailer follows it at once.
const TRAILER_PHASE: u64 = 8;

/// All that a package is made of.
pub struct Parts<'a> {
    /// With the slots of `blobs`, and the wheel's as the last one if there is a wheel.
    pub document: Document,
    /// In the order of the table; the wheel aside.
    pub blobs: &'a [Blob],
    pub wheel: Option<WheelZip>,
    pub launcher: &'a [u8],
    pub signer: Option<&'a Signer>,
    /// SOURCE_DATE_EPOCH, else 0.
    pub timestamp: u64,
}

/// What was written.
pub struct Written {
    pub package_id: [u8; 32],
    /// SHA-256 of the file.
    pub digest: [u8; 32],
    pub size: u64,
    pub document: Document,
}

struct Plan {
    metadata: Vec<u8>,
    layout: Layout,
    wheel_tail: Vec<u8>,
}

/// Write a package. `inspect` is called with the finished file under its temporary name.
///
/// Errors: `metadata-malformed` when the metadata grows above its limits, `manifest-invalid` for too many slots; those of
/// [`write_package`].
pub fn write(
    mut parts: Parts<'_>,
    output: &Path,
    progress: &mut Progress,
    inspect: impl FnOnce(&Path, &mut Progress) -> Result<()>,
) -> Result<Written> {
    let plan = parts.plan()?;
    let Plan { metadata, layout, wheel_tail } = &plan;
    let gzip = encode_stored_gzip(metadata);
    let slots = parts.document.slots.iter().zip(&layout.slot_offsets).enumerate();
    let table: Vec<u8> = slots.flat_map(|(position, (slot, offset))| descriptor(slot, position, *offset).encode()).collect();
    let mut index = parts.index(&plan, &gzip);
    let message = seal_message(SEAL, &index.encode(), &table);
    if let Some(signer) = parts.signer {
        index.seal = signer.sign(&message);
    }
    let block = index.encode();
    let trailer = encode_trailer(&block);
    let launcher_size = parts.launcher.len() as u64;
    let bytes = |offset: u64, bytes| Region { offset, size: <[u8]>::len(bytes) as u64, content: Content::Bytes(bytes) };
    let mut regions = vec![
        bytes(0, parts.launcher),
        bytes(launcher_size, &block),
        bytes(layout.metadata_offset, &gzip),
        bytes(layout.slot_table_offset, &table),
    ];
    for (blob, offset) in parts.blobs.iter().zip(&layout.slot_offsets) {
        let content = Content::File { path: &blob.file, length: blob.size, then: &[], digest: blob.digest };
        regions.push(Region { offset: *offset, size: blob.size, content });
    }
    if let (Some(wheel), Some(slot), Some(offset)) = (&parts.wheel, parts.document.slots.last(), layout.slot_offsets.last()) {
        let content = Content::File { path: &wheel.file, length: wheel.central_offset, then: wheel_tail, digest: slot.checksum };
        regions.push(Region { offset: *offset, size: slot.size, content });
    }
    regions.push(bytes(layout.trailer_offset, &trailer));
    progress.step(format!("write {}", output.file_name().unwrap_or_default().display()), layout.package_size);
    let digest = write_package(output, &regions, progress, inspect)?;
    Ok(Written { package_id: Sha256::digest(&message).into(), digest, size: layout.package_size, document: parts.document })
}

impl Parts<'_> {
    /// Metadata and layout. With a wheel they depend on each other: the zip's padding depends on where it lies, that on the length
    /// of the metadata, that on the slot's size.
    fn plan(&mut self) -> Result<Plan> {
        let count = self.document.slots.len();
        if count > limits::SLOTS {
            let message = format!("{count} slots are more than the {} that a package can have", limits::SLOTS);
            return Err(Error::new(ErrorCode::ManifestInvalid, message));
        }
        let Some(wheel) = self.wheel.take() else {
            let (metadata, layout) = self.compose()?;
            return Ok(Plan { metadata, layout, wheel_tail: Vec::new() });
        };
        let mut padding = 0;
        // Each round but the last finds a padding that was not tried.
        for _ in 0..16 {
            self.set_wheel(wheel.slot_size(padding), [0; 32]);
            let (_, layout) = self.compose()?;
            let missing = (TRAILER_PHASE.wrapping_sub(layout.content_end)) % sizes::FILE_ALIGNMENT as u64;
            if missing == 0 {
                let wheel_tail = wheel.tail(layout.slot_offsets.last().copied().unwrap_or_default(), padding)?;
                self.set_wheel(wheel.slot_size(padding), wheel_digest(&wheel, &wheel_tail)?);
                let (metadata, layout) = self.compose()?;
                self.wheel = Some(wheel);
                return Ok(Plan { metadata, layout, wheel_tail });
            }
            padding = (padding + missing) % sizes::FILE_ALIGNMENT as u64;
        }
        Err(Error::new(ErrorCode::Internal, "the wheel's padding does not settle"))
    }

    fn set_wheel(&mut self, size: u64, checksum: [u8; 32]) {
        if let Some(slot) = self.document.slots.last_mut() {
            (slot.size, slot.original_size, slot.checksum) = (size, size, checksum);
        }
    }

    fn compose(&self) -> Result<(Vec<u8>, Layout)> {
        let metadata = self.document.encode()?;
        let sizes: Vec<u64> = self.document.slots.iter().map(|slot| slot.size).collect();
        let layout = lay_out(self.launcher.len() as u64, stored_gzip_size(metadata.len()) as u64, &sizes);
        Ok((metadata, layout))
    }

    /// The index block without its seal.
    fn index(&self, plan: &Plan, gzip: &[u8]) -> IndexBlock {
        let slots = &self.document.slots;
        let flag = |set: bool, bit: u32| if set { bit } else { 0 };
        let capability = |set: bool, bit: u64| if set { bit } else { 0 };
        let compressed = slots.iter().any(|slot| !slot.operations.compressing().is_empty());
        let reproducible = self.document.key_lifetime == Some(KeyLifetime::Publisher);
        let signed = self.signer.is_some();
        IndexBlock {
            package_size: plan.layout.package_size,
            launcher_size: self.launcher.len() as u64,
            metadata_offset: plan.layout.metadata_offset,
            metadata_size: gzip.len() as u64,
            slot_table_offset: plan.layout.slot_table_offset,
            slot_table_size: plan.layout.slot_table_size,
            slot_count: slots.len() as u32,
            flags: flag(signed, flags::SIGNED) | flag(compressed, flags::COMPRESSED) | flag(reproducible, flags::REPRODUCIBLE),
            public_key: self.signer.map_or([0; 32], Signer::public_key),
            metadata_checksum: Sha256::digest(gzip).into(),
            metadata_signature: self.signer.map_or([0; 64], |signer| signer.sign(&plan.metadata)),
            seal: [0; 64],
            build_timestamp: self.timestamp,
            capabilities: capability(signed, capabilities::SIGNED)
                | capability(slots.iter().any(|slot| slot.frames.is_some()), capabilities::STREAMING),
            ..IndexBlock::decode(&[0; sizes::INDEX_BLOCK])
        }
    }
}

/// SHA-256 of the wheel slot's bytes.
fn wheel_digest(wheel: &WheelZip, tail: &[u8]) -> Result<[u8; 32]> {
    let unreadable = |error: io::Error| crate::files::unreadable(&wheel.file, &error);
    let mut hasher = Sha256::new();
    let mut entries = File::open(&wheel.file).map_err(unreadable)?.take(wheel.central_offset);
    io::copy(&mut entries, &mut hasher).map_err(unreadable)?;
    hasher.update(tail);
    Ok(hasher.finalize().into())
}

fn descriptor(slot: &DocumentSlot, position: usize, offset: u64) -> Slot {
    let first8 = |digest: &[u8]| u64::from_le_bytes(*digest.first_chunk().unwrap_or(&[0; 8]));
    Slot {
        id: (position as u64) << 8,
        name_hash: first8(&Sha256::digest(&slot.id)),
        offset,
        size: slot.size,
        original_size: slot.original_size,
        operations: slot.operations.pack(),
        checksum: first8(&slot.checksum),
        purpose: purpose_code(&slot.purpose),
        // The manifest's schema knows only lifecycles and platforms that have codes.
        lifecycle: lifecycle_code(&slot.lifecycle).unwrap_or_default(),
        priority: codes::PRIORITY_VALUE,
        platform: platform_code(slot.platform.as_deref().unwrap_or("any")).unwrap_or_default(),
        reserved: 0,
        permissions: slot.permissions.unwrap_or(0),
    }
}
