package stats

import (
	"bytes"
	"math"
	"math/big"
	"strconv"
)

// Most lists are of few digits, and their figures then follow from words
// alone. What does not fit here is left to the arithmetic of any size, which
// gives the same figures.

// smallMoments are moments in words, of numbers in units of 10^scale. Those of
// no numbers stand for moments that take more room.
type smallMoments struct {
	count   uint64
	sum     int64
	squares ulong
	scale   int

	variance fraction // once appendVariance has found it
}

// take makes m the moments of numbers in units of 10^scale, or of none where they take
// more room.
func (m *smallMoments) take(t *totals, scale int) {
	m.count, m.sum, m.squares, m.scale = uint64(t.count), int64(t.sum.lo), ulong{t.squares.mid, t.squares.lo}, scale
	if int64(t.sum.hi) != m.sum>>63 || t.squares.hi > 0 || t.squares.mid >= 1<<(maxLongBits-64) || t.count > math.MaxInt32 {
		m.count = 0
	}
}

func (m *smallMoments) appendSum(b []byte) ([]byte, bool) {
	if m.scale > 0 || m.count == 0 {
		return b, false
	}
	return appendInt(b, m.sum, m.scale), true
}

func (m *smallMoments) appendMean(b []byte) ([]byte, bool) {
	return fraction{ulong{0, magnitude(m.sum)}, m.count, m.scale, m.sum < 0}.append(b)
}

func (m *smallMoments) appendVariance(b []byte) ([]byte, bool) {
	num, ok := m.squares.times(m.count)
	num = num.sub(square(magnitude(m.sum)))
	m.variance = fraction{num, m.count * (m.count - 1), 2 * m.scale, false}
	if !ok {
		return b, false
	}
	return m.variance.append(b)
}

func (m *smallMoments) appendStdDev(b []byte) ([]byte, bool) {
	return m.variance.appendRoot(b)
}

// appendInt appends coef×10^exp in full.
func appendInt(b []byte, coef int64, exp int) []byte {
	return appendWord(b, uint64(max(coef, -coef)), exp, coef < 0)
}

// appendWord appends ±size×10^exp in full.
func appendWord(b []byte, size uint64, exp int, neg bool) []byte {
	switch {
	case size < maxShort && exp == 0:
		return appendWhole(b, size, neg)
	case size < maxShort && plainLow <= exp && exp <= 0:
		return appendShort(b, size, -exp, neg)
	case -maxPlainPlaces <= exp && exp <= 0 && exp+digitsOf(size)-1 >= plainLow:
		return appendPlain(b, size, -exp, neg)
	}
	var buf [20]byte
	text := strconv.AppendUint(buf[:0], size, 10)
	return appendLayout(b, neg && size > 0, bytes.TrimRight(text, "0"), exp+len(text)-1)
}

// maxPlaces is how many places a smallPlace has at most: with them, and
// numbers below 2^31, no quantile overflows.
const maxPlaces = 6

// A smallPlace is a share num/(den×10^places) of the way between two numbers.
type smallPlace struct {
	num, den int64
	places   int
}

// smallPlace returns where the quantile of p lies among n numbers, if p has
// few places.
func (r rule) smallPlace(p Number, n int) (j int, share smallPlace, ok bool) {
	places := -p.low()
	if p.digits == "" || places < 0 || places > maxPlaces || n > math.MaxInt32 {
		return 0, smallPlace{}, false
	}
	unit := int64(powers[places])
	h := int64(atou(p.digits))*(r.a*int64(n)+r.b) + r.c*unit
	step := unit * r.a
	whole, g := h/step, h%step
	if g < 0 {
		whole, g = whole-1, g+step
	}
	if r.weight == linear {
		return int(whole), smallPlace{g, r.a, places}, true
	}
	return int(whole), smallPlace{r.weight.halves(int(whole), g == 0), 2, 0}, true
}

func (s smallPlace) ratio() ratio {
	return ratio{big.NewInt(s.num), big.NewInt(s.den), -s.places}
}

// between appends the number at the place between two numbers below 2^31, in
// units of 10^exp. It reports false for a place whose quantile may be rounded.
func (s smallPlace) between(b []byte, lo, hi int64, exp int) ([]byte, bool) {
	v := lo*s.den*int64(powers[s.places]) + (hi-lo)*s.num
	switch exp -= s.places; s.den {
	case 1:
		return appendInt(b, v, exp), true
	case 2:
		return appendInt(b, v*5, exp-1), true
	case 8:
		return appendInt(b, v*125, exp-3), true
	}
	return b, false
}
