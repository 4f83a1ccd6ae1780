package main

import (
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// measure is what became of the requests of a load so far. Its size does not
// depend on how many there were. It is safe for concurrent use.
type measure struct {
	mu        sync.Mutex
	began     time.Time
	ended     time.Time               // when the last request did
	latencies *hdrhistogram.Histogram // of those answered, in microseconds
	failures  map[string]int          // by kind
	first     error                   // the first failure
}

// newMeasure begins a measure. It holds latencies from a microsecond to an hour,
// each as one that differs by less than a thousandth.
func newMeasure() *measure {
	now := time.Now()
	return &measure{began: now, ended: now, latencies: hdrhistogram.New(1, time.Hour.Microseconds(), 3), failures: map[string]int{}}
}

// note adds a request that has ended after that long, with a [*failure] or without.
func (m *measure) note(took time.Duration, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ended = time.Now()
	if err == nil {
		m.latencies.RecordValue(min(max(took.Microseconds(), 1), time.Hour.Microseconds())) // always in range
		return
	}
	kind := "failed"
	if f, ok := err.(*failure); ok {
		kind = f.kind
	}
	m.failures[kind]++
	if m.first == nil {
		m.first = err
	}
}

// failed is how many requests have failed.
func (m *measure) failed() (n int) {
	for _, of := range m.failures {
		n += of
	}
	return n
}

// bin is how many answers took from From up to To milliseconds.
type bin struct {
	From  float64 `json:"from"`
	To    float64 `json:"to"`
	Count int     `json:"count"`
}

// steps are the edges of the bins within a power of ten.
var steps = []float64{1, 1.5, 2, 3, 5, 7}

// bins are the latencies in bins that follow on each other, from the first that
// is not empty to the last. A latency up to a thousandth above an edge may be in
// the bin below it.
func (m *measure) bins() []bin {
	all := []bin{}
	filled := 0
	for _, b := range m.latencies.Distribution() {
		if b.Count == 0 {
			continue
		}
		for len(all) == 0 || float64(b.From)/1000 >= all[len(all)-1].To {
			all = append(all, nextBin(len(all)))
		}
		all[len(all)-1].Count += int(b.Count)
		if filled == 0 {
			filled = len(all)
		}
	}
	return all[max(filled-1, 0):]
}

// nextBin is the bin after n others; the first begins at a microsecond.
func nextBin(n int) bin {
	edge := func(n int) float64 {
		power := 1.0
		for range n / len(steps) {
			power *= 10
		}
		return steps[n%len(steps)] * power / 1000
	}
	return bin{From: edge(n), To: edge(n + 1)}
}
