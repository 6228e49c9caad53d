//go:build unix

package cacheroot

import (
	"os"
	"os/user"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// HomeVariable names the user's home directory.
const HomeVariable = "HOME"

func isAbsolute(path string) bool {
	return strings.HasPrefix(path, "/")
}

// Own is where the user's cache is, or empty.
func Own(environment Environment) string {
	own := ""
	if cache := environment.directory("XDG_CACHE_HOME"); cache != "" {
		own = below(cache, "flavor")
	} else if home := environment.directory(HomeVariable); home != "" {
		own = below(home, BelowHome)
	}
	// With sudo, HOME may still be that of the user who called it.
	var status unix.Stat_t
	if own != "" && (unix.Stat(own, &status) != nil || int(status.Uid) == os.Geteuid()) {
		return own
	}
	if home := PasswordHome(); home != "" {
		return below(home, BelowHome)
	}
	return ""
}

// below leaves the directory as it was named: `..` behind a link is not its parent by text.
func below(directory, path string) string {
	return strings.TrimSuffix(directory, "/") + "/" + path
}

// PasswordHome is the home directory that the password database names for the effective user, or empty.
func PasswordHome() string {
	entry, err := user.LookupId(strconv.Itoa(os.Geteuid()))
	if err != nil || !isAbsolute(entry.HomeDir) {
		return ""
	}
	return entry.HomeDir
}
