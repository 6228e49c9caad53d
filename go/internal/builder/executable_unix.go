//go:build unix

package builder

import "io/fs"

// isExecutable tells whether a file's owner may execute it.
func isExecutable(_ string, info fs.FileInfo) (bool, error) {
	return info.Mode()&0o100 != 0, nil
}
