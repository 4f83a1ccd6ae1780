package sim

import (
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// unit is a part of the work that one process does: some schedules.
type unit func(t *testing.T, s *sum)

// work is what the flags ask for.
func work() iter.Seq2[int, unit] {
	return func(yield func(int, unit) bool) {
		n := 0
		for _, units := range []iter.Seq[unit]{replayed(), seeds(), twice(), everyPoint(), everyPair(), everyMask()} {
			for u := range units {
				if !yield(n, u) {
					return
				}
				n++
			}
		}
	}
}

// longest is far longer than any schedule takes, in real time.
const longest = 2 * time.Minute

// one runs a schedule and counts it.
func one(t *testing.T, s *sum, p plan) verdict {
	tell(report{Begin: p.command()})
	defer time.AfterFunc(longest, func() { panic("laboratory: the schedule does not end") }).Stop()
	v := run(t, p)
	s.add(p, v)
	return v
}

// seeds are the schedules of --schedules.
func seeds() iter.Seq[unit] {
	return func(yield func(unit) bool) {
		for i := range *schedules {
			p := plan{seed: *firstSeed + uint64(i), requests: *requests}
			if !yield(func(t *testing.T, s *sum) { one(t, s, p) }) {
				return
			}
		}
	}
}

// twice are the seeds of --same, each run on one processor and on several.
func twice() iter.Seq[unit] {
	return func(yield func(unit) bool) {
		for i := range *same {
			p := plan{seed: *firstSeed + uint64(i), requests: *requests}
			if !yield(func(t *testing.T, s *sum) { compare(t, s, p) }) {
				return
			}
		}
	}
}

func compare(t *testing.T, s *sum, p plan) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var traces [2][]string
	for i, procs := range []int{1, max(2, runtime.NumCPU())} {
		runtime.GOMAXPROCS(procs)
		p.log = func(line string) { traces[i] = append(traces[i], line) }
		one(t, s, p)
	}
	if i := difference(traces[0], traces[1]); i >= 0 {
		s.Broken[changed]++
		s.Failures = append(s.Failures, failure{p.command(), []string{fmt.Sprintf(
			"changed: the same seed is not the same run, from event %d on:\n%q\n%q", i, traces[0][max(0, i-6):i+1], traces[1][i:i+1])}})
	}
}

// difference is the index of the first text in which a and b differ, -1 where they
// are the same.
func difference(a, b []string) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	if len(a) != len(b) {
		return min(len(a), len(b)) - 1
	}
	return -1
}

// replayed is the schedule of --replay.
func replayed() iter.Seq[unit] {
	return func(yield func(unit) bool) {
		if *replay == 0 {
			return
		}
		yield(func(t *testing.T, s *sum) {
			p, err := replayPlan()
			if err != nil {
				t.Fatal(err)
			}
			if *shrink {
				p = smallest(t, p)
				tell(report{Text: "smallest: " + p.command()})
			}
			p.log = func(line string) { tell(report{Text: line}) }
			s.add(p, run(t, p))
		})
	}
}

// replayPlan is the plan that the flags describe.
func replayPlan() (plan, error) {
	p := plan{seed: *replay, requests: *requests}
	if *faults != "" {
		p.only = map[string]bool{}
		for id := range strings.SplitSeq(*faults, ",") {
			p.only[id] = true
		}
	}
	for _, f := range *force {
		point, kind, ok := strings.Cut(f, "=")
		if !ok || !slices.Contains(everyKind(), kind) {
			return plan{}, fmt.Errorf("--force %q: write POINT=KIND", f)
		}
		if p.forced == nil {
			p.forced = map[string]string{}
		}
		p.forced[point] = kind
	}
	for _, m := range *mask {
		point, bits, _ := strings.Cut(m, "=")
		n, err := strconv.Atoi(bits)
		if err != nil {
			return plan{}, fmt.Errorf("--mask %q: write POINT=BITS", m)
		}
		if p.masks == nil {
			p.masks = map[string]int{}
		}
		p.masks[point] = n
	}
	return p, nil
}
