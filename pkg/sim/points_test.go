package sim

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// place is a call that there was, or a moment at which a queue was at the mercy of
// chance, and what could befall it.
type place struct {
	point   string
	kinds   []string
	entries int // of a batch call
}

// arrive notes a call, where faults are forced.
func (w *world) arrive(c *call) {
	if w.plan.forced == nil {
		return
	}
	p := place{point: c.point, entries: c.entries()}
	for _, k := range kinds {
		if k.fits(c) {
			p.kinds = append(p.kinds, k.name)
		}
	}
	w.reach(p)
}

func (w *world) reach(p place) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.places = append(w.places, p)
}

// renews says whether a call is about the visibility of messages.
func (p place) renews() bool { return strings.Contains(p.point, "ChangeMessageVisibility") }

// single is a schedule of one request in which nothing goes wrong.
func single() plan { return plan{seed: 1, requests: 1, forced: map[string]string{}} }

// forcing is p with one more fault.
func (p plan) forcing(point, kind string) plan {
	p.forced = maps.Clone(p.forced)
	p.forced[point] = kind
	return p
}

// everyPoint has every fault at every call that a single request takes.
func everyPoint() iter.Seq[unit] {
	return func(yield func(unit) bool) {
		for _, kind := range everyKind() {
			if !*points || !yield(func(t *testing.T, s *sum) { atEveryPlace(t, s, kind) }) {
				return
			}
		}
	}
}

// everyPair has every fault at every call that a single request takes and then
// every fault at every later call, those that the first one caused among them.
func everyPair() iter.Seq[unit] {
	return func(yield func(unit) bool) {
		for _, kind := range everyKind() {
			for n := range mostPlaces {
				u := func(t *testing.T, s *sum) { afterPlace(t, s, n, kind) }
				if !*pairs || !yield(u) {
					return
				}
			}
		}
	}
}

// mostPlaces is more than the calls that a single request takes.
const mostPlaces = 80

// base is what happens to a single request when nothing goes wrong.
func base(t *testing.T) []place {
	v := run(t, single())
	if len(v.places) > mostPlaces {
		t.Fatalf("a single request takes %d calls; %d are expected at most", len(v.places), mostPlaces)
	}
	return v.places
}

// everyKind are the names of all faults that befall a call, a queue or a message.
func everyKind() []string {
	names := slices.Clone(chances)
	for _, k := range kinds {
		names = append(names, k.name)
	}
	return names
}

func atEveryPlace(t *testing.T, s *sum, kind string) {
	for _, at := range base(t) {
		if slices.Contains(at.kinds, kind) {
			one(t, s, single().forcing(at.point, kind))
		}
	}
}

// afterPlace has a fault at the n-th call of a single request and, in one schedule
// each, every fault at every later call.
func afterPlace(t *testing.T, s *sum, n int, kind string) {
	places := base(t)
	if n >= len(places) || !slices.Contains(places[n].kinds, kind) {
		return
	}
	p := single().forcing(places[n].point, kind)
	later := run(t, p).places[n+1:]
	for _, at := range later {
		for _, second := range at.kinds {
			one(t, s, p.forcing(at.point, second))
		}
	}
}

// everyMask has every subset of a batch of ten fail, for each of the batch calls.
func everyMask() iter.Seq[unit] {
	const parts = 16
	return func(yield func(unit) bool) {
		for _, trouble := range []trouble{none, slow} {
			for part := range parts {
				u := func(t *testing.T, s *sum) { masksOf(t, s, trouble, part, parts) }
				if !*masks || !yield(u) {
					return
				}
			}
		}
	}
}

// crowd is a schedule of fourteen requests at once: four that are on their way
// slowly, and ten that share a message of SNS meanwhile, and what comes after.
func crowd(t trouble) plan {
	p := plan{seed: 1, requests: 14, crowd: true, trouble: t, forced: map[string]string{}}
	for n := range 4 {
		p.forced[fmt.Sprintf("client-1.1 PublishBatch %d", n+1)] = "slow-request"
	}
	return p
}

func masksOf(t *testing.T, s *sum, trouble trouble, part, parts int) {
	p := crowd(trouble)
	full := run(t, p).places
	for _, at := range full {
		if at.entries != batchLimit || trouble == slow && !at.renews() {
			continue
		}
		for mask := 1 + part; mask < 1<<batchLimit; mask += parts {
			q := p.forcing(at.point, "partial")
			q.masks = map[string]int{at.point: mask}
			one(t, s, q)
		}
	}
}

// batchLimit is the most entries of a batch call.
const batchLimit = 10

// TestEveryPoint: every fault at every call that a single request takes, one at a
// time.
func TestEveryPoint(t *testing.T) {
	var s sum
	for _, kind := range everyKind() {
		atEveryPlace(t, &s, kind)
	}
	for _, f := range s.Failures {
		t.Errorf("%s\n%v", f.Replay, f.Wrong)
	}
	t.Log(&s)
}

// soon is when the callers of a crowd ask, one after the other.
func soon(i int) time.Duration { return time.Second + time.Duration(i)*time.Millisecond }
