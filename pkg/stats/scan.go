package stats

// A literal is a JSON number taken apart: -whole.frac E power. Its slices
// point into the text that it was scanned from.
type literal struct {
	neg         bool
	whole, frac []byte // digits
	power       []byte // digits of the written exponent
	powerNeg    bool
	coef        uint64 // whole and frac as one integer, modulo 2^64
}

// scan reads the JSON number (RFC 8259, section 6) that text begins with and
// returns how many bytes it takes. It returns 0 where text begins with none.
func scan(text []byte) (lit literal, n int) {
	i := 0
	if i < len(text) && text[i] == '-' {
		lit.neg = true
		i++
	}
	start := i
	for i < len(text) && isDigit(text[i]) {
		lit.coef = lit.coef*10 + uint64(text[i]-'0')
		i++
	}
	lit.whole = text[start:i]
	if i == start || text[start] == '0' && i > start+1 {
		return literal{}, 0
	}
	if i < len(text) && text[i] == '.' {
		i++
		start = i
		for i < len(text) && isDigit(text[i]) {
			lit.coef = lit.coef*10 + uint64(text[i]-'0')
			i++
		}
		lit.frac = text[start:i]
		if i == start {
			return literal{}, 0
		}
	}
	if i < len(text) && text[i]|0x20 == 'e' {
		return lit.scanPower(text, i+1)
	}
	return lit, i
}

// scanPower reads the exponent whose letter ends at i.
func (lit literal) scanPower(text []byte, i int) (literal, int) {
	if i < len(text) && (text[i] == '+' || text[i] == '-') {
		lit.powerNeg = text[i] == '-'
		i++
	}
	n := digitsAt(text[i:])
	if n == 0 {
		return literal{}, 0
	}
	lit.power = text[i : i+n]
	return lit, i + n
}

// maxPower bounds a written exponent; no text that fits in memory makes up
// for one beyond it.
const maxPower = 1 << 40

// exponent returns the written exponent, cut to ±maxPower.
func (lit *literal) exponent() int {
	e := 0
	for _, c := range lit.power {
		e = min(e*10+int(c-'0'), maxPower)
	}
	if lit.powerNeg {
		return -e
	}
	return e
}

// digitsAt returns how many digits text begins with.
func digitsAt[T string | []byte](text T) int {
	n := 0
	for n < len(text) && isDigit(text[n]) {
		n++
	}
	return n
}

// isNumber reports whether all of token is a JSON number.
func isNumber(token string) bool {
	_, n := scan([]byte(token))
	return n > 0 && n == len(token)
}

func isDigit(c byte) bool {
	return c-'0' < 10
}

// isSpace reports whether c is JSON white space (RFC 8259, section 2).
func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t'
}
