//! Whole builds: the real program, a manifest, and a file in the launcher's place; what comes out is read by the reader.

mod support;

use flavor_reader::{Level, SlotStream, frames_of, open, read_archive, verify};
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::Read;
use support::{Folder, LAUNCHER, builder};

fn manifest(slots: Value) -> Value {
    json!({ "package": { "name": "hello", "version": "1" }, "execution": { "argv": ["/bin/true"] }, "slots": slots })
}

#[test]
fn what_is_built_verifies_and_holds_what_went_in() {
    let folder = Folder::new();
    folder.write("tree/bin/run", b"#!/bin/sh\n");
    folder.write("tree/empty/.keep", b"");
    folder.write("tree/\u{e9}/long".repeat(12).as_str(), &vec![7; 100_000]);
    folder.write("one", b"one file");
    let slots = ["tar", "tar.gz", "tar.bz2", "tar.xz", "tar.zst", "tar|gzip|zstd"].iter().enumerate();
    let mut slots: Vec<Value> = slots
        .map(|(at, chain)| json!({ "id": format!("t{at}"), "source": "tree", "operations": chain, "target": format!("t{at}") }))
        .collect();
    for (at, chain) in ["raw", "gzip", "bzip2", "xz", "zstd", "gzip|xz"].iter().enumerate() {
        slots.push(json!({ "id": format!("f{at}"), "source": "one", "operations": chain, "target": format!("f{at}") }));
    }
    folder.manifest(&manifest(Value::Array(slots)));
    let run = builder(&folder, &["--key-seed", "test", "--json"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let result: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        (&result["verified"], &result["key_lifetime"], &result["launcher"]["stripped"]),
        (&json!(true), &json!("publisher"), &json!(0))
    );
    assert_eq!(result["key_id"], "SHA256:2eS+Mto52S5ZpMxeoxKBG40mqsedcnZZOmkZQktOsTM");
    assert_eq!(result["size"], fs::metadata(folder.path("out.psp")).unwrap().len());

    let opened = open(File::open(folder.path("out.psp")).unwrap(), Level::Strict).unwrap();
    assert!(opened.findings.is_empty());
    let package = opened.package;
    assert!(verify::whole_file(&package, |_| ()).unwrap().iter().all(|check| check.finding.is_none()));
    let mut tars = Vec::new();
    for position in 0..package.slots.len() {
        let mut stream = SlotStream::open(&package, position).unwrap();
        let mut plain = Vec::new();
        stream.read_to_end(&mut plain).unwrap();
        assert!(stream.finish().unwrap());
        if package.chain(position).unwrap().is_archive() {
            read_archive(&mut &plain[..], |_, _| Ok(())).unwrap();
            tars.push(plain);
        } else {
            assert_eq!(plain, b"one file");
        }
    }
    assert!(tars.windows(2).all(|pair| pair[0] == pair[1]), "the content does not depend on the compressor");
    assert!(frames_of(&package, 4).unwrap().is_some() && frames_of(&package, 5).unwrap().is_none());
    assert_eq!(folder.leftovers(), Vec::<String>::new());
}

#[test]
fn equal_input_gives_equal_files() {
    let folder = Folder::new();
    folder.write("tree/a", b"a");
    folder.manifest(&manifest(json!([{ "id": "t", "source": "tree" }])));
    let mut files = Vec::new();
    for name in ["one.psp", "two.psp"] {
        assert_eq!(folder.run(name, &["--key-seed", "s"], &[]).status, 0);
        files.push(fs::read(folder.path(name)).unwrap());
    }
    assert!(files[0] == files[1]);
    assert_eq!(folder.run("three.psp", &["--key-seed", "s"], &[("SOURCE_DATE_EPOCH", "1700000000")]).status, 0);
    let package = open(File::open(folder.path("three.psp")).unwrap(), Level::Strict).unwrap().package;
    assert_eq!((package.index.build_timestamp, package.metadata.package.sequence), (1_700_000_000, 1_700_000_000));
    assert_eq!(package.metadata.build_timestamp, "2023-11-14T22:13:20Z");
}

#[test]
fn large_slots_are_cut_into_frames() {
    let folder = Folder::new();
    // Not compressible: the stored size must stay within the limit of frames too.
    let mut state = 1_u64;
    let noise: Vec<u8> = (0..18 << 20)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        })
        .collect();
    folder.write("tree/noise", &noise);
    folder.manifest(&manifest(json!([{ "id": "t", "source": "tree" }])));
    assert_eq!(folder.run("out.psp", &["--unsigned", "--compression", "fast"], &[]).status, 0);
    let package = open(File::open(folder.path("out.psp")).unwrap(), Level::None).unwrap().package;
    let frames = frames_of(&package, 0).unwrap().unwrap();
    let plain: Vec<u64> = frames.iter().map(|frame| frame.plain).collect();
    assert_eq!(plain, [8_388_096, 8_388_096, (18 << 20) + 3 * 512 - 2 * 8_388_096]);
    assert_eq!(frames.iter().map(|frame| frame.first).collect::<Vec<_>>(), [Some(0), None, None]);

    // The same blob, taken as it comes, gets the same list.
    let slot = &package.slots[0];
    let whole = fs::read(folder.path("out.psp")).unwrap();
    folder.write("blob.tar.zst", &whole[slot.offset as usize..][..slot.size as usize]);
    folder.manifest(&manifest(json!([{ "id": "t", "source": "blob.tar.zst", "operations": "tar.zst" }])));
    assert_eq!(folder.run("out.psp", &["--unsigned", "--force"], &[]).status, 0);
    assert!(fs::read(folder.path("out.psp")).unwrap() == whole);
}

#[test]
fn what_a_launcher_would_refuse_is_refused_here() {
    let folder = Folder::new();
    folder.write("tree/a", b"a");
    #[cfg(unix)]
    std::os::unix::fs::symlink("../../outside", folder.path("tree/link")).unwrap();
    folder.write("not.tar", b"hello");
    folder.write("cut.gz", &[0x1f, 0x8b, 8, 0]);
    for (slot, code) in [
        (json!({ "id": "t", "source": "tree" }), "link-unsafe"),
        (json!({ "id": "t", "source": "not.tar", "operations": "tar" }), "archive-malformed"),
        (json!({ "id": "t", "source": "cut.gz", "operations": "gzip" }), "archive-malformed"),
        (json!({ "id": "t", "source": "nowhere" }), "file-missing"),
        (json!({ "id": "t", "source": "not.tar", "target": "../x" }), "path-unsafe"),
        (json!({ "id": "t", "source": "not.tar", "operations": "zip" }), "operation-unknown"),
        (json!({ "id": "t", "source": "tree", "operations": "gzip" }), "manifest-invalid"),
        (json!({ "id": "t", "source": "not.tar", "purpose": "wheel", "lifecycle": "runtime" }), "manifest-invalid"),
        (json!({ "id": "t", "source": "not.tar", "purpose": "wheel" }), "build-failed"),
    ] {
        folder.manifest(&manifest(json!([slot])));
        let run = builder(&folder, &["--key-seed", "s", "--json"]);
        let answer: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(answer["error"]["code"], code, "{answer}");
        assert!(!folder.path("out.psp").exists());
        assert_eq!(folder.leftovers(), Vec::<String>::new());
    }
}

#[test]
fn a_program_must_be_there() {
    let folder = Folder::new();
    folder.write("run.sh", b"#!/bin/sh\n");
    let with = |execution: Value| json!({ "package": { "name": "a", "version": "1" }, "execution": execution, "slots": [{ "id": "r", "source": "run.sh" }] });
    for (execution, code) in [
        (json!({ "argv": ["missing"] }), "entry-missing"),
        (json!({ "argv": ["bin/run.sh"] }), "entry-missing"),
        (json!({}), "entry-missing"),
        (json!({ "argv": ["run.sh"], "command": "run.sh" }), "manifest-invalid"),
        (json!({ "command": "'run.sh" }), "manifest-invalid"),
        (json!({ "argv": ["host:a/b"] }), "manifest-invalid"),
        (json!({ "argv": ["run.sh", "{slot:1}"] }), "placeholder-unknown"),
        (json!({ "argv": ["run.sh"], "primary_slot": 1 }), "manifest-invalid"),
    ] {
        folder.manifest(&with(execution.clone()));
        let run = builder(&folder, &["--json"]);
        assert!(run.stdout.contains(code), "{execution}: {}", run.stdout);
    }
    folder.manifest(&with(json!({ "entries": { "b": { "argv": ["run.sh"] }, "10": { "argv": ["run.sh"] } } })));
    let run = builder(&folder, &["--unsigned", "--force"]);
    assert!(run.stderr.contains("[manifest-invalid]"), "{}", run.stderr);
    folder.manifest(&with(json!({ "command": "perl -e 1", "entries": { "b": { "argv": ["run.sh"] } } })));
    let run = builder(&folder, &[]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stderr.contains("flavor: warning: flavor.json: execution: perl is not in the package"), "{}", run.stderr);
    let package = open(File::open(folder.path("out.psp")).unwrap(), Level::Strict).unwrap().package;
    assert_eq!(package.metadata.execution.argv.unwrap(), ["host:perl", "-e", "1"]);
    assert_eq!(package.metadata.verification.key_lifetime, "build");
}

#[test]
fn an_existing_output_stays_unless_it_is_forced() {
    let folder = Folder::new();
    folder.manifest(&manifest(json!([])));
    folder.write("out.psp", b"mine");
    assert_eq!(builder(&folder, &["--unsigned"]).status, 106);
    assert_eq!(fs::read(folder.path("out.psp")).unwrap(), b"mine");
    let run = builder(&folder, &["--unsigned", "--force"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stderr.contains("unsigned: nobody can tell"));
    assert!(fs::metadata(folder.path("out.psp")).unwrap().len() > 16_000);
}

#[test]
fn an_output_that_cannot_be_is_reported_first() {
    let folder = Folder::new();
    // Nothing else is looked at yet: neither the key nor the manifest.
    folder.write("flavor.json", b"{");
    folder.write("taken/file", b"");
    for (output, code, what, hint) in [
        ("taken", "output-exists", "is a folder", "give a file name with -o"),
        ("flavor.json", "output-exists", "exists already", "give --force to replace it, or another name with -o"),
        ("none/a.psp", "output-unwritable", "/none does not exist", "/none"),
        ("taken/file/a.psp", "output-unwritable", "/taken/file is not a folder", ""),
    ] {
        let run = folder.run(output, &["--private-key", "missing", "--json"], &[]);
        let error = &serde_json::from_str::<Value>(&run.stdout).unwrap()["error"];
        let message = error["message"].as_str().unwrap();
        assert_eq!((run.status, error["code"].as_str()), (106, Some(code)), "{error}");
        assert!(message.ends_with(what) && !message.contains(".blobs"), "{error}");
        assert!(error["hint"].as_str().unwrap_or_default().ends_with(hint), "{error}");
    }
    let run = folder.run("taken", &["--force"], &[]);
    assert!(run.stderr.contains("[output-exists]"), "{}", run.stderr);
}

#[test]
fn a_package_that_is_a_wheel_too_ends_in_a_zip() {
    let folder = Folder::new();
    let mut zip = b"PK\x03\x04".to_vec();
    zip.resize(30, 0);
    zip[26] = 1;
    zip.push(b'a');
    let central = zip.len();
    zip.extend(b"PK\x01\x02");
    zip.resize(central + 46, 0);
    zip[central + 28] = 1;
    zip.push(b'a');
    let size = (zip.len() - central) as u8;
    zip.extend([b'P', b'K', 5, 6, 0, 0, 0, 0, 1, 0, 1, 0, size, 0, 0, 0, central as u8, 0, 0, 0, 0, 0]);
    folder.write("a.whl", &zip);
    folder.write("b", b"12345");
    let wheel = json!({ "id": "wheel", "source": "a.whl", "purpose": "wheel", "lifecycle": "lazy" });
    folder.manifest(&manifest(json!([{ "id": "b", "source": "b" }, wheel])));
    let run = builder(&folder, &["--key-seed", "s"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let package = open(File::open(folder.path("out.psp")).unwrap(), Level::Strict).unwrap().package;
    let slot = &package.slots[1];
    assert_eq!(slot.offset + slot.size, package.trailer_offset());
    let bytes = fs::read(folder.path("out.psp")).unwrap();
    let stored = &bytes[slot.offset as usize..][..slot.size as usize];
    assert_eq!(flavor_reader::plain_wheel(stored, slot.offset).unwrap(), zip);
    // Never the last but one.
    folder.manifest(&manifest(json!([wheel, { "id": "b", "source": "b" }])));
    assert_eq!(builder(&folder, &["--force"]).status, 109);
}

#[test]
fn keys_must_be_the_expected_ones() {
    let folder = Folder::new();
    folder.manifest(&manifest(json!([])));
    let key = "67d3b5eaf0c0bf6b5a602d359daecc86a7a74053490ec37ae08e71360587c870";
    assert_eq!(folder.run("out.psp", &["--key-seed", "env", "--public-key", key], &[("FLAVOR_KEY_SEED", "test")]).status, 0);
    assert_eq!(folder.run("other.psp", &["--key-seed", "x", "--public-key", key], &[]).status, 107);
    assert_eq!(folder.run("other.psp", &["--key-seed", "env"], &[("FLAVOR_KEY_SEED", "")]).status, 107);
    assert!(!folder.path("other.psp").exists());
}

#[test]
fn sources_start_at_the_working_directory_or_the_base() {
    let folder = Folder::new();
    folder.write("base/one", b"1");
    folder.manifest(&manifest(json!([{ "id": "a", "source": "{workenv}/one" }, { "id": "b", "source": "one", "target": "b" }])));
    assert!(builder(&folder, &[]).stderr.contains("[file-missing]"));
    assert_eq!(builder(&folder, &["--workenv-base", "base"]).status, 0);
    assert_eq!(folder.run("two.psp", &[], &[("FLAVOR_WORKENV_BASE", folder.path("base").to_str().unwrap())]).status, 0);
}

#[test]
fn toml_says_the_same_as_json() {
    let folder = Folder::new();
    folder.write("one", b"1");
    folder.manifest(&manifest(json!([{ "id": "a", "source": "one" }])));
    assert_eq!(builder(&folder, &["--key-seed", "s"]).status, 0);
    let toml = "execution.argv = [\"/bin/true\"]\n[package]\nname = \"hello\"\nversion = \"1\"\n[[slots]]\nid = \"a\"\nsource = \"one\"\n";
    folder.write("flavor.toml", toml.as_bytes());
    let arguments = ["--key-seed", "s", "--manifest", "flavor.toml"];
    assert_eq!(folder.run("toml.psp", &arguments, &[]).status, 0);
    assert!(fs::read(folder.path("toml.psp")).unwrap() == fs::read(folder.path("out.psp")).unwrap());
}

#[test]
fn one_byte_order_mark_is_ignored() {
    let folder = Folder::new();
    let plain = manifest(json!([])).to_string();
    folder.write("flavor.json", format!("\u{feff}{plain}").as_bytes());
    let run = builder(&folder, &[]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    folder.write("flavor.json", format!("\u{feff}\u{feff}{plain}").as_bytes());
    let run = builder(&folder, &["--force"]);
    assert!(run.stderr.contains("[manifest-invalid]"), "{}", run.stderr);
}

#[test]
fn launchers_are_found_by_name_and_pinned() {
    let folder = Folder::new();
    folder.manifest(&manifest(json!([])));
    let platform = "windows_arm64";
    let arguments = ["--launcher", "flavor-go-launcher", "--target", platform, "--json"];
    let run = folder.run("out.psp", &arguments, &[]);
    assert_eq!(run.status, 110);
    assert!(run.stdout.contains("dist/bin/flavor-go-launcher-windows_arm64.exe"), "{}", run.stdout);
    let marker = "FLAVOR-LAUNCHER\0go\x009.9\0windows_arm64\0";
    folder.write("dist/bin/flavor-go-launcher-windows_arm64.exe", marker.as_bytes());
    let run = folder.run("out.psp", &arguments, &[]);
    assert_eq!(run.status, 0, "{}", run.stdout);
    let result: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        (&result["platform"], &result["launcher"]["name"], &result["launcher"]["version"]),
        (&json!(platform), &json!("flavor-go-launcher"), &json!("9.9"))
    );
    let package = open(File::open(folder.path("out.psp")).unwrap(), Level::Strict).unwrap().package;
    assert_eq!(package.metadata.launcher.unwrap().tool, "flavor-go-launcher");

    folder.write("dist/bin/SHA256SUMS", format!("{}  flavor-go-launcher-windows_arm64.exe\n", "0".repeat(64)).as_bytes());
    let run = folder.run("pinned.psp", &arguments, &[]);
    assert!(run.stdout.contains("helper-digest-wrong"), "{}", run.stdout);
    // A file given by path has no pin, but must be for the target.
    let given = ["--launcher", "dist/bin/flavor-go-launcher-windows_arm64.exe"];
    assert_eq!(folder.run("given.psp", &given, &[]).status, 0);
    assert_eq!(folder.run("other.psp", &[&given[..], &["--target", "linux_amd64"]].concat(), &[]).status, 110);
}

#[test]
fn the_preferred_launcher_counts_in_whichever_folder() {
    let folder = Folder::new();
    folder.manifest(&manifest(json!([])));
    let found = |output: &str| -> Value {
        let environment = [("FLAVOR_CACHE", folder.path("cache")), ("FLAVOR_LAUNCHER_BIN", "".into())];
        let environment = environment.each_ref().map(|(name, value)| (*name, value.to_str().unwrap()));
        let run =
            folder.run_as_it_is(&["--manifest", "flavor.json", "--output", output, "--target", "darwin_arm64", "--json"], &environment);
        assert_eq!(run.status, 0, "{}", run.stdout);
        serde_json::from_str::<Value>(&run.stdout).unwrap()["launcher"]["name"].clone()
    };
    folder.write("dist/bin/flavor-go-launcher-darwin_arm64", b"FLAVOR-LAUNCHER\0go\x001\0darwin_arm64\0");
    assert_eq!(found("go.psp"), "flavor-go-launcher");
    let last = format!("cache/helpers/{}/flavor-rs-launcher-darwin_arm64", env!("FLAVOR_VERSION"));
    folder.write(&last, b"FLAVOR-LAUNCHER\0rust\x001\0darwin_arm64\0");
    assert_eq!(found("rust.psp"), "flavor-rs-launcher");
}

#[test]
fn a_launcher_is_called_what_its_marker_says() {
    let folder = Folder::new();
    folder.manifest(&manifest(json!([])));
    folder.write("renamed", b"FLAVOR-LAUNCHER\0go\x001\0linux_arm64\0");
    for (file, name) in [("renamed", "flavor-go-launcher"), ("launcher", "unknown")] {
        let run = builder(&folder, &["--launcher", file, "--force", "--json"]);
        assert_eq!(serde_json::from_str::<Value>(&run.stdout).unwrap()["launcher"]["name"], name, "{}", run.stdout);
    }
}

#[test]
fn the_launcher_may_be_stripped() {
    let folder = Folder::new();
    folder.manifest(&manifest(json!([])));
    // The builder itself: an ELF file with section headers.
    let launcher = env!("CARGO_BIN_EXE_flavor-rs-builder");
    let run = folder.run("out.psp", &["--launcher", launcher, "--strip", "--json", "--target", "linux_amd64"], &[]);
    assert_eq!(run.status, 0, "{}", run.stdout);
    let result: Value = serde_json::from_str(&run.stdout).unwrap();
    let whole = fs::metadata(launcher).unwrap().len();
    assert_eq!(result["launcher"]["size"].as_u64().unwrap() + result["launcher"]["stripped"].as_u64().unwrap(), whole);
    assert!(result["launcher"]["stripped"].as_u64().unwrap() > 0);
    let run = folder.run("plain.psp", &["--strip"], &[]);
    assert!(run.stderr.contains("nothing to drop"), "{}", run.stderr);
    let package = open(File::open(folder.path("plain.psp")).unwrap(), Level::Strict).unwrap().package;
    assert_eq!(package.index.launcher_size, LAUNCHER.len() as u64);
}

#[cfg(unix)]
#[test]
fn an_interrupted_build_leaves_nothing() {
    let folder = Folder::new();
    folder.write("big", &vec![0; 300 << 20]);
    folder.manifest(&manifest(json!([{ "id": "a", "source": "big", "operations": "xz" }])));
    let child = folder.start("out.psp", &[]);
    std::thread::sleep(std::time::Duration::from_millis(500));
    std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(folder.leftovers(), Vec::<String>::new());
    assert!(!folder.path("out.psp").exists());
}

/// A named pipe for the manifest holds the builder where the signals are already taken.
#[cfg(target_os = "linux")]
#[test]
fn a_hangup_that_is_ignored_stays_ignored() {
    for (trap, status) in [("trap '' HUP", 0), ("trap - HUP", 130)] {
        let folder = Folder::new();
        let pipe = folder.path("flavor.json");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let child = std::process::Command::new("sh")
            .args(["-c", &format!("{trap}; exec \"$@\""), "sh", env!("CARGO_BIN_EXE_flavor-rs-builder")])
            .args(["--manifest", "flavor.json", "--launcher", "launcher", "--output", "out.psp"])
            .current_dir(folder.path("."))
            .stderr(std::process::Stdio::piped())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        // Opened once the builder reads.
        let mut writer = fs::OpenOptions::new().write(true).open(&pipe).unwrap();
        std::process::Command::new("kill").args(["-HUP", &child.id().to_string()]).status().unwrap();
        std::io::Write::write_all(&mut writer, manifest(json!([])).to_string().as_bytes()).unwrap();
        drop(writer);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{trap}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn the_command_line_answers_for_itself() {
    let folder = Folder::new();
    let run = folder.run_bare(&["--version"]);
    assert!(run.stdout.starts_with("flavor-rs-builder ") && run.stdout.trim_end().contains('_'), "{}", run.stdout);
    assert!(folder.run_bare(&["--help"]).stdout.contains("--workenv-base"));
    let run = folder.run_bare(&["--nope"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.starts_with("flavor: error: ") && run.stderr.contains("[usage]\nhint: "), "{}", run.stderr);
    assert!(folder.run_bare(&["--nope", "--json"]).stdout.starts_with("{\"error\":{\"code\":\"usage\""));
}

/// It searches for the markers of launchers, and must not be taken for one.
#[test]
fn the_builder_carries_its_own_marker_and_no_other() {
    let own = fs::read(env!("CARGO_BIN_EXE_flavor-rs-builder")).unwrap();
    let fields = |prefix: &[u8]| -> Vec<Vec<u8>> {
        let complete = |field: &[u8]| matches!(field.len(), 1..=32) && field.iter().all(|byte| matches!(byte, 0x20..=0x7e));
        let starts = own.windows(prefix.len()).enumerate().filter(|(_, window)| *window == prefix).map(|(at, _)| at + prefix.len());
        let mut found = Vec::new();
        for start in starts {
            let fields: Vec<&[u8]> = own[start..].splitn(4, |&byte| byte == 0).collect();
            if fields.len() == 4 && fields[..3].iter().all(|field| complete(field)) {
                found.push(fields[..3].concat());
            }
        }
        found
    };
    assert_eq!(fields(b"FLAVOR-BUILDER\0").len(), 1);
    assert_eq!(fields(b"FLAVOR-LAUNCHER\0").len(), 0);
}
