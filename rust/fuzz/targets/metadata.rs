//! Any bytes as metadata, as canonical JSON, and as its framing.
#![no_main]

use flavor_format::{Json, Metadata, decode_stored_gzip, encode_stored_gzip};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(value) = Json::decode(bytes) {
        assert_eq!(value.encode().as_deref(), Ok(bytes), "one document has one encoding");
    }
    if let Ok(plain) = decode_stored_gzip(bytes, 1 << 20) {
        assert_eq!(encode_stored_gzip(&plain), bytes, "one document has one framing");
    }
    let _ = Metadata::decode(bytes, None);
});
