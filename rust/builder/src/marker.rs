//! The marker that every launcher and builder carries: what it is, read without running it. Source: spec/pspf-2025.md#launcher-marker.

use flavor_format::constants::magic;

pub const VERSION: &str = env!("FLAVOR_VERSION");
pub const OS: &str = env!("FLAVOR_OS");
pub const ARCH: &str = env!("FLAVOR_ARCH");

const TEXT: &str = concat!("FLAVOR-BUILDER\0rust\0", env!("FLAVOR_VERSION"), "\0", env!("FLAVOR_OS"), "_", env!("FLAVOR_ARCH"), "\0");

/// The builder's own. `used` keeps it through optimization and linking though nothing reads it.
#[used]
static MARKER: [u8; TEXT.len()] = {
    let mut bytes = [0; TEXT.len()];
    let mut at = 0;
    while at < TEXT.len() {
        bytes[at] = TEXT.as_bytes()[at];
        at += 1;
    }
    bytes
};

/// Refers to the marker: lld for 64-bit ARM Windows drops what nothing refers to, `used` or not.
pub fn keep() {
    std::hint::black_box(&MARKER);
}

/// What a launcher says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// Language of the launcher: `rust`, `go`.
    pub kind: String,
    pub version: String,
    /// `linux_amd64` and so on.
    pub platform: String,
}

impl Marker {
    /// The first complete marker of a launcher. The prefix alone is none: any code that searches for it contains it.
    pub fn find(bytes: &[u8]) -> Option<Self> {
        let prefix = magic::LAUNCHER_MARKER;
        let mut rest = bytes;
        while let Some(at) = rest.windows(prefix.len()).position(|window| window == prefix) {
            rest = &rest[at + prefix.len()..];
            let mut fields = rest.split(|&byte| byte == 0).map(field);
            if let (Some(Some(kind)), Some(Some(version)), Some(Some(platform)), Some(_)) =
                (fields.next(), fields.next(), fields.next(), fields.next())
            {
                return Some(Self { kind, version, platform });
            }
        }
        None
    }

    /// The launcher's name, as its file has it: `flavor-rs-launcher`.
    pub fn name(&self) -> String {
        format!("flavor-{}-launcher", if self.kind == "rust" { "rs" } else { &self.kind })
    }
}

/// 1 to 32 printable ASCII characters.
fn field(bytes: &[u8]) -> Option<String> {
    let fits = matches!(bytes.len(), 1..=32) && bytes.iter().all(|byte| matches!(byte, 0x20..=0x7e));
    fits.then(|| bytes.iter().copied().map(char::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_complete_marker_counts() {
        let found = Marker::find(b"..FLAVOR-LAUNCHER\0\x01\0FLAVOR-LAUNCHER\0rust\x001.2\0linux_amd64\0..").unwrap();
        assert_eq!((found.name().as_str(), found.version.as_str(), found.platform.as_str()), ("flavor-rs-launcher", "1.2", "linux_amd64"));
        for bytes in
            [&b"FLAVOR-LAUNCHER\0"[..], b"FLAVOR-LAUNCHER\0rust\x001.2\0linux_amd64", b"FLAVOR-LAUNCHER\0rust\0\0x\0", TEXT.as_bytes()]
        {
            assert_eq!(Marker::find(bytes), None);
        }
        assert_eq!(MARKER, TEXT.as_bytes());
    }
}
