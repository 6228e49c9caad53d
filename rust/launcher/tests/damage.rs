//! Damaged packages: what is refused, what is tolerated at which level, and that nothing of them runs when it should not.

mod support;

use flavor_format::constants::{index, magic};
use serde_json::json;
use std::fs;
use support::tar::Tar;
use support::{Built, Outcome, Place, Slot, Spec, TRAILER, listing, stored_gzip};

const LEVELS: [&str; 5] = ["strict", "standard", "relaxed", "minimal", "none"];

fn demo() -> Spec {
    Spec::script("echo ran #")
}

/// Start at each level with a fresh cache. `row` has F, W or - for each of `LEVELS`.
#[track_caller]
fn at_levels(what: &str, built: &Built, row: &str, status: i32, code: &str) {
    for (level, expected) in LEVELS.iter().zip(row.chars()) {
        let place = Place::new();
        let package = place.install("demo.psp", &built.bytes);
        let outcome = package.run_at(level);
        println!("{what} at {level}: {outcome:?}");
        match expected {
            'F' => drop(outcome.fails(status, code)),
            'W' => drop(outcome.warns("ran\n", code)),
            _ => drop(outcome.succeeds("ran\n")),
        }
        if expected == 'F' {
            let trees = listing(&package.cache.join("workenv"));
            assert!(trees.iter().all(|name| name.starts_with('.')), "nothing may be published: {trees:?}");
        }
    }
}

/// A descriptor of the slot table with one byte changed, sealed again.
fn with_descriptor(at: usize, value: u8) -> Built {
    let mut built = demo().build();
    let place = built.table.start + at;
    built.bytes[place] = value;
    built.seal();
    built
}

fn with_field(field: std::ops::Range<usize>, value: &[u8]) -> Built {
    let mut built = demo().build();
    let place = built.field(field);
    built.bytes[place.start..place.start + value.len()].copy_from_slice(value);
    built.seal();
    built
}

#[test]
fn consistency_faults_follow_the_table() {
    let mut checksum = demo().build();
    let field = checksum.field(index::INDEX_CHECKSUM);
    checksum.bytes[field.start] ^= 1;
    let copy = checksum.bytes[checksum.block()].to_vec();
    let start = checksum.launcher_size;
    checksum.bytes[start..start + 8192].copy_from_slice(&copy);
    at_levels("index checksum", &checksum, "FFWW-", 102, "index-checksum-wrong");

    let copy = demo().build();
    let at = copy.launcher_size + 5000;
    at_levels("copy A", &copy.flip(at), "FFWW-", 102, "index-copy-differs");

    at_levels("unknown field", &with_field(1376..8188, &[1]), "FFWW-", 102, "index-field-invalid");

    let padding = demo().build();
    let at = padding.slots[0].end;
    assert_eq!(padding.bytes[at], 0);
    at_levels("padding", &padding.flip(at), "FFWW-", 102, "padding-not-zero");

    at_levels("descriptor", &with_descriptor(62, 0o11), "FFWW-", 102, "slot-mismatch");
    at_levels("descriptor", &with_descriptor(58, 2), "FFWW-", 102, "slot-field-invalid");
}

#[test]
fn signature_faults_follow_the_table() {
    let mut seal = demo().build();
    let field = seal.field(index::SEAL);
    seal.bytes[field.start] ^= 1;
    seal.checksum();
    at_levels("seal", &seal, "FFWW-", 107, "seal-wrong");

    let mut missing = demo().build();
    for field in [index::SEAL, index::PUBLIC_KEY, index::METADATA_SIGNATURE] {
        let field = missing.field(field);
        missing.bytes[field].fill(0);
    }
    missing.checksum();
    at_levels("stripped", &missing, "FFWW-", 107, "seal-missing");

    at_levels("metadata signature", &with_field(index::METADATA_SIGNATURE, &[1, 2, 3]), "FFWW-", 107, "metadata-signature-wrong");
    at_levels("metadata digest", &with_field(index::METADATA_CHECKSUM, &[1, 2, 3]), "FFWW-", 107, "metadata-checksum-wrong");

    let mut spec = demo();
    spec.cosigners = vec![[7; 32], [8; 32]];
    let cosigned = spec.build();
    let place = Place::new();
    place.install("demo.psp", &cosigned.bytes).run(&[]).succeeds("ran\n");
    let mut wrong = cosigned;
    let field = wrong.field(index::COSIGNERS);
    wrong.bytes[field.start + 100] ^= 1;
    wrong.checksum();
    at_levels("co-signature", &wrong, "FFWW-", 107, "cosigner-wrong");
}

#[test]
fn slot_launcher_and_unsigned_faults_follow_the_table() {
    let mut damaged = Spec::script("echo ran ##").build();
    let last = damaged.slots[0].end - 1;
    damaged.bytes[last] = b'!';
    at_levels("slot digest", &damaged, "FFFW-", 103, "slot-digest-wrong");

    let launcher = demo().build();
    // The last bytes of the launcher are section headers or debug data, unused at run time.
    let at = launcher.launcher_size - 1;
    at_levels("launcher digest", &launcher.flip(at), "F----", 107, "launcher-digest-wrong");

    at_levels("unsigned", &demo().unsigned().build(), "FW---", 107, "unsigned");
}

#[test]
fn what_is_malformed_is_refused_at_every_level() {
    at_levels("version", &with_field(index::FORMAT_VERSION, &[9]), "FFFFF", 102, "version-unsupported");
    at_levels("protocol", &with_field(index::PROTOCOL_VERSION, &[9]), "FFFFF", 102, "version-unsupported");
    at_levels("size", &with_field(index::PACKAGE_SIZE, &[9]), "FFFFF", 102, "package-size-wrong");
    at_levels("region", &with_field(index::METADATA_OFFSET, &[9]), "FFFFF", 102, "region-out-of-range");
    at_levels("region", &with_field(index::SLOT_TABLE_SIZE, &[9]), "FFFFF", 102, "region-out-of-range");
    at_levels("region", &with_field(index::LAUNCHER_SIZE, &[0xff; 8]), "FFFFF", 102, "region-out-of-range");
    at_levels("region", &with_field(index::SLOT_COUNT, &[0xff; 4]), "FFFFF", 102, "region-out-of-range");
    at_levels("slot range", &with_descriptor(16, 0xf0), "FFFFF", 102, "slot-out-of-range");
    at_levels("operation", &with_descriptor(40, 0x1e), "FFFFF", 102, "operation-unsupported");
    at_levels("operation", &with_descriptor(40, 0x2e), "FFFFF", 102, "operation-unknown");
}

#[test]
fn metadata_of_other_forms_is_refused() {
    let refused = |edit: &dyn Fn(&mut Vec<u8>)| {
        let place = Place::new();
        let built = demo().build_with(|json, _| edit(json));
        place.install("demo.psp", &built.bytes).run_at("none").fails(102, "metadata-malformed");
    };
    refused(&|json| json.push(b' '));
    refused(&|json| *json = String::from_utf8(json.clone()).unwrap().replacen(":", ": ", 1).into_bytes());
    refused(&|json| {
        *json = String::from_utf8(json.clone()).unwrap().replace("\"sequence\":0", "\"sequence\":0,\"sequence\":0").into_bytes()
    });
    refused(&|json| *json = String::from_utf8(json.clone()).unwrap().replace("\"sequence\":0", "\"sequence\":1.0").into_bytes());
    refused(&|json| *json = String::from_utf8(json.clone()).unwrap().replace("\"size\":", "\"size\":\"x\",\"sizf\":").into_bytes());
    refused(&|json| {
        *json = String::from_utf8(json.clone()).unwrap().replace("\"permissions\":\"0755\"", "\"permissions\":\"0999\"").into_bytes()
    });
    refused(&|json| json.truncate(100));
}

#[test]
fn a_minimum_level_raises_but_never_lowers() {
    let spec = demo().set("/verification/minimum_level", json!("standard"));
    let built = spec.build();
    let at = built.launcher_size + 5000;
    let place = Place::new();
    place.install("demo.psp", &built.flip(at).bytes).run_at("none").fails(102, "index-copy-differs");
    let low = demo().set("/verification/minimum_level", json!("none")).unsigned().build();
    let place = Place::new();
    place.install("demo.psp", &low.bytes).run_at("strict").fails(107, "unsigned");
}

#[test]
fn levels_are_read_in_any_case_and_unknown_ones_refused() {
    let place = Place::new();
    let package = place.install("demo.psp", &demo().build().bytes);
    for level in ["", "STRICT", "Standard", "nOnE"] {
        package.run_at(level).succeeds("ran\n");
    }
    package.run_at("paranoid").fails(109, "level-unknown");
}

#[test]
fn truncated_and_extended_files_are_no_packages() {
    let built = demo().build();
    let size = built.bytes.len();
    for length in [size - 1, size - 4, size - TRAILER, size - TRAILER - 1, built.launcher_size + 100, built.launcher_size] {
        let place = Place::new();
        place.install("demo.psp", &built.bytes[..length]).run(&[]).fails(102, "not-a-package");
    }
    let place = Place::new();
    let longer = [&built.bytes[..], &[0]].concat();
    place.install("demo.psp", &longer).run(&[]).fails(102, "not-a-package");
    // A piece of the middle gone: the trailer is there, the size is not.
    let mut shorter = built.bytes.clone();
    shorter.drain(built.slots[0].clone());
    place.install("other.psp", &shorter).run(&[]).fails(102, "package-size-wrong");
}

#[test]
fn verification_notices_a_flip_of_any_region() {
    let mut spec = demo();
    spec.cosigners = vec![[7; 32]];
    let built = spec.build();
    let place = Place::new();
    let whole = place.install("demo.psp", &built.bytes);
    assert_eq!(whole.cli(&["verify"]).status, Some(0));
    let block = built.block();
    let mut places: Vec<usize> = vec![built.launcher_size - 1, built.launcher_size, built.launcher_size + 8191];
    places.extend(built.metadata.clone().step_by(97));
    places.extend(built.metadata.end..built.table.start);
    places.extend(built.table.clone().step_by(3));
    places.extend(built.slots[0].clone());
    places.extend(built.slots[0].end..built.bytes.len() - TRAILER);
    places.extend((block.start - 4..block.start + 1400).step_by(29));
    places.extend([block.end - 1, block.end, built.bytes.len() - 1]);
    for at in places {
        let bytes = built.clone().flip(at).bytes;
        let outcome = place.install("demo.psp", &bytes).cli(&["verify"]);
        assert!(matches!(outcome.status, Some(10 | 11 | 13 | 18)), "flip at {at}: {outcome:?}");
    }
}

#[test]
fn hostile_archives_write_nothing_outside() {
    let entry = |path: &str, kind: u8, link: &str| Tar::new().entry(path, kind, 0o644, link, b"").end();
    let cases: [(&str, Vec<u8>, &str); 13] = [
        ("climbing", Tar::new().file("../out", 0o644, "x").end(), "path-unsafe"),
        ("absolute", Tar::new().file("/tmp/flavor-out", 0o644, "x").end(), "path-unsafe"),
        ("stamp", Tar::new().file(".pspf-package-id", 0o644, "x").end(), "path-unsafe"),
        ("link out", Tar::new().link("a", "../..").end(), "link-unsafe"),
        ("absolute link", Tar::new().link("a", "/etc").end(), "link-unsafe"),
        ("hard link", entry("a", b'1', "b"), "entry-refused"),
        ("device", entry("a", b'3', ""), "entry-refused"),
        ("setuid", Tar::new().entry("a", b'0', 0o4755, "", b"x").end(), "entry-refused"),
        ("twice", Tar::new().file("a", 0o644, "1").file("a", 0o644, "2").end(), "entry-conflict"),
        ("directory twice", Tar::new().directory("a").directory("a").end(), "entry-conflict"),
        ("below a file", Tar::new().file("a", 0o644, "1").file("a/b", 0o644, "2").end(), "entry-conflict"),
        ("below a link", Tar::new().link("a", "b").file("a/c", 0o644, "2").end(), "entry-conflict"),
        ("cut", Tar::new().file("a", 0o644, "1").cut(), "archive-malformed"),
    ];
    for (what, tar, code) in cases {
        for slot in [Slot::archive("app", ".", tar.clone()), Slot::archive("app", ".", tar.clone()).frames(512)] {
            let place = Place::new();
            let script = Slot::file("script", "run.sh", 0o755, "echo ran");
            let built = Spec::new(&["/bin/sh", "{workenv}/run.sh"], vec![slot, script]).build();
            let package = place.install("demo.psp", &built.bytes);
            let outcome = package.run_at("none");
            println!("{what}: {outcome:?}");
            outcome.fails(103, code);
            assert_eq!(listing(&place.path), ["cache", "demo.psp", "demo.tmp"], "{what}");
            assert_eq!(listing(&package.state().join("tmp")), [""; 0], "{what}");
        }
    }
    assert!(!fs::exists("/tmp/flavor-out").unwrap());
}

#[test]
fn two_slots_may_share_directories_but_no_file() {
    let archive = |id: &str, file: &str| Slot::archive(id, ".", Tar::new().directory("d").file(&format!("d/{file}"), 0o644, id).end());
    let run = |slots: Vec<Slot>| {
        let place = Place::new();
        let built = Spec::new(&["/bin/cat", "{workenv}/d/a"], slots).build();
        Outcome::of(&mut place.install("demo.psp", &built.bytes).command())
    };
    run(vec![archive("one", "a"), archive("two", "b")]).succeeds("one");
    run(vec![archive("one", "a"), archive("two", "a")]).fails(103, "entry-conflict");
    run(vec![archive("one", "a"), Slot::file("two", "d/a", 0o644, "x")]).fails(103, "entry-conflict");
}

#[test]
fn frame_lists_that_lie_are_refused() {
    let content = vec![7; 20_000];
    let slot = || Slot::archive("app", ".", Tar::new().file("a", 0o644, &content).file("b", 0o644, "b").end()).frames(4096);
    let run = |slot: Slot| {
        let place = Place::new();
        let script = Slot::file("script", "run.sh", 0o755, "echo ran");
        let built = Spec::new(&["/bin/sh", "{workenv}/run.sh"], vec![slot, script]).build();
        place.install("demo.psp", &built.bytes).run(&[])
    };
    run(slot()).succeeds("ran\n");
    for (frame, member, value) in [
        (0, "first", json!(null)),
        (1, "first", json!(512)),
        (0, "plain", json!(4608)),
        (1, "offset", json!(1)),
        (0, "size", json!(1)),
        (2, "plain", json!(100_000_000)),
    ] {
        let mut slot = slot();
        slot.frames.as_mut().unwrap()[frame][member] = value.clone();
        println!("frame {frame} {member} {value}");
        run(slot).fails(103, "frame-invalid");
    }
    let mut wrong_digest = slot();
    wrong_digest.frames.as_mut().unwrap()[1]["sha256"] = json!("0".repeat(64));
    run(wrong_digest).fails(103, "slot-digest-wrong");
    let mut on_gzip = Slot::archive("app", ".", Tar::new().file("a", 0o644, "x").end()).gzip();
    on_gzip.frames = slot().frames;
    run(on_gzip).fails(103, "frame-invalid");
}

#[test]
fn a_careless_run_does_not_poison_later_ones() {
    let good = Spec::script("echo ran ##").build();
    let mut damaged = good.clone();
    let last = damaged.slots[0].end - 1;
    damaged.bytes[last] = b'!';
    let place = Place::new();
    let package = place.install("demo.psp", &damaged.bytes);
    package.run_at("minimal").warns("ran\n", "slot-digest-wrong");
    assert_eq!(listing(&package.cache.join("workenv")).len(), 1, "only the state directory");
    package.run_at("standard").fails(103, "slot-digest-wrong");
    place.install("demo.psp", &good.bytes).run_at("standard").succeeds("ran\n");
}

#[test]
fn strict_remembers_its_verdict_for_an_unchanged_file() {
    let built = Spec::script("echo ran").build();
    let place = Place::new();
    let package = place.install("demo.psp", &built.bytes);
    package.run_at("strict").succeeds("ran\n");
    let verified = package.state().join("instance/verified");
    let first = fs::read_to_string(&verified).unwrap();
    package.run_at("strict").succeeds("ran\n");
    assert_eq!(fs::read_to_string(&verified).unwrap(), first);
    // The same path with a damaged slot and a warm cache: standard reads no slot and starts, strict looks.
    let at = built.slots[0].start;
    let package = place.install("demo.psp", &built.flip(at).bytes);
    package.run(&[]).succeeds("ran\n");
    package.run_at("strict").fails(103, "slot-digest-wrong");
}

#[test]
fn panics_and_markers() {
    let launcher = support::launcher();
    let marker = b"FLAVOR-LAUNCHER\0rust\0";
    let found = launcher.windows(marker.len()).filter(|window| window == marker).count();
    assert_eq!(found, 1);
    let prefixes = launcher.windows(16).filter(|window| *window == magic::LAUNCHER_MARKER).count();
    assert_eq!(prefixes, 1, "nothing else may look like a marker");
    assert_eq!(stored_gzip(b"").len(), 10 + 5 + 8);
}
