package stats

import (
	"math/big"
	"math/bits"
)

// A Histogram counts the numbers of a list in bins of one width. Bin i holds the
// numbers from Edges[i] up to, but not including, Edges[i+1]; the last bin holds
// its upper edge too. Every number is in one bin, and the edges are exact.
//
// The width is 1, 2 or 5 times a power of ten, and the edges are multiples of
// it. It is the width nearest, as a factor, to the range divided by the number k
// of bins of H. A. Sturges, "The Choice of a Class Interval", Journal of the
// American Statistical Association 21 (1926): k is ⌈log2 n⌉ + 1, and there are at
// most 2k + 1 bins. None is narrower than a unit of the last decimal place that
// the list has; where they are as narrow, each holds one value, the last as well.
type Histogram struct {
	Edges  []Figure // ascending, one more than there are counts
	Counts []int
}

// histogram returns the histogram of the list.
func (v *survey) histogram() Histogram {
	first, width, n := v.bins()
	h := Histogram{Edges: make([]Figure, 0, n+1), Counts: make([]int, n)}
	rest := v.values
	for i := range n + 1 {
		edge := decimal{new(big.Int).Add(first, big.NewInt(int64(i))), width.exp}
		edge.coef.Mul(edge.coef, width.coef)
		h.Edges = append(h.Edges, edge.figure())
		for limit := edge.number(); i > 0 && len(rest) > 0 && (i == n || rest[0].Cmp(limit) < 0); rest = rest[1:] {
			h.Counts[i-1] += rest[0].count
		}
	}
	return h
}

// bins returns the first edge, in widths, the width and the number of bins.
func (v *survey) bins() (first *big.Int, width decimal, n int) {
	last, _ := lows(v.values)
	width = decimal{big.NewInt(1), last}
	low, high, exp := v.pair(1, v.count)
	span := decimal{new(big.Int).Sub(high, low), exp}
	if span.coef.Sign() > 0 {
		if nice := niceWidth(span, bits.Len(uint(v.count-1))+1); nice.exp >= last {
			width = nice
		}
	}
	first, _ = decimal{low, exp}.widths(width)
	end, onEdge := decimal{high, exp}.widths(width)
	if oneValue := width.exp == last && width.coef.IsInt64() && width.coef.Int64() == 1; !onEdge || oneValue {
		end.Add(end, big.NewInt(1))
	}
	return first, width, int(end.Sub(end, first).Int64())
}

// niceWidth returns the 1, 2 or 5 times a power of ten that is nearest to span/n,
// as a factor. Span is positive; n is below 100.
func niceWidth(span decimal, n int) decimal {
	_, exp := span.digits()
	square := decimal{product(span.coef, span.coef), 2 * span.exp}
	for exp -= 2; ; exp++ {
		for _, step := range [][2]int64{{1, 2}, {2, 5}, {5, 10}} {
			// In the middle between a step and the next is the root of their product.
			middle := decimal{big.NewInt(step[0] * step[1] * int64(n) * int64(n)), 2 * exp}
			if a, b, _ := align(square, middle); a.Cmp(b) < 0 {
				return decimal{big.NewInt(step[0]), exp}
			}
		}
	}
}

// widths returns ⌊d/width⌋ and whether that is d/width.
func (d decimal) widths(width decimal) (n *big.Int, exact bool) {
	a, b, _ := align(d, width)
	n, rest := new(big.Int).DivMod(a, b, new(big.Int))
	return n, rest.Sign() == 0
}

// number returns the decimal as a Number.
func (d decimal) number() Number {
	digits, exp := d.digits()
	if digits == "" {
		return Number{}
	}
	return Number{digits, int32(exp), d.coef.Sign() < 0}
}
