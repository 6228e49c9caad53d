//! Tar archives for tests, canonical or not, and their cutting into frames.

use super::{hex, sha256, zstd};
use serde_json::{Value, json};

pub struct Tar(Vec<u8>);

impl Tar {
    pub fn new() -> Self {
        Self(Vec::new())
    }

    pub fn file(self, path: &str, mode: u32, content: impl AsRef<[u8]>) -> Self {
        self.entry(path, b'0', mode, "", content.as_ref())
    }

    pub fn directory(self, path: &str) -> Self {
        self.entry(&format!("{path}/"), b'5', 0o755, "", b"")
    }

    pub fn link(self, path: &str, target: &str) -> Self {
        self.entry(path, b'2', 0o755, target, b"")
    }

    pub fn entry(mut self, path: &str, kind: u8, mode: u32, link: &str, content: &[u8]) -> Self {
        if path.len() > 100 || !path.is_ascii() {
            // A record counts the digits of its own length.
            let length = (1..).find(|length| *length == format!("{length} path={path}\n").len()).unwrap();
            let record = format!("{length} path={path}\n");
            self = self.header("pax/1", b'x', 0o644, "", record.as_bytes());
        }
        let name: String = path.chars().take(50).map(|character| if character.is_ascii() { character } else { '_' }).collect();
        let name = if path.len() > 100 || !path.is_ascii() { name.as_str() } else { path };
        self.header(name, kind, mode, link, content)
    }

    fn header(mut self, name: &str, kind: u8, mode: u32, link: &str, content: &[u8]) -> Self {
        let mut block = [0; 512];
        let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, name.as_bytes());
        put(100, format!("{mode:07o}\0").as_bytes());
        put(108, b"0000000\0");
        put(116, b"0000000\0");
        put(124, format!("{:011o}\0", content.len()).as_bytes());
        put(136, format!("{:011o}\0", 315_532_800).as_bytes());
        put(148, b"        ");
        put(156, &[kind]);
        put(157, link.as_bytes());
        put(257, b"ustar\x0000");
        put(329, b"0000000\0");
        put(337, b"0000000\0");
        let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        self.0.extend_from_slice(&block);
        self.0.extend_from_slice(content);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    pub fn end(mut self) -> Vec<u8> {
        self.0.extend_from_slice(&[0; 1024]);
        self.0
    }

    /// Without the zero blocks that should end it.
    pub fn cut(self) -> Vec<u8> {
        self.0
    }
}

/// Offsets of headers, extended ones counting as their entry's.
fn headers(tar: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let (mut at, mut extended) = (0, None);
    while tar.get(at..at + 512).is_some_and(|block| block.iter().any(|&byte| byte != 0)) {
        let size = usize::from_str_radix(std::str::from_utf8(&tar[at + 124..at + 135]).unwrap(), 8).unwrap();
        if tar[at + 156] == b'x' {
            extended = Some(at);
        } else {
            found.push(extended.take().unwrap_or(at));
        }
        at += 512 + size.next_multiple_of(512);
    }
    found
}

/// Cut at multiples of 512 of about `size` bytes, never inside an extended header's group.
pub fn frames(tar: &[u8], size: usize) -> (Vec<u8>, Value) {
    let headers = headers(tar);
    let is_inside_group = |at: usize| headers.iter().any(|&header| tar[header + 156] == b'x' && header < at && at <= header + 1024);
    let (mut stored, mut list, mut start) = (Vec::new(), Vec::new(), 0);
    while start < tar.len() {
        let mut end = (start + size / 512 * 512).min(tar.len());
        while end < tar.len() && is_inside_group(end) {
            end += 512;
        }
        let frame = zstd(&tar[start..end]);
        let first = headers.iter().find(|&&header| (start..end).contains(&header)).map(|header| header - start);
        list.push(
            json!({"first": first, "offset": stored.len(), "plain": end - start, "sha256": hex(&sha256(&frame)), "size": frame.len()}),
        );
        stored.extend_from_slice(&frame);
        start = end;
    }
    (stored, Value::Array(list))
}
