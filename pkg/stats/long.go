package stats

import (
	"cmp"
	"math/big"
	"math/bits"
)

// A long is an integer of 128 bits in two's complement. Those of a list are
// below 2^126 in magnitude, so that no difference of two overflows.
type long struct {
	hi int64
	lo uint64
}

// longOf returns size, or -size, which is within the limit.
func longOf(size ulong, neg bool) long {
	v := long{int64(size.hi), size.lo}
	if neg {
		return long{}.sub(v)
	}
	return v
}

func (v long) sub(w long) long {
	lo, borrow := bits.Sub64(v.lo, w.lo, 0)
	return long{v.hi - w.hi - int64(borrow), lo}
}

func (v long) add(w long) long {
	lo, carry := bits.Add64(v.lo, w.lo, 0)
	return long{v.hi + w.hi + int64(carry), lo}
}

// times returns v×f, modulo 2^128.
func (v long) times(f uint64) long {
	hi, lo := bits.Mul64(v.lo, f)
	return long{v.hi*int64(f) + int64(hi), lo}
}

func (v long) cmp(w long) int {
	if c := cmp.Compare(v.hi, w.hi); c != 0 {
		return c
	}
	return cmp.Compare(v.lo, w.lo)
}

// int64 returns v where that fits.
func (v long) int64() int64 { return int64(v.lo) }

// size returns |v|.
func (v long) size() ulong {
	if v.hi < 0 {
		v = long{}.sub(v)
	}
	return ulong{uint64(v.hi), v.lo}
}

func (v long) big() *big.Int {
	size := v.size()
	z := joinWords(size.hi, size.lo)
	if v.hi < 0 {
		z.Neg(z)
	}
	return z
}

// A ulong is an integer of 128 bits without a sign.
type ulong struct{ hi, lo uint64 }

const (
	maxLongBits   = 126
	maxLongDigits = 38 // which fit a ulong, whatever they are
)

func (u ulong) isZero() bool { return u.hi|u.lo == 0 }

func (u ulong) bitLen() int {
	if u.hi != 0 {
		return 64 + bits.Len64(u.hi)
	}
	return bits.Len64(u.lo)
}

// greater reports whether u is greater than w.
func (u ulong) greater(w ulong) bool {
	return u.hi > w.hi || u.hi == w.hi && u.lo > w.lo
}

// longer returns the greater of u and w.
func (u ulong) longer(w ulong) ulong {
	if u.greater(w) {
		return u
	}
	return w
}

// sub returns u−w, where w is not greater.
func (u ulong) sub(w ulong) ulong {
	lo, borrow := bits.Sub64(u.lo, w.lo, 0)
	return ulong{u.hi - w.hi - borrow, lo}
}

// times returns u×f and whether that fits a long of a list.
func (u ulong) times(f uint64) (ulong, bool) {
	over, mid := bits.Mul64(u.hi, f)
	hi, lo := bits.Mul64(u.lo, f)
	hi, carry := bits.Add64(hi, mid, 0)
	return ulong{hi, lo}, over == 0 && carry == 0 && hi < 1<<(maxLongBits-64)
}

// timesTen returns u×10^k, where k is not negative, and whether that fits a
// long of a list.
func (u ulong) timesTen(k int) (ulong, bool) {
	const most = len(powers) - 1
	for ; k > most; k -= most {
		var ok bool
		if u, ok = u.times(powers[most]); !ok {
			return ulong{}, false
		}
	}
	return u.times(powers[k])
}

// appendDigit returns u×10 + the digit, modulo 2^128.
func (u ulong) appendDigit(c byte) ulong {
	hi, lo := bits.Mul64(u.lo, 10)
	lo, carry := bits.Add64(lo, uint64(c-'0'), 0)
	return ulong{u.hi*10 + hi + carry, lo}
}

// atoul returns the value of at most maxLongDigits digits, in two parts.
func atoul[T string | []byte](head, tail T) (u ulong) {
	for i := range len(head) {
		u = u.appendDigit(head[i])
	}
	for i := range len(tail) {
		u = u.appendDigit(tail[i])
	}
	return u
}
