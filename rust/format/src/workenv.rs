//! Names of workenvs. Source: spec/launch.md#workenv.

use crate::constants::limits;
use crate::document::hex;
use crate::path::is_device_name;

/// `{package}-{version}-{first 16 hex of the package id}`, safe as a file name everywhere.
pub fn workenv_name(package: &str, version: &str, id: &[u8; 32]) -> String {
    let part = |text: &str| {
        let safe: String = text
            .bytes()
            .map(|byte| match byte.to_ascii_lowercase() {
                safe @ (b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-') => char::from(safe),
                _ => '-',
            })
            .collect();
        let safe = safe.trim_start_matches('.');
        let safe = &safe[..safe.len().min(limits::WORKENV_NAME_PART)];
        match safe {
            "" => "_".to_owned(),
            _ if is_device_name(safe) => format!("_{safe}"),
            _ => safe.to_owned(),
        }
    };
    format!("{}-{}-{}", part(package), part(version), hex(&id[..8]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_everywhere() {
        let id: [u8; 32] = std::array::from_fn(|at| at as u8);
        let suffix = "0001020304050607";
        for (package, version, expected) in [
            ("hello", "1.0", "hello-1.0"),
            ("My App!", "1.0+é", "my-app--1.0---"),
            ("..hidden", "..", "hidden-_"),
            ("", "", "_-_"),
            ("a/b\\c", "v 1", "a-b-c-v-1"),
        ] {
            assert_eq!(workenv_name(package, version, &id), format!("{expected}-{suffix}"));
        }
        assert_eq!(workenv_name(&"x".repeat(60), "1", &id), format!("{}-1-{suffix}", "x".repeat(40)));
        assert_eq!(workenv_name("con.x", "NUL", &id), format!("_con.x-_nul-{suffix}"));
        assert_eq!(workenv_name("console", "1", &id), format!("console-1-{suffix}"));
    }
}
