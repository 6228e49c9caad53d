package manifest

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"unicode/utf8"

	"flavorpack/internal/format"
)

const byteOrderMark = "\ufeff"

// readDocument reads a manifest file: JSON if its name ends in .json, TOML if it ends in .toml.
//
// Errors: file-missing, file-unreadable, manifest-missing for another name, manifest-invalid with line and column.
func readDocument(path string) (any, error) {
	isJSON := strings.HasSuffix(path, ".json")
	if !isJSON && !strings.HasSuffix(path, ".toml") {
		return nil, format.Errorf(format.CodeManifestMissing, "%s is not a manifest: its name ends neither in .toml nor in .json", path)
	}
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, format.Errorf(format.CodeFileMissing, "%s does not exist", path)
	}
	if err != nil {
		return nil, format.Errorf(format.CodeFileUnreadable, "%s cannot be read: %w", path, err)
	}
	if !utf8.Valid(content) {
		return nil, format.Errorf(format.CodeManifestInvalid, "%s is not UTF-8 text", path)
	}
	text := strings.TrimPrefix(string(content), byteOrderMark)
	if isJSON {
		return parseJSON(text, path)
	}
	return parseTOML(text, path)
}
