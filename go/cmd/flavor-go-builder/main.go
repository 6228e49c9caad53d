// Command flavor-go-builder turns a builder manifest and blobs into a package. Source: spec/builder.md.
package main

import (
	"os"

	"flavorpack/internal/builder/cli"
)

func main() {
	os.Exit(cli.Run(os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}
