// Package cacheroot knows where the environment places the cache: launchers put workenvs there, builders look for helpers in it.
//
// Nothing is made or written. Source: spec/launch.md, "Workenv".
package cacheroot

// Environment gives the value of a variable; empty when it is not set.
type Environment func(name string) string

// Explicit is the directory that FLAVOR_CACHE names, or empty.
func Explicit(environment Environment) string {
	return environment.directory("FLAVOR_CACHE")
}

// directory is the value of a variable that holds an absolute path; empty and relative ones count as unset.
func (e Environment) directory(name string) string {
	if value := e(name); isAbsolute(value) {
		return value
	}
	return ""
}
