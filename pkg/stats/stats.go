// Package stats computes the statistics of a list of JSON numbers, exactly.
//
// A JSON number is a decimal and is taken at its word: 0.1 is one tenth,
// 12345678901234567890 keeps its last digit and 1e400 is no infinity. All
// arithmetic is on integers and fractions of any size, and a figure is rounded
// at most once, at the very end, so the order of a list never matters and two
// computations of the same list give the same bytes.
//
// A [List] comes from [ParseJSON] or [ParseText]; [Summarize] turns it into a
// [Summary], whose figures are decimal texts ([Figure]). [Describe] computes what
// else there is: the [Statistics] and a [Histogram]. A [Partial] does without the
// list: it keeps what count, extremes, sum, mean, variance and standard deviation
// follow from, and merges with the Partials of other parts.
//
// # Figures
//
// Sum, minimum, maximum, range, median, mode, quartiles and quantiles are exact,
// however many digits that takes. A mean, a variance, a standard deviation, a
// skewness, a kurtosis (and under R8, which divides by three, a quantile and a
// difference of quantiles) is exact where its true value is a finite decimal of
// at most 34 significant digits; otherwise it is the nearest float64 (ties to
// even) of the true value, as the shortest decimal that reads back as that
// float64. Where that float64 would be infinite, or zero for a value that is not,
// the figure has 17 significant digits, rounded half to even.
//
// # Limits
//
// Written as d.ddd×10^e without leading or trailing zeros, a number of a list
// has at most [MaxDigits] digits and an e from -[MaxExponent] to
// [MaxExponent]. The work is linear in the length of the text, whatever the
// order of the list, save for the sort that Describe makes, and that of a list
// whose numbers no common power of ten makes integers of 126 bits; and no short
// text stands for a large amount of work or memory.
//
// Nothing in this package has side effects. Values are safe for concurrent
// use as long as nobody changes them.
package stats

import "fmt"

// A Figure is one figure of a summary: the canonical text of a JSON number.
// It has no leading or trailing zeros, is plain for magnitudes from 1e-6 up
// to, but not including, 1e21, and otherwise has an exponent written as
// JavaScript writes it: 1.5e-7, 1e+21. Zero is 0. Equal figures are equal
// numbers. The empty Figure stands for a figure that does not exist.
type Figure string

// A Method is one of the nine definitions of a sample quantile in R. J.
// Hyndman and Y. Fan, "Sample Quantiles in Statistical Packages", The American
// Statistician 50 (1996), numbered as there and in the R language.
type Method string

// The methods. R1 to R3 are discontinuous, the others interpolate. R7 is the
// default here, in R, in NumPy and in spreadsheets.
const (
	R1 Method = "R1" // inverse of the empirical distribution function
	R2 Method = "R2" // as R1, with averaging where the function steps
	R3 Method = "R3" // the nearest observation, to even on a tie
	R4 Method = "R4" // linear interpolation of the empirical distribution function
	R5 Method = "R5" // a piecewise linear function through the midpoints of the steps
	R6 Method = "R6" // as R4 on the expected positions; Weibull, Minitab, SPSS
	R7 Method = "R7" // as R4 on the modes of the positions; S, R, NumPy
	R8 Method = "R8" // approximately median-unbiased for any distribution
	R9 Method = "R9" // approximately unbiased for a normal distribution
)

// Valid reports whether m is R1 to R9.
func (m Method) Valid() bool {
	_, ok := m.rule()
	return ok
}

// Options say what [Summarize] computes beside the fixed figures.
type Options struct {
	// Quantiles are the probabilities to compute quantiles for, each from 0
	// to 1. A probability that is given twice counts once. Defaults to none.
	Quantiles []Number
	// Method is the definition that quartiles and quantiles follow.
	// Defaults to R7.
	Method Method
}

// Validate returns an error that names the first option out of bounds.
func (o Options) Validate() error {
	if o.Method != "" && !o.Method.Valid() {
		return fmt.Errorf("quantile method %q is not one of R1 to R9", string(o.Method))
	}
	for i, p := range o.Quantiles {
		if p.Cmp(zero) < 0 || p.Cmp(one) > 0 {
			return fmt.Errorf("quantiles[%d]: %s is not from 0 to 1", i, abbreviate(string(p.Figure())))
		}
	}
	return nil
}

// A Summary is the statistics of one list. [Summarize] and
// [Summary.UnmarshalJSON] fill it completely, [Partial.Summary] does not.
type Summary struct {
	Count int // of numbers, at least 1

	Sum, Min, Max, Mean Figure

	// Median is the middle number, or the mean of the two middle numbers,
	// whatever the Method.
	Median Figure

	// Variance and StdDev are the sample's: the sum of squared differences
	// from the mean is divided by Count-1. Both are empty for one number.
	Variance, StdDev Figure

	Q1, Q3    Figure     // the quantiles of 0.25 and 0.75
	Quantiles []Quantile // in the order asked
	Method    Method     // which Q1, Q3 and Quantiles follow
}

// A Quantile is the value that a share P of the list does not exceed, as the
// summary's [Method] defines it.
type Quantile struct {
	P, Value Figure
}
