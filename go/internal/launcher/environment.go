package launcher

import (
	"strings"

	"flavorpack/internal/format"
)

// notInherited is what tells the launcher how to behave, and what an outer package said about itself: not for the program.
var notInherited = [...]string{
	"FLAVOR_LAUNCHER_CLI",
	"FLAVOR_EXEC_MODE",
	"FLAVOR_DEV",
	"FLAVOR_WORKENV",
	"FLAVOR_PACKAGE",
	"FLAVOR_VERSION",
	"FLAVOR_COMMAND_NAME",
	"FLAVOR_ORIGINAL_COMMAND",
}

// environment holds variables, NAME=value, in the caller's order, each name once.
//
// Source: spec/launch.md, "Environment".
type environment []string

func inheritedEnvironment(caller Caller) environment {
	variables := make(environment, 0, len(caller.Env)+16)
	for _, entry := range caller.Env {
		isOwn := false
		for _, name := range notInherited {
			isOwn = isOwn || isSameName(nameOf(entry), name)
		}
		if !isOwn {
			variables = append(variables, entry)
		}
	}
	return variables
}

// nameOf is the variable's name. (Windows has variables that begin with `=`.)
func nameOf(entry string) string {
	if equals := strings.IndexByte(entry, '='); equals >= 0 {
		return entry[:equals]
	}
	return entry
}

func (e environment) position(name string) int {
	for position, entry := range e {
		if isSameName(nameOf(entry), name) {
			return position
		}
	}
	return -1
}

func (e environment) get(name string) (string, bool) {
	position := e.position(name)
	if position < 0 {
		return "", false
	}
	_, value, isVariable := strings.Cut(e[position], "=")
	return value, isVariable
}

// set sets a variable. One with a NUL cannot be, and one whose name is empty or has `=` is none: they are left out.
func (e *environment) set(name, value string) {
	if name == "" || strings.ContainsAny(name, "=\x00") || strings.IndexByte(value, 0) >= 0 {
		return
	}
	if position := e.position(name); position >= 0 {
		(*e)[position] = name + "=" + value
	} else {
		*e = append(*e, name+"="+value)
	}
}

func (e *environment) take(name string) (string, bool) {
	value, found := e.get(name)
	if position := e.position(name); position >= 0 {
		*e = append((*e)[:position], (*e)[position+1:]...)
	}
	return value, found
}

// apply does what runtime.env says: unset but what is passed, rename, set.
func (e *environment) apply(rules *format.RuntimeEnv, filler placeholders) {
	if len(rules.Unset) > 0 {
		kept := (*e)[:0]
		for _, entry := range *e {
			if matchesAny(rules.Pass, nameOf(entry)) || !matchesAny(rules.Unset, nameOf(entry)) {
				kept = append(kept, entry)
			}
		}
		*e = kept
	}
	for _, rename := range rules.Map {
		if value, found := e.take(rename.Name); found {
			e.set(rename.Value, value)
		}
	}
	e.setAll(rules.Set, filler)
}

func (e *environment) setAll(variables format.Map, filler placeholders) {
	for _, variable := range variables {
		e.set(variable.Name, filler.fill(variable.Value))
	}
}

// buildEnvironment makes the environment of the program, or of a setup command while filler.workenv is the temporary tree.
func buildEnvironment(caller Caller, cacheRoot string, filler placeholders) environment {
	metadata := filler.metadata
	made := inheritedEnvironment(caller)
	made.apply(&metadata.RuntimeEnv, filler)
	made.setAll(metadata.Workenv.Env, filler)
	made.setAll(metadata.Execution.Env, filler)
	made.set("FLAVOR_WORKENV", filler.workenv)
	made.set("FLAVOR_PACKAGE", metadata.Package.Name)
	made.set("FLAVOR_VERSION", metadata.Package.Version)
	made.set("FLAVOR_COMMAND_NAME", caller.commandName())
	made.set("FLAVOR_ORIGINAL_COMMAND", caller.command())
	made.set("FLAVOR_OS", system)
	made.set("FLAVOR_ARCH", processor)
	made.set("FLAVOR_PLATFORM", platform)
	made.set("FLAVOR_CACHE", cacheRoot)
	if programs := below(filler.workenv, "bin"); isDirectory(programs) {
		if rest, _ := made.get("PATH"); rest != "" {
			programs += listSeparator + rest
		}
		made.set("PATH", programs)
	}
	return made
}

func matchesAny(patterns []string, name string) bool {
	for _, pattern := range patterns {
		if matchesGlob(foldName(pattern), foldName(name)) {
			return true
		}
	}
	return false
}

// matchesGlob tells whether a glob with `*` and `?` matches all of a name.
func matchesGlob(pattern, name string) bool {
	// On a mismatch, let the last `*` take one byte more: linear in practice, quadratic at worst.
	at, inName, star, taken := 0, 0, -1, 0
	for inName < len(name) {
		switch {
		case at < len(pattern) && pattern[at] == '*':
			star, taken = at, inName
			at++
		case at < len(pattern) && (pattern[at] == '?' || pattern[at] == name[inName]):
			at++
			inName++
		case star >= 0:
			taken++
			at, inName = star+1, taken
		default:
			return false
		}
	}
	return strings.Trim(pattern[at:], "*") == ""
}
