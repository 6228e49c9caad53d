//! Scripts that a setup command wrote name the temporary tree in their first lines; they get the final path.
//!
//! Both forms that pip writes: `#!PATH` and, for long paths, a shell trick whose second line is `'''exec' "PATH" ...`.
//! Source: spec/launch.md#extraction, step 9.

use std::fs;
use std::io;
use std::path::Path;

const LINES: usize = 3;

/// Rewrite the regular files directly in `tree/bin`.
pub fn rewrite(tree: &Path, content: &Path) -> io::Result<()> {
    let Ok(entries) = fs::read_dir(tree.join("bin")) else { return Ok(()) };
    for entry in entries.flatten() {
        if !entry.file_type()?.is_file() {
            continue;
        }
        let script = fs::read(entry.path())?;
        if let Some(rewritten) = rewritten(&script, tree.as_os_str().as_encoded_bytes(), content.as_os_str().as_encoded_bytes()) {
            // Written in place, so that mode and links stay.
            fs::write(entry.path(), rewritten)?;
        }
    }
    Ok(())
}

fn rewritten(script: &[u8], from: &[u8], to: &[u8]) -> Option<Vec<u8>> {
    if !script.starts_with(b"#!") {
        return None;
    }
    let mut out = Vec::with_capacity(script.len());
    let mut changed = false;
    for (number, line) in script.split_inclusive(|&byte| byte == b'\n').enumerate() {
        if number < LINES && (line.starts_with(b"#!") || line.starts_with(b"'''exec'")) {
            changed |= replace_all(line, from, to, &mut out);
        } else {
            out.extend_from_slice(line);
        }
    }
    changed.then_some(out)
}

fn replace_all(mut line: &[u8], from: &[u8], to: &[u8], out: &mut Vec<u8>) -> bool {
    let mut changed = false;
    while let Some(at) = line.windows(from.len()).position(|window| window == from) {
        out.extend_from_slice(&line[..at]);
        out.extend_from_slice(to);
        line = &line[at + from.len()..];
        changed = true;
    }
    out.extend_from_slice(line);
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewrite_text(script: &str) -> Option<String> {
        rewritten(script.as_bytes(), b"/tmp/1/tree", b"/final").map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn both_forms_of_pip_are_rewritten() {
        assert_eq!(rewrite_text("#!/tmp/1/tree/bin/python\nx /tmp/1/tree\n").unwrap(), "#!/final/bin/python\nx /tmp/1/tree\n");
        let long = "#!/bin/sh\n'''exec' \"/tmp/1/tree/bin/python\" \"$0\" \"$@\"\n' '''\n";
        assert_eq!(rewrite_text(long).unwrap(), long.replace("/tmp/1/tree", "/final"));
    }

    #[test]
    fn other_lines_and_files_stay() {
        assert_eq!(rewrite_text("#!/bin/sh\necho /tmp/1/tree\n"), None);
        assert_eq!(rewrite_text("/tmp/1/tree"), None);
        assert_eq!(rewrite_text("#!/bin/sh\n\n\n'''exec' /tmp/1/tree\n"), None);
    }
}
