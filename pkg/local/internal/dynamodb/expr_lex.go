package dynamodb

import "strings"

// maxExpression is the longest expression in bytes ("Quotas in Amazon DynamoDB":
// expression strings).
const maxExpression = 4096

type tokenKind byte

const (
	tokenEnd    tokenKind = iota
	tokenWord             // a name, a keyword or a function
	tokenName             // #name
	tokenValue            // :value
	tokenNumber           // of a list's index
	tokenSign             // punctuation
	tokenBad              // what no expression holds
)

// token is a piece of an expression, from one byte of it to another.
type token struct {
	kind       tokenKind
	text       string
	start, end int
}

// lex splits an expression. The last token is always the end.
func lex(source string) []token {
	tokens := make([]token, 0, len(source)/3+2)
	for pos := 0; pos < len(source); {
		if strings.IndexByte(" \t\r\n", source[pos]) >= 0 {
			pos++
			continue
		}
		t := lexOne(source, pos)
		tokens = append(tokens, t)
		pos = t.end
	}
	return append(tokens, token{tokenEnd, "<EOF>", len(source), len(source)})
}

func lexOne(source string, pos int) token {
	kind, end := tokenBad, pos+1
	switch c := source[pos]; {
	case isLetter(c):
		kind, end = tokenWord, spanName(source, end)
	case isDigit(c):
		kind = tokenNumber
		for end < len(source) && isDigit(source[end]) {
			end++
		}
	case c == '#' || c == ':':
		if end = spanName(source, end); end == pos+1 {
			break
		}
		kind = tokenValue
		if c == '#' {
			kind = tokenName
		}
	case strings.HasPrefix(source[pos:], "<>"), strings.HasPrefix(source[pos:], "<="), strings.HasPrefix(source[pos:], ">="):
		kind, end = tokenSign, pos+2
	case strings.IndexByte("()[],.=<>+-", c) >= 0:
		kind = tokenSign
	}
	return token{kind, source[pos:end], pos, end}
}

// spanName is the end of the letters, digits and underscores that begin at pos.
func spanName(source string, pos int) int {
	for pos < len(source) && (isLetter(source[pos]) || isDigit(source[pos]) || source[pos] == '_') {
		pos++
	}
	return pos
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }

// isPlaceholder says whether key is a name or value as an expression refers to
// it: mark, then letters, digits and underscores.
func isPlaceholder(key string, mark byte) bool {
	return len(key) > 1 && key[0] == mark && spanName(key, 1) == len(key)
}
