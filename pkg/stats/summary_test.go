package stats

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/statline/statline/pkg/stats/statstest"
)

var methods = []Method{R1, R2, R3, R4, R5, R6, R7, R8, R9}

func TestKnownAnswers(t *testing.T) {
	numAcc4 := []string{"10000000.2"}
	for range 500 {
		numAcc4 = append(numAcc4, "10000000.1", "10000000.3")
	}
	huge := "1" + strings.Repeat("0", 999)
	tests := []struct {
		name    string
		numbers []string
		want    map[string]string
	}{
		{"contract", []string{"7", "8", "54", "89"}, map[string]string{
			"count": "4", "sum": "158", "min": "7", "max": "89", "mean": "39.5", "median": "31",
			"variance": "1569.6666666666667", "stddev": "39.619019001821165", "q1": "7.75", "q3": "62.75", "p0.9": "78.5"}},
		{"one number", []string{"-1.50"}, map[string]string{
			"count": "1", "sum": "-1.5", "min": "-1.5", "max": "-1.5", "mean": "-1.5", "median": "-1.5",
			"variance": "", "stddev": "", "q1": "-1.5", "q3": "-1.5", "p0.9": "-1.5"}},
		{"minus zero", []string{"-0", "-0.0e5"}, map[string]string{
			"sum": "0", "min": "0", "max": "0", "mean": "0", "median": "0", "variance": "0", "stddev": "0"}},
		{"decimals", []string{"0.1", "0.2", "0.3"}, map[string]string{
			"sum": "0.6", "mean": "0.2", "variance": "0.01", "stddev": "0.1"}},
		{"cancellation", []string{"1e16", "1", "-1e16"}, map[string]string{"sum": "1", "mean": "0.3333333333333333"}},
		{"beyond int64", []string{"1e100", "1", "-1e100", "1"}, map[string]string{"sum": "2", "mean": "0.5"}},
		{"no overflow", []string{"1e308", "1e308", "-1e308"}, map[string]string{
			"sum": "1e+308", "mean": "3.333333333333333e+307", "stddev": "1.1547005383792515e+308"}},
		{"large offset", []string{"1000000004", "1000000007", "1000000013", "1000000016"}, map[string]string{
			"variance": "30", "stddev": "5.477225575051661"}},
		{"NIST NumAcc4", numAcc4, map[string]string{
			"count": "1001", "mean": "10000000.2", "variance": "0.01", "stddev": "0.1"}},
		{"odd beyond 2^53", []string{"9007199254740993"}, map[string]string{
			"sum": "9007199254740993", "min": "9007199254740993", "max": "9007199254740993",
			"mean": "9007199254740993", "median": "9007199254740993", "q1": "9007199254740993", "q3": "9007199254740993"}},
		{"twenty digits and a tenth", []string{"12345678901234567890", "0.1"}, map[string]string{
			"sum": "12345678901234567890.1", "mean": "6172839450617283945.05", "max": "12345678901234567890"}},
		{"ends of int64", []string{"-9223372036854775808", "9223372036854775807"}, map[string]string{
			"sum": "-1", "mean": "-0.5", "median": "-0.5", "min": "-9223372036854775808", "max": "9223372036854775807"}},
		{"sum beyond int64", []string{"9223372036854775807", "9223372036854775807", "9223372036854775807"}, map[string]string{
			"sum": "27670116110564327421", "mean": "9223372036854775807", "variance": "0", "stddev": "0"}},
		{"a thousand digits", []string{huge + "e1", "1"}, map[string]string{
			"sum": "1." + strings.Repeat("0", 999) + "1e+1000", "min": "1", "max": "1e+1000",
			"stddev": "7.0710678118654752e+999"}},
		{"34 digits are exact", []string{"1234567890123456789012345678901234"}, map[string]string{
			"mean": "1.234567890123456789012345678901234e+33"}},
		{"35 digits are rounded", []string{"12345678901234567890123456789012345"}, map[string]string{
			"mean": "1.234567890123457e+34", "sum": "1.2345678901234567890123456789012345e+34"}},
		{"17 digits below doubles", []string{"1e-400", "1e-400", "2e-400"}, map[string]string{
			"mean": "1.3333333333333333e-400", "variance": "3.3333333333333333e-801", "stddev": "5.7735026918962576e-401"}},
		{"17 digits above doubles", []string{"1e400", "1e400", "3e400"}, map[string]string{
			"mean": "1.6666666666666667e+400", "variance": "1.3333333333333333e+800", "stddev": "1.1547005383792515e+400"}},
		{"negative, above doubles", []string{"-1e400", "-1e400", "0"}, map[string]string{"mean": "-6.6666666666666667e+399"}},
		{"subnormal mean", []string{"1e-323", "1e-323", "0"}, map[string]string{"mean": "5e-324"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := Summarize(list(t, test.numbers...), Options{Quantiles: probabilities(t, "0.9")})
			got := gotSummary(s)
			for key, want := range test.want {
				if got[key] != want {
					t.Errorf("%s = %s, want %s", key, got[key], want)
				}
			}
		})
	}
}

// A standard deviation is exact where the variance is a square, even one with
// too many digits to be exact itself.
func TestExactRoot(t *testing.T) {
	const d = "1.000000000000000000000001" // 25 digits; its square has 49
	s := Summarize(list(t, "0", d, "-"+d), Options{})
	if s.StdDev != d || s.Variance != "1" {
		t.Errorf("variance %s, stddev %s; want 1, %s", s.Variance, s.StdDev, d)
	}
}

// The kinds of lists that the arithmetic tells apart, and those that trip up
// floating point.
var kinds = []struct {
	name   string
	number func(*rand.Rand) string
}{
	{"small integers", func(r *rand.Rand) string { return fmt.Sprint(r.IntN(2001) - 1000) }},
	{"ties", func(r *rand.Rand) string { return fmt.Sprint(r.IntN(3)) }},
	{"int64", func(r *rand.Rand) string { return fmt.Sprint(int64(r.Uint64())) }},
	{"ends of int64", func(r *rand.Rand) string {
		return []string{"9223372036854775807", "-9223372036854775808", "9223372036854775808", "999999999999999999", "1e18", "-0", "0.1"}[r.IntN(7)]
	}},
	{"money", func(r *rand.Rand) string { return fmt.Sprintf("%.2f", float64(r.IntN(2000000)-1000000)/100) }},
	{"mixed places", func(r *rand.Rand) string { return fmt.Sprintf("%.*f", r.IntN(12), r.NormFloat64()*1000) }},
	{"17 digits", func(r *rand.Rand) string { return strconv.FormatFloat(r.NormFloat64(), 'g', -1, 64) }},
	{"large offset", func(r *rand.Rand) string { return fmt.Sprintf("1000000000000000.%d", r.IntN(4)) }},
	{"exponents", func(r *rand.Rand) string { return fmt.Sprintf("%d.%de%d", r.IntN(10), r.IntN(100), r.IntN(60)-30) }},
	{"around doubles", func(r *rand.Rand) string {
		return fmt.Sprintf("%de%d", r.IntN(99)+1, []int{308, 307, -323, -324, -162}[r.IntN(5)])
	}},
	{"tiny", func(r *rand.Rand) string { return fmt.Sprintf("-%de-%d", r.IntN(1000), 320+r.IntN(90)) }},
	{"wild exponents", func(r *rand.Rand) string { return fmt.Sprintf("%de%d", r.IntN(199)-99, r.IntN(1990)-995) }},
	{"long", func(r *rand.Rand) string {
		return fmt.Sprintf("%d%0*d.%d", r.IntN(9)+1, r.IntN(30), r.IntN(9), r.Uint64())
	}},
	{"halfway between doubles", func(r *rand.Rand) string { return fmt.Sprint(1<<53 + r.Int64N(8)) }},
	{"zeros", func(r *rand.Rand) string { return []string{"0", "-0", "0.00", "-0e9", "0E-9999"}[r.IntN(5)] }},
}

var someProbabilities = []string{"0", "1", "0.5", "0.1", "0.9", "0.99", "0.333", "1e-1", "0.125", "75e-2", "0.00000000000000000001", "0.99999999999999999999", "0.2", "0.625"}

func randomTokens(r *rand.Rand, kind int) []string {
	return mixedTokens(r, kind, 1+r.IntN(12))
}

// mixedTokens returns n numbers, of which one in forty is of any kind.
func mixedTokens(r *rand.Rand, kind, n int) []string {
	tokens := make([]string, n)
	for i := range tokens {
		k := kind
		if r.IntN(40) == 0 {
			k = r.IntN(len(kinds))
		}
		tokens[i] = kinds[k].number(r)
	}
	return tokens
}

// TestOrderDoesNotMatter shuffles a list, and writes its numbers differently:
// the figures stay the same, though the list may be held another way.
func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.IntRange(0, len(kinds)-1).Draw(t, "kind")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		tokens := randomTokens(r, kind)
		o := Options{Quantiles: []Number{firstQuarter}, Method: rapid.SampledFrom(methods).Draw(t, "method")}
		want := summarizeText(t, strings.Join(tokens, " "), o)
		r.Shuffle(len(tokens), func(i, j int) { tokens[i], tokens[j] = tokens[j], tokens[i] })
		for i := range tokens {
			tokens[i] = rewrite(r, tokens[i])
		}
		if got := summarizeText(t, strings.Join(tokens, ","), o); !reflect.DeepEqual(got, want) {
			t.Fatalf("%s:\n got %v\nwant %v", tokens, got, want)
		}
	})
}

func summarizeText(t *rapid.T, text string, o Options) Summary {
	l, err := ParseText([]byte(text))
	if err != nil {
		t.Fatalf("ParseText(%q): %v", text, err)
	}
	return Summarize(l, o)
}

// rewrite writes the same number with needless zeros.
func rewrite(r *rand.Rand, token string) string {
	if strings.ContainsAny(token, "eE.") || r.IntN(2) == 0 {
		return token
	}
	return token + "." + strings.Repeat("0", 1+r.IntN(20)) + []string{"", "e0", "E-0", "e+00"}[r.IntN(4)]
}

func TestSummarizeLeavesTheListAlone(t *testing.T) {
	for _, tokens := range [][]string{{"3", "1", "2"}, {"1e500", "-3", "2e-500"}} {
		l := list(t, tokens...)
		first := Summarize(l, Options{})
		for i, token := range tokens {
			if want := probabilities(t, token)[0]; l.At(i) != want {
				t.Errorf("At(%d) = %s, want %s", i, l.At(i), want)
			}
		}
		if second := Summarize(l, Options{}); !reflect.DeepEqual(first, second) {
			t.Errorf("second summary %v, first %v", second, first)
		}
	}
}

func TestSummarizePanics(t *testing.T) {
	tests := map[string]func(){
		"stats: summarize: the list is empty": func() { Summarize(&List{}, Options{}) },
		`stats: summarize: quantile method "R10" is not one of R1 to R9`: func() {
			Summarize(list(t, "1"), Options{Method: "R10"})
		},
		"stats: summarize: quantiles[1]: 1.1 is not from 0 to 1": func() {
			Summarize(list(t, "1"), Options{Quantiles: probabilities(t, "1", "1.1")})
		},
	}
	for want, call := range tests {
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("panic %v, want %v", got, want)
				}
			}()
			call()
		}()
	}
}

// TestDistantExponents checks that what a list costs does not depend on how
// far apart its numbers are: each of these takes 256 KiB.
func TestDistantExponents(t *testing.T) {
	long := strings.Repeat("9", MaxDigits-1) + "8"
	for name, unit := range map[string]string{
		"alternating":   "1e1000,1e-1000,",
		"long and high": long + "e-1000,9e999,9e999,9e999,",
		"long":          long + ",-" + long + ",",
	} {
		text := strings.TrimSuffix(strings.Repeat(unit, 256<<10/len(unit)), ",")
		l, err := ParseText([]byte(text))
		if err != nil {
			t.Fatal(name, err)
		}
		s := Summarize(l, Options{Quantiles: probabilities(t, "0.1", "0.99"), Method: R8})
		if want := strings.Count(text, ",") + 1; s.Count != want {
			t.Errorf("%s: count = %d, want %d", name, s.Count, want)
		}
		low := statstest.Rat(string(s.Min))
		if low.Cmp(statstest.Rat(string(s.Mean))) > 0 || slices.Contains([]Figure{s.Variance, s.StdDev}, "0") {
			t.Errorf("%s: min %.20s, mean %s, variance %s, stddev %s", name, s.Min, s.Mean, s.Variance, s.StdDev)
		}
	}
}
