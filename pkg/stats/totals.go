package stats

import (
	"math"
	"math/bits"
)

// Totals are what one pass over integers finds.
type totals struct {
	count     int
	low, high int64
	sum       sum128
	squares   sum192
}

// totals looks at the numbers of a list of ints.
func (l *List) totals() totals {
	if l.max <= math.MaxUint32 && len(l.ints) <= math.MaxInt32 {
		return shortTotals(l.ints)
	}
	t := totals{count: len(l.ints), low: l.ints[0], high: l.ints[0]}
	for _, v := range l.ints {
		t.low, t.high = min(t.low, v), max(t.high, v)
		t.sum.add(v)
		t.squares.addSquare(magnitude(v))
	}
	return t
}

// shortTotals is totals for fewer than 2^31 integers whose squares fit 64 bits.
func shortTotals(ints []int64) totals {
	low, high := ints[0], ints[0]
	var sum int64
	var mid, lo uint64
	for _, v := range ints {
		low, high = min(low, v), max(high, v)
		sum += v
		var carry uint64
		lo, carry = bits.Add64(lo, uint64(v)*uint64(v), 0)
		mid += carry
	}
	return totals{len(ints), low, high, sum128{uint64(sum >> 63), uint64(sum)}, sum192{0, mid, lo}}
}

// moments returns the sums, of numbers in units of 10^scale.
func (t totals) moments(scale int) *moments {
	return &moments{t.count, decimal{t.sum.big(), scale}, t.squares.big()}
}

// small returns the sums in words, or none where they take more room.
func (t totals) small(scale int) smallMoments {
	if int64(t.sum.hi) != int64(t.sum.lo)>>63 || t.squares.hi > 0 || t.squares.mid >= 1<<(maxLongBits-64) || t.count > math.MaxInt32 {
		return smallMoments{}
	}
	return smallMoments{uint64(t.count), int64(t.sum.lo), ulong{t.squares.mid, t.squares.lo}, scale}
}
