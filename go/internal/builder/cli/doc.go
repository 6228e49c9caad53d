// Package cli is the command line of flavor-go-builder: what was typed, what it means, and what is said about the result.
//
// Source: spec/builder.md, "Command line".
package cli
