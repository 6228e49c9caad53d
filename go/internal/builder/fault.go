package builder

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"

	"flavorpack/internal/format"
)

// fileError gives a failed call of the system its code; action is read or write. An error that has a code keeps it.
func fileError(err error, path, action string) error {
	var own *format.Error
	if errors.As(err, &own) {
		return own
	}
	isMissing := errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
	isRefused := errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EISDIR)
	code := format.CodeIoError
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		code = format.CodeDiskFull
	case errors.Is(err, syscall.EROFS), action == "write" && (isMissing || isRefused):
		code = format.CodeOutputUnwritable
	case isMissing:
		code = format.CodeFileMissing
	case isRefused:
		code = format.CodeFileUnreadable
	}
	return format.Errorf(code, "cannot %s %s: %w", action, path, withoutPath(err))
}

// withoutPath is what the system said, without the name that the message has already.
func withoutPath(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		return link.Err
	}
	return err
}

// interrupted turns an ended context into this project's error; nil while it goes on.
func interrupted(ctx context.Context) error {
	if ctx.Err() != nil {
		return format.Errorf(format.CodeInterrupted, "interrupted while packing")
	}
	return nil
}
