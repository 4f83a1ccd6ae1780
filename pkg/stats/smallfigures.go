package stats

import (
	"bytes"
	"math"
	"math/big"
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
	v, ok := m.variance()
	if !ok {
		return b, false
	}
	return v.append(b)
}

func (m *smallMoments) appendStdDev(b []byte) ([]byte, bool) {
	v, ok := m.variance()
	if !ok {
		return b, false
	}
	return v.appendRoot(b)
}

func (m *smallMoments) variance() (v fraction, ok bool) {
	num, ok := m.squares.times(m.count)
	num = num.sub(square(magnitude(m.sum)))
	return fraction{num, m.count * (m.count - 1), 2 * m.scale, false}, ok
}

// appendInt appends coef×10^exp in full.
func appendInt(b []byte, coef int64, exp int) []byte {
	return appendWord(b, magnitude(coef), exp, coef < 0)
}

// appendWord appends ±size×10^exp in full.
func appendWord(b []byte, size uint64, exp int, neg bool) []byte {
	for exp < 0 && size%10 == 0 && size > 0 {
		size, exp = size/10, exp+1
	}
	digits := digitsOf(size)
	if exp > 0 || digits <= -exp || size == 0 { // a figure of other digits than those of size
		var buf [maxWordDigits]byte
		text := bytes.TrimRight(appendDigits(buf[:0], size, digits), "0")
		return appendLayout(b, neg, text, exp+digits-1)
	}
	if neg {
		b = append(b, '-')
	}
	b = appendDigits(b, size, digits)
	if exp < 0 {
		b = append(b, 0)
		point := len(b) - 1 + exp
		copy(b[point+1:], b[point:])
		b[point] = '.'
	}
	return b
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
