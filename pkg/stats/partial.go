package stats

import (
	"fmt"
	"math/big"
	"math/bits"
	"slices"
)

// MaxCount is how many numbers a [Partial] may be of: as many as a float64
// counts without a gap.
const MaxCount = 1 << 53

// ErrTooMany is the error for a [Partial] that would be of more than
// [MaxCount] numbers.
var ErrTooMany = fmt.Errorf("more than %d numbers", MaxCount)

// A Partial is what a part of a list adds to the statistics of the whole: its
// count, least and greatest number, sum and sum of squares, all of them exact.
// Parts merge in any order and any grouping to the Partial of the whole list,
// with the same figures and the same state, to the byte. So a list of any
// size can be summed up where its parts are, and only states of a few dozen
// bytes need to meet: see [Partial.AppendBinary].
//
// A median, a quartile or a quantile does not follow from those of the parts;
// a Partial has none.
//
// The zero Partial is of no numbers. A Partial may be copied; the copies are
// independent of each other. Its size depends on the digits of the numbers and
// the distance of their exponents, which [MaxDigits] and [MaxExponent] bound,
// and on the logarithm of the count.
type Partial struct {
	count int

	// Unless count is 0, these are in units of 10^unit, and squares, the sum
	// of the squares, in units of 10^(2×unit). The unit is the greatest for
	// which all four are integers, or 0 if all are zero, so that it does not
	// depend on how the numbers came together. The integers never change.
	unit     int
	min, max *big.Int
	sum      *big.Int
	squares  *big.Int
}

// Count returns how many numbers p is of.
func (p Partial) Count() int { return p.count }

// Add adds the numbers of l to p. The only error is [ErrTooMany], which leaves
// p as it was.
func (p *Partial) Add(l *List) error { return p.Merge(l.partial()) }

// Merge adds the numbers that q is of to p. The only error is [ErrTooMany],
// which leaves p as it was.
func (p *Partial) Merge(q Partial) error {
	switch {
	case q.count > MaxCount-p.count:
		return ErrTooMany
	case q.count == 0:
	case p.count == 0:
		*p = q
	default:
		*p = p.plus(q)
	}
	return nil
}

// Summary returns those figures of [Summarize] that a Partial has: count, sum,
// minimum, maximum, mean, variance and standard deviation, in the very same
// bytes as for the whole list. The other fields are empty. The only error is
// [ErrEmpty], for a Partial of no numbers.
func (p Partial) Summary() (Summary, error) {
	if p.count == 0 {
		return Summary{}, ErrEmpty
	}
	m := moments{p.count, decimal{p.sum, p.unit}, p.squares}
	s := Summary{
		Count: p.count,
		Min:   decimal{p.min, p.unit}.figure(),
		Max:   decimal{p.max, p.unit}.figure(),
		Sum:   m.sum.figure(),
		Mean:  m.mean().figure(),
	}
	if p.count > 1 {
		v := m.variance()
		s.Variance, s.StdDev = v.figure(), v.root()
	}
	return s, nil
}

// partial returns the Partial of all numbers of the list.
func (l *List) partial() Partial {
	if l.Len() == 0 {
		return Partial{}
	}
	m := l.moments()
	least, greatest := l.extremes()
	unit := m.sum.exp
	return Partial{m.count, unit, least.in(unit), greatest.in(unit), m.sum.coef, m.squares}.normal()
}

// in returns how many 10^unit the decimal is, which is an integer.
func (d decimal) in(unit int) *big.Int {
	if d.coef.Sign() == 0 {
		return new(big.Int)
	}
	return new(big.Int).Mul(d.coef, tenTo(d.exp-unit))
}

// extremes returns the least and the greatest number of a list that has one.
func (l *List) extremes() (least, greatest decimal) {
	switch l.form {
	case inWide:
		return slices.MinFunc(l.wide, Number.Cmp).decimal(), slices.MaxFunc(l.wide, Number.Cmp).decimal()
	case inLongs:
		least, greatest := slices.MinFunc(l.longs, long.cmp), slices.MaxFunc(l.longs, long.cmp)
		return decimal{least.big(), l.scale}, decimal{greatest.big(), l.scale}
	}
	return decimal{big.NewInt(slices.Min(l.ints)), l.scale}, decimal{big.NewInt(slices.Max(l.ints)), l.scale}
}

// plus returns the Partial of the numbers of both, which have some.
func (p Partial) plus(q Partial) Partial {
	unit := min(p.unit, q.unit)
	p, q = p.finer(p.unit-unit), q.finer(q.unit-unit)
	if q.min.Cmp(p.min) < 0 {
		p.min = q.min
	}
	if q.max.Cmp(p.max) > 0 {
		p.max = q.max
	}
	p.count += q.count
	p.sum = new(big.Int).Add(p.sum, q.sum)
	p.squares = new(big.Int).Add(p.squares, q.squares)
	return p.normal()
}

// finer returns p, which has numbers, in a unit smaller by 10^k.
func (p Partial) finer(k int) Partial {
	if k == 0 {
		return p
	}
	ten := tenTo(k)
	p.unit -= k
	p.min = new(big.Int).Mul(p.min, ten)
	p.max = new(big.Int).Mul(p.max, ten)
	p.sum = new(big.Int).Mul(p.sum, ten)
	p.squares = new(big.Int).Mul(p.squares, tenTo(2*k))
	return p
}

// coarser returns p, which has numbers, in a unit greater by 10^k. It reports
// false where that does not leave integers.
func (p Partial) coarser(k int) (q Partial, ok bool) {
	ten := tenTo(k)
	q = Partial{count: p.count, unit: p.unit + k}
	if q.min, ok = quotient(p.min, ten); !ok {
		return Partial{}, false
	}
	if q.max, ok = quotient(p.max, ten); !ok {
		return Partial{}, false
	}
	if q.sum, ok = quotient(p.sum, ten); !ok {
		return Partial{}, false
	}
	q.squares, ok = quotient(p.squares, tenTo(2*k))
	return q, ok
}

// quotient returns x/y and whether it is an integer.
func quotient(x, y *big.Int) (*big.Int, bool) {
	quo, rest := new(big.Int).QuoRem(x, y, new(big.Int))
	return quo, rest.Sign() == 0
}

// normal returns p, which has numbers, in the greatest unit that leaves
// integers, or in the unit 1 if all numbers are zero.
func (p Partial) normal() Partial {
	if p.squares.Sign() == 0 {
		p.unit = 0
		return p
	}
	// The power of ten to divide by is below twice the first k.
	for k := 1 << bits.Len(p.twos()) / 2; k > 0; k /= 2 {
		if q, ok := p.coarser(k); ok {
			p = q
		}
	}
	return p
}

// twos returns the greatest k for which a unit greater by 2^k would leave
// integers. Not all numbers are zero.
func (p Partial) twos() uint {
	k := p.squares.TrailingZeroBits() / 2
	for _, x := range []*big.Int{p.min, p.max, p.sum} {
		if x.Sign() != 0 {
			k = min(k, x.TrailingZeroBits())
		}
	}
	return k
}
