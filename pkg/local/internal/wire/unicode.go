package wire

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// isUnicode says whether a JSON document is UTF-8 whose \u escapes make whole
// characters. Package json puts U+FFFD in the place of what does not, and would
// so change what a client said.
func isUnicode(doc []byte) bool {
	if !utf8.Valid(doc) {
		return false
	}
	for i := 0; i < len(doc); i++ {
		if doc[i] != '\\' {
			continue
		}
		i++ // whatever is escaped, it is no backslash that escapes
		r := escape(doc[i-1:])
		switch {
		case !utf16.IsSurrogate(r):
		case len(doc) < i+11 || utf16.DecodeRune(r, escape(doc[i+5:])) == utf8.RuneError:
			return false
		default:
			i += 10
		}
	}
	return true
}

// escape is the code unit of the escape \uXXXX that b begins with, 0 where it
// begins with none.
func escape(b []byte) rune {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0
	}
	n, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	if err != nil {
		return 0
	}
	return rune(n)
}
