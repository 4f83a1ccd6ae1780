package stats

import (
	"math"
	"math/bits"
)

// Totals are what one pass over integers finds. Low and high begin as one of them.
type totals struct {
	count     int
	low, high int64
	sum       sum128
	squares   sum192
}

// take makes t the totals of a list of ints.
func (t *totals) take(l *List) {
	*t = totals{low: l.ints[0], high: l.ints[0]}
	t.add(l.ints, l.short())
}

// short reports whether the list has fewer than 2^31 ints, whose squares fit 64 bits.
func (l *List) short() bool {
	return l.max <= math.MaxUint32 && len(l.ints) <= math.MaxInt32
}

// add adds integers of a list, which may be short.
func (t *totals) add(ints []int64, short bool) {
	t.count += len(ints)
	if short {
		t.addShort(ints)
		return
	}
	low, high, sum, squares := t.low, t.high, t.sum, t.squares
	for _, v := range ints {
		low, high = min(low, v), max(high, v)
		var carry uint64
		sum.lo, carry = bits.Add64(sum.lo, uint64(v), 0)
		sum.hi, _ = bits.Add64(sum.hi, uint64(v>>63), carry)
		m := magnitude(v)
		hi, lo := bits.Mul64(m, m)
		squares.lo, carry = bits.Add64(squares.lo, lo, 0)
		squares.mid, carry = bits.Add64(squares.mid, hi, carry)
		squares.hi, _ = bits.Add64(squares.hi, 0, carry)
	}
	t.low, t.high, t.sum, t.squares = low, high, sum, squares
}

// addAll adds integers, but not their squares.
func (t *totals) addAll(ints []int64) {
	if t.count == 0 {
		t.low, t.high = ints[0], ints[0]
	}
	t.count += len(ints)
	low, high, sum := t.low, t.high, t.sum
	for _, v := range ints {
		low, high = min(low, v), max(high, v)
		var carry uint64
		sum.lo, carry = bits.Add64(sum.lo, uint64(v), 0)
		sum.hi, _ = bits.Add64(sum.hi, uint64(v>>63), carry)
	}
	t.low, t.high, t.sum = low, high, sum
}

func (t *totals) addShort(ints []int64) {
	low, high := t.low, t.high
	var sum int64
	var mid, lo uint64
	for _, v := range ints {
		low, high = min(low, v), max(high, v)
		sum += v
		var carry uint64
		lo, carry = bits.Add64(lo, uint64(v)*uint64(v), 0)
		mid, _ = bits.Add64(mid, 0, carry)
	}
	t.low, t.high = low, high
	t.sum.add(sum)
	t.squares.addLong(ulong{mid, lo})
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
	return smallMoments{count: uint64(t.count), sum: int64(t.sum.lo), squares: ulong{t.squares.mid, t.squares.lo}, scale: scale}
}
