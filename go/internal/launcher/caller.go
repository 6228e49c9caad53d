package launcher

import (
	"os"
	"strings"
	"syscall"

	"flavorpack/internal/cacheroot"
)

// Caller is what the launcher was started with.
type Caller struct {
	Argv []string
	// Env holds NAME=value; of variables with one name only the first, as getenv would find it.
	Env []string
}

// variable gives the value of a variable.
func (c Caller) variable(name string) (string, bool) {
	for _, entry := range c.Env {
		found, value, isVariable := strings.Cut(entry, "=")
		if isVariable && isSameName(found, name) {
			return value, true
		}
	}
	return "", false
}

// environment gives the value of a variable, empty when it is not set.
func (c Caller) environment(name string) string {
	value, _ := c.variable(name)
	return value
}

// directory gives the value of a variable that holds an absolute path; empty and relative ones count as unset.
func (c Caller) directory(name string) (string, bool) {
	value := c.environment(name)
	return value, isAbsolute(value)
}

// command is argv[0] as typed.
func (c Caller) command() string {
	if len(c.Argv) == 0 {
		return ""
	}
	return c.Argv[0]
}

// commandName is the name that the package was called by: the last component of argv[0] without .psp or .exe.
func (c Caller) commandName() string {
	return commandName(c.command())
}

// arguments are those after argv[0].
func (c Caller) arguments() []string {
	return c.Argv[min(1, len(c.Argv)):]
}

// home is the caller's home directory: the variable's, else the password database's. Empty when there is none.
func (c Caller) home() string {
	if home, ok := c.directory(cacheroot.HomeVariable); ok {
		return home
	}
	return cacheroot.PasswordHome()
}

// CallerOfProcess is that of this process.
func CallerOfProcess() Caller {
	return Caller{Argv: os.Args, Env: syscall.Environ()}
}
