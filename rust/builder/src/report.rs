//! What a build tells at its end: one line for people, or one JSON document. Source: spec/builder.md#command-line.

use crate::build::Built;
use flavor_format::{DocumentSlot, Error, Json, KeyLifetime, hex};
use flavor_reader::key_id;

/// The result as a JSON document.
pub fn result_json(built: &Built) -> Json {
    let Built { written, launcher, .. } = built;
    let described = Json::object([
        ("name", Json::from(launcher.tool())),
        ("path", launcher.path.to_string_lossy().into_owned().into()),
        ("size", (launcher.bytes.len() as u64).into()),
        ("stripped", (launcher.stripped as u64).into()),
        ("version", launcher.version().into()),
    ]);
    let slot = |slot: &DocumentSlot| {
        Json::object([
            ("id", Json::from(&slot.id)),
            ("operations", slot.operations.canonical().into()),
            ("original_size", slot.original_size.into()),
            ("size", slot.size.into()),
        ])
    };
    let mut members = vec![
        ("launcher", described),
        ("output", built.output.to_string_lossy().into_owned().into()),
        ("package_id", hex(&written.package_id).into()),
        ("platform", launcher.platform.to_string().into()),
        ("sha256", hex(&written.digest).into()),
        ("size", written.size.into()),
        ("slots", Json::list(written.document.slots.iter().map(slot))),
        ("verified", built.verified.into()),
    ];
    if let Some(signer) = &built.signer {
        members.push(("key_id", key_id(&signer.public_key()).into()));
        members.push(("key_lifetime", signer.lifetime.as_str().into()));
    }
    Json::object(members)
}

/// `{"error": {code, message, hint}}`
pub fn error_json(error: &Error) -> Json {
    let mut members = vec![("code", Json::from(error.code().as_str())), ("message", (&error.message).into())];
    members.extend(error.hint.as_ref().map(|hint| ("hint", Json::from(hint))));
    Json::object([("error", Json::object(members))])
}

/// The path, and the result in one line.
pub fn summary(built: &Built) -> String {
    let Built { written, launcher, .. } = built;
    let slots = written.document.slots.len();
    let signed = match &built.signer {
        None => "unsigned".to_owned(),
        Some(signer) if signer.lifetime == KeyLifetime::Build => "signed with a key of this build".to_owned(),
        Some(signer) => format!("signed by {}", key_id(&signer.public_key())),
    };
    let verified = if built.verified { ", verified" } else { "" };
    format!(
        "{}\n{} bytes, {slots} {}, {}, {signed}{verified}",
        built.output.display(),
        written.size,
        if slots == 1 { "slot" } else { "slots" },
        launcher.platform
    )
}
