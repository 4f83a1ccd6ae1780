package stats

import (
	"bytes"
	"math/big"
	"strconv"
)

// Exponents from plainLow to plainHigh are written in plain notation, as
// Number::toString does (ECMAScript Language Specification, section 6.1.6.1.20).
const (
	plainLow  = -6
	plainHigh = 20
)

// layout returns ±d.ddd×10^exp as a figure.
func layout(neg bool, digits string, exp int) Figure {
	var buf [64]byte
	return Figure(appendLayout(buf[:0], neg, digits, exp))
}

// appendLayout appends the figure ±d.ddd×10^exp, where digits has neither
// leading nor trailing zeros.
func appendLayout[T string | []byte](b []byte, neg bool, digits T, exp int) []byte {
	if len(digits) == 0 {
		return append(b, '0')
	}
	if neg {
		b = append(b, '-')
	}
	switch {
	case exp < plainLow || exp > plainHigh:
		return appendScientific(b, digits, exp)
	case exp < 0:
		b = append(b, "0.000000"[:1-exp]...)
		return append(b, digits...)
	case len(digits) <= exp+1:
		b = append(b, digits...)
		return append(b, "00000000000000000000"[:exp+1-len(digits)]...)
	}
	b = append(b, digits[:exp+1]...)
	b = append(b, '.')
	return append(b, digits[exp+1:]...)
}

func appendScientific[T string | []byte](b []byte, digits T, exp int) []byte {
	b = append(b, digits[0])
	if len(digits) > 1 {
		b = append(b, '.')
		b = append(b, digits[1:]...)
	}
	b = append(b, 'e')
	if exp > 0 {
		b = append(b, '+')
	}
	return strconv.AppendInt(b, int64(exp), 10)
}

// A decimal is coef×10^exp.
type decimal struct {
	coef *big.Int
	exp  int
}

// append appends the figure of the decimal in full.
func (d decimal) append(b []byte) []byte {
	digits, exp := d.digits()
	return appendLayout(b, d.coef.Sign() < 0, digits, exp)
}

// figure returns what append appends.
func (d decimal) figure() Figure { return Figure(d.append(nil)) }

// digits returns |d| as d.ddd×10^exp without trailing zeros.
func (d decimal) digits() (digits string, exp int) {
	var buf [32]byte
	text := d.coef.Append(buf[:0], 10)
	text = bytes.TrimPrefix(text, []byte("-"))
	exp = d.exp + len(text) - 1
	return string(bytes.TrimRight(text, "0")), exp
}

// appendShortest appends the shortest decimal that reads back as f, which is
// finite and positive.
func appendShortest(b []byte, neg bool, f float64) []byte {
	if coef, places, ok := shortest(f); ok {
		return appendPlain(b, coef, places, neg)
	}
	if 1e-6 <= f && f < 1e21 { // plain
		if neg {
			b = append(b, '-')
		}
		return strconv.AppendFloat(b, f, 'f', -1, 64)
	}
	var buf [32]byte
	text := strconv.AppendFloat(buf[:0], f, 'e', -1, 64) // d.ddde±dd
	e := bytes.LastIndexByte(text, 'e')
	exp := int(atou(text[e+2:]))
	if text[e+1] == '-' {
		exp = -exp
	}
	digits := text[:1]
	if e > 1 {
		text[1] = text[0] // over the point
		digits = text[1:e]
	}
	return appendLayout(b, neg, digits, exp)
}
