//! What the program gets: arguments, environment, signals; and how it is found.

mod support;

use serde_json::json;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::Stdio;
use support::tar::Tar;
use support::{Outcome, Place, Slot, Spec};

#[test]
fn arguments_arrive_exactly() {
    let place = Place::new();
    let package = place.install("demo.psp", &Spec::script("printf '%s\\0' \"$@\"").build().bytes);
    let long = "x".repeat(100_000);
    let arguments = ["", " ", "a\nb", "--json", "{workenv}", "\\", "'\"$HOME", "é😀", &long, ""];
    let expected: String = arguments.iter().map(|argument| format!("{argument}\0")).collect();
    package.run(&arguments).succeeds(&expected);
}

#[test]
fn large_arguments_and_environments_pass() {
    let place = Place::new();
    let package = place.install("demo.psp", &Spec::script("echo $# ${#V1999}").build().bytes);
    let mut command = package.command();
    for number in 0..2000 {
        command.env(format!("V{number}"), "y".repeat(200));
    }
    let outcome = Outcome::of(command.args((0..5000).map(|number| format!("argument-{number}"))));
    outcome.succeeds("5000 200\n");
}

#[test]
fn argv_zero_is_the_resolved_path_and_status_the_programs_own() {
    let script = "#!/bin/sh\necho \"$0\"\nexit 42\n";
    let place = Place::new();
    let slot = Slot::archive("app", ".", Tar::new().file("bin/tool", 0o755, script).end());
    for argv in ["tool", "bin/tool", "{workenv}/bin/tool"] {
        let package = place.install(&format!("{}.psp", argv.len()), &Spec::new(&[argv], vec![slot.clone()]).build().bytes);
        let outcome = package.run(&[]);
        assert_eq!(outcome.status, Some(42), "{outcome:?}");
        assert!(outcome.stdout.ends_with("/bin/tool\n") && outcome.stdout.starts_with('/'), "{outcome:?}");
    }
}

#[test]
fn programs_of_the_package_are_never_searched_on_path() {
    let place = Place::new();
    let hijack = place.path.join("hijack");
    fs::create_dir(&hijack).unwrap();
    fs::copy("/bin/echo", hijack.join("tool")).unwrap();
    let slot = || Slot::file("other", "other.txt", 0o644, "x");
    let package = place.install("demo.psp", &Spec::new(&["tool", "hijacked"], vec![slot()]).build().bytes);
    Outcome::of(package.command().env("PATH", &hijack)).fails(104, "program-missing");

    let package = place.install("host.psp", &Spec::new(&["host:tool", "found"], vec![slot()]).build().bytes);
    Outcome::of(package.command().env("PATH", format!(":.:relative:{}", hijack.display()))).succeeds("found\n");
    Outcome::of(package.command().env("PATH", "hijack").current_dir(&place.path)).fails(104, "program-missing");

    // The package's own bin is in front of PATH, and still not what host: means.
    let inner = Slot::archive("app", ".", Tar::new().file("bin/tool", 0o755, "#!/bin/sh\necho inner\n").end());
    let package = place.install("own.psp", &Spec::new(&["host:tool", "outer"], vec![inner]).build().bytes);
    Outcome::of(package.command().env("PATH", &hijack)).succeeds("outer\n");
}

#[test]
fn what_cannot_be_executed_is_named() {
    let place = Place::new();
    let slot = Slot::file("data", "data", 0o644, "x");
    let package = place.install("a.psp", &Spec::new(&["{workenv}/data"], vec![slot.clone()]).build().bytes);
    package.run(&[]).fails(104, "exec-failed");
    let package = place.install("b.psp", &Spec::new(&["/no/such/program"], vec![slot.clone()]).build().bytes);
    assert!(package.run(&[]).fails(104, "program-missing").stderr.contains("/no/such/program"));
    let script = Slot::file("data", "data", 0o755, "#!/no/such/interpreter\n");
    let package = place.install("c.psp", &Spec::new(&["{workenv}/data"], vec![script]).build().bytes);
    assert!(package.run(&[]).fails(104, "program-missing").stderr.contains("interpreter"));
}

#[test]
fn entries_are_chosen_by_the_name_of_the_call() {
    let slot = Slot::file("script", "run.sh", 0o755, "echo \"$1\" \"$FLAVOR_COMMAND_NAME\" \"$FLAVOR_ORIGINAL_COMMAND\"");
    let spec = Spec::new(&["/bin/sh", "{workenv}/run.sh", "default"], vec![slot])
        .set("/execution/entries", json!({"two": {"argv": ["/bin/sh", "{workenv}/run.sh", "second"]}}));
    let place = Place::new();
    let package = place.install("demo.psp", &spec.build().bytes);
    let original = package.path.display().to_string();
    package.run(&[]).succeeds(&format!("default demo {original}\n"));
    for (name, expected) in [("two", "second two"), ("two.psp", "second two"), ("two.exe", "second two"), ("three", "default three")] {
        let link = place.path.join(name);
        symlink(&package.path, &link).unwrap();
        let outcome = Outcome::of(std::process::Command::new(&link).env("FLAVOR_CACHE", &package.cache));
        outcome.succeeds(&format!("{expected} {}\n", link.display()));
    }
}

#[test]
fn environment_layers_apply_in_order() {
    let slot = Slot::archive("app", ".", Tar::new().directory("bin").file("run.sh", 0o755, "env | sort").end());
    let spec = Spec::new(&["/bin/sh", "{workenv}/run.sh"], vec![slot])
        .set("/runtime", json!({"env": {"map": {"OLD": "NEW"}, "pass": ["KEEP_A", "PATH", "OLD", "HOME"], "set": {"S": "runtime {version}"}, "unset": ["*"]}}))
        .set("/workenv", json!({"env": {"W": "workenv", "X": "workenv"}}))
        .set("/execution/environment", json!({"E": "environment", "X": "environment", "Y": "environment"}))
        .set("/execution/env", json!({"E": "env", "X": "execution"}));
    let place = Place::new();
    let package = place.install("demo.psp", &spec.build().bytes);
    let mut command = package.command();
    command.envs([
        ("KEEP_A", "1"),
        ("DROP", "1"),
        ("OLD", "o"),
        ("FLAVOR_LAUNCHER_CLI", "0"),
        ("FLAVOR_DEV", "1"),
        ("FLAVOR_WORKENV", "/lie"),
    ]);
    let outcome = Outcome::of(&mut command);
    let lines: Vec<&str> =
        outcome.stdout.lines().filter(|line| !line.starts_with("PWD=") && !line.starts_with("_=") && !line.starts_with("SHLVL=")).collect();
    let (workenv, cache) = (package.workenv().display().to_string(), package.cache.display().to_string());
    let mut expected = vec![
        "E=env".to_owned(),
        format!("FLAVOR_ARCH={}", if cfg!(target_arch = "x86_64") { "amd64" } else { "arm64" }),
        format!("FLAVOR_CACHE={cache}"),
        "FLAVOR_COMMAND_NAME=demo".into(),
        format!("FLAVOR_ORIGINAL_COMMAND={}", package.path.display()),
        "FLAVOR_OS=linux".into(),
        "FLAVOR_PACKAGE=demo".into(),
        format!("FLAVOR_PLATFORM=linux_{}", if cfg!(target_arch = "x86_64") { "amd64" } else { "arm64" }),
        "FLAVOR_VERSION=1.0".into(),
        format!("FLAVOR_WORKENV={workenv}"),
        format!("HOME={}", place.path.display()),
        "KEEP_A=1".into(),
        "NEW=o".into(),
        format!("PATH={workenv}/bin:/usr/bin:/bin"),
        "S=runtime 1.0".into(),
        "W=workenv".into(),
        "X=execution".into(),
        "Y=environment".into(),
    ];
    expected.sort();
    assert_eq!(lines, expected, "{outcome:?}");
}

#[test]
fn setup_commands_run_once_in_the_tree() {
    let tar = Tar::new().file("make.sh", 0o755, "#!/bin/sh\necho \"#!{}/bin/x\" | sed \"s|{}|$FLAVOR_WORKENV|\" > \"$FLAVOR_WORKENV/bin/script\"; echo once >> log; cat\n")
        .directory("bin").directory("parts").file("parts/a.txt", 0o644, "").file("parts/b.txt", 0o644, "").file("parts/c.bin", 0o644, "")
        .file("run.sh", 0o755, "cat \"$FLAVOR_WORKENV/log\"; head -1 \"$FLAVOR_WORKENV/bin/script\"; cat \"$FLAVOR_WORKENV/d/written\"; ls -l \"$FLAVOR_WORKENV/parts\" | cut -c1-10 | tail -3");
    let spec = Spec::new(&["/bin/sh", "{workenv}/run.sh"], vec![Slot::archive("app", ".", tar.end())])
        .set("/workenv", json!({"directories": [{"mode": "0755", "path": "var/log"}, {"mode": "0777", "path": "{workenv}/open"}, {"path": "private"}]}))
        .set("/setup_commands", json!([
            {"argv": ["{workenv}/make.sh"], "type": "execute"},
            {"command": "sh -c 'echo $(basename \"$0\") >> log'", "enumerate": {"path": "parts", "pattern": "*.txt"}, "type": "enumerate_and_execute"},
            {"content": "{package_name} {version} {unknown} {workenv}\n", "path": "d/written", "type": "write_file"},
            {"mode": "0700", "path": "{workenv}/parts/*.txt", "type": "chmod"},
            "/bin/chmod 0666 log",
        ]));
    let place = Place::new();
    let package = place.install("demo.psp", &spec.build().bytes);
    let first = package.run(&[]);
    let expected = format!(
        "once\na.txt\nb.txt\n#!{}/bin/x\ndemo 1.0 {{unknown}} {}\n-rwx------\n-rwx------\n-rw-r--r--\n",
        package.workenv().display(),
        package.workenv().display()
    );
    first.succeeds(&expected);
    package.run(&[]).succeeds(&expected);
    let tree = support::snapshot(&package.workenv());
    assert_eq!(&tree["log"][..4], "0644", "no write permission for others");
    assert_eq!((tree["var/log"].as_str(), tree["open"].as_str(), tree["private"].as_str()), ("0755/", "0755/", "0700/"));
}

#[test]
fn a_failed_setup_leaves_nothing_and_is_tried_again() {
    let place = Place::new();
    let flag = place.path.join("flag");
    let command = json!([{"argv": ["/bin/sh", "-c", format!("echo out; echo err >&2; test -e {}", flag.display())], "type": "execute"}]);
    let package = place.install("demo.psp", &Spec::script("echo ran").set("/setup_commands", command).build().bytes);
    let outcome = package.run(&[]);
    assert_eq!(outcome.status, Some(104));
    assert!(outcome.stderr.contains("out\nerr\n") && outcome.stderr.contains("[setup-failed]"), "{outcome:?}");
    assert_eq!(support::listing(&package.state().join("tmp")), [""; 0]);
    fs::write(&flag, "").unwrap();
    package.run(&[]).succeeds("ran\n");
    for path in ["../x", "/etc/passwd", "out/x"] {
        let place = Place::new();
        let command = json!([{"content": "x", "path": path, "type": "write_file"}]);
        let link = Slot::archive("links", ".", Tar::new().directory("s").link("s/up", "..").end());
        let mut spec = Spec::script("echo ran").set("/setup_commands", command);
        spec.slots.push(link);
        let outcome = place.install("demo.psp", &spec.build().bytes).run(&[]);
        if path == "out/x" {
            outcome.succeeds("ran\n")
        } else {
            outcome.fails(104, "setup-failed")
        };
    }
}

#[test]
fn init_slots_are_there_for_setup_and_gone_after() {
    let tar = Tar::new()
        .directory("tools")
        .file("tools/deep/maker", 0o755, "#!/bin/sh\necho made > \"$FLAVOR_WORKENV/made\"\n")
        .link("tools/link", "deep/maker")
        .end();
    let mut spec = Spec::script("cat \"$FLAVOR_WORKENV/made\"").set("/setup_commands", json!(["{workenv}/tools/link"]));
    spec.slots.push(Slot::archive("maker", ".", tar).lifecycle("init"));
    spec.slots.push(Slot::file("note", "notes/init.txt", 0o644, "x").lifecycle("volatile"));
    spec.slots.push(Slot::file("lazy", "lazy.txt", 0o644, "x").lifecycle("lazy"));
    spec.slots.push(Slot::file("dev", "dev.txt", 0o644, "x").lifecycle("dev"));
    spec.slots.push(Slot { platform: Some("darwin"), ..Slot::file("mac", "mac.txt", 0o644, "x") });
    spec.slots.push(Slot { platform: Some("linux"), ..Slot::file("lin", "linux.txt", 0o644, "x") });
    let place = Place::new();
    let package = place.install("demo.psp", &spec.build().bytes);
    package.run(&[]).succeeds("made\n");
    let names: Vec<String> = support::snapshot(&package.workenv()).into_keys().collect();
    assert_eq!(names, [".pspf-package-id", "linux.txt", "made", "run.sh"]);
}

#[test]
fn requirements_are_checked_before_extraction() {
    let place = Place::new();
    let spec = |requirements| Spec::script("echo ran").set("/requirements", requirements);
    let package = place.install("a.psp", &spec(json!({"libc": "glibc", "libc_version": "2.5"})).build().bytes);
    package.run(&[]).succeeds("ran\n");
    let package = place.install("b.psp", &spec(json!({"libc": "glibc", "libc_version": "2.999"})).build().bytes);
    let outcome = package.run(&[]).fails(104, "platform-unfit");
    assert!(outcome.stderr.contains("2.999"), "{outcome:?}");
}

#[test]
fn signal_mask_and_dispositions_are_inherited_unchanged() {
    let place = Place::new();
    // Not through a shell, which sets both as it likes.
    let argv = ["/bin/grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"];
    let spec = Spec::new(&argv, vec![Slot::file("a", "a", 0o644, "x")]).set("/setup_commands", json!(["/bin/true"]));
    let package = place.install("demo.psp", &spec.build().bytes);
    for mode in ["exec", "spawn"] {
        let mut command = package.command();
        command.env("FLAVOR_EXEC_MODE", mode);
        // SAFETY: both calls may be made between fork and exec.
        unsafe {
            command.pre_exec(|| {
                libc::signal(libc::SIGPIPE, libc::SIG_DFL);
                libc::signal(libc::SIGUSR1, libc::SIG_IGN);
                libc::signal(libc::SIGCHLD, libc::SIG_IGN);
                let mut set = std::mem::zeroed();
                libc::sigemptyset(&raw mut set);
                libc::sigaddset(&raw mut set, libc::SIGUSR2);
                libc::sigprocmask(libc::SIG_SETMASK, &raw const set, std::ptr::null_mut());
                Ok(())
            });
        }
        // Bits count from 1: USR1 is 10, USR2 12, PIPE 13, CHLD 17.
        let outcome = Outcome::of(&mut command);
        println!("{mode}: {outcome:?}");
        let line =
            |name: &str| u64::from_str_radix(outcome.stdout.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim(), 16).unwrap();
        assert_eq!(line("SigBlk:"), 1 << 11, "{mode}");
        let asked = 1 << 9 | 1 << 12 | 1 << 16;
        assert_eq!(line("SigIgn:") & asked, 1 << 9 | 1 << 16, "{mode}: USR1 and CHLD ignored, PIPE not");
    }
}

#[test]
fn spawn_mode_passes_status_and_signals_on() {
    let place = Place::new();
    let script = "trap 'echo usr1' USR1; trap 'echo term; exit 7' TERM; echo ready; while :; do sleep 0.05; done";
    let package = place.install("demo.psp", &Spec::script(script).build().bytes);
    let mut child = package.command().env("FLAVOR_EXEC_MODE", "SPAWN").stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "ready");
    let send = |signal| {
        // SAFETY: plain numbers; the child has not been waited for.
        unsafe { libc::kill(child.id() as libc::pid_t, signal) };
    };
    send(libc::SIGUSR1);
    assert_eq!(lines.next().unwrap().unwrap(), "usr1");
    send(libc::SIGTERM);
    assert_eq!(lines.next().unwrap().unwrap(), "term");
    assert_eq!(child.wait().unwrap().code(), Some(7));

    let package = place.install("kill.psp", &Spec::script("kill -9 $$").build().bytes);
    let spawned = package.command().env("FLAVOR_EXEC_MODE", "spawn").status().unwrap();
    assert_eq!(spawned.code(), Some(137));
    let executed = package.command().status().unwrap();
    assert_eq!(executed.signal(), Some(9));
}

#[test]
fn no_descriptor_of_the_launcher_reaches_the_program() {
    let place = Place::new();
    // What the test itself was given passes through; what lies in the test's place can only be the launcher's.
    let script = format!("for fd in /proc/$$/fd/*; do readlink $fd; done | grep {} | grep -v run.sh; echo done", place.path.display());
    let package = place.install("demo.psp", &Spec::script(&script).build().bytes);
    for _ in 0..2 {
        package.run(&[]).succeeds("done\n");
    }
    // With standard descriptors closed, no file of the launcher may take their numbers, and the program finds them closed.
    let script = "for fd in 0 2; do test -e /proc/$$/fd/$fd && readlink /proc/$$/fd/$fd; done; echo done";
    let package = place.install("closed.psp", &Spec::new(&["/bin/sh", "-c", script], vec![Slot::file("a", "a", 0o644, "x")]).build().bytes);
    let mut command = package.command();
    // SAFETY: close may be called between fork and exec.
    unsafe {
        command.pre_exec(|| {
            libc::close(0);
            libc::close(2);
            Ok(())
        });
    }
    Outcome::of(&mut command).succeeds("done\n");
}

#[test]
fn packages_start_packages() {
    let place = Place::new();
    let inner = place.install(
        "inner.psp",
        &Spec::script("echo inner \"$FLAVOR_PACKAGE\" \"$FLAVOR_COMMAND_NAME\"").set("/package/name", json!("in")).build().bytes,
    );
    let script = format!("echo \"$FLAVOR_COMMAND_NAME\"; exec {}", inner.path.display());
    let outer = place.install("outer.psp", &Spec::script(&script).build().bytes);
    outer.run(&[]).succeeds("outer\ninner in inner\n");
}
