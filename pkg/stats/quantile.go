package stats

import "math/big"

var (
	firstQuarter = Number{digits: "25", exp: -1}
	thirdQuarter = Number{digits: "75", exp: -1}
)

// A rule is one method in the form of Hyndman and Fan: the quantile of p lies
// at h = ((a·n + b)·p + c) / a, counting the sorted numbers from 1. With
// j = ⌊h⌋ and g = h − j it is (1−γ)·x[j] + γ·x[j+1], where x[0] is x[1] and
// x[n+1] is x[n]. Their np+m is this h.
type rule struct {
	a, b, c int64
	weight  weight
}

// A weight is how γ follows from g and j.
type weight int

const (
	linear   weight = iota // γ = g
	stepUp                 // γ = 0 where g = 0, otherwise 1
	stepMean               // γ = 1/2 where g = 0, otherwise 1
	stepEven               // γ = 0 where g = 0 and j is even, otherwise 1
)

var rules = map[Method]rule{
	R1: {1, 0, 0, stepUp},
	R2: {1, 0, 0, stepMean},
	R3: {2, 0, -1, stepEven}, // m = −1/2
	R4: {1, 0, 0, linear},    // m = 0
	R5: {2, 0, 1, linear},    // m = 1/2
	R6: {1, 1, 0, linear},    // m = p
	R7: {1, -1, 1, linear},   // m = 1 − p
	R8: {3, 1, 1, linear},    // m = (p + 1)/3
	R9: {8, 2, 3, linear},    // m = p/4 + 3/8
}

// A sample is a sorted list and the rule that its quantiles follow.
type sample struct {
	*List
	rule rule
}

// median returns the middle number or the mean of the two middle numbers.
func (x sample) median() Figure {
	n := x.Len()
	lo, hi, exp := x.pair((n+1)/2, n/2+1)
	return decimal{lo.Add(lo, hi).Mul(lo, big.NewInt(5)), exp - 1}.figure()
}

// quantiles returns the quantile of each distinct p, in their order.
func (x sample) quantiles(ps []Number) []Quantile {
	var qs []Quantile
	seen := make(map[Number]bool, len(ps))
	for _, p := range ps {
		if !seen[p] {
			seen[p] = true
			qs = append(qs, Quantile{p.Figure(), x.quantile(p)})
		}
	}
	return qs
}

// quantile returns the quantile of p, which is from 0 to 1.
func (x sample) quantile(p Number) Figure {
	j, gamma := x.rule.position(p, x.Len())
	lo, hi, exp := x.pair(j, j+1)
	unit := tenTo(-gamma.exp)
	unit.Mul(unit, gamma.den)
	value := hi.Sub(hi, lo)
	value.Mul(value, gamma.num)
	value.Add(value, lo.Mul(lo, unit))
	r := ratio{value, gamma.den, exp + gamma.exp}
	if x.rule.a == 3 {
		return r.figure()
	}
	d, _ := r.decimal()
	return d.figure()
}

// position returns j and γ for the quantile of p among n numbers. The exponent
// of γ is not positive.
func (r rule) position(p Number, n int) (j int, gamma ratio) {
	d := p.decimal()
	if d.exp > 0 {
		d = decimal{d.coef.Mul(d.coef, tenTo(d.exp)), 0}
	}
	unit := tenTo(-d.exp)
	h := d.coef.Mul(d.coef, big.NewInt(r.a*int64(n)+r.b))
	h.Add(h, new(big.Int).Mul(unit, big.NewInt(r.c)))
	a := big.NewInt(r.a)
	whole, g := h.DivMod(h, unit.Mul(unit, a), new(big.Int))
	j = int(whole.Int64())
	if r.weight == linear {
		return j, ratio{g, a, d.exp}
	}
	return j, ratio{big.NewInt(r.weight.halves(j, g.Sign() == 0)), big.NewInt(2), 0}
}

// halves returns 2γ for a weight that is not linear.
func (w weight) halves(j int, onStep bool) int64 {
	switch {
	case onStep && w == stepUp, onStep && w == stepEven && j%2 == 0:
		return 0
	case onStep && w == stepMean:
		return 1
	}
	return 2
}

// pair returns the i-th and j-th number, counted from 1, as integers in units
// of 10^exp. Positions off either end mean the number at that end.
func (x sample) pair(i, j int) (a, b *big.Int, exp int) {
	return align(x.nth(i), x.nth(j))
}

func (x sample) nth(i int) decimal {
	i = min(max(i, 1), x.Len()) - 1
	if x.wide != nil {
		return x.wide[i].decimal()
	}
	return decimal{big.NewInt(x.ints[i]), x.scale}
}

// align brings two decimals to the lower of their exponents.
func align(d, e decimal) (a, b *big.Int, exp int) {
	exp = min(d.exp, e.exp)
	a = new(big.Int).Mul(d.coef, tenTo(d.exp-exp))
	b = new(big.Int).Mul(e.coef, tenTo(e.exp-exp))
	return a, b, exp
}
