//! Packages of earlier implementations: one path, which checks what was defined then.

mod support;

use ed25519_dalek::{Signer, SigningKey};
use flavor_format::constants::{index, magic};
use serde_json::{Value, json};
use std::io::Write;
use support::tar::Tar;
use support::{Outcome, Place, TRAILER, hex, launcher, sha256, snapshot};

struct Upstream {
    /// The Rust builder leaves 8192 zero bytes after the launcher; others leave none.
    hole: usize,
    alignment: usize,
    metadata: Value,
    slots: Vec<(Vec<u8>, u64)>,
    no_table: bool,
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

impl Upstream {
    fn new(command: &str) -> Self {
        let tar = Tar::new().entry("bin/hello", b'0', 0o755, "", b"#!/bin/sh\necho \"hello $* $GREETING\"\n").end();
        let script = b"echo \"file $*\"\n".to_vec();
        let stored = gzip(&tar);
        let entry = |position: usize, id: &str, target: &str, bytes: &[u8], operations: &str| {
            json!({"slot": position, "id": id, "source": format!("/build/{id}"), "target": target, "size": bytes.len(),
                "checksum": format!("sha256:{}", hex(&sha256(bytes))), "operations": operations, "purpose": "payload",
                "lifecycle": "startup", "resolution": "build", "permissions": null})
        };
        let metadata = json!({
            "format": "PSPF/2025", "format_version": "1.0.0", "package": {"name": "old", "version": "0.3.0", "description": ""},
            "slots": [entry(0, "app", "{workenv}", &stored, "tgz"), entry(1, "script", "{workenv}/etc/run.sh", &script, "raw")],
            "execution": {"primary_slot": 0, "command": command, "env": {"GREETING": "from upstream"}},
            "verification": {"integrity_seal": {"required": true, "algorithm": "ecdsa-p256"}, "signed": false, "require_verification": false},
            "launcher": {"tool": "launcher", "tool_version": "1", "size": 1, "checksum": format!("sha256:sha256:{}", "0".repeat(64)), "capabilities": []},
            "build": {"tool": "flavor-go", "tool_version": "1.0.0", "timestamp": "2025-01-01T00:00:00Z", "deterministic": false,
                "platform": {"os": "linux", "arch": "amd64", "host": "linux/amd64 builder"}},
        });
        Self { hole: 0, alignment: 1, metadata, slots: vec![(stored, 0x1001), (script, 0)], no_table: false }
    }

    fn build(&self, signed: bool) -> Vec<u8> {
        let json = serde_json::to_string_pretty(&self.metadata).unwrap().into_bytes();
        let compressed = gzip(&json);
        let mut bytes = launcher().to_vec();
        let launcher_size = bytes.len();
        bytes.resize(launcher_size + self.hole, 0);
        let metadata_offset = bytes.len();
        bytes.extend_from_slice(&compressed);
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        let table = bytes.len();
        bytes.resize(table + 64 * self.slots.len(), 0);
        for (position, (stored, operations)) in self.slots.iter().enumerate() {
            bytes.resize(bytes.len().next_multiple_of(self.alignment), 0);
            let offset = bytes.len() as u64;
            bytes.extend_from_slice(stored);
            let descriptor = &mut bytes[table + 64 * position..table + 64 * (position + 1)];
            let size = stored.len() as u64;
            for (number, value) in [position as u64, 0x1234, offset, size, size, *operations].into_iter().enumerate() {
                descriptor[8 * number..8 * number + 8].copy_from_slice(&value.to_le_bytes());
            }
            descriptor[48..56].copy_from_slice(&sha256(stored)[..8]);
            descriptor[57] = 1;
            descriptor[58] = 128;
            descriptor[62..64].copy_from_slice(&0o755_u16.to_le_bytes());
        }
        let size = bytes.len() + TRAILER;
        let mut block = vec![0; 8192];
        let mut put = |range: std::ops::Range<usize>, value: &[u8]| block[range].copy_from_slice(value);
        put(index::FORMAT_VERSION, &index::FORMAT_VERSION_VALUE.to_le_bytes());
        put(index::PACKAGE_SIZE, &(size as u64).to_le_bytes());
        put(index::LAUNCHER_SIZE, &(launcher_size as u64).to_le_bytes());
        put(index::METADATA_OFFSET, &(metadata_offset as u64).to_le_bytes());
        put(index::METADATA_SIZE, &(compressed.len() as u64).to_le_bytes());
        put(index::SLOT_TABLE_OFFSET, &(if self.no_table { 0 } else { table as u64 }).to_le_bytes());
        put(index::SLOT_TABLE_SIZE, &(64 * self.slots.len() as u64).to_le_bytes());
        put(index::SLOT_COUNT, &(self.slots.len() as u32).to_le_bytes());
        put(index::METADATA_CHECKSUM, &sha256(&compressed));
        // Access mode and memory hints of the Python builder.
        put(640..642, &[2, 1]);
        put(648..656, &134_217_728_u64.to_le_bytes());
        if signed {
            let key = SigningKey::from_bytes(&sha256(b"test"));
            put(index::PUBLIC_KEY, key.verifying_key().as_bytes());
            put(index::METADATA_SIGNATURE, &key.sign(&json).to_bytes());
        }
        let checksum = flavor_format::index_checksum(&block.clone().try_into().unwrap());
        block[index::INDEX_CHECKSUM].copy_from_slice(&checksum.to_le_bytes());
        bytes.extend_from_slice(&magic::BOX);
        bytes.extend_from_slice(&block);
        bytes.extend_from_slice(&magic::WAND);
        bytes
    }
}

#[test]
fn each_builders_layout_runs_without_a_word() {
    for (hole, alignment) in [(0, 8), (8192, 8), (0, 4096), (0, 1)] {
        let place = Place::new();
        let upstream = Upstream { hole, alignment, ..Upstream::new("hello 'a b'") };
        let package = place.install("old.psp", &upstream.build(true));
        for _ in 0..2 {
            package.run(&["c"]).succeeds("hello a b c from upstream\n");
        }
        let tree = snapshot(&package.workenv());
        assert_eq!(&tree["etc/run.sh"][..4], "0755");
        assert_eq!(&tree["bin/hello"][..4], "0755");
    }
}

#[test]
fn bare_words_of_earlier_packages_may_mean_the_host() {
    let place = Place::new();
    let package = place.install("old.psp", &Upstream::new("sh {workenv}/etc/run.sh").build(true));
    package.run(&["x"]).succeeds("file x\n");
}

#[test]
fn what_was_defined_then_is_checked() {
    let upstream = Upstream { alignment: 8, ..Upstream::new("hello") };
    let good = upstream.build(true);
    let run = |bytes: &[u8], level: &str| {
        let place = Place::new();
        place.install("old.psp", bytes).run_at(level)
    };
    run(&good, "strict").fails(107, "seal-not-announced");
    run(&upstream.build(false), "standard").warns("hello  from upstream\n", "unsigned");
    run(&upstream.build(false), "relaxed").succeeds("hello  from upstream\n");
    let end = good.len();
    let flip = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        bytes
    };
    run(&flip(end - TRAILER + 4 + 5000), "standard").fails(102, "index-checksum-wrong");
    run(&flip(launcher().len() + 60), "standard").fails(107, "metadata-checksum-wrong");
    run(&flip(end - TRAILER - 3), "standard").fails(103, "slot-digest-wrong");
    // A signature that does not fit the metadata, everything else being right.
    let mut wrong = upstream.build(true);
    let block = end - TRAILER + 4..end - 4;
    wrong[block.start + 130] ^= 1;
    let checksum = flavor_format::index_checksum(&wrong[block.clone()].try_into().unwrap());
    wrong[block.start + 4..block.start + 8].copy_from_slice(&checksum.to_le_bytes());
    run(&wrong, "standard").fails(107, "metadata-signature-wrong");
    run(&wrong, "relaxed").warns("hello  from upstream\n", "metadata-signature-wrong");
}

#[test]
fn packages_without_slots_need_no_table() {
    let place = Place::new();
    let mut upstream = Upstream::new("echo no slots");
    upstream.metadata["slots"] = json!([]);
    upstream.slots.clear();
    for no_table in [false, true] {
        upstream.no_table = no_table;
        place.install("old.psp", &upstream.build(true)).run(&[]).succeeds("no slots\n");
    }
}

#[test]
fn a_package_may_not_drop_the_announcement_and_keep_the_rest() {
    // Sealed metadata with `scope` removed reads as upstream's: its signature no longer fits.
    let place = Place::new();
    let spec = support::Spec::script("echo ran");
    let built = spec.build();
    let text = String::from_utf8_lossy(&built.bytes[built.metadata.clone()]).into_owned();
    assert!(text.contains("\"scope\":\"package\""));
    let stripped = spec.build_with(|json, _| {
        let text = String::from_utf8(json.clone()).unwrap();
        *json = text.replace(",\"scope\":\"package\"", "").into_bytes();
    });
    let mut bytes = stripped.bytes.clone();
    let field = stripped.field(index::METADATA_SIGNATURE);
    bytes[field].copy_from_slice(&built.bytes[built.field(index::METADATA_SIGNATURE)]);
    let block = stripped.block();
    let checksum = flavor_format::index_checksum(&bytes[block.clone()].try_into().unwrap());
    bytes[block.start + 4..block.start + 8].copy_from_slice(&checksum.to_le_bytes());
    let package = place.install("demo.psp", &bytes);
    package.run(&[]).fails(107, "metadata-signature-wrong");
    let verify = Outcome::of(package.command().env("FLAVOR_LAUNCHER_CLI", "1").arg("verify"));
    assert_eq!(verify.status, Some(11), "{verify:?}");
}
