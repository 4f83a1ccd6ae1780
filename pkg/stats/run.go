package stats

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// A plainNumber is a number without an exponent and of at most maxRun digits,
// as ±size×10^-places.
type plainNumber struct {
	size   uint64
	places int
	neg    bool
}

// plainWindow is how many bytes readPlain looks at: two runs, a sign, a point
// and what follows.
const plainWindow = 2*runWindow + 8

// readPlain reads the plain number that text begins with and returns how many
// bytes it takes, or 0 where text begins with another number or none. The text
// has at least plainWindow bytes.
func readPlain(text []byte) (p plainNumber, n int) {
	text = text[:plainWindow]
	if text[0] == '-' {
		p.neg, n = true, 1
	}
	run := digitRun{}.read(text[n:])
	if run.n == 0 || run.n > maxRun || text[n] == '0' && run.n > 1 {
		return plainNumber{}, 0
	}
	n += run.n
	if text[n] == '.' {
		whole := run.n
		run = run.read(text[n+1:])
		p.places = run.n - whole
		if p.places == 0 || run.n > maxRun {
			return plainNumber{}, 0
		}
		n += 1 + p.places
	}
	p.size = run.value
	return p, n
}

// run reads the numbers from pos on for as long as they are plain and another
// number follows each. It leaves pos at the first that is not so, which may be
// no number at all, or white space before it. It reports true where it has read the
// last number of an array, and leaves pos at the bracket then.
func (p *parser) run(array bool) (ended bool) {
	end := byte(',')
	if array {
		end = ']'
	}
	for p.list.form != inWide {
		if p.runShort(end) {
			return true
		}
		rest := p.data[p.pos:]
		if len(rest) < plainWindow+4 {
			break
		}
		number, n := readPlain(rest)
		if n == 0 {
			break
		}
		gap := gapAt(rest[n:], array)
		if gap == 0 || !p.list.addPlain(number) {
			break
		}
		if rest[n] != ',' || gap > 1 {
			p.spaced = true
		}
		p.pos += n + gap
	}
	return false
}

// gapAt returns the length of the usual separators where one stands between a
// number and what looks like the next, otherwise 0: a comma, with or without a
// blank behind it, and in a list that is no array a blank or a line feed.
func gapAt(text []byte, array bool) int {
	gap := 1
	switch c := text[0]; {
	case c == ',' && text[1] == ' ':
		gap = 2
	case c == ',':
	case array || c != ' ' && c != '\n':
		return 0
	}
	if c := text[gap]; isDigit(c) || c == '-' {
		return gap
	}
	return 0
}

// shortWindow is how many bytes runShort looks at for one number: a sign, two
// words and what follows.
const shortWindow = 18

// runShort reads the numbers from pos on for as long as they have the scale of
// the list, at most seven digits before the point and behind it, and a comma
// after them. It reports true for the end, which is another byte than a comma, after
// a number; pos is there then.
func (p *parser) runShort(end byte) (ended bool) {
	n, ended := p.list.readShort(p.data[p.pos:], end)
	p.pos += n
	if rest := p.data[p.pos:]; len(rest) < shortWindow && !ended {
		var padded [2 * shortWindow]byte
		copy(padded[:], rest)
		n, ended = p.list.readShort(padded[:], end)
		p.pos += n
	}
	return ended
}

// readShort is runShort for the numbers in text, as far as a window follows each.
// It returns how many bytes they take.
func (l *List) readShort(text []byte, end byte) (n int, ended bool) {
	switch {
	case l.form != inInts || l.scale > 0:
	case l.scale == 0:
		return l.readIntegers(text, end)
	case l.scale > -8:
		return l.readDecimals(text, -l.scale, end)
	}
	return 0, false
}

// readIntegers is readShort for a scale of 0. It takes no more numbers than there is
// room for.
func (l *List) readIntegers(text []byte, end byte) (read int, ended bool) {
	all, room, most, k := len(text), l.ints[len(l.ints):cap(l.ints)], l.max, 0
	for len(text) >= shortWindow && k < len(room) {
		word, sign := binary.LittleEndian.Uint64(text), 0
		if byte(word) == '-' {
			word, sign = binary.LittleEndian.Uint64(text[1:]), 1
		}
		n := wordDigits(word)
		next := byte(word >> (8 * uint(n) % 64))
		if uint(n-1) >= 7 || next != ',' && next != end || byte(word) == '0' && n > 1 {
			break
		}
		size := wordPrefix(word, n)
		most = max(most, size)
		room[k] = signed(size, sign)
		k++
		text = text[sign+n+1:]
		if next != ',' {
			ended = true
			break
		}
	}
	read = all - len(text)
	if ended {
		read--
	}
	l.ints, l.max = l.ints[:len(l.ints)+k], most
	return read, ended
}

// readDecimals is readShort for a scale of -places. It takes no more numbers than
// there is room for.
func (l *List) readDecimals(text []byte, places int, end byte) (read int, ended bool) {
	all, room, most, k, unit := len(text), l.ints[len(l.ints):cap(l.ints)], l.max, 0, powers[places]
	for len(text) >= shortWindow && k < len(room) {
		word, sign := binary.LittleEndian.Uint64(text), 0
		if byte(word) == '-' {
			word, sign = binary.LittleEndian.Uint64(text[1:]), 1
		}
		n := wordDigits(word)
		if uint(n-1) >= 7 || byte(word>>(8*uint(n)%64)) != '.' || byte(word) == '0' && n > 1 {
			break
		}
		frac := text[sign+n+1:]
		behind := binary.LittleEndian.Uint64(frac)
		next := byte(behind >> (8 * uint(places) % 64))
		if wordDigits(behind) != places || next != ',' && next != end {
			break
		}
		size := wordPrefix(word, n)*unit + wordPrefix(behind, places)
		most = max(most, size)
		room[k] = signed(size, sign)
		k++
		text = frac[places+1:]
		if next != ',' {
			ended = true
			break
		}
	}
	read = all - len(text)
	if ended {
		read--
	}
	l.ints, l.max = l.ints[:len(l.ints)+k], most
	return read, ended
}

// signed returns size, or -size for a sign of 1.
func signed(size uint64, sign int) int64 {
	return (int64(size) ^ -int64(sign)) + int64(sign)
}

// addPlain appends the number to ints or longs. It reports false, and adds
// nothing, where that does not fit.
func (l *List) addPlain(p plainNumber) bool {
	gap := -p.places - l.scale
	switch {
	case l.form == inLongs && !l.most.isZero() && p.size > 0 && gap >= 0 && gap < len(powers):
		hi, lo := bits.Mul64(p.size, powers[gap])
		size := ulong{hi, lo}
		if hi >= 1<<(maxLongBits-64) {
			return false
		}
		l.most = l.most.longer(size)
		l.longs = append(l.longs, longOf(size, p.neg))
		return true
	case l.form == inInts && l.max > 0 && gap == 0 && p.size <= math.MaxInt64:
		l.max = max(l.max, p.size)
		l.ints = append(l.ints, longOf(ulong{0, p.size}, p.neg).int64())
		return true
	}
	return l.addSize(ulong{0, p.size}, -p.places, p.neg)
}
