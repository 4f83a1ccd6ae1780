package stats

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/statline/statline/pkg/stats/statstest"
)

// TestFloatAgainstRat rounds values near, on and next to the ties between
// float64s, normal and subnormal, large and small, and the roots of their
// squares.
func TestFloatAgainstRat(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 0))
	for range 20000 {
		v := nearTie(r)
		want, _ := v.Float64()
		if got := (surd{v.Num(), v.Denom(), false}).float(); got != want {
			t.Fatalf("%s = %g, want %g", v, got, want)
		}
		square := new(big.Rat).Mul(v, v)
		if got := (surd{square.Num(), square.Denom(), true}).float(); got != want {
			t.Fatalf("root of the square of %s = %g, want %g", v, got, want)
		}
	}
}

// nearTie returns a number with few bits after those of a float64, or with a
// last bit far behind them.
func nearTie(r *rand.Rand) *big.Rat {
	bits := uint(1 + r.IntN(56))
	m := new(big.Int).SetUint64(r.Uint64()>>(64-bits) | 1<<(bits-1))
	far := []uint{0, 100, uint(r.IntN(16))}[r.IntN(3)]
	m.Lsh(m, far)
	m.Add(m, big.NewInt(int64(r.IntN(3)-1)))
	if m.Sign() <= 0 {
		m.SetInt64(1)
	}
	exp := []int{-1080, -1076, -1074, -1070, -1030, -1022, 0, 960, 970}[r.IntN(9)] + r.IntN(5) - int(far)
	v := new(big.Rat).SetInt(m)
	scale := new(big.Rat).SetInt(power(2, max(exp, -exp)))
	if exp < 0 {
		return v.Quo(v, scale)
	}
	return v.Mul(v, scale)
}

func TestDigits17(t *testing.T) {
	tests := []struct {
		p, q string
		want Figure
	}{
		{"123456789012345665", "10", "12345678901234566"}, // a tie, to even
		{"123456789012345675", "10", "12345678901234568"}, // a tie, to even
		{"123456789012345674999", "1", "123456789012345670000"},
		{"12345678901234566500000000000000000000000000000000000001", "1", "1.2345678901234567e+55"},
		{"12345678901234566499999999999999999999999999999999999999", "1", "1.2345678901234566e+55"},
		{"99999999999999999500001", "1", "1e+23"},
		{"2", "3", "0.66666666666666667"},
		{"1", "3", "0.33333333333333333"},
	}
	for _, test := range tests {
		p, q := statstest.Rat(test.p).Num(), statstest.Rat(test.q).Num()
		if got := (surd{p, q, false}).digits17().figure(); got != test.want {
			t.Errorf("%s/%s = %s, want %s", test.p, test.q, got, test.want)
		}
		p, q = new(big.Int).Mul(p, p), new(big.Int).Mul(q, q)
		if got := (surd{p, q, true}).digits17().figure(); got != test.want {
			t.Errorf("root of (%s/%s)² = %s, want %s", test.p, test.q, got, test.want)
		}
	}
}

// A tie that more than 34 digits keep from being exact goes to even, and what
// lies beyond the tie counts however far behind it stands.
func TestTiesToEven(t *testing.T) {
	const (
		below = "10633823966279328163822077199654060032" // (2^53+1)·2^70
		above = "10633823966279330525005318634476666880" // (2^53+3)·2^70
	)
	for i, want := range map[string]Figure{below: "1.0633823966279327e+37", above: "1.0633823966279332e+37"} {
		f, _ := statstest.Rat(i).Float64()
		if ref := statstest.Double(f); ref != string(want) {
			t.Fatalf("%s is %s, not %s", i, ref, want)
		}
		if s := Summarize(list(t, i, i), Options{}); s.Mean != want {
			t.Errorf("mean of %s = %s, want %s", i, s.Mean, want)
		}
	}
	s := Summarize(list(t, below+".0000000000000000000000001"), Options{})
	if want := statstest.Rounded(statstest.Rat(below + ".0000000000000000000000001")); string(s.Mean) != want || s.Mean == "1.0633823966279327e+37" {
		t.Errorf("mean above a tie = %s, want %s", s.Mean, want)
	}
}
