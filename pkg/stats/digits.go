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

// wordOf returns the eight digits of v, which is below 10^8, as text with zeros
// before them. It parts halves, pairs and digits, all of one kind at once: a product
// and a shift divide them by 100 and by 10.
func wordOf(v uint64) uint64 {
	half := v * 109_951_163 >> 40 // v/10^4
	v = half | (v-half*10_000)<<32
	pair := v * 10_486 >> 20 & 0x7f0000007f
	v = pair | (v-pair*100)<<16
	digit := v * 103 >> 10 & 0x000f000f000f000f
	return (digit | (v-digit*10)<<8) + wordZeros
}

// maxShort is the least number whose digits do not fit a word.
const maxShort = 1e8

// appendWhole appends ±size in full, where size is below maxShort. It asks no branch.
func appendWhole(b []byte, size uint64, neg bool) []byte {
	digits, i := digitsOf(size), len(b)
	b = slices.Grow(b, 1+8)[:i+1+8]
	b[i] = '-'
	if neg {
		i++
	}
	binary.LittleEndian.PutUint64(b[i:], wordOf(size)>>(8*uint(8-digits)%64))
	return b[:i+digits]
}

// appendShort appends ±size×10^-places in full, where size is below maxShort and
// places from 0 to -plainLow. It asks no branch.
func appendShort(b []byte, size uint64, places int, neg bool) []byte {
	word := wordOf(size)
	value := word ^ wordZeros
	lead := min(bits.TrailingZeros64(value)/8, 7-places) // zeros before the figure
	tail := min(bits.LeadingZeros64(value)/8, places)    // and behind it
	whole, frac := 8-places-lead, places-tail
	i := len(b)
	b = slices.Grow(b, 1+2*8+1)[:i+1+2*8+1]
	b[i] = '-'
	if neg {
		i++
	}
	binary.LittleEndian.PutUint64(b[i:], word>>(8*uint(lead)%64))
	i += whole
	b[i] = '.'
	i += min(frac, 1)
	binary.LittleEndian.PutUint64(b[i:], word>>(8*uint(8-places)))
	return b[:i+frac]
}

// maxPlainPlaces is how many places appendPlain writes at most.
const maxPlainPlaces = 22

// appendPlain appends ±size×10^-places in full, where places is from 0 to
// maxPlainPlaces.
func appendPlain(b []byte, size uint64, places int, neg bool) []byte {
	top, rest := size/1e16, size%1e16
	text := longText{top<<56 + wordZeros, wordOf(rest / 1e8), wordOf(rest % 1e8)}
	if top >= 10 {
		text[0] = wordOf(top)
	}
	point := 8*len(text) - places
	start := min(8*len(text)-digitsOf(size), point-1)
	frac := places - min(text.zeros(), places)
	i := len(b)
	b = slices.Grow(b, 1+2*8*len(text)+1)[:i+1+2*8*len(text)+1]
	b[i] = '-'
	if neg {
		i++
	}
	text.write(b[i:], start)
	i += point - start
	b[i] = '.'
	i += min(frac, 1)
	text.write(b[i:], point)
	return b[:i+frac]
}

// A longText is the digits of a uint64, with zeros before them.
type longText [3]uint64

// write writes the digits from the given one on, and perhaps more behind the last.
func (t *longText) write(b []byte, from int) {
	switch {
	case from <= 8:
		binary.LittleEndian.PutUint64(b, t[0]>>(8*uint(from)))
		binary.LittleEndian.PutUint64(b[8-from:], t[1])
		binary.LittleEndian.PutUint64(b[16-from:], t[2])
	case from <= 16:
		binary.LittleEndian.PutUint64(b, t[1]>>(8*uint(from-8)))
		binary.LittleEndian.PutUint64(b[16-from:], t[2])
	default:
		binary.LittleEndian.PutUint64(b, t[2]>>(8*uint(from-16)))
	}
}

// zeros returns how many zeros are at the end.
func (t *longText) zeros() int {
	for i := range t {
		if value := t[len(t)-1-i] ^ wordZeros; value != 0 {
			return 8*i + bits.LeadingZeros64(value)/8
		}
	}
	return 8 * len(t)
}
