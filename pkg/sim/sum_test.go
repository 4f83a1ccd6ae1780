package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// sum is what many schedules came to.
type sum struct {
	Schedules, Requests, Faults, Calls int
	Virtual                            time.Duration
	Kinds                              map[string]int // faults, by kind
	Broken                             map[string]int // broken promises, by promise
	Failures                           []failure
}

// failure is a schedule that broke a promise.
type failure struct {
	Replay string // the command that repeats it
	Wrong  []string
}

// add counts a schedule.
func (s *sum) add(p plan, v verdict) {
	s.merge(sum{Schedules: 1, Requests: v.requests, Faults: v.faults, Calls: v.calls, Virtual: v.lasted, Kinds: v.kinds})
	if len(v.wrong) == 0 {
		return
	}
	f := failure{Replay: p.command()}
	for _, x := range v.wrong {
		s.Broken[x.promise]++
		f.Wrong = append(f.Wrong, x.promise+": "+x.what)
	}
	s.Failures = append(s.Failures, f)
}

// merge adds what other schedules came to.
func (s *sum) merge(o sum) {
	if s.Kinds == nil {
		s.Kinds, s.Broken = map[string]int{}, map[string]int{}
	}
	s.Schedules, s.Requests, s.Faults = s.Schedules+o.Schedules, s.Requests+o.Requests, s.Faults+o.Faults
	s.Calls, s.Virtual = s.Calls+o.Calls, s.Virtual+o.Virtual
	for k, n := range o.Kinds {
		s.Kinds[k] += n
	}
	for k, n := range o.Broken {
		s.Broken[k] += n
	}
	s.Failures = append(s.Failures, o.Failures...)
}

// kindsText lists the kinds of faults, the most frequent first.
func (s *sum) kindsText() string {
	names := sorted(s.Kinds)
	slices.SortStableFunc(names, func(a, b string) int { return s.Kinds[b] - s.Kinds[a] })
	var text []string
	for _, name := range names {
		text = append(text, fmt.Sprintf("%s %d", name, s.Kinds[name]))
	}
	return fmt.Sprintf("%d kinds of faults: %s", len(names), strings.Join(text, ", "))
}

// String is the last line of a run.
func (s *sum) String() string {
	text := fmt.Sprintf("schedules=%d requests=%d faults=%d", s.Schedules, s.Requests, s.Faults)
	for _, promise := range promises {
		text += fmt.Sprintf(" %s=%d", promise, s.Broken[promise])
	}
	return text
}
