package stats

import (
	"bytes"
	"slices"
)

// ParseJSON reads the JSON array of numbers that data begins with, after any
// white space, and returns how many bytes that took; what follows is the
// caller's affair.
//
// The error is a [*SyntaxError] where there is no such array, a
// [*NumberError] where an element is not a number within the limits, and
// [ErrEmpty], with n set, for an array without elements. The list is nil then.
func ParseJSON(data []byte) (l *List, n int, err error) {
	l = new(List)
	if n, err = l.ParseJSON(data); err != nil {
		return nil, n, err
	}
	return l, n, nil
}

// ParseJSON is as the function [ParseJSON], and uses the memory of the list
// again. After an error the list is empty.
func (l *List) ParseJSON(data []byte) (n int, err error) {
	l.reset()
	p := parser{data: data, list: l}
	if err = p.array(); err != nil {
		l.reset()
	}
	if err != nil && err != ErrEmpty {
		return 0, err
	}
	return p.pos, err
}

// ParseText reads a list as people write it: numbers separated by white space,
// commas or both (one comma at most between two numbers, none before the first
// or after the last), or one JSON array. The numbers themselves are JSON
// numbers. A byte order mark before the text is ignored.
//
// The errors are those of [ParseJSON]; anything after an array is a
// [*SyntaxError].
func ParseText(text []byte) (*List, error) {
	p := parser{data: text, list: new(List)}
	if bytes.HasPrefix(text, []byte("\uFEFF")) {
		p.pos = len("\uFEFF")
	}
	p.skipSpace()
	if p.peek() != '[' {
		return p.plain()
	}
	if err := p.array(); err != nil {
		return nil, err
	}
	p.skipSpace()
	if p.pos < len(text) {
		return nil, p.fault("more text after the list")
	}
	return p.list, nil
}

// A parser reads one list from data.
type parser struct {
	data   []byte
	pos    int
	start  int  // of the first number
	spaced bool // whether more than one comma stands between two numbers
	list   *List
}

// array reads a JSON array. It leaves pos after the bracket that closes it.
func (p *parser) array() error {
	p.skipSpace()
	if p.peek() != '[' {
		return p.fault("a list begins with [")
	}
	p.pos++
	p.skipSpace()
	if p.peek() == ']' {
		p.pos++
		return ErrEmpty
	}
	p.begin()
	for {
		if !p.run(true) {
			p.skipSpace()
			if err := p.element(); err != nil {
				return err
			}
			p.skipSpace()
		}
		switch {
		case p.pos == len(p.data):
			return p.fault("the list ends without ]")
		case p.data[p.pos] == ',':
			p.pos++
			p.skipSpace()
		case p.data[p.pos] == ']':
			p.pos++
			p.finish(p.pos - 1)
			return nil
		default:
			return p.fault("a comma or ] is missing")
		}
	}
}

// element reads one element of an array.
func (p *parser) element() error {
	rest := p.data[p.pos:]
	lit, n := scan(rest)
	if n > 0 && (n == len(rest) || endsElement(rest[n])) {
		return p.add(&lit, n)
	}
	if len(rest) == 0 {
		return p.fault("the list ends without ]")
	}
	switch rest[0] {
	case ',', '}':
		return p.fault("a number is missing")
	case ']':
		return p.fault("a comma stands before ]")
	}
	n = junkAt(rest)
	if n == 0 {
		return &SyntaxError{len(p.data), "the list ends inside an element"}
	}
	return p.refuse(n)
}

// plain reads numbers separated by white space and commas, up to the end.
func (p *parser) plain() (*List, error) {
	if p.pos == len(p.data) {
		return nil, ErrEmpty
	}
	p.start, p.spaced = p.pos, false
	for {
		p.run(false)
		p.skipSpace()
		rest := p.data[p.pos:]
		end := 0
		for end < len(rest) && rest[end] != ',' && !isSpace(rest[end]) {
			end++
		}
		if end == 0 {
			return nil, p.fault("a number is missing")
		}
		lit, n := scan(rest[:end])
		if n != end {
			return nil, p.refuse(end)
		}
		if err := p.add(&lit, n); err != nil {
			return nil, err
		}
		if more := p.separator(); !more {
			p.finish(p.pos)
			return p.list, nil
		}
	}
}

// separator skips what stands between two numbers of a plain list. It reports
// false at the end of the text.
func (p *parser) separator() bool {
	p.skipSpace()
	if p.peek() == ',' {
		p.pos++
		p.skipSpace()
		return true
	}
	return p.pos < len(p.data)
}

// add appends the literal of n bytes at pos, and moves past it.
func (p *parser) add(lit *literal, n int) error {
	if reason := p.list.add(lit); reason != "" {
		return &NumberError{p.list.Len(), string(p.data[p.pos : p.pos+n]), reason}
	}
	p.pos += n
	return nil
}

// refuse returns the error for the n bytes at pos, which are not a number.
func (p *parser) refuse(n int) error {
	token := string(p.data[p.pos : p.pos+n])
	return &NumberError{p.list.Len(), token, faultOf(token)}
}

func (p *parser) fault(reason string) error {
	return &SyntaxError{p.pos, reason}
}

// minCounted is of how long an array begin always counts the numbers.
const minCounted = 512

// begin makes room for the numbers of an array up to the next closing bracket, which
// are all of them unless the array is faulty. A list that is used again has room for
// as many as a short array may have, and they need not be counted.
func (p *parser) begin() {
	p.start, p.spaced = p.pos, false
	rest, room := p.data[p.pos:], cap(p.list.ints)
	if most := (len(rest) + 1) / 2; room > 0 && most <= minCounted/2 {
		room = most
	} else if end := bytes.IndexByte(rest, ']'); end >= 0 {
		room = bytes.Count(rest[:end], []byte(",")) + 1
	}
	p.list.ints = slices.Grow(p.list.ints, room)
}

// finish gives the list its text, that from start to end.
func (p *parser) finish(end int) {
	text := p.data[p.start:end]
	if p.spaced {
		p.list.text = joined(slices.Grow(p.list.text, len(text)), text)
	} else {
		p.list.text = append(p.list.text, text...)
	}
}

// joined appends the numbers in text with one comma between any two and
// nothing else to an empty list.
func joined(list, text []byte) []byte {
	for i := 0; i < len(text); {
		start := i
		for i < len(text) && text[i] != ',' && !isSpace(text[i]) {
			i++
		}
		if i > start {
			if len(list) > 0 {
				list = append(list, ',')
			}
			list = append(list, text[start:i]...)
		} else {
			i++
		}
	}
	return list
}

// peek returns the byte at pos, or 0 at the end.
func (p *parser) peek() byte {
	if p.pos < len(p.data) {
		return p.data[p.pos]
	}
	return 0
}

func (p *parser) skipSpace() {
	for p.pos < len(p.data) && isSpace(p.data[p.pos]) {
		p.pos++
		p.spaced = true
	}
}

// endsElement reports whether c may stand after an element of an array, or is
// a fault of the array rather than of the element.
func endsElement(c byte) bool {
	return c == ',' || c == ']' || c == '}' || isSpace(c)
}

// junkAt returns the length of the element that text begins with, which is
// not a number, or 0 where the text ends before the element does.
func junkAt(text []byte) int {
	switch text[0] {
	case '"':
		return stringAt(text)
	case '[', '{':
		return nestedAt(text)
	}
	n := 0
	for n < len(text) && !endsElement(text[n]) {
		n++
	}
	return n
}

// stringAt returns the length of the JSON string that text begins with, or 0.
func stringAt(text []byte) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}

// nestedAt returns the length of the array or object that text begins with,
// or 0. Brackets inside strings do not count.
func nestedAt(text []byte) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			n := stringAt(text[i:])
			if n == 0 {
				return 0
			}
			i += n - 1
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		}
		if depth == 0 {
			return i + 1
		}
	}
	return 0
}
