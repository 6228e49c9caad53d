//! Open a package: trailer, copy A, metadata and slot table, in two reads.
//!
//! Source: spec/launch.md#order-of-one-start, steps 4 and 5; spec/pspf-2025.md. No slot data is read here.

use crate::levels::{Action, Fault, Finding, Level};
use crate::signature::{SEAL, seal_message, verify_signature};
use flavor_format::constants::{capabilities, flags, index as index_fields, limits, sizes};
use flavor_format::{
    Error, ErrorCode, IndexBlock, Metadata, Result, Slot, decode_stored_gzip, index_block_of_trailer, index_checksum, index_fields_fault,
};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};

const SAFE: u64 = (1 << 53) - 1;
/// The JSON's limit, five bytes a stored block, header and trailer. Earlier builders compress, and so stay below too.
const METADATA_STORED_LIMIT: u64 = (limits::METADATA_PLAIN_BYTES + 5 * (limits::METADATA_PLAIN_BYTES / 65_535 + 1) + 18) as u64;

/// An open package. Everything is read through the one descriptor that it was opened with.
#[derive(Debug)]
pub struct Package {
    pub file: File,
    pub index: IndexBlock,
    pub slots: Vec<Slot>,
    pub metadata: Metadata,
    /// The signed document, byte for byte.
    pub metadata_json: Vec<u8>,
    /// SHA-256 of the seal message.
    pub id: [u8; 32],
    pub(crate) block: [u8; sizes::INDEX_BLOCK],
    pub(crate) slot_table: Vec<u8>,
}

/// A package, and what is wrong with it as far as it was read, in the order in which it was found.
#[derive(Debug)]
pub struct Opened {
    pub package: Package,
    pub findings: Vec<Finding>,
}

impl Opened {
    /// The level used: the environment's, or the package's own minimum if that is higher.
    pub fn level(&self, environment: Level) -> Level {
        self.package.metadata.verification.minimum_level.as_deref().and_then(Level::parse).map_or(environment, |own| own.max(environment))
    }
}

impl Package {
    /// Read `buffer.len()` bytes at `offset`.
    ///
    /// Errors: `file-unreadable`.
    pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<()> {
        read_at(&self.file, buffer, offset)
    }

    pub fn is_sealed(&self) -> bool {
        self.metadata.sealed
    }

    /// Where the trailer begins.
    pub fn trailer_offset(&self) -> u64 {
        self.index.package_size - sizes::TRAILER as u64
    }
}

fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> Result<()> {
    read_exact_at(file, buffer, offset).map_err(|error| {
        let length = buffer.len();
        Error::new(ErrorCode::FileUnreadable, format!("cannot read {length} bytes at {offset} of the package: {error}"))
    })
}

#[cfg(unix)]
fn read_exact_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, buffer, offset)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => {
                buffer = &mut buffer[count..];
                offset += count as u64;
            }
        }
    }
    Ok(())
}

/// Open a package.
///
/// `environment` is the level that the environment asks for. It decides one thing here: when decoding must stop, an earlier
/// finding that this level refuses is what is reported, since it is the cause and decoding only the consequence.
///
/// Errors: what no level tolerates.
pub fn open(file: File, environment: Level) -> Result<Opened> {
    let mut findings = Vec::new();
    match read(file, &mut findings) {
        Ok(package) => Ok(Opened { package, findings }),
        Err(error) => Err(findings
            .into_iter()
            .find(|finding| {
                let undecodable = error.code() == ErrorCode::MetadataMalformed && finding.error.code() == ErrorCode::MetadataChecksumWrong;
                // Not signed is no cause of anything.
                let cause = !matches!(finding.fault, Fault::Unsigned | Fault::SealNotAnnounced);
                undecodable || (cause && environment.action(finding.fault) == Action::Refuse)
            })
            .map_or(error, |finding| finding.error)),
    }
}

fn read(file: File, findings: &mut Vec<Finding>) -> Result<Package> {
    let unreadable = |error| Error::new(ErrorCode::FileUnreadable, format!("cannot read the package: {error}"));
    let file_size = file.metadata().map_err(unreadable)?.len();
    let trailer_offset = file_size.checked_sub(sizes::TRAILER as u64).ok_or_else(|| {
        Error::new(ErrorCode::NotAPackage, format!("the file has {file_size} bytes, a trailer alone has {}", sizes::TRAILER))
    })?;
    let mut trailer = [0; sizes::TRAILER];
    read_at(&file, &mut trailer, trailer_offset)?;
    let block = index_block_of_trailer(&trailer)?;
    let index = IndexBlock::decode(&block);

    let checksum = index_checksum(&block);
    if index.index_checksum == 0 || index.index_checksum != checksum {
        findings.push(Finding::new(
            Fault::Consistency,
            ErrorCode::IndexChecksumWrong,
            format!("the index block's checksum is {:08x}, found {checksum:08x}", index.index_checksum),
        ));
    }
    if index.format_version != index_fields::FORMAT_VERSION_VALUE {
        return Err(Error::new(
            ErrorCode::VersionUnsupported,
            format!("format_version is {:#010x}, this launcher knows {:#010x}", index.format_version, index_fields::FORMAT_VERSION_VALUE),
        ));
    }
    // Whether these count is known only once the metadata is: an earlier implementation filled other fields and wrote no copy A.
    let fields_fault = index_fields_fault(&block);
    check_safe(&index)?;
    if index.package_size != file_size {
        return Err(Error::new(
            ErrorCode::PackageSizeWrong,
            format!("package_size is {}, the file has {file_size} bytes", index.package_size),
        )
        .with_hint("the file was cut short or appended to; fetch it again"));
    }
    let has_copy = check_regions(&index, trailer_offset)?;

    let start = if has_copy { index.launcher_size } else { index.metadata_offset };
    let end =
        if index.slot_count == 0 { index.metadata_offset + index.metadata_size } else { index.slot_table_offset + index.slot_table_size };
    let mut region = vec![0; usize::try_from(end - start).map_err(|_| out_of_range("the regions before the slots are too large"))?];
    read_at(&file, &mut region, start)?;
    let part = |offset: u64, size: u64| {
        let from = usize::try_from(offset - start).ok()?;
        region.get(from..from.checked_add(usize::try_from(size).ok()?)?)
    };
    let metadata_gzip = part(index.metadata_offset, index.metadata_size).ok_or_else(|| out_of_range("the metadata leaves its region"))?;
    let slot_table = match index.slot_count {
        0 => &[],
        _ => part(index.slot_table_offset, index.slot_table_size).ok_or_else(|| out_of_range("the slot table leaves its region"))?,
    };
    let copy_fault = match region.get(..sizes::INDEX_BLOCK) {
        Some(copy) if has_copy => copy.iter().zip(&block).position(|(a, b)| a != b).map(|at| format!("at byte {at}")),
        _ => Some("it is missing".to_owned()),
    };

    let message = seal_message(SEAL, &block, slot_table);
    let id = Sha256::digest(&message).into();
    let digest_fits = Sha256::digest(metadata_gzip)[..] == index.metadata_checksum;
    let digest_finding = (!digest_fits).then(|| {
        Finding::new(Fault::Signature, ErrorCode::MetadataChecksumWrong, "the SHA-256 of the metadata is not the one in the index block")
    });
    let decoded = decode_metadata(metadata_gzip);
    let sealed = match &decoded {
        Ok((metadata, _)) => metadata.sealed,
        // Undecodable: what such a layout can only be.
        Err(_) => has_copy && copy_fault.is_none(),
    };

    if sealed {
        if let Some(fault) = fields_fault {
            if fault.code() == ErrorCode::VersionUnsupported {
                return Err(fault);
            }
            findings.push(Finding { fault: Fault::Consistency, error: fault });
        }
        if !has_copy {
            return Err(out_of_range(format!(
                "metadata_offset is {}, expected {}",
                index.metadata_offset,
                index.launcher_size + sizes::INDEX_BLOCK as u64
            )));
        }
        if let Some(place) = copy_fault {
            findings.push(Finding::new(
                Fault::Consistency,
                ErrorCode::IndexCopyDiffers,
                format!("copy A of the index block, at {}, differs from the trailer's: {place}", index.launcher_size),
            ));
        }
        let signed = decoded.as_ref().ok().map(|(metadata, _)| metadata.verification.signed);
        findings.extend(seal_finding(&index, &block, &message, signed));
        findings.extend(digest_finding);
    } else {
        findings.extend(digest_finding);
    }
    let (metadata, metadata_json) = decoded?;
    if !sealed {
        findings.push(Finding::new(
            Fault::SealNotAnnounced,
            ErrorCode::SealNotAnnounced,
            "the package announces no seal: it was written by an earlier implementation",
        ));
        findings.extend(upstream_signature_finding(&index, &metadata_json));
    }
    if metadata.slots.len() != index.slot_count as usize {
        return Err(Error::new(
            ErrorCode::SlotMismatch,
            format!("the slot table has {} slots, the metadata {}", index.slot_count, metadata.slots.len()),
        ));
    }
    let slots: Vec<Slot> = slot_table.as_chunks().0.iter().map(Slot::decode).collect();
    check_slot_ranges(&index, &slots, sealed, trailer_offset)?;
    Ok(Package { index, slots, metadata, metadata_json, id, block, slot_table: slot_table.to_vec(), file })
}

fn out_of_range(what: impl Into<String>) -> Error {
    Error::new(ErrorCode::RegionOutOfRange, what)
}

fn offsets_and_sizes(index: &IndexBlock) -> [(&'static str, u64); 5] {
    [
        ("launcher_size", index.launcher_size),
        ("metadata_offset", index.metadata_offset),
        ("metadata_size", index.metadata_size),
        ("slot_table_offset", index.slot_table_offset),
        ("slot_table_size", index.slot_table_size),
    ]
}

/// Offsets and sizes above 2^53 - 1 are no numbers of this format.
fn check_safe(index: &IndexBlock) -> Result<()> {
    for (name, value) in [("package_size", index.package_size)].into_iter().chain(offsets_and_sizes(index)) {
        if value > SAFE {
            return Err(out_of_range(format!("{name} is {value}, above 2^53 - 1")));
        }
    }
    Ok(())
}

/// Check that launcher, metadata and slot table follow each other inside the file.
///
/// Returns whether there is room for copy A. Without it, only an earlier implementation can have written the file.
fn check_regions(index: &IndexBlock, trailer_offset: u64) -> Result<bool> {
    for (name, value) in offsets_and_sizes(index) {
        if value > trailer_offset {
            return Err(out_of_range(format!("{name} is {value}, the trailer starts at {trailer_offset}")));
        }
    }
    let has_copy = index.metadata_offset == index.launcher_size + sizes::INDEX_BLOCK as u64;
    if !has_copy && index.metadata_offset != index.launcher_size {
        return Err(out_of_range(format!(
            "metadata_offset is {}, expected {}",
            index.metadata_offset,
            index.launcher_size + sizes::INDEX_BLOCK as u64
        )));
    }
    let metadata_end = index.metadata_offset + index.metadata_size;
    let table_start = metadata_end.next_multiple_of(sizes::REGION_ALIGNMENT as u64);
    let table_size = u64::from(index.slot_count) * sizes::SLOT_DESCRIPTOR as u64;
    if index.slot_count as usize > limits::SLOTS {
        return Err(out_of_range(format!("slot_count is {}, allowed are {}", index.slot_count, limits::SLOTS)));
    }
    // One of the earlier builders leaves both fields zero when there are no slots.
    let no_table = index.slot_count == 0 && index.slot_table_offset == 0 && !has_copy;
    if index.slot_table_size != table_size || (index.slot_table_offset != table_start && !no_table) {
        return Err(out_of_range(format!(
            "the slot table lies at {} with {} bytes, expected {table_start} with {table_size}",
            index.slot_table_offset, index.slot_table_size
        )));
    }
    if metadata_end > trailer_offset || table_start + table_size > trailer_offset.next_multiple_of(8) {
        return Err(out_of_range(format!("metadata or slot table reach past the trailer's start at {trailer_offset}")));
    }
    if index.metadata_size > METADATA_STORED_LIMIT {
        return Err(Error::new(
            ErrorCode::MetadataMalformed,
            format!("metadata_size is {}, allowed are {METADATA_STORED_LIMIT}", index.metadata_size),
        ));
    }
    Ok(has_copy)
}

/// Undo the framing and decode. Deflated metadata is read for the sake of earlier packages; the seal forbids it.
fn decode_metadata(gzip: &[u8]) -> Result<(Metadata, Vec<u8>)> {
    let (json, framing_fault) = match decode_stored_gzip(gzip, limits::METADATA_PLAIN_BYTES) {
        Ok(json) => (json, None),
        Err(fault) => match inflate(gzip) {
            Some(json) => (json, Some(fault)),
            None => return Err(fault),
        },
    };
    Ok((Metadata::decode(&json, framing_fault)?, json))
}

fn inflate(gzip: &[u8]) -> Option<Vec<u8>> {
    let mut json = Vec::new();
    let limit = limits::METADATA_PLAIN_BYTES as u64;
    flate2::bufread::GzDecoder::new(gzip).take(limit + 1).read_to_end(&mut json).ok()?;
    (json.len() as u64 <= limit).then_some(json)
}

/// The seal, against what the metadata says; against what the index carries when there is no metadata.
fn seal_finding(index: &IndexBlock, block: &[u8; sizes::INDEX_BLOCK], message: &[u8], signed: Option<bool>) -> Option<Finding> {
    let flags = [index.flags & flags::SIGNED != 0, index.capabilities & capabilities::SIGNED != 0];
    let misfit = |what| signed.is_some().then(|| Finding::new(Fault::Consistency, ErrorCode::IndexFieldInvalid, what));
    if !signed.unwrap_or_else(|| index.has_signature()) {
        if index.has_signature() || flags.contains(&true) || block[index_fields::COSIGNERS].iter().any(|&byte| byte != 0) {
            return misfit(
                "the metadata says that the package is unsigned, but the index block carries a key, a signature or a flag of one",
            );
        }
        return Some(unsigned());
    }
    if index.public_key == [0; 32] || index.metadata_signature == [0; 64] || index.seal == [0; 64] {
        let what = "the metadata announces a signature and a seal, and the index block does not carry them";
        return Some(Finding::new(Fault::Signature, ErrorCode::SealMissing, what));
    }
    if !verify_signature(&index.public_key, message, &index.seal) {
        return Some(Finding::new(Fault::Signature, ErrorCode::SealWrong, "the seal over index block and slot table does not verify"));
    }
    if flags.contains(&false) { misfit("the package is signed, and the index block does not flag it") } else { None }
}

fn upstream_signature_finding(index: &IndexBlock, json: &[u8]) -> Option<Finding> {
    if index.metadata_signature == [0; 64] {
        return Some(unsigned());
    }
    (!verify_signature(&index.public_key, json, &index.metadata_signature))
        .then(|| Finding::new(Fault::Signature, ErrorCode::MetadataSignatureWrong, "the signature over the metadata does not verify"))
}

fn unsigned() -> Finding {
    Finding::new(Fault::Unsigned, ErrorCode::Unsigned, "the package carries no signature")
}

/// Slots must lie between table and trailer; in a sealed package each follows the one before it.
fn check_slot_ranges(index: &IndexBlock, slots: &[Slot], sealed: bool, trailer_offset: u64) -> Result<()> {
    let mut expected = index.slot_table_offset + index.slot_table_size;
    for (position, slot) in slots.iter().enumerate() {
        let invalid = |what: String| Error::new(ErrorCode::SlotOutOfRange, format!("slot {position}: {what}"));
        let end = slot.offset.checked_add(slot.size).filter(|end| *end <= SAFE && slot.original_size <= SAFE);
        let Some(end) = end else {
            return Err(invalid(format!(
                "offset {}, size {} or original size {} is beyond 2^53",
                slot.offset, slot.size, slot.original_size
            )));
        };
        // A slot without data may have any offset in packages of earlier implementations.
        if !sealed && slot.size == 0 {
            continue;
        }
        if end > trailer_offset {
            return Err(invalid(format!("bytes {}..{end}, the slot region ends at {trailer_offset}", slot.offset)));
        }
        if sealed && slot.offset != expected {
            return Err(invalid(format!("starts at {}, expected {expected}", slot.offset)));
        }
        if !sealed && slot.offset < expected {
            return Err(invalid(format!("starts at {}, the slot region at {expected}", slot.offset)));
        }
        if sealed {
            expected = end.next_multiple_of(sizes::REGION_ALIGNMENT as u64);
        }
    }
    if sealed {
        let last = slots.last().map_or(index.slot_table_offset + index.slot_table_size, |slot| slot.offset + slot.size);
        let trailer = (last + 8).next_multiple_of(sizes::FILE_ALIGNMENT as u64) - 8;
        if trailer != trailer_offset || trailer < last {
            return Err(out_of_range(format!("the trailer starts at {trailer_offset}, the last region ends at {last}")));
        }
    }
    Ok(())
}
