package stats

import (
	"cmp"
	"math/big"
	"slices"
)

// A survey is a list as its description looks at it.
type survey struct {
	*sample
	q1, q3 *place
	values []tally     // ascending, all different
	sums   [5]*big.Int // sums[k] is Σx^k, in units of 10^(k×e) for some e
}

// A tally is a number and how often a list has it.
type tally struct {
	Number
	count int
}

func newSurvey(l *List, m Method) *survey {
	rule, _ := m.rule()
	w := new(work)
	w.place(rule, l.Len(), nil)
	w.sample(l)
	values := l.tallies()
	return &survey{sample: &w.x, q1: &w.places[0], q3: &w.places[1], values: values, sums: powerSums(values)}
}

// tallies returns the numbers of the list, ascending and each once.
func (l *List) tallies() []tally {
	switch l.form {
	case inWide:
		return tallied(l.wide, Number.Cmp, func(n Number) Number { return n })
	case inLongs:
		return tallied(l.longs, long.cmp, func(v long) Number { return numberOfLong(v, l.scale) })
	}
	return tallied(l.ints, cmp.Compare[int64], func(v int64) Number { return numberOf(v, l.scale) })
}

// tallied sorts a copy of the numbers and counts those that are equal.
func tallied[T comparable](numbers []T, compare func(a, b T) int, number func(T) Number) []tally {
	sorted := slices.Clone(numbers)
	slices.SortFunc(sorted, compare)
	var tallies []tally
	for i, v := range sorted {
		if i > 0 && v == sorted[i-1] {
			tallies[len(tallies)-1].count++
		} else {
			tallies = append(tallies, tally{number(v), 1})
		}
	}
	return tallies
}

// lows returns the least and the greatest power of ten that the last digit of a
// number stands for; 0 has none, and if there is no other number, both are 0.
func lows(values []tally) (least, greatest int) {
	found := false
	for _, t := range values {
		if t.sign() == 0 {
			continue
		}
		if low := t.low(); !found {
			least, greatest, found = low, low, true
		} else {
			least, greatest = min(least, low), max(greatest, low)
		}
	}
	return least, greatest
}

// powerSums returns the sums of a survey. Like wideMoments it first adds up the
// numbers whose last digit stands for the same power of ten.
func powerSums(values []tally) (sums [5]*big.Int) {
	least, greatest := lows(values)
	groups := make([][len(sums)]big.Int, greatest-least+1)
	count := 0
	for _, t := range values {
		count += t.count
		if t.sign() != 0 {
			t.addPowers(&groups[t.low()-least])
		}
	}
	for k := range sums {
		sums[k] = new(big.Int)
	}
	gap := 0
	for i := range slices.Backward(groups) {
		if g := &groups[i]; g[2].Sign() > 0 || i == 0 {
			for k, sum := range sums {
				sum.Mul(sum, tenTo(k*gap))
				sum.Add(sum, &g[k])
			}
			gap = 0
		}
		gap++
	}
	sums[0].SetInt64(int64(count))
	return sums
}

// addPowers adds the first powers of the tally's digits, from 1 on, to sums, as
// often as the list has it.
func (t tally) addPowers(sums *[5]big.Int) {
	var power, weighted big.Int
	power.SetInt64(1)
	digits, count := t.decimal().coef, big.NewInt(int64(t.count))
	for k := 1; k < len(sums); k++ {
		power.Mul(&power, digits)
		sums[k].Add(&sums[k], weighted.Mul(&power, count))
	}
}

// centralSums returns the second, third and fourth central moment times n², n³
// and n⁴, in units of 10^(2e), 10^(3e) and 10^(4e) for some e.
func (v *survey) centralSums() (a, b, c *big.Int) {
	n, s1, s2, s3, s4 := v.sums[0], v.sums[1], v.sums[2], v.sums[3], v.sums[4]
	a = product(n, s2)
	a.Sub(a, product(s1, s1))

	b = product(n, n, s3)
	b.Sub(b, product(big.NewInt(3), n, s1, s2))
	b.Add(b, product(big.NewInt(2), s1, s1, s1))

	c = product(n, n, n, s4)
	c.Sub(c, product(big.NewInt(4), n, n, s1, s3))
	c.Add(c, product(big.NewInt(6), n, s1, s1, s2))
	c.Sub(c, product(big.NewInt(3), s1, s1, s1, s1))
	return a, b, c
}
