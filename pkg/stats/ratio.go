package stats

import "math/big"

// exactDigits is how many significant digits a figure that is rounded at all
// may have without being rounded.
const exactDigits = 34

// A ratio is num/den × 10^exp; den is positive.
type ratio struct {
	num, den *big.Int
	exp      int
}

// append appends the figure of the ratio: exact if it is a finite decimal of few
// digits, otherwise rounded.
func (r ratio) append(b []byte) []byte {
	if d, ok := r.decimal(); ok {
		if digits, exp := d.digits(); len(digits) <= exactDigits {
			return appendLayout(b, d.coef.Sign() < 0, digits, exp)
		}
	}
	size := ratio{new(big.Int).Abs(r.num), r.den, r.exp}
	return size.surd(false).append(b, r.num.Sign() < 0)
}

// figure returns what append appends.
func (r ratio) figure() Figure { return Figure(r.append(nil)) }

// root returns what appendRoot appends.
func (r ratio) root() Figure { return Figure(r.appendRoot(nil)) }

// appendRoot appends the square root of a ratio that is not negative and whose
// exp is even, under the rule of append.
func (r ratio) appendRoot(b []byte) []byte {
	r = r.reduced()
	num, exactNum := squareRoot(r.num)
	den, exactDen := squareRoot(r.den)
	if exactNum && exactDen {
		return ratio{num, den, r.exp / 2}.append(b)
	}
	return r.surd(true).append(b, false)
}

// reduced returns the ratio with num and den divided by what they share.
func (r ratio) reduced() ratio {
	g := new(big.Int).Abs(r.num)
	g.GCD(nil, nil, g, r.den)
	return ratio{new(big.Int).Quo(r.num, g), new(big.Int).Quo(r.den, g), r.exp}
}

// decimal returns the ratio as a decimal. It reports false for a ratio that is
// no finite decimal, which is one whose reduced denominator has a prime factor
// other than 2 and 5.
func (r ratio) decimal() (decimal, bool) {
	r = r.reduced()
	twos := int(r.den.TrailingZeroBits())
	rest, fives := withoutFives(new(big.Int).Rsh(r.den, uint(twos)))
	if !rest.IsInt64() || rest.Int64() != 1 {
		return decimal{}, false
	}
	places := max(twos, fives)
	coef := new(big.Int).Lsh(r.num, uint(places-twos))
	coef.Mul(coef, power(5, places-fives))
	return decimal{coef, r.exp - places}, true
}

// withoutFives divides x, which is positive, by 5 as often as that goes.
func withoutFives(x *big.Int) (rest *big.Int, fives int) {
	five, mod := big.NewInt(5), new(big.Int)
	for {
		quo, _ := new(big.Int).QuoRem(x, five, mod)
		if mod.Sign() != 0 {
			return x, fives
		}
		x = quo
		fives++
	}
}

// surd returns the value of a ratio that is not negative, or its square root.
func (r ratio) surd(root bool) surd {
	if r.exp < 0 {
		return surd{r.num, new(big.Int).Mul(r.den, tenTo(-r.exp)), root}
	}
	return surd{new(big.Int).Mul(r.num, tenTo(r.exp)), r.den, root}
}

// squareRoot returns ⌊√x⌋ and whether that is √x.
func squareRoot(x *big.Int) (root *big.Int, exact bool) {
	root = new(big.Int).Sqrt(x)
	return root, new(big.Int).Mul(root, root).Cmp(x) == 0
}

// tenTo returns 10^k.
func tenTo(k int) *big.Int {
	if k < len(powers) {
		return new(big.Int).SetUint64(powers[k])
	}
	return power(10, k)
}

// power returns base^k.
func power(base int64, k int) *big.Int {
	return new(big.Int).Exp(big.NewInt(base), big.NewInt(int64(k)), nil)
}
