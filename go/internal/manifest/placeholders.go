package manifest

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"flavorpack/internal/format"
)

// Placeholders are filled by the launcher; a mistyped one is found here (spec/launch.md, "Command").
var placeholders = []string{"workenv", "package_name", "version", "slot", "platform", "home"}

var (
	placeholderShape = regexp.MustCompile(`\{([a-z][a-z0-9_]*)(:[^{}]*)?\}`)
	slotArgument     = regexp.MustCompile(`^:(?:0|[1-9][0-9]{0,3})$`)
)

// checkPlaceholders refuses {name} with a lower-case name that is no placeholder, and {slot:N} without a slot N. Other braces stay
// as they are. The key that the text stands under is for messages.
//
// Errors: placeholder-unknown.
func checkPlaceholders(text, where string, slotCount int) error {
	for _, found := range placeholderShape.FindAllStringSubmatch(text, -1) {
		whole, name, argument := found[0], found[1], found[2]
		if name == "slot" {
			if slotArgument.MatchString(argument) {
				if number, _ := strconv.Atoi(argument[1:]); number < slotCount {
					continue
				}
			}
			return format.Errorf(format.CodePlaceholderUnknown, "%s: %s names no slot: expected {slot:N} with N from 0 to %d", where, whole, slotCount-1)
		}
		if slices.Contains(placeholders, name) && argument == "" {
			continue
		}
		hint := "the placeholders are {workenv} {package_name} {version} {slot:N} {platform} {home}"
		if meant := nearest(name, placeholders); meant != "" && argument == "" {
			hint = fmt.Sprintf("did you mean {%s}?", meant)
		}
		return format.Errorf(format.CodePlaceholderUnknown, "%s: %s is not a placeholder", where, whole).WithHint(hint)
	}
	return nil
}
