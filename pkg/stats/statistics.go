package stats

import (
	"math/big"
	"slices"
)

// A Statistic is one of the figures of a [Description].
type Statistic struct {
	Name string // as it is printed, and its key in JSON
	Doc  string // what it is, in a line

	compute func(*survey) Figure // empty where the list has none
	law     law
}

// A law is what a statistic promises of every list. Tests hold it to that.
type law struct {
	least   int  // with fewer numbers there is no figure
	rounded bool // whether the figure is rounded as a mean is, and not exact
	degree  int  // with k·x for every x, k > 0, the figure is k^degree times as much
	moves   bool // with x + c for every x, it is c more; otherwise it stays the same
	mirror  int  // with −x for every x, it is mirror times as much; 0 promises nothing
}

// statistics is the registry: what stands here is computed, printed and tested.
// A test fails until statstest computes it too, under its name.
//
// Skewness and kurtosis are the G1 and G2 of D. N. Joanes and C. A. Gill,
// "Comparing measures of sample skewness and kurtosis", The Statistician 47
// (1998), 183–189, as SAS, SPSS, Excel and pandas compute them. With the moments
// m[k] = Σ(x−mean)^k / n they follow from g1 = m[3]/m[2]^(3/2) and
// g2 = m[4]/m[2]² − 3. There is none where all numbers are equal.
var statistics = []Statistic{
	{"range", "the maximum less the minimum",
		(*survey).span, law{least: 1, degree: 1, mirror: 1}},
	{"iqr", "the interquartile range, q3 - q1; quartiles follow the quantile method",
		(*survey).iqr, law{least: 1, degree: 1, mirror: 1}},
	{"distinct", "how many different numbers there are",
		(*survey).distinct, law{least: 1, mirror: 1}},
	{"mode", "the number that occurs most often, the least of these on a tie; none where all differ",
		(*survey).mode, law{least: 2, degree: 1, moves: true}},
	{"mode_count", "how often the mode occurs",
		(*survey).modeCount, law{least: 2, mirror: 1}},
	{"modes", "how many numbers occur as often as the mode, itself included",
		(*survey).modes, law{least: 2, mirror: 1}},
	{"skewness", "g1·√(n(n-1))/(n-2), which is G1 in Joanes and Gill (1998), SAS, Excel and pandas",
		(*survey).skewness, law{least: 3, rounded: true, mirror: -1}},
	{"kurtosis", "(n-1)((n+1)·g2+6)/((n-2)(n-3)), which is G2, an excess kurtosis, in the same",
		(*survey).kurtosis, law{least: 4, rounded: true, mirror: 1}},
}

// Statistics returns the statistics that a [Description] has, in their order.
func Statistics() []Statistic { return slices.Clone(statistics) }

func (v *survey) span() Figure {
	low, high, exp := v.pair(1, v.count)
	return decimal{high.Sub(high, low), exp}.figure()
}

func (v *survey) iqr() Figure {
	r := v.value(v.q3).minus(v.value(v.q1))
	if v.q1.rounded {
		return r.figure()
	}
	d, _ := r.decimal()
	return d.figure()
}

func (v *survey) distinct() Figure { return figureOf(len(v.values)) }

func (v *survey) mode() Figure {
	if most, _ := v.top(); most.count > 1 {
		return most.Figure()
	}
	return ""
}

func (v *survey) modeCount() Figure {
	if most, _ := v.top(); most.count > 1 {
		return figureOf(most.count)
	}
	return ""
}

func (v *survey) modes() Figure {
	if most, ties := v.top(); most.count > 1 {
		return figureOf(ties)
	}
	return ""
}

// top returns the least of the numbers that occur most often, and how many
// these are.
func (v *survey) top() (most tally, ties int) {
	for _, t := range v.values {
		switch {
		case t.count > most.count:
			most, ties = t, 1
		case t.count == most.count:
			ties++
		}
	}
	return most, ties
}

// skewness returns B/√A³ · √(n(n−1))/(n−2), where A and B are the second and the
// third central sum: as the moments are A/n² and B/n³, their g1 is B/√A³.
func (v *survey) skewness() Figure {
	a, b, _ := v.centralSums()
	if v.count < 3 || a.Sign() == 0 {
		return ""
	}
	n := int64(v.count)
	square := ratio{
		product(b, b, big.NewInt(n), big.NewInt(n-1)),
		product(a, a, a, big.NewInt(n-2), big.NewInt(n-2)), 0,
	}
	if b.Sign() < 0 {
		return "-" + square.root()
	}
	return square.root()
}

// kurtosis returns (n−1)·((n+1)·C − 3(n−1)·A²) / ((n−2)(n−3)·A²), where A and C
// are the second and the fourth central sum: g2 is C/A² − 3.
func (v *survey) kurtosis() Figure {
	a, _, c := v.centralSums()
	if v.count < 4 || a.Sign() == 0 {
		return ""
	}
	n := int64(v.count)
	num := product(c, big.NewInt(n+1))
	num.Sub(num, product(a, a, big.NewInt(3), big.NewInt(n-1)))
	return ratio{
		product(num, big.NewInt(n-1)),
		product(a, a, big.NewInt(n-2), big.NewInt(n-3)), 0,
	}.figure()
}

// minus returns r − s.
func (r ratio) minus(s ratio) ratio {
	a, b, exp := align(decimal{r.num, r.exp}, decimal{s.num, s.exp})
	a.Mul(a, s.den)
	return ratio{a.Sub(a, b.Mul(b, r.den)), product(r.den, s.den), exp}
}

// product returns the product of its factors.
func product(factors ...*big.Int) *big.Int {
	p := big.NewInt(1)
	for _, f := range factors {
		p.Mul(p, f)
	}
	return p
}

func figureOf(n int) Figure { return decimal{big.NewInt(int64(n)), 0}.figure() }
