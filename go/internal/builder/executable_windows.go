package builder

import (
	"bytes"
	"io"
	"io/fs"
)

// What programs of systems with an executable bit begin with: ELF, Mach-O in both byte orders and widths, Mach-O for several
// processors, and scripts.
var programMagics = [][]byte{
	[]byte("\x7fELF"),
	[]byte("\xfe\xed\xfa\xce"), []byte("\xce\xfa\xed\xfe"), []byte("\xfe\xed\xfa\xcf"), []byte("\xcf\xfa\xed\xfe"),
	[]byte("\xca\xfe\xba\xbe"),
	[]byte("#!"),
}

// isExecutable tells by its first bytes whether a file is a program: Windows keeps no executable bit.
func isExecutable(path string, _ fs.FileInfo) (bool, error) {
	file, err := openRegular(path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	head := make([]byte, 4)
	count, err := io.ReadFull(file, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return false, fileError(err, path, "read")
	}
	for _, magic := range programMagics {
		if bytes.HasPrefix(head[:count], magic) {
			return true, nil
		}
	}
	return false, nil
}
