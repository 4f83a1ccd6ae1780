package stats

import (
	"math"
	"math/big"
	"slices"
	"strconv"
)

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

// A place is where the quantile of p lies: γ of the way from the j-th to the
// (j+1)-th number, counted from 1. The exponent of γ is not positive.
type place struct {
	p       Number
	j       int
	gamma   ratio
	rounded bool // whether a quantile of many digits is rounded

	share   smallPlace // instead of γ, where isSmall is set
	isSmall bool
}

// placesOf returns the places of both quartiles and of each distinct p among
// n numbers, in their order.
func placesOf(r rule, n int, ps []Number) []place {
	places := make([]place, 0, 2+len(ps))
	places = append(places, r.place(firstQuarter, n), r.place(thirdQuarter, n))
	if len(ps) == 0 {
		return places
	}
	seen := make(map[Number]bool, len(ps))
	for _, p := range ps {
		if !seen[p] {
			seen[p] = true
			places = append(places, r.place(p, n))
		}
	}
	return places
}

// A sample holds those numbers of a list that its figures need.
type sample struct {
	count   int
	ranks   []int     // ascending, from 0
	numbers []decimal // of these ranks, unless the list is of ints
	ints    []int64   // of these ranks, if so,
	scale   int       // in units of 10^scale,
	max     uint64    // and the greatest magnitude in the list
}

// newSample finds the least and the greatest number, those in the middle and
// those at the places.
func newSample(l *List, places []place) sample {
	x := sample{count: l.Len()}
	x.ranks = make([]int, 0, 4+2*len(places))
	x.ranks = append(x.ranks, 0, (x.count-1)/2, x.count/2, x.count-1)
	for _, at := range places {
		x.ranks = append(x.ranks, x.rank(at.j), x.rank(at.j+1))
	}
	slices.Sort(x.ranks)
	x.ranks = slices.Compact(x.ranks)
	if l.Len() > len(l.ints) {
		x.numbers = l.ranked(x.ranks)
		return x
	}
	x.ints, _ = selectRanks(l.ints, x.ranks)
	x.scale, x.max = l.scale, l.max
	return x
}

// rank returns the rank of the i-th number, counted from 1. Positions off
// either end mean the number at that end.
func (x *sample) rank(i int) int {
	return min(max(i, 1), x.count) - 1
}

// at returns the index in ranks of the i-th number.
func (x *sample) at(i int) int {
	k, found := slices.BinarySearch(x.ranks, x.rank(i))
	if !found {
		panic("stats: rank " + strconv.Itoa(x.rank(i)) + " was not asked for")
	}
	return k
}

// nth returns the i-th number, counted from 1, or the one at that end.
func (x *sample) nth(i int) decimal {
	if x.ints != nil {
		return decimal{big.NewInt(x.ints[x.at(i)]), x.scale}
	}
	return x.numbers[x.at(i)]
}

// smallPair returns the i-th and the j-th number, if all are below 2^31.
func (x *sample) smallPair(i, j int) (a, b int64, ok bool) {
	if x.ints == nil || x.max > math.MaxInt32 {
		return 0, 0, false
	}
	return x.ints[x.at(i)], x.ints[x.at(j)], true
}

// figure returns the figure of the i-th number.
func (x *sample) figure(i int) Figure {
	if x.ints != nil {
		return smallFigure(x.ints[x.at(i)], x.scale)
	}
	return x.nth(i).figure()
}

// pair returns the i-th and j-th number as integers in units of 10^exp.
func (x *sample) pair(i, j int) (a, b *big.Int, exp int) {
	return align(x.nth(i), x.nth(j))
}

// median returns the middle number or the mean of the two middle numbers.
func (x *sample) median() Figure {
	if lo, hi, ok := x.smallPair((x.count+1)/2, x.count/2+1); ok {
		return smallFigure((lo+hi)*5, x.scale-1)
	}
	lo, hi, exp := x.pair((x.count+1)/2, x.count/2+1)
	return decimal{lo.Add(lo, hi).Mul(lo, big.NewInt(5)), exp - 1}.figure()
}

// quantiles returns the quantiles at the places.
func (x *sample) quantiles(places []place) []Quantile {
	var qs []Quantile
	for _, at := range places {
		qs = append(qs, Quantile{at.p.Figure(), x.quantile(at)})
	}
	return qs
}

// quantile returns the quantile at one place.
func (x *sample) quantile(at place) Figure {
	if at.isSmall {
		if lo, hi, ok := x.smallPair(at.j, at.j+1); ok && !at.rounded {
			if f, ok := at.share.between(lo, hi, x.scale); ok {
				return f
			}
		}
	}
	r := x.value(at)
	if at.rounded {
		return r.figure()
	}
	d, _ := r.decimal()
	return d.figure()
}

// value returns the quantile at one place in full.
func (x *sample) value(at place) ratio {
	if at.isSmall {
		at.gamma = ratio{big.NewInt(at.share.num), big.NewInt(at.share.den), -at.share.places}
	}
	lo, hi, exp := x.pair(at.j, at.j+1)
	unit := tenTo(-at.gamma.exp)
	unit.Mul(unit, at.gamma.den)
	value := hi.Sub(hi, lo)
	value.Mul(value, at.gamma.num)
	value.Add(value, lo.Mul(lo, unit))
	return ratio{value, at.gamma.den, exp + at.gamma.exp}
}

// place returns where the quantile of p lies among n numbers.
func (r rule) place(p Number, n int) place {
	at := place{p: p, rounded: r.a == 3}
	if at.j, at.share, at.isSmall = r.smallPlace(p, n); at.isSmall {
		return at
	}
	d := p.decimal()
	if d.exp > 0 {
		d = decimal{d.coef.Mul(d.coef, tenTo(d.exp)), 0}
	}
	unit := tenTo(-d.exp)
	h := d.coef.Mul(d.coef, big.NewInt(r.a*int64(n)+r.b))
	h.Add(h, new(big.Int).Mul(unit, big.NewInt(r.c)))
	a := big.NewInt(r.a)
	whole, g := h.DivMod(h, unit.Mul(unit, a), new(big.Int))
	at.j = int(whole.Int64())
	if r.weight == linear {
		at.gamma = ratio{g, a, d.exp}
	} else {
		at.gamma = ratio{big.NewInt(r.weight.halves(at.j, g.Sign() == 0)), big.NewInt(2), 0}
	}
	return at
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

// align brings two decimals to the lower of their exponents.
func align(d, e decimal) (a, b *big.Int, exp int) {
	exp = min(d.exp, e.exp)
	a = new(big.Int).Mul(d.coef, tenTo(d.exp-exp))
	b = new(big.Int).Mul(e.coef, tenTo(e.exp-exp))
	return a, b, exp
}
