package builder

// Progress hears what a build does. Its methods may be called from one goroutine at a time.
type Progress interface {
	// Step begins a part of the work; total is its size in bytes.
	Step(title string, total int64)
	// Advance counts bytes of the step that are done.
	Advance(bytes int64)
	// Warn says one line about something that may surprise.
	Warn(text string)
}
