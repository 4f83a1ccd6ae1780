package statstest

import (
	"math/big"
	"strings"
)

// WithinLimits tells, by text alone, whether a JSON number is one that a list
// may hold.
func WithinLimits(token string) bool {
	mantissa, power, _ := strings.Cut(strings.ToLower(strings.TrimPrefix(token, "-")), "e")
	if len(strings.TrimLeft(power, "+-")) > 4 {
		return false
	}
	whole, frac, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimRight(whole+frac, "0")
	significant := strings.TrimLeft(digits, "0")
	if significant == "" {
		return true
	}
	exp := len(whole) - 1 - (len(digits) - len(significant))
	if power != "" {
		e, _ := new(big.Int).SetString(power, 10)
		exp += int(e.Int64())
	}
	return len(significant) <= 1000 && -1000 <= exp && exp <= 1000
}
