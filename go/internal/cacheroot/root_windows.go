package cacheroot

import "path/filepath"

// HomeVariable names the user's home directory.
const HomeVariable = "USERPROFILE"

// BelowHome is where the cache lies below the user's home.
const BelowHome = `AppData\Local\flavor`

func isAbsolute(path string) bool {
	return filepath.IsAbs(path)
}

// Own is where the user's cache is, or empty.
func Own(environment Environment) string {
	if local := environment.directory("LOCALAPPDATA"); local != "" {
		return filepath.Join(local, "flavor")
	}
	if home := environment.directory(HomeVariable); home != "" {
		return filepath.Join(home, BelowHome)
	}
	return ""
}

// PasswordHome: there is no password database; the variable is set in every session.
func PasswordHome() string {
	return ""
}
