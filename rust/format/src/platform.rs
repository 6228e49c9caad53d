//! Platforms, written `{os}_{arch}`: `linux_amd64`, `darwin_arm64`, `windows_amd64`.

use crate::{Error, ErrorCode, Result};
use std::fmt;

const SYSTEMS: [&str; 3] = ["linux", "darwin", "windows"];
const ARCHITECTURES: [&str; 2] = ["amd64", "arm64"];

/// An operating system and an architecture that packages are made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Platform {
    pub os: &'static str,
    pub arch: &'static str,
}

impl Platform {
    /// Read `{os}_{arch}`.
    ///
    /// Errors: `usage` for any other text.
    pub fn parse(text: &str) -> Result<Self> {
        let all = SYSTEMS.iter().flat_map(|os| ARCHITECTURES.iter().map(move |arch| Self { os, arch }));
        all.clone().find(|platform| platform.to_string() == text).ok_or_else(|| {
            let known: Vec<String> = all.map(|platform| platform.to_string()).collect();
            Error::new(ErrorCode::Usage, format!("unknown platform {text:?}: expected one of {}", known.join(", ")))
        })
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}_{}", self.os, self.arch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_platforms_have_names() {
        assert_eq!(Platform::parse("darwin_arm64").unwrap(), Platform { os: "darwin", arch: "arm64" });
        for text in ["linux", "linux_x86", "linux_amd64_", "Linux_amd64", ""] {
            let error = Platform::parse(text).unwrap_err();
            assert_eq!(error.code(), ErrorCode::Usage);
            assert!(error.message.ends_with("linux_amd64, linux_arm64, darwin_amd64, darwin_arm64, windows_amd64, windows_arm64"));
        }
    }
}
