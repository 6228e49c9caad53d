package format

import (
	"errors"
	"fmt"
)

// Error is the one error of format, reader, builder and launcher.
type Error struct {
	Code ErrorCode
	// Message is one line for people: lower case, no full stop; what, where, expected and found.
	Message string
	// Hint is the way out, if there is one.
	Hint string
	// Cause is what the system or a library said, if it did.
	Cause error
}

// Errorf makes an error. An operand under %w becomes its cause.
func Errorf(code ErrorCode, layout string, operands ...any) *Error {
	said := fmt.Errorf(layout, operands...)
	return &Error{Code: code, Message: said.Error(), Cause: errors.Unwrap(said)}
}

// WithHint adds the way out.
func (e *Error) WithHint(hint string) *Error {
	e.Hint = hint
	return e
}

// Prefixed is the same error, told of a larger thing: its message stands after `prefix: `.
func (e *Error) Prefixed(prefix string) *Error {
	told := *e
	told.Message = prefix + ": " + e.Message
	return &told
}

func (e *Error) Error() string {
	return e.Message + " [" + string(e.Code) + "]"
}

func (e *Error) Unwrap() error {
	return e.Cause
}

// AsError finds the Error in a chain of errors; one that has none is a defect of the program.
func AsError(err error) *Error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	return &Error{Code: CodeInternal, Message: err.Error(), Cause: err}
}
