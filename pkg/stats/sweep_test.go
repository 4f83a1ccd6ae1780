package stats

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSweep: one pass finds what two do, in lists of every order.
func TestSweep(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 0))
	swept := 0
	for name, order := range orders {
		for _, n := range []int{minSampled, 4*minSampled + 1} {
			ints := make([]int64, n)
			for i := range ints {
				ints[i] = order(r, i, n)
			}
			sorted := slices.Sorted(slices.Values(ints))
			for _, ranks := range [][]int{
				{(n - 1) / 2}, {n / 4, n/4 + 1, n / 2, 3 * n / 4}, {1, n / 2}, {n / 2, n - 2}, {n / 10, 2 * n / 10, 3 * n / 10, 4 * n / 10},
			} {
				if checkSweep(t, name, ints, sorted, ranks) {
					swept++
				}
			}
		}
	}
	if swept < len(orders)*3 {
		t.Errorf("only %d lists were swept", swept)
	}
}

// checkSweep reports whether a sweep paid.
func checkSweep(t *testing.T, name string, ints, sorted []int64, ranks []int) bool {
	t.Helper()
	before, l := slices.Clone(ints), listOf(ints)
	w := new(work)
	found, ok := w.sweep(l, ranks)
	if !slices.Equal(ints, before) {
		t.Fatalf("%s: the list has changed", name)
	}
	if !ok {
		return false
	}
	var want totals
	if want.take(l); w.totals != want {
		t.Fatalf("%s: totals %+v, want %+v", name, w.totals, want)
	}
	for i, rank := range ranks {
		if found[i] != sorted[rank] {
			t.Fatalf("%s, %d integers: %d at rank %d, want %d", name, len(ints), found[i], rank, sorted[rank])
		}
	}
	return true
}

// listOf returns a list that has ints.
func listOf(ints []int64) *List {
	l := &List{ints: ints}
	for _, v := range ints {
		l.max = max(l.max, magnitude(v))
	}
	return l
}

// TestSweepDeceived: where a sample says what the list is not, a sweep still finds
// the ranks: where they are not in the scope, where they are not in the bins that
// were likely, and where these have far more integers than the sample said.
func TestSweepDeceived(t *testing.T) {
	const n = 8 * minSampled
	places := make([]int64, n)
	for i := range places {
		places[i] = int64(i)
	}
	drawn := new(work).draw(places) // the places that a sample is drawn from
	r := rand.New(rand.NewPCG(22, 0))
	wide := func() int64 { return int64(r.Uint64()) }
	for name, other := range map[string]func() int64{
		"beyond the scope":    func() int64 { return math.MaxInt64 - r.Int64N(1000) },
		"below the scope":     func() int64 { return math.MinInt64 + r.Int64N(1000) },
		"in another bin":      func() int64 { return 1<<59 + r.Int64N(1<<58) },
		"all in a likely bin": func() int64 { return r.Int64N(1 << 40) },
	} {
		ints := make([]int64, n)
		for i := range ints {
			ints[i] = other()
		}
		for _, i := range drawn {
			ints[i] = wide()
		}
		if !checkSweep(t, name, ints, slices.Sorted(slices.Values(ints)), []int{n / 4, n / 2, 3 * n / 4}) {
			t.Errorf("%s: not swept", name)
		}
	}
}

// TestSweepCrowds: where a sample has but few integers, and the list others beside
// them, a sweep does not take these for the same.
func TestSweepCrowds(t *testing.T) {
	const n = 8 * minSampled
	places := make([]int64, n)
	for i := range places {
		places[i] = int64(i)
	}
	drawn := new(work).draw(places)
	for _, other := range []int64{0, 1} {
		r := rand.New(rand.NewPCG(25, 0))
		ints := make([]int64, n)
		for i := range ints {
			ints[i] = r.Int64N(5)<<60 + other
		}
		for _, i := range drawn {
			ints[i] &^= 1
		}
		l, ranks := listOf(ints), []int{n / 4, n / 2, 3 * n / 4}
		if _, swept := new(work).sweep(l, ranks); swept != (other == 0) {
			t.Errorf("swept is %t although %d is beside every integer of the sample", swept, other)
		}
		sorted := slices.Sorted(slices.Values(ints))
		w := new(work)
		for i, v := range w.between(l, ranks) {
			if v != sorted[ranks[i]] {
				t.Errorf("%d at rank %d, want %d", v, ranks[i], sorted[ranks[i]])
			}
		}
		var want totals
		if want.take(l); w.totals != want {
			t.Errorf("totals %+v, want %+v", w.totals, want)
		}
	}
}

// TestNetworks sorts every list of zeros and ones, which shows that a network sorts
// everything (D. E. Knuth, "The Art of Computer Programming", volume 3, section
// 5.3.4, theorem Z).
func TestNetworks(t *testing.T) {
	w := new(work)
	for n := range maxNetwork + 1 {
		for word := range 1 << n {
			ints, ones := make([]int64, n), bits.OnesCount(uint(word))
			for i := range ints {
				ints[i] = int64(word >> i & 1)
			}
			if got := w.sorted(ints); !slices.Equal(got, append(make([]int64, n-ones), slices.Repeat([]int64{1}, ones)...)) {
				t.Fatalf("%0*b gives %v", n, word, got)
			}
		}
	}
}
