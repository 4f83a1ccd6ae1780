package stats

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/statline/statline/pkg/stats/statstest"
)

var (
	lists = flag.Int("lists", 10_000, "how many lists TestReference computes twice")
	seed  = flag.Uint64("seed", 1, "what the lists of TestReference follow from")
)

// TestReference compares every figure of random lists, under every method, with
// the naive computation on fractions. A list follows from the seed and its
// number alone, so that more lists are the same ones and others. A million,
// which take longer than a test may by default, and another seed:
//
//	go test ./pkg/stats -run TestReference -v -timeout 0 -lists 1000000 -seed 2
func TestReference(t *testing.T) {
	t.Logf("%d lists of seed %d", *lists, *seed)
	var next, numbers atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(*lists) && !t.Failed(); i = next.Add(1) - 1 {
				numbers.Add(int64(compareList(t, i)))
			}
		})
	}
	workers.Wait()
	t.Logf("%d numbers", numbers.Load())
}

// compareList compares one list and returns its length.
func compareList(t *testing.T, i int64) int {
	r := rand.New(rand.NewPCG(*seed, uint64(i)))
	method := methods[i%int64(len(methods))]
	tokens := referenceTokens(r)
	ps := referenceProbabilities(r, len(tokens))
	l, _, err := ParseJSON([]byte("[" + strings.Join(tokens, ",") + "]"))
	if err != nil {
		t.Errorf("list %d of seed %d, %s: %v", i, *seed, tokens, err)
		return 0
	}
	asked := make([]Number, len(ps))
	for k, p := range ps {
		if asked[k], err = ParseNumber(p); err != nil {
			t.Errorf("list %d of seed %d, probability %s: %v", i, *seed, p, err)
			return 0
		}
	}
	got := gotSummary(Summarize(l, Options{Quantiles: asked, Method: method}))
	if want := statstest.Figures(tokens, string(method), ps); !maps.Equal(got, want) {
		t.Errorf("list %d of seed %d, %s with %s of %s:\n got %v\nwant %v", i, *seed, method, ps, tokens, got, want)
	}
	return len(tokens)
}

// slow names the kinds that the reference takes long for.
var slow = map[string]bool{"around doubles": true, "tiny": true, "wild exponents": true}

// referenceTokens returns a list of one kind, with a few numbers of others in
// some, or of all kinds. It is short where the reference takes long, which is
// where exponents are far apart, and such lists are rare.
func referenceTokens(r *rand.Rand) []string {
	kind := r.IntN(len(kinds))
	if slow[kinds[kind].name] && r.IntN(16) > 0 {
		kind = r.IntN(8)
	}
	switch {
	case slow[kinds[kind].name]:
		return mixedTokens(r, kind, 1+r.IntN(12))
	case r.IntN(100) == 0:
		tokens := make([]string, 1+r.IntN(12))
		for i := range tokens {
			tokens[i] = kinds[r.IntN(len(kinds))].number(r)
		}
		return tokens
	case r.IntN(50) == 0:
		tokens := make([]string, 40+r.IntN(160)) // some are selected, not sorted
		for i := range tokens {
			tokens[i] = kinds[kind].number(r)
		}
		return tokens
	case r.IntN(4) == 0:
		return mixedTokens(r, kind, 1+min(r.IntN(40), r.IntN(40)))
	}
	tokens := make([]string, 1+min(r.IntN(40), r.IntN(40)))
	for i := range tokens {
		tokens[i] = kinds[kind].number(r)
	}
	return tokens
}

// referenceProbabilities returns up to three probabilities for n numbers: usual
// ones, random ones of up to 20 digits, and those that meet a step.
func referenceProbabilities(r *rand.Rand, n int) []string {
	ps := make([]string, r.IntN(4))
	for i := range ps {
		switch r.IntN(4) {
		case 0:
			ps[i] = someProbabilities[r.IntN(len(someProbabilities))]
		case 1:
			ps[i] = fmt.Sprintf("%.*f", 1+r.IntN(17), r.Float64())
		case 2:
			ps[i] = fmt.Sprintf("0.%d", r.Uint64())
		default:
			ps[i] = fmt.Sprint(float64(r.IntN(n+1)) / float64(n))
		}
	}
	return ps
}
