package stats

import "math"

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
// no number at all.
func (p *parser) run(array bool) {
	for p.list.wide == nil && len(p.data)-p.pos >= plainWindow+4 {
		rest := p.data[p.pos:]
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
