package stats

import (
	"maps"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/statline/statline/pkg/stats/statstest"
)

// randomLong returns a long of a list, of any size.
func randomLong(r *rand.Rand) long {
	u := ulong{r.Uint64() >> 2, r.Uint64()}
	switch r.IntN(4) {
	case 0:
		u.hi >>= r.IntN(62)
	case 1:
		u = ulong{0, u.lo >> r.IntN(64)}
	case 2:
		u = ulong{1<<62 - 1, 1<<64 - 1 - u.lo>>r.IntN(64)}
	}
	return longOf(u, r.IntN(2) == 0)
}

func TestLongArithmetic(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 0))
	var sum longSum
	var squares longSquares
	wantSum, wantSquares := new(big.Int), new(big.Int)
	limit := new(big.Int).Lsh(big.NewInt(1), maxLongBits)
	for range 20000 {
		v, w := randomLong(r), randomLong(r)
		x, y := v.big(), w.big()
		if got, want := v.sub(w).big(), new(big.Int).Sub(x, y); got.Cmp(want) != 0 {
			t.Fatalf("%s - %s = %s, want %s", x, y, got, want)
		}
		if v.sub(w).add(w) != v || v.cmp(w) != x.Cmp(y) {
			t.Fatalf("%s, %s: v-w+w is %s, cmp %d", x, y, v.sub(w).add(w).big(), v.cmp(w))
		}
		if size := v.size(); size.bitLen() != x.BitLen() || size.longer(w.size()).bitLen() != max(x.BitLen(), y.BitLen()) {
			t.Fatalf("%s has %d bits", x, size.bitLen())
		}
		k := r.IntN(60)
		want := new(big.Int).Mul(new(big.Int).Abs(x), tenTo(k))
		got, ok := v.size().timesTen(k)
		if k < len(powers) && ok && v.times(powers[k]).size() != got {
			t.Fatalf("%s×10^%d = %v, want %v", x, k, v.times(powers[k]), got)
		}
		if ok != (want.Cmp(limit) < 0 || v.size().isZero()) || ok && longOf(got, false).big().Cmp(want) != 0 {
			t.Fatalf("%s×10^%d = %v, %t, want %s", x, k, got, ok, want)
		}
		sum.add(v)
		squares.add(v.size())
		wantSum.Add(wantSum, x)
		wantSquares.Add(wantSquares, new(big.Int).Mul(x, x))
		if sum.big().Cmp(wantSum) != 0 || squares.big().Cmp(wantSquares) != 0 {
			t.Fatalf("sums %s, %s, want %s, %s", sum.big(), squares.big(), wantSum, wantSquares)
		}
	}
}

func TestSelectLongs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		longs := make([]long, rapid.IntRange(1, 1500).Draw(t, "n"))
		distinct := rapid.IntRange(1, 2*len(longs)).Draw(t, "distinct")
		shift := rapid.IntRange(0, 120).Draw(t, "shift")
		values := make([]long, distinct)
		for i := range values {
			values[i] = randomLong(r)
			if r.IntN(2) == 0 {
				values[i].hi >>= max(shift-64, 0)
				values[i].lo >>= min(shift, 64)
			}
		}
		for i := range longs {
			longs[i] = values[r.IntN(distinct)]
		}
		var ranks []int
		for rank := range longs {
			if r.IntN(len(longs)) < 8 {
				ranks = append(ranks, rank)
			}
		}
		bits := 0
		for _, v := range longs {
			bits = max(bits, v.size().bitLen())
		}
		sorted := slices.SortedFunc(slices.Values(longs), func(a, b long) int { return a.big().Cmp(b.big()) })
		for i, v := range selectLongs(longs, bits, ranks) {
			if v != sorted[ranks[i]] {
				t.Fatalf("%s at rank %d of %d, want %s", v.big(), ranks[i], len(longs), sorted[ranks[i]].big())
			}
		}
	})
}

// edges are numbers on both sides of where a list needs another form.
var edges = []string{
	"9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
	"18446744073709551615", "18446744073709551616", "99999999999999999999",
	"85070591730234615865843651857942052863", "85070591730234615865843651857942052864", // 2^126
	"-85070591730234615865843651857942052863", "-85070591730234615865843651857942052864",
	"9999999999999999999999999999999999999", "-10000000000000000000000000000000000000",
	"0", "-0", "0.00", "1", "-1", "0.1", "-0.25", "1e18", "1e19", "1e-18", "1e-19", "1e37", "1e38", "1e-37", "1e-38",
	"0.12345678901234567", "0.0000123456789012345678", "12345678901234567.25", "1e1000", "-1e-1000",
}

// TestEdges compares lists whose numbers meet at every edge, short ones and
// those too long to be sorted, in two orders, with the reference.
func TestEdges(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 0))
	for i := range 400 {
		tokens := make([]string, 1+r.IntN(8))
		if i%20 == 0 {
			tokens = make([]string, maxSorted+1+r.IntN(100))
		}
		few := 1 + r.IntN(len(edges)-2) // most lists without the greatest exponents
		for j := range tokens {
			tokens[j] = edges[r.IntN(few)]
		}
		method := methods[i%len(methods)]
		o := Options{Quantiles: probabilities(t, "0.1", "0.9"), Method: method}
		want := statstest.Figures(tokens, string(method), []string{"0.1", "0.9"})
		for range 2 {
			r.Shuffle(len(tokens), func(i, j int) { tokens[i], tokens[j] = tokens[j], tokens[i] })
			l := list(t, tokens...)
			for j, n := range probabilities(t, tokens...) {
				if l.At(j) != n {
					t.Fatalf("%s: %s at %d", tokens, l.At(j), j)
				}
			}
			if got := gotSummary(Summarize(l, o)); !maps.Equal(got, want) {
				t.Fatalf("%s of %s:\n got %v\nwant %v", method, tokens, got, want)
			}
		}
	}
}

// TestLongLists compares lists of every form that are far too long to be
// sorted, in two orders, with the reference.
func TestLongLists(t *testing.T) {
	r := rand.New(rand.NewPCG(14, 0))
	ps := []string{"0.001", "0.01", "0.1", "0.5", "0.9", "0.99", "0.999"}
	for i, kind := range kinds {
		if strings.Contains(kind.name, "exponents") || kind.name == "around doubles" || kind.name == "tiny" {
			continue // too slow for the reference
		}
		tokens := make([]string, 1000+r.IntN(1000))
		for j := range tokens {
			tokens[j] = kind.number(r)
		}
		method := methods[i%len(methods)]
		want := statstest.Figures(tokens, string(method), ps)
		for range 2 {
			r.Shuffle(len(tokens), func(i, j int) { tokens[i], tokens[j] = tokens[j], tokens[i] })
			s := Summarize(list(t, tokens...), Options{Quantiles: probabilities(t, ps...), Method: method})
			if got := gotSummary(s); !maps.Equal(got, want) {
				t.Fatalf("%s of %d %s:\n got %v\nwant %v", method, len(tokens), kind.name, got, want)
			}
		}
	}
}

// TestAllocations bounds what a list of a request's size allocates: nothing
// for each number.
func TestAllocations(t *testing.T) {
	for name, number := range map[string]func(*rand.Rand) string{"integers": integer, "money": money, "17 digits": digits17} {
		text := randomList(rand.New(rand.NewPCG(15, 0)), 10000, 0, number)
		got := testing.AllocsPerRun(5, func() { reply(t, text) })
		if got > 400 {
			t.Errorf("%s: %v allocations for 10,000 numbers", name, got)
		}
	}
}

// TestForms checks that the lists meant for a form have it.
func TestForms(t *testing.T) {
	tests := []struct {
		tokens []string
		form   form
	}{
		{[]string{"1", "9223372036854775807"}, inInts}, {[]string{"1.25", "-92233720368547758.07"}, inInts},
		{[]string{"9223372036854775808"}, inLongs}, {[]string{"0.1234567890123456789", "10"}, inLongs},
		{[]string{"1", "85070591730234615865843651857942052863"}, inLongs}, {[]string{"1e18", "1e-18"}, inLongs},
		{[]string{"1", "85070591730234615865843651857942052864"}, inWide}, {[]string{"1e38", "1"}, inWide},
		{[]string{"0.1", "12345678901234567890123456789012345678"}, inWide},
	}
	for _, test := range tests {
		for _, pad := range []string{"", strings.Repeat(" ", plainWindow)} {
			l, err := ParseText([]byte(strings.Join(test.tokens, ",") + pad))
			if err != nil {
				t.Fatal(err)
			}
			if l.form != test.form {
				t.Errorf("%s is held in form %d, want %d", test.tokens, l.form, test.form)
			}
		}
	}
}
