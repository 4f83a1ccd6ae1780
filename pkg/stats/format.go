package stats

import (
	"bytes"
	"math/big"
	"strconv"
	"strings"
)

// Exponents from plainLow to plainHigh are written in plain notation, as
// Number::toString does (ECMAScript Language Specification, section 6.1.6.1.20).
const (
	plainLow  = -6
	plainHigh = 20
)

// layout writes ±d.ddd×10^exp, where digits has neither leading nor trailing
// zeros, as a figure.
func layout(neg bool, digits string, exp int) Figure {
	if digits == "" {
		return "0"
	}
	var buf [64]byte
	b := buf[:0]
	if neg {
		b = append(b, '-')
	}
	switch {
	case exp < plainLow || exp > plainHigh:
		b = appendScientific(b, digits, exp)
	case exp < 0:
		b = append(b, "0.000000"[:1-exp]...)
		b = append(b, digits...)
	case len(digits) <= exp+1:
		b = append(b, digits...)
		b = append(b, "00000000000000000000"[:exp+1-len(digits)]...)
	default:
		b = append(b, digits[:exp+1]...)
		b = append(b, '.')
		b = append(b, digits[exp+1:]...)
	}
	return Figure(b)
}

func appendScientific(b []byte, digits string, exp int) []byte {
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

// figure returns the decimal in full.
func (d decimal) figure() Figure {
	digits, exp := d.digits()
	return layout(d.coef.Sign() < 0, digits, exp)
}

// digits returns |d| as d.ddd×10^exp without trailing zeros.
func (d decimal) digits() (digits string, exp int) {
	var buf [32]byte
	text := d.coef.Append(buf[:0], 10)
	text = bytes.TrimPrefix(text, []byte("-"))
	exp = d.exp + len(text) - 1
	return string(bytes.TrimRight(text, "0")), exp
}

// shortest returns the shortest decimal that reads back as f, which is finite
// and positive.
func shortest(neg bool, f float64) Figure {
	var buf [32]byte
	text := string(strconv.AppendFloat(buf[:0], f, 'e', -1, 64))
	mantissa, power, _ := strings.Cut(text, "e")
	exp, err := strconv.Atoi(power)
	if err != nil {
		panic("stats: exponent of a float64: " + err.Error())
	}
	return layout(neg, mantissa[:1]+strings.TrimPrefix(mantissa[1:], "."), exp)
}
