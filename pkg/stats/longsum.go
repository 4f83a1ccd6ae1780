package stats

import (
	"math/big"
	"math/bits"
)

// A longSum adds up to 2^63 longs without overflow, in two's complement.
type longSum struct {
	hi      int64
	mid, lo uint64
}

func (s *longSum) add(v long) {
	var carry uint64
	s.lo, carry = bits.Add64(s.lo, v.lo, 0)
	s.mid, carry = bits.Add64(s.mid, uint64(v.hi), carry)
	s.hi += v.hi>>63 + int64(carry)
}

func (s longSum) big() *big.Int {
	z := new(big.Int).Lsh(big.NewInt(s.hi), 128)
	return z.Add(z, joinWords(s.mid, s.lo))
}

// A longSquares adds up to 2^64 squares of longs of a list without overflow;
// the first word is the lowest.
type longSquares [5]uint64

func (s *longSquares) add(v ulong) {
	hh1, hh0 := bits.Mul64(v.hi, v.hi)
	hl1, hl0 := bits.Mul64(v.hi, v.lo)
	ll1, ll0 := bits.Mul64(v.lo, v.lo)
	hl1, hl0 = hl1<<1|hl0>>63, hl0<<1 // of v.hi, below 2^62, the product keeps two bits free
	var carry uint64
	ll1, carry = bits.Add64(ll1, hl0, 0)
	hh0, carry = bits.Add64(hh0, hl1, carry)
	hh1 += carry
	s[0], carry = bits.Add64(s[0], ll0, 0)
	s[1], carry = bits.Add64(s[1], ll1, carry)
	s[2], carry = bits.Add64(s[2], hh0, carry)
	s[3], carry = bits.Add64(s[3], hh1, carry)
	s[4] += carry
}

func (s *longSquares) big() *big.Int { return joinWords(s[4], s[3], s[2], s[1], s[0]) }

// longSums adds up longs and their squares.
func longSums(longs []long) (sum longSum, squares longSquares) {
	for _, v := range longs {
		sum.add(v)
		squares.add(v.size())
	}
	return sum, squares
}
