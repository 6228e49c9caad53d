//! Keys: made, derived, or read from files. Source: spec/trust.md#keys; RFC 8410 for the file forms.

use crate::files::unreadable;
use base64ct::{Base64, Encoding};
use ed25519_dalek::pkcs8::{DecodePrivateKey, DecodePublicKey};
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use flavor_format::{Error, ErrorCode, KeyLifetime, Result, hex};
use flavor_reader::key_id;
use sha2::{Digest, Sha256};
use std::path::Path;

/// Signs packages.
pub struct Signer {
    key: SigningKey,
    pub lifetime: KeyLifetime,
}

impl Signer {
    /// A key for one build, forgotten after it.
    ///
    /// Errors: `io-error` when the system has no randomness.
    pub fn ephemeral() -> Result<Self> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| Error::new(ErrorCode::IoError, format!("no random bytes: {error}")))?;
        Ok(Self { key: SigningKey::from_bytes(&seed), lifetime: KeyLifetime::Build })
    }

    /// The key of a text: its private seed is the SHA-256 of the text.
    ///
    /// Errors: `key-invalid` for an empty text.
    pub fn of_seed(text: &str) -> Result<Self> {
        if text.is_empty() {
            return Err(Error::new(ErrorCode::KeyInvalid, "the key seed is empty"));
        }
        Ok(Self { key: SigningKey::from_bytes(&Sha256::digest(text).into()), lifetime: KeyLifetime::Publisher })
    }

    /// The key of a PKCS#8 PEM file.
    ///
    /// Errors: `file-missing`, `file-unreadable`, `key-invalid`.
    pub fn of_file(path: &Path) -> Result<Self> {
        let text = read_text(path)?;
        let key = SigningKey::from_pkcs8_pem(text.trim_start()).map_err(|error| {
            let message = format!("{} is not an unencrypted Ed25519 private key in PEM form: {error}", path.display());
            Error::new(ErrorCode::KeyInvalid, message).with_hint("flavor keygen makes one")
        })?;
        Ok(Self { key, lifetime: KeyLifetime::Publisher })
    }

    pub fn public_key(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }

    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }

    /// Errors: `key-invalid` if another key is expected than this one.
    pub fn expect(&self, expected: &[u8; 32]) -> Result<()> {
        if self.public_key() == *expected {
            return Ok(());
        }
        let (found, expected) = (key_id(&self.public_key()), key_id(expected));
        Err(Error::new(ErrorCode::KeyInvalid, format!("the key that signs is {found}, expected {expected}")))
    }
}

/// Whether a seed could be guessed: fewer than 128 bits even if every character were chosen at random from its kinds.
pub fn is_guessable(seed: &str) -> bool {
    let has = |kind: fn(&char) -> bool| seed.chars().any(|character| kind(&character));
    let lower = if has(char::is_ascii_lowercase) { 26.0 } else { 0.0 };
    let upper = if has(char::is_ascii_uppercase) { 26.0 } else { 0.0 };
    let digits = if has(char::is_ascii_digit) { 10.0 } else { 0.0 };
    let others = if has(|character| !character.is_ascii_alphanumeric()) { 33.0 } else { 0.0 };
    let alphabet: f64 = lower + upper + digits + others;
    let different: std::collections::BTreeSet<char> = seed.chars().collect();
    different.len() < 8 || (seed.chars().count() as f64) * alphabet.max(2.0).log2() < 128.0
}

/// A public key: 64 hex digits, or a file that holds them, a PEM, or a line as OpenSSH writes it.
///
/// Errors: `file-missing`, `file-unreadable`, `key-invalid`.
pub fn read_public_key(place: &Path) -> Result<[u8; 32]> {
    if let Some(key) = place.to_str().and_then(from_hex) {
        return Ok(key);
    }
    let text = read_text(place)?;
    let invalid = || Error::new(ErrorCode::KeyInvalid, format!("{} holds no Ed25519 public key", place.display()));
    if let Some(key) = from_hex(text.trim()) {
        return Ok(key);
    }
    if let Some(line) = text.lines().find_map(|line| line.strip_prefix("ssh-ed25519 ")) {
        return from_openssh(line.split_whitespace().next().unwrap_or_default()).ok_or_else(invalid);
    }
    Ok(VerifyingKey::from_public_key_pem(text.trim_start()).map_err(|_| invalid())?.to_bytes())
}

fn read_text(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
    String::from_utf8(bytes).map_err(|_| Error::new(ErrorCode::KeyInvalid, format!("{} is not text", path.display())))
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let text = text.to_ascii_lowercase();
    let digit = |at: usize| char::from(*text.as_bytes().get(at)?).to_digit(16).map(|digit| digit as u8);
    let mut key = [0; 32];
    for (at, byte) in key.iter_mut().enumerate() {
        *byte = digit(2 * at)? << 4 | digit(2 * at + 1)?;
    }
    (hex(&key) == text).then_some(key)
}

/// The blob of an OpenSSH public key: length and text `ssh-ed25519`, length and key.
fn from_openssh(base64: &str) -> Option<[u8; 32]> {
    let blob = Base64::decode_vec(base64).ok()?;
    let rest = blob.strip_prefix(b"\0\0\0\x0bssh-ed25519\0\0\0\x20")?;
    rest.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEST_KEY: &str = "67d3b5eaf0c0bf6b5a602d359daecc86a7a74053490ec37ae08e71360587c870";

    fn written(name: &str, text: &str) -> std::path::PathBuf {
        let path = std::env::temp_dir().join(format!("flavor-key-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        path
    }

    #[test]
    fn a_seed_gives_the_key_of_the_specification() {
        let signer = Signer::of_seed("test").unwrap();
        assert_eq!(hex(&signer.public_key()), TEST_KEY);
        assert!(signer.expect(&signer.public_key()).is_ok());
        assert_eq!(signer.expect(&[1; 32]).unwrap_err().code(), ErrorCode::KeyInvalid);
        assert!(Signer::of_seed("").is_err());
        assert_ne!(Signer::ephemeral().unwrap().public_key(), Signer::ephemeral().unwrap().public_key());
    }

    #[test]
    fn every_form_of_a_public_key_is_read() {
        // Key of the seed "test", as `openssl pkey -pubout` and `ssh-keygen` write it.
        let pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAZ9O16vDAv2taYC01na7MhqenQFNJDsN64I5xNgWHyHA=\n-----END PUBLIC KEY-----\n";
        let ssh = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGfTterwwL9rWmAtNZ2uzIanp0BTSQ7DeuCOcTYFh8hw me@here\n";
        for (name, text) in [("pem", pem), ("ssh", ssh), ("hex", &format!("{TEST_KEY}\n"))] {
            assert_eq!(hex(&read_public_key(&written(name, text)).unwrap()), TEST_KEY, "{name}");
        }
        assert_eq!(hex(&read_public_key(Path::new(TEST_KEY)).unwrap()), TEST_KEY);
        assert_eq!(read_public_key(&written("other", "ssh-rsa AAAA\n")).unwrap_err().code(), ErrorCode::KeyInvalid);
        assert_eq!(read_public_key(Path::new("/nowhere/key")).unwrap_err().code(), ErrorCode::FileMissing);
    }

    #[test]
    fn private_keys_are_pkcs8_pem() {
        // SHA-256 of "test" as the seed.
        let pem =
            "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ+G0IGITH1lmi/qoMVa0BWjv08bKwuCLNFdbBWw8AoI\n-----END PRIVATE KEY-----\n";
        assert_eq!(hex(&Signer::of_file(&written("private", pem)).unwrap().public_key()), TEST_KEY);
        assert_eq!(Signer::of_file(&written("no", "hello")).err().unwrap().code(), ErrorCode::KeyInvalid);
    }

    #[test]
    fn short_seeds_can_be_guessed() {
        assert!(is_guessable("test") && is_guessable(&"ab".repeat(50)));
        assert!(!is_guessable("correct horse battery staple and more"));
    }
}
