package format

import "strings"

// WorkenvName names the workenv of a package: `{package}-{version}-{first 16 hex digits of the package id}`.
//
// Source: spec/launch.md, "Workenv".
func WorkenvName(packageName, version, packageID string) string {
	return workenvNamePart(packageName) + "-" + workenvNamePart(version) + "-" + packageID[:min(16, len(packageID))]
}

func workenvNamePart(text string) string {
	part := []byte(text)
	for at, char := range part {
		switch {
		case 'A' <= char && char <= 'Z':
			part[at] = char + 'a' - 'A'
		case 'a' <= char && char <= 'z', '0' <= char && char <= '9', char == '.', char == '_', char == '-':
		default:
			part[at] = '-'
		}
	}
	name := strings.TrimLeft(string(part), ".")
	name = name[:min(LimitWorkenvNamePart, len(name))]
	if name == "" || IsDeviceName(name) {
		return "_" + name
	}
	return name
}
