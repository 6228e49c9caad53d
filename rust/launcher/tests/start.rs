//! Starts that succeed.

mod support;

use support::tar::Tar;
use support::{Place, Slot, Spec, snapshot};

#[test]
fn a_script_runs_and_gets_its_arguments() {
    let place = Place::new();
    let package = place.install("demo.psp", &Spec::script("printf '<%s>' \"$@\"; echo").build().bytes);
    package.run(&["a", "b c"]).succeeds("<a><b c>\n");
    package.run(&[]).succeeds("<>\n");
}

#[test]
fn archives_are_unpacked_in_every_form() {
    let big: Vec<u8> = (0..3_000_000_u32).map(|at| (at.wrapping_mul(at) >> 7) as u8).collect();
    let long = format!("{}/{}", "d".repeat(80), "é".repeat(60));
    let tar = || {
        Tar::new()
            .directory("bin")
            .file("bin/run", 0o755, "#!/bin/sh\ncat \"$FLAVOR_WORKENV/t/data/x\"\n")
            .directory("data")
            .file("data/big", 0o644, &big)
            .file("data/x", 0o600, "content\n")
            .file(&long, 0o644, "long")
            .file("empty", 0o644, "")
            .link("link", "data/x")
            .end()
    };
    let mut trees = Vec::new();
    for slot in [
        Slot::archive("app", "t", tar()),
        Slot::archive("app", "t", tar()).gzip(),
        Slot::archive("app", "t", tar()).zstd(),
        Slot::archive("app", "t", tar()).gzip().zstd(),
        Slot::archive("app", "t", tar()).frames(1 << 20),
        Slot::archive("app", "t", tar()).frames(4096),
        Slot::archive("app", "t", tar()).frames(512),
        Slot::archive("app", "t", tar()).frames(8 << 20),
    ] {
        let place = Place::new();
        let spelling = slot.spelling;
        let package = place.install("demo.psp", &Spec::new(&["{workenv}/t/bin/run"], vec![slot]).build().bytes);
        let outcome = package.run(&[]);
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(0), "content\n"), "{spelling}: {outcome:?}");
        let mut tree = snapshot(&package.workenv());
        tree.remove(".pspf-package-id");
        assert_eq!(tree["t/link"], "-> data/x");
        assert_eq!(tree["t/data"], "0755/");
        assert_eq!(&tree["t/data/x"][..4], "0644");
        trees.push(tree);
    }
    assert!(trees.windows(2).all(|pair| pair[0] == pair[1]));
}
