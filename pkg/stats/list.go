package stats

import (
	"math"
	"math/bits"
	"slices"
)

// A List is one or more exact decimals, with the text they were written in.
// It is safe for concurrent use as long as nobody parses into it.
type List struct {
	text []byte

	// The numbers are ints[i]×10^scale or, where no common scale lets all of
	// them fit, longs[i]×10^scale or, where that does not do either, wide[i].
	// The slices of the other forms are empty.
	form  form
	ints  []int64
	longs []long
	wide  []Number
	scale int
	max   uint64 // largest magnitude in ints
	most  ulong  // largest magnitude in longs
}

// A form is one of the ways in which a list holds its numbers.
type form int

const (
	inInts form = iota
	inLongs
	inWide
)

// reset empties the list and keeps its memory.
func (l *List) reset() {
	clear(l.wide)
	l.text, l.ints, l.longs, l.wide = l.text[:0], l.ints[:0], l.longs[:0], l.wide[:0]
	l.form, l.scale, l.max, l.most = inInts, 0, 0, ulong{}
}

// Len returns how many numbers the list has.
func (l *List) Len() int {
	return len(l.ints) + len(l.longs) + len(l.wide)
}

// At returns the number at index i, from 0.
func (l *List) At(i int) Number {
	switch l.form {
	case inWide:
		return l.wide[i]
	case inLongs:
		return numberOfLong(l.longs[i], l.scale)
	}
	return numberOf(l.ints[i], l.scale)
}

// Text returns the numbers exactly as they were written, joined by commas.
// The caller must not change it.
func (l *List) Text() []byte { return l.text }

// add appends the literal. It returns what is wrong with a literal beyond the
// limits.
func (l *List) add(lit *literal) (reason string) {
	if size, exp, ok := lit.plain(); ok && l.addSize(size, exp, lit.neg) {
		return ""
	}
	n, reason := lit.number()
	if reason != "" {
		return reason
	}
	l.addNumber(n)
	return ""
}

// plain returns the magnitude of a literal of few digits, surely within the
// limits, as size×10^exp.
func (lit *literal) plain() (size ulong, exp int, ok bool) {
	digits := len(lit.whole) + len(lit.frac)
	if digits > maxLongDigits || len(lit.power) > MaxPowerDigits {
		return ulong{}, 0, false
	}
	exp = lit.exponent()
	if exp < -MaxExponent+maxLongDigits || exp > MaxExponent-maxLongDigits {
		return ulong{}, 0, false
	}
	size.lo = lit.coef
	if digits > maxRun {
		size = atoul(lit.whole, lit.frac)
	}
	return size, exp - len(lit.frac), true
}

// addNumber appends n to ints or longs if it fits, otherwise to wide.
func (l *List) addNumber(n Number) {
	if len(n.digits) <= maxLongDigits && l.addSize(atoul(n.digits, ""), n.low(), n.neg) {
		return
	}
	l.widen()
	l.wide = append(l.wide, n)
}

// addSize appends ±size×10^exp to ints or longs. It reports false, and adds
// nothing, where that does not fit.
func (l *List) addSize(size ulong, exp int, neg bool) bool {
	switch l.form {
	case inWide:
		return false
	case inInts:
		if size.hi == 0 && size.lo <= math.MaxInt64 && l.addInt(longOf(size, neg).int64(), exp) {
			return true
		}
		if !l.fitsLongs(size, exp) {
			return false
		}
		l.lengthen()
	}
	return l.addLong(size, exp, neg)
}

// fitsLongs reports whether size×10^exp and the ints, which it does not fit in
// with, have a common scale as longs.
func (l *List) fitsLongs(size ulong, exp int) bool {
	if size.isZero() || l.max == 0 {
		return true
	}
	scale := min(exp, l.scale)
	_, ok := size.timesTen(exp - scale)
	_, others := ulong{0, l.max}.timesTen(l.scale - scale)
	return ok && others
}

// addInt appends coef×10^exp to ints, rescaling them if need be. It reports
// false, and changes nothing, where that does not fit.
func (l *List) addInt(coef int64, exp int) bool {
	if coef == 0 {
		l.ints = append(l.ints, 0)
		return true
	}
	if l.max == 0 {
		l.scale = exp
	}
	if exp < l.scale && !l.rescale(exp) {
		return false
	}
	size, ok := timesTen(magnitude(coef), exp-l.scale)
	if !ok {
		return false
	}
	l.max = max(l.max, size)
	if coef < 0 {
		l.ints = append(l.ints, -int64(size))
	} else {
		l.ints = append(l.ints, int64(size))
	}
	return true
}

// rescale lowers the common scale. A list sees it at most 18 times.
func (l *List) rescale(scale int) bool {
	size, ok := timesTen(l.max, l.scale-scale)
	if !ok {
		return false
	}
	factor := int64(powers[l.scale-scale])
	for i := range l.ints {
		l.ints[i] *= factor
	}
	l.max, l.scale = size, scale
	return true
}

// addLong is addInt for longs.
func (l *List) addLong(size ulong, exp int, neg bool) bool {
	if size.isZero() {
		l.longs = append(l.longs, long{})
		return true
	}
	if l.most.isZero() {
		l.scale = exp
	}
	if exp < l.scale && !l.rescaleLongs(exp) {
		return false
	}
	size, ok := size.timesTen(exp - l.scale)
	if !ok {
		return false
	}
	l.most = l.most.longer(size)
	l.longs = append(l.longs, longOf(size, neg))
	return true
}

// rescaleLongs is rescale for longs. A list sees it at most 37 times.
func (l *List) rescaleLongs(scale int) bool {
	gap := l.scale - scale
	most, ok := l.most.timesTen(gap)
	if !ok {
		return false
	}
	for step := 0; gap > 0; gap -= step {
		step = min(gap, len(powers)-1)
		for i := range l.longs {
			l.longs[i] = l.longs[i].times(powers[step])
		}
	}
	l.most, l.scale = most, scale
	return true
}

// lengthen moves the numbers from ints to longs.
func (l *List) lengthen() {
	l.form = inLongs
	l.longs = slices.Grow(l.longs, cap(l.ints))
	for _, v := range l.ints {
		l.longs = append(l.longs, long{v >> 63, uint64(v)})
	}
	l.most, l.ints, l.max = ulong{0, l.max}, l.ints[:0], 0
}

// widen moves the numbers to wide.
func (l *List) widen() {
	if l.form == inWide {
		return
	}
	l.wide = slices.Grow(l.wide, max(cap(l.ints), cap(l.longs)))
	for i := range l.Len() {
		l.wide = append(l.wide, l.At(i))
	}
	l.form, l.ints, l.longs = inWide, l.ints[:0], l.longs[:0]
}

// ranked returns the numbers that sorting the list, which is not of ints, would
// put at the given indexes. Ranks ascend.
func (l *List) ranked(ranks []int) []decimal {
	numbers := make([]decimal, len(ranks))
	switch l.form {
	case inWide:
		sorted := slices.Clone(l.wide)
		slices.SortFunc(sorted, Number.Cmp)
		for i, rank := range ranks {
			numbers[i] = sorted[rank].decimal()
		}
	case inLongs:
		for i, v := range selectLongs(l.longs, l.most.bitLen(), ranks) {
			numbers[i] = decimal{v.big(), l.scale}
		}
	}
	return numbers
}

// powers[k] is 10^k.
var powers = [19]uint64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
	1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
}

// timesTen returns v×10^k if that fits an int64.
func timesTen(v uint64, k int) (uint64, bool) {
	if k >= len(powers) {
		return 0, false
	}
	hi, lo := bits.Mul64(v, powers[k])
	return lo, hi == 0 && lo <= math.MaxInt64
}
