//! A folder to build in, and the builder as a process.

use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What stands in the launcher's place: no marker, and no executable of any system.
pub const LAUNCHER: &[u8] = b"a launcher of somebody else";

/// Removed when dropped.
pub struct Folder(PathBuf);

pub struct Run {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

static COUNT: AtomicUsize = AtomicUsize::new(0);

impl Folder {
    pub fn new() -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = Self(std::env::temp_dir().join(format!("flavor-builder-{}-{number}", std::process::id())));
        fs::create_dir_all(&folder.0).unwrap();
        folder.write("launcher", LAUNCHER);
        folder
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn write(&self, name: &str, content: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub fn manifest(&self, manifest: &Value) {
        self.write("flavor.json", manifest.to_string().as_bytes());
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flavor-rs-builder"));
        command.env_clear().current_dir(&self.0).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn build(&self, output: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
        let mut command = self.command();
        let given = |name: &str| arguments.contains(&name);
        if !given("--manifest") {
            command.args(["--manifest", "flavor.json"]);
        }
        if !given("--launcher") {
            command.args(["--launcher", "launcher"]);
        }
        command.args(["--output", output]).args(arguments).envs(variables.iter().copied());
        command
    }

    pub fn run(&self, output: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
        finish(self.build(output, arguments, variables))
    }

    /// The builder with these arguments and variables, and no others.
    pub fn run_as_it_is(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
        let mut command = self.command();
        command.args(arguments).envs(variables.iter().copied());
        finish(command)
    }

    pub fn run_bare(&self, arguments: &[&str]) -> Run {
        self.run_as_it_is(arguments, &[])
    }

    pub fn start(&self, output: &str, arguments: &[&str]) -> Child {
        self.build(output, arguments, &[]).spawn().unwrap()
    }

    /// Temporary files and folders of builds that are over.
    pub fn leftovers(&self) -> Vec<String> {
        let names = fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.starts_with('.')).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn finish(mut command: Command) -> Run {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run { status: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// Build `flavor.json` into `out.psp`.
pub fn builder(folder: &Folder, arguments: &[&str]) -> Run {
    folder.run("out.psp", arguments, &[])
}
