package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

// clearLine takes away what a line of a terminal shows.
const clearLine = "\r\x1b[K"

func (a *app) progressIsShown() bool { return !a.quiet && isTerminal(a.err) }

// showProgress rewrites a line on stderr with what text returns, where that is a
// terminal, until the function that it returns is called, which takes the line away.
func (a *app) showProgress(text func() string) (stop func()) {
	if !a.progressIsShown() {
		return func() {}
	}
	stopped := make(chan struct{})
	var shown sync.WaitGroup
	shown.Go(func() {
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				fmt.Fprintf(a.err, "\r%s\x1b[K", text())
			case <-stopped:
				fmt.Fprint(a.err, clearLine)
				return
			}
		}
	})
	return func() { close(stopped); shown.Wait() }
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// progress is a line that says how far of total requests are.
func (m *measure) progress(total int) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	failed := m.failed()
	done := int(m.latencies.TotalCount()) + failed
	const width = 24
	full := width * done / total
	return fmt.Sprintf("%s%s %3d %%  %d of %d  %.0f/s  p50 %.1f ms  %d failed",
		strings.Repeat("█", full), strings.Repeat("░", width-full), 100*done/total, done, total,
		per(float64(done), time.Since(m.began).Seconds()), float64(m.latencies.ValueAtQuantile(50))/1000, failed)
}
