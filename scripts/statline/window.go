package main

import (
	"context"
	"sync"
)

const (
	// windowLines is the most lines that are under way at once: read, and their
	// results not written yet. At AWS's latencies it takes a thousand or two to keep
	// thousands a second going, ten to a publication.
	windowLines = 2000
	// windowBytes is the most that lines under way have in bytes, with those that
	// their answers may have: see share. It takes 32 of the largest lists.
	windowBytes = 8 << 20
)

// window bounds what is under way. One goroutine enters it.
type window struct {
	maxLines, maxBytes int

	freed   chan struct{} // has a token when some room was freed
	drained chan struct{} // closed once the window is shut and nothing is under way

	mu    sync.Mutex
	lines int
	bytes int
	shut  bool
}

func newWindow(lines, bytes int) *window {
	return &window{maxLines: lines, maxBytes: bytes, freed: make(chan struct{}, 1), drained: make(chan struct{})}
}

// enter waits for room for a line of so many bytes and takes it. It returns false,
// and takes none, where ctx has ended or the window is shut. A line that is larger
// than the window enters when it is alone.
func (w *window) enter(ctx context.Context, bytes int) bool {
	for {
		if ok, shut := w.try(bytes); ok || shut {
			return ok
		}
		select {
		case <-w.freed:
		case <-ctx.Done():
			return false
		}
	}
}

func (w *window) try(bytes int) (ok, shut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	full := w.lines == w.maxLines || w.lines > 0 && w.bytes+bytes > w.maxBytes
	if full || w.shut {
		return false, w.shut
	}
	w.lines++
	w.bytes += bytes
	return true, false
}

// leave gives back the room of a line.
func (w *window) leave(bytes int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines--
	w.bytes -= bytes
	if w.shut && w.lines == 0 {
		close(w.drained)
	}
	select {
	case w.freed <- struct{}{}:
	default:
	}
}

// close lets nothing enter any more. It may be called again.
func (w *window) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.shut {
		return
	}
	w.shut = true
	if w.lines == 0 {
		close(w.drained)
	}
}

// share is the room that a list takes: its text, and the most that its answer can
// have. No figure has more digits before or after the decimal point than the widest
// number, save what a sum carries and a quantile's probability adds.
func share(text []byte, quantiles int) int {
	const figures, more = 10, 48
	return len(text) + (figures+quantiles)*(2*widest(text)+more)
}

// widest is at least how many digits a number of the list has before or after the
// decimal point, written without an exponent.
func widest(text []byte) int {
	most, digits, exponent, inExponent := 0, 0, 0, false
	for _, c := range text {
		switch {
		case c >= '0' && c <= '9' && inExponent:
			exponent = min(10*exponent+int(c-'0'), 1000)
		case c >= '0' && c <= '9':
			digits++
		case c == 'e' || c == 'E':
			inExponent = true
		case c == '.' || c == '-' || c == '+':
		default:
			most = max(most, digits+exponent)
			digits, exponent, inExponent = 0, 0, false
		}
	}
	return max(most, digits+exponent)
}
