package dynamodb

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/statline/statline/pkg/local/internal/wire"
)

// attributes is a map of attribute values as a request carries it. A value that
// no attribute can have is kept as a refusal until the operation asks for it,
// because what DynamoDB says first depends on the operation.
type attributes struct {
	values  item
	refused error  // why a value is refused, nil where none is
	at      string // the name of that value
}

// UnmarshalJSON reads the values. Its error is a SerializationException.
func (a *attributes) UnmarshalJSON(data []byte) error {
	s := &scanner{data: data}
	a.values = item{}
	err := s.object(func(name string) error {
		v, err := s.value(0)
		if err == nil {
			a.values[name] = v
			return checkName(name)
		}
		a.at = name
		return err
	})
	if code(err) == "ValidationException" {
		a.refused = err
		return nil
	}
	return err
}

// maxName is the longest name of an attribute ("Quotas in Amazon DynamoDB":
// attribute names; 64 KB itself is too long).
const maxName = 65535

func checkName(name string) error {
	switch {
	case name == "":
		return invalidParameter("Empty attribute name")
	case len(name) > maxName:
		return invalidParameter("Attribute name is too large, must be less than %d bytes", maxName+1)
	default:
		return nil
	}
}

// UnmarshalJSON reads an item as [item.MarshalJSON] writes it.
func (it *item) UnmarshalJSON(data []byte) error {
	var a attributes
	if err := a.UnmarshalJSON(data); err != nil {
		return err
	}
	*it = a.values
	return a.refused
}

// MarshalJSON writes the item with its attributes in the order of their names.
func (it item) MarshalJSON() ([]byte, error) { return appendMap(make([]byte, 0, 512), it), nil }

func appendMap(b []byte, m mapValue) []byte {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	b = append(b, '{')
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, name), ':')
		b = appendValue(b, m[name])
	}
	return append(b, '}')
}

func appendValue(b []byte, v value) []byte {
	b = append(append(append(b, `{"`...), v.kind()...), `":`...)
	switch v := v.(type) {
	case stringValue:
		b = appendString(b, string(v))
	case number:
		b = append(v.append(append(b, '"')), '"')
	case binaryValue:
		b = appendBinary(b, string(v))
	case boolValue:
		b = strconv.AppendBool(b, bool(v))
	case nullValue:
		b = append(b, "true"...)
	case listValue:
		b = appendList(b, v, appendValue)
	case mapValue:
		b = appendMap(b, v)
	case stringSet:
		b = appendList(b, v, appendString)
	case binarySet:
		b = appendList(b, v, appendBinary)
	case numberSet:
		b = appendList(b, v, func(b []byte, n number) []byte { return append(n.append(append(b, '"')), '"') })
	}
	return append(b, '}')
}

func appendList[E any](b []byte, list []E, one func([]byte, E) []byte) []byte {
	b = append(b, '[')
	for i, e := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = one(b, e)
	}
	return append(b, ']')
}

func appendBinary(b []byte, s string) []byte {
	b = append(b, '"')
	b = base64.StdEncoding.AppendEncode(b, []byte(s))
	return append(b, '"')
}

func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// decode reads the input of an operation. Members that the operation does not
// know are ignored, as DynamoDB does.
func decode(c *wire.Call, in any) error {
	err := json.Unmarshal(c.Body, in)
	if err == nil || code(err) != "" {
		return err
	}
	if mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return wrongType(mismatch)
	}
	return unserializable("%s", err)
}

// wrongType is the refusal of a member of another type, in the words of
// DynamoDB's parser.
func wrongType(m *json.UnmarshalTypeError) error {
	got, _, _ := strings.Cut(m.Value, " ")
	want := map[reflect.Kind]string{reflect.String: "String", reflect.Bool: "Boolean", reflect.Int: "Integer", reflect.Int64: "Long"}[m.Type.Kind()]
	switch {
	case want == "":
		return unserializable("Unexpected field type")
	case got == "object" || got == "array":
		return unserializable("Start of structure or map found where not expected")
	default:
		return unserializable("%s_VALUE cannot be converted to %s", strings.ToUpper(got), want)
	}
}

// quoted is the string that a JSON literal stands for.
func quoted(literal []byte) (string, error) {
	inner := literal[1 : len(literal)-1]
	if !slices.Contains(inner, '\\') && utf8.Valid(inner) {
		return string(inner), nil
	}
	var s string
	err := json.Unmarshal(literal, &s)
	return s, err
}
