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

// addAll adds integers, of which there are fewer than 2^31, but not their squares. It
// adds up their halves, which needs no carry, and takes four at a time, so that few
// comparisons wait for the ones before.
func (t *totals) addAll(ints []int64) {
	if t.count == 0 {
		t.low, t.high = ints[0], ints[0]
	}
	t.count += len(ints)
	low, high, upper, lower := t.low, t.high, int64(0), int64(0)
	for ; len(ints) >= 4; ints = ints[4:] {
		a, b, c, d := ints[0], ints[1], ints[2], ints[3]
		low = min(low, min(min(a, b), min(c, d)))
		high = max(high, max(max(a, b), max(c, d)))
		upper += (a>>32 + b>>32) + (c>>32 + d>>32)
		lower += int64(uint32(a)) + int64(uint32(b)) + int64(uint32(c)) + int64(uint32(d))
	}
	for _, v := range ints {
		low, high = min(low, v), max(high, v)
		upper, lower = upper+v>>32, lower+int64(uint32(v))
	}
	t.low, t.high = low, high
	t.sum.add(lower)
	t.sum.addWords(upper>>32, uint64(upper)<<32)
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
