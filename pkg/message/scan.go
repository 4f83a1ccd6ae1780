package message

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/statline/statline/pkg/stats"
)

// scanner walks over the JSON text of an envelope. Keys and values are read by
// encoding/json, lists of numbers by package stats.
type scanner struct {
	data []byte
	pos  int
}

func (s *scanner) space() {
	for s.pos < len(s.data) && isSpace(s.data[s.pos]) {
		s.pos++
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// peek is the next byte, or 0 at the end.
func (s *scanner) peek() byte {
	if s.pos < len(s.data) {
		return s.data[s.pos]
	}
	return 0
}

// take skips white space and then c, if c is next.
func (s *scanner) take(c byte) bool {
	s.space()
	if s.peek() != c || s.pos == len(s.data) {
		return false
	}
	s.pos++
	return true
}

// end refuses anything but white space up to the end.
func (s *scanner) end() *Fault {
	s.space()
	if s.pos < len(s.data) {
		return s.fault("data after the end of the JSON object")
	}
	return nil
}

func (s *scanner) fault(text string) *Fault {
	if s.pos >= len(s.data) {
		text = "the JSON text ends too early"
	}
	return &Fault{Code: InvalidJSON, Message: fmt.Sprintf("byte %d: %s", s.pos, text)}
}

// expected is the fault of any other character than those that may stand at pos.
func (s *scanner) expected(what string) *Fault {
	r, _ := utf8.DecodeRune(s.data[s.pos:])
	return s.fault("expected " + what + ", found " + strconv.QuoteRuneToASCII(r))
}

// key reads a member's name and the colon after it.
func (s *scanner) key() (string, *Fault) {
	s.space()
	if s.peek() != '"' {
		return "", s.expected("a key in double quotes")
	}
	start := s.pos
	if fault := s.value(); fault != nil {
		return "", fault
	}
	quoted := s.data[start:s.pos]
	key, ok := field(quoted)
	if !ok {
		key, ok = unquote(quoted)
	}
	if !ok {
		return "", s.fault("invalid UTF-8 in a key")
	}
	if !s.take(':') {
		return "", s.expected(": after a key")
	}
	return key, nil
}

// value reads one JSON value of any kind.
func (s *scanner) value() *Fault {
	s.space()
	start := s.pos
	if s.skip(); isPlain(s.data[start:s.pos]) || json.Valid(s.data[start:s.pos]) {
		return nil
	}
	s.pos = start // for encoding/json to say what is wrong, and where
	var v json.RawMessage
	dec := json.NewDecoder(bytes.NewReader(s.data[s.pos:]))
	if err := dec.Decode(&v); err != nil {
		return s.valueFault(err)
	}
	s.pos += int(dec.InputOffset())
	return nil
}

// skip passes over what may be a value: a string, an object or array up to the
// bracket that closes it, or anything else up to the next comma, bracket or white
// space.
func (s *scanner) skip() {
	depth := 0
	for s.pos < len(s.data) {
		c := s.data[s.pos]
		switch {
		case c == '"':
			s.pos = stringEnd(s.data, s.pos)
			if depth == 0 {
				return
			}
			continue
		case c == '{' || c == '[':
			depth++
		case depth == 0 && (c == ',' || c == ']' || c == '}' || isSpace(c)):
			return
		case c == '}' || c == ']':
			depth--
			if depth == 0 {
				s.pos++
				return
			}
		}
		s.pos++
	}
}

func (s *scanner) valueFault(err error) *Fault {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		s.pos = min(s.pos+max(int(syntax.Offset)-1, 0), len(s.data))
		return s.fault(s.invalid(syntax.Error()))
	}
	s.pos = len(s.data) // the decoder ran out of text
	return s.fault("")
}

// invalid is what encoding/json says of the character at pos, "invalid character
// 'x' looking for ...", with the character itself in ASCII, whole where it has
// several bytes.
func (s *scanner) invalid(text string) string {
	if strings.HasSuffix(text, "exceeded max depth") {
		return "the nesting is too deep"
	}
	_, context, _ := strings.Cut(strings.TrimPrefix(text, "invalid character '"), "' ")
	r, _ := utf8.DecodeRune(s.data[s.pos:])
	return strings.TrimSpace("invalid character " + strconv.QuoteRuneToASCII(r) + " " + context)
}

// list reads the list of numbers that is the value of key.
func (s *scanner) list(key string) (*stats.List, *Fault) {
	l, n, err := stats.ParseJSON(s.data[s.pos:])
	if err == nil || errors.Is(err, stats.ErrEmpty) && n > 0 {
		s.pos += n
		return l, nil
	}
	if syntax, ok := errors.AsType[*stats.SyntaxError](err); ok {
		s.pos = min(s.pos+syntax.Offset, len(s.data))
		return nil, s.fault(syntax.Reason).in(key)
	}
	return nil, ListFault(key, err)
}

// ListFault is the fault of a list of numbers that package stats refused: what a
// service answers, and a command says before it sends anything. The list is the
// value of field, "numbers" or "quantiles".
func ListFault(field string, err error) *Fault {
	if number, ok := errors.AsType[*stats.NumberError](err); ok {
		code := InvalidNumber
		if field != "numbers" {
			code = InvalidField
		}
		return faultAt(code, field+"["+strconv.Itoa(number.Index)+"]", number.Error())
	}
	if errors.Is(err, stats.ErrEmpty) {
		return faultAt(EmptyList, field, err.Error())
	}
	return faultAt(InvalidJSON, field, err.Error())
}

// printable is a key that a client wrote, made fit for a message: short, and
// printable ASCII, so that it can neither forge a line nor be refused by SQS,
// which takes only the characters of XML 1.0 ("SendMessage", Amazon SQS API
// Reference). What needs it is quoted.
func printable(text string) string {
	cut := len(text) > maxShown
	if cut {
		text = text[:maxShown]
	}
	quoted := strconv.QuoteToASCII(text)
	if plain := quoted[1 : len(quoted)-1]; plain == text && text != "" && !cut && !strings.Contains(text, " ") {
		return plain
	}
	if cut {
		quoted += "..."
	}
	return quoted
}

// maxShown is how many bytes of what a client wrote a message shows.
const maxShown = 40

// shown is a value that a client wrote, as it is written, made fit for a message
// as by [printable].
func shown[T ~string | ~[]byte](value T) string {
	text, more := string(value[:min(len(value), maxShown)]), ""
	if len(value) > maxShown {
		text, more = strings.ToValidUTF8(text, ""), "..."
	}
	var b strings.Builder
	for _, r := range text {
		if ' ' <= r && r <= '~' {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		}
	}
	return b.String() + more
}
