//! From what was written to what is built: every default filled in, every value checked. Nothing after this meets an absent value.

use super::placeholders::{check_placeholders, without_placeholders};
use super::program::{Content, command_words, program_words, settle_program};
use super::slots::{at_key, invalid, resolve_slots};
use super::{Manifest, Value};
use flavor_format::{DocumentExecution, Json, Result, check_target};
use std::collections::BTreeMap;
use std::path::Path;

/// Keys that manifests for earlier implementations carry at the top, without effect.
const KEYS_WITHOUT_EFFECT: [&str; 8] = ["name", "version", "description", "command", "environment", "format", "manifest", "launcher"];

/// A manifest, and what may surprise about it.
pub struct Resolved {
    pub manifest: Manifest,
    pub warnings: Vec<String>,
}

static NOTHING: Value = Value::Null;

/// `input` has passed the schema. `place` is the manifest's name, for messages.
pub fn resolve(input: &Value, base: &Path, place: &str) -> Result<Resolved> {
    let part = |key: &str| input.get(key).unwrap_or(&NOTHING);
    let mut warnings = Vec::new();
    let idle: Vec<&str> = KEYS_WITHOUT_EFFECT.into_iter().filter(|key| input.get(key).is_some()).collect();
    if !idle.is_empty() {
        let have = if idle.len() == 1 { "has" } else { "have" };
        warnings.push(format!("{place}: {} at the top of the manifest {have} no effect", idle.join(", ")));
    }
    let inputs = part("slots").items();
    let later = inputs.iter().filter(|slot| slot.text_at("resolution").is_some_and(|resolution| resolution != "build"));
    let later: Vec<&str> = later.filter_map(|slot| slot.text_at("id")).collect();
    if !later.is_empty() {
        warnings.push(format!("{place}: resolution of {} has no effect: every slot is packed", later.join(", ")));
    }
    if part("workenv").get("name").is_some() {
        return Err(invalid(format!("{place}: workenv.name (a pinned workenv) is reserved and not supported by this version"))
            .with_hint("remove it: the workenv is named by package, version and content"));
    }
    let slots = resolve_slots(inputs, base, place)?;
    let commands = part("setup_commands").items();
    let content = Content { slots: &slots, has_setup: !commands.is_empty() };
    let checks = Checks { place, slots: slots.len() };
    let execution = resolve_execution(part("execution"), &content, &checks, &mut warnings)?;
    let setup_commands = commands.iter().enumerate().map(|(position, command)| setup_command(command, position, &checks));
    let setup_commands = setup_commands.collect::<Result<_>>()?;
    let runtime_env = part("runtime").get("env").filter(|env| !env.members().is_empty());
    if let Some(env) = runtime_env {
        checks.values(env.get("set"), "runtime.env.set")?;
    }
    let package = part("package");
    let manifest = Manifest {
        name: package.text_at("name").unwrap_or_default().to_owned(),
        version: package.text_at("version").unwrap_or_default().to_owned(),
        description: package.text_at("description").map(str::to_owned),
        sequence: natural(package, "sequence"),
        execution,
        runtime_env: runtime_env.map(without_empty),
        workenv: workenv(part("workenv"), &checks)?,
        setup_commands,
        cache_validation: input.get("cache_validation").map(json),
        requirements: input.get("requirements").map(json),
        minimum_level: part("verification").text_at("minimum_level").map(str::to_owned),
        slots,
    };
    Ok(Resolved { manifest, warnings })
}

fn natural(input: &Value, key: &str) -> u64 {
    input.get(key).and_then(Value::integer).and_then(|value| u64::try_from(value).ok()).unwrap_or(0)
}

fn resolve_execution(input: &Value, content: &Content<'_>, checks: &Checks<'_>, warnings: &mut Vec<String>) -> Result<DocumentExecution> {
    let place = checks.place;
    let args = input.texts_at("args").unwrap_or_default();
    let mut entries: Vec<(String, Vec<String>)> = Vec::new();
    for (name, program) in input.get("entries").unwrap_or(&NOTHING).members() {
        let key = format!("{place}: execution.entries.{name}");
        entries.push((name.clone(), settle_program(program_words(program, &key)?, content, &key, warnings)?));
    }
    let named = input.get("argv").is_some() || input.get("command").is_some();
    let number = entries.iter().map(|(name, _)| name).find(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()));
    if let (Some(number), true, false, None) = (number, entries.len() > 1, named, input.text_at("entry")) {
        // Parsers put such names first, wherever they stand in the text.
        return Err(invalid(format!("{place}: execution.entry: missing, and entries of which one is called {number:?} have no order"))
            .with_hint("name the default entry in execution.entry"));
    }
    let first = entries.first().filter(|_| !named).map(|(name, _)| name.clone());
    let entry = input.text_at("entry").map(str::to_owned).or(first);
    let chosen = entries.iter().find(|(name, _)| !named && Some(name) == entry.as_ref());
    let argv = match chosen {
        Some((_, argv)) => [argv.as_slice(), &args].concat(),
        None => {
            let key = format!("{place}: execution");
            let mut words = program_words(input, &key)?;
            words.argv.extend(args);
            settle_program(words, content, &key, warnings)?
        }
    };
    let primary_slot = natural(input, "primary_slot");
    if primary_slot > 0 && primary_slot >= content.slots.len() as u64 {
        let slots = content.slots.len();
        return Err(invalid(format!("{place}: execution.primary_slot: expected a slot below {slots}, found {primary_slot}")));
    }
    let mut env = texts(input.get("environment"));
    env.extend(texts(input.get("env")));
    for (position, word) in argv.iter().enumerate() {
        checks.text(word, &format!("execution.argv[{position}]"))?;
    }
    for (name, argv) in &entries {
        argv.iter().try_for_each(|word| checks.text(word, &format!("execution.entries.{name}")))?;
    }
    for (name, value) in &env {
        checks.text(value, &format!("execution.env.{name}"))?;
    }
    let entries = (!entries.is_empty()).then(|| entries.into_iter().collect());
    Ok(DocumentExecution { argv, entry, entries, env, primary_slot })
}

/// Whether placeholders and paths are ones that the launcher will take.
struct Checks<'a> {
    place: &'a str,
    slots: usize,
}

impl Checks<'_> {
    /// A text that the launcher fills placeholders in.
    fn text(&self, text: &str, key: &str) -> Result<()> {
        check_placeholders(text, &format!("{}: {key}", self.place), self.slots)
    }

    fn values(&self, values: Option<&Value>, key: &str) -> Result<()> {
        values
            .unwrap_or(&NOTHING)
            .members()
            .iter()
            .try_for_each(|(name, value)| self.text(value.text().unwrap_or_default(), &format!("{key}.{name}")))
    }

    /// A path below the workenv; a placeholder stands for one harmless component.
    ///
    /// Errors: `path-unsafe`, `placeholder-unknown`.
    fn inside_tree(&self, input: &Value, member: &str, key: &str) -> Result<()> {
        let path = input.text_at(member).unwrap_or_default();
        let plain = match path.strip_prefix("{workenv}") {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => format!(".{rest}"),
            _ => path.to_owned(),
        };
        check_target(&without_placeholders(&plain)).map_err(|error| at_key(&format!("{}: {key}.{member}", self.place), error))?;
        self.text(path, &format!("{key}.{member}"))
    }
}

fn setup_command(input: &Value, position: usize, checks: &Checks<'_>) -> Result<Json> {
    let key = format!("setup_commands[{position}]");
    let words = || -> Result<Json> {
        let place = format!("{}: {key}", checks.place);
        let words = match input.text() {
            Some(command) => command_words(command, &format!("{place}.command"))?,
            None => program_words(input, &place)?,
        };
        words.argv.iter().try_for_each(|word| checks.text(word, &key))?;
        Ok(Json::list(words.argv))
    };
    let mode = |otherwise: &str| four_digits(input.text_at("mode").unwrap_or(otherwise));
    let text = |member: &str| Json::from(input.text_at(member).unwrap_or_default());
    let kind = input.text_at("type").unwrap_or("execute");
    let mut members = vec![("type", Json::from(kind))];
    match kind {
        "write_file" => {
            checks.inside_tree(input, "path", &key)?;
            members.extend([("path", text("path")), ("content", text("content")), ("mode", mode("0644"))]);
        }
        "chmod" => {
            checks.inside_tree(input, "path", &key)?;
            members.extend([("path", text("path")), ("mode", mode("0755"))]);
        }
        "enumerate_and_execute" => {
            let enumerate = input.get("enumerate").unwrap_or(&NOTHING);
            checks.inside_tree(enumerate, "path", &format!("{key}.enumerate"))?;
            members.extend([("argv", words()?), ("enumerate", json(enumerate))]);
        }
        _ => members.push(("argv", words()?)),
    }
    Ok(Json::object(members))
}

fn workenv(input: &Value, checks: &Checks<'_>) -> Result<Option<Json>> {
    let mut members = Vec::new();
    let mut directories = Vec::new();
    for (position, directory) in input.get("directories").unwrap_or(&NOTHING).items().iter().enumerate() {
        checks.inside_tree(directory, "path", &format!("workenv.directories[{position}]"))?;
        let path = directory.text_at("path").unwrap_or_default();
        directories.push(Json::object([("path", path.into()), ("mode", four_digits(directory.text_at("mode").unwrap_or("0700")))]));
    }
    if !directories.is_empty() {
        members.push(("directories", Json::List(directories)));
    }
    if let Some(env) = input.get("env") {
        checks.values(Some(env), "workenv.env")?;
        members.push(("env", json(env)));
    }
    Ok((!members.is_empty()).then(|| Json::object(members)))
}

fn four_digits(mode: &str) -> Json {
    format!("{mode:0>4}").into()
}

fn texts(input: Option<&Value>) -> BTreeMap<String, String> {
    let members = input.unwrap_or(&NOTHING).members().iter();
    members.filter_map(|(name, value)| Some((name.clone(), value.text()?.to_owned()))).collect()
}

/// The members of an object that hold something.
fn without_empty(input: &Value) -> Json {
    let holding = input.members().iter().filter(|(_, value)| !value.members().is_empty() || !value.items().is_empty());
    Json::object(holding.map(|(key, value)| (key, json(value))))
}

/// What the schema lets pass is texts, lists and objects of them.
fn json(input: &Value) -> Json {
    match input {
        Value::Text(text) => text.into(),
        Value::List(items) => Json::List(items.iter().map(json).collect()),
        Value::Object(members) => Json::object(members.iter().map(|(key, value)| (key, json(value)))),
        Value::Boolean(value) => Json::Boolean(*value),
        Value::Integer(value) => Json::Integer(*value),
        Value::Null | Value::Float(_) | Value::Date => Json::Null,
    }
}
