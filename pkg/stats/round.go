package stats

import (
	"math"
	"math/big"
)

// A surd is p/q, or √(p/q) if root is set; p is not negative, q is positive.
// It is only ever looked at through floor, from which every rounding follows.
type surd struct {
	p, q *big.Int
	root bool
}

// log2 returns the value's binary logarithm, to within 1.
func (v surd) log2() int {
	n := v.p.BitLen() - v.q.BitLen()
	if v.root {
		n >>= 1
	}
	return n
}

// floor returns ⌊v × base^k⌋ and whether nothing was cut off.
func (v surd) floor(base int64, k int) (t *big.Int, exact bool) {
	if v.root {
		k *= 2
	}
	p, q := v.p, v.q
	if k >= 0 {
		p = new(big.Int).Mul(p, power(base, k))
	} else {
		q = new(big.Int).Mul(q, power(base, -k))
	}
	t, rest := new(big.Int).QuoRem(p, q, new(big.Int))
	exact = rest.Sign() == 0
	if !v.root {
		return t, exact
	}
	t, square := squareRoot(t)
	return t, exact && square
}

// append appends the nearest float64, or 17 digits where that is no use.
func (v surd) append(b []byte, neg bool) []byte {
	f := v.float()
	if f != 0 && !math.IsInf(f, 0) {
		return appendShortest(b, neg, f)
	}
	d := v.digits17()
	if neg {
		d.coef.Neg(d.coef)
	}
	return d.append(b)
}

// float returns the float64 nearest to v, with ties to even: 0 for a v below
// half the least one, +Inf for a v that rounds beyond the greatest.
func (v surd) float() float64 {
	k := 66 - v.log2()
	t, exact := v.floor(2, k)
	drop := t.BitLen() - 64
	top := new(big.Int).Rsh(t, uint(drop)).Uint64()
	if !exact || int(t.TrailingZeroBits()) < drop {
		top |= 1 // all that was cut off, which is below half of any last bit
	}
	return nearest(top, drop-k)
}

// nearest returns the float64 nearest to top×2^exp, with ties to even. The
// highest bit of top is set.
func nearest(top uint64, exp int) float64 {
	if -900 < exp && exp < 900 { // so a conversion rounds, and a product does not
		return float64(top) * math.Float64frombits(uint64(exp+1023)<<52)
	}
	const (
		mantissa = 53    // bits of a normal float64
		least    = -1074 // exponent of the last bit of a subnormal one
	)
	drop := max(64-mantissa, least-exp)
	if drop > 64 {
		return 0
	}
	kept, rest := top>>drop, top<<(64-drop)
	const half = 1 << 63
	if rest > half || rest == half && kept&1 == 1 {
		kept++
	}
	return math.Ldexp(float64(kept), exp+drop)
}

// digits17 returns v rounded half to even to 17 significant digits.
func (v surd) digits17() decimal {
	const digits = 17
	k := digits + 2 - int(math.Floor(float64(v.log2())*math.Log10(2)))
	t, exact := v.floor(10, k)
	drop := len(t.Text(10)) - digits
	unit := tenTo(drop)
	kept, rest := new(big.Int).QuoRem(t, unit, new(big.Int))
	c := rest.Lsh(rest, 1).Cmp(unit)
	if c > 0 || c == 0 && (!exact || kept.Bit(0) == 1) {
		kept.Add(kept, big.NewInt(1))
	}
	return decimal{kept, drop - k}
}
