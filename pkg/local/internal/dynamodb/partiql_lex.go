package dynamodb

import "strings"

type pqKind byte

const (
	pqEnd    pqKind = iota
	pqWord          // a keyword or a name as it stands
	pqName          // "name"
	pqText          // 'text'
	pqNumber        // -1.5e3
	pqSign          // a single character
)

// pqToken is a piece of a PartiQL statement. What stands in quotes has lost them.
type pqToken struct {
	kind pqKind
	text string
}

// lexStatement gives the token at or after pos, and where it ends.
func lexStatement(source string, pos int) (pqToken, int) {
	for pos < len(source) && strings.IndexByte(" \t\r\n", source[pos]) >= 0 {
		pos++
	}
	if pos == len(source) {
		return pqToken{}, pos
	}
	switch c := source[pos]; {
	case isLetter(c) || c == '_':
		end := spanName(source, pos)
		return pqToken{pqWord, source[pos:end]}, end
	case isDigit(c) || c == '-' || c == '+' || c == '.':
		end := spanNumber(source, pos)
		return pqToken{pqNumber, source[pos:end]}, end
	case c == '\'':
		return lexQuoted(source, pos, pqText)
	case c == '"':
		return lexQuoted(source, pos, pqName)
	default:
		return pqToken{pqSign, source[pos : pos+1]}, pos + 1
	}
}

// lexQuoted reads what stands between two quotes, of which one inside is written
// twice. Without the last quote, the first is a sign.
func lexQuoted(source string, pos int, kind pqKind) (pqToken, int) {
	quote := source[pos : pos+1]
	start, doubled := pos+1, false
	for end := start; end < len(source); end++ {
		switch {
		case source[end] != quote[0]:
		case end+1 < len(source) && source[end+1] == quote[0]:
			end++
			doubled = true
		default:
			text := source[start:end]
			if doubled {
				text = strings.ReplaceAll(text, quote+quote, quote)
			}
			return pqToken{kind, text}, end + 1
		}
	}
	return pqToken{pqSign, quote}, pos + 1
}

// spanNumber is the end of what may be a number that begins at pos: a sign
// belongs to it at its beginning and after an e.
func spanNumber(source string, pos int) int {
	for end := pos + 1; end < len(source); end++ {
		c := source[end]
		afterE := source[end-1]|0x20 == 'e'
		if !isDigit(c) && !isLetter(c) && c != '.' && !(afterE && (c == '-' || c == '+')) {
			return end
		}
	}
	return len(source)
}
