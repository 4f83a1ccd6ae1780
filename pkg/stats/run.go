package stats

import (
	"encoding/binary"
	"math"
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
// no number at all, or white space before it.
func (p *parser) run(array bool) {
	for p.list.wide == nil && len(p.data)-p.pos >= plainWindow+4 {
		p.runShort()
		rest := p.data[p.pos:]
		if len(rest) < plainWindow+4 {
			return
		}
		number, n := readPlain(rest)
		if n == 0 {
			return
		}
		gap := gapAt(rest[n:], array)
		if gap == 0 || !p.list.addPlain(number) {
			return
		}
		if rest[n] != ',' || gap > 1 {
			p.spaced = true
		}
		p.pos += n + gap
	}
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

// shortWindow is how many bytes runShort looks at: a sign, two words and what
// follows.
const shortWindow = 18

// runShort reads the numbers from pos on for as long as they have the scale of
// the list, at most seven digits before the point and behind it, and a comma
// after them.
func (p *parser) runShort() {
	l := &p.list
	if l.longs != nil || l.scale > 0 {
		return
	}
	data, pos, places := p.data, p.pos, -l.scale
	for ; len(data)-pos >= shortWindow; pos++ {
		text := data[pos:][:shortWindow]
		neg := text[0] == '-'
		if neg {
			text = text[1:]
		}
		size, n := readShort(text, places)
		if n == 0 {
			break
		}
		coef := int64(size)
		pos += n
		if neg {
			coef = -coef
			pos++
		}
		l.max = max(l.max, size)
		l.ints = append(l.ints, coef)
	}
	p.pos = pos
}

// readShort reads digits with the given places behind a point, if any, and a
// comma after them. It returns how many bytes come before the comma, or 0.
func readShort(text []byte, places int) (size uint64, n int) {
	word := binary.LittleEndian.Uint64(text)
	n = wordDigits(word)
	if n == 0 || n == 8 || text[0] == '0' && n > 1 {
		return 0, 0
	}
	size = wordPrefix(word, n)
	if places > 0 {
		if text[n] != '.' {
			return 0, 0
		}
		word = binary.LittleEndian.Uint64(text[n+1:])
		if wordDigits(word) != places || places == 8 {
			return 0, 0
		}
		size = size*powers[places] + wordPrefix(word, places)
		n += 1 + places
	}
	if text[n] != ',' {
		return 0, 0
	}
	return size, n
}

// addPlain appends the number to ints or longs. It reports false, and adds
// nothing, where that does not fit.
func (l *List) addPlain(p plainNumber) bool {
	if l.longs != nil || p.places != -l.scale || l.max == 0 || p.size > math.MaxInt64 {
		return l.addSize(ulong{0, p.size}, -p.places, p.neg)
	}
	coef := int64(p.size)
	if p.neg {
		coef = -coef
	}
	l.max = max(l.max, p.size)
	l.ints = append(l.ints, coef)
	return true
}
