//! The one Ed25519 rule, the seal message and the key id. Source: spec/trust.md, spec/pspf-2025.md#seal.

use ed25519_dalek::{Signature, VerifyingKey};
use flavor_format::constants::{index, magic, sizes};
use sha2::{Digest, Sha256};

/// Whether `signature` over `message` is valid under `public_key`, by the rule that every implementation follows:
/// S below L, A and R canonical and not of small order, the cofactorless equation.
pub fn verify_signature(public_key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    // dalek reduces a y of 2^255 - 19 or more instead of refusing it. For R that cannot pass, since R is recomputed and
    // compared as bytes; for A it would. (A canonical y with x = 0 and the sign bit is of small order: refused below.)
    if !is_canonical(public_key) || !is_canonical(signature.first_chunk().unwrap_or(&[0xff; 32])) {
        return false;
    }
    let Ok(key) = VerifyingKey::from_bytes(public_key) else { return false };
    // verify_strict refuses S >= L and small orders of A and R.
    key.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
}

/// Whether the 255-bit y of an encoded point is below 2^255 - 19.
fn is_canonical(point: &[u8; 32]) -> bool {
    let all_ones = point[1..31].iter().all(|&byte| byte == 0xff) && point[31] & 0x7f == 0x7f;
    !(all_ones && point[0] >= 0xed)
}

/// What the seal signs: digests of the index block without what signs or checks it, and of the slot table.
pub fn seal_message(prefix: &[u8], block: &[u8; sizes::INDEX_BLOCK], slot_table: &[u8]) -> Vec<u8> {
    let mut zeroed = *block;
    for range in [index::INDEX_CHECKSUM, index::SEAL, index::COSIGNERS] {
        zeroed[range].fill(0);
    }
    let mut message = prefix.to_vec();
    message.extend_from_slice(&Sha256::digest(zeroed));
    message.extend_from_slice(&Sha256::digest(slot_table));
    message
}

/// `SHA256:` and the base64 that `ssh-keygen -l` prints.
pub fn key_id(public_key: &[u8; 32]) -> String {
    let kind = b"ssh-ed25519";
    let mut blob = Vec::new();
    blob.extend_from_slice(&(kind.len() as u32).to_be_bytes());
    blob.extend_from_slice(kind);
    blob.extend_from_slice(&(public_key.len() as u32).to_be_bytes());
    blob.extend_from_slice(public_key);
    format!("SHA256:{}", base64_unpadded(&Sha256::digest(&blob)))
}

fn base64_unpadded(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_u32, |word, &byte| word << 8 | u32::from(byte)) << (8 * (3 - chunk.len()));
        for digit in 0..=chunk.len() {
            text.push(char::from(DIGITS[(word >> (18 - 6 * digit)) as usize & 63]));
        }
    }
    text
}

/// The seal's prefix, and that of co-signatures.
pub const SEAL: &[u8] = magic::SEAL_PREFIX;
pub(crate) const COSIGN: &[u8] = magic::COSIGN_PREFIX;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_means_below_the_prime() {
        let mut prime = [0xff; 32];
        prime[0] = 0xed;
        for last in [0x7f, 0xff] {
            prime[31] = last;
            prime[0] = 0xed;
            assert!(!is_canonical(&prime));
            prime[0] = 0xec;
            assert!(is_canonical(&prime));
        }
        assert!(is_canonical(&[0; 32]));
    }

    #[test]
    fn key_id_is_what_ssh_keygen_prints() {
        // Key of the seed "test"; `ssh-keygen -l` prints this id for it.
        let key: [u8; 32] = std::array::from_fn(|at| {
            let hex = "67d3b5eaf0c0bf6b5a602d359daecc86a7a74053490ec37ae08e71360587c870";
            u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()
        });
        assert_eq!(key_id(&key), "SHA256:2eS+Mto52S5ZpMxeoxKBG40mqsedcnZZOmkZQktOsTM");
    }

    #[test]
    fn base64_handles_each_remainder() {
        assert_eq!(base64_unpadded(b""), "");
        assert_eq!(base64_unpadded(b"f"), "Zg");
        assert_eq!(base64_unpadded(b"fo"), "Zm8");
        assert_eq!(base64_unpadded(b"foo"), "Zm9v");
        assert_eq!(base64_unpadded(b"foobar"), "Zm9vYmFy");
    }

    #[test]
    fn seal_message_leaves_out_what_signs_it() {
        let mut block = [7; sizes::INDEX_BLOCK];
        let message = seal_message(SEAL, &block, b"table");
        assert_eq!(message.len(), sizes::SEAL_MESSAGE);
        for at in [4, 7, 192, 255, 864, 1375] {
            block[at] ^= 1;
        }
        assert_eq!(seal_message(SEAL, &block, b"table"), message);
        for at in [3, 8, 191, 256, 863, 1376] {
            let mut changed = block;
            changed[at] ^= 1;
            assert_ne!(seal_message(SEAL, &changed, b"table"), message, "{at}");
        }
        assert_ne!(seal_message(SEAL, &block, b"tablf"), message);
    }
}
