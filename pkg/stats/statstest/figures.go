// Package statstest computes the statistics of a list a second time, for tests:
// naively, on big.Rat, from other formulas where there are any, and with other
// code to write figures. It shares no code with package stats.
package statstest

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strings"
)

// Figures returns the figures of the numbers, given as they are written, by
// name: count, sum, min, max, mean, median, method, q1, q3, variance and stddev
// (both empty for one number), and each quantile under p and its probability
// ("p0.9"). Method is "R1" to "R9". It panics on what is no number or no method.
func Figures(tokens []string, method string, ps []string) map[string]string {
	xs := sorted(tokens)
	n := len(xs)
	sum := new(big.Rat)
	for _, x := range xs {
		sum.Add(sum, x)
	}
	mean := new(big.Rat).Quo(sum, new(big.Rat).SetInt64(int64(n)))
	median := new(big.Rat).Add(xs[(n-1)/2], xs[n/2])
	median.Mul(median, big.NewRat(1, 2))
	ref := map[string]string{
		"count": fmt.Sprint(n), "sum": Exact(sum), "min": Exact(xs[0]), "max": Exact(xs[n-1]),
		"mean": Rounded(mean), "median": Exact(median), "method": method,
		"q1": quantile(xs, method, "0.25"), "q3": quantile(xs, method, "0.75"),
		"variance": "", "stddev": "",
	}
	if n > 1 {
		squares := new(big.Rat)
		for _, x := range xs {
			d := new(big.Rat).Sub(x, mean)
			squares.Add(squares, d.Mul(d, d))
		}
		variance := squares.Quo(squares, new(big.Rat).SetInt64(int64(n-1)))
		ref["variance"], ref["stddev"] = Rounded(variance), root(variance)
	}
	for _, p := range ps {
		ref["p"+Exact(Rat(p))] = quantile(xs, method, p)
	}
	return ref
}

func sorted(tokens []string) []*big.Rat {
	xs := make([]*big.Rat, len(tokens))
	for i, t := range tokens {
		xs[i] = Rat(t)
	}
	slices.SortFunc(xs, (*big.Rat).Cmp)
	return xs
}

// Rat is the value of a number as it is written. It panics on what is none.
func Rat(token string) *big.Rat {
	r, ok := new(big.Rat).SetString(token)
	if !ok {
		panic("statstest: not a number: " + token)
	}
	return r
}

// plotting holds the α and β of the plotting positions p[k] = (k−α)/(n+1−α−β)
// that define the continuous methods (Hyndman & Fan 1996, table 1).
var plotting = map[string][2]*big.Rat{
	"R4": {big.NewRat(0, 1), big.NewRat(1, 1)},
	"R5": {big.NewRat(1, 2), big.NewRat(1, 2)},
	"R6": {big.NewRat(0, 1), big.NewRat(0, 1)},
	"R7": {big.NewRat(1, 1), big.NewRat(1, 1)},
	"R8": {big.NewRat(1, 3), big.NewRat(1, 3)},
	"R9": {big.NewRat(3, 8), big.NewRat(3, 8)},
}

func quantile(xs []*big.Rat, method, prob string) string {
	return written(quantileOf(xs, method, prob), method)
}

// written writes what follows from quantiles by sums and differences alone.
func written(r *big.Rat, method string) string {
	if method == "R8" {
		return Rounded(r)
	}
	return Exact(r)
}

func quantileOf(xs []*big.Rat, method, prob string) *big.Rat {
	p := Rat(prob)
	n := new(big.Rat).SetInt64(int64(len(xs)))
	np := new(big.Rat).Mul(n, p)
	switch method {
	case "R1":
		return inverse(xs, np)
	case "R2":
		q := inverse(xs, np)
		if k := np.Num().Int64(); np.IsInt() && 1 <= k && k < int64(len(xs)) {
			q = new(big.Rat).Add(xs[k-1], xs[k])
			q.Mul(q, big.NewRat(1, 2))
		}
		return q
	case "R3":
		k := min(max(halfEven(np), 1), len(xs))
		return xs[k-1]
	}
	return interpolate(xs, p, method)
}

// inverse returns the least x[k] with k ≥ np.
func inverse(xs []*big.Rat, np *big.Rat) *big.Rat {
	for k := 1; k < len(xs); k++ {
		if new(big.Rat).SetInt64(int64(k)).Cmp(np) >= 0 {
			return xs[k-1]
		}
	}
	return xs[len(xs)-1]
}

// halfEven rounds a small r ≥ 0 to an integer, ties to even.
func halfEven(r *big.Rat) int {
	k := int(new(big.Int).Quo(r.Num(), r.Denom()).Int64())
	rest := new(big.Rat).Sub(r, new(big.Rat).SetInt64(int64(k)))
	if c := rest.Cmp(big.NewRat(1, 2)); c > 0 || c == 0 && k%2 == 1 {
		k++
	}
	return k
}

// interpolate joins the points (p[k], x[k]) by lines.
func interpolate(xs []*big.Rat, p *big.Rat, method string) *big.Rat {
	n := len(xs)
	alpha, beta := plotting[method][0], plotting[method][1]
	width := new(big.Rat).SetInt64(int64(n + 1))
	width.Sub(width, alpha).Sub(width, beta)
	if width.Sign() == 0 { // R7 of one number
		return xs[0]
	}
	at := func(k int) *big.Rat {
		r := new(big.Rat).SetInt64(int64(k))
		return r.Quo(r.Sub(r, alpha), width)
	}
	if p.Cmp(at(1)) <= 0 {
		return xs[0]
	}
	for k := 1; k < n; k++ {
		if p.Cmp(at(k+1)) <= 0 {
			share := new(big.Rat).Sub(p, at(k))
			share.Quo(share, new(big.Rat).Sub(at(k+1), at(k)))
			step := new(big.Rat).Sub(xs[k], xs[k-1])
			return step.Add(step.Mul(step, share), xs[k-1])
		}
	}
	return xs[n-1]
}

// Exact writes a finite decimal in full. It panics on what is none.
func Exact(r *big.Rat) string {
	text, ok := finite(r)
	if !ok {
		panic("statstest: not a finite decimal: " + r.String())
	}
	return text
}

func finite(r *big.Rat) (string, bool) {
	places, ok := r.FloatPrec()
	if !ok {
		return "", false
	}
	return canonical(r, r.FloatString(places)), true
}

// canonical writes the value of r as JavaScript would if its numbers were
// decimals, given its plain text.
func canonical(r *big.Rat, plain string) string {
	size := new(big.Rat).Abs(r)
	if r.Sign() == 0 || size.Cmp(Rat("1e-6")) >= 0 && size.Cmp(Rat("1e21")) < 0 {
		return plain
	}
	plain, neg := strings.CutPrefix(plain, "-")
	whole, frac, _ := strings.Cut(plain, ".")
	exp := len(whole) - 1
	digits := strings.TrimRight(whole+frac, "0")
	for digits[0] == '0' {
		digits, exp = digits[1:], exp-1
	}
	text := digits[:1]
	if len(digits) > 1 {
		text += "." + digits[1:]
	}
	text += fmt.Sprintf("e%+d", exp)
	if neg {
		text = "-" + text
	}
	return text
}

// significant counts the digits of a canonical text.
func significant(text string) int {
	text, _, _ = strings.Cut(text, "e")
	if !strings.Contains(text, ".") {
		text = strings.TrimRight(text, "0")
	}
	text = strings.NewReplacer("-", "", ".", "").Replace(text)
	return len(strings.TrimLeft(text, "0"))
}

// Rounded writes r in full where it is a decimal of at most 34 digits, otherwise
// as the nearest double or, where there is none, with 17 digits.
func Rounded(r *big.Rat) string {
	if text, ok := finite(r); ok && significant(text) <= 34 {
		return text
	}
	f, _ := r.Float64()
	if f != 0 && !math.IsInf(f, 0) {
		return Double(f)
	}
	return seventeen(new(big.Float).SetPrec(precision(r)).SetRat(r))
}

func root(r *big.Rat) string {
	num, den := new(big.Int).Sqrt(r.Num()), new(big.Int).Sqrt(r.Denom())
	root := new(big.Rat).SetFrac(num, den)
	if new(big.Rat).Mul(root, root).Cmp(r) == 0 {
		return Rounded(root)
	}
	x := new(big.Float).SetPrec(precision(r)).SetRat(r)
	x.Sqrt(x)
	f, _ := x.Float64()
	if f != 0 && !math.IsInf(f, 0) {
		return Double(f)
	}
	return seventeen(x)
}

// precision is far more than it takes to tell r from a tie.
func precision(r *big.Rat) uint {
	return uint(2*(r.Num().BitLen()+r.Denom().BitLen()) + 300)
}

// Double writes f as encoding/json does, which follows ECMAScript.
func Double(f float64) string {
	text, err := json.Marshal(f)
	if err != nil {
		panic(err)
	}
	return string(text)
}

var trailingZeros = regexp.MustCompile(`\.?0*e`)

func seventeen(x *big.Float) string {
	return trailingZeros.ReplaceAllString(x.Text('e', 16), "e")
}
