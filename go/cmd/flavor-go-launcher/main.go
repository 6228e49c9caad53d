// Command flavor-go-launcher is the executable at the start of a package. It has no arguments of its own: see spec/launch.md.
package main

import (
	"os"

	"flavorpack/internal/launcher"
)

func main() {
	os.Exit(launcher.Run(launcher.CallerOfProcess()))
}
