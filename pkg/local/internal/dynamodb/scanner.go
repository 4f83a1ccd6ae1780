package dynamodb

import (
	"encoding/base64"
	"slices"
	"strings"
)

// maxNesting is how deep lists and maps may hold one another ("Quotas in Amazon
// DynamoDB": nested attributes up to 32 levels deep).
const maxNesting = 32

// scanner reads attribute values from JSON that is known to be well formed, in
// one pass.
type scanner struct {
	data []byte
	pos  int
}

// peek is the first byte of what comes next.
func (s *scanner) peek() byte {
	for strings.IndexByte(" \t\r\n", s.data[s.pos]) >= 0 {
		s.pos++
	}
	return s.data[s.pos]
}

// members calls one for each member of an object or array, with the position
// at the member, and moves past it.
func (s *scanner) members(end byte, one func() error) error {
	s.pos++
	for s.peek() != end {
		if err := one(); err != nil {
			return err
		}
		if s.peek() == ',' {
			s.pos++
		}
	}
	s.pos++
	return nil
}

// object calls one with the name of each member that is not null, with the
// position at its value.
func (s *scanner) object(one func(name string) error) error {
	if s.peek() != '{' {
		return s.unexpected("Unexpected field type")
	}
	return s.members('}', func() error {
		s.peek()
		name, err := quoted(s.literal())
		if err != nil {
			return unserializable("%s", err)
		}
		s.peek() // the colon
		s.pos++
		if s.peek() == 'n' {
			s.literal()
			return nil
		}
		return one(name)
	})
}

func (s *scanner) array(one func() error) error {
	if s.peek() != '[' {
		return s.unexpected("Unexpected field type")
	}
	return s.members(']', one)
}

// literal is the bytes of the string, number or word that comes next.
func (s *scanner) literal() []byte {
	start := s.pos
	if s.data[start] != '"' {
		for s.pos < len(s.data) && strings.IndexByte(",]} \t\r\n", s.data[s.pos]) < 0 {
			s.pos++
		}
		return s.data[start:s.pos]
	}
	for s.pos++; s.data[s.pos] != '"'; s.pos++ {
		if s.data[s.pos] == '\\' {
			s.pos++
		}
	}
	s.pos++
	return s.data[start:s.pos]
}

// skip moves past the value that comes next.
func (s *scanner) skip() {
	depth := 0
	for {
		switch s.peek() {
		case '{', '[':
			depth++
			s.pos++
		case '}', ']':
			depth--
			s.pos++
		case ',', ':':
			s.pos++
		default:
			s.literal()
		}
		if depth == 0 {
			return
		}
	}
}

// value reads {"S": "text"} and its like.
func (s *scanner) value(depth int) (value, error) {
	if s.peek() != '{' {
		return nil, s.unexpected("Unexpected value type in payload")
	}
	var v value
	many := false
	err := s.object(func(kind string) error {
		if !slices.Contains(kinds[:], kind) {
			s.skip()
			return nil
		}
		many = many || v != nil
		var err error
		v, err = s.content(kind, depth)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case v == nil:
		return nil, invalid("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
	case many:
		return nil, invalid("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")
	default:
		return v, nil
	}
}

// content reads what stands after the name of a kind.
func (s *scanner) content(kind string, depth int) (value, error) {
	switch kind {
	case "S":
		text, err := s.text()
		return stringValue(text), err
	case "N":
		return s.number()
	case "B":
		b, err := s.binary()
		return binaryValue(b), err
	case "BOOL":
		b, err := s.boolean()
		return boolValue(b), err
	case "NULL":
		return s.null()
	case "L", "M":
		return s.nested(kind, depth+1)
	default:
		return s.set(kind)
	}
}

func (s *scanner) nested(kind string, depth int) (value, error) {
	if depth > maxNesting {
		return nil, invalid("Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit")
	}
	if kind == "M" {
		m := mapValue{}
		err := s.object(func(name string) error {
			v, err := s.value(depth)
			if err != nil {
				return err
			}
			m[name] = v
			return checkName(name)
		})
		return m, err
	}
	l := listValue{}
	err := s.array(func() error {
		v, err := s.value(depth)
		l = append(l, v)
		return err
	})
	return l, err
}

func (s *scanner) text() (string, error) {
	if s.peek() != '"' {
		return "", s.unexpected("cannot be converted to String")
	}
	text, err := quoted(s.literal())
	if err != nil {
		return "", unserializable("%s", err)
	}
	return text, nil
}

func (s *scanner) number() (number, error) {
	text, err := s.text()
	if err != nil {
		return number{}, err
	}
	return parseNumber(text)
}

func (s *scanner) binary() (string, error) {
	if s.peek() != '"' {
		return "", unserializable("only base-64-encoded strings are convertible to bytes")
	}
	text, err := s.text()
	if err != nil {
		return "", err
	}
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return "", unserializable("Invalid base64: %s", err)
	}
	return string(b), nil
}

func (s *scanner) boolean() (bool, error) {
	switch word := string(s.literal()); word {
	case "true":
		return true, nil
	case "false":
		return false, nil
	default:
		return false, unserializable("Unexpected token received from parser")
	}
}

func (s *scanner) null() (value, error) {
	yes, err := s.boolean()
	if err == nil && !yes {
		err = invalidParameter("Null attribute value types must have the value of true")
	}
	return nullValue{}, err
}

// unexpected is the refusal of what comes next, named as DynamoDB's parser names
// it where it is a number or a truth value.
func (s *scanner) unexpected(message string) error {
	switch c := s.peek(); {
	case !strings.HasPrefix(message, "cannot"):
		return unserializable("%s", message)
	case c == '{' || c == '[':
		return unserializable("Start of structure or map found where not expected")
	case c == 't' || c == 'f':
		return unserializable("%s_VALUE %s", strings.ToUpper(string(s.literal())), message)
	default:
		return unserializable("NUMBER_VALUE %s", message)
	}
}
