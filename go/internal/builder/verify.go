package builder

import (
	"slices"

	"flavorpack/internal/format"
	"flavorpack/internal/reader"
)

// verify checks a finished package as `flavor verify` does; that it is unsigned is no fault.
//
// Errors: verification-failed.
func verify(path string, progress Progress) error {
	file, err := openRegular(path)
	if err != nil {
		return err
	}
	defer file.Close()
	size := sizeOf(file)
	progress.Step("verify", size)
	opened, err := reader.Open(file, uint64(size), reader.LevelStrict)
	if err != nil {
		return unverified(err)
	}
	for _, found := range opened.Findings {
		if found.Fault != reader.FaultUnsigned {
			return unverified(found.Err)
		}
	}
	checks, err := reader.WholeFile(opened.Package, func(count uint64) { progress.Advance(int64(count)) })
	if err != nil {
		return unverified(err)
	}
	if failed := slices.IndexFunc(checks, func(check reader.Check) bool { return check.Finding != nil }); failed >= 0 {
		return unverified(checks[failed].Finding.Err)
	}
	return nil
}

func unverified(err error) error {
	cause := format.AsError(err)
	return format.Errorf(format.CodeVerificationFailed, "the package that was just built does not verify: %s [%s]", cause.Message, cause.Code)
}
