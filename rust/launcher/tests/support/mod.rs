//! A writer of packages for tests, straight from the specification, and a place to run them in.
//!
//! Not a builder: it writes what it is told to, wrong things included.

#![allow(dead_code, reason = "each test binary uses its own part")]

pub mod tar;

use ed25519_dalek::{Signer, SigningKey};
use flavor_format::constants::{index, magic, slot};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::ops::Range;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

pub const INDEX: usize = 8192;
pub const TRAILER: usize = 8200;

/// The launcher under test: this crate's, or the one that FLAVOR_LAUNCHER_BIN names, since every launcher must pass these tests.
pub fn launcher() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| {
        let named = std::env::var_os("FLAVOR_LAUNCHER_BIN");
        fs::read(named.unwrap_or_else(|| env!("CARGO_BIN_EXE_flavor-rs-launcher").into())).unwrap()
    })
}

pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One slot: what is stored, and what is said about it.
#[derive(Clone)]
pub struct Slot {
    pub id: String,
    pub target: String,
    pub stored: Vec<u8>,
    pub original_size: usize,
    pub operations: u64,
    pub spelling: &'static str,
    pub lifecycle: &'static str,
    pub permissions: Option<u16>,
    pub platform: Option<&'static str>,
    pub frames: Option<Value>,
}

impl Slot {
    pub fn file(id: &str, target: &str, mode: u16, content: impl AsRef<[u8]>) -> Self {
        Self {
            id: id.into(),
            target: target.into(),
            stored: content.as_ref().to_vec(),
            original_size: content.as_ref().len(),
            operations: 0,
            spelling: "raw",
            lifecycle: "runtime",
            permissions: Some(mode),
            platform: None,
            frames: None,
        }
    }

    /// A plain tar, unpacked into `target`.
    pub fn archive(id: &str, target: &str, tar: Vec<u8>) -> Self {
        Self { operations: 0x01, spelling: "tar", permissions: None, ..Self::file(id, target, 0, tar) }
    }

    pub fn gzip(mut self) -> Self {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
        encoder.write_all(&self.stored).unwrap();
        self.stored = encoder.finish().unwrap();
        self.push(0x10);
        self
    }

    /// One zstd stream, without frame list.
    pub fn zstd(mut self) -> Self {
        self.stored = zstd(&self.stored);
        self.push(0x1b);
        self
    }

    /// Zstd frames of about `frame` plain bytes each, with their list.
    pub fn frames(mut self, frame: usize) -> Self {
        let (stored, list) = tar::frames(&self.stored, frame);
        self.stored = stored;
        self.frames = Some(list);
        self.push(0x1b);
        self
    }

    fn push(&mut self, operation: u64) {
        let place = (0..8).find(|place| self.operations >> (8 * place) & 0xff == 0).unwrap();
        self.operations |= operation << (8 * place);
        self.spelling = match self.operations {
            0x10 => "gzip",
            0x1b => "zstd",
            0x1001 => "tar.gz",
            0x1b01 => "tar.zst",
            0x1b10 => "gzip|zstd",
            0x1b_1001 => "tar|gzip|zstd",
            _ => "?",
        };
    }

    pub fn lifecycle(mut self, lifecycle: &'static str) -> Self {
        self.lifecycle = lifecycle;
        self
    }
}

pub fn zstd(plain: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(zstd_safe::compress_bound(plain.len()));
    zstd_safe::compress(&mut out, plain, 3).unwrap();
    out
}

/// A package to be written.
#[derive(Clone)]
pub struct Spec {
    pub launcher: Vec<u8>,
    pub slots: Vec<Slot>,
    pub metadata: Value,
    pub key: Option<[u8; 32]>,
    pub cosigners: Vec<[u8; 32]>,
}

impl Spec {
    /// A package that runs `argv`.
    pub fn new(argv: &[&str], slots: Vec<Slot>) -> Self {
        let metadata = json!({
            "build": {"deterministic": true, "platform": {"arch": "amd64", "host": "linux/amd64", "os": "linux"},
                "timestamp": "1980-01-01T00:00:00Z", "tool": "flavorpack", "tool_version": "0.1.0"},
            "compatibility": {"features": [], "min_format_version": "1.0.0"},
            "execution": {"argv": argv, "command": "unused", "env": {}, "environment": {}, "primary_slot": 0},
            "format": "PSPF/2025",
            "format_version": "1.0.0",
            "package": {"name": "demo", "sequence": 0, "version": "1.0"},
            "verification": {"integrity_seal": {"algorithm": "ed25519", "required": true, "scope": "package"},
                "key_lifetime": "publisher", "require_verification": true, "signed": true},
        });
        Self { launcher: launcher().to_vec(), slots, metadata, key: Some(sha256(b"test")), cosigners: Vec::new() }
    }

    /// A package with one shell script.
    pub fn script(script: &str) -> Self {
        Self::new(&["/bin/sh", "{workenv}/run.sh"], vec![Slot::file("script", "run.sh", 0o755, script)])
    }

    pub fn set(mut self, pointer: &str, value: Value) -> Self {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = if parent.is_empty() { &mut self.metadata } else { self.metadata.pointer_mut(parent).unwrap() };
        parent[name] = value;
        self
    }

    pub fn unsigned(mut self) -> Self {
        self.key = None;
        self.set("/verification/integrity_seal/required", json!(false)).set("/verification/signed", json!(false))
    }

    pub fn build(&self) -> Built {
        self.build_with(|_, _| ())
    }

    /// Build; `edit` may change the metadata document and the gzip bytes are those of `frame`.
    pub fn build_with(&self, edit: impl FnOnce(&mut Vec<u8>, &mut Vec<[u8; 64]>)) -> Built {
        let mut metadata = self.metadata.clone();
        metadata["slots"] = self.slots.iter().enumerate().map(|(position, slot)| slot_entry(position, slot)).collect();
        metadata["launcher"] = json!({
            "capabilities": [], "checksum": format!("sha256:{}", hex(&sha256(&self.launcher))), "platform": "linux_amd64",
            "size": self.launcher.len(), "tool": "flavor-rs-launcher", "tool_version": "0.1.0"});
        let mut json = serde_json::to_vec(&metadata).unwrap();
        let launcher_size = self.launcher.len();
        let metadata_offset = launcher_size + INDEX;
        // The document's length decides where slots lie; descriptors do not change it.
        let mut edited = json.clone();
        edit(&mut edited, &mut Vec::new());
        json = edited;
        let gzip = stored_gzip(&json);
        let table_offset = (metadata_offset + gzip.len()).next_multiple_of(8);
        let mut at = table_offset + 64 * self.slots.len();
        let mut ranges = Vec::new();
        let mut table = Vec::new();
        for (position, slot) in self.slots.iter().enumerate() {
            at = at.next_multiple_of(8);
            table.extend_from_slice(&descriptor(position, slot, at));
            ranges.push(at..at + slot.stored.len());
            at += slot.stored.len();
        }
        let trailer = (at + 8).next_multiple_of(16) - 8;
        let size = trailer + TRAILER;

        let mut block = vec![0; INDEX];
        let mut put = |range: Range<usize>, bytes: &[u8]| block[range].copy_from_slice(bytes);
        put(index::FORMAT_VERSION, &index::FORMAT_VERSION_VALUE.to_le_bytes());
        put(index::PACKAGE_SIZE, &(size as u64).to_le_bytes());
        put(index::LAUNCHER_SIZE, &(launcher_size as u64).to_le_bytes());
        put(index::METADATA_OFFSET, &(metadata_offset as u64).to_le_bytes());
        put(index::METADATA_SIZE, &(gzip.len() as u64).to_le_bytes());
        put(index::SLOT_TABLE_OFFSET, &(table_offset as u64).to_le_bytes());
        put(index::SLOT_TABLE_SIZE, &(table.len() as u64).to_le_bytes());
        put(index::SLOT_COUNT, &(self.slots.len() as u32).to_le_bytes());
        put(index::FLAGS, &(u32::from(self.key.is_some()) << 1).to_le_bytes());
        put(index::METADATA_CHECKSUM, &sha256(&gzip));
        put(index::PAGE_SIZE, &4096_u32.to_le_bytes());
        put(index::CAPABILITIES, &(u64::from(self.key.is_some()) << 7).to_le_bytes());
        put(index::COMPATIBILITY, &index::FORMAT_VERSION_VALUE.to_le_bytes());
        put(index::PROTOCOL_VERSION, &1_u32.to_le_bytes());
        put(index::BOX_MARKER, &magic::BOX);
        if let Some(seed) = self.key {
            let key = SigningKey::from_bytes(&seed);
            put(index::PUBLIC_KEY, key.verifying_key().as_bytes());
            put(index::METADATA_SIGNATURE, &key.sign(&json).to_bytes());
        }
        let mut bytes = self.launcher.clone();
        bytes.extend_from_slice(&[0; INDEX]);
        bytes.extend_from_slice(&gzip);
        bytes.resize(table_offset, 0);
        bytes.extend_from_slice(&table);
        for (range, slot) in ranges.iter().zip(&self.slots) {
            bytes.resize(range.start, 0);
            bytes.extend_from_slice(&slot.stored);
        }
        bytes.resize(trailer, 0);
        bytes.extend_from_slice(&magic::BOX);
        bytes.extend_from_slice(&block);
        bytes.extend_from_slice(&magic::WAND);
        let mut built = Built {
            bytes,
            launcher_size,
            metadata: metadata_offset..metadata_offset + gzip.len(),
            table: table_offset..table_offset + table.len(),
            slots: ranges,
            key: self.key,
        };
        built.seal();
        for (number, seed) in self.cosigners.iter().enumerate() {
            built.cosign(number, seed);
        }
        built.checksum();
        built
    }
}

fn slot_entry(position: usize, slot: &Slot) -> Value {
    let mut entry = json!({
        "checksum": format!("sha256:{}", hex(&sha256(&slot.stored))), "id": slot.id, "lifecycle": slot.lifecycle,
        "operations": slot.spelling, "original_size": slot.original_size,
        "permissions": slot.permissions.map(|mode| format!("{mode:04o}")), "purpose": "code", "resolution": "build",
        "size": slot.stored.len(), "slot": position, "source": slot.id, "target": slot.target});
    if let Some(frames) = &slot.frames {
        entry["frames"] = frames.clone();
    }
    if let Some(platform) = slot.platform {
        entry["platform"] = json!(platform);
    }
    entry
}

fn descriptor(position: usize, entry: &Slot, offset: usize) -> [u8; 64] {
    let mut bytes = [0; 64];
    let mut put = |range: Range<usize>, value: &[u8]| bytes[range].copy_from_slice(value);
    let code = |table: &[(&str, u8)], name: &str| table.iter().find(|(known, _)| *known == name).map_or(0, |(_, code)| *code);
    put(slot::ID, &((position as u64) << 8).to_le_bytes());
    put(slot::NAME_HASH, &sha256(entry.id.as_bytes())[..8]);
    put(slot::OFFSET, &(offset as u64).to_le_bytes());
    put(slot::SIZE, &(entry.stored.len() as u64).to_le_bytes());
    put(slot::ORIGINAL_SIZE, &(entry.original_size as u64).to_le_bytes());
    put(slot::OPERATIONS, &entry.operations.to_le_bytes());
    put(slot::CHECKSUM, &sha256(&entry.stored)[..8]);
    put(slot::PURPOSE, &[code(slot::PURPOSES, "code")]);
    put(slot::LIFECYCLE, &[code(slot::LIFECYCLES, entry.lifecycle)]);
    put(slot::PRIORITY, &[1]);
    put(slot::PLATFORM, &[code(slot::PLATFORMS, entry.platform.unwrap_or("any"))]);
    put(slot::PERMISSIONS, &entry.permissions.unwrap_or(0).to_le_bytes());
    bytes
}

/// The framing of sealed metadata.
pub fn stored_gzip(plain: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    let count = plain.len().div_ceil(65_535).max(1);
    for number in 0..count {
        let part = &plain[number * 65_535..plain.len().min((number + 1) * 65_535)];
        let length = part.len() as u16;
        out.push(u8::from(number + 1 == count));
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(part);
    }
    let mut crc = flate2::Crc::new();
    crc.update(plain);
    out.extend_from_slice(&crc.sum().to_le_bytes());
    out.extend_from_slice(&(plain.len() as u32).to_le_bytes());
    out
}

/// A package's bytes, and where things lie in them.
#[derive(Clone)]
pub struct Built {
    pub bytes: Vec<u8>,
    pub launcher_size: usize,
    pub metadata: Range<usize>,
    pub table: Range<usize>,
    pub slots: Vec<Range<usize>>,
    key: Option<[u8; 32]>,
}

impl Built {
    pub fn block(&self) -> Range<usize> {
        let start = self.bytes.len() - TRAILER + 4;
        start..start + INDEX
    }

    /// Where an index field lies in the trailer.
    pub fn field(&self, field: Range<usize>) -> Range<usize> {
        let start = self.block().start;
        start + field.start..start + field.end
    }

    pub fn message(&self, prefix: &[u8]) -> Vec<u8> {
        let mut block = self.bytes[self.block()].to_vec();
        for range in [index::INDEX_CHECKSUM, index::SEAL, index::COSIGNERS] {
            block[range].fill(0);
        }
        [prefix, &sha256(&block), &sha256(&self.bytes[self.table.clone()])].concat()
    }

    pub fn id(&self) -> String {
        hex(&sha256(&self.message(magic::SEAL_PREFIX)))
    }

    /// Seal again, for tests that change something and want everything else right.
    pub fn seal(&mut self) {
        if let Some(seed) = self.key {
            let signature = SigningKey::from_bytes(&seed).sign(&self.message(magic::SEAL_PREFIX));
            let field = self.field(index::SEAL);
            self.bytes[field].copy_from_slice(&signature.to_bytes());
        }
        self.checksum();
    }

    pub fn cosign(&mut self, number: usize, seed: &[u8; 32]) {
        let key = SigningKey::from_bytes(seed);
        let signature = key.sign(&self.message(magic::COSIGN_PREFIX));
        let start = self.field(index::COSIGNERS).start + 96 * number;
        self.bytes[start..start + 32].copy_from_slice(key.verifying_key().as_bytes());
        self.bytes[start + 32..start + 96].copy_from_slice(&signature.to_bytes());
    }

    /// Correct the checksum and copy A.
    pub fn checksum(&mut self) {
        let block = self.block();
        let field = self.field(index::INDEX_CHECKSUM);
        let bytes: [u8; INDEX] = self.bytes[block.clone()].try_into().unwrap();
        let checksum = flavor_format::index_checksum(&bytes);
        self.bytes[field].copy_from_slice(&checksum.to_le_bytes());
        let copy = self.bytes[block].to_vec();
        self.bytes[self.launcher_size..self.launcher_size + INDEX].copy_from_slice(&copy);
    }

    pub fn flip(mut self, at: usize) -> Self {
        self.bytes[at] ^= 1;
        self
    }
}

/// A directory of a test's own, removed at its end. Packages in it use a cache in it.
pub struct Place {
    pub path: PathBuf,
}

impl Place {
    pub fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let name = format!("flavor-test-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Self { path }
    }

    pub fn install(&self, name: &str, bytes: &[u8]) -> Installed {
        let path = self.path.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        // Written elsewhere first: another test's fork may hold a descriptor open for writing, and exec then says ETXTBSY.
        fs::write(path.with_extension("tmp"), bytes).unwrap();
        fs::set_permissions(path.with_extension("tmp"), fs::Permissions::from_mode(0o755)).unwrap();
        let copied = Command::new("/bin/cp").arg(path.with_extension("tmp")).arg(&path).status().unwrap();
        assert!(copied.success());
        Installed { path, cache: self.path.join("cache") }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = Command::new("/bin/chmod").args(["-R", "u+rwx"]).arg(&self.path).stderr(Stdio::null()).status();
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// A package on disk.
pub struct Installed {
    pub path: PathBuf,
    pub cache: PathBuf,
}

impl Installed {
    /// A start with a small environment: PATH, HOME and FLAVOR_CACHE.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", self.path.parent().unwrap()).env("FLAVOR_CACHE", &self.cache);
        command.stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Outcome {
        Outcome::of(self.command().args(arguments))
    }

    pub fn cli(&self, arguments: &[&str]) -> Outcome {
        Outcome::of(self.command().env("FLAVOR_LAUNCHER_CLI", "1").args(arguments))
    }

    pub fn run_at(&self, level: &str) -> Outcome {
        Outcome::of(self.command().env("FLAVOR_VALIDATION", level))
    }

    /// The one workenv in the cache.
    pub fn workenv(&self) -> PathBuf {
        let names = listing(&self.cache.join("workenv"));
        let names: Vec<&String> = names.iter().filter(|name| !name.starts_with('.')).collect();
        assert_eq!(names.len(), 1, "{names:?}");
        self.cache.join("workenv").join(names[0])
    }

    pub fn state(&self) -> PathBuf {
        let names = listing(&self.cache.join("workenv"));
        self.cache.join("workenv").join(names.iter().find(|name| name.starts_with('.')).unwrap())
    }
}

pub fn listing(path: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(path).into_iter().flatten().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Every path below a directory, with its kind, mode and content.
pub fn snapshot(root: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            let mode = metadata.permissions().mode() & 0o7777;
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            let text = if metadata.is_symlink() {
                format!("-> {}", fs::read_link(&path).unwrap().display())
            } else if metadata.is_dir() {
                open.push(path);
                format!("{mode:04o}/")
            } else {
                format!("{mode:04o} {}", hex(&sha256(&fs::read(&path).unwrap())[..4]))
            };
            found.insert(name, text);
        }
    }
    found
}

/// How a start ended.
#[derive(Debug)]
pub struct Outcome {
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    pub fn of(command: &mut Command) -> Self {
        Self::from(command.output().unwrap())
    }

    pub fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { status: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    #[track_caller]
    pub fn succeeds(self, stdout: &str) -> Self {
        assert_eq!((self.status, self.stdout.as_str(), self.stderr.as_str()), (Some(0), stdout, ""));
        self
    }

    #[track_caller]
    pub fn fails(self, status: i32, code: &str) -> Self {
        assert_eq!(self.status, Some(status), "{self:?}");
        assert!(self.stderr.contains(&format!("[{code}]")), "{self:?}");
        assert!(self.stderr.starts_with("flavor: error: "), "{self:?}");
        assert_eq!(self.stdout, "", "nothing of the package may run");
        self
    }

    #[track_caller]
    pub fn warns(self, stdout: &str, code: &str) -> Self {
        assert_eq!((self.status, self.stdout.as_str()), (Some(0), stdout), "{self:?}");
        assert!(self.stderr.starts_with("flavor: warning: ") && self.stderr.contains(&format!("[{code}]")), "{self:?}");
        assert_eq!(self.stderr.lines().count(), 1, "{self:?}");
        self
    }
}
