package wire

import (
	"crypto/rand"
	"fmt"
	"unicode/utf8"
)

// IsName says whether s is 1 to most letters, digits, hyphens and underscores of
// ASCII: the rule for names of queues and topics and for IDs in a batch.
func IsName(s string, most int) bool {
	if s == "" || len(s) > most {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}

// IsText says whether s is UTF-8 of characters that SQS and SNS carry: #x9, #xA,
// #xD, #x20 to #xD7FF, #xE000 to #xFFFD and #x10000 to #x10FFFF ("SendMessage",
// Amazon SQS API Reference).
func IsText(s string) bool {
	for i, r := range s {
		switch {
		case r == utf8.RuneError:
			if _, width := utf8.DecodeRuneInString(s[i:]); width == 1 {
				return false
			}
		case r == 0xFFFE, r == 0xFFFF, r < 0x20 && r != '\t' && r != '\n' && r != '\r':
			return false
		}
	}
	return true
}

// UUID is a new random UUID (RFC 9562, version 4).
func UUID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
