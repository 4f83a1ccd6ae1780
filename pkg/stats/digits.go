package stats

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// Eight bytes of text are looked at as one word, the first byte lowest.
const (
	wordZeros = 0x3030303030303030 // eight times '0'
	wordCarry = 0x7676767676767676 // carries a byte of 10 or more into its highest bit
	wordHighs = 0x8080808080808080 // the highest bits
)

// A digitRun is up to 19 digits as an integer.
type digitRun struct {
	value uint64
	n     int // of digits
}

// maxRun is how many digits fit a uint64, whatever they are.
const maxRun = 19

// runWindow is how many bytes of text a digitRun looks at.
const runWindow = 24

// read appends the digits that text begins with to the run. Where there are
// more than maxRun in total, n is beyond it and value means nothing. The text
// has at least runWindow bytes.
func (r digitRun) read(text []byte) digitRun {
	text = text[:runWindow]
	word := binary.LittleEndian.Uint64(text)
	k := wordDigits(word)
	if k == 8 {
		r = digitRun{r.value*1e8 + wordValue(word), r.n + 8}
		word = binary.LittleEndian.Uint64(text[8:])
		if k = wordDigits(word); k == 8 {
			r = digitRun{r.value*1e8 + wordValue(word), r.n + 8}
			word = binary.LittleEndian.Uint64(text[16:])
			k = wordDigits(word)
		}
	}
	switch k {
	case 0:
		return r
	case 8: // for the third time
		return digitRun{0, r.n + 8}
	}
	return digitRun{r.value*powers[k] + wordPrefix(word, k), r.n + k}
}

// wordDigits returns how many digits the word begins with.
func wordDigits(word uint64) int {
	t := word ^ wordZeros // digits become 0 to 9
	return bits.TrailingZeros64((t+wordCarry|t)&wordHighs) / 8
}

// wordValue returns the value of eight digits: it joins neighbours to pairs,
// and then the pairs, with their weights, in two multiplications.
func wordValue(word uint64) uint64 {
	const (
		pairs   = 0x000000ff000000ff
		weights = 1_000_000<<32 | 100
		others  = 10_000<<32 | 1
	)
	word -= wordZeros
	word = word*10 + word>>8
	return ((word&pairs)*weights + (word>>16&pairs)*others) >> 32
}

// wordPrefix returns the value of the first n digits, from one to seven. The
// others make room for zeros before them.
func wordPrefix(word uint64, n int) uint64 {
	bits := 8 * uint(n) % 64
	return wordValue(word<<(-bits%64) | wordZeros>>bits)
}

// maxWordDigits is how many digits a uint64 has at most.
const maxWordDigits = 20

// digitsOf returns how many digits v has; 0 has one. It asks no branch.
func digitsOf(v uint64) int {
	n := uint(bits.Len64(v|1)) * 1233 >> 12 // bits times log10(2), and so the digits or one less
	_, less := bits.Sub64(v|1, tens[n%32], 0)
	return int(n + 1 - uint(less))
}

// tens[k] is 10^k, as far as that fits.
var tens = [32]uint64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
	1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
}

// digitPairs are the numbers from 00 to 99.
const digitPairs = "00010203040506070809" +
	"10111213141516171819" +
	"20212223242526272829" +
	"30313233343536373839" +
	"40414243444546474849" +
	"50515253545556575859" +
	"60616263646566676869" +
	"70717273747576777879" +
	"80818283848586878889" +
	"90919293949596979899"

// appendDigits appends the n digits of v.
func appendDigits(b []byte, v uint64, n int) []byte {
	i := len(b) + n
	b = slices.Grow(b, maxWordDigits)[:i]
	for v >= 100 {
		pair := v % 100 * 2
		v /= 100
		i -= 2
		b[i+1], b[i] = digitPairs[pair+1], digitPairs[pair]
	}
	if v >= 10 {
		b[i-1], b[i-2] = digitPairs[2*v+1], digitPairs[2*v]
	} else {
		b[i-1] = byte('0' + v)
	}
	return b
}
