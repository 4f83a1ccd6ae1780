package stats

import (
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/statline/statline/pkg/stats/statstest"
)

// TestStatisticsKnownAnswers are examples that others give.
func TestStatisticsKnownAnswers(t *testing.T) {
	tests := []struct {
		name, numbers string
		want          map[string]Figure
	}{
		{"documentation of SKEW and KURT in Excel", "3 4 5 2 3 4 5 6 4 7", map[string]Figure{
			"range": "5", "iqr": "1.75", "distinct": "6", "mode": "4", "mode_count": "3", "modes": "1",
			"skewness": "0.35954307140679714", "kurtosis": "-0.15179963720841422"}},
		{"one number", "5", map[string]Figure{"range": "0", "iqr": "0", "distinct": "1"}},
		{"all differ", "3 1 2", map[string]Figure{"range": "2", "iqr": "1", "distinct": "3", "skewness": "0"}},
		{"all equal", "0.10 0.1 1e-1 0.1", map[string]Figure{
			"range": "0", "iqr": "0", "distinct": "1", "mode": "0.1", "mode_count": "4", "modes": "1"}},
		{"a tie", "2 7 7 -1 2", map[string]Figure{
			"range": "8", "iqr": "5", "distinct": "3", "mode": "2", "mode_count": "2", "modes": "2",
			"skewness": "0.025499696884691916", "kurtosis": "-2.06424747174301"}},
		{"a rational root", "0 0 1", map[string]Figure{
			"range": "1", "iqr": "0.5", "distinct": "2", "mode": "0", "mode_count": "2", "modes": "1", "skewness": "1.7320508075688772"}},
		{"exact", "0 0 0 1", map[string]Figure{
			"range": "1", "iqr": "0.25", "distinct": "2", "mode": "0", "mode_count": "3", "modes": "1", "skewness": "2", "kurtosis": "4"}},
		{"far apart", "1e1000 1e-1000 1e-1000", map[string]Figure{
			"range": Figure("9." + strings.Repeat("9", 1999) + "e+999"), "distinct": "2",
			"iqr":  Figure("4." + strings.Repeat("9", 1999) + "5e+999"),
			"mode": "1e-1000", "mode_count": "2", "modes": "1", "skewness": "1.7320508075688772"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := Describe(list(t, strings.Fields(test.numbers)...), "")
			for _, s := range Statistics() {
				if got := d.Figure(s.Name); got != test.want[s.Name] {
					t.Errorf("%s = %q, want %q", s.Name, got, test.want[s.Name])
				}
			}
		})
	}
}

// TestStatisticsAgainstReference compares every registered statistic, and the
// histogram, with the naive computation on fractions. A statistic without a
// reference fails.
func TestStatisticsAgainstReference(t *testing.T) {
	for k, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(6, uint64(k)))
			lists := 60
			switch kind.name {
			case "around doubles", "tiny":
				lists = 18
			case "wild exponents":
				lists = 6
			}
			for i := range lists {
				checkDescription(t, withRepeats(r, randomTokens(r, k)), methods[i%len(methods)])
			}
		})
	}
}

// TestStatisticsOfEdges compares the lists where a definition has a corner.
func TestStatisticsOfEdges(t *testing.T) {
	for _, numbers := range []string{
		"0", "-0.0", "7", "-7.50", "1e1000", "-1e-1000", "0 0", "0 0 0 0 0", "5 5 5", "-2 -2 -2 -2", "1e1000 1e1000", "1e-1000 1e-1000 1e-1000",
		"1 2", "1 2 3", "-1 1", "-1 0 1", "1 2 3 4 5 6", "1 2 3 4 5 6 6 6", "10 20 30 20", "1000 2000", "0 100", "0 50 100 100", "0.1 0.2", "0.25 0.5 1",
		"1e1000 1e-1000", "-1e1000 1e1000 0", "1e999 1e1000 -1e-1000 3", "0.12345678901234567 0.12345678901234568 0.12345678901234567",
		"9007199254740993 9007199254740992 9007199254740993", "1 1 1 1 1e17", "99 101", "99.5 100.5 100.5", "-0.5 0.5 0.5 -0.5", "1 1e300",
	} {
		for _, method := range methods {
			checkDescription(t, strings.Fields(numbers), method)
		}
	}
}

// TestStatisticsOfLongerLists has histograms of many bins.
func TestStatisticsOfLongerLists(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 0))
	for i := range 18 {
		tokens := make([]string, 13+r.IntN(500))
		for j := range tokens {
			tokens[j] = kinds[i%8].number(r)
		}
		checkDescription(t, tokens, methods[i%len(methods)])
	}
}

func checkDescription(t testing.TB, tokens []string, method Method) {
	t.Helper()
	d := Describe(list(t, tokens...), method)
	for _, s := range statistics {
		want, ok := statstest.Further(s.Name, tokens, string(method))
		if !ok {
			t.Fatalf("statstest has no reference for %s", s.Name)
		}
		if got := d.Figure(s.Name); string(got) != want {
			t.Fatalf("%s under %s of %s:\n got %s\nwant %s", s.Name, method, tokens, got, want)
		}
	}
	edges, counts := statstest.Histogram(tokens)
	h := d.Histogram
	if got := fmt.Sprint(h.Edges); got != fmt.Sprint(edges) || !slices.Equal(h.Counts, counts) {
		t.Fatalf("histogram of %s:\n got %s %v\nwant %s %v", tokens, got, h.Counts, edges, counts)
	}
}

// withRepeats returns the tokens with some of them again.
func withRepeats(r *rand.Rand, tokens []string) []string {
	for range r.IntN(4) {
		tokens = append(tokens, tokens[r.IntN(len(tokens))])
	}
	return tokens
}

func drawTokens(t *rapid.T) []string {
	kind := rapid.IntRange(0, len(kinds)-1).Draw(t, "kind")
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	return withRepeats(r, randomTokens(r, kind))
}

func describe(t rapid.TB, tokens []string, m Method) Description {
	l, err := ParseText([]byte(strings.Join(tokens, " ")))
	if err != nil {
		t.Fatalf("ParseText(%s): %v", tokens, err)
	}
	return Describe(l, m)
}

// TestDescriptionOrderAndForm: neither the order of a list nor how its numbers
// are written changes anything.
func TestDescriptionOrderAndForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tokens := drawTokens(t)
		method := rapid.SampledFrom(methods).Draw(t, "method")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 0))
		want := describe(t, tokens, method)
		r.Shuffle(len(tokens), func(i, j int) { tokens[i], tokens[j] = tokens[j], tokens[i] })
		for i := range tokens {
			tokens[i] = otherForm(r, tokens[i])
		}
		if got := describe(t, tokens, method); !reflect.DeepEqual(got, want) {
			t.Fatalf("%s:\n got %v\nwant %v", tokens, got, want)
		}
	})
}

// otherForm writes the same number with another exponent: 1 as 10e-1.
func otherForm(r *rand.Rand, token string) string {
	if strings.ContainsAny(token, "eE.") || r.IntN(2) == 0 {
		return rewrite(r, token)
	}
	zeros := 1 + r.IntN(20)
	if strings.TrimPrefix(token, "-") == "0" {
		return token + fmt.Sprintf("e-%d", zeros)
	}
	return token + strings.Repeat("0", zeros) + fmt.Sprintf("e-%d", zeros)
}

// TestLaws holds every registered statistic to its law, under R7.
func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tokens := withoutFar(drawTokens(t))
		k := rapid.SampledFrom([]string{"2", "0.5", "10", "1e-3", "3", "0.7", "125e2", "1e600", "1e-500"}).Draw(t, "k")
		c := rapid.SampledFrom([]string{"1", "-1", "0.001", "12345678901234567890", "-1e25"}).Draw(t, "c")
		before := describe(t, tokens, R7)
		scaled := describe(t, replaced(tokens, k, "0"), R7)
		moved := describe(t, replaced(tokens, "1", c), R7)
		mirrored := describe(t, replaced(tokens, "-1", "0"), R7)
		for _, s := range statistics {
			x, law := before.Figure(s.Name), s.law
			if x == "" || len(tokens) < law.least {
				for _, d := range []Description{before, scaled, moved, mirrored} {
					if got := d.Figure(s.Name); got != "" {
						t.Fatalf("%s of %s and the like has %s, want none", s.Name, tokens, got)
					}
				}
				continue
			}
			factor := big.NewRat(1, 1)
			for range law.degree {
				factor.Mul(factor, statstest.Rat(k))
			}
			law.check(t, scaled.Figure(s.Name), x, factor, new(big.Rat))
			shift := new(big.Rat)
			if law.moves {
				shift = statstest.Rat(c)
			}
			law.check(t, moved.Figure(s.Name), x, big.NewRat(1, 1), shift)
			if law.mirror != 0 {
				law.check(t, mirrored.Figure(s.Name), x, big.NewRat(int64(law.mirror), 1), new(big.Rat))
			}
		}
	})
}

// withoutFar leaves out the numbers that would be beyond the limits when they
// are multiplied or moved.
func withoutFar(tokens []string) []string {
	tokens = slices.DeleteFunc(tokens, func(token string) bool {
		n, err := ParseNumber(token)
		return err != nil || n.exp < -480 || n.exp > 380
	})
	return append(tokens, "1")
}

// check compares got with factor·x + shift. A figure that is rounded and
// multiplied may be off by the rounding.
func (l law) check(t *rapid.T, got, x Figure, factor, shift *big.Rat) {
	t.Helper()
	want := new(big.Rat).Mul(statstest.Rat(string(x)), factor)
	want.Add(want, shift)
	off := statstest.Rat(string(got))
	off.Sub(off, want)
	allowed := new(big.Rat)
	if l.rounded && (l.degree != 0 || l.moves) {
		allowed.Mul(allowed.Abs(want), big.NewRat(1, 1<<50))
	}
	if off.Abs(off).Cmp(allowed) > 0 {
		t.Fatalf("%s becomes %s, want %s", x, got, want.FloatString(20))
	}
}

// replaced returns k·x + c for every x.
func replaced(tokens []string, k, c string) []string {
	other := make([]string, len(tokens))
	for i, token := range tokens {
		x := new(big.Rat).Mul(statstest.Rat(token), statstest.Rat(k))
		other[i] = statstest.Exact(x.Add(x, statstest.Rat(c)))
	}
	return other
}

// TestHistogram checks what the type promises of every list.
func TestHistogram(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tokens := drawTokens(t)
		h := describe(t, tokens, R7).Histogram
		sum := 0
		for _, n := range h.Counts {
			sum += n
		}
		sturges := len(fmt.Sprintf("%b", len(tokens)-1)) + 1
		if sum != len(tokens) || len(h.Edges) != len(h.Counts)+1 || len(h.Counts) > 2*sturges+1 {
			t.Fatalf("%s: %v", tokens, h)
		}
		width := new(big.Rat).Sub(statstest.Rat(string(h.Edges[1])), statstest.Rat(string(h.Edges[0])))
		for i, edge := range h.Edges[1:] {
			step := new(big.Rat).Sub(statstest.Rat(string(edge)), statstest.Rat(string(h.Edges[i])))
			if step.Cmp(width) != 0 || step.Sign() <= 0 {
				t.Fatalf("%s: edges %v are not of one width", tokens, h.Edges)
			}
		}
		if digits := strings.Trim(strings.SplitN(statstest.Exact(width), "e", 2)[0], "0."); digits != "1" && digits != "2" && digits != "5" {
			t.Fatalf("%s: width %s", tokens, width)
		}
	})
}

func TestHistogramKnownAnswers(t *testing.T) {
	tests := []struct{ numbers, edges, counts string }{
		{"7 8 54 89", "[0 20 40 60 80 100]", "[2 0 1 0 1]"},
		{"1 2 3 4 5 6 6 3", "[1 2 3 4 5 6 7]", "[1 1 2 1 1 2]"}, // each value has a bin
		{"5 5 5", "[5 6]", "[3]"},
		{"0 0", "[0 1]", "[2]"},
		{"0.1 0.2 0.3", "[0.1 0.2 0.3 0.4]", "[1 1 1]"},
		{"0 100 100 37.5", "[0 50 100]", "[2 2]"}, // the last bin is closed
		{"-1e1000 1e-1000 1e1000", "[-1e+1000 -5e+999 0 5e+999 1e+1000]", "[1 0 1 1]"},
		{"1e-1000 2e-1000", "[1e-1000 2e-1000 3e-1000]", "[1 1]"},
	}
	for _, test := range tests {
		h := describe(t, strings.Fields(test.numbers), R7).Histogram
		if edges, counts := fmt.Sprint(h.Edges), fmt.Sprint(h.Counts); edges != test.edges || counts != test.counts {
			t.Errorf("%s: %s %s, want %s %s", test.numbers, edges, counts, test.edges, test.counts)
		}
	}
}

// TestDescribeDistantExponents: what a description costs does not depend on how
// far apart the numbers are.
func TestDescribeDistantExponents(t *testing.T) {
	long := strings.Repeat("9", MaxDigits-1) + "8"
	for name, unit := range map[string]string{
		"alternating":   "1e1000 1e-1000 ",
		"long and high": long + "e-1000 9e999 8e999 9e999 ",
		"every place":   everyPlace(),
	} {
		tokens := strings.Fields(strings.Repeat(unit, 128<<10/len(unit)))
		d := describe(t, tokens, R8)
		for _, s := range statistics {
			if d.Figure(s.Name) == "" {
				t.Errorf("%s: no %s", name, s.Name)
			}
		}
	}
}

func everyPlace() string {
	var b strings.Builder
	for e := -MaxExponent; e <= MaxExponent; e++ {
		fmt.Fprintf(&b, "7e%d ", e)
	}
	return b.String()
}

func TestDescriptionJSON(t *testing.T) {
	d := describe(t, strings.Fields("7 8 54 89 7"), R7)
	const want = `{"range":82,"iqr":47,"distinct":4,"mode":7,"mode_count":2,"modes":1,"skewness":1.0799377189080892,"kurtosis":-0.651742559936948,` +
		`"histogram":{"edges":[0,20,40,60,80,100],"counts":[3,0,1,0,1]}}`
	if got := string(d.AppendJSON(nil)); got != want || !json.Valid([]byte(got)) {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestDescribePanics(t *testing.T) {
	for want, call := range map[string]func(){
		"stats: describe: the list is empty":                            func() { Describe(&List{}, R7) },
		`stats: describe: quantile method "R10" is not one of R1 to R9`: func() { Describe(list(t, "1"), "R10") },
	} {
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

// TestRegistry: names are keys of one JSON object, together with the summary's.
func TestRegistry(t *testing.T) {
	var s Summary
	seen := map[string]bool{"count": true, "quantiles": true, "quantile_method": true, "histogram": true}
	for _, entry := range Statistics() {
		if seen[entry.Name] || s.field(entry.Name) != nil || strings.Trim(entry.Name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			t.Errorf("the name %q is taken or no key", entry.Name)
		}
		if entry.Doc == "" || entry.law.least < 1 {
			t.Errorf("%s: %+v", entry.Name, entry)
		}
		seen[entry.Name] = true
	}
}
