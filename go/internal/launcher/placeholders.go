package launcher

import (
	"strconv"
	"strings"

	"flavorpack/internal/format"
)

// placeholders fills `{workenv}`, `{slot:N}` and the like in argv, environment values, setup commands and directories.
//
// One pass: what a placeholder brings is not looked at again. A brace that is no placeholder stays, since shell and Python use
// braces too. Source: spec/launch.md, "Command".
type placeholders struct {
	workenv  string
	metadata *format.Metadata
	// Asked only when it is needed: it may mean to read the password database.
	home func() string
}

func (p placeholders) fill(template string) string {
	var filled strings.Builder
	for {
		open := strings.IndexByte(template, '{')
		if open < 0 {
			filled.WriteString(template)
			return filled.String()
		}
		filled.WriteString(template[:open])
		template = template[open:]
		name, rest, isClosed := strings.Cut(template[1:], "}")
		value, isKnown := p.value(name)
		if isClosed && isKnown {
			filled.WriteString(value)
			template = rest
		} else {
			filled.WriteByte('{')
			template = template[1:]
		}
	}
}

func (p placeholders) value(name string) (string, bool) {
	switch name {
	case "workenv":
		return p.workenv, true
	case "package_name":
		return p.metadata.Package.Name, true
	case "version":
		return p.metadata.Package.Version, true
	case "platform":
		return platform, true
	case "home":
		home := p.home()
		return home, home != ""
	}
	number, isSlot := strings.CutPrefix(name, "slot:")
	position, err := strconv.ParseUint(number, 10, 32)
	if !isSlot || err != nil || position >= uint64(len(p.metadata.Slots)) {
		return "", false
	}
	target := slotTarget(p.metadata.Slots[position].Target)
	if target == "" {
		return p.workenv, true
	}
	return below(p.workenv, nativePath(target)), true
}

// slotTarget is a slot's target as a path below the workenv, empty for its root. Earlier builders wrote `{workenv}/` in front.
func slotTarget(target string) string {
	if rest, named := strings.CutPrefix(target, "{workenv}"); named {
		target = strings.TrimPrefix(rest, "/")
	}
	if target == "." {
		return ""
	}
	return target
}
