package stats

import (
	"encoding/binary"
	"math/bits"
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
