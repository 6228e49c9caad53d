//! The tar subset that readers accept, one header block at a time, and the one encoding that builders write.
//!
//! The decoder does no I/O, so that a frame in memory and a stream go through the same rules. A caller feeds it each
//! 512-byte block that is not file data; it answers what the block is. Source: spec/operations.md#canonical-tar.

use crate::constants::sizes;
use crate::path::{check_path, unsafe_link, unsafe_path};
use crate::{Error, ErrorCode, Result};

const BLOCK: usize = sizes::TAR_BLOCK;
/// Long enough for a path and a link of the longest allowed size, several times over.
const EXTENSION_LIMIT: u64 = 64 * 1024;
/// Time and owner records, which readers ignore. Any other record would change what the entry means.
const IGNORED_PAX_RECORDS: [&[u8]; 8] = [b"mtime", b"atime", b"ctime", b"uid", b"gid", b"uname", b"gname", b"LIBARCHIVE.creationtime"];

/// What one header block is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Header {
    /// `size` bytes of file data follow, padded with zeros to a block.
    Entry(Entry),
    /// Data that belongs to the next entry's header follows: read it (padded) and give it to [`Decoder::extend`].
    Extension(Extension),
    /// A zero block. Only zero blocks may follow, and at least one must.
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extension {
    kind: ExtensionKind,
    pub size: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ExtensionKind {
    Pax,
    LongName,
    LongLink,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Checked and normal: no leading `./`, no trailing `/`. Empty for the root.
    pub path: String,
    pub kind: Kind,
    /// Bytes of file data; 0 unless a file.
    pub size: u64,
    pub mtime: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    File { executable: bool },
    Directory,
    Link { target: String },
}

/// Reads header blocks, and remembers what extensions said about the entry to come.
#[derive(Debug, Default)]
pub struct Decoder {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
    extended: bool,
}

fn malformed(what: impl Into<String>) -> Error {
    Error::new(ErrorCode::ArchiveMalformed, format!("tar: {}", what.into()))
}

fn refused(path: &[u8], what: &str) -> Error {
    Error::new(ErrorCode::EntryRefused, format!("tar entry {:?}: {what}", String::from_utf8_lossy(path)))
}

impl Decoder {
    /// Whether an extension waits for its entry.
    pub fn is_extended(&self) -> bool {
        self.extended
    }

    /// Read one header block.
    ///
    /// Errors: `archive-malformed`, `entry-refused`, `path-unsafe`; links are checked by [`crate::check_stays_inside`].
    pub fn header(&mut self, block: &[u8; BLOCK]) -> Result<Header> {
        if block.iter().all(|&byte| byte == 0) {
            return if self.extended { Err(malformed("an extended header has no entry")) } else { Ok(Header::End) };
        }
        check_checksum(block)?;
        let posix = match &block[257..265] {
            b"ustar\x0000" => true,
            b"ustar  \0" => false,
            other => return Err(malformed(format!("magic and version are {:?}, expected ustar", String::from_utf8_lossy(other)))),
        };
        let size = number(&block[124..136], "size")?;
        match block[156] {
            b'x' => return self.extension(ExtensionKind::Pax, size),
            b'L' => return self.extension(ExtensionKind::LongName, size),
            b'K' => return self.extension(ExtensionKind::LongLink, size),
            _ => {}
        }
        let name = self.path.take().unwrap_or_else(|| {
            let (name, prefix) = (text(&block[..100]), text(&block[345..500]));
            if posix && !prefix.is_empty() { [prefix, b"/", name].concat() } else { name.to_vec() }
        });
        let link = self.link.take().unwrap_or_else(|| text(&block[157..257]).to_vec());
        let size = self.size.take().unwrap_or(size);
        self.extended = false;

        let mode = number(&block[100..108], "mode")?;
        if mode & 0o7000 != 0 {
            return Err(refused(&name, "setuid, setgid or sticky bits are not allowed"));
        }
        let mtime = number(&block[136..148], "mtime")?;
        let mtime = i64::try_from(mtime).map_err(|_| malformed("mtime is too large"))?;
        let kind = match block[156] {
            b'0' | 0 => Kind::File { executable: mode & 0o100 != 0 },
            b'5' => Kind::Directory,
            b'2' => Kind::Link { target: link_text(&name, link)? },
            b'1' => return Err(refused(&name, "hard links are not allowed")),
            b'3' | b'4' => return Err(refused(&name, "devices are not allowed")),
            b'6' => return Err(refused(&name, "FIFOs are not allowed")),
            b'g' => return Err(refused(&name, "global pax headers are not allowed")),
            other => return Err(refused(&name, &format!("entries of type {:?} are not allowed", char::from(other)))),
        };
        let is_file = matches!(kind, Kind::File { .. });
        if !is_file && size != 0 {
            return Err(malformed(format!("entry {:?} is no file but has {size} bytes", String::from_utf8_lossy(&name))));
        }
        let path = entry_path(&name, kind == Kind::Directory)?;
        Ok(Header::Entry(Entry { path, kind, size, mtime }))
    }

    fn extension(&mut self, kind: ExtensionKind, size: u64) -> Result<Header> {
        if size == 0 || size > EXTENSION_LIMIT {
            return Err(malformed(format!("an extended header of {size} bytes")));
        }
        self.extended = true;
        Ok(Header::Extension(Extension { kind, size: size as usize }))
    }

    /// Take the data of an extension, without its padding.
    pub fn extend(&mut self, extension: Extension, data: &[u8]) -> Result<()> {
        let set = |place: &mut Option<Vec<u8>>, value: &[u8]| match place.replace(value.to_vec()) {
            None => Ok(()),
            Some(_) => Err(malformed("a name is extended twice")),
        };
        match extension.kind {
            ExtensionKind::LongName => set(&mut self.path, text(data)),
            ExtensionKind::LongLink => set(&mut self.link, text(data)),
            ExtensionKind::Pax => {
                let mut rest = data;
                while !rest.is_empty() {
                    let (key, value, after) = pax_record(rest).ok_or_else(|| malformed("a pax record is not \"length key=value\""))?;
                    match key {
                        b"path" => set(&mut self.path, value)?,
                        b"linkpath" => set(&mut self.link, value)?,
                        b"size" => {
                            let size = decimal(value).ok_or_else(|| malformed("a pax size is not a number"))?;
                            if self.size.replace(size).is_some() {
                                return Err(malformed("a size is extended twice"));
                            }
                        }
                        _ if IGNORED_PAX_RECORDS.contains(&key) => {}
                        _ => {
                            let key = String::from_utf8_lossy(key).into_owned();
                            return Err(malformed(format!("pax records of key {key:?} are not allowed")));
                        }
                    }
                    rest = after;
                }
                Ok(())
            }
        }
    }
}

fn check_checksum(block: &[u8; BLOCK]) -> Result<()> {
    let field = 148..156;
    let sum = |bytes: &[u8]| bytes.iter().map(|&byte| u64::from(byte)).sum::<u64>();
    let found = sum(&block[..field.start]) + 8 * u64::from(b' ') + sum(&block[field.end..]);
    let stored = number(&block[field], "checksum")?;
    if stored != found {
        return Err(malformed(format!("a header's checksum is {stored:o}, found {found:o}")));
    }
    Ok(())
}

/// Up to the first NUL.
fn text(field: &[u8]) -> &[u8] {
    field.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// Octal digits, with spaces before and a NUL or space after. Base-256 numbers begin with a high bit and are refused.
fn number(field: &[u8], name: &str) -> Result<u64> {
    let invalid = || malformed(format!("field {name} is not an octal number"));
    let start = field.iter().position(|&byte| byte != b' ').unwrap_or(field.len());
    let digits = &field[start..];
    let length = digits.iter().position(|byte| !matches!(byte, b'0'..=b'7')).unwrap_or(digits.len());
    if digits[length..].iter().any(|byte| !matches!(byte, 0 | b' ')) {
        return Err(invalid());
    }
    // Twelve octal digits are 36 bits.
    Ok(digits[..length].iter().fold(0, |value, digit| value << 3 | u64::from(digit - b'0')))
}

fn decimal(digits: &[u8]) -> Option<u64> {
    let is_padded = digits.len() > 1 && digits.starts_with(b"0");
    if digits.is_empty() || is_padded || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok().filter(|size: &u64| *size < 1 << 53)
}

fn pax_record(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = bytes.iter().take(20).position(|&byte| byte == b' ')?;
    let length = usize::try_from(decimal(&bytes[..space])?).ok()?;
    let record = bytes.get(space + 1..length)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|&byte| byte == b'=')?;
    Some((&record[..equals], &record[equals + 1..], &bytes[length..]))
}

fn entry_path(name: &[u8], directory: bool) -> Result<String> {
    let path = std::str::from_utf8(name).map_err(|_| unsafe_path(&String::from_utf8_lossy(name), "is not UTF-8"))?;
    let path = path.strip_prefix("./").unwrap_or(path);
    let path = if directory { path.strip_suffix('/').unwrap_or(path) } else { path };
    if directory && matches!(path, "" | ".") && !name.is_empty() && name != b"/" {
        return Ok(String::new());
    }
    check_path(path)?;
    Ok(path.to_owned())
}

fn link_text(name: &[u8], link: Vec<u8>) -> Result<String> {
    String::from_utf8(link).map_err(|_| unsafe_link(&String::from_utf8_lossy(name), "its target is not UTF-8"))
}

/// Bytes that fill `size` up to a whole block.
pub const fn tar_padding(size: u64) -> usize {
    (size.wrapping_neg() % BLOCK as u64) as usize
}

/// The two zero blocks that end an archive.
pub const TAR_END: [u8; 2 * BLOCK] = [0; 2 * BLOCK];

const LARGEST_OCTAL_SIZE: u64 = 1 << 33;

/// Writes header blocks in the canonical form, and numbers the pax headers of one archive.
#[derive(Debug, Default)]
pub struct Encoder {
    extended: u64,
}

impl Encoder {
    /// The ustar header of an entry, after a pax header where one is needed.
    pub fn header(&mut self, entry: &Entry) -> Vec<u8> {
        let (kind, mode, target) = match &entry.kind {
            Kind::File { executable } => (b'0', if *executable { 0o755 } else { 0o644 }, ""),
            Kind::Directory => (b'5', 0o755, ""),
            Kind::Link { target } => (b'2', 0o755, target.as_str()),
        };
        let name = if kind == b'5' { format!("{}/", entry.path) } else { entry.path.clone() };
        let large = entry.size >= LARGEST_OCTAL_SIZE;
        let mut records = Vec::new();
        if !fits_field(&name) {
            records.extend(pax_line("path", &name));
        }
        if !fits_field(target) {
            records.extend(pax_line("linkpath", target));
        }
        if large {
            records.extend(pax_line("size", &entry.size.to_string()));
        }
        let mut blocks = Vec::new();
        if !records.is_empty() {
            self.extended += 1;
            blocks.extend(ustar(&format!("pax/{}", self.extended), "", 0o644, records.len() as u64, entry.mtime, b'x'));
            blocks.extend_from_slice(&records);
            blocks.resize(blocks.len() + tar_padding(records.len() as u64), 0);
        }
        blocks.extend(ustar(&name, target, mode, if large { 0 } else { entry.size }, entry.mtime, kind));
        blocks
    }
}

fn fits_field(text: &str) -> bool {
    text.len() <= 100 && text.bytes().all(|byte| matches!(byte, 0x20..=0x7e))
}

/// `length key=value`, where the length counts its own digits.
fn pax_line(key: &str, value: &str) -> Vec<u8> {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while length.to_string().len() + rest != length {
        length = length.to_string().len() + rest;
    }
    format!("{length} {key}={value}\n").into_bytes()
}

fn ustar(name: &str, link: &str, mode: u64, size: u64, mtime: i64, kind: u8) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &field_text(name));
    put(100, format!("{mode:07o}\0").as_bytes());
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{size:011o}\0").as_bytes());
    put(136, format!("{mtime:011o}\0").as_bytes());
    put(148, b"        ");
    put(156, &[kind]);
    put(157, &field_text(link));
    put(257, b"ustar\x0000");
    put(329, b"0000000\0");
    put(337, b"0000000\0");
    let sum: u64 = block.iter().map(|&byte| u64::from(byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

/// The text, or its first 100 bytes cut at a character, with `_` for each byte that is not printable ASCII.
fn field_text(text: &str) -> Vec<u8> {
    let end = text.floor_char_boundary(100);
    text.bytes().take(end).map(|byte| if matches!(byte, 0x20..=0x7e) { byte } else { b'_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Raw<'a> {
        name: &'a [u8],
        kind: u8,
        mode: &'a [u8],
        size: &'a [u8],
        link: &'a [u8],
    }

    const FILE: Raw<'static> = Raw { name: b"a", kind: b'0', mode: b"0000644\0", size: b"00000000005\0", link: b"" };

    fn block(raw: &Raw<'_>) -> [u8; BLOCK] {
        let mut block = [0; BLOCK];
        let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, raw.name);
        put(100, raw.mode);
        put(108, b"0000000\0");
        put(116, b"0000000\0");
        put(124, raw.size);
        put(136, format!("{:011o}\0", 315_532_800).as_bytes());
        put(156, &[raw.kind]);
        put(157, raw.link);
        put(257, b"ustar\x0000");
        seal(&mut block);
        block
    }

    fn seal(block: &mut [u8; BLOCK]) {
        block[148..156].fill(b' ');
        let sum: u64 = block.iter().map(|&byte| u64::from(byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }

    fn read(raw: &Raw<'_>) -> Result<Header> {
        Decoder::default().header(&block(raw))
    }

    fn code(raw: &Raw<'_>) -> ErrorCode {
        read(raw).unwrap_err().code()
    }

    #[test]
    fn reads_files_directories_and_links() {
        let mtime = 315_532_800;
        let entry = |path: &str, kind, size| Header::Entry(Entry { path: path.into(), kind, size, mtime });
        assert_eq!(read(&FILE).unwrap(), entry("a", Kind::File { executable: false }, 5));
        assert_eq!(read(&Raw { kind: 0, mode: b"0100755\0", ..FILE }).unwrap(), entry("a", Kind::File { executable: true }, 5));
        let empty = b"00000000000\0";
        assert_eq!(read(&Raw { name: b"./d/e/", kind: b'5', size: empty, ..FILE }).unwrap(), entry("d/e", Kind::Directory, 0));
        assert_eq!(
            read(&Raw { kind: b'2', size: empty, link: b"../x", ..FILE }).unwrap(),
            entry("a", Kind::Link { target: "../x".into() }, 0)
        );
        for root in [b"./".as_slice(), b"."] {
            assert_eq!(read(&Raw { name: root, kind: b'5', size: empty, ..FILE }).unwrap(), entry("", Kind::Directory, 0));
        }
        assert_eq!(Decoder::default().header(&[0; BLOCK]).unwrap(), Header::End);
    }

    #[test]
    fn refuses_other_kinds_of_entries() {
        for kind in b"13467gSVDMANE" {
            assert_eq!(code(&Raw { kind: *kind, size: b"00000000000\0", ..FILE }), ErrorCode::EntryRefused, "{kind}");
        }
        for mode in [b"0004755\0", b"0002755\0", b"0001755\0"] {
            assert_eq!(code(&Raw { mode, ..FILE }), ErrorCode::EntryRefused);
        }
    }

    #[test]
    fn refuses_unsafe_paths() {
        for name in [
            b"/a".as_slice(),
            b"../a",
            b"a/../b",
            b"a//b",
            b"a/./b",
            b"././a",
            b"a\\b",
            b"a/",
            b".",
            b"",
            b"\xff",
            b".pspf-package-id",
            b".pspf-package-id/x",
        ] {
            assert_eq!(code(&Raw { name, ..FILE }), ErrorCode::PathUnsafe, "{name:?}");
        }
    }

    #[test]
    fn refuses_malformed_headers() {
        let mut wrong = block(&FILE);
        wrong[0] ^= 1;
        assert_eq!(Decoder::default().header(&wrong).unwrap_err().code(), ErrorCode::ArchiveMalformed);
        let mut base256 = block(&FILE);
        base256[124..136].copy_from_slice(&[0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5]);
        seal(&mut base256);
        assert!(Decoder::default().header(&base256).unwrap_err().message.contains("size"));
        let mut version7 = block(&FILE);
        version7[257..265].fill(0);
        seal(&mut version7);
        assert!(Decoder::default().header(&version7).is_err());
        assert_eq!(code(&Raw { kind: b'5', ..FILE }), ErrorCode::ArchiveMalformed, "a directory with data");
        assert_eq!(code(&Raw { size: b"0000000000x\0", ..FILE }), ErrorCode::ArchiveMalformed);
    }

    #[test]
    fn the_prefix_field_of_other_writers_is_read() {
        let mut header = block(&FILE);
        header[345..348].copy_from_slice(b"x/y");
        seal(&mut header);
        let Header::Entry(entry) = Decoder::default().header(&header).unwrap() else { panic!() };
        assert_eq!(entry.path, "x/y/a");
    }

    fn extended(kind: u8, data: &[u8], entry: &Raw<'_>) -> Result<Entry> {
        let mut decoder = Decoder::default();
        let size = format!("{:011o}\0", data.len());
        let Header::Extension(extension) = decoder.header(&block(&Raw { kind, size: size.as_bytes(), ..FILE }))? else { panic!() };
        decoder.extend(extension, data)?;
        assert!(decoder.is_extended());
        match decoder.header(&block(entry))? {
            Header::Entry(entry) => Ok(entry),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn extensions_replace_names_and_sizes() {
        let records = [record("path", "b/c/d/e"), record("size", "100000"), record("mtime", "1234567.89")].concat();
        let long = extended(b'x', &records, &FILE).unwrap();
        assert_eq!((long.path.as_str(), long.size), ("b/c/d/e", 100_000));
        assert_eq!(extended(b'L', b"long/name\0", &FILE).unwrap().path, "long/name");
        let link = extended(b'K', b"far/away\0", &Raw { kind: b'2', size: b"00000000000\0", ..FILE }).unwrap();
        assert_eq!(link.kind, Kind::Link { target: "far/away".into() });
        for key in ["GNU.sparse.name", "SCHILY.xattr.a", "hdrcharset", "comment"] {
            assert_eq!(extended(b'x', &record(key, "x"), &FILE).unwrap_err().code(), ErrorCode::ArchiveMalformed, "{key}");
        }
        let twice = [record("path", "a"), record("path", "a")].concat();
        for records in [b"x path=a\n".as_slice(), b"99 path=a\n", b"9 path=a", b"11 path=a\n", &twice, b"8 size=\n", b"7 path\n"] {
            assert_eq!(extended(b'x', records, &FILE).unwrap_err().code(), ErrorCode::ArchiveMalformed, "{records:?}");
        }
        assert_eq!(extended(b'x', &record("path", "../x"), &FILE).unwrap_err().code(), ErrorCode::PathUnsafe);
    }

    /// A pax record counts its own length digits; none here is so short or long that they are not two.
    fn record(key: &str, value: &str) -> Vec<u8> {
        format!("{} {key}={value}\n", key.len() + value.len() + 5).into_bytes()
    }

    #[test]
    fn an_extension_needs_its_entry() {
        let mut decoder = Decoder::default();
        decoder.header(&block(&Raw { kind: b'x', ..FILE })).unwrap();
        assert!(decoder.header(&[0; BLOCK]).is_err());
    }

    #[test]
    fn what_is_encoded_is_read_back() {
        let entry = |path: &str, kind, size| Entry { path: path.into(), kind, size, mtime: 315_532_800 };
        let file = Kind::File { executable: false };
        let long = "d/".repeat(60) + "é";
        for entry in [
            entry("a", Kind::File { executable: true }, 5),
            entry(&"x".repeat(100), file.clone(), 0),
            entry(&"x".repeat(101), file.clone(), 0),
            entry(&"x".repeat(99), Kind::Directory, 0),
            entry(&"x".repeat(100), Kind::Directory, 0),
            entry("l", Kind::Link { target: long.clone() }, 0),
            entry(&long, file, 1 << 33),
        ] {
            let blocks = Encoder::default().header(&entry);
            let mut decoder = Decoder::default();
            let (first, rest) = blocks.split_first_chunk().unwrap();
            let mut header = decoder.header(first).unwrap();
            if let Header::Extension(extension) = header {
                decoder.extend(extension, &rest[..extension.size]).unwrap();
                header = decoder.header(rest.last_chunk().unwrap()).unwrap();
            }
            assert_eq!(header, Header::Entry(entry));
        }
    }

    #[test]
    fn pax_headers_are_numbered_and_replace_what_does_not_fit() {
        let mut encoder = Encoder::default();
        let entry = Entry { path: "é".repeat(51), kind: Kind::File { executable: false }, size: 0, mtime: 0 };
        for number in 1..3 {
            let blocks = encoder.header(&entry);
            assert_eq!(blocks.len(), 3 * BLOCK);
            assert!(blocks.starts_with(format!("pax/{number}\0").as_bytes()));
            assert!(blocks[BLOCK..].starts_with("112 path=é".as_bytes()));
            assert_eq!(blocks[2 * BLOCK..][..101], [&[b'_'; 100][..], b"0"].concat());
        }
        assert_eq!(pax_line("path", &"x".repeat(89)).len(), 98);
        assert_eq!(pax_line("path", &"x".repeat(90)).len(), 99);
        assert_eq!(pax_line("path", &"x".repeat(91)).len(), 101);
        assert_eq!([0, 1, 512, 513].map(tar_padding), [0, 511, 0, 511]);
    }
}
