package stats

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// randomFraction returns fractions of every size, among them squares, finite
// decimals and those next to a tie between float64s.
func randomFraction(r *rand.Rand) fraction {
	f := fraction{num: ulong{r.Uint64() >> 2 >> r.IntN(63), r.Uint64()}, den: 1 + r.Uint64()>>1>>r.IntN(63), exp: -2 * r.IntN(9)}
	switch r.IntN(6) {
	case 0:
		f.num = ulong{0, f.num.lo >> r.IntN(64)}
	case 1:
		f.num, f.den = square(r.Uint64()>>r.IntN(30)>>2), square(1+r.Uint64()>>(33+r.IntN(30))).lo
	case 2:
		f.den = powers[r.IntN(10)] << r.IntN(8)
	case 3:
		k := r.IntN(70)
		f.num = ulong{0, r.Uint64()>>10 | 1}.shift(k)
		f.num.lo += uint64(r.IntN(2))
		f.den = 1 << r.IntN(20)
		if r.IntN(2) == 0 {
			f.num, _ = f.num.times(3)
			f.den *= 3
		}
	}
	return f
}

// TestFractionAgainstRatio compares the figures in words with those of any size.
func TestFractionAgainstRatio(t *testing.T) {
	r := rand.New(rand.NewPCG(12, 0))
	figures, roots := 0, 0
	const n = 40000
	for range n {
		f := randomFraction(r)
		slow := ratio{joinWords(f.num.hi, f.num.lo), new(big.Int).SetUint64(f.den), f.exp}
		if got, ok := f.append(nil); ok {
			figures++
			if want := slow.figure(); Figure(got) != want {
				t.Fatalf("%+v = %s, want %s", f, got, want)
			}
		}
		if got, ok := f.appendRoot(nil); ok {
			roots++
			if want := slow.root(); Figure(got) != want {
				t.Fatalf("root of %+v = %s, want %s", f, got, want)
			}
		}
	}
	if figures < n/4 || roots < n/8 {
		t.Errorf("of %d fractions only %d, and %d roots, fit", n, figures, roots)
	}
}

func TestSqrt(t *testing.T) {
	check := func(u ulong) {
		want := new(big.Int).Sqrt(joinWords(u.hi, u.lo))
		if got := u.sqrt(); got != want.Uint64() {
			t.Fatalf("√%v = %d, want %s", u, got, want)
		}
	}
	r := rand.New(rand.NewPCG(13, 0))
	for _, v := range []uint64{0, 1, 2, 3, 1<<26 + 1, 1<<32 - 1, 1 << 32, 1<<53 - 1, 1<<63 - 1, 1 << 63, math.MaxUint64 - 1, math.MaxUint64} {
		check(ulong{0, v})
		check(ulong{v, 0})
		check(ulong{v, math.MaxUint64})
		check(square(v))
		if v > 0 {
			check(square(v).sub(ulong{0, 1}))
		}
	}
	for range 20000 {
		v := r.Uint64() >> r.IntN(64)
		check(square(v))
		check(ulong{v, r.Uint64()})
		if v > 0 {
			check(square(v).sub(ulong{0, 1}))
		}
	}
}

// TestRootOver rounds roots next to float64s and to the middles between two of them.
func TestRootOver(t *testing.T) {
	r := rand.New(rand.NewPCG(14, 0))
	tested := 0
	for range 40000 {
		root := 1<<53 | r.Uint64()>>11 // of 54 bits: a middle where it is odd
		if r.IntN(8) == 0 {
			root = []uint64{1<<53 + 1, 1<<54 - 1, 1 << 53, 1<<54 - 2, 1<<53 + 2}[r.IntN(5)]
		}
		u, d := square(root), uint64(1+r.IntN(50))
		u, fits := u.times(d)
		shift := r.IntN(maxLongBits + 1 - u.bitLen())
		u = u.shift(shift)
		if c := uint64(r.IntN(3)); r.IntN(2) == 0 && u.lo >= c {
			u.lo -= c
		} else {
			u.lo |= c
		}
		if d%2 == 0 {
			d <<= r.IntN(50)
		}
		v := surd{joinWords(u.hi, u.lo), new(big.Int).SetUint64(d), true}
		if f := new(big.Rat).SetFrac(v.p, v.q); !fits || isSquare(f.Num()) && isSquare(f.Denom()) {
			continue
		}
		tested++
		if got, want := u.rootOver(d), v.float(); got != want {
			t.Fatalf("√(%v/%d) = %x, want %x", u, d, got, want)
		}
	}
	if tested < 20000 {
		t.Errorf("%d roots were tested", tested)
	}
}

func isSquare(x *big.Int) bool {
	_, exact := squareRoot(x)
	return exact
}
