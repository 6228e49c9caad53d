//! The metadata document as builders write it. The decoder beside it (`metadata.rs`) reads what this encodes.
//!
//! Source: spec/metadata.md#document.

use crate::constants::limits;
use crate::json_value::Json;
use crate::{Chain, Error, ErrorCode, Frame, Platform, Result, quote_command};
use std::collections::BTreeMap;

/// Everything that metadata says. Members that are taken over from a manifest as they are have the shapes of spec/metadata.md.
#[derive(Debug, Clone)]
pub struct Document {
    pub name: String,
    pub version: String,
    pub description: Option<String>,
    pub sequence: u64,
    pub slots: Vec<DocumentSlot>,
    pub execution: DocumentExecution,
    pub runtime_env: Option<Json>,
    pub workenv: Option<Json>,
    pub setup_commands: Vec<Json>,
    pub cache_validation: Option<Json>,
    pub requirements: Option<Json>,
    pub minimum_level: Option<String>,
    /// `None`: unsigned.
    pub key_lifetime: Option<KeyLifetime>,
    pub build: BuildInfo,
    pub launcher: LauncherInfo,
}

/// A slot as metadata describes it.
#[derive(Debug, Clone)]
pub struct DocumentSlot {
    pub id: String,
    pub target: String,
    /// Stored size.
    pub size: u64,
    pub original_size: u64,
    /// SHA-256 of the stored blob.
    pub checksum: [u8; 32],
    pub operations: Chain,
    pub purpose: String,
    pub lifecycle: String,
    /// Mode of a single file; `None` for archives.
    pub permissions: Option<u16>,
    pub platform: Option<String>,
    pub frames: Option<Vec<Frame>>,
}

/// What is started.
#[derive(Debug, Clone, Default)]
pub struct DocumentExecution {
    pub argv: Vec<String>,
    pub entry: Option<String>,
    /// `None` where a manifest has none; `argv` by name.
    pub entries: Option<BTreeMap<String, Vec<String>>>,
    pub env: BTreeMap<String, String>,
    pub primary_slot: u64,
}

/// How long the signing key lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyLifetime {
    /// Made for one build and forgotten.
    Build,
    /// A seed or a key file.
    Publisher,
}

impl KeyLifetime {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Publisher => "publisher",
        }
    }
}

#[derive(Debug, Clone)]
pub struct BuildInfo {
    /// The product's version.
    pub tool_version: String,
    /// RFC 3339, UTC.
    pub timestamp: String,
    /// Of the package.
    pub platform: Platform,
}

/// The launcher, from its marker and its bytes.
#[derive(Debug, Clone)]
pub struct LauncherInfo {
    pub tool: String,
    pub tool_version: String,
    pub platform: Option<String>,
    pub size: u64,
    /// SHA-256.
    pub checksum: [u8; 32],
}

impl Document {
    /// The canonical JSON.
    ///
    /// Errors: `metadata-malformed` above 1 MiB, or above 64 KiB without the frame lists; for keys that are not ASCII.
    pub fn encode(&self) -> Result<Vec<u8>> {
        let frames = self.slots.iter().map(|slot| slot.frames.as_ref().map(|frames| frame_list(frames)));
        let frames: Vec<Option<Json>> = frames.collect();
        let mut frame_bytes = 0;
        for list in frames.iter().flatten() {
            frame_bytes += list.encode()?.len();
        }
        let bytes = self.json(frames).encode()?;
        let too_long = |what: String| Err(Error::new(ErrorCode::MetadataMalformed, format!("metadata has {what}")));
        if bytes.len() > limits::METADATA_PLAIN_BYTES {
            return too_long(format!("{} bytes, more than {}", bytes.len(), limits::METADATA_PLAIN_BYTES));
        }
        let without_frames = bytes.len() - frame_bytes;
        if without_frames > limits::METADATA_PLAIN_BYTES_WITHOUT_FRAMES {
            let limit = limits::METADATA_PLAIN_BYTES_WITHOUT_FRAMES;
            return too_long(format!("{without_frames} bytes without its frame lists, more than {limit}"))
                .map_err(|error: Error| error.with_hint("use fewer slots or put the files of several into one"));
        }
        Ok(bytes)
    }

    fn json(&self, frames: Vec<Option<Json>>) -> Json {
        let signed = self.key_lifetime.is_some();
        let slots = self.slots.iter().zip(frames).enumerate().map(|(position, (slot, frames))| slot.json(position, frames));
        let version = || Json::from("1.0.0");
        let mut document = members([
            ("build", self.build.json(self.key_lifetime == Some(KeyLifetime::Publisher))),
            ("compatibility", Json::object([("features", Json::List(Vec::new())), ("min_format_version", version())])),
            ("execution", self.execution.json()),
            ("format", "PSPF/2025".into()),
            ("format_version", version()),
            ("launcher", self.launcher.json()),
            ("slots", Json::list(slots)),
        ]);
        let mut package =
            members([("name", Json::from(&self.name)), ("version", (&self.version).into()), ("sequence", self.sequence.into())]);
        package.add("description", self.description.as_ref().map(Json::from));
        document.add("package", Some(package.into()));
        document.add("runtime", self.runtime_env.clone().map(|env| Json::object([("env", env)])));
        document.add("workenv", self.workenv.clone());
        document.add("setup_commands", (!self.setup_commands.is_empty()).then(|| Json::List(self.setup_commands.clone())));
        document.add("cache_validation", self.cache_validation.clone());
        document.add("requirements", self.requirements.clone());
        let seal = Json::object([("algorithm", "ed25519".into()), ("required", signed.into()), ("scope", Json::from("package"))]);
        let mut verification = members([("integrity_seal", seal), ("require_verification", signed.into()), ("signed", signed.into())]);
        verification.add("minimum_level", self.minimum_level.as_ref().map(Json::from));
        verification.add("key_lifetime", self.key_lifetime.map(|lifetime| lifetime.as_str().into()));
        document.add("verification", Some(verification.into()));
        document.into()
    }
}

impl DocumentSlot {
    fn json(&self, position: usize, frames: Option<Json>) -> Json {
        let mut slot = members([
            ("slot", Json::from(position as u64)),
            ("id", (&self.id).into()),
            ("source", (&self.id).into()),
            ("target", (&self.target).into()),
            ("size", self.size.into()),
            ("original_size", self.original_size.into()),
            ("checksum", digest(&self.checksum)),
            ("operations", self.operations.canonical().into()),
            ("purpose", (&self.purpose).into()),
            ("lifecycle", (&self.lifecycle).into()),
            ("permissions", self.permissions.map_or(Json::Null, |mode| format!("{mode:04o}").into())),
            ("resolution", "build".into()),
        ]);
        slot.add("platform", self.platform.as_ref().map(Json::from));
        slot.add("frames", frames);
        slot.into()
    }
}

impl DocumentExecution {
    fn json(&self) -> Json {
        let env = || Json::object(self.env.iter().map(|(name, value)| (name, Json::from(value))));
        let mut execution = members([
            ("argv", Json::list(&self.argv)),
            ("command", quote_command(&self.argv).into()),
            ("env", env()),
            ("environment", env()),
            ("primary_slot", self.primary_slot.into()),
        ]);
        execution.add("entry", self.entry.as_ref().map(Json::from));
        let entry = |argv: &Vec<String>| Json::object([("argv", Json::list(argv))]);
        execution.add("entries", self.entries.as_ref().map(|all| Json::object(all.iter().map(|(name, argv)| (name, entry(argv))))));
        execution.into()
    }
}

impl BuildInfo {
    fn json(&self, deterministic: bool) -> Json {
        let Platform { os, arch } = self.platform;
        Json::object([
            ("tool", "flavorpack".into()),
            ("tool_version", Json::from(&self.tool_version)),
            ("timestamp", (&self.timestamp).into()),
            ("deterministic", deterministic.into()),
            ("platform", Json::object([("os", os.into()), ("arch", arch.into()), ("host", Json::from(format!("{os}/{arch}")))])),
        ])
    }
}

impl LauncherInfo {
    fn json(&self) -> Json {
        let mut launcher = members([
            ("tool", Json::from(&self.tool)),
            ("tool_version", (&self.tool_version).into()),
            ("size", self.size.into()),
            ("checksum", digest(&self.checksum)),
            ("capabilities", Json::List(Vec::new())),
        ]);
        launcher.add("platform", self.platform.as_ref().map(Json::from));
        launcher.into()
    }
}

fn frame_list(frames: &[Frame]) -> Json {
    Json::list(frames.iter().map(|frame| {
        Json::object([
            ("first", frame.first.map_or(Json::Null, Json::from)),
            ("offset", frame.offset.into()),
            ("plain", frame.plain.into()),
            ("sha256", hex(&frame.sha256).into()),
            ("size", frame.size.into()),
        ])
    }))
}

fn digest(sha256: &[u8; 32]) -> Json {
    format!("sha256:{}", hex(sha256)).into()
}

/// An object in the making.
struct Members(BTreeMap<String, Json>);

fn members<const N: usize>(given: [(&str, Json); N]) -> Members {
    Members(given.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

impl Members {
    /// Absent members are absent, never null.
    fn add(&mut self, key: &str, value: Option<Json>) {
        self.0.extend(value.map(|value| (key.to_owned(), value)));
    }
}

impl From<Members> for Json {
    fn from(members: Members) -> Self {
        Self::Object(members.0)
    }
}

/// Lower-case hex digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Metadata;

    fn document() -> Document {
        Document {
            name: "hello".into(),
            version: "1.0".into(),
            description: None,
            sequence: 0,
            slots: vec![DocumentSlot {
                id: "script".into(),
                target: "hello.sh".into(),
                size: 27,
                original_size: 27,
                checksum: [0x60; 32],
                operations: Chain::default(),
                purpose: "code".into(),
                lifecycle: "runtime".into(),
                permissions: Some(0o755),
                platform: None,
                frames: None,
            }],
            execution: DocumentExecution { argv: vec!["/bin/sh".into(), "{workenv}/hello.sh".into()], ..DocumentExecution::default() },
            runtime_env: None,
            workenv: None,
            setup_commands: Vec::new(),
            cache_validation: None,
            requirements: None,
            minimum_level: None,
            key_lifetime: Some(KeyLifetime::Publisher),
            build: BuildInfo {
                tool_version: "0.1.0".into(),
                timestamp: "1980-01-01T00:00:00Z".into(),
                platform: Platform { os: "linux", arch: "amd64" },
            },
            launcher: LauncherInfo {
                tool: "flavor-rs-launcher".into(),
                tool_version: "0.1.0".into(),
                platform: Some("linux_amd64".into()),
                size: 946_776,
                checksum: [0x9f; 32],
            },
        }
    }

    /// The example of spec/metadata.md, with digests of one byte.
    #[test]
    fn the_example_of_the_specification_is_what_is_written() {
        let spec = include_str!("../../../spec/metadata.md");
        let start = spec.find("```json metadata\n").unwrap() + "```json metadata\n".len();
        let example = spec[start..].lines().next().unwrap();
        let mut expected = String::new();
        for part in example.split("sha256:") {
            let digest = if expected.is_empty() {
                None
            } else {
                Some(if expected.ends_with("launcher\":{\"capabilities\":[],\"checksum\":\"") { "9f" } else { "60" })
            };
            match digest {
                None => expected.push_str(part),
                Some(byte) => expected += &format!("sha256:{}{}", byte.repeat(32), &part[64..]),
            }
        }
        assert_eq!(String::from_utf8(document().encode().unwrap()).unwrap(), expected);
    }

    #[test]
    fn what_is_written_is_read_back() {
        let mut written = document();
        written.description = Some("é".into());
        written.key_lifetime = None;
        written.minimum_level = Some("strict".into());
        written.execution.entries = Some(BTreeMap::from([("a".into(), vec!["host:a".into()])]));
        written.runtime_env = Some(Json::object([("unset", Json::list(["LD_*"]))]));
        written.slots[0].frames = Some(vec![Frame { offset: 0, size: 27, plain: 512, sha256: [7; 32], first: None }]);
        let metadata = Metadata::decode(&written.encode().unwrap(), None).unwrap();
        assert_eq!((metadata.sealed, metadata.verification.signed), (true, false));
        assert_eq!(metadata.verification.minimum_level.as_deref(), Some("strict"));
        assert_eq!((metadata.execution.entries[0].name.as_str(), metadata.runtime_env.unset.len()), ("a", 1));
        assert!(metadata.slots[0].frames.is_some());
    }

    #[test]
    fn large_documents_are_refused_frame_lists_aside() {
        let mut long = document();
        long.description = Some("x".repeat(65_536));
        assert!(long.encode().unwrap_err().hint.is_some());
        long.description = None;
        let frame = Frame { offset: 0, size: 27, plain: 512, sha256: [7; 32], first: Some(0) };
        long.slots[0].frames = Some(vec![frame.clone(); 1000]);
        assert!(long.encode().is_ok());
        long.slots[0].frames = Some(vec![frame; 10_000]);
        assert!(long.encode().is_err());
    }
}
