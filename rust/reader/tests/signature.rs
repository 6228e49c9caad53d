//! The published edge cases, with the verdict that every implementation must give: conformance/ed25519-edge-cases.tsv.

use std::fs;

fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    assert_eq!(hex.len(), 2 * N);
    std::array::from_fn(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
}

#[test]
fn every_edge_case_gets_the_one_verdict() {
    let table = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../conformance/ed25519-edge-cases.tsv")).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [number, key, signature, message, verdict, flags] = columns[..] else { panic!("{line}") };
        let found = flavor_reader::verify_signature(&bytes(key), message.as_bytes(), &bytes(signature));
        assert_eq!(found, verdict == "valid", "case {number}: {flags}");
        if found { valid += 1 } else { invalid += 1 }
    }
    assert_eq!((valid, invalid), (43, 871));
}
