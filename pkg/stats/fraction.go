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
	if rest > 1 && f.num.mod(rest) != 0 { // it is no finite decimal
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
	if u.hi == 0 {
		return u.lo % d
	}
	return bits.Rem64(u.hi, u.lo, d)
}

// quo returns ⌊u/d⌋.
func (u ulong) quo(d uint64) ulong {
	if u.hi == 0 {
		return ulong{0, u.lo / d}
	}
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
	up, down := 126-u.bitLen(), bits.LeadingZeros64(d)
	n := u.shift(up)
	q, rest := bits.Div64(n.hi, n.lo, d<<down)
	return scaled(q|min(rest, 1), down-up)
}

// rootOver returns the float64 nearest to √(u/d). Neither is zero, and the root is
// irrational, so there are no ties.
//
// The root of the quotient's high word, as a float64, is the right one or next to it,
// which the squares of the middles between it and its neighbours tell.
func (u ulong) rootOver(d uint64) float64 {
	up, down := 126-u.bitLen(), bits.LeadingZeros64(d)
	up -= (down - up) & 1 // which makes the exponent of the quotient even
	n := u.shift(up)
	hi, rest := bits.Div64(n.hi, n.lo, d<<down)
	lo, _ := bits.Div64(rest, 0, d<<down)
	more := bits.LeadingZeros64(hi) &^ 1
	hi, lo = hi<<more|lo>>(64-more), lo<<more // u/d is hi:lo×2^(down−up−64−more), cut off

	root := int64(math.Sqrt(float64(hi)) * (1 << 21)) // of 53 bits; its square is that of hi:lo>>22
	over := int64(hi<<44|lo>>20) - 4*root*root        // by how much hi:lo>>20 exceeds (2×root)², modulo 2^64
	above, below := uint64(4*root-over)>>63, uint64(over+4*root-1)>>63
	return scaled(uint64(root)+above-below, (down-up-64-more)/2+11)
}

// scaled returns the float64 nearest to v×2^exp, with ties to even, for a v below 2^63
// and an exp of few digits.
func scaled(v uint64, exp int) float64 {
	return float64(int64(v)) * math.Float64frombits(uint64(1023+exp)<<52)
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

// exactRoot returns √u if that is an integer.
func (u ulong) exactRoot() (uint64, bool) {
	const few = 1 << 36 // below few×2^64 the root of the nearest float64 is off by less than a half
	r := uint64(0)
	if u.hi < few {
		r = uint64(int64(math.Sqrt(float64(u.hi)*(1<<64)+float64(u.lo)) + 0.5))
	} else {
		r = u.sqrt()
	}
	return r, square(r) == u
}

func square(v uint64) ulong {
	hi, lo := bits.Mul64(v, v)
	return ulong{hi, lo}
}
