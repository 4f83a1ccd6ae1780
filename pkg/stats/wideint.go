package stats

import (
	"math/big"
	"math/bits"
)

// A sum128 adds up to 2^64 int64 values without overflow, as one integer in
// two's complement.
type sum128 struct{ hi, lo uint64 }

func (s *sum128) add(v int64) {
	var carry uint64
	s.lo, carry = bits.Add64(s.lo, uint64(v), 0)
	s.hi, _ = bits.Add64(s.hi, uint64(v>>63), carry)
}

// addWords adds hi×2^64 + lo.
func (s *sum128) addWords(hi int64, lo uint64) {
	var carry uint64
	s.lo, carry = bits.Add64(s.lo, lo, 0)
	s.hi, _ = bits.Add64(s.hi, uint64(hi), carry)
}

func (s sum128) big() *big.Int {
	neg := int64(s.hi) < 0
	if neg {
		var borrow uint64
		s.lo, borrow = bits.Sub64(0, s.lo, 0)
		s.hi, _ = bits.Sub64(0, s.hi, borrow)
	}
	z := joinWords(s.hi, s.lo)
	if neg {
		z.Neg(z)
	}
	return z
}

// A sum192 adds up to 2^64 squares of 64 bit magnitudes without overflow.
type sum192 struct{ hi, mid, lo uint64 }

// addLong adds the sum of some squares.
func (s *sum192) addLong(v ulong) {
	var carry uint64
	s.lo, carry = bits.Add64(s.lo, v.lo, 0)
	s.mid, carry = bits.Add64(s.mid, v.hi, carry)
	s.hi, _ = bits.Add64(s.hi, 0, carry)
}

func (s sum192) big() *big.Int { return joinWords(s.hi, s.mid, s.lo) }

// joinWords returns the integer of the given 64 bit words, the highest first.
func joinWords(words ...uint64) *big.Int {
	z, w := new(big.Int), new(big.Int)
	for _, u := range words {
		z.Lsh(z, 64)
		z.Or(z, w.SetUint64(u))
	}
	return z
}
