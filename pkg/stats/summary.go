package stats

import (
	"maps"
	"math/big"
	"slices"
)

// Summarize returns the statistics of l, which holds at least one number, as
// every parsed list does. It panics on an empty list and on options that
// [Options.Validate] refuses.
func Summarize(l *List, o Options) Summary {
	w := borrow()
	defer w.giveBack()
	return w.draft(l, o).summary()
}

// AppendSummary appends what Summarize(l, o).AppendJSON would append, and makes
// no garbage on the way.
func AppendSummary(dst []byte, l *List, o Options) []byte {
	w := borrow()
	defer w.giveBack()
	return w.draft(l, o).appendJSON(dst)
}

// draft computes the figures of a summary.
func (w *work) draft(l *List, o Options) *draft {
	if l.Len() == 0 {
		panic("stats: summarize: " + ErrEmpty.Error())
	}
	if err := o.Validate(); err != nil {
		panic("stats: summarize: " + err.Error())
	}
	if o.Method == "" {
		o.Method = R7
	}
	rule, _ := o.Method.rule()
	w.place(rule, l.Len(), o.Quantiles)
	w.sample(l)
	d := &w.written
	d.begin(l.Len(), o.Method)
	if l.form != inInts {
		l.moments().write(d)
	} else if !w.totals.small(l.scale).write(d) {
		d.begin(l.Len(), o.Method)
		w.totals.moments(l.scale).write(d)
	}
	x := &w.x
	d.text = x.appendNth(d.text, 1)
	d.end(fieldMin)
	d.text = x.appendNth(d.text, x.count)
	d.end(fieldMax)
	d.text = x.appendMedian(d.text)
	d.end(fieldMedian)
	for i := range w.places {
		at := &w.places[i]
		d.text = x.appendQuantile(d.text, at)
		switch i {
		case 0:
			d.end(fieldQ1)
		case 1:
			d.end(fieldQ3)
		default:
			d.endQuantile(at.p)
		}
	}
	return d
}

// moments are the exact sums that mean and variance follow from.
type moments struct {
	count   int
	sum     decimal
	squares *big.Int // the sum of squares, in units of 10^(2×sum.exp)
}

// write writes the figures that follow from the moments.
func (m moments) write(d *draft) {
	d.text = m.sum.append(d.text)
	d.end(fieldSum)
	d.text = m.mean().append(d.text)
	d.end(fieldMean)
	if m.count > 1 {
		v := m.variance()
		d.text = v.append(d.text)
		d.end(fieldVariance)
		d.text = v.appendRoot(d.text)
		d.end(fieldStdDev)
	}
}

func (m moments) mean() ratio {
	return ratio{m.sum.coef, big.NewInt(int64(m.count)), m.sum.exp}
}

// variance returns (n·Σx² − (Σx)²) / (n·(n−1)), the sample variance.
func (m moments) variance() ratio {
	n := big.NewInt(int64(m.count))
	num := new(big.Int).Mul(n, m.squares)
	num.Sub(num, new(big.Int).Mul(m.sum.coef, m.sum.coef))
	den := new(big.Int).Mul(n, big.NewInt(int64(m.count-1)))
	return ratio{num, den, 2 * m.sum.exp}
}

func (l *List) moments() moments {
	switch l.form {
	case inWide:
		return wideMoments(l.wide)
	case inLongs:
		sum, squares := longSums(l.longs)
		return moments{len(l.longs), decimal{sum.big(), l.scale}, squares.big()}
	}
	return l.totals().moments(l.scale)
}

// wideMoments adds up numbers of any exponents. It first sums the numbers
// whose last digit stands for the same power of ten, so that the cost depends
// on the digits written and never on the distance between exponents.
func wideMoments(numbers []Number) moments {
	type group struct{ sum, squares big.Int }
	groups := map[int]*group{}
	var c, square big.Int
	for _, n := range numbers {
		low := n.low()
		if n.digits == "" {
			continue
		}
		g := groups[low]
		if g == nil {
			g = new(group)
			groups[low] = g
		}
		n.setMagnitude(&c)
		g.squares.Add(&g.squares, square.Mul(&c, &c))
		if n.neg {
			g.sum.Sub(&g.sum, &c)
		} else {
			g.sum.Add(&g.sum, &c)
		}
	}
	sum, squares, last := new(big.Int), new(big.Int), 0
	for _, low := range slices.Backward(slices.Sorted(maps.Keys(groups))) {
		if squares.Sign() > 0 {
			sum.Mul(sum, tenTo(last-low))
			squares.Mul(squares, tenTo(2*(last-low)))
		}
		g := groups[low]
		sum.Add(sum, &g.sum)
		squares.Add(squares, &g.squares)
		last = low
	}
	return moments{len(numbers), decimal{sum, last}, squares}
}
