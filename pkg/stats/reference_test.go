package stats

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The reference computes every figure a second time: naively, on big.Rat, from
// other formulas where there are any, and with other code to write figures.

// refSummary returns the figures of the numbers by name, a quantile's under p
// and its probability.
func refSummary(tokens []string, method Method, ps []string) map[string]string {
	xs := make([]*big.Rat, len(tokens))
	for i, t := range tokens {
		xs[i] = rat(t)
	}
	slices.SortFunc(xs, (*big.Rat).Cmp)
	n := len(xs)
	sum := new(big.Rat)
	for _, x := range xs {
		sum.Add(sum, x)
	}
	mean := new(big.Rat).Quo(sum, new(big.Rat).SetInt64(int64(n)))
	median := new(big.Rat).Add(xs[(n-1)/2], xs[n/2])
	median.Mul(median, big.NewRat(1, 2))
	ref := map[string]string{
		"count": fmt.Sprint(n), "sum": refExact(sum), "min": refExact(xs[0]), "max": refExact(xs[n-1]),
		"mean": refRounded(mean), "median": refExact(median), "method": string(method),
		"q1": refQuantile(xs, method, "0.25"), "q3": refQuantile(xs, method, "0.75"),
		"variance": "", "stddev": "",
	}
	if n > 1 {
		squares := new(big.Rat)
		for _, x := range xs {
			d := new(big.Rat).Sub(x, mean)
			squares.Add(squares, d.Mul(d, d))
		}
		variance := squares.Quo(squares, new(big.Rat).SetInt64(int64(n-1)))
		ref["variance"], ref["stddev"] = refRounded(variance), refRoot(variance)
	}
	for _, p := range ps {
		ref["p"+refExact(rat(p))] = refQuantile(xs, method, p)
	}
	return ref
}

// gotSummary brings a summary into the form of refSummary.
func gotSummary(s Summary) map[string]string {
	got := map[string]string{
		"count": fmt.Sprint(s.Count), "sum": string(s.Sum), "min": string(s.Min), "max": string(s.Max),
		"mean": string(s.Mean), "median": string(s.Median), "method": string(s.Method),
		"q1": string(s.Q1), "q3": string(s.Q3), "variance": string(s.Variance), "stddev": string(s.StdDev),
	}
	for _, q := range s.Quantiles {
		got["p"+string(q.P)] = string(q.Value)
	}
	return got
}

func rat(token string) *big.Rat {
	r, ok := new(big.Rat).SetString(token)
	if !ok {
		panic("reference: not a number: " + token)
	}
	return r
}

// plotting holds the α and β of the plotting positions p[k] = (k−α)/(n+1−α−β)
// that define the continuous methods (Hyndman & Fan 1996, table 1).
var plotting = map[Method][2]*big.Rat{
	R4: {big.NewRat(0, 1), big.NewRat(1, 1)},
	R5: {big.NewRat(1, 2), big.NewRat(1, 2)},
	R6: {big.NewRat(0, 1), big.NewRat(0, 1)},
	R7: {big.NewRat(1, 1), big.NewRat(1, 1)},
	R8: {big.NewRat(1, 3), big.NewRat(1, 3)},
	R9: {big.NewRat(3, 8), big.NewRat(3, 8)},
}

func refQuantile(xs []*big.Rat, method Method, prob string) string {
	p := rat(prob)
	n := new(big.Rat).SetInt64(int64(len(xs)))
	np := new(big.Rat).Mul(n, p)
	switch method {
	case R1:
		return refExact(refInverse(xs, np))
	case R2:
		q := refInverse(xs, np)
		if k := np.Num().Int64(); np.IsInt() && 1 <= k && k < int64(len(xs)) {
			q = new(big.Rat).Add(xs[k-1], xs[k])
			q.Mul(q, big.NewRat(1, 2))
		}
		return refExact(q)
	case R3:
		k := min(max(refHalfEven(np), 1), len(xs))
		return refExact(xs[k-1])
	}
	q := refInterpolate(xs, p, method)
	if method == R8 {
		return refRounded(q)
	}
	return refExact(q)
}

// refInverse returns the least x[k] with k ≥ np.
func refInverse(xs []*big.Rat, np *big.Rat) *big.Rat {
	for k := 1; k < len(xs); k++ {
		if new(big.Rat).SetInt64(int64(k)).Cmp(np) >= 0 {
			return xs[k-1]
		}
	}
	return xs[len(xs)-1]
}

// refHalfEven rounds a small r ≥ 0 to an integer, ties to even.
func refHalfEven(r *big.Rat) int {
	k := int(new(big.Int).Quo(r.Num(), r.Denom()).Int64())
	rest := new(big.Rat).Sub(r, new(big.Rat).SetInt64(int64(k)))
	if c := rest.Cmp(big.NewRat(1, 2)); c > 0 || c == 0 && k%2 == 1 {
		k++
	}
	return k
}

// refInterpolate joins the points (p[k], x[k]) by lines.
func refInterpolate(xs []*big.Rat, p *big.Rat, method Method) *big.Rat {
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

// refExact writes a finite decimal in full.
func refExact(r *big.Rat) string {
	text, ok := refFinite(r)
	if !ok {
		panic("reference: not a finite decimal: " + r.String())
	}
	return text
}

func refFinite(r *big.Rat) (string, bool) {
	places, ok := r.FloatPrec()
	if !ok {
		return "", false
	}
	return refCanonical(r, r.FloatString(places)), true
}

// refCanonical writes the value of r as JavaScript would if its numbers were
// decimals, given its plain text.
func refCanonical(r *big.Rat, plain string) string {
	size := new(big.Rat).Abs(r)
	if r.Sign() == 0 || size.Cmp(rat("1e-6")) >= 0 && size.Cmp(rat("1e21")) < 0 {
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

func refRounded(r *big.Rat) string {
	if text, ok := refFinite(r); ok && significant(text) <= 34 {
		return text
	}
	f, _ := r.Float64()
	if f != 0 && !math.IsInf(f, 0) {
		return refDouble(f)
	}
	return ref17(new(big.Float).SetPrec(precision(r)).SetRat(r))
}

func refRoot(r *big.Rat) string {
	num, den := new(big.Int).Sqrt(r.Num()), new(big.Int).Sqrt(r.Denom())
	root := new(big.Rat).SetFrac(num, den)
	if new(big.Rat).Mul(root, root).Cmp(r) == 0 {
		return refRounded(root)
	}
	x := new(big.Float).SetPrec(precision(r)).SetRat(r)
	x.Sqrt(x)
	f, _ := x.Float64()
	if f != 0 && !math.IsInf(f, 0) {
		return refDouble(f)
	}
	return ref17(x)
}

// precision is far more than it takes to tell r from a tie.
func precision(r *big.Rat) uint {
	return uint(2*(r.Num().BitLen()+r.Denom().BitLen()) + 300)
}

// refDouble writes f as encoding/json does, which follows ECMAScript.
func refDouble(f float64) string {
	text, err := json.Marshal(f)
	if err != nil {
		panic(err)
	}
	return string(text)
}

var trailingZeros = regexp.MustCompile(`\.?0*e`)

func ref17(x *big.Float) string {
	return trailingZeros.ReplaceAllString(x.Text('e', 16), "e")
}

// list parses tokens, which are within the limits.
func list(t testing.TB, tokens ...string) *List {
	t.Helper()
	text := "[" + strings.Join(tokens, ",") + "]"
	l, n, err := ParseJSON([]byte(text))
	if err != nil || n != len(text) {
		t.Fatalf("ParseJSON(%.200q) = %d bytes, %v", text, n, err)
	}
	return l
}

// probabilities parses tokens, which are from 0 to 1.
func probabilities(t testing.TB, tokens ...string) []Number {
	t.Helper()
	ps := make([]Number, len(tokens))
	for i, token := range tokens {
		var err error
		if ps[i], err = ParseNumber(token); err != nil {
			t.Fatal(err)
		}
	}
	return ps
}
