package stats

import (
	"math"
	"math/big"
	"math/bits"
	"slices"
)

// A List is one or more exact decimals, with the text they were written in.
// It does not change once it is parsed and is safe for concurrent use.
type List struct {
	text []byte

	// Either ints and scale hold the numbers, as ints[i]×10^scale, or, where
	// no common scale lets all of them fit, wide does.
	ints  []int64
	scale int
	max   uint64 // largest magnitude in ints
	wide  []Number
}

// Len returns how many numbers the list has.
func (l *List) Len() int {
	if l.wide != nil {
		return len(l.wide)
	}
	return len(l.ints)
}

// At returns the number at index i, from 0.
func (l *List) At(i int) Number {
	if l.wide != nil {
		return l.wide[i]
	}
	return numberOf(l.ints[i], l.scale)
}

// Text returns the numbers exactly as they were written, joined by commas.
// The caller must not change it.
func (l *List) Text() []byte { return l.text }

// add appends the literal. It returns what is wrong with a literal beyond the
// limits.
func (l *List) add(lit *literal) (reason string) {
	if coef, exp, ok := lit.small(); ok && l.addInt(coef, exp) {
		return ""
	}
	n, reason := lit.number()
	if reason != "" {
		return reason
	}
	l.addNumber(n)
	return ""
}

// maxSmallDigits is how many digits fit an int64, whatever they are.
const maxSmallDigits = 18

// small returns a literal of few digits, surely within the limits, as
// coef×10^exp.
func (lit *literal) small() (coef int64, exp int, ok bool) {
	if len(lit.whole)+len(lit.frac) > maxSmallDigits || len(lit.power) > MaxPowerDigits {
		return 0, 0, false
	}
	exp = lit.exponent()
	if exp < -MaxExponent+maxSmallDigits || exp > MaxExponent-maxSmallDigits {
		return 0, 0, false
	}
	coef = int64(lit.coef)
	if lit.neg {
		coef = -coef
	}
	return coef, exp - len(lit.frac), true
}

// addNumber appends n to ints if it fits, otherwise to wide.
func (l *List) addNumber(n Number) {
	if len(n.digits) <= maxSmallDigits {
		coef := int64(atou(n.digits))
		if n.neg {
			coef = -coef
		}
		if l.addInt(coef, n.low()) {
			return
		}
	}
	l.widen()
	l.wide = append(l.wide, n)
}

// addInt appends coef×10^exp to ints, rescaling them if need be. It reports
// false, and changes nothing, where that does not fit.
func (l *List) addInt(coef int64, exp int) bool {
	if l.wide != nil {
		return false
	}
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

// widen moves the numbers from ints to wide.
func (l *List) widen() {
	if l.wide != nil {
		return
	}
	l.wide = make([]Number, len(l.ints), max(cap(l.ints), 1))
	for i, v := range l.ints {
		l.wide[i] = numberOf(v, l.scale)
	}
	l.ints = nil
}

// ranked returns the numbers that sorting the list would put at the given
// indexes, which ascend.
func (l *List) ranked(ranks []int) []decimal {
	numbers := make([]decimal, len(ranks))
	if l.wide == nil {
		for i, v := range selectRanks(l.ints, ranks) {
			numbers[i] = decimal{big.NewInt(v), l.scale}
		}
		return numbers
	}
	wide := slices.Clone(l.wide)
	slices.SortFunc(wide, Number.Cmp)
	for i, rank := range ranks {
		numbers[i] = wide[rank].decimal()
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
