// Package launcher is the executable at the start of a package: it verifies the package, extracts it once, and starts its
// program.
//
// The order of one start is that of spec/launch.md. Files have the names of those of the Rust launcher (rust/launcher/src), and
// the two behave alike to the byte. What the Go runtime does before any Go code runs, and must be undone for the program, is told
// in inherited_linux.go.
package launcher
