package stats

import (
	"math"
	"math/bits"
)

// The last bits of the doubles that shortest takes stand for 2^leastUnit to
// 2^greatestUnit. Times 5 as often as it needs, their 54 bits fit 128.
const (
	leastUnit    = -71
	greatestUnit = -1
)

// fives[k] is 5^k.
var fives = func() (fives [23]uint64) {
	fives[0] = 1
	for k := range fives[1:] {
		fives[k+1] = 5 * fives[k]
	}
	return fives
}()

// shortest returns the shortest decimal coef×10^-places that reads back as f, which
// is positive; among those of one length it is the nearest to f, and of two equally
// near the even one. It reports false for an f that is not of the usual size, or has
// a nearer neighbour below than above.
//
// No decimal is shorter than the one whose unit is ten times the greatest power of ten
// that is not above the distance of two neighbours, if the interval that is read as f
// has one, and otherwise than those whose unit is that power (R. Giulietti, "The
// Schubfach way to render doubles", 2020). Times ten to their places, f and the ends of
// the interval are fractions over a power of two, whose numerators are exact here.
func shortest(f float64) (coef uint64, places int, ok bool) {
	const mantissa = 52
	word := math.Float64bits(f)
	unit := int(word>>mantissa) - (1023 + mantissa)
	m := word&(1<<mantissa-1) | 1<<mantissa
	if unit < leastUnit || unit > greatestUnit || m == 1<<mantissa {
		return 0, 0, false
	}
	places = (-unit*78913 + 1<<18 - 1) >> 18 // ⌈−unit×log10(2)⌉
	half := fives[places%len(fives)]         // half the distance, in units of 2^-drop
	hi, lo := bits.Mul64(2*m, half)
	drop := uint(1-unit-places) % 64
	odd := m & 1 // so the ends themselves are read as its neighbours
	below, borrow := bits.Sub64(lo, half+1-odd, 0)
	above, carry := bits.Add64(lo, half-odd, 0)
	least := ((hi-borrow)<<(64-drop) | below>>drop) + 1
	most := (hi+carry)<<(64-drop) | above>>drop
	if tens := most / 10 * 10; tens >= least {
		return tens, places, true
	}
	odd = lo >> drop & 1
	lo, carry = bits.Add64(lo, 1<<(drop-1)-1+odd, 0) // a tie goes to the even one
	coef = (hi+carry)<<(64-drop) | lo>>drop
	return min(max(coef, least), most), places, true
}
