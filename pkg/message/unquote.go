package message

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// unquote is what a JSON string in UTF-8 says, if quoted is one. It does what
// encoding/json does, and takes hardly more memory than the string: a message may
// be all keys.
func unquote(quoted []byte) (text string, ok bool) {
	n := len(quoted)
	if isPlain(quoted) {
		return string(quoted[1 : n-1]), true
	}
	if n < 2 || quoted[0] != '"' || quoted[n-1] != '"' || !utf8.Valid(quoted) || !json.Valid(quoted) {
		return "", false
	}
	quoted = quoted[1 : n-1]
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted), true
	}
	plain := make([]byte, 0, len(quoted))
	for len(quoted) > 0 {
		if quoted[0] != '\\' {
			plain, quoted = append(plain, quoted[0]), quoted[1:]
			continue
		}
		r, n := unescape(quoted)
		plain, quoted = utf8.AppendRune(plain, r), quoted[n:]
	}
	return string(plain), true
}

// isPlain says whether a value is a string of nothing but ASCII that needs no escape,
// as nearly all are.
func isPlain(value []byte) bool {
	n := len(value)
	if n < 2 || value[0] != '"' || value[n-1] != '"' {
		return false
	}
	for _, c := range value[1 : n-1] {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// unescape reads the escape that text begins with, which is a sound one, and
// returns how many bytes it takes. Half a surrogate pair is U+FFFD.
func unescape(text []byte) (r rune, n int) {
	switch c := text[1]; c {
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		return unescapeUTF16(text)
	default: // the quotation mark and both slashes
		return rune(c), 2
	}
}

// unescapeUTF16 reads the escape \uXXXX, or two that make one character.
func unescapeUTF16(text []byte) (r rune, n int) {
	r = hex4(text[2:])
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if bytes.HasPrefix(text[6:], []byte(`\u`)) {
		if pair := utf16.DecodeRune(r, hex4(text[8:])); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return utf8.RuneError, 6
}

// hex4 is the value of the four hexadecimal digits that text begins with.
func hex4(text []byte) rune {
	v, err := strconv.ParseUint(string(text[:4]), 16, 16)
	if err != nil {
		panic("message: digits of a sound escape: " + err.Error())
	}
	return rune(v)
}
