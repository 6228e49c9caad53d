package launcher

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"flavorpack/internal/log"
)

const (
	progressQuiet    = 300 * time.Millisecond
	progressInterval = 100 * time.Millisecond
)

// progress is one line on a terminal while a first start takes long, erased at its end.
type progress struct {
	name, verb string
	total      uint64
	isWanted   bool
	done       atomic.Uint64
	// Held while the line is written; guards what follows.
	writing sync.Mutex
	next    time.Time
	isShown bool
}

// newProgress counts up to `total` bytes.
func newProgress(name, verb string, total uint64, log *log.Log) *progress {
	isWanted := log.AllowsProgress() && isTerminal(os.Stderr)
	return &progress{name: name, verb: verb, total: total, isWanted: isWanted, next: time.Now().Add(progressQuiet)}
}

// advance counts bytes that are done. Any goroutine may call it.
func (p *progress) advance(bytes uint64) {
	done := p.done.Add(bytes)
	// Another goroutine that is about to print does it for both.
	if !p.isWanted || !p.writing.TryLock() {
		return
	}
	defer p.writing.Unlock()
	now := time.Now()
	if now.Before(p.next) {
		return
	}
	p.next = now.Add(progressInterval)
	p.isShown = true
	percent := uint64(100)
	if p.total > 0 {
		percent = min(done, p.total) * 100 / p.total
	}
	_, _ = fmt.Fprintf(os.Stderr, "\r%s: %s, %d %%\x1b[K", log.Visible(p.name), p.verb, percent)
}

// end erases the line.
func (p *progress) end() {
	p.writing.Lock()
	defer p.writing.Unlock()
	if p.isShown {
		_, _ = os.Stderr.WriteString("\r\x1b[K")
	}
}
