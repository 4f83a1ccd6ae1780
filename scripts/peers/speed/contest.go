package main

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"syscall"
	"time"

	"github.com/statline/statline/pkg/stats"
)

// A work is one kind of work on one kind of list, done by this module and by
// its peers.
type work struct {
	name          string
	kind          kind
	size          int // numbers of a list, or where it is 0 text of 256 KiB
	lists, rounds int // lists in a round
	ours          func(input) error
	allocations   bool          // whether to count ours
	garbage       bool          // whether there may be some
	limit         time.Duration // what ours may take, 0 for no limit
	peers         []peer
}

// A peer does the work here or in Python.
type peer struct {
	name   string
	target float64 // how many times more it is to take, 0 for no target
	run    func(input) error
	python *python
	asked  string // the function of speed.py that does it there
}

// An input is a list as each contestant takes it.
type input struct {
	text []byte
	ints []int64     // where the kind has them
	list *stats.List // where the work begins with it
}

// compete has ours and the peers do the work in turn and adds their rows to t.
func (w work) compete(t *table) error {
	least := make([]time.Duration, 1+len(w.peers))
	for round := range w.rounds + 1 {
		inputs, err := w.inputs(round)
		if err != nil {
			return err
		}
		for i := range least {
			who := (i + round) % len(least)
			took, err := w.turn(who, inputs, round)
			if err != nil {
				return err
			}
			// What happens once, such as compiling a decoder, is in round 0.
			if round == 1 || round > 1 && took < least[who] {
				least[who] = took
			}
		}
	}
	for i, p := range w.peers {
		t.ratio(w.name, least[0], p, least[1+i])
	}
	if w.limit > 0 {
		t.limit(w.name, least[0], w.limit)
	}
	if w.allocations {
		return w.countAllocations(t)
	}
	return nil
}

// turn returns what one list takes contestant who: 0 is this module.
func (w work) turn(who int, inputs []input, round int) (time.Duration, error) {
	if who == 0 {
		return timed(inputs, w.ours)
	}
	p := w.peers[who-1]
	if p.python != nil {
		return p.python.time(p.asked, w, round)
	}
	took, err := timed(inputs, p.run)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", p.name, err)
	}
	return took, nil
}

// inputs returns the lists of a round.
func (w work) inputs(round int) ([]input, error) {
	r := rand.New(rand.NewPCG(uint64(round), uint64(w.size)))
	inputs := make([]input, w.lists)
	for i := range inputs {
		inputs[i] = w.kind.list(r, w.size)
		if !w.kind.parsed {
			continue
		}
		l, _, err := stats.ParseJSON(inputs[i].text)
		if err != nil {
			return nil, err
		}
		inputs[i].list, inputs[i].text = l, nil
	}
	return inputs, nil
}

// timed returns the CPU time that run takes for an input, on average.
func timed(inputs []input, run func(input) error) (time.Duration, error) {
	runtime.GC()
	start, err := cpuTime()
	if err != nil {
		return 0, err
	}
	for _, in := range inputs {
		if err := run(in); err != nil {
			return 0, err
		}
	}
	end, err := cpuTime()
	return (end - start) / time.Duration(len(inputs)), err
}

// cpuTime returns what this process has used of the processors.
func cpuTime() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, fmt.Errorf("read the CPU time: %w", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}

// countAllocations adds to t what ours allocates for one list that is not its first.
func (w work) countAllocations(t *table) error {
	inputs, err := w.inputs(w.rounds + 1)
	if err != nil {
		return err
	}
	if err := w.ours(inputs[0]); err != nil {
		return err
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, in := range inputs {
		if err := w.ours(in); err != nil {
			return err
		}
	}
	runtime.ReadMemStats(&after)
	n := uint64(len(inputs))
	t.allocations(w.name, (after.TotalAlloc-before.TotalAlloc)/n, (after.Mallocs-before.Mallocs)/n, w.garbage)
	return nil
}
