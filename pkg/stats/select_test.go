package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The orders and distributions that are bad for one way of selecting or
// another. Each gives the i-th of n integers.
var orders = map[string]func(r *rand.Rand, i, n int) int64{
	"random":        func(r *rand.Rand, i, n int) int64 { return int64(r.Uint64()) },
	"small":         func(r *rand.Rand, i, n int) int64 { return r.Int64N(1000) - 500 },
	"sorted":        func(r *rand.Rand, i, n int) int64 { return int64(i) },
	"reversed":      func(r *rand.Rand, i, n int) int64 { return int64(n - i) },
	"equal":         func(r *rand.Rand, i, n int) int64 { return -7 },
	"few distinct":  func(r *rand.Rand, i, n int) int64 { return r.Int64N(4) << 60 },
	"organ pipe":    func(r *rand.Rand, i, n int) int64 { return int64(min(i, n-i)) },
	"saw":           func(r *rand.Rand, i, n int) int64 { return int64(i % 17) },
	"median of 3":   func(r *rand.Rand, i, n int) int64 { return medianOf3Killer(i, n) },
	"ends of int64": func(r *rand.Rand, i, n int) int64 { return []int64{math.MinInt64, math.MaxInt64}[r.IntN(2)] },
	"cluster": func(r *rand.Rand, i, n int) int64 {
		return []int64{r.Int64N(1 << 20), math.MaxInt64 - int64(i)}[i%100/99]
	},
	"powers":           func(r *rand.Rand, i, n int) int64 { return 1 << r.IntN(63) },
	"negative powers":  func(r *rand.Rand, i, n int) int64 { return -1 << r.IntN(64) },
	"crowded at steps": crowded,
}

// medianOf3Killer is the sequence of D. R. Musser, "Introspective Sorting and
// Selection Algorithms", Software: Practice and Experience 27 (1997).
func medianOf3Killer(i, n int) int64 {
	k := n / 2
	switch {
	case i >= k:
		return int64(2 * (i - k + 1))
	case i%2 == 0:
		return int64(i + 1)
	}
	return int64(k + i)
}

// crowded gives every scale its share of the integers, so that the bin of the
// least keeps many of them in pass after pass.
func crowded(r *rand.Rand, i, n int) int64 {
	return r.Int64N(1<<8) << (8 * (r.IntN(7)))
}

func TestSelectRanks(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 0))
	for name, order := range orders {
		for _, n := range []int{1, 2, 10, maxSorted, maxSorted + 1, 200, 1000, 30000, minSampled + 1} {
			ints := make([]int64, n)
			for i := range ints {
				ints[i] = order(r, i, n)
			}
			ranks := []int{0, n / 10, n / 4, (n - 1) / 2, n / 2, 3 * n / 4, n - 1}
			ranks = slices.Compact(ranks)
			checkRanks(t, name, ints, ranks)
		}
	}
}

func checkRanks(t *testing.T, name string, ints []int64, ranks []int) {
	t.Helper()
	before := slices.Clone(ints)
	w := borrow()
	defer w.giveBack()
	low, high := bounds(ints)
	got, ties := w.selectRanks(ints, ranks, low, high)
	if !slices.Equal(ints, before) {
		t.Fatalf("%s, %d integers: the list has changed", name, len(ints))
	}
	sorted := slices.Sorted(slices.Values(ints))
	for i, rank := range ranks {
		if got[i] != sorted[rank] {
			t.Fatalf("%s, %d integers: %d at rank %d, want %d", name, len(ints), got[i], rank, sorted[rank])
		}
		if first, _ := slices.BinarySearch(sorted, got[i]); ties[i] != rank-first {
			t.Fatalf("%s, %d integers: %d before rank %d, want %d", name, len(ints), ties[i], rank, rank-first)
		}
	}
}

// TestPasses bounds the passes over every kind of list, which bounds the work:
// a pass looks at each integer at most once.
func TestPasses(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 0))
	deepest := 0
	for name, order := range orders {
		for _, n := range []int{maxSorted + 1, 300, 30000, minSampled} {
			ints := make([]int64, n)
			for i := range ints {
				ints[i] = order(r, i, n)
			}
			for _, rank := range []int{0, n / 20, n / 4, n / 2, n - 1} {
				s := selection{ranks: []int{rank}, found: make([]int64, 1), ties: make([]int, 1)}
				low, high := bounds(ints)
				in := scope{low, high, true}
				if n >= minSampled {
					in = s.likely(new(work).draw(ints), n, low, high)
				}
				passes := s.narrow(ints, nil, in, new(work))
				if passes > maxPasses {
					t.Errorf("%s: %d passes over %d integers", name, passes, n)
				}
				deepest = max(deepest, passes)
			}
		}
	}
	if deepest < 5 {
		t.Errorf("no more than %d passes: the lists are too easy to tell", deepest)
	}
}

// TestWrongSample: where the ranks are not where a sample says, they are found all
// the same, in one pass more.
func TestWrongSample(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 0))
	for name, order := range orders {
		ints := make([]int64, 30000)
		for i := range ints {
			ints[i] = order(r, i, len(ints))
		}
		sorted := slices.Sorted(slices.Values(ints))
		ranks := []int{1000, 15000, 29000}
		for _, in := range []scope{
			{low: sorted[0], high: sorted[0]}, {low: sorted[29999], high: sorted[29999]},
			{low: sorted[1100], high: sorted[28900]}, {low: sorted[14000], high: sorted[16000]},
		} {
			s := selection{ranks: ranks, found: make([]int64, 3), ties: make([]int, 3)}
			if passes := s.narrow(ints, nil, in, new(work)); passes > maxPasses {
				t.Errorf("%s in %+v: %d passes", name, in, passes)
			}
			for i, rank := range ranks {
				if s.found[i] != sorted[rank] {
					t.Errorf("%s in %+v: %d at rank %d, want %d", name, in, s.found[i], rank, sorted[rank])
				}
			}
		}
	}
}

func TestSelectAnyRanks(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		bits := rapid.IntRange(0, 63).Draw(rt, "bits")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
		ints := make([]int64, rapid.IntRange(1, 2000).Draw(rt, "n"))
		for i := range ints {
			ints[i] = int64(r.Uint64()>>bits>>r.IntN(2)) - int64(r.Uint64()>>bits)
		}
		var ranks []int
		for rank := range ints {
			if r.IntN(len(ints)) < 5 {
				ranks = append(ranks, rank)
			}
		}
		checkRanks(t, "any", ints, ranks)
	})
}
