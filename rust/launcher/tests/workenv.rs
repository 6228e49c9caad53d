//! The cache: concurrency, crashes, places, trust.

mod support;

use serde_json::json;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Stdio;
use std::time::{Duration, Instant};
use support::tar::Tar;
use support::{Outcome, Place, Slot, Spec, hex, listing};

/// A package whose extraction takes a while.
fn slow(seconds: &str) -> Spec {
    Spec::script("echo ran").set("/setup_commands", json!([{"argv": ["/bin/sleep", seconds], "type": "execute"}]))
}

#[test]
fn a_warm_start_writes_nothing() {
    let place = Place::new();
    let package = place.install("demo.psp", &Spec::script("echo ran").build().bytes);
    package.run(&[]).succeeds("ran\n");
    let before = support::snapshot(&package.cache);
    let time = fs::metadata(package.workenv()).unwrap().modified().unwrap();
    package.run(&[]).succeeds("ran\n");
    assert_eq!(support::snapshot(&package.cache), before);
    assert_eq!(fs::metadata(package.workenv()).unwrap().modified().unwrap(), time);
}

#[test]
fn the_files_beside_the_tree_describe_it() {
    let built = Spec::script("echo ran").build();
    let place = Place::new();
    let package = place.install("demo.psp", &built.bytes);
    package.run(&[]).succeeds("ran\n");
    let id = built.id();
    assert_eq!(package.workenv().file_name().unwrap().to_str().unwrap(), format!("demo-1.0-{}", &id[..16]));
    let read = |path: &str| fs::read_to_string(package.state().join(path)).unwrap();
    assert_eq!(fs::read_to_string(package.workenv().join(".pspf-package-id")).unwrap(), format!("{id}\n"));
    assert_eq!(read("instance/package.checksum"), id);
    assert!(read("instance/extract/complete").trim().parse::<u32>().is_ok());
    assert_eq!(listing(&package.state().join("tmp")), [""; 0]);
    let psp = package.state().join("package/psp.json");
    assert_eq!(fs::metadata(&psp).unwrap().permissions().mode() & 0o777, 0o444);
    let metadata: serde_json::Value = serde_json::from_str(&fs::read_to_string(psp).unwrap()).unwrap();
    assert_eq!(metadata["package"]["name"], "demo");
    let text = read("instance/index.json");
    let index: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(index["package_id"], id);
    assert_eq!(index["package_size"], built.bytes.len());
    assert_eq!(format!("{}\n", serde_json::to_string_pretty(&index).unwrap()), text, "sorted, two spaces, newline");
    assert_eq!(hex(&support::sha256(&built.bytes[built.metadata.clone()])), index["metadata_checksum"]);
    for path in [&package.cache, &package.cache.join("workenv"), &package.workenv(), &package.state()] {
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o700, "{}", path.display());
    }
}

#[test]
fn eight_at_once_extract_once() {
    let place = Place::new();
    let log = place.path.join("log");
    let setup = format!("sleep 0.3; echo x >> {}", log.display());
    let spec = Spec::script("echo ran").set("/setup_commands", json!([{"argv": ["/bin/sh", "-c", setup], "type": "execute"}]));
    let package = place.install("demo.psp", &spec.build().bytes);
    let children: Vec<_> = (0..8).map(|_| package.command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()).collect();
    for child in children {
        Outcome::from(child.wait_with_output().unwrap()).succeeds("ran\n");
    }
    assert_eq!(fs::read_to_string(&log).unwrap(), "x\n");
    assert_eq!(listing(&package.state().join("tmp")), [""; 0]);
}

#[test]
fn a_killed_extraction_is_swept_and_delays_nobody() {
    let place = Place::new();
    let package = place.install("demo.psp", &slow("30").build().bytes);
    let mut child = package.command().stdout(Stdio::null()).spawn().unwrap();
    let tmp = loop {
        let workenv = package.cache.join("workenv");
        if let Some(name) = listing(&workenv).first() {
            let tmp = workenv.join(name).join("tmp");
            if listing(&tmp).iter().any(|name| tmp.join(name).join("tree/run.sh").exists()) {
                break tmp;
            }
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(listing(&tmp).len(), 1, "the dead tree");
    // The next start has another package id, so its state directory is another: start the same package again, and stop it too.
    let mut again = package.command().stdout(Stdio::null()).spawn().unwrap();
    let started = Instant::now();
    while listing(&tmp) != [again.id().to_string()] {
        assert!(started.elapsed() < Duration::from_secs(4), "{:?}", listing(&tmp));
        std::thread::sleep(Duration::from_millis(5));
    }
    again.kill().unwrap();
    again.wait().unwrap();
}

#[test]
fn a_stopped_extraction_is_waited_for_five_seconds_at_most() {
    let place = Place::new();
    let package = place.install("demo.psp", &Spec::script("echo ran").build().bytes);
    package.run(&[]).succeeds("ran\n");
    fs::remove_dir_all(package.workenv()).unwrap();
    // Somebody holds the lock and does not come to an end.
    let lock = fs::File::open(package.state().join("instance/extract/lock")).unwrap();
    lock.lock().unwrap();
    let started = Instant::now();
    package.run(&[]).succeeds("ran\n");
    assert!((4900..8000).contains(&started.elapsed().as_millis()), "{:?}", started.elapsed());
}

#[test]
fn torn_stamps_and_missing_programs_are_repaired() {
    let place = Place::new();
    let slot = Slot::archive("app", ".", Tar::new().file("bin/tool", 0o755, "#!/bin/sh\necho ran\n").end());
    let package = place.install("demo.psp", &Spec::new(&["tool"], vec![slot]).build().bytes);
    package.run(&[]).succeeds("ran\n");
    let stamp = package.workenv().join(".pspf-package-id");
    for damage in ["", "0123", "not a stamp at all, and much longer than a stamp could ever be, so that a prefix cannot fit"] {
        fs::write(&stamp, damage).unwrap();
        package.run(&[]).succeeds("ran\n");
        assert_eq!(fs::read_to_string(&stamp).unwrap().len(), 65);
    }
    fs::remove_file(&stamp).unwrap();
    package.run(&[]).succeeds("ran\n");
    fs::remove_file(package.workenv().join("bin/tool")).unwrap();
    package.run(&[]).succeeds("ran\n");
    fs::remove_dir_all(package.workenv().join("bin")).unwrap();
    package.run_at("strict").succeeds("ran\n");
    assert_eq!(listing(&package.state().join("tmp")), [""; 0]);
}

#[test]
fn a_tree_is_repaired_once_by_many() {
    let place = Place::new();
    let script = "#!/bin/sh\nsleep 0.5; test -e \"$0\" && echo ran\n";
    let slot = Slot::archive("app", ".", Tar::new().file("bin/tool", 0o755, script).end());
    let package = place.install("demo.psp", &Spec::new(&["tool"], vec![slot]).build().bytes);
    package.run(&[]).succeeds("ran\n");
    fs::remove_file(package.workenv().join("bin/tool")).unwrap();
    let children: Vec<_> = (0..8).map(|_| package.command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()).collect();
    for child in children {
        // No repair takes the tree away from under a program that another repair started.
        Outcome::from(child.wait_with_output().unwrap()).succeeds("ran\n");
    }
}

#[test]
fn the_programs_absence_from_the_package_is_no_reason_to_loop() {
    let place = Place::new();
    let package = place.install("demo.psp", &Spec::new(&["tool"], vec![Slot::file("a", "a", 0o644, "x")]).build().bytes);
    for _ in 0..2 {
        package.run(&[]).fails(104, "program-missing");
    }
}

#[test]
fn any_path_will_do() {
    let place = Place::new();
    let mut package = place.install("with space/Ünïcødé 😀/my 'app\".psp", &Spec::script("echo \"$0\"").build().bytes);
    package.cache = place.path.join("cache with space/ñ");
    let outcome = package.run(&[]);
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    assert_eq!(outcome.stdout, format!("{}/run.sh\n", package.workenv().display()));
    let relative = Outcome::of(package.command().arg("x").current_dir("/"));
    assert_eq!(relative.status, Some(0));
}

#[test]
fn homes_that_cannot_be_written_fall_back() {
    let place = Place::new();
    // A name of its own, since the places it falls back to are not the test's.
    let name = format!("fallback-{}", std::process::id());
    let package = place.install("demo.psp", &Spec::script("echo \"$FLAVOR_WORKENV\"").set("/package/name", json!(name)).build().bytes);
    let mut first = None;
    for home in ["/dev/null/home", "/proc/home"] {
        let outcome = Outcome::of(package.command().env_remove("FLAVOR_CACHE").env("HOME", home));
        assert_eq!(outcome.status, Some(0), "{outcome:?}");
        assert!(outcome.stdout.starts_with("/var/tmp/flavor-") || outcome.stdout.starts_with("/tmp/flavor-"), "{outcome:?}");
        assert_eq!(first.get_or_insert(outcome.stdout.clone()), &outcome.stdout);
    }
    let workenv = std::path::PathBuf::from(first.unwrap().trim());
    let state = workenv.with_file_name(format!(".{}.pspf", workenv.file_name().unwrap().to_str().unwrap()));
    fs::remove_dir_all(workenv).unwrap();
    fs::remove_dir_all(state).unwrap();
    // What was asked for by name is not replaced.
    let outcome = Outcome::of(package.command().env("FLAVOR_CACHE", "/dev/null/cache"));
    outcome.fails(106, "io-error");
}

#[test]
fn caches_of_others_are_not_trusted() {
    let fill = |place: &Place| {
        let package = place.install("demo.psp", &Spec::script("echo ran").build().bytes);
        package.run(&[]).succeeds("ran\n");
        package
    };
    let open = fs::Permissions::from_mode(0o777);
    let place = Place::new();
    let package = fill(&place);
    fs::set_permissions(package.workenv(), open.clone()).unwrap();
    for level in ["none", "standard"] {
        package.run_at(level).fails(106, "cache-untrusted");
    }
    let place = Place::new();
    let package = fill(&place);
    let (tree, elsewhere) = (package.workenv(), place.path.join("elsewhere"));
    fs::rename(&tree, &elsewhere).unwrap();
    symlink(&elsewhere, &tree).unwrap();
    package.run(&[]).fails(106, "cache-untrusted");
    // The directories above are looked at before an extraction.
    for part in ["", "workenv"] {
        let place = Place::new();
        let package = fill(&place);
        fs::remove_dir_all(package.workenv()).unwrap();
        fs::set_permissions(package.cache.join(part), open.clone()).unwrap();
        package.run(&[]).fails(106, "cache-untrusted");
    }
    let place = Place::new();
    let package = fill(&place);
    fs::remove_dir_all(package.workenv()).unwrap();
    fs::set_permissions(package.state(), open).unwrap();
    package.run(&[]).fails(106, "cache-untrusted");
}

#[test]
fn two_packages_with_one_file_name_do_not_meet() {
    let place = Place::new();
    for (script, expected) in [("echo one", "one\n"), ("echo two", "two\n"), ("echo one", "one\n")] {
        place.install("demo.psp", &Spec::script(script).build().bytes).run(&[]).succeeds(expected);
    }
    let names = listing(&place.path.join("cache/workenv"));
    assert_eq!(names.iter().filter(|name| !name.starts_with('.')).count(), 2);
}

#[test]
fn a_private_tree_lives_as_long_as_its_program() {
    let place = Place::new();
    let script = "echo ready; while ! test -e \"$1\"; do sleep 0.05; done; test -e \"$0\" && echo alive #";
    let mut damaged = Spec::script(script).build();
    let last = damaged.slots[0].end - 1;
    damaged.bytes[last] = b' ';
    let package = place.install("demo.psp", &damaged.bytes);
    let flag = place.path.join("flag");
    let mut first = package.command().env("FLAVOR_VALIDATION", "none").arg(&flag).stdout(Stdio::piped()).spawn().unwrap();
    let mut ready = [0; 6];
    std::io::Read::read_exact(first.stdout.as_mut().unwrap(), &mut ready).unwrap();
    // A second start sweeps what is dead, and leaves what is in use.
    let mut second = package.command().env("FLAVOR_VALIDATION", "none").arg(&flag).stdout(Stdio::piped()).spawn().unwrap();
    std::io::Read::read_exact(second.stdout.as_mut().unwrap(), &mut ready).unwrap();
    fs::write(&flag, "").unwrap();
    for child in [first, second] {
        Outcome::from(child.wait_with_output().unwrap()).succeeds("alive\n");
    }
    // Both are dead now: the next start removes them, and leaves its own.
    Outcome::of(package.command().env("FLAVOR_VALIDATION", "none").arg(&flag)).succeeds("ready\nalive\n");
    assert_eq!(listing(&package.state().join("tmp")).len(), 1);
}
