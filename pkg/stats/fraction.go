package stats

import (
	"math"
	"math/bits"
)

// A fraction is ±num/den × 10^exp in words, as the figures of most lists are:
// exp is not positive, den is. Its methods do what those of a ratio do, and
// report false where that takes more room than they have.
type fraction struct {
	num ulong
	den uint64
	exp int
	neg bool
}

// append appends the fraction under the rule of [ratio.append].
func (f fraction) append(b []byte) ([]byte, bool) {
	if f.num.isZero() {
		return append(b, '0'), true
	}
	rest, twos, fives := withoutTensFactors(f.den)
	if f.num.mod(rest) != 0 { // it is no finite decimal
		den, ok := timesTen(f.den, -f.exp)
		if !ok {
			return b, false
		}
		return appendShortest(b, f.neg, f.num.over(den)), true
	}
	coef := f.num.quo(rest)
	places := max(twos, fives)
	coef, ok := coef.times(1 << (places - twos))
	for range places - fives {
		if ok {
			coef, ok = coef.times(5)
		}
	}
	if !ok || coef.hi != 0 {
		return b, false
	}
	return appendWord(b, coef.lo, f.exp-places, f.neg), true
}

// withoutTensFactors divides d, which is positive, by 2 and by 5 as often as
// that goes.
func withoutTensFactors(d uint64) (rest uint64, twos, fives int) {
	twos = bits.TrailingZeros64(d)
	for d >>= twos; d%5 == 0; d /= 5 {
		fives++
	}
	return d, twos, fives
}

// appendRoot appends the square root of a fraction that is not negative and
// whose exp is even, under the rule of [ratio.append].
func (f fraction) appendRoot(b []byte) ([]byte, bool) {
	product, ok := f.num.times(f.den)
	if !ok {
		return b, false
	}
	// √(num/den) is √(num×den)/den, and rational only if that root is.
	if r, ok := product.exactRoot(); ok {
		return fraction{num: ulong{0, r}, den: f.den, exp: f.exp / 2}.append(b)
	}
	den, ok := timesTen(f.den, -f.exp)
	if !ok {
		return b, false
	}
	return appendShortest(b, false, f.num.rootOver(den)), true
}

// mod returns u modulo d.
func (u ulong) mod(d uint64) uint64 {
	return bits.Rem64(u.hi, u.lo, d)
}

// quo returns ⌊u/d⌋.
func (u ulong) quo(d uint64) ulong {
	hi, rest := u.hi/d, u.hi%d
	lo, _ := bits.Div64(rest, u.lo, d)
	return ulong{hi, lo}
}

// shift returns u×2^k; k may be negative, and what is shifted out is lost.
func (u ulong) shift(k int) ulong {
	switch {
	case k <= -64:
		return ulong{0, u.hi >> (-k - 64)}
	case k < 0:
		return ulong{u.hi >> -k, u.lo>>-k | u.hi<<(64+k)}
	case k < 64:
		return ulong{u.hi<<k | u.lo>>(64-k), u.lo << k}
	}
	return ulong{u.lo << (k - 64), 0}
}

// over returns the float64 nearest to u/d, with ties to even. Neither is zero.
func (u ulong) over(d uint64) float64 {
	up, down := 127-u.bitLen(), bits.LeadingZeros64(d)
	n := u.shift(up) // below 2^127, so that its high word is below d×2^down
	top, rest := bits.Div64(n.hi, n.lo, d<<down)
	exp := down - up
	if top>>63 == 0 {
		top <<= 1
		exp--
		if rest >= d<<down-rest {
			top |= 1
		}
	}
	if rest != 0 {
		top |= 1
	}
	return nearest(top, exp)
}

// rootOver returns the float64 nearest to √(u/d), with ties to even. Neither
// is zero.
func (u ulong) rootOver(d uint64) float64 {
	up, down := 127-u.bitLen(), bits.LeadingZeros64(d)
	up -= (down - up) & 1 // which makes the exponent of the quotient even
	n := u.shift(up)
	hi, rest := bits.Div64(n.hi, n.lo, d<<down)
	lo, rest := bits.Div64(rest, 0, d<<down)
	quotient := ulong{hi, lo} // u/d is quotient×2^(down−up−64), cut off
	root := quotient.sqrt()
	drop := bits.LeadingZeros64(root)
	top := root << drop
	if rest != 0 || square(root) != quotient {
		top |= 1
	}
	return nearest(top, (down-up-64)/2-drop)
}

// sqrt returns ⌊√u⌋: the root of the nearest float64, made better by one step
// of Newton's method and then right.
func (u ulong) sqrt() uint64 {
	if u.isZero() {
		return 0
	}
	const word = 1 << 64
	f := math.Sqrt(float64(u.hi)*word + float64(u.lo))
	root := uint64(math.MaxUint64)
	if f < word {
		root = uint64(f)
	}
	rest := u.sub(square(root)) // as a long, since f may be too much
	step := (float64(int64(rest.hi))*word + float64(rest.lo)) / (2 * f)
	if next := root + uint64(int64(step)); step < 0 || next >= root {
		root = next
	}
	for square(root).greater(u) {
		root--
	}
	for root < math.MaxUint64 && !square(root+1).greater(u) {
		root++
	}
	return root
}

// exactRoot returns √u if that is an integer. A square ends in one of twelve digits
// to the base of 64.
func (u ulong) exactRoot() (uint64, bool) {
	const last = 1<<0 | 1<<1 | 1<<4 | 1<<9 | 1<<16 | 1<<17 | 1<<25 | 1<<33 | 1<<36 | 1<<41 | 1<<49 | 1<<57
	if last>>(u.lo%64)&1 == 0 {
		return 0, false
	}
	r := u.sqrt()
	return r, square(r) == u
}

func square(v uint64) ulong {
	hi, lo := bits.Mul64(v, v)
	return ulong{hi, lo}
}
