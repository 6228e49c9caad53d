package manifest

import (
	"sort"
	"strings"
)

// distance is the number of insertions, deletions, replacements and swaps of neighbours between two words.
func distance(a, b []rune) int {
	var beforeLast []int
	last := make([]int, len(b)+1)
	for column := range last {
		last[column] = column
	}
	for row := 1; row <= len(a); row++ {
		current := make([]int, len(b)+1)
		current[0] = row
		for column := 1; column <= len(b); column++ {
			replaced := last[column-1]
			if a[row-1] != b[column-1] {
				replaced++
			}
			current[column] = min(last[column]+1, current[column-1]+1, replaced)
			if row > 1 && column > 1 && a[row-1] == b[column-2] && a[row-2] == b[column-1] {
				current[column] = min(current[column], beforeLast[column-2]+1)
			}
		}
		beforeLast, last = last, current
	}
	return last[len(b)]
}

// nearest returns the known word that was probably meant; empty when none is near enough.
func nearest(word string, known []string) string {
	lower := []rune(strings.ToLower(word))
	ranked := append([]string(nil), known...)
	steps := func(candidate string) int { return distance(lower, []rune(strings.ToLower(candidate))) }
	sort.Slice(ranked, func(i, j int) bool {
		left, right := steps(ranked[i]), steps(ranked[j])
		return left < right || left == right && ranked[i] < ranked[j]
	})
	if len(ranked) > 0 && steps(ranked[0]) <= max(1, len(lower)/2) {
		return ranked[0]
	}
	return ""
}
