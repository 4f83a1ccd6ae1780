package stats

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// The contests time this package and encoding/json, with slices.Sort where
// figures are wanted, in turn on the same lists. Their metric "x" is how many
// times less this package takes, by the least time of each over the rounds, so
// that a busy machine slows both or neither. Money is to be read at least 8
// times as fast.

func BenchmarkContestRequestOfIntegers(b *testing.B) {
	contest(b, inputs(16, 0, integer), reply, sortFloats)
}
func BenchmarkContestRequestOf17Digits(b *testing.B) {
	contest(b, inputs(16, 0, digits17), reply, sortFloats)
}
func BenchmarkContestParseIntegers(b *testing.B) {
	contest(b, inputs(16, 1e5, integer), parse, readFloats)
}
func BenchmarkContestParseMoney(b *testing.B) { contest(b, inputs(16, 1e5, money), parse, readFloats) }
func BenchmarkContestTenIntegers(b *testing.B) {
	contest(b, inputs(8192, 10, integer), reply, sortFloats)
}

// inputs returns distinct lists of n numbers, or where n is 0 of 256 KiB.
func inputs(lists, n int, number func(*rand.Rand) string) [][]byte {
	r := rand.New(rand.NewPCG(5, 0))
	texts := make([][]byte, lists)
	for i := range texts {
		texts[i] = randomList(r, n, requestSize, number)
	}
	return texts
}

// contest runs rounds that take a sixteenth of the inputs each.
func contest(b *testing.B, texts [][]byte, ours, theirs func(testing.TB, []byte)) {
	var least [2]time.Duration
	size := len(texts) / 16
	for round := 0; b.Loop(); round++ {
		batch := texts[round%16*size:][:size]
		for i, run := range []func(testing.TB, []byte){ours, theirs} {
			start := time.Now()
			for _, text := range batch {
				run(b, text)
			}
			if took := time.Since(start); round == 0 || took < least[i] {
				least[i] = took
			}
		}
	}
	b.ReportMetric(float64(least[1])/float64(least[0]), "x")
	b.ReportMetric(float64(least[0].Nanoseconds())/float64(size), "ns/list")
	b.ReportMetric(0, "ns/op") // which would be of both
}

// again is what a program keeps that reads one list after another.
var again struct {
	list  List
	reply []byte
}

func parse(t testing.TB, text []byte) {
	if _, err := again.list.ParseJSON(text); err != nil {
		t.Fatal(err)
	}
}

func reply(t testing.TB, text []byte) {
	parse(t, text)
	again.reply = AppendSummary(again.reply[:0], &again.list, Options{})
}

// TestNoGarbage: whoever reads one list of integers after another, and keeps the
// memory, makes no garbage.
func TestNoGarbage(t *testing.T) {
	for _, n := range []int{1, 10, 1000, 0} {
		texts := inputs(16, n, integer)
		for _, text := range texts {
			reply(t, text)
		}
		i := 0
		if n := testing.AllocsPerRun(100, func() {
			reply(t, texts[i%len(texts)])
			i++
		}); n > garbage {
			t.Errorf("%v allocations for a list of %d", n, again.list.Len())
		}
	}
}

func readFloats(t testing.TB, text []byte) { floats(t, text) }

func sortFloats(t testing.TB, text []byte) { slices.Sort(floats(t, text)) }

func floats(t testing.TB, text []byte) []float64 {
	var xs []float64
	if err := json.Unmarshal(text, &xs); err != nil {
		t.Fatal(err)
	}
	return xs
}
