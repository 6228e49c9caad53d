//! One answer to one question. Each operation calls the code that launcher and builder are made of; nothing is decided here.

use crate::question::{Question, from_hex};
use flavor_format::constants::limits;
use flavor_format::{
    Chain, Error, ErrorCode, Json, Kind, Result, TAR_END, TarEncoder, TarEntry, check_target, decode_stored_gzip, encode_stored_gzip, hex,
    quote_command, split_command, tar_padding, workenv_name,
};
use flavor_reader::{ContentStream, Fault, FrameDecoder, Level, Opened, Package, SlotStream, open, read_archive, verify, verify_signature};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};

pub fn answer(line: &str) -> Result<Value> {
    let question = Question::parse(line)?;
    let text = |key| question.text(key);
    let bytes = |key| question.bytes(key);
    Ok(match text("op")? {
        "verify" => verified(text("path")?)?,
        "metadata" => json!(hex(&opened(text("path")?)?.package.metadata_json)),
        "content" => content(&opened(text("path")?)?.package, question.number("slot")?)?,
        "archive" => Value::Array(entries(&mut &bytes("bytes")?[..])?),
        "json" => json!(hex(&Json::decode(&bytes("bytes")?)?.encode()?)),
        "gzip" => json!(hex(&decode_stored_gzip(&bytes("bytes")?, limits::METADATA_PLAIN_BYTES)?)),
        "stream" => json!(stream(text("operation")?, &bytes("bytes")?, question.number("size")?)?),
        "operations" => {
            let chain = Chain::parse(text("text")?)?;
            json!({ "packed": format!("{:#x}", chain.pack()), "canonical": chain.canonical() })
        }
        "operations_packed" => json!(Chain::unpack(packed(text("packed")?)?)?.canonical()),
        "split" => json!(split_command(text("text")?)?),
        "quote" => json!(quote_command(&question.texts("words")?)),
        "target" => json!(check_target(text("text")?)?),
        "workenv_name" => {
            let id =
                from_hex(text("package_id")?).and_then(|id| id.try_into().ok()).ok_or_else(|| usage("package_id is not 64 hex digits"))?;
            json!(workenv_name(text("name")?, text("version")?, &id))
        }
        "ed25519" => signature(&bytes("key")?, &bytes("message")?, &bytes("signature")?)?,
        "encode_json" => json!(hex(&question.value("value")?.encode()?)),
        "encode_gzip" => json!(hex(&encode_stored_gzip(&bytes("bytes")?))),
        "encode_tar" => json!(hex(&encode_tar(question.items("entries")?, question.number("mtime")?)?)),
        _ => return Err(usage("unknown op")),
    })
}

fn usage(what: &str) -> Error {
    Error::new(ErrorCode::Usage, what)
}

fn opened(path: &str) -> Result<Opened> {
    let file = File::open(path).map_err(|error| Error::new(ErrorCode::FileMissing, format!("{path}: {error}")))?;
    open(file, Level::Strict)
}

/// Everything that strict looks at; no signature and no announced seal are not refused here.
fn verified(path: &str) -> Result<Value> {
    let Opened { package, findings } = opened(path)?;
    let refused = |fault| !matches!(fault, Fault::Unsigned | Fault::SealNotAnnounced);
    let signed = findings.iter().all(|finding| finding.fault != Fault::Unsigned);
    if let Some(finding) = findings.into_iter().find(|finding| refused(finding.fault)) {
        return Err(finding.error);
    }
    let checks = verify::whole_file(&package, |_| ())?;
    if let Some(finding) = checks.into_iter().filter_map(|check| check.finding).find(|finding| refused(finding.fault)) {
        return Err(finding.error);
    }
    Ok(json!({ "package_id": hex(&package.id), "signed": signed, "sealed": package.is_sealed() }))
}

/// A slot's content, by frames where there is a list: as an extraction reads it.
fn content(package: &Package, slot: u64) -> Result<Value> {
    let position = usize::try_from(slot).ok().filter(|position| *position < package.slots.len()).ok_or_else(|| usage("no such slot"))?;
    let is_archive = package.chain(position)?.is_archive();
    match flavor_reader::frames_of(package, position)? {
        Some(frames) => {
            let plain =
                Frames { package, position, frames: frames.into_iter(), decoder: FrameDecoder::default(), plain: Vec::new(), read: 0 };
            measure(plain, is_archive).map(|(answer, _)| answer)
        }
        None => {
            let (answer, stream) = match measure(SlotStream::open(package, position)?, is_archive) {
                Ok(done) => done,
                // Damage shows as a decoding error first; its cause is what should be reported.
                Err(error) => return Err(verify::slot_digest(package, position, |_| ())?.map_or(error, |finding| finding.error)),
            };
            if !stream.finish()? {
                return Err(verify::slot_digest_finding(package, position).error);
            }
            Ok(answer)
        }
    }
}

fn measure<R: Read>(source: R, is_archive: bool) -> Result<(Value, R)> {
    let mut measured = Measured { source, hasher: Sha256::new(), size: 0 };
    let mut answer = json!({});
    if is_archive {
        answer["entries"] = Value::Array(entries(&mut measured)?);
    } else {
        io::copy(&mut measured, &mut io::sink()).map_err(|error| ContentStream::error_of(&error))?;
    }
    answer["sha256"] = json!(hex(&measured.hasher.finalize()));
    answer["size"] = json!(measured.size);
    Ok((answer, measured.source))
}

fn entries(source: &mut dyn Read) -> Result<Vec<Value>> {
    let mut found = Vec::new();
    read_archive(source, |entry, data| {
        let mut hasher = Sha256::new();
        io::copy(data, &mut hasher).map_err(|error| ContentStream::error_of(&error))?;
        let (kind, mode, link) = match &entry.kind {
            Kind::File { executable: false } => ("file", "0644", ""),
            Kind::File { executable: true } => ("file", "0755", ""),
            Kind::Directory => ("directory", "0755", ""),
            Kind::Link { target } => ("link", "0755", target.as_str()),
        };
        let digest = if kind == "file" { hex(&hasher.finalize()) } else { String::new() };
        found.push(json!([entry.path, kind, mode, entry.size, link, digest]));
        Ok(())
    })?;
    Ok(found)
}

fn stream(operation: &str, bytes: &[u8], size: u64) -> Result<String> {
    let mut stream = ContentStream::new(bytes, &Chain::parse(operation)?, Some(size));
    let mut hasher = Sha256::new();
    io::copy(&mut stream, &mut hasher).map_err(|error| ContentStream::error_of(&error))?;
    stream.finish()?;
    Ok(hex(&hasher.finalize()))
}

fn packed(text: &str) -> Result<u64> {
    text.strip_prefix("0x").and_then(|digits| u64::from_str_radix(digits, 16).ok()).ok_or_else(|| usage("packed is not a number"))
}

fn signature(key: &[u8], message: &[u8], signature: &[u8]) -> Result<Value> {
    let valid =
        key.try_into().ok().zip(signature.try_into().ok()).is_some_and(|(key, signature)| verify_signature(key, message, signature));
    valid.then_some(Value::Bool(true)).ok_or_else(|| Error::new(ErrorCode::MetadataSignatureWrong, "the signature does not verify"))
}

fn encode_tar(rows: &[Value], mtime: u64) -> Result<Vec<u8>> {
    let mut entries = rows.iter().map(|row| tar_entry(row, mtime)).collect::<Result<Vec<_>>>()?;
    entries.sort_by(|(a, _), (b, _)| a.path.cmp(&b.path));
    let mut encoder = TarEncoder::default();
    let mut archive = Vec::new();
    for (entry, contents) in entries {
        archive.extend(encoder.header(&entry));
        archive.extend_from_slice(&contents);
        archive.resize(archive.len() + tar_padding(entry.size), 0);
    }
    archive.extend(TAR_END);
    Ok(archive)
}

/// `[path, type, mode, contents-hex, link]`
fn tar_entry(row: &Value, mtime: u64) -> Result<(TarEntry, Vec<u8>)> {
    let field = |at: usize| row[at].as_str().unwrap_or_default();
    let mode = u32::from_str_radix(field(2), 8).unwrap_or(0);
    let contents = from_hex(field(3)).ok_or_else(|| usage("contents are not in hex"))?;
    let kind = match field(1) {
        "file" => Kind::File { executable: mode & 0o100 != 0 },
        "directory" => Kind::Directory,
        "link" => Kind::Link { target: field(4).to_owned() },
        _ => return Err(usage("unknown type of entry")),
    };
    let mtime = i64::try_from(mtime).map_err(|_| usage("mtime is too large"))?;
    Ok((TarEntry { path: field(0).to_owned(), kind, size: contents.len() as u64, mtime }, contents))
}

/// The plain bytes of a frame list, one frame after the other.
struct Frames<'p> {
    package: &'p Package,
    position: usize,
    frames: std::vec::IntoIter<flavor_format::Frame>,
    decoder: FrameDecoder,
    plain: Vec<u8>,
    read: usize,
}

impl Read for Frames<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.read == self.plain.len() {
            let Some(frame) = self.frames.next() else { return Ok(0) };
            if !self.decoder.read(self.package, self.position, &frame).map_err(io::Error::other)? {
                return Err(io::Error::other(verify::slot_digest_finding(self.package, self.position).error));
            }
            self.plain = self.decoder.decode(&frame).map_err(io::Error::other)?.to_vec();
            self.read = 0;
        }
        let count = (&self.plain[self.read..]).read(buffer)?;
        self.read += count;
        Ok(count)
    }
}

/// Hashes and counts what is read.
struct Measured<R> {
    source: R,
    hasher: Sha256,
    size: u64,
}

impl<R: Read> Read for Measured<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        self.size += count as u64;
        Ok(count)
    }
}
