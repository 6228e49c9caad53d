//! The metadata document: JSON bytes in, complete records out.
//!
//! A document that announces the seal must be canonical; one that does not was written by an earlier implementation and is
//! read leniently (spec/pspf-2025.md#what-upstream-wrote). Frame lists are checked as JSON and left where they are: only an
//! extraction decodes them. Source: spec/metadata.md.
//!
//! Long, because it is one table: a type a section of the document, and a line a member.

use crate::constants::{VALIDATION_LEVELS, limits};
use crate::json::{Parser, Rules};
use crate::{Error, ErrorCode, Result};
use std::ops::Range;

type Map = Vec<(String, String)>;

#[derive(Debug, Clone, Default)]
pub struct Metadata {
    /// Announces `verification.integrity_seal.scope`: the rules of this format hold. Otherwise: the compatibility path.
    pub sealed: bool,
    pub package: Package,
    pub slots: Vec<SlotEntry>,
    pub execution: Execution,
    pub runtime_env: RuntimeEnv,
    pub workenv: Workenv,
    pub setup_commands: Vec<SetupCommand>,
    pub verification: Verification,
    pub launcher: Option<Launcher>,
    pub build_tool: String,
    pub build_timestamp: String,
    pub requirements: Requirements,
}

#[derive(Debug, Clone, Default)]
pub struct Package {
    pub name: String,
    pub version: String,
    pub sequence: u64,
}

#[derive(Debug, Clone, Default)]
pub struct SlotEntry {
    pub id: String,
    pub target: String,
    pub size: u64,
    pub original_size: u64,
    /// SHA-256 of the stored blob. `None` where an earlier builder wrote none.
    pub checksum: Option<[u8; 32]>,
    pub operations: String,
    pub purpose: String,
    pub lifecycle: String,
    /// Mode of a single file; `None` for archives.
    pub permissions: Option<u16>,
    pub platform: Option<String>,
    /// Where the frame list stands in the JSON; see [`decode_frames`].
    pub frames: Option<Range<usize>>,
    /// Earlier builders' slot without data.
    pub self_ref: bool,
}

/// One zstd frame of a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// From the start of the slot.
    pub offset: u64,
    pub size: u64,
    pub plain: u64,
    pub sha256: [u8; 32],
    /// Offset within the plain bytes of the first tar header that starts here.
    pub first: Option<u64>,
}

#[derive(Debug, Clone, Default)]
pub struct Execution {
    pub argv: Option<Vec<String>>,
    pub command: Option<String>,
    pub entries: Vec<Entry>,
    /// `environment`, then `env`: a later value of a name wins.
    pub env: Map,
}

#[derive(Debug, Clone, Default)]
pub struct Entry {
    pub name: String,
    pub argv: Vec<String>,
}

#[derive(Debug, Clone, Default)]
pub struct RuntimeEnv {
    pub unset: Vec<String>,
    pub pass: Vec<String>,
    pub map: Map,
    pub set: Map,
}

#[derive(Debug, Clone, Default)]
pub struct Workenv {
    pub directories: Vec<Directory>,
    pub env: Map,
}

#[derive(Debug, Clone)]
pub struct Directory {
    pub path: String,
    pub mode: u32,
}

/// A command of a setup step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Words {
    Argv(Vec<String>),
    /// To be split by the rules of a POSIX shell.
    Command(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetupCommand {
    Execute(Words),
    EnumerateAndExecute { words: Words, path: String, pattern: String },
    WriteFile { path: String, content: String, mode: u32 },
    Chmod { path: String, mode: u32 },
}

#[derive(Debug, Clone, Default)]
pub struct Verification {
    pub seal: Option<Seal>,
    pub signed: bool,
    pub minimum_level: Option<String>,
    pub key_lifetime: String,
}

#[derive(Debug, Clone, Default)]
pub struct Seal {
    pub required: bool,
    pub scope: Option<String>,
}

#[derive(Debug, Clone, Default)]
pub struct Launcher {
    pub tool: String,
    pub tool_version: String,
    pub size: Option<u64>,
    pub checksum: Option<[u8; 32]>,
}

#[derive(Debug, Clone, Default)]
pub struct Requirements {
    pub libc: Option<String>,
    pub libc_version: Option<String>,
}

impl Metadata {
    /// Decode a document that must be canonical, or that an earlier implementation may have written.
    ///
    /// `canonical_framing` is the fault of the gzip framing, if it is not the one of this format: it counts as soon as the
    /// document announces the seal.
    ///
    /// Errors: `metadata-malformed`; `version-unsupported` for a later shape.
    pub fn decode(json: &[u8], framing_fault: Option<Error>) -> Result<Self> {
        let (metadata, fault) = match Self::read(json, Rules::Canonical) {
            Ok(metadata) => (metadata, framing_fault),
            Err(fault) => {
                // The framing comes before what is in it.
                let fault = framing_fault.unwrap_or(fault);
                let Ok(metadata) = Self::read(json, Rules::Lenient) else { return Err(fault) };
                (metadata, Some(fault))
            }
        };
        match fault {
            Some(fault) if metadata.sealed => Err(fault),
            _ => Ok(metadata),
        }
    }

    fn read(json: &[u8], rules: Rules) -> Result<Self> {
        let mut reader = Reader { rules, frames_bytes: 0 };
        let mut parser = Parser::new(json, rules)?;
        let metadata = reader.document(&mut parser)?;
        parser.end()?;
        if metadata.sealed && json.len() - reader.frames_bytes > limits::METADATA_PLAIN_BYTES_WITHOUT_FRAMES {
            return Err(malformed(format!(
                "{} bytes without frame lists, at most {} are allowed",
                json.len() - reader.frames_bytes,
                limits::METADATA_PLAIN_BYTES_WITHOUT_FRAMES
            )));
        }
        Ok(metadata)
    }
}

fn malformed(what: impl std::fmt::Display) -> Error {
    Error::new(ErrorCode::MetadataMalformed, format!("metadata: {what}"))
}

struct Reader {
    rules: Rules,
    frames_bytes: usize,
}

impl Reader {
    fn document(&mut self, parser: &mut Parser<'_>) -> Result<Metadata> {
        let mut metadata = Metadata::default();
        let (mut format, mut version, mut minimum_version) = (None, None, None);
        let (mut package, mut slots, mut execution, mut pinned) = (false, false, false, false);
        parser.object(|parser, key| {
            match key {
                "build" => parser.object(|parser, key| {
                    match key {
                        "tool" => metadata.build_tool = text(parser)?,
                        "timestamp" => metadata.build_timestamp = text(parser)?,
                        "tool_version" if !self.absent(parser) => drop(text(parser)?),
                        "deterministic" if !self.absent(parser) => drop(parser.boolean()?),
                        "platform" => parser.object(|parser, key| match key {
                            "os" | "arch" if !self.absent(parser) => text(parser).map(drop),
                            "os" | "arch" => Ok(()),
                            _ => parser.skip(),
                        })?,
                        "tool_version" | "deterministic" => {}
                        _ => parser.skip()?,
                    }
                    Ok(())
                })?,
                "compatibility" => parser.object(|parser, key| match key {
                    "min_format_version" => {
                        minimum_version = Some(text(parser)?);
                        Ok(())
                    }
                    _ => parser.skip(),
                })?,
                "execution" => {
                    execution = true;
                    metadata.execution = self.execution(parser)?;
                }
                "format" => format = Some(text(parser)?),
                "format_version" => version = Some(text(parser)?),
                "launcher" => metadata.launcher = Some(self.launcher(parser)?),
                "package" => {
                    package = true;
                    metadata.package = self.package(parser)?;
                }
                "cache_validation" if !self.absent(parser) => parser.object(|parser, _| parser.skip())?,
                "requirements" => parser.object(|parser, key| {
                    match key {
                        "libc" => metadata.requirements.libc = Some(text(parser)?),
                        "libc_version" => metadata.requirements.libc_version = Some(text(parser)?),
                        _ => parser.skip()?,
                    }
                    Ok(())
                })?,
                "runtime" if !self.absent(parser) => parser.object(|parser, key| match key {
                    "env" if !self.absent(parser) => {
                        metadata.runtime_env = self.runtime_env(parser)?;
                        Ok(())
                    }
                    "env" => Ok(()),
                    _ => parser.skip(),
                })?,
                "setup_commands" if !self.absent(parser) => parser.array(|parser| {
                    metadata.setup_commands.push(self.setup_command(parser)?);
                    Ok(())
                })?,
                "slots" => {
                    slots = true;
                    if !self.absent(parser) {
                        parser.array(|parser| {
                            let entry = self.slot(parser, metadata.slots.len())?;
                            metadata.slots.push(entry);
                            if metadata.slots.len() > limits::SLOTS {
                                return Err(parser.refuse(format!("more than {} slots", limits::SLOTS)));
                            }
                            Ok(())
                        })?;
                    }
                }
                "verification" => metadata.verification = self.verification(parser)?,
                "workenv" if !self.absent(parser) => parser.object(|parser, key| {
                    match key {
                        "directories" if !self.absent(parser) => parser.array(|parser| {
                            metadata.workenv.directories.push(self.directory(parser)?);
                            Ok(())
                        })?,
                        "env" if !self.absent(parser) => metadata.workenv.env = map(parser)?,
                        "directories" | "env" => {}
                        "name" => {
                            pinned = true;
                            text(parser)?;
                        }
                        _ => parser.skip()?,
                    }
                    Ok(())
                })?,
                "runtime" | "setup_commands" | "workenv" | "cache_validation" => {}
                _ => parser.skip()?,
            }
            Ok(())
        })?;
        metadata.sealed = metadata.verification.seal.as_ref().is_some_and(|seal| seal.scope.is_some());
        if !package || !slots || !execution {
            return Err(malformed("package, slots or execution is missing"));
        }
        if metadata.sealed {
            check_sealed(&metadata, format.as_deref(), version.as_deref(), minimum_version.as_deref())?;
            if pinned {
                return Err(Error::new(ErrorCode::VersionUnsupported, "metadata: workenv.name is reserved for a later version"));
            }
        }
        if metadata.execution.argv.is_none() && metadata.execution.command.is_none() {
            return Err(malformed("execution has neither argv nor command"));
        }
        Ok(metadata)
    }

    /// Earlier builders write null for what is not there; this format has no optional nulls.
    fn absent(&self, parser: &mut Parser<'_>) -> bool {
        self.rules == Rules::Lenient && parser.null()
    }

    fn package(&self, parser: &mut Parser<'_>) -> Result<Package> {
        let mut package = Package::default();
        let (mut name, mut version) = (false, false);
        parser.object(|parser, key| {
            match key {
                "name" => {
                    name = true;
                    package.name = text(parser)?;
                }
                "version" => {
                    version = true;
                    package.version = text(parser)?;
                }
                "sequence" => package.sequence = parser.natural()?,
                "description" if !self.absent(parser) => drop(text(parser)?),
                "description" => {}
                _ => parser.skip()?,
            }
            Ok(())
        })?;
        if !name || !version {
            return Err(parser.refuse("package.name or package.version is missing"));
        }
        Ok(package)
    }

    fn slot(&mut self, parser: &mut Parser<'_>, position: usize) -> Result<SlotEntry> {
        let mut entry = SlotEntry::default();
        let mut required = [false; 8];
        let mut number = None;
        let lenient = self.rules == Rules::Lenient;
        parser.object(|parser, key| {
            let mut saw = |at: usize| required[at] = true;
            match key {
                "checksum" => {
                    saw(0);
                    entry.checksum = checksum(parser, lenient)?;
                }
                "frames" => {
                    let start = parser.position();
                    if !parser.next_is(b'[') {
                        return Err(parser.refuse("frames must be an array"));
                    }
                    parser.skip()?;
                    entry.frames = Some(start..parser.position());
                    self.frames_bytes += parser.position() - start;
                }
                "id" => {
                    saw(1);
                    entry.id = text(parser)?;
                }
                "lifecycle" => {
                    saw(2);
                    entry.lifecycle = text(parser)?;
                }
                "operations" => {
                    saw(3);
                    entry.operations = text(parser)?;
                }
                "original_size" => {
                    saw(4);
                    entry.original_size = parser.natural()?;
                }
                "permissions" if parser.null() => {}
                "permissions" => {
                    let mode = text(parser)?;
                    entry.permissions = Some(
                        permissions(&mode, lenient)
                            .ok_or_else(|| parser.refuse(format!("permissions {mode:?} are not four octal digits")))?,
                    );
                }
                "platform" if !self.absent(parser) => entry.platform = Some(text(parser)?),
                "platform" => {}
                "purpose" => {
                    saw(5);
                    entry.purpose = text(parser)?;
                }
                "self_ref" => entry.self_ref = parser.boolean()?,
                "size" => {
                    saw(6);
                    entry.size = parser.natural()?;
                }
                "slot" => number = Some(parser.natural()?),
                "target" => {
                    saw(7);
                    entry.target = text(parser)?;
                }
                _ => parser.skip()?,
            }
            Ok(())
        })?;
        if !lenient && (number != Some(position as u64) || required.contains(&false)) {
            return Err(parser.refuse(format!("slot {position}: a member is missing, or its number is not its position")));
        }
        if !lenient && !is_slot_id(&entry.id) {
            return Err(parser.refuse(format!("slot {position}: id {:?} is not a valid id", entry.id)));
        }
        Ok(entry)
    }

    fn execution(&self, parser: &mut Parser<'_>) -> Result<Execution> {
        let mut execution = Execution::default();
        let (mut env, mut environment) = (Map::new(), Map::new());
        parser.object(|parser, key| {
            match key {
                "argv" => execution.argv = Some(argv(parser)?),
                "command" => execution.command = Some(text(parser)?),
                "entries" => parser.object(|parser, name| {
                    let mut entry = Entry { name: name.to_owned(), argv: Vec::new() };
                    parser.object(|parser, key| {
                        match key {
                            "argv" => entry.argv = argv(parser)?,
                            _ => parser.skip()?,
                        }
                        Ok(())
                    })?;
                    if entry.argv.is_empty() {
                        return Err(parser.refuse(format!("execution.entries: {name:?} has no argv")));
                    }
                    execution.entries.push(entry);
                    Ok(())
                })?,
                "env" if !self.absent(parser) => env = map(parser)?,
                "environment" if !self.absent(parser) => environment = map(parser)?,
                "entry" if !self.absent(parser) => drop(text(parser)?),
                "primary_slot" if !self.absent(parser) => drop(parser.natural()?),
                "env" | "environment" | "entry" | "primary_slot" => {}
                _ => parser.skip()?,
            }
            Ok(())
        })?;
        if environment != env {
            execution.env = environment;
        }
        execution.env.extend(env);
        Ok(execution)
    }

    fn runtime_env(&self, parser: &mut Parser<'_>) -> Result<RuntimeEnv> {
        let mut env = RuntimeEnv::default();
        parser.object(|parser, key| {
            match key {
                "unset" | "pass" | "map" | "set" if self.absent(parser) => {}
                "unset" => env.unset = strings(parser)?,
                "pass" => env.pass = strings(parser)?,
                "map" => env.map = map(parser)?,
                "set" => env.set = map(parser)?,
                _ => parser.skip()?,
            }
            Ok(())
        })?;
        // In canonical documents they are sorted already.
        env.map.sort_unstable();
        Ok(env)
    }

    fn directory(&self, parser: &mut Parser<'_>) -> Result<Directory> {
        let mut path = None;
        let mut mode_given = None;
        parser.object(|parser, key| {
            match key {
                "path" => path = Some(text(parser)?),
                "mode" if !self.absent(parser) => mode_given = Some(mode(parser)?),
                "mode" => {}
                _ => parser.skip()?,
            }
            Ok(())
        })?;
        let path = path.ok_or_else(|| parser.refuse("a workenv directory has no path"))?;
        Ok(Directory { path, mode: mode_given.unwrap_or(0o700) })
    }

    fn setup_command(&self, parser: &mut Parser<'_>) -> Result<SetupCommand> {
        if parser.next_is(b'"') {
            return Ok(SetupCommand::Execute(Words::Command(text(parser)?)));
        }
        let mut kind = String::from("execute");
        let (mut argv_given, mut command, mut path, mut content, mut mode_given) = (None, None, None, None, None);
        let (mut enumerate_path, mut pattern) = (None, None);
        parser.object(|parser, key| {
            match key {
                "type" => kind = text(parser)?,
                "argv" => argv_given = Some(argv(parser)?),
                "command" => command = Some(text(parser)?),
                "path" => path = Some(text(parser)?),
                "content" => content = Some(text(parser)?),
                "mode" if !self.absent(parser) => mode_given = Some(mode(parser)?),
                "mode" => {}
                "enumerate" => parser.object(|parser, key| {
                    match key {
                        "path" => enumerate_path = Some(text(parser)?),
                        "pattern" => pattern = Some(text(parser)?),
                        _ => parser.skip()?,
                    }
                    Ok(())
                })?,
                _ => parser.skip()?,
            }
            Ok(())
        })?;
        let missing = |member: &str| parser.refuse(format!("a setup command of type {kind:?} has no {member}"));
        let words = match (argv_given, command) {
            (Some(argv), _) => Some(Words::Argv(argv)),
            (None, Some(command)) => Some(Words::Command(command)),
            (None, None) => None,
        };
        match kind.as_str() {
            "execute" => Ok(SetupCommand::Execute(words.ok_or_else(|| missing("command"))?)),
            "enumerate_and_execute" => Ok(SetupCommand::EnumerateAndExecute {
                words: words.ok_or_else(|| missing("command"))?,
                path: enumerate_path.ok_or_else(|| missing("enumerate.path"))?,
                pattern: pattern.unwrap_or_else(|| "*".to_owned()),
            }),
            "write_file" => Ok(SetupCommand::WriteFile {
                path: path.ok_or_else(|| missing("path"))?,
                content: content.unwrap_or_default(),
                mode: mode_given.unwrap_or(0o644),
            }),
            "chmod" => Ok(SetupCommand::Chmod { path: path.ok_or_else(|| missing("path"))?, mode: mode_given.unwrap_or(0o755) }),
            _ => Err(parser.refuse(format!("unknown type of setup command {kind:?}"))),
        }
    }

    fn verification(&self, parser: &mut Parser<'_>) -> Result<Verification> {
        let mut verification = Verification::default();
        parser.object(|parser, key| {
            match key {
                "integrity_seal" if !self.absent(parser) => {
                    let mut seal = Seal::default();
                    parser.object(|parser, key| {
                        match key {
                            "required" => seal.required = parser.boolean()?,
                            "scope" => seal.scope = Some(text(parser)?),
                            _ => parser.skip()?,
                        }
                        Ok(())
                    })?;
                    verification.seal = Some(seal);
                }
                "integrity_seal" => {}
                "key_lifetime" => verification.key_lifetime = one_of(parser, &["build", "publisher"])?,
                "minimum_level" => verification.minimum_level = Some(one_of(parser, &VALIDATION_LEVELS)?),
                "signed" => verification.signed = parser.boolean()?,
                _ => parser.skip()?,
            }
            Ok(())
        })?;
        Ok(verification)
    }

    fn launcher(&self, parser: &mut Parser<'_>) -> Result<Launcher> {
        let mut launcher = Launcher::default();
        parser.object(|parser, key| {
            match key {
                "checksum" => launcher.checksum = checksum(parser, self.rules == Rules::Lenient)?,
                "size" => launcher.size = Some(parser.natural()?),
                "tool" => launcher.tool = text(parser)?,
                "tool_version" => launcher.tool_version = text(parser)?,
                "platform" if !self.absent(parser) => drop(text(parser)?),
                "platform" => {}
                _ => parser.skip()?,
            }
            Ok(())
        })?;
        Ok(launcher)
    }
}

/// What a document that announces the seal must say about itself.
fn check_sealed(metadata: &Metadata, format: Option<&str>, version: Option<&str>, minimum_version: Option<&str>) -> Result<()> {
    let (Some(format), Some(version)) = (format, version) else {
        return Err(malformed("format or format_version is missing"));
    };
    let minimum_version = minimum_version.unwrap_or("1.0.0");
    if format != "PSPF/2025" {
        return Err(malformed(format!("format is {format:?}, expected \"PSPF/2025\"")));
    }
    let scope = metadata.verification.seal.as_ref().and_then(|seal| seal.scope.as_deref());
    if version != "1.0.0" || minimum_version != "1.0.0" || scope != Some("package") {
        return Err(Error::new(
            ErrorCode::VersionUnsupported,
            format!(
                "metadata: format_version is {version:?}, min_format_version {minimum_version:?}, seal scope {:?}, expected \"1.0.0\", \"1.0.0\" and \"package\"",
                scope.unwrap_or_default()
            ),
        ));
    }
    if metadata.verification.signed != metadata.verification.seal.as_ref().is_some_and(|seal| seal.required) {
        return Err(malformed("verification.signed and verification.integrity_seal.required differ"));
    }
    match &metadata.launcher {
        Some(Launcher { size: Some(_), checksum: Some(_), .. }) => Ok(()),
        _ => Err(malformed("launcher.size or launcher.checksum is missing")),
    }
}

fn text(parser: &mut Parser<'_>) -> Result<String> {
    Ok(parser.string()?.into_owned())
}

fn one_of(parser: &mut Parser<'_>, values: &[&str]) -> Result<String> {
    let value = text(parser)?;
    if values.contains(&value.as_str()) { Ok(value) } else { Err(parser.refuse(format!("{value:?} is not one of {values:?}"))) }
}

fn strings(parser: &mut Parser<'_>) -> Result<Vec<String>> {
    let mut values = Vec::new();
    parser.array(|parser| {
        values.push(text(parser)?);
        Ok(())
    })?;
    Ok(values)
}

fn argv(parser: &mut Parser<'_>) -> Result<Vec<String>> {
    let words = strings(parser)?;
    if words.is_empty() {
        return Err(parser.refuse("argv is empty"));
    }
    Ok(words)
}

fn map(parser: &mut Parser<'_>) -> Result<Map> {
    let mut values = Map::new();
    parser.object(|parser, key| {
        let value = text(parser)?;
        values.push((key.to_owned(), value));
        Ok(())
    })?;
    Ok(values)
}

/// A mode: octal text, or (earlier builders) the number itself.
fn mode(parser: &mut Parser<'_>) -> Result<u32> {
    if !parser.next_is(b'"') {
        return match parser.natural()? {
            mode @ 0..=0o7777 => Ok(mode as u32),
            mode => Err(parser.refuse(format!("{mode} is not a mode"))),
        };
    }
    let digits = text(parser)?;
    match u32::from_str_radix(digits.trim_start_matches("0o"), 8) {
        Ok(mode @ 0..=0o7777) => Ok(mode),
        _ => Err(parser.refuse(format!("{digits:?} is not a mode in octal digits"))),
    }
}

fn permissions(digits: &str, lenient: bool) -> Option<u16> {
    let digits = if lenient { digits.trim_start_matches("0o") } else { digits };
    let octal = digits.bytes().all(|digit| matches!(digit, b'0'..=b'7'));
    if !octal || (!lenient && digits.len() != 4) {
        return None;
    }
    u16::from_str_radix(digits, 8).ok().filter(|mode| *mode <= 0o7777)
}

/// `sha256:` and 64 hex digits. Earlier builders doubled the prefix or left the value empty.
fn checksum(parser: &mut Parser<'_>, lenient: bool) -> Result<Option<[u8; 32]>> {
    let value = text(parser)?;
    let mut digits = value.strip_prefix("sha256:");
    if lenient {
        digits = Some(value.trim_start_matches("sha256:"));
        if digits == Some("") {
            return Ok(None);
        }
    }
    match digits.and_then(hex64) {
        Some(digest) => Ok(Some(digest)),
        None if lenient => Ok(None),
        None => Err(parser.refuse(format!("checksum {value:?} is not sha256: and 64 hex digits in lower case"))),
    }
}

fn hex64(digits: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    if digits.len() != 64 {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        let digit = |value: u8| match value {
            b'0'..=b'9' => Some(value - b'0'),
            b'a'..=b'f' => Some(value - b'a' + 10),
            _ => None,
        };
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(digest)
}

fn is_slot_id(id: &str) -> bool {
    let bytes = id.as_bytes();
    (1..=64).contains(&bytes.len())
        && bytes[0].is_ascii_alphanumeric()
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

/// Decode the frame list at `range` of the document and check it against its slot.
///
/// Errors: `metadata-malformed` for a wrong type; `frame-invalid` when the frames do not cover `slot_size` stored and
/// `original_size` plain bytes, or break a limit.
pub fn decode_frames(json: &[u8], entry: &SlotEntry, range: &Range<usize>) -> Result<Vec<Frame>> {
    let invalid = |what: String| Error::new(ErrorCode::FrameInvalid, format!("slot {:?}: frame list: {what}", entry.id));
    let list = json.get(range.clone()).ok_or_else(|| malformed("a frame list leaves the document"))?;
    let mut parser = Parser::new(list, Rules::Canonical)?;
    let mut frames: Vec<Frame> = Vec::new();
    let (mut stored, mut plain_total) = (0_u64, 0_u64);
    parser.array(|parser| {
        let (mut offset, mut size, mut plain, mut sha256, mut first) = (None, None, None, None, None);
        let mut first_seen = false;
        parser.object(|parser, key| {
            match key {
                "first" => {
                    first_seen = true;
                    first = if parser.null() { None } else { Some(parser.natural()?) };
                }
                "offset" => offset = Some(parser.natural()?),
                "plain" => plain = Some(parser.natural()?),
                "sha256" => sha256 = hex64(&text(parser)?),
                "size" => size = Some(parser.natural()?),
                _ => parser.skip()?,
            }
            Ok(())
        })?;
        let (Some(offset), Some(size), Some(plain), Some(sha256), true) = (offset, size, plain, sha256, first_seen) else {
            return Err(malformed(format!("slot {:?}: frame {}: a member is missing or has a wrong value", entry.id, frames.len())));
        };
        let number = frames.len();
        if number >= limits::FRAMES_PER_SLOT {
            return Err(invalid(format!("more than {} frames", limits::FRAMES_PER_SLOT)));
        }
        if offset != stored {
            return Err(invalid(format!("frame {number} starts at {offset}, expected {stored}")));
        }
        if size == 0 || size > limits::FRAME_STORED_BYTES as u64 {
            return Err(invalid(format!("frame {number} has {size} stored bytes, allowed are 1 to {}", limits::FRAME_STORED_BYTES)));
        }
        if plain == 0 || plain > limits::FRAME_PLAIN_BYTES as u64 || plain % 512 != 0 {
            return Err(invalid(format!(
                "frame {number} has {plain} plain bytes, allowed are multiples of 512 up to {}",
                limits::FRAME_PLAIN_BYTES
            )));
        }
        if first.is_some_and(|first| first >= plain || first % 512 != 0) {
            return Err(invalid(format!("frame {number}: first is not a block of it")));
        }
        stored += size;
        plain_total += plain;
        frames.push(Frame { offset, size, plain, sha256, first });
        Ok(())
    })?;
    if stored != entry.size || plain_total != entry.original_size {
        return Err(invalid(format!(
            "{stored} stored and {plain_total} plain bytes, the slot has {} and {}",
            entry.size, entry.original_size
        )));
    }
    Ok(frames)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of spec/metadata.md, which is what builders write.
    fn example() -> String {
        let spec = include_str!("../../../spec/metadata.md");
        let (_, rest) = spec.split_once("```json metadata\n").expect("the example");
        rest.split_once("\n```").expect("its end").0.to_owned()
    }

    fn decode(json: &str) -> Result<Metadata> {
        Metadata::decode(json.as_bytes(), None)
    }

    fn code(json: &str) -> ErrorCode {
        decode(json).expect_err(json).code()
    }

    #[test]
    fn the_example_of_the_specification_is_read() {
        let metadata = decode(&example()).unwrap();
        assert!(metadata.sealed && metadata.verification.signed);
        assert_eq!((metadata.package.name.as_str(), metadata.package.version.as_str()), ("hello", "1.0"));
        assert_eq!(metadata.execution.argv.unwrap(), ["/bin/sh", "{workenv}/hello.sh"]);
        let slot = &metadata.slots[0];
        assert_eq!((slot.id.as_str(), slot.target.as_str(), slot.size, slot.permissions), ("script", "hello.sh", 27, Some(0o755)));
        assert_eq!(slot.checksum.unwrap()[..2], [0x60, 0x30]);
    }

    #[test]
    fn a_sealed_document_must_be_canonical_in_form_and_framing() {
        let example = example();
        assert_eq!(code(&example.replace(":{\"deterministic\"", ": {\"deterministic\"")), ErrorCode::MetadataMalformed);
        let fault = Error::new(ErrorCode::MetadataMalformed, "framing");
        assert_eq!(Metadata::decode(example.as_bytes(), Some(fault.clone())).unwrap_err(), fault);
        let unannounced = example.replace(",\"scope\":\"package\"", "").replace(",", ", ");
        assert!(!Metadata::decode(unannounced.as_bytes(), Some(fault)).unwrap().sealed);
    }

    #[test]
    fn wrong_values_are_refused() {
        for (from, to) in [
            ("\"PSPF/2025\"", "\"PSPF/2026\""),
            ("\"format_version\":\"1.0.0\",", ""),
            ("\"id\":\"script\"", "\"id\":\"../script\""),
            ("\"id\":\"script\"", "\"id\":\"\""),
            ("\"slot\":0", "\"slot\":1"),
            ("\"size\":27", "\"size\":-1"),
            ("\"size\":27", "\"size\":null"),
            ("\"0755\"", "\"755\""),
            ("\"0755\"", "\"0788\""),
            ("sha256:6030", "sha256:603"),
            ("sha256:6030", "sha256:603G"),
            ("\"argv\":[\"/bin/sh\",\"{workenv}/hello.sh\"]", "\"argv\":[]"),
            ("\"argv\":[\"/bin/sh\",\"{workenv}/hello.sh\"]", "\"argv\":[1]"),
            ("\"env\":{}", "\"env\":null"),
            ("\"name\":\"hello\",", ""),
        ] {
            let changed = example().replace(from, to);
            assert_ne!(changed, example(), "{from}");
            assert_eq!(code(&changed), ErrorCode::MetadataMalformed, "{from} -> {to}");
        }
    }

    #[test]
    fn later_shapes_are_not_guessed_at() {
        for (from, to) in [
            ("\"format_version\":\"1.0.0\"", "\"format_version\":\"2.0.0\""),
            ("\"min_format_version\":\"1.0.0\"", "\"min_format_version\":\"1.1.0\""),
            ("\"min_format_version\":\"1.0.0\"", "\"min_format_version\":\"\""),
            ("\"scope\":\"package\"", "\"scope\":\"galaxy\""),
            ("\"signed\":true}}", "\"signed\":true},\"workenv\":{\"name\":\"pinned\"}}"),
        ] {
            assert_eq!(code(&example().replace(from, to)), ErrorCode::VersionUnsupported, "{to}");
        }
    }

    #[test]
    fn the_document_is_bounded_without_its_frame_lists() {
        let padding = |size: usize| example().replace("\"name\":\"hello\"", &format!("\"name\":\"{}\"", "x".repeat(size)));
        assert!(decode(&padding(60_000)).is_ok());
        assert_eq!(code(&padding(65_536)), ErrorCode::MetadataMalformed);
        let frame = format!("{{\"first\":null,\"offset\":0,\"plain\":512,\"sha256\":\"{}\",\"size\":9}}", "0".repeat(64));
        let frames = vec![frame; 1000].join(",");
        let long = example().replace("\"id\":\"script\"", &format!("\"frames\":[{frames}],\"id\":\"script\""));
        assert!(long.len() > 100_000);
        assert!(decode(&long).unwrap().slots[0].frames.is_some());
    }

    #[test]
    fn setup_commands_are_complete_or_refused() {
        let read = |commands: &str| {
            let json = example().replace(",\"slots\":[", &format!(",\"setup_commands\":[{commands}],\"slots\":["));
            decode(&json).map(|metadata| metadata.setup_commands)
        };
        assert_eq!(read("\"a b\"").unwrap(), [SetupCommand::Execute(Words::Command("a b".into()))]);
        assert_eq!(
            read("{\"content\":\"x\",\"mode\":\"0600\",\"path\":\"p\",\"type\":\"write_file\"}").unwrap(),
            [SetupCommand::WriteFile { path: "p".into(), content: "x".into(), mode: 0o600 }]
        );
        assert_eq!(read("{\"path\":\"p\",\"type\":\"chmod\"}").unwrap(), [SetupCommand::Chmod { path: "p".into(), mode: 0o755 }]);
        for broken in ["{\"type\":\"execute\"}", "{\"type\":\"chmod\"}", "{\"path\":\"p\",\"type\":\"dance\"}", "7"] {
            assert_eq!(read(broken).unwrap_err().code(), ErrorCode::MetadataMalformed, "{broken}");
        }
    }

    #[test]
    fn frame_lists_cover_their_slot_within_the_limits() {
        let entry = SlotEntry { id: "s".into(), size: 30, original_size: 1536, ..SlotEntry::default() };
        let frame = |first: &str, offset: u64, plain: u64, size: u64| {
            format!("{{\"first\":{first},\"offset\":{offset},\"plain\":{plain},\"sha256\":\"{}\",\"size\":{size}}}", "ab".repeat(32))
        };
        let read = |frames: &[String]| {
            let json = format!("[{}]", frames.join(","));
            decode_frames(json.as_bytes(), &entry, &(0..json.len())).map_err(|error| error.code())
        };
        let frames = read(&[frame("0", 0, 1024, 10), frame("null", 10, 512, 20)]).unwrap();
        assert_eq!(frames[1], Frame { offset: 10, size: 20, plain: 512, sha256: [0xab; 32], first: None });
        for broken in [
            vec![frame("0", 0, 1024, 10)],
            vec![frame("0", 0, 1024, 10), frame("null", 11, 512, 19)],
            vec![frame("0", 0, 1025, 10), frame("null", 10, 511, 20)],
            vec![frame("1024", 0, 1024, 10), frame("null", 10, 512, 20)],
            vec![frame("7", 0, 1024, 10), frame("null", 10, 512, 20)],
            vec![frame("0", 0, 0, 10), frame("null", 10, 1536, 20)],
            vec![frame("0", 0, 1 << 25, 10)],
            vec![frame("0", 0, 1024, 1 << 24)],
        ] {
            assert_eq!(read(&broken), Err(ErrorCode::FrameInvalid), "{broken:?}");
        }
        assert_eq!(read(&["{}".into()]), Err(ErrorCode::MetadataMalformed));
    }
}
