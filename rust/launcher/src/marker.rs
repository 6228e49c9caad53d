//! The marker by which tools know a launcher without running it. Source: spec/pspf-2025.md#launcher-marker.

pub const NAME: &str = env!("CARGO_BIN_NAME");
pub const VERSION: &str = env!("FLAVOR_VERSION");
pub const OS: &str = env!("FLAVOR_OS");
pub const ARCH: &str = env!("FLAVOR_ARCH");
pub const PLATFORM: &str = concat!(env!("FLAVOR_OS"), "_", env!("FLAVOR_ARCH"));

const TEXT: &str = concat!("FLAVOR-LAUNCHER\0rust\0", env!("FLAVOR_VERSION"), "\0", env!("FLAVOR_OS"), "_", env!("FLAVOR_ARCH"), "\0");

/// `used` keeps it through optimization and linking though nothing reads it.
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
