package stats

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// Limits of a number in a list, and of a probability.
const (
	MaxDigits      = 1000 // significant digits
	MaxExponent    = 1000 // magnitude of e in d.ddd×10^e
	MaxPowerDigits = 4    // digits of a written exponent, its leading zeros included
)

// maxFigure bounds the digits and the exponent of a text that is not an input
// but a result. No figure of a list within the limits comes near it.
const maxFigure = 20000

// A Number is one exact decimal, within the limits of a list. The zero Number
// is 0. Numbers are comparable: == means equal in value.
type Number struct {
	// The value is ±d.ddd×10^exp, where digits has neither leading nor
	// trailing zeros. For zero all fields are zero.
	digits string
	exp    int32
	neg    bool
}

var (
	zero = Number{}
	one  = Number{digits: "1"}
)

// ParseNumber reads one JSON number, with nothing before or after it. Any
// error is a [*NumberError] with Index -1.
func ParseNumber(token string) (Number, error) {
	lit, n := scan([]byte(token))
	if n == 0 || n != len(token) {
		return Number{}, &NumberError{-1, token, faultOf(token)}
	}
	number, reason := lit.number()
	if reason != "" {
		return Number{}, &NumberError{-1, token, reason}
	}
	return number, nil
}

// Canonical returns the canonical text of a number in JSON's grammar, for
// readers of figures that a store or another program has rewritten. It takes
// any figure of this package, and so up to 20,000 digits and exponents up to
// ±20,000. Any error is a [*NumberError] with Index -1.
func Canonical(text string) (Figure, error) {
	lit, n := scan([]byte(text))
	if n == 0 || n != len(text) {
		return "", &NumberError{-1, text, faultOf(text)}
	}
	digits, exp := lit.normalize()
	if len(digits) > maxFigure {
		return "", &NumberError{-1, text, fmt.Sprintf("has %d significant digits: at most %d are allowed", len(digits), maxFigure)}
	}
	if exp < -maxFigure || exp > maxFigure {
		return "", &NumberError{-1, text, outOfRange(maxFigure)}
	}
	return layout(lit.neg, digits, exp), nil
}

// number returns the literal's value, or the limit that it is beyond.
func (lit *literal) number() (n Number, reason string) {
	if len(lit.power) > MaxPowerDigits {
		return Number{}, fmt.Sprintf("is out of range: an exponent has at most %d digits", MaxPowerDigits)
	}
	digits, exp := lit.normalize()
	switch {
	case digits == "":
		return Number{}, ""
	case len(digits) > MaxDigits:
		return Number{}, fmt.Sprintf("has %d significant digits: at most %d are allowed", len(digits), MaxDigits)
	case exp < -MaxExponent || exp > MaxExponent:
		return Number{}, outOfRange(MaxExponent)
	}
	return Number{digits, int32(exp), lit.neg}, ""
}

func outOfRange(limit int) string {
	return fmt.Sprintf("is out of range: written with one digit before the point, its exponent must be from -%d to %d", limit, limit)
}

// normalize returns the literal as d.ddd×10^exp, without leading and trailing
// zeros; the digits of zero are empty.
func (lit *literal) normalize() (digits string, exp int) {
	exp = lit.exponent() + len(lit.whole) - 1
	whole, frac := lit.whole, bytes.TrimRight(lit.frac, "0")
	if lead := bytes.TrimLeft(whole, "0"); len(lead) == 0 {
		lead = bytes.TrimLeft(frac, "0")
		exp -= len(whole) + len(frac) - len(lead)
		whole, frac = nil, lead
	}
	if len(frac) == 0 {
		digits = string(bytes.TrimRight(whole, "0"))
	} else {
		digits = string(whole) + string(frac)
	}
	if digits == "" {
		return "", 0
	}
	return digits, exp
}

// Figure returns the number's canonical text.
func (n Number) Figure() Figure {
	return layout(n.neg, n.digits, int(n.exp))
}

// append appends the number's canonical text.
func (n Number) append(b []byte) []byte {
	return appendLayout(b, n.neg, n.digits, int(n.exp))
}

// String returns the number's canonical text.
func (n Number) String() string { return string(n.Figure()) }

// Digits returns how many significant digits the number has; 0 has none.
func (n Number) Digits() int { return len(n.digits) }

// Cmp returns -1, 0 or +1 as n is less than, equal to or greater than m.
func (n Number) Cmp(m Number) int {
	if s := cmp.Compare(n.sign(), m.sign()); s != 0 {
		return s
	}
	c := cmp.Compare(n.exp, m.exp)
	if c == 0 {
		c = strings.Compare(n.digits, m.digits)
	}
	if n.neg {
		return -c
	}
	return c
}

func (n Number) sign() int {
	switch {
	case n.digits == "":
		return 0
	case n.neg:
		return -1
	}
	return +1
}

// low returns the power of ten that the last digit stands for.
func (n Number) low() int { return int(n.exp) - len(n.digits) + 1 }

// setMagnitude sets z to the number's digits as an integer: |n| = z×10^low.
func (n Number) setMagnitude(z *big.Int) {
	switch {
	case n.digits == "":
		z.SetUint64(0)
	case len(n.digits) < 20:
		z.SetUint64(atou(n.digits))
	default:
		if _, ok := z.SetString(n.digits, 10); !ok {
			panic("stats: digits that are none: " + strconv.Quote(n.digits))
		}
	}
}

// decimal returns the number as a coefficient and a power of ten.
func (n Number) decimal() decimal {
	z := new(big.Int)
	n.setMagnitude(z)
	if n.neg {
		z.Neg(z)
	}
	return decimal{z, n.low()}
}

// atou returns the value of at most 19 digits.
func atou[T string | []byte](digits T) uint64 {
	var u uint64
	for i := range len(digits) {
		u = u*10 + uint64(digits[i]-'0')
	}
	return u
}

// numberOf returns coef×10^exp.
func numberOf(coef int64, exp int) Number {
	if coef == 0 {
		return Number{}
	}
	digits := strconv.FormatUint(magnitude(coef), 10)
	exp += len(digits) - 1
	return Number{strings.TrimRight(digits, "0"), int32(exp), coef < 0}
}

// numberOfLong returns v×10^exp.
func numberOfLong(v long, exp int) Number {
	if v == (long{}) {
		return Number{}
	}
	size := v.size()
	if size.hi == 0 && size.lo <= math.MaxInt64 {
		return numberOf(v.int64(), exp)
	}
	digits, exp := decimal{v.big(), exp}.digits()
	return Number{digits, int32(exp), v.hi < 0}
}

// magnitude returns |v|.
func magnitude(v int64) uint64 {
	sign := v >> 63
	return uint64((v ^ sign) - sign)
}
