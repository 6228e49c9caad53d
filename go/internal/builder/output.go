package builder

import (
	"os"
	"path/filepath"

	"flavorpack/internal/format"
)

// CheckOutput tells whether an output can be written, before long work begins.
//
// Errors: output-exists, output-unwritable.
func CheckOutput(output string, force bool) error {
	folder := filepath.Dir(output)
	parent, err := os.Stat(folder)
	if err != nil {
		return format.Errorf(format.CodeOutputUnwritable, "cannot write %s: the folder %s does not exist", output, folder).WithHint("make it first: mkdir -p " + folder)
	}
	if !parent.IsDir() {
		return format.Errorf(format.CodeOutputUnwritable, "cannot write %s: %s is not a folder", output, folder)
	}
	existing, err := os.Lstat(output)
	switch {
	case err != nil:
		return nil
	case existing.IsDir():
		return format.Errorf(format.CodeOutputExists, "%s is a folder", output).WithHint("give a file name with -o")
	case !existing.Mode().IsRegular() && existing.Mode()&os.ModeSymlink == 0:
		return format.Errorf(format.CodeOutputExists, "%s is a device or pipe", output).WithHint("give a file name with -o")
	case !force:
		return format.Errorf(format.CodeOutputExists, "%s exists already", output).WithHint("give --force to replace it, or another name with -o")
	}
	return nil
}

// CheckNotInput refuses an output that the package is made from, --force or not: a key that is gone is gone.
//
// Errors: output-exists.
func CheckNotInput(output string, inputs ...string) error {
	place, err := os.Stat(output)
	if err != nil {
		return nil
	}
	for _, input := range inputs {
		if found, err := os.Stat(input); input != "" && err == nil && os.SameFile(place, found) {
			return format.Errorf(format.CodeOutputExists, "%s is %s, which the package is made from", output, input).WithHint("give another name with -o")
		}
	}
	return nil
}
