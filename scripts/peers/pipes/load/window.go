package main

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/statline/statline/scripts/peers/pipes/tally"
)

// window is the time that counts, and what was answered in it.
type window struct {
	begin, end time.Time

	mu        sync.Mutex
	latencies []time.Duration
	first     error // the first failure of all
}

func newWindow(warm, counts time.Duration) *window {
	begin := time.Now().Add(warm)
	return &window{begin: begin, end: begin.Add(counts)}
}

// announce writes a line when the window begins and one when it ends.
func (w *window) announce() error {
	for _, at := range []time.Time{w.begin, w.end} {
		time.Sleep(time.Until(at))
		if _, err := fmt.Println(tally.Mark); err != nil {
			return err
		}
	}
	return nil
}

// note notes what became of a request.
func (w *window) note(due time.Time, err error) {
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case err != nil && w.first == nil:
		w.first = err
	case err == nil && !now.Before(w.begin) && now.Before(w.end):
		w.latencies = append(w.latencies, now.Sub(due))
	}
}

// failed is the first failure.
func (w *window) failed() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.first
}

func (w *window) figures() tally.Load {
	w.mu.Lock()
	defer w.mu.Unlock()
	slices.Sort(w.latencies)
	n := len(w.latencies)
	at := func(p float64) float64 {
		if n == 0 {
			return 0
		}
		return float64(w.latencies[int(p*float64(n-1)+0.5)].Microseconds()) / 1000
	}
	return tally.Load{Answered: n, Seconds: w.end.Sub(w.begin).Seconds(), P50: at(0.5), P99: at(0.99)}
}
