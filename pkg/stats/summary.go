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
	d := &w.written
	d.text = w.memory[:0]
	w.draft(l, o)
	w.memory = d.text
	s := d.summary()
	w.giveBack()
	return s
}

// AppendSummary appends what Summarize(l, o).AppendJSON would append, and makes
// no garbage on the way.
func AppendSummary(dst []byte, l *List, o Options) []byte {
	w := borrow()
	w.written.text = dst
	w.draft(l, o)
	dst = w.written.text
	w.giveBack()
	return dst
}

// draft writes a summary to the end of the draft's text.
func (w *work) draft(l *List, o Options) {
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
	w.written.begin(l.Len(), o.Method)
	if l.form != inInts {
		w.write(l.moments())
		return
	}
	w.small.take(&w.totals, l.scale)
	if !w.write(&w.small) {
		w.written.again()
		w.write(w.totals.moments(l.scale))
	}
}

// Sums are the sums that the figures follow from which need every number. A
// method reports false where its figure takes more room than it has.
type sums interface {
	appendSum(b []byte) ([]byte, bool)
	appendMean(b []byte) ([]byte, bool)
	appendVariance(b []byte) ([]byte, bool) // of two numbers at least
	appendStdDev(b []byte) ([]byte, bool)
}

// write writes the figures in their order, and what comes after them.
func (w *work) write(m sums) bool {
	d, x := &w.written, &w.x
	b, ok := m.appendSum(d.key(fieldSum, d.text))
	b = d.end(fieldSum, b)
	b = d.end(fieldMin, x.appendNth(d.key(fieldMin, b), 1))
	b = d.end(fieldMax, x.appendNth(d.key(fieldMax, b), x.count))
	if ok {
		b, ok = m.appendMean(d.key(fieldMean, b))
		d.end(fieldMean, b)
	}
	b = d.end(fieldMedian, x.appendMedian(d.key(fieldMedian, b)))
	if ok && x.count > 1 {
		if b, ok = m.appendVariance(d.key(fieldVariance, b)); ok {
			d.end(fieldVariance, b)
			b, ok = m.appendStdDev(d.key(fieldStdDev, b))
			d.end(fieldStdDev, b)
		}
	}
	if !ok {
		return false
	}
	b = d.end(fieldQ1, x.appendQuantile(d.key(fieldQ1, b), &w.places[0]))
	b = d.end(fieldQ3, x.appendQuantile(d.key(fieldQ3, b), &w.places[1]))
	for i := 2; i < len(w.places); i++ {
		b = d.endQuantile(x.appendQuantile(d.quantile(w.places[i].p, b), &w.places[i]))
	}
	d.finish(b)
	return true
}

// moments are the exact sums that mean and variance follow from.
type moments struct {
	count   int
	sum     decimal
	squares *big.Int // the sum of squares, in units of 10^(2×sum.exp)
}

func (m *moments) appendSum(b []byte) ([]byte, bool)  { return m.sum.append(b), true }
func (m *moments) appendMean(b []byte) ([]byte, bool) { return m.mean().append(b), true }

func (m *moments) appendVariance(b []byte) ([]byte, bool) {
	return m.variance().append(b), true
}

func (m *moments) appendStdDev(b []byte) ([]byte, bool) {
	return m.variance().appendRoot(b), true
}

func (m *moments) mean() ratio {
	return ratio{m.sum.coef, big.NewInt(int64(m.count)), m.sum.exp}
}

// variance returns (n·Σx² − (Σx)²) / (n·(n−1)), the sample variance.
func (m *moments) variance() ratio {
	n := big.NewInt(int64(m.count))
	num := new(big.Int).Mul(n, m.squares)
	num.Sub(num, new(big.Int).Mul(m.sum.coef, m.sum.coef))
	den := new(big.Int).Mul(n, big.NewInt(int64(m.count-1)))
	return ratio{num, den, 2 * m.sum.exp}
}

func (l *List) moments() *moments {
	switch l.form {
	case inWide:
		return wideMoments(l.wide)
	case inLongs:
		sum, squares := longSums(l.longs)
		return &moments{len(l.longs), decimal{sum.big(), l.scale}, squares.big()}
	}
	var t totals
	t.take(l)
	return t.moments(l.scale)
}

// wideMoments adds up numbers of any exponents. It first sums the numbers
// whose last digit stands for the same power of ten, so that the cost depends
// on the digits written and never on the distance between exponents.
func wideMoments(numbers []Number) *moments {
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
	return &moments{len(numbers), decimal{sum, last}, squares}
}
