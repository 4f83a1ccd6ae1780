package stats

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ErrEmpty is the error for a list without numbers.
var ErrEmpty = errors.New("the list is empty")

// A SyntaxError says that a text is not a list at all: a bracket or a comma is
// missing or too many.
type SyntaxError struct {
	Offset int // in bytes, of what is wrong; the length of the text where it ends too early
	Reason string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("byte %d: %s", e.Offset, e.Reason)
}

// A NumberError says that one element of a list is not a number, or not one
// within the limits.
type NumberError struct {
	Index  int    // of the element, from 0; -1 for a number that stands alone
	Token  string // the element as written, in full
	Reason string // what is wrong with it: "is not a number"
}

// Error returns the token and the reason: "null is not a number". A long token
// is cut, and what is not printable ASCII is escaped. The index is left to the
// caller, who knows what the list is called.
func (e *NumberError) Error() string {
	return abbreviate(e.Token) + " " + e.Reason
}

// shown is how many bytes of a token an error shows.
const shown = 40

// abbreviate makes a token of unknown origin fit for a message and a terminal.
func abbreviate(token string) string {
	if token == "" {
		return "an empty text"
	}
	rest, more := token, ""
	if len(rest) > shown {
		rest, more = rest[:shown], "..."
	}
	var b strings.Builder
	for rest != "" {
		r, size := utf8.DecodeRuneInString(rest)
		if ' ' <= r && r <= '~' {
			b.WriteByte(rest[0])
		} else {
			quoted := strconv.QuoteToASCII(rest[:size])
			b.WriteString(quoted[1 : len(quoted)-1])
		}
		rest = rest[size:]
	}
	return b.String() + more
}

// faultOf says why a token that is not a JSON number is none.
func faultOf(token string) string {
	switch {
	case strings.HasPrefix(token, `"`):
		return "is a string, not a number"
	case strings.HasPrefix(token, "["):
		return "is an array, not a number"
	case strings.HasPrefix(token, "{"):
		return "is an object, not a number"
	}
	unsigned := strings.TrimPrefix(token, "-")
	whole := unsigned[:digitsAt(unsigned)]
	rest := unsigned[len(whole):]
	tail := isNumber("0" + rest)
	switch {
	case len(whole) > 1 && whole[0] == '0' && tail:
		return "has a leading zero"
	case strings.HasPrefix(token, "+") && isNumber(token[1:]):
		return "has a leading plus sign"
	case whole == "" && tail && strings.HasPrefix(rest, "."):
		return "has no digit before the decimal point"
	case whole != "" && strings.HasPrefix(rest, ".") && isNumber("0.0"+rest[1:]):
		return "has no digit after the decimal point"
	case strings.ContainsAny(rest, "eE") && isNumber(token+"0"):
		return "has no digit in the exponent"
	}
	return "is not a number"
}
