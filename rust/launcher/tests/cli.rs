//! FLAVOR_LAUNCHER_CLI=1.

mod support;

use flavor_format::constants::index;
use serde_json::{Value, json};
use std::fs;
use support::tar::Tar;
use support::{Built, Installed, Outcome, Place, Slot, Spec, listing};

fn demo() -> Built {
    let mut spec = Spec::script("echo \"$@\"");
    spec.slots.push(Slot::archive("app", "data", Tar::new().directory("d").file("d/x", 0o644, "content").end()).frames(512));
    spec.slots.push(Slot::file("lazy", "deep/name.txt", 0o600, "lazy content").gzip().lifecycle("lazy"));
    spec.build()
}

fn json_of(package: &Installed, arguments: &[&str]) -> Value {
    let outcome = package.cli(&[arguments, &["--json"]].concat());
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {outcome:?}"))
}

#[test]
fn info_tells_what_the_package_is() {
    let built = demo();
    let place = Place::new();
    let package = place.install("demo.psp", &built.bytes);
    let text = package.cli(&[]);
    assert_eq!((text.status, text.stderr.as_str()), (Some(0), ""));
    assert_eq!(text.stdout, package.cli(&["info"]).stdout);
    assert!(text.stdout.starts_with("demo 1.0\n") && text.stdout.contains(&built.id()) && text.stdout.contains("SHA256:"), "{text:?}");
    let info = json_of(&package, &["info"]);
    assert_eq!((&info["name"], &info["package_id"], &info["sealed"]), (&json!("demo"), &json!(built.id()), &json!(true)));
    assert_eq!(info["slots"][2]["lifecycle"], "lazy");
    assert_eq!(info["command"], json!(["/bin/sh", "{workenv}/run.sh"]));
    assert_eq!(listing(&place.path), ["demo.psp", "demo.tmp"], "questions leave nothing behind");
}

#[test]
fn verify_is_strict_and_has_its_own_exit_codes() {
    let built = demo();
    let place = Place::new();
    let good = place.install("demo.psp", &built.bytes);
    let outcome = good.cli(&["verify"]);
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    assert!(outcome.stdout.lines().filter(|line| line.starts_with("ok ")).count() >= 12, "{outcome:?}");
    let answer = json_of(&good, &["verify"]);
    assert_eq!(answer["intact"], true);
    assert!(answer["checks"].as_array().unwrap().iter().all(|check| check["result"] == "ok"));

    let check = |bytes: &[u8], status: i32, code: &str| {
        let package = place.install("bad.psp", bytes);
        // No variable makes it laxer.
        let outcome = Outcome::of(package.command().envs([("FLAVOR_LAUNCHER_CLI", "true"), ("FLAVOR_VALIDATION", "none")]).arg("verify"));
        assert_eq!(outcome.status, Some(status), "{outcome:?}");
        assert!((outcome.stdout.clone() + &outcome.stderr).contains(&format!("[{code}]")), "{outcome:?}");
        let answer = json_of(&package, &["verify"]);
        assert_eq!(answer["intact"], false);
        assert!(answer.to_string().contains(code), "{answer}");
    };
    check(&built.clone().flip(built.slots[1].start).bytes, 13, "slot-digest-wrong");
    check(&built.clone().flip(built.launcher_size - 1).bytes, 13, "launcher-digest-wrong");
    check(&built.clone().flip(built.launcher_size + 3000).bytes, 10, "index-copy-differs");
    check(&built.clone().flip(built.metadata.start + 50).bytes, 11, "metadata-checksum-wrong");
    check(&built.bytes[..built.bytes.len() - 1], 10, "not-a-package");
    let mut seal = built.clone();
    let field = seal.field(index::SEAL);
    seal.bytes[field.start] ^= 1;
    seal.checksum();
    check(&seal.bytes, 11, "seal-wrong");
    let mut stripped = built.clone();
    for field in [index::SEAL, index::PUBLIC_KEY, index::METADATA_SIGNATURE] {
        let field = stripped.field(field);
        stripped.bytes[field].fill(0);
    }
    stripped.checksum();
    check(&stripped.bytes, 18, "seal-missing");

    let unsigned = place.install("unsigned.psp", &Spec::script("echo ran").unsigned().build().bytes);
    let outcome = unsigned.cli(&["verify"]);
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    assert!(outcome.stdout.ends_with("intact; unsigned\n"), "{outcome:?}");
}

#[test]
fn metadata_is_printed_as_it_was_signed() {
    let place = Place::new();
    let package = place.install("demo.psp", &demo().bytes);
    let metadata: Value = serde_json::from_str(&package.cli(&["metadata"]).stdout).unwrap();
    assert_eq!(metadata["package"]["name"], "demo");
}

#[test]
fn extract_takes_any_slot_and_replaces_nothing() {
    let place = Place::new();
    let package = place.install("demo.psp", &demo().bytes);
    let out = place.path.join("out/deep");
    let to = out.to_str().unwrap();
    assert_eq!(package.cli(&["extract", "lazy", to]).status, Some(0));
    assert_eq!(package.cli(&["extract", "1", to]).status, Some(0));
    assert_eq!(fs::read_to_string(out.join("name.txt")).unwrap(), "lazy content");
    assert_eq!(fs::read_to_string(out.join("d/x")).unwrap(), "content");
    fs::write(out.join("name.txt"), "mine").unwrap();
    package.cli(&["extract", "2", to]).fails(106, "output-exists");
    assert_eq!(fs::read_to_string(out.join("name.txt")).unwrap(), "mine");
    package.cli(&["extract", "9", to]).fails(105, "arguments-invalid");
    package.cli(&["extract", "lazy"]).fails(105, "arguments-invalid");
    assert!(!package.cache.exists());
}

#[test]
fn run_trust_cache_and_help() {
    let place = Place::new();
    let package = place.install("demo.psp", &demo().bytes);
    assert_eq!(json_of(&package, &["cache"])["ready"], false);
    assert!(!package.cache.exists());
    package.cli(&["run", "a", "--json"]).succeeds("a --json\n");
    let cache = json_of(&package, &["cache"]);
    assert_eq!((&cache["ready"], &cache["root"]), (&json!(true), &json!(package.cache)));
    assert_eq!(cache["workenv"], json!(package.workenv()));
    assert!(json_of(&package, &["trust"])["signer"].as_str().unwrap().starts_with("SHA256:"));
    for command in ["info", "verify", "metadata", "extract", "run", "trust", "cache", "version", "help"] {
        assert!(package.cli(&["help"]).stdout.contains(command));
    }
    package.cli(&["frobnicate"]).fails(105, "arguments-invalid");
    package.run(&["info", "--json"]).succeeds("info --json\n");
}

#[test]
fn version_needs_no_package() {
    let version = include_str!("../../../version.txt").trim();
    let arch = if cfg!(target_arch = "x86_64") { "amd64" } else { "arm64" };
    let platform = format!("{}_{arch}", if cfg!(target_os = "macos") { "darwin" } else { "linux" });
    let place = Place::new();
    for bytes in [support::launcher(), &demo().bytes] {
        let program = place.install("program", bytes);
        program.cli(&["version"]).succeeds(&format!("flavor-rs-launcher {version} {platform}\n"));
        assert_eq!(json_of(&program, &["version"]), json!({"name": "flavor-rs-launcher", "version": version, "platform": platform}));
    }
    place.install("bare", support::launcher()).run(&["version"]).fails(102, "not-a-package");
}

#[test]
fn messages_may_be_json() {
    let place = Place::new();
    let package = place.install("demo.psp", &demo().bytes);
    let outcome = Outcome::of(package.command().envs([("FLAVOR_LOG_LEVEL", "json"), ("FLAVOR_VALIDATION", "x")]));
    assert_eq!(outcome.status, Some(109));
    let message: Value = serde_json::from_str(&outcome.stderr).unwrap();
    assert_eq!((&message["level"], &message["code"]), (&json!("error"), &json!("level-unknown")));
    assert!(message["hint"].is_string());
    let outcome = Outcome::of(package.command().envs([("FLAVOR_LOG_LEVEL", "off"), ("FLAVOR_VALIDATION", "x")]));
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(109), ""));
    let outcome = Outcome::of(package.command().envs([("FLAVOR_LOG_LEVEL", "trace"), ("SECRET", "do-not-print")]));
    assert!(outcome.stderr.contains("debug: executing") && !outcome.stderr.contains("do-not-print"), "{outcome:?}");
}
