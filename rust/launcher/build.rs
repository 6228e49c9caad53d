//! Hands the product's version and the target's name to the launcher's marker.

use std::{env, fs};

fn main() {
    let version_file = "../../version.txt";
    println!("cargo::rerun-if-changed={version_file}");
    let version = fs::read_to_string(version_file).expect("version.txt is at the repository's root");
    println!("cargo::rustc-env=FLAVOR_VERSION={}", version.trim());

    let os = match env::var("CARGO_CFG_TARGET_OS").expect("set by cargo").as_str() {
        "macos" => "darwin".to_owned(),
        other => other.to_owned(),
    };
    let arch = match env::var("CARGO_CFG_TARGET_ARCH").expect("set by cargo").as_str() {
        "x86_64" => "amd64".to_owned(),
        "aarch64" => "arm64".to_owned(),
        other => other.to_owned(),
    };
    println!("cargo::rustc-env=FLAVOR_OS={os}");
    println!("cargo::rustc-env=FLAVOR_ARCH={arch}");
}
