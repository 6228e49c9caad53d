package cli

import (
	"fmt"
	"os"
	"time"

	"flavorpack/internal/log"
)

const (
	// progressQuiet is how long a build says nothing.
	progressQuiet    = time.Second
	progressInterval = 100 * time.Millisecond
)

// progress is one line on a terminal while a build takes long, erased at its end. It is a builder.Progress.
type progress struct {
	terminal *os.File
	log      *log.Log
	isWanted bool
	isShown  bool
	next     time.Time
	title    string
	total    int64
	done     int64
}

func newProgress(stderr *os.File, log *log.Log) *progress {
	info, err := stderr.Stat()
	isTerminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	return &progress{terminal: stderr, log: log, isWanted: isTerminal && log.AllowsProgress(), next: time.Now().Add(progressQuiet)}
}

func (p *progress) Step(title string, total int64) {
	p.title, p.total, p.done = title, total, 0
}

func (p *progress) Advance(bytes int64) {
	p.done += bytes
	now := time.Now()
	if !p.isWanted || now.Before(p.next) {
		return
	}
	p.next = now.Add(progressInterval)
	p.isShown = true
	percent := int64(100)
	if p.total > 0 {
		percent = min(p.done, p.total) * 100 / p.total
	}
	fmt.Fprintf(p.terminal, "\r%s, %d %%\x1b[K", log.Visible(p.title), percent)
}

func (p *progress) Warn(text string) {
	p.end()
	p.log.Say(log.Warn, text)
}

// end erases the line.
func (p *progress) end() {
	if p.isShown {
		fmt.Fprint(p.terminal, "\r\x1b[K")
	}
}
