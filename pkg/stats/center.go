package stats

import (
	"math/bits"
	"slices"
)

// Center returns the minimum, maximum, sum, mean and median of integers, of which
// there is one at least, and leaves the other figures of the summary empty. It is for
// programs that have many integers and want no more: it takes about half as long as
// [Summarize], no list, and a sixth of their memory at most, whatever their order. It
// panics where there are none.
func Center(ints []int64) Summary {
	if len(ints) == 0 {
		panic("stats: center: " + ErrEmpty.Error())
	}
	w := borrow()
	defer w.giveBack()
	ranks := slices.Compact([]int{(len(ints) - 1) / 2, len(ints) / 2})
	middle, ok := w.center(ints, ranks)
	if !ok {
		w.totals = totals{}
		for block := range slices.Chunk(ints, sweepBlock) {
			w.totals.addAll(block)
		}
		middle, _ = w.selectRanks(ints, ranks, w.totals.low, w.totals.high)
	}
	x := sample{count: len(middle), ints: middle, max: 1 << 63}
	m := moments{len(ints), decimal{w.totals.sum.big(), 0}, nil}
	figure := func(b []byte) Figure { return Figure(b) }
	return Summary{
		Count: len(ints), Sum: m.sum.figure(), Mean: m.mean().figure(),
		Min: figure(appendInt(nil, w.totals.low, 0)), Max: figure(appendInt(nil, w.totals.high, 0)),
		Median: figure(x.appendMedian(nil)),
	}
}

// center is addAll, and returns the integers at the ranks, which are neighbours, in
// one pass over many integers: those between which a sample says that they are, are
// gathered, and those below counted. It reports false where a sample is of no use.
func (w *work) center(ints []int64, ranks []int) (middle []int64, ok bool) {
	if len(ints) < minSampled || len(ints) > maxDealt {
		return nil, false
	}
	sample := w.draw(ints)
	from, to := near(sample, ranks[0], len(ints))
	low, high := sample[from], sample[to]
	if low == high {
		return nil, false
	}
	half := 5*(to-from)*(len(ints)/len(sample))/4 + 2*sweepBlock
	w.ints = slices.Grow(w.ints[:0], half)
	room := w.ints[:half]
	w.totals = totals{}
	below, n := 0, 0
	for block := range slices.Chunk(ints, sweepBlock) {
		if n+len(block) > half { // the integers crowd together there
			return nil, false
		}
		w.totals.addAll(block)
		less, more := gatherBetween(room[n:], block, low, high)
		below, n = below+less, n+more
	}
	if ranks[0] < below || ranks[len(ranks)-1] >= below+n {
		return nil, false
	}
	s := w.selection(ranks)
	s.base = below
	s.narrow(room[:n], nil, scope{low, high, true}, w)
	return s.found, true
}

// gatherBetween copies the integers from low to high to dst, which has room for all,
// and returns how many are below them and how many there are, without a branch that
// could be foretold wrongly.
func gatherBetween(dst, ints []int64, low, high int64) (below, n int) {
	sign := sign
	less, kept, least, size := uint64(0), uint64(0), uint64(low)^sign, uint64(high)-uint64(low)+1
	for _, v := range ints {
		gap, lower := bits.Sub64(uint64(v)^sign, least, 0)
		less, _ = bits.Add64(less, 0, lower)
		dst[kept] = v
		_, within := bits.Sub64(gap, size, 0)
		kept, _ = bits.Add64(kept, 0, within)
	}
	return int(less), int(kept)
}
