//! The command line. Source: spec/builder.md#command-line.

use crate::compress::Compression;
use flavor_format::{Error, ErrorCode, Platform, Result};
use lexopt::Arg::{Long, Short};
use std::ffi::OsString;
use std::path::PathBuf;

pub const HELP: &str = "\
flavor-rs-builder --manifest FILE --output FILE [OPTIONS]

  -m, --manifest FILE       what the package is made of, TOML or JSON
  -o, --output FILE         the package
      --launcher FILE|NAME  launcher, a file or a name (FLAVOR_LAUNCHER_BIN)
      --target PLATFORM     platform of the package, such as linux_amd64
      --strip               drop what the launcher does not need at run time
      --key-seed TEXT       sign with the key of this text; env: that of FLAVOR_KEY_SEED
      --private-key FILE    sign with this PKCS#8 PEM key
      --public-key FILE     the key that is expected to sign
      --unsigned            do not sign
      --workenv-base DIR    where relative sources start (FLAVOR_WORKENV_BASE)
      --compression LEVEL   fast, default or best
      --no-verify           do not verify the result
      --force               replace an existing output
      --log-level LEVEL     trace, debug, info, warn, error, off, json (FLAVOR_LOG_LEVEL)
      --json                the result as JSON on stdout
      --version             name, version and platform
  -h, --help                this list
";

/// What the user wants.
pub enum Request {
    Build(Box<Arguments>),
    Version,
    Help,
}

/// How the package is signed.
#[derive(Debug, PartialEq, Eq)]
pub enum Key {
    Ephemeral,
    Seed(String),
    File(PathBuf),
    Unsigned,
}

/// A build as it was asked for, variables of the environment included.
pub struct Arguments {
    pub manifest: PathBuf,
    pub output: PathBuf,
    pub launcher: Option<OsString>,
    pub target: Option<Platform>,
    pub strip: bool,
    pub key: Key,
    pub public_key: Option<PathBuf>,
    pub workenv_base: Option<PathBuf>,
    pub compression: Compression,
    pub verify: bool,
    pub force: bool,
    pub log_level: Option<OsString>,
    pub json: bool,
}

fn usage(what: impl Into<String>) -> Error {
    Error::new(ErrorCode::Usage, what).with_hint("flavor-rs-builder --help lists the options")
}

impl Request {
    /// `variable` looks up the environment; an empty variable is unset.
    ///
    /// Errors: `usage`; `key-invalid` for `--key-seed env` without the variable.
    pub fn parse(arguments: impl IntoIterator<Item = OsString>, variable: impl Fn(&str) -> Option<OsString>) -> Result<Self> {
        Self::read(lexopt::Parser::from_iter(arguments), variable)
    }

    fn read(mut parser: lexopt::Parser, variable: impl Fn(&str) -> Option<OsString>) -> Result<Self> {
        let wrong = |error: lexopt::Error| usage(error.to_string());
        let (mut manifest, mut output) = (None, None);
        let (mut seed, mut private_key, mut unsigned) = (None, None, false);
        let mut rest = Arguments {
            manifest: PathBuf::new(),
            output: PathBuf::new(),
            launcher: variable("FLAVOR_LAUNCHER_BIN"),
            target: None,
            strip: false,
            key: Key::Ephemeral,
            public_key: None,
            workenv_base: variable("FLAVOR_WORKENV_BASE").map(PathBuf::from),
            compression: Compression::Default,
            verify: true,
            force: false,
            log_level: variable("FLAVOR_LOG_LEVEL"),
            json: false,
        };
        while let Some(argument) = parser.next().map_err(wrong)? {
            match argument {
                Long("target") => rest.target = Some(Platform::parse(&text(&mut parser, "target")?)?),
                Long("key-seed") => seed = Some(text(&mut parser, "key-seed")?),
                Long("compression") => {
                    let name = text(&mut parser, "compression")?;
                    let level = Compression::parse(&name);
                    rest.compression =
                        level.ok_or_else(|| usage(format!("--compression: expected fast, default or best, found {name:?}")))?;
                }
                Short('m') | Long("manifest") => manifest = Some(parser.value().map_err(wrong)?.into()),
                Short('o') | Long("output") => output = Some(parser.value().map_err(wrong)?.into()),
                Long("launcher" | "launcher-bin") => rest.launcher = Some(parser.value().map_err(wrong)?),
                Long("private-key") => private_key = Some(PathBuf::from(parser.value().map_err(wrong)?)),
                Long("public-key") => rest.public_key = Some(parser.value().map_err(wrong)?.into()),
                Long("workenv-base") => rest.workenv_base = Some(parser.value().map_err(wrong)?.into()),
                Long("log-level") => rest.log_level = Some(parser.value().map_err(wrong)?),
                Long("strip") => rest.strip = true,
                Long("unsigned") => unsigned = true,
                Long("no-verify") => rest.verify = false,
                Long("force") => rest.force = true,
                Long("json") => rest.json = true,
                Long("version") => return Ok(Self::Version),
                Short('h') | Long("help") => return Ok(Self::Help),
                _ => return Err(wrong(argument.unexpected())),
            }
        }
        rest.manifest = manifest.ok_or_else(|| usage("--manifest is missing"))?;
        rest.output = output.ok_or_else(|| usage("--output is missing"))?;
        rest.key = key(seed, private_key, unsigned, variable)?;
        if rest.public_key.is_some() && !matches!(rest.key, Key::Seed(_) | Key::File(_)) {
            return Err(usage("--public-key needs --key-seed or --private-key"));
        }
        Ok(Self::Build(Box::new(rest)))
    }
}

fn text(parser: &mut lexopt::Parser, option: &str) -> Result<String> {
    let value = parser.value().map_err(|error| usage(error.to_string()))?;
    value.into_string().map_err(|value| usage(format!("--{option}: {} is not valid Unicode", value.display())))
}

fn key(seed: Option<String>, file: Option<PathBuf>, unsigned: bool, variable: impl Fn(&str) -> Option<OsString>) -> Result<Key> {
    let asked = [("--key-seed", seed.is_some()), ("--private-key", file.is_some()), ("--unsigned", unsigned)];
    let asked: Vec<&str> = asked.into_iter().filter(|(_, given)| *given).map(|(name, _)| name).collect();
    if asked.len() > 1 {
        return Err(usage(format!("{} exclude each other", asked.join(" and "))));
    }
    match (seed, file) {
        (Some(seed), _) if seed == "env" => {
            let found = variable("FLAVOR_KEY_SEED").and_then(|seed| seed.into_string().ok());
            found.map(Key::Seed).ok_or_else(|| Error::new(ErrorCode::KeyInvalid, "--key-seed env: FLAVOR_KEY_SEED is not set"))
        }
        (Some(seed), _) => Ok(Key::Seed(seed)),
        (None, Some(file)) => Ok(Key::File(file)),
        (None, None) => Ok(if unsigned { Key::Unsigned } else { Key::Ephemeral }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str, variables: &[(&str, &str)]) -> Result<Request> {
        let find = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value));
        Request::parse(line.split(' ').map(OsString::from), find)
    }

    fn built(line: &str, variables: &[(&str, &str)]) -> Arguments {
        match parse(line, variables) {
            Ok(Request::Build(arguments)) => *arguments,
            Ok(_) => panic!("{line}: no build"),
            Err(error) => panic!("{line}: {error}"),
        }
    }

    #[test]
    fn flags_count_before_variables() {
        let variables = [("FLAVOR_LAUNCHER_BIN", "l"), ("FLAVOR_WORKENV_BASE", "w"), ("FLAVOR_KEY_SEED", "s")];
        let plain = built("b -m a -o b", &variables);
        assert_eq!((plain.launcher, plain.workenv_base, plain.key), (Some("l".into()), Some("w".into()), Key::Ephemeral));
        let given = built("b --manifest=a --output b --launcher-bin x --workenv-base y --key-seed env --json --strip", &variables);
        assert_eq!((given.launcher, given.workenv_base), (Some("x".into()), Some("y".into())));
        assert_eq!((given.key, given.json, given.strip), (Key::Seed("s".into()), true, true));
        assert_eq!(built("b -m a -o b --target darwin_arm64", &[]).target.unwrap().to_string(), "darwin_arm64");
        assert_eq!(built("b -m a -o b --compression best", &[]).compression, Compression::Best);
        assert!(matches!(parse("b --version", &[]), Ok(Request::Version)));
        assert!(matches!(parse("b -h", &[]), Ok(Request::Help)));
    }

    #[test]
    fn what_is_not_understood_is_usage() {
        for line in [
            "b",
            "b -m a",
            "b -o b",
            "b -m a -o b c",
            "b -m a -o b --nope",
            "b -m a -o b --unsigned --key-seed x",
            "b -m a -o b --private-key x --key-seed x",
            "b -m a -o b --public-key x",
            "b -m a -o b --public-key x --unsigned",
            "b -m a -o b --compression fastest",
            "b -m a -o b --target linux",
            "b -m a -o b --json=1",
            "b -m",
        ] {
            assert_eq!(parse(line, &[]).err().unwrap().code(), ErrorCode::Usage, "{line}");
        }
        assert_eq!(parse("b -m a -o b --key-seed env", &[]).err().unwrap().code(), ErrorCode::KeyInvalid);
    }

    #[test]
    fn every_option_is_in_the_help() {
        let spec = include_str!("../../../spec/builder.md");
        let table = &spec[spec.find("| option |").unwrap()..spec.find("`--unsigned`, `--key-seed`").unwrap()];
        let options = table.split('`').filter_map(|part| part.strip_prefix("--")).filter_map(|part| part.split(' ').next());
        for option in options.filter(|option| *option != "launcher-bin" && !option.is_empty()) {
            assert!(HELP.contains(&format!("--{option} ")), "{option}");
        }
    }
}
