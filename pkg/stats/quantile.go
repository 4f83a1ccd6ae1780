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

// rules are those of R1 to R9.
var rules = [...]rule{
	{1, 0, 0, stepUp},
	{1, 0, 0, stepMean},
	{2, 0, -1, stepEven}, // m = −1/2
	{1, 0, 0, linear},    // m = 0
	{2, 0, 1, linear},    // m = 1/2
	{1, 1, 0, linear},    // m = p
	{1, -1, 1, linear},   // m = 1 − p
	{3, 1, 1, linear},    // m = (p + 1)/3
	{8, 2, 3, linear},    // m = p/4 + 3/8
}

// rule returns the rule of a method, if there is such a method.
func (m Method) rule() (r rule, ok bool) {
	if len(m) != 2 || m[0] != 'R' || m[1] < '1' || m[1] > '9' {
		return rule{}, false
	}
	return rules[m[1]-'1'], true
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

// place finds the places of both quartiles and of each distinct p among n
// numbers, in their order.
func (w *work) place(r rule, n int, ps []Number) {
	w.placeQuartiles(r, n)
	if len(ps) == 0 {
		return
	}
	w.places = slices.Grow(w.places, len(ps))
	seen := make(map[Number]bool, len(ps))
	for _, p := range ps {
		if !seen[p] {
			seen[p] = true
			w.places = w.places[:len(w.places)+1]
			w.places[len(w.places)-1].set(r, p, n)
		}
	}
}

// A placement is what the places of the quartiles follow from.
type placement struct {
	rule rule
	n    int
}

// placeQuartiles finds the places of both quartiles, which may be those of the summary
// before.
func (w *work) placeQuartiles(r rule, n int) {
	if w.quartiles == (placement{r, n}) {
		return
	}
	w.quartiles = placement{r, n}
	w.places = append(w.places[:0], place{}, place{})
	w.places[0].set(r, firstQuarter, n)
	w.places[1].set(r, thirdQuarter, n)
}

// A sample holds those numbers of a list that its figures need.
type sample struct {
	count   int
	ranks   []int     // ascending, from 0; empty where the sample is the whole list, sorted
	numbers []decimal // of these ranks, unless the list is of ints
	ints    []int64   // of these ranks, if so,
	scale   int       // in units of 10^scale,
	max     uint64    // and the greatest magnitude in the list
}

// sample finds the least and the greatest number, those in the middle and those
// at the places. It adds up a list of ints.
func (w *work) sample(l *List) {
	x := &w.x
	*x = sample{count: l.Len(), ranks: x.ranks[:0], scale: l.scale, max: l.max}
	if l.form == inInts && x.count <= maxSorted {
		w.totals.take(l)
		x.ints = w.sorted(l.ints)
		return
	}
	x.ranks = append(x.ranks, 0, (x.count-1)/2, x.count/2, x.count-1)
	for i := range w.places {
		j := w.places[i].j
		x.ranks = append(x.ranks, x.rank(j), x.rank(j+1))
	}
	slices.Sort(x.ranks)
	x.ranks = slices.Compact(x.ranks)
	if l.form != inInts {
		x.numbers = l.ranked(x.ranks)
		return
	}
	found := w.between(l, x.ranks[1:len(x.ranks)-1])
	w.ints = append(append(append(w.ints[:0], w.totals.low), found...), w.totals.high)
	x.ints = w.ints
}

// between returns the integers at the ranks, which are not the least nor the
// greatest, and adds up the list.
func (w *work) between(l *List, ranks []int) []int64 {
	if minSampled <= l.Len() && l.Len() <= maxDealt {
		if found, ok := w.sweep(l, ranks); ok {
			return found
		}
	}
	w.totals.take(l)
	found, _ := w.selectRanks(l.ints, ranks, w.totals.low, w.totals.high)
	return found
}

// rank returns the rank of the i-th number, counted from 1. Positions off
// either end mean the number at that end.
func (x *sample) rank(i int) int {
	return min(max(i, 1), x.count) - 1
}

// at returns the index in ranks of the i-th number.
func (x *sample) at(i int) int {
	if len(x.ranks) == 0 {
		return x.rank(i)
	}
	return x.search(i)
}

func (x *sample) search(i int) int {
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

// appendNth appends the figure of the i-th number.
func (x *sample) appendNth(b []byte, i int) []byte {
	if x.ints != nil {
		return appendInt(b, x.ints[x.at(i)], x.scale)
	}
	return x.nth(i).append(b)
}

// pair returns the i-th and j-th number as integers in units of 10^exp.
func (x *sample) pair(i, j int) (a, b *big.Int, exp int) {
	return align(x.nth(i), x.nth(j))
}

// appendMedian appends the middle number or the mean of the two middle numbers.
func (x *sample) appendMedian(b []byte) []byte {
	if lo, hi, ok := x.smallPair((x.count+1)/2, x.count/2+1); ok {
		return appendInt(b, (lo+hi)*5, x.scale-1)
	}
	lo, hi, exp := x.pair((x.count+1)/2, x.count/2+1)
	return decimal{lo.Add(lo, hi).Mul(lo, big.NewInt(5)), exp - 1}.append(b)
}

// appendQuantile appends the quantile at one place.
func (x *sample) appendQuantile(b []byte, at *place) []byte {
	if at.isSmall {
		if lo, hi, ok := x.smallPair(at.j, at.j+1); ok && !at.rounded {
			if b, ok := at.share.between(b, lo, hi, x.scale); ok {
				return b
			}
		}
	}
	r := x.value(at)
	if at.rounded {
		return r.append(b)
	}
	d, _ := r.decimal()
	return d.append(b)
}

// value returns the quantile at one place in full.
func (x *sample) value(at *place) ratio {
	gamma := at.gamma
	if at.isSmall {
		gamma = at.share.ratio()
	}
	lo, hi, exp := x.pair(at.j, at.j+1)
	unit := tenTo(-gamma.exp)
	unit.Mul(unit, gamma.den)
	value := hi.Sub(hi, lo)
	value.Mul(value, gamma.num)
	value.Add(value, lo.Mul(lo, unit))
	return ratio{value, gamma.den, exp + gamma.exp}
}

// set makes at, which is empty, the place where the quantile of p lies among n
// numbers.
func (at *place) set(r rule, p Number, n int) {
	at.p, at.rounded = p, r.a == 3
	if at.j, at.share, at.isSmall = r.smallPlace(p, n); at.isSmall {
		return
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
