package stats

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestCenter: it has what Summarize has, whatever the order and the size.
func TestCenter(t *testing.T) {
	r := rand.New(rand.NewPCG(23, 0))
	for name, order := range orders {
		for _, n := range []int{1, 2, 3, maxNetwork, maxSorted + 1, 1000, 2 * minSampled} {
			ints := make([]int64, n)
			for i := range ints {
				ints[i] = order(r, i, n)
			}
			before := slices.Clone(ints)
			got, all := Center(ints), Summarize(listOf(ints), Options{})
			want := Summary{Count: n, Sum: all.Sum, Min: all.Min, Max: all.Max, Mean: all.Mean, Median: all.Median}
			if got.Count != want.Count || !sameFigures(got, want) {
				t.Fatalf("%s, %d integers: %+v, want %+v", name, n, got, want)
			}
			if !slices.Equal(ints, before) {
				t.Fatalf("%s, %d integers: they have changed", name, n)
			}
		}
	}
}

func sameFigures(a, b Summary) bool {
	others := b.figures()
	for f, figure := range a.figures() {
		if *figure != *others[f] {
			return false
		}
	}
	return a.Quantiles == nil && b.Quantiles == nil && a.Method == b.Method
}

// TestCenterGuess: many random integers take one pass, and where a sample deceives
// or says nothing the middle is left to others.
func TestCenterGuess(t *testing.T) {
	const n = 8 * minSampled
	places := make([]int64, n)
	for i := range places {
		places[i] = int64(i)
	}
	drawn := new(work).draw(places)
	r := rand.New(rand.NewPCG(24, 0))
	for _, test := range []struct {
		name   string
		number func() int64
		ok     bool
	}{
		{"random", func() int64 { return int64(r.Uint64()) }, true},
		{"greater than the sample", func() int64 { return 1<<62 + r.Int64N(1<<61) }, false},
		{"less than the sample", func() int64 { return -1<<62 - r.Int64N(1<<61) }, false},
		{"crowded in the middle", func() int64 { return r.Int64N(1000) }, false},
		{"equal", nil, false},
	} {
		ints := make([]int64, n)
		if test.number != nil {
			for i := range ints {
				ints[i] = test.number()
			}
			for _, i := range drawn {
				ints[i] = int64(r.Uint64())
			}
		}
		if _, ok := new(work).center(ints, []int{n/2 - 1, n / 2}); ok != test.ok {
			t.Errorf("%s: found is %t", test.name, ok)
		}
		l := listOf(ints)
		if got, want := Center(ints), Summarize(l, Options{}); got.Median != want.Median || got.Sum != want.Sum {
			t.Errorf("%s: %+v, want %+v", test.name, got, want)
		}
	}
}

func TestCenterOfNone(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	Center(nil)
}
