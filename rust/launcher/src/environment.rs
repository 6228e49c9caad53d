//! The program's environment. Source: spec/launch.md#environment.

use crate::caller::Caller;
use crate::marker;
use crate::placeholders::Placeholders;
use crate::system;
use flavor_format::{Metadata, RuntimeEnv};
use std::borrow::Cow;
use std::ffi::{CStr, CString};
use std::path::Path;

/// What tells the launcher how to behave, and what an outer package said about itself: not for the program.
const NOT_INHERITED: [&str; 8] = [
    "FLAVOR_LAUNCHER_CLI",
    "FLAVOR_EXEC_MODE",
    "FLAVOR_DEV",
    "FLAVOR_WORKENV",
    "FLAVOR_PACKAGE",
    "FLAVOR_VERSION",
    "FLAVOR_COMMAND_NAME",
    "FLAVOR_ORIGINAL_COMMAND",
];

/// Variables in the caller's order, each name once. Untouched ones are not copied.
#[derive(Debug, Default)]
pub struct Environment(Vec<Variable>);

#[derive(Debug)]
struct Variable {
    /// `NAME=value`.
    entry: Cow<'static, CStr>,
    name_length: usize,
}

impl Variable {
    fn name(&self) -> &[u8] {
        &self.entry.to_bytes()[..self.name_length]
    }

    /// The name as the system compares it.
    fn key(&self) -> Cow<'_, [u8]> {
        system::variable_name(self.name())
    }

    fn value(&self) -> Option<&[u8]> {
        self.entry.to_bytes().get(self.name_length + 1..)
    }
}

impl Environment {
    pub fn inherited(caller: &Caller) -> Self {
        let mut variables: Vec<Variable> = caller
            .env
            .iter()
            .map(|entry| {
                let bytes = entry.to_bytes();
                // Windows keeps the current directory of each drive in a variable whose name begins with `=`.
                let name_length = bytes.iter().skip(1).position(|&byte| byte == b'=').map_or(bytes.len(), |position| position + 1);
                Variable { entry: Cow::Borrowed(*entry), name_length }
            })
            .collect();
        drop_repeated(&mut variables);
        variables.retain(|variable| !NOT_INHERITED.iter().any(|name| variable.key() == name.as_bytes()));
        Self(variables)
    }

    fn position(&self, name: &[u8]) -> Option<usize> {
        let key = system::variable_name(name);
        self.0.iter().position(|variable| variable.key() == key)
    }

    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.0[self.position(name.as_bytes())?].value()
    }

    /// Set a variable. One with a NUL cannot be, and one whose name is empty or has `=` is none: they are left out.
    pub fn set(&mut self, name: &[u8], value: &[u8]) {
        if name.is_empty() || name.contains(&b'=') {
            return;
        }
        let Ok(entry) = CString::new([name, b"=", value].concat()) else { return };
        let variable = Variable { entry: Cow::Owned(entry), name_length: name.len() };
        match self.position(name) {
            Some(position) => self.0[position] = variable,
            None => self.0.push(variable),
        }
    }

    fn take(&mut self, name: &[u8]) -> Option<Vec<u8>> {
        let variable = self.0.remove(self.position(name)?);
        variable.value().map(<[u8]>::to_vec)
    }

    /// `runtime.env`: unset but what is passed, rename, set.
    fn apply(&mut self, rules: &RuntimeEnv, placeholders: &Placeholders<'_>) {
        let any =
            |patterns: &[String], name: &[u8]| patterns.iter().any(|pattern| matches(&system::variable_name(pattern.as_bytes()), name));
        if !rules.unset.is_empty() {
            self.0.retain(|variable| any(&rules.pass, &variable.key()) || !any(&rules.unset, &variable.key()));
        }
        for (old, new) in &rules.map {
            if let Some(value) = self.take(old.as_bytes()) {
                self.set(new.as_bytes(), &value);
            }
        }
        self.set_all(&rules.set, placeholders);
    }

    fn set_all(&mut self, values: &[(String, String)], placeholders: &Placeholders<'_>) {
        for (name, value) in values {
            self.set(name.as_bytes(), &placeholders.fill(value));
        }
    }

    pub fn entries(&self) -> Vec<&CStr> {
        self.0.iter().map(|variable| &*variable.entry).collect()
    }

    /// Name and value of each variable.
    pub fn pairs(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.0.iter().filter_map(|variable| Some((variable.name(), variable.value()?)))
    }
}

/// The environment of the program, or of a setup command while `workenv` is the temporary tree.
pub fn build(caller: &Caller, metadata: &Metadata, workenv: &Path, cache_root: &Path, placeholders: &Placeholders<'_>) -> Environment {
    let mut environment = Environment::inherited(caller);
    environment.apply(&metadata.runtime_env, placeholders);
    environment.set_all(&metadata.workenv.env, placeholders);
    environment.set_all(&metadata.execution.env, placeholders);
    for (name, value) in [
        ("FLAVOR_WORKENV", workenv.as_os_str().as_encoded_bytes()),
        ("FLAVOR_PACKAGE", metadata.package.name.as_bytes()),
        ("FLAVOR_VERSION", metadata.package.version.as_bytes()),
        ("FLAVOR_COMMAND_NAME", caller.command_name()),
        ("FLAVOR_ORIGINAL_COMMAND", caller.command()),
        ("FLAVOR_OS", marker::OS.as_bytes()),
        ("FLAVOR_ARCH", marker::ARCH.as_bytes()),
        ("FLAVOR_PLATFORM", marker::PLATFORM.as_bytes()),
        ("FLAVOR_CACHE", cache_root.as_os_str().as_encoded_bytes()),
    ] {
        environment.set(name.as_bytes(), value);
    }
    let programs = workenv.join("bin");
    if programs.is_dir() {
        let mut path = programs.into_os_string().into_encoded_bytes();
        if let Some(rest) = environment.get("PATH").filter(|rest| !rest.is_empty()) {
            path.push(system::PATH_SEPARATOR);
            path.extend_from_slice(rest);
        }
        environment.set(b"PATH", &path);
    }
    environment
}

/// Keep the first of variables with one name, as getenv would find it.
fn drop_repeated(variables: &mut Vec<Variable>) {
    let mut order: Vec<usize> = (0..variables.len()).collect();
    order.sort_unstable_by(|&a, &b| variables[a].key().cmp(&variables[b].key()).then(a.cmp(&b)));
    let repeated: Vec<usize> =
        order.windows(2).filter(|pair| variables[pair[0]].key() == variables[pair[1]].key()).map(|pair| pair[1]).collect();
    if !repeated.is_empty() {
        let mut position = 0;
        variables.retain(|_| {
            position += 1;
            !repeated.contains(&(position - 1))
        });
    }
}

/// Whether a glob with `*` and `?` matches all of a name.
pub fn matches(pattern: &[u8], name: &[u8]) -> bool {
    // On a mismatch, let the last `*` take one byte more: linear in practice, quadratic at worst.
    let (mut at, mut in_name, mut star) = (0, 0, None);
    while in_name < name.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, in_name));
                at += 1;
            }
            Some(&byte) if byte == b'?' || byte == name[in_name] => {
                at += 1;
                in_name += 1;
            }
            _ => match star {
                Some((star_at, taken)) => {
                    star = Some((star_at, taken + 1));
                    at = star_at + 1;
                    in_name = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|&byte| byte == b'*')
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn lines(environment: &Environment) -> Vec<String> {
        environment.entries().iter().map(|entry| entry.to_str().unwrap().to_owned()).collect()
    }

    fn map(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    }

    fn strings(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| value.to_string()).collect()
    }

    fn built(env: &[&'static CStr], metadata: &Metadata) -> Environment {
        let caller = Caller { argv: vec![c"./x/Tool.psp"], env: env.to_vec() };
        let workenv = Path::new("/nowhere/w");
        let placeholders = Placeholders { workenv, metadata, home: None };
        build(&caller, metadata, workenv, Path::new("/nowhere"), &placeholders)
    }

    #[test]
    fn globs_match_whole_names() {
        for (pattern, name) in [("*", ""), ("A*", "A"), ("A?C", "ABC"), ("*_KEY", "A_KEY_KEY"), ("*a*b*", "xaxbx"), ("", "")] {
            assert!(matches(pattern.as_bytes(), name.as_bytes()), "{pattern} {name}");
        }
        for (pattern, name) in [("A", "AB"), ("?", ""), ("A*", "BA"), ("*_KEY", "KEY"), ("", "A"), ("*a*b", "ba")] {
            assert!(!matches(pattern.as_bytes(), name.as_bytes()), "{pattern} {name}");
        }
    }

    #[test]
    fn each_variable_stands_once_and_the_launchers_own_are_gone() {
        let env = [c"A=1", c"FLAVOR_LAUNCHER_CLI=1", c"B=2", c"A=3", c"FLAVOR_WORKENV=/old", c"FLAVOR_DEV=1", c"NOVALUE", c"C="];
        let caller = Caller { argv: Vec::new(), env: env.to_vec() };
        assert_eq!(lines(&Environment::inherited(&caller)), ["A=1", "B=2", "NOVALUE", "C="]);
    }

    #[test]
    fn layers_follow_each_other() {
        let mut metadata = Metadata::default();
        metadata.package.name = "p".into();
        metadata.runtime_env = RuntimeEnv {
            unset: strings(&["PYTHON*", "GONE"]),
            pass: strings(&["PYTHONUTF8"]),
            map: map(&[("OLD", "NEW"), ("MISSING", "X")]),
            set: map(&[("A", "runtime"), ("B", "runtime"), ("C", "runtime {package_name}")]),
        };
        metadata.workenv.env = map(&[("B", "workenv")]);
        metadata.execution.env = map(&[("D", "environment"), ("D", "env"), ("FLAVOR_PACKAGE", "lie")]);
        let environment = built(&[c"PYTHONPATH=x", c"PYTHONUTF8=1", c"GONE=1", c"OLD=o", c"A=caller", c"PATH=/bin"], &metadata);
        let get = |name| environment.get(name).map(|value| String::from_utf8(value.to_vec()).unwrap());
        let expected = [
            ("PYTHONPATH", None),
            ("PYTHONUTF8", Some("1")),
            ("GONE", None),
            ("OLD", None),
            ("NEW", Some("o")),
            ("A", Some("runtime")),
            ("B", Some("workenv")),
            ("C", Some("runtime p")),
            ("D", Some("env")),
            ("FLAVOR_PACKAGE", Some("p")),
            ("FLAVOR_COMMAND_NAME", Some("Tool")),
            ("FLAVOR_ORIGINAL_COMMAND", Some("./x/Tool.psp")),
            ("FLAVOR_CACHE", Some("/nowhere")),
            ("PATH", Some("/bin")),
        ];
        for (name, value) in expected {
            assert_eq!(get(name).as_deref(), value, "{name}");
        }
    }

    #[test]
    fn unset_star_leaves_what_the_launcher_sets() {
        let mut metadata = Metadata::default();
        metadata.runtime_env.unset = strings(&["*"]);
        let environment = built(&[c"A=1", c"PATH=/bin", c"HOME=/h"], &metadata);
        let all = lines(&environment);
        assert_eq!(all.len(), 9, "{all:?}");
        assert!(all.iter().all(|line| line.starts_with("FLAVOR_")));
    }
}
