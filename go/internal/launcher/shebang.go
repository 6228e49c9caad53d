package launcher

import (
	"bytes"
	"os"
)

// Scripts that a setup command wrote name the temporary tree in their first lines; they get the final path.
//
// Both forms that pip writes: `#!PATH` and, for long paths, a shell trick whose second line is `'''exec' "PATH" ...`.
// Source: spec/launch.md, "Extraction", step 9.

const shebangLines = 3

// rewriteShebangs rewrites the regular files directly in tree/bin.
func rewriteShebangs(tree, content string) error {
	programs := below(tree, "bin")
	entries, err := os.ReadDir(programs)
	if err != nil {
		return nil
	}
	for _, entry := range entries {
		if !entry.Type().IsRegular() {
			continue
		}
		path := below(programs, entry.Name())
		script, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if rewritten := rewriteShebang(script, []byte(tree), []byte(content)); rewritten != nil {
			// Written in place, so that mode and links stay.
			if err := os.WriteFile(path, rewritten, 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// rewriteShebang is nil when nothing is to be changed.
func rewriteShebang(script, from, to []byte) []byte {
	if !bytes.HasPrefix(script, []byte("#!")) {
		return nil
	}
	lines := bytes.SplitAfterN(script, []byte("\n"), shebangLines+1)
	for number, line := range lines[:min(shebangLines, len(lines))] {
		if bytes.HasPrefix(line, []byte("#!")) || bytes.HasPrefix(line, []byte("'''exec'")) {
			lines[number] = bytes.ReplaceAll(line, from, to)
		}
	}
	if rewritten := bytes.Join(lines, nil); !bytes.Equal(rewritten, script) {
		return rewritten
	}
	return nil
}
