package dynamodb

import (
	"cmp"
	"math/big"
	"strconv"
	"strings"
)

// The range of a number: 38 significant digits, magnitudes from 1E-130 up to
// 9.9999999999999999999999999999999999999E+125 ("Supported data types and naming
// rules in Amazon DynamoDB", Number).
const (
	maxDigits   = 38
	maxExponent = 125
	minExponent = -130
)

// number is an exact decimal in its only form, so that equal numbers are equal
// with ==: d.ddd×10^exp, where the first digit and the last are not 0. Zero has
// no digits, exponent 0 and no sign.
type number struct {
	negative bool
	exp      int16
	digits   string
}

const (
	numberSyntax    = "The parameter cannot be converted to a numeric value"
	numberOverflow  = "Number overflow. Attempting to store a number with magnitude larger than supported range"
	numberUnderflow = "Number underflow. Attempting to store a number with magnitude smaller than supported range"
	numberTooLong   = "Attempting to store more than 38 significant digits in a Number"
)

// parseNumber reads a number in decimal or exponent notation. Leading and
// trailing zeros do not count as digits.
func parseNumber(text string) (number, error) {
	if text == "" {
		return number{}, invalid(numberSyntax)
	}
	mantissa, exponent, ok := splitExponent(text)
	if !ok {
		return number{}, invalid(numberSyntax + ": " + text)
	}
	negative := mantissa[0] == '-'
	if negative || mantissa[0] == '+' {
		mantissa = mantissa[1:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := whole + fraction
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return number{}, invalid(numberSyntax + ": " + text)
	}
	return newNumber(negative, digits, exponent+len(whole)-1)
}

// splitExponent separates the exponent of 1.5e3. One of more than six digits
// counts as a million, which is as far out of range.
func splitExponent(text string) (mantissa string, exponent int, ok bool) {
	at := strings.IndexAny(text, "eE")
	if at < 0 {
		return text, 0, true
	}
	mantissa, exp := text[:at], text[at+1:]
	bare := strings.TrimPrefix(strings.TrimPrefix(exp, "+"), "-")
	if mantissa == "" || bare == "" || len(exp)-len(bare) > 1 || strings.Trim(bare, "0123456789") != "" {
		return "", 0, false
	}
	bare = strings.TrimLeft(bare, "0")
	if len(bare) > 6 {
		bare = "1000000"
	}
	exponent, _ = strconv.Atoi("0" + bare) // at most seven digits
	if exp[0] == '-' {
		exponent = -exponent
	}
	return mantissa, exponent, true
}

// newNumber is the number ±digits[0].digits[1:]×10^exp, or the refusal of what
// is out of range.
func newNumber(negative bool, digits string, exp int) (number, error) {
	trimmed := strings.TrimLeft(digits, "0")
	exp -= len(digits) - len(trimmed)
	trimmed = strings.TrimRight(trimmed, "0")
	switch {
	case trimmed == "":
		return number{}, nil
	case exp > maxExponent:
		return number{}, invalid(numberOverflow)
	case exp < minExponent:
		return number{}, invalid(numberUnderflow)
	case len(trimmed) > maxDigits:
		return number{}, invalid(numberTooLong)
	}
	return number{negative, int16(exp), strings.Clone(trimmed)}, nil
}

// String is the number as DynamoDB returns it: plain notation whatever the
// magnitude, without an exponent, a plus sign or a superfluous zero. 1.50 comes
// back as 1.5, 1E2 as 100 and 1E-130 as 0. with 129 zeros and a 1.
func (n number) String() string { return string(n.append(nil)) }

func (n number) append(b []byte) []byte {
	if n.digits == "" {
		return append(b, '0')
	}
	if n.negative {
		b = append(b, '-')
	}
	exp, count := int(n.exp), len(n.digits)
	switch {
	case exp < 0:
		b = append(b, "0."...)
		b = appendZeros(b, -exp-1)
		return append(b, n.digits...)
	case exp >= count-1:
		b = append(b, n.digits...)
		return appendZeros(b, exp-count+1)
	default:
		b = append(b, n.digits[:exp+1]...)
		b = append(b, '.')
		return append(b, n.digits[exp+1:]...)
	}
}

func appendZeros(b []byte, n int) []byte {
	for range n {
		b = append(b, '0')
	}
	return b
}

func (n number) sign() int {
	switch {
	case n.digits == "":
		return 0
	case n.negative:
		return -1
	default:
		return 1
	}
}

func (n number) compare(m number) int {
	if c := cmp.Compare(n.sign(), m.sign()); c != 0 || n.sign() == 0 {
		return c
	}
	c := cmp.Or(cmp.Compare(n.exp, m.exp), strings.Compare(n.digits, m.digits))
	return c * n.sign()
}

func (n number) negate() number {
	n.negative = !n.negative && n.digits != ""
	return n
}

// add is the exact sum. One that needs more than 38 digits is refused as an
// overflow, in DynamoDB's own words for it.
func (n number) add(m number) (number, error) {
	scale := min(n.scale(), m.scale())
	sum := new(big.Int).Add(n.scaled(scale), m.scaled(scale))
	negative := sum.Sign() < 0
	digits := sum.Abs(sum).String()
	if len(strings.TrimRight(digits, "0")) > maxDigits {
		return number{}, invalid(numberOverflow)
	}
	return newNumber(negative, digits, scale+len(digits)-1)
}

// scale is the power of ten of the last digit.
func (n number) scale() int {
	if n.digits == "" {
		return 0
	}
	return int(n.exp) - len(n.digits) + 1
}

// scaled is the number as a multiple of 10^scale.
func (n number) scaled(scale int) *big.Int {
	i := new(big.Int)
	if n.digits == "" {
		return i
	}
	i.SetString(n.digits+strings.Repeat("0", n.scale()-scale), 10)
	if n.negative {
		i.Neg(i)
	}
	return i
}

// size is what the number counts for in an item: a byte for every two
// significant digits, which are paired from the decimal point, one for the
// exponent, and one for a minus sign ("DynamoDB item sizes and formats", which
// calls it approximate).
func (n number) size() int {
	if n.digits == "" {
		return 1
	}
	lead := int(n.exp) & 1 // an even exponent puts the first digit in a pair of its own
	size := 1 + (len(n.digits)+2-lead)/2
	if n.negative {
		size++
	}
	return size
}

// sortKey encodes the number so that the order of the bytes is that of the
// numbers: a sign, the exponent, the digits; for negative numbers all of it
// turned round, and closed by a byte above every digit.
func (n number) sortKey() string {
	switch n.sign() {
	case 0:
		return "\x80"
	case 1:
		return "\x81" + string([]byte{byte(int(n.exp) - minExponent)}) + n.digits
	}
	b := make([]byte, 0, len(n.digits)+3)
	b = append(b, '\x7f', byte(maxExponent-int(n.exp)))
	for i := range len(n.digits) {
		b = append(b, '0'+'9'-n.digits[i])
	}
	return string(append(b, '\xff'))
}

// unix is the number as whole seconds of the epoch, rounded down towards zero;
// false where it is out of the range of dates.
func (n number) unix() (int64, bool) {
	if n.digits == "" || n.exp < 0 {
		return 0, true
	}
	if n.negative || n.exp > 17 {
		return 0, false
	}
	whole := n.digits[:min(len(n.digits), int(n.exp)+1)]
	i, err := strconv.ParseInt(whole+strings.Repeat("0", int(n.exp)+1-len(whole)), 10, 64)
	return i, err == nil
}

// integer is the number n, which is not negative.
func integer(n int) number {
	digits := strconv.Itoa(n)
	exp := len(digits) - 1
	digits = strings.TrimRight(digits, "0")
	if digits == "" {
		exp = 0
	}
	return number{exp: int16(exp), digits: digits}
}
