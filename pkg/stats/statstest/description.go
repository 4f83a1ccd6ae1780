package statstest

import (
	"fmt"
	"math/big"
	"strings"
)

// references computes the further statistics of numbers in ascending order, by
// name. What a list does not have is empty.
var references = map[string]func(xs []*big.Rat, method string) string{
	"range": func(xs []*big.Rat, _ string) string {
		return Exact(new(big.Rat).Sub(xs[len(xs)-1], xs[0]))
	},
	"iqr": func(xs []*big.Rat, method string) string {
		return written(new(big.Rat).Sub(quantileOf(xs, method, "0.75"), quantileOf(xs, method, "0.25")), method)
	},
	"distinct": func(xs []*big.Rat, _ string) string { return fmt.Sprint(len(occurrences(xs))) },
	"mode": func(xs []*big.Rat, _ string) string {
		often, most := occurrences(xs), highest(xs)
		for _, x := range xs { // the first is the least
			if most > 1 && often[x.String()] == most {
				return Exact(x)
			}
		}
		return ""
	},
	"mode_count": func(xs []*big.Rat, _ string) string {
		if highest(xs) == 1 {
			return ""
		}
		return fmt.Sprint(highest(xs))
	},
	"modes": func(xs []*big.Rat, _ string) string {
		modes, most := 0, highest(xs)
		for _, n := range occurrences(xs) {
			if n == most {
				modes++
			}
		}
		if most == 1 {
			return ""
		}
		return fmt.Sprint(modes)
	},
	"skewness": func(xs []*big.Rat, _ string) string {
		if len(xs) < 3 || xs[0].Cmp(xs[len(xs)-1]) == 0 {
			return ""
		}
		k2, k3, _ := cumulants(xs)
		square := new(big.Rat).Mul(k3, k3) // G1 is k3/k2^(3/2)
		text := root(square.Quo(square, raised(k2, 3)))
		if k3.Sign() < 0 {
			return "-" + text
		}
		return text
	},
	"kurtosis": func(xs []*big.Rat, _ string) string {
		if len(xs) < 4 || xs[0].Cmp(xs[len(xs)-1]) == 0 {
			return ""
		}
		k2, _, k4 := cumulants(xs)
		return Rounded(new(big.Rat).Quo(k4, raised(k2, 2))) // G2 is k4/k2²
	},
}

// Further returns the statistic of the numbers, given as they are written, that
// has the name; ok tells whether there is a reference for it.
func Further(name string, tokens []string, method string) (text string, ok bool) {
	reference, ok := references[name]
	if !ok {
		return "", false
	}
	return reference(sorted(tokens), method), true
}

func occurrences(xs []*big.Rat) map[string]int {
	n := map[string]int{}
	for _, x := range xs {
		n[x.String()]++
	}
	return n
}

// highest is how often the numbers that occur most often do.
func highest(xs []*big.Rat) (most int) {
	for _, n := range occurrences(xs) {
		most = max(most, n)
	}
	return most
}

// cumulants returns R. A. Fisher's unbiased estimators of the second, third and
// fourth cumulant, where there are numbers enough, from deviations.
func cumulants(xs []*big.Rat) (k2, k3, k4 *big.Rat) {
	n := new(big.Rat).SetInt64(int64(len(xs)))
	mean := new(big.Rat)
	for _, x := range xs {
		mean.Add(mean, x)
	}
	mean.Quo(mean, n)
	m2, m3, m4 := new(big.Rat), new(big.Rat), new(big.Rat)
	for _, x := range xs {
		d := new(big.Rat).Sub(x, mean)
		m2.Add(m2, raised(d, 2))
		m3.Add(m3, raised(d, 3))
		m4.Add(m4, raised(d, 4))
	}
	for _, m := range []*big.Rat{m2, m3, m4} {
		m.Quo(m, n)
	}
	less := func(k int64) *big.Rat { return new(big.Rat).Sub(n, new(big.Rat).SetInt64(k)) }
	k2 = new(big.Rat).Mul(m2, n)
	k2.Quo(k2, less(1))
	if len(xs) < 3 {
		return k2, nil, nil
	}
	k3 = new(big.Rat).Mul(m3, raised(n, 2))
	k3.Quo(k3, less(1)).Quo(k3, less(2))
	if len(xs) < 4 {
		return k2, k3, nil
	}
	k4 = new(big.Rat).Mul(m4, less(-1))
	three := new(big.Rat).Mul(raised(m2, 2), less(1))
	k4.Sub(k4, three.Mul(three, new(big.Rat).SetInt64(3)))
	k4.Mul(k4, raised(n, 2))
	k4.Quo(k4, less(1)).Quo(k4, less(2)).Quo(k4, less(3))
	return k2, k3, k4
}

func raised(x *big.Rat, k int) *big.Rat {
	p := big.NewRat(1, 1)
	for range k {
		p.Mul(p, x)
	}
	return p
}

// Histogram returns the edges and counts of the histogram of the numbers, given
// as they are written: it tries all widths, and counts number by number.
func Histogram(tokens []string) (edges []string, counts []int) {
	xs := sorted(tokens)
	low, high := xs[0], xs[len(xs)-1]
	place := lastPlace(xs)
	width := new(big.Rat).Set(place)
	if span := new(big.Rat).Sub(high, low); span.Sign() > 0 {
		width = niceWidth(span, sturges(len(xs)))
		if width.Cmp(place) < 0 {
			width.Set(place)
		}
	}
	start := floor(new(big.Rat).Quo(low, width))
	edge := new(big.Rat).Mul(new(big.Rat).SetInt(start), width)
	edges = append(edges, Exact(edge))
	for edge.Cmp(high) < 0 || len(counts) == 0 || edge.Cmp(high) == 0 && width.Cmp(place) == 0 {
		next := new(big.Rat).Add(edge, width)
		n := 0
		for _, x := range xs {
			if x.Cmp(edge) >= 0 && x.Cmp(next) < 0 {
				n++
			}
		}
		edges, counts, edge = append(edges, Exact(next)), append(counts, n), next
	}
	for _, x := range xs {
		if x.Cmp(edge) == 0 {
			counts[len(counts)-1]++
		}
	}
	return edges, counts
}

// sturges is ⌈log2 n⌉ + 1.
func sturges(n int) int64 {
	k := int64(1)
	for size := 1; size < n; size *= 2 {
		k++
	}
	return k
}

// niceWidth returns the one of all 1, 2 and 5 times a power of ten that is
// nearest to span/n, as a factor.
func niceWidth(span *big.Rat, n int64) *big.Rat {
	target := new(big.Rat).Quo(span, new(big.Rat).SetInt64(n))
	var nearest, least *big.Rat
	exp := len(floor(target).String()) - len(floor(new(big.Rat).Inv(target)).String())
	for e := exp - 3; e <= exp+3; e++ {
		for _, step := range []int{1, 2, 5} {
			width := Rat(fmt.Sprintf("%de%d", step, e))
			factor := new(big.Rat).Quo(width, target)
			if factor.Cmp(big.NewRat(1, 1)) < 0 {
				factor.Inv(factor)
			}
			if least == nil || factor.Cmp(least) < 0 {
				nearest, least = width, factor
			}
		}
	}
	return nearest
}

// lastPlace returns the greatest power of ten of which all numbers are
// multiples, or 1 for zeros alone.
func lastPlace(xs []*big.Rat) *big.Rat {
	var least *big.Rat
	for _, x := range xs {
		if x.Sign() == 0 {
			continue
		}
		text := Exact(x)
		mantissa, power, _ := strings.Cut(text, "e")
		if power == "" {
			power = "0"
		}
		whole, frac, _ := strings.Cut(mantissa, ".")
		zeros := len(whole) - len(strings.TrimRight(whole, "0"))
		place := new(big.Rat).Mul(Rat("1e"+power), Rat(fmt.Sprintf("1e-%d", len(frac))))
		if frac == "" {
			place.Mul(place, Rat(fmt.Sprintf("1e%d", zeros)))
		}
		if least == nil || place.Cmp(least) < 0 {
			least = place
		}
	}
	if least == nil {
		return big.NewRat(1, 1)
	}
	return least
}

func floor(r *big.Rat) *big.Int {
	return new(big.Int).Div(r.Num(), r.Denom()) // which is positive
}
