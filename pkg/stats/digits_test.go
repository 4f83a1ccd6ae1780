package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestDigitsOf(t *testing.T) {
	for _, p := range tens[:20] {
		for _, v := range []uint64{p - 1, p, p + 1, 5 * (p / 2)} {
			if got, want := digitsOf(v), len(strconv.FormatUint(v, 10)); got != want {
				t.Errorf("%d has %d digits, want %d", v, got, want)
			}
		}
	}
}

// TestWordOf writes and reads every half of a word, in both places.
func TestWordOf(t *testing.T) {
	for v := range uint64(10_000) {
		for _, v := range []uint64{v, v * 10_000, v*10_000 + 9_999 - v} {
			word := wordOf(v)
			text := make([]byte, 8)
			for i := range text {
				text[i] = byte(word >> (8 * i))
			}
			if want := fmt.Sprintf("%08d", v); string(text) != want || wordValue(word) != v {
				t.Fatalf("%d is %q, and back %d", v, text, wordValue(word))
			}
		}
	}
}

// TestAppendPlain writes numbers of every number of digits and places, behind a text
// that must stay.
func TestAppendPlain(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 0))
	sizes := []uint64{0, math.MaxUint64, 1e16 - 1, 1e8 - 1, 1e8}
	for _, p := range tens[:20] {
		sizes = append(sizes, p-1, p, p+1, p*10/7, r.Uint64N(p)/1000*1000)
	}
	for _, size := range sizes {
		for places := range maxPlainPlaces + 1 {
			if digitsOf(size)-1-places < plainLow && (size > 0 || places > -plainLow) {
				continue
			}
			neg := size > 0 && r.IntN(2) == 1
			digits := strings.TrimRight(strconv.FormatUint(size, 10), "0")
			want := "x" + string(layout(neg, digits, len(strconv.FormatUint(size, 10))-1-places))
			for _, room := range []int{0, 100} {
				x := slices.Grow([]byte("x"), room)
				if got := string(appendPlain(x, size, places, neg)); got != want {
					t.Errorf("%d with %d places is %s, want %s", size, places, got, want)
				}
				if got := string(appendWord(x, size, -places, neg)); got != want {
					t.Errorf("%d with %d places is %s as a word, want %s", size, places, got, want)
				}
			}
		}
	}
}

// TestShortest compares doubles of the usual sizes with what strconv writes: those of
// each unit, next to powers of two and of ten, of few digits, and in the middle
// between two decimals.
func TestShortest(t *testing.T) {
	r := rand.New(rand.NewPCG(32, 0))
	taken := 0
	check := func(f float64) {
		coef, places, ok := shortest(f)
		if !ok {
			return
		}
		taken++
		if got, want := string(appendPlain(nil, coef, places, false)), strconv.FormatFloat(f, 'f', -1, 64); got != want {
			t.Fatalf("%x is %s, want %s", f, got, want)
		}
	}
	const each = 4000
	for exp := leastUnit + 52; exp <= greatestUnit+52; exp++ {
		power := math.Ldexp(1, exp)
		check(math.Nextafter(power, 0))
		check(power)
		check(math.Nextafter(power, 2*power))
		for range each {
			f := power * (1 + r.Float64())
			check(f)
			check(math.Round(f*1e3) / 1e3)
			check(math.Round(f*1e6) / 1e6)
			check(math.Ldexp(math.Round(math.Ldexp(f, 2)), -2)) // ends in .25, .5 or .75 where f is large
			check(math.Ldexp(math.Round(math.Ldexp(f, 5)), -5))
		}
	}
	for exp := -5; exp < 17; exp++ {
		f := math.Pow10(exp)
		for range 20 {
			check(f)
			f = math.Nextafter(f, 0)
		}
	}
	if least := 4 * each * (greatestUnit - leastUnit); taken < least {
		t.Errorf("%d doubles were written, want %d at least", taken, least)
	}
	for _, f := range []float64{0, 1e-6, 1, 1024, 1e16, 1 << 53, math.MaxFloat64, math.SmallestNonzeroFloat64, math.Inf(1), math.NaN()} {
		if _, _, ok := shortest(f); ok {
			t.Errorf("%g was taken", f)
		}
	}
}
