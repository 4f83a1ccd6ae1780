package stats

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/statline/statline/pkg/stats/statstest"
)

// partialOf returns the Partial of tokens, which are within the limits.
func partialOf(t testing.TB, tokens ...string) Partial {
	t.Helper()
	var p Partial
	if len(tokens) == 0 {
		return p
	}
	if err := p.Add(list(t, tokens...)); err != nil {
		t.Fatal(err)
	}
	return p
}

// merged returns the Partial of the numbers of all.
func merged(t testing.TB, parts ...Partial) Partial {
	t.Helper()
	var p Partial
	for _, part := range parts {
		if err := p.Merge(part); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func state(t testing.TB, p Partial) []byte {
	t.Helper()
	data, err := p.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// reread returns p by way of its state.
func reread(t testing.TB, p Partial) Partial {
	t.Helper()
	data := state(t, p)
	var read Partial
	if err := read.UnmarshalBinary(data); err != nil {
		t.Fatalf("%x: %v", data, err)
	}
	if again := state(t, read); !bytes.Equal(again, data) {
		t.Fatalf("state %x becomes %x", data, again)
	}
	return read
}

// whole returns those figures of a list that a Partial has.
func whole(l *List) Summary {
	s := Summarize(l, Options{})
	return Summary{Count: s.Count, Sum: s.Sum, Min: s.Min, Max: s.Max, Mean: s.Mean, Variance: s.Variance, StdDev: s.StdDev}
}

// checkWhole compares a Partial with the list that it is of.
func checkWhole(t testing.TB, p Partial, tokens []string) {
	t.Helper()
	l := list(t, tokens...)
	s, err := p.Summary()
	if want := whole(l); err != nil || !reflect.DeepEqual(s, want) {
		t.Fatalf("partial of %s:\n got %v, %v\nwant %v", tokens, s, err, want)
	}
	if got, want := state(t, p), state(t, partialOf(t, tokens...)); !bytes.Equal(got, want) {
		t.Fatalf("state of %s:\n got %x\nwant %x", tokens, got, want)
	}
}

// checkReference compares a Partial with the naive computation.
func checkReference(t testing.TB, p Partial, tokens []string) {
	t.Helper()
	s, err := p.Summary()
	if err != nil {
		t.Fatal(err)
	}
	got, want := gotSummary(s), statstest.Figures(tokens, string(R7), nil)
	for _, key := range []string{"median", "q1", "q3", "method"} {
		delete(got, key)
		delete(want, key)
	}
	if !maps.Equal(got, want) {
		t.Fatalf("partial of %s:\n got %v\nwant %v", tokens, got, want)
	}
}

func TestPartials(t *testing.T) {
	longest := strings.Repeat("9", MaxDigits)
	tests := []struct {
		name  string
		parts [][]string
	}{
		{"one number", [][]string{{"-1.50"}}},
		{"contract", [][]string{{"7", "8"}, {}, {"54"}, {"89"}}},
		{"nothing and one", [][]string{{}, {"3"}, {}}},
		{"zeros", [][]string{{"0", "-0.0"}, {"0e9"}, {"0E-99"}}},
		{"zeros and one", [][]string{{"0", "-0.0"}, {"1e-7"}, {"0"}}},
		{"the sum is zero", [][]string{{"1e16", "1"}, {"-1e16"}, {"-1"}}},
		{"the unit grows", [][]string{{"0.5", "0.5"}, {"0.5", "0.5"}, {"-0.2"}, {"1"}}},
		{"the unit grows beyond the numbers", [][]string{{"5", "-5", "0"}, {"5", "-5"}, {"10", "-10"}}},
		{"only max is finer", [][]string{{"-10", "4", "4", "4", "4"}, {"4", "2", "2", "2", "2", "2"}}},
		{"only min is finer", [][]string{{"10", "-4", "-4", "-4", "-4"}, {"-4", "-2", "-2", "-2", "-2", "-2"}}},
		{"only the sum is finer", [][]string{{"0", "0", "10"}, {"3", "3", "1", "9"}}},
		{"ends of int64", [][]string{{"-9223372036854775808"}, {"9223372036854775807"}, {"9223372036854775807"}}},
		{"every form", [][]string{{"1"}, {"9223372036854775808", "0.1"}, {"1e100", "1e-100"}, {"-0.25"}}},
		{"equal", [][]string{{"1e400", "1e400"}, {"1e400"}}},
		{"greatest exponents", [][]string{{"1e1000"}, {"-1e-1000"}, {"1e-1000"}, {"-1e1000"}}},
		{"opposite ends", [][]string{{"1e1000"}, {"3e-1000", "0"}, {"-9.5e999", "7"}}},
		{"most digits", [][]string{{longest}, {"-" + longest + "e-1999"}, {longest + "e1", "0." + longest}}},
		{"zero among great numbers", [][]string{{"1e1000", "0", "1e900"}, {"0"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var forwards, backwards, readings Partial
			for i, tokens := range test.parts {
				forwards = merged(t, forwards, partialOf(t, tokens...))
				backwards = merged(t, backwards, partialOf(t, test.parts[len(test.parts)-1-i]...))
				readings = reread(t, merged(t, reread(t, partialOf(t, tokens...)), readings))
			}
			tokens := slices.Concat(test.parts...)
			for _, p := range []Partial{forwards, backwards, readings} {
				checkWhole(t, p, tokens)
			}
			checkReference(t, readings, tokens)
		})
	}
}

func TestPartialOfNothing(t *testing.T) {
	var p Partial
	if err := p.Add(&List{}); err != nil || p.Count() != 0 {
		t.Errorf("count %d, %v", p.Count(), err)
	}
	if s, err := p.Summary(); err != ErrEmpty {
		t.Errorf("Summary = %v, %v, want ErrEmpty", s, err)
	}
	if got := state(t, reread(t, p)); !bytes.Equal(got, []byte{1, 0}) {
		t.Errorf("state %x", got)
	}
}

// A copy stays what it was, whichever of both is added to.
func TestPartialCopies(t *testing.T) {
	p := partialOf(t, "1", "-2.5", "1e30")
	before, q := state(t, p), p
	if err := q.Merge(q); err != nil {
		t.Fatal(err)
	}
	checkWhole(t, q, []string{"1", "-2.5", "1e30", "1", "-2.5", "1e30"})
	if after := state(t, p); !bytes.Equal(after, before) {
		t.Errorf("state %x becomes %x", before, after)
	}
}

// repeated returns the Partial of n times the same numbers.
func repeated(t testing.TB, p Partial, n int) (all Partial) {
	t.Helper()
	for ; n > 0; n /= 2 {
		if n%2 == 1 {
			all = merged(t, all, p)
		}
		if n > 1 {
			p = merged(t, p, p)
		}
	}
	return all
}

func TestMaxCount(t *testing.T) {
	p := repeated(t, partialOf(t, "3"), MaxCount-1)
	half := p
	if err := p.Merge(partialOf(t, "5")); err != nil || p.Count() != MaxCount {
		t.Fatalf("count %d, %v", p.Count(), err)
	}
	s, err := reread(t, p).Summary()
	want := Summary{Count: MaxCount, Sum: "27021597764222978", Min: "3", Max: "5", Mean: "3", Variance: "4.440892098500626e-16", StdDev: "2.1073424255447017e-8"}
	if err != nil || !reflect.DeepEqual(s, want) {
		t.Errorf("%v, %v, want %v", s, err, want)
	}
	before := state(t, p)
	if err := p.Merge(half); err != ErrTooMany {
		t.Errorf("Merge: %v, want ErrTooMany", err)
	}
	if err := p.Add(list(t, "1")); err != ErrTooMany {
		t.Errorf("Add: %v, want ErrTooMany", err)
	}
	if after := state(t, p); !bytes.Equal(after, before) {
		t.Errorf("state %x becomes %x", before, after)
	}
}

// randomParts cuts tokens into parts of any size, some of them empty, and
// returns the Partials of these; some come from a state.
func randomParts(t testing.TB, r *rand.Rand, tokens []string) []Partial {
	var parts []Partial
	for rest := tokens; len(rest) > 0 || r.IntN(3) == 0; {
		n := r.IntN(len(rest) + 1)
		p := partialOf(t, rest[:n]...)
		if r.IntN(2) == 0 {
			p = reread(t, p)
		}
		parts, rest = append(parts, p), rest[n:]
	}
	return append(parts, Partial{})
}

// merge merges two parts at a time, whichever, until one is left.
func merge(t testing.TB, r *rand.Rand, parts []Partial) Partial {
	for len(parts) > 1 {
		r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		if err := parts[1].Merge(parts[0]); err != nil {
			t.Fatal(err)
		}
		parts = parts[1:]
	}
	return parts[0]
}

// TestPartialProperties checks that any parts of a list of any kind merge to
// the whole in any order, and that a part may be of another kind.
func TestPartialProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
		var tokens []string
		for range rapid.IntRange(1, 4).Draw(rt, "kinds") {
			kind := rapid.IntRange(0, len(kinds)).Draw(rt, "kind")
			if kind == len(kinds) {
				for range r.IntN(8) + 1 {
					tokens = append(tokens, edges[r.IntN(len(edges))])
				}
			} else {
				tokens = append(tokens, randomTokens(r, kind)...)
			}
		}
		r.Shuffle(len(tokens), func(i, j int) { tokens[i], tokens[j] = tokens[j], tokens[i] })
		written := slices.Clone(tokens)
		for i := range written {
			written[i] = rewrite(r, written[i])
		}
		p := merge(t, r, randomParts(t, r, written))
		checkWhole(t, p, tokens)
		checkWhole(t, reread(t, p), tokens)
	})
}

func TestMergeLaws(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
		draw := func(label string) Partial {
			kind := rapid.IntRange(-1, len(kinds)-1).Draw(rt, label)
			if kind < 0 {
				return Partial{}
			}
			return partialOf(t, randomTokens(r, kind)...)
		}
		a, b, c := draw("a"), draw("b"), draw("c")
		ab, ba := merged(t, a, b), merged(t, b, a)
		if !bytes.Equal(state(t, ab), state(t, ba)) {
			t.Fatalf("%x and %x", state(t, ab), state(t, ba))
		}
		left, right := merged(t, ab, c), merged(t, a, merged(t, b, c))
		if !bytes.Equal(state(t, left), state(t, right)) {
			t.Fatalf("%x and %x", state(t, left), state(t, right))
		}
		if none := merged(t, a, Partial{}); !bytes.Equal(state(t, none), state(t, a)) {
			t.Fatalf("%x and %x", state(t, none), state(t, a))
		}
	})
}

// TestPartialAgainstReference compares the figures of merged lists with the
// naive computation, and fewer of those for which that is slow.
func TestPartialAgainstReference(t *testing.T) {
	for k, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(20, uint64(k)))
			lists := 100
			switch kind.name {
			case "around doubles", "tiny", "wild exponents":
				lists = 10
			}
			for range lists {
				tokens := randomTokens(r, k)
				checkReference(t, merge(t, r, randomParts(t, r, tokens)), tokens)
			}
		})
	}
}

// TestDistantPartials checks that lists at both ends of what is allowed take
// little room and time, however they alternate.
func TestDistantPartials(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 0))
	var p Partial
	var tokens []string
	for range 1000 {
		token := fmt.Sprintf("%d.%de%d", r.IntN(9)+1, r.IntN(100), []int{1000, -1000, 998, -998}[r.IntN(4)])
		if r.IntN(2) == 0 {
			token = "-" + token
		}
		tokens = append(tokens, token)
		p = merged(t, p, partialOf(t, token))
		if size := len(state(t, p)); size > MaxStateSize {
			t.Fatalf("a state of %d bytes", size)
		}
	}
	checkWhole(t, p, tokens)
}

// BenchmarkMergeStates reads states of 1,000 integers each and merges them.
func BenchmarkMergeStates(b *testing.B) {
	r := rand.New(rand.NewPCG(23, 0))
	states := make([][]byte, 64)
	for i := range states {
		l, _, err := ParseJSON(randomList(r, 1000, 0, integer))
		if err != nil {
			b.Fatal(err)
		}
		states[i] = state(b, merged(b, l.partial()))
	}
	var total Partial
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		var p Partial
		if err := p.UnmarshalBinary(states[i%len(states)]); err != nil {
			b.Fatal(err)
		}
		if err := total.Merge(p); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPartialAdd adds a list of 100,000 integers.
func BenchmarkPartialAdd(b *testing.B) {
	l, _, err := ParseJSON(randomList(rand.New(rand.NewPCG(24, 0)), 100_000, 0, integer))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		var p Partial
		if err := p.Add(l); err != nil {
			b.Fatal(err)
		}
	}
}
