package stats

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// Each benchmark parses one list and computes all of its fixed figures, and
// cycles through different lists so that no branch is learnt by heart.

func BenchmarkTenIntegers(b *testing.B) { benchmark(b, 10, 50, integer) }
func BenchmarkTenDecimals(b *testing.B) { benchmark(b, 10, 50, money) }

func BenchmarkTwoExtremes(b *testing.B) { benchmark(b, 2, 50, extreme) }

func BenchmarkRequestOfIntegers(b *testing.B)   { benchmark(b, 0, requestSize, integer) }
func BenchmarkRequestOfMoney(b *testing.B)      { benchmark(b, 0, requestSize, money) }
func BenchmarkRequestOf17Digits(b *testing.B)   { benchmark(b, 0, requestSize, digits17) }
func BenchmarkRequestOfExtremes(b *testing.B)   { benchmark(b, 0, requestSize, extreme) }
func BenchmarkRequestOf1000Digits(b *testing.B) { benchmark(b, 0, requestSize, longest) }

const requestSize = 256 << 10

func integer(r *rand.Rand) string  { return fmt.Sprint(r.IntN(1_000_000)) }
func money(r *rand.Rand) string    { return fmt.Sprintf("%d.%02d", r.IntN(10_000), r.IntN(100)) }
func digits17(r *rand.Rand) string { return fmt.Sprint(r.Float64()) }
func extreme(r *rand.Rand) string  { return []string{"1e1000", "1e-1000"}[r.IntN(2)] }
func longest(r *rand.Rand) string {
	return fmt.Sprintf("%d%s7e-%d", r.IntN(9)+1, strings.Repeat("5", MaxDigits-2), r.IntN(2)*999)
}

// benchmark runs lists of n numbers, or where n is 0 of size bytes.
func benchmark(b *testing.B, n, size int, number func(*rand.Rand) string) {
	r := rand.New(rand.NewPCG(5, 0))
	lists := make([][]byte, 64)
	for i := range lists {
		lists[i] = randomList(r, n, size, number)
	}
	b.SetBytes(int64(len(lists[0])))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		l, _, err := ParseJSON(lists[i%len(lists)])
		if err != nil {
			b.Fatal(err)
		}
		if s := Summarize(l, Options{}); s.Count != l.Len() {
			b.Fatal(s.Count)
		}
	}
}

// randomList returns an array of n numbers, or where n is 0 of size bytes.
func randomList(r *rand.Rand, n, size int, number func(*rand.Rand) string) []byte {
	text := []byte("[" + number(r))
	for count := 1; count < n || n == 0 && len(text) < size-MaxDigits; count++ {
		text = append(append(text, ','), number(r)...)
	}
	return append(text, ']')
}
